//! What the server does not take does not keep the rest out: quota, and ids that it refuses for any other reason.

use std::collections::BTreeSet;
use std::time::Duration;

use pinfold_core::drive::complete::Drive;
use pinfold_core::error::Code;
use pinfold_core::ids::PinId;
use pinfold_core::json::{Object, Value};
use pinfold_core::pin_run::{Receipt, Watch};
use pinfold_core::session::effect::Event;
use pinfold_testkit::account::{Plan, build};
use pinfold_testkit::device::Device;
use pinfold_testkit::harness::{Harness, InOrder};
use pinfold_testkit::server::Quota;

const PLAN: Plan = Plan { seed: 11, documents: 6, folders: 2, per_folder: 3 };

/// A loaded session; the server's list, read from its log, is what `pinned` makes of everything there is.
fn loaded(
    prepare: impl Fn(&mut pinfold_testkit::account::Built),
    pinned: impl Fn(Vec<String>) -> Vec<String>,
) -> (Harness, Drive) {
    let mut built = build(PLAN).unwrap();
    let before = pinned(built.pins.clone());
    let state = built.server.pins.entry(built.ed_public.clone()).or_default();
    state.apply("PIN", &before);
    state.expire();
    prepare(&mut built);
    let mut harness = Harness::new(built);
    harness.resume(&mut InOrder).unwrap();
    let drive = harness.load(&mut InOrder).unwrap();
    (harness, drive)
}

fn unreadable(built: &mut pinfold_testkit::account::Built) {
    let channel = built.folders[1].channel.clone();
    built.server.channels.get_mut(&channel).unwrap().allowed = Some(vec!["nobody".into()]);
}

fn own(harness: &Harness) -> BTreeSet<String> {
    harness.built.server.pins[&harness.built.ed_public].pinned()
}

/// Every id takes more than there is.
fn over_limit(harness: &Harness) -> Quota {
    Quota { limit: 0, sizes: harness.built.pins.iter().map(|id| (id.clone(), 1)).collect() }
}

fn refused(receipt: &Receipt) -> Vec<(String, Code)> {
    receipt.refused.iter().map(|r| (r.id.to_string(), r.code)).collect()
}

fn pins_sent(harness: &Harness) -> usize {
    harness.sent.iter().filter(|frame| frame.contains("\\\"PIN\\\"")).count()
}

#[test]
fn one_id_that_does_not_fit_keeps_no_other_out() {
    let (mut harness, drive) = loaded(unreadable, |pins| pins[..3].to_vec());
    assert!(matches!(drive, Drive::Partial(_)));
    let all: BTreeSet<String> = drive.additions().ids().iter().map(ToString::to_string).collect();
    let large = all.iter().find(|id| !own(&harness).contains(*id)).unwrap().clone();
    harness.built.server.quota = Some(Quota { limit: 1000, sizes: [(large.clone(), 5000)].into() });
    let receipt = harness.pin(&drive, &mut InOrder).unwrap();
    assert_eq!(refused(&receipt), [(large.clone(), Code::PinsOverLimit)]);
    assert!(!receipt.confirmed() && receipt.read_back);
    let missing: Vec<_> = all.difference(&own(&harness)).cloned().collect();
    assert_eq!(missing, std::slice::from_ref(&large));
    let named = harness.events.iter().any(|event| {
        matches!(event, Event::Pins { watch: Watch::Refused { ids, code: Code::PinsOverLimit }, .. }
            if ids.iter().map(PinId::as_str).eq([large.as_str()]))
    });
    assert!(named);
}

/// Over the quota the server refuses every new id, also one that takes no room. It accepts ids that are pinned already, and
/// so the list can be found out.
#[test]
fn a_list_that_is_part_of_ours_is_repaired_over_the_quota() {
    let (mut harness, drive) = loaded(|_| (), |pins| pins.iter().step_by(2).cloned().collect());
    assert!(matches!(drive, Drive::Complete(_)));
    harness.built.server.quota = Some(over_limit(&harness));
    let receipt = harness.pin(&drive, &mut InOrder).unwrap();
    assert!(receipt.confirmed() && receipt.reset && receipt.read_back);
    assert_eq!(own(&harness), harness.built.pins.iter().cloned().collect());
}

/// The same list, and one id in it that nobody recorded: it may be another device's newest pin.
#[test]
fn a_list_that_holds_what_nobody_recorded_is_not_replaced_over_the_quota() {
    let foreign = "e".repeat(32);
    let part = |pins: Vec<String>| pins.into_iter().step_by(2).chain(["e".repeat(32)]).collect::<Vec<_>>();
    let (mut harness, drive) = loaded(|_| (), part);
    harness.built.server.quota = Some(over_limit(&harness));
    let before = own(&harness);
    let receipt = harness.pin(&drive, &mut InOrder).unwrap();
    assert!(!receipt.confirmed() && !receipt.reset && receipt.form.is_none());
    assert_eq!(own(&harness), before);
    assert!(before.contains(&foreign));
    assert_eq!(receipt.refused.len(), harness.built.pins.len() - (before.len() - 1));
}

#[test]
fn an_id_that_is_refused_for_any_reason_stands_alone() {
    let (mut harness, drive) = loaded(|_| (), |pins| pins[..2].to_vec());
    let odd = harness.built.pins[5].clone();
    harness.built.server.odd = Some((odd.clone(), "INVALID_CHAN".into()));
    let receipt = harness.pin(&drive, &mut InOrder).unwrap();
    assert_eq!(refused(&receipt), [(odd.clone(), Code::RpcRefused)]);
    assert!(!receipt.confirmed() && !receipt.reset && receipt.form.is_some(), "all but that one");
    assert_eq!(own(&harness).len(), harness.built.pins.len() - 1);
    // What was confirmed is on record: nothing in the list is unknown.
    let drive = harness.load(&mut InOrder).unwrap();
    assert!(harness.plan(&drive).unknown.is_none());
}

/// A word about the call says nothing about ids: it is not asked again in halves.
#[test]
fn a_refusal_of_the_call_is_not_split() {
    let (mut harness, drive) = loaded(|_| (), |pins| pins[..2].to_vec());
    harness.built.server.refuse.insert("PIN".into(), "INVALID_ARG_FORMAT".into());
    assert_eq!(harness.pin(&drive, &mut InOrder).unwrap_err().code(), Code::RpcRefused);
    assert_eq!(pins_sent(&harness), 1);
}

#[test]
fn the_work_is_bounded_where_everything_is_refused() {
    let mut built = build(Plan { documents: 3_000, folders: 0, ..PLAN }).unwrap();
    built.server.refuse.insert("PIN".into(), "E_OVER_LIMIT".into());
    let state = built.server.pins.entry(built.ed_public.clone()).or_default();
    state.apply("PIN", &["e".repeat(32)]);
    state.expire();
    let mut harness = Harness::new(built);
    harness.resume(&mut InOrder).unwrap();
    let drive = harness.load(&mut InOrder).unwrap();
    assert_eq!(harness.pin(&drive, &mut InOrder).unwrap_err().code(), Code::PinsOverLimit);
    assert!(pins_sent(&harness) < 1_100, "{}", pins_sent(&harness));
}

/// What is left of the quota goes to the user's own documents, whatever a folder names.
#[test]
fn the_users_own_documents_come_first() {
    let mut built = build(PLAN).unwrap();
    let owned = "9".repeat(32);
    let foreign: Vec<String> = (0..4).map(|n| format!("{n:032}")).collect();
    let mut device = built.device().unwrap();
    let key = built.ed_public.clone();
    device.edit(&mut built.server, |document| add(inner(document), "900", &owned, Some(&key))).unwrap();
    let mut member = Device::new(&built.folders[0].hash, 1).unwrap();
    for (at, id) in foreign.iter().enumerate() {
        member.edit(&mut built.server, |d| add(d, &format!("80{at}"), id, None)).unwrap();
    }
    let state = built.server.pins.entry(built.ed_public.clone()).or_default();
    state.apply("PIN", &["e".repeat(32)]);
    state.expire();
    let own_ids: BTreeSet<String> = built.pins.iter().cloned().collect();
    let sizes = foreign.iter().chain([&owned]).map(|id| (id.clone(), 10)).collect();
    built.server.quota = Some(Quota { limit: 15, sizes });
    let mut harness = Harness::new(built);
    harness.resume(&mut InOrder).unwrap();
    let drive = harness.load(&mut InOrder).unwrap();
    let receipt = harness.pin(&drive, &mut InOrder).unwrap();
    assert_eq!(refused(&receipt).into_iter().map(|(id, _)| id).collect::<Vec<_>>(), foreign);
    assert!(own(&harness).is_superset(&own_ids) && own(&harness).contains(&owned));
}

#[test]
fn keeping_pins_the_rest_and_asks_again_later_and_later() {
    let (mut harness, drive) = loaded(|_| (), |pins| pins);
    harness.pin(&drive, &mut InOrder).unwrap();
    harness.session.follow_changes(harness.now);
    harness.pass(harness.now + Duration::from_secs(1));
    let (large, small) = ("a".repeat(32), "b".repeat(32));
    let sizes = [(large.clone(), 5000), (small.clone(), 5)].into();
    harness.built.server.quota = Some(Quota { limit: 100, sizes });
    harness.events.clear();
    let mut member = Device::new(&harness.built.folders[0].hash, 1).unwrap();
    for (key, id) in [("71", &large), ("72", &small)] {
        let frames = member.edit(&mut harness.built.server, |d| add(d, key, id, None)).unwrap();
        frames.iter().for_each(|frame| harness.interject(frame));
    }
    harness.pass(harness.now + Duration::from_secs(1));
    assert!(own(&harness).contains(&small) && !own(&harness).contains(&large));
    let named = harness.events.iter().any(|event| {
        matches!(event, Event::Followed { ids: 1, error: Some(error), refused } if error.code() == Code::PinsOverLimit
            && refused.iter().map(PinId::as_str).eq([large.as_str()]))
    });
    assert!(named, "{:?}", harness.events);
    // Something new comes every minute for an hour: the large one is asked for six times at most.
    let mut asked = 0;
    for minute in 0..60 {
        let sent = harness.sent.len();
        let id = format!("{minute:032}");
        let frames =
            member.edit(&mut harness.built.server, |d| add(d, &format!("5{minute}"), &id, None)).unwrap();
        frames.iter().for_each(|frame| harness.interject(frame));
        harness.pass(harness.now + Duration::from_secs(60));
        assert!(own(&harness).contains(&id));
        asked += harness.sent[sent..]
            .iter()
            .filter(|frame| frame.contains(&large) && frame.contains("PIN"))
            .count();
    }
    assert!((3..=12).contains(&asked), "{asked}");
    // There is room now, and it is found out in time.
    harness.built.server.quota = None;
    harness.pass(harness.now + Duration::from_secs(2 * 86_400));
    assert!(own(&harness).contains(&large));
}

fn inner(document: &mut Value) -> &mut Value {
    document.as_object_mut().unwrap().get_mut("drive").unwrap()
}

fn add(document: &mut Value, key: &str, channel: &str, owner: Option<&str>) {
    let mut entry = Object::new();
    entry.insert("channel", channel);
    entry.insert("href", "/pad/#/2/pad/edit/dwp81vGRSpB96Oh-2xXCwfsl/");
    if let Some(owner) = owner {
        entry.insert("owners", vec![Value::from(owner)]);
    }
    let files = document.as_object_mut().unwrap().get_mut("filesData").unwrap();
    files.as_object_mut().unwrap().insert(key, Value::Object(entry));
}
