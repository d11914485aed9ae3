//! The log of what changed the lists of pins (B5, B6): every command that the server carried out, with its cause; never one that
//! it did not; and nothing else hangs on it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use pinfold_core::drive::complete::Drive;
use pinfold_core::drive::edit::{Edit, EntryId, Put};
use pinfold_core::error::Code;
use pinfold_core::guard::changes::Changes;
use pinfold_core::guard::consent::Consent;
use pinfold_core::json::{Object, Value};
use pinfold_core::pins::log::Command;
use pinfold_core::session::effect::Event;
use pinfold_core::session::writing::Target;
use pinfold_recovery::pin_log::{PinCause, PinChange, PinLog, PinStep};
use pinfold_testkit::account::{Built, Plan, build};
use pinfold_testkit::entropy::Seeded;
use pinfold_testkit::harness::{Harness, InOrder};

const PLAN: Plan = Plan { seed: 17, documents: 3, folders: 2, per_folder: 2 };
const DAY: Duration = Duration::from_secs(86_400);
const SECOND: Duration = Duration::from_secs(1);

type Store = BTreeMap<String, Vec<u8>>;

fn session(built: Built, seed: u64, store: Store) -> Harness {
    let mut harness = Harness::with_entropy(built, Seeded::new(seed));
    harness.store = store;
    harness.session.want_pin_changes();
    harness
}

/// Loads and pins.
fn pinned(harness: &mut Harness) -> Drive {
    harness.resume(&mut InOrder).unwrap();
    let drive = harness.load(&mut InOrder).unwrap();
    harness.pin(&drive, &mut InOrder).unwrap();
    drive
}

fn first() -> (Built, Store) {
    let mut harness = session(build(PLAN).unwrap(), 1, Store::new());
    pinned(&mut harness);
    closed(harness)
}

fn closed(mut harness: Harness) -> (Built, Store) {
    harness.session.close();
    harness.drain();
    harness.built.server.expire_sessions();
    (harness.built, harness.store)
}

fn log(harness: &Harness) -> Vec<PinChange> {
    let log = PinLog::of(harness.session.pin_changes());
    assert_eq!(log.unread(), 0);
    log.changes().to_vec()
}

fn ids(changes: &[PinChange], step: PinStep) -> Vec<String> {
    let rows = changes.iter().filter(|change| change.step == step);
    rows.flat_map(|change| change.ids.clone().unwrap()).collect()
}

fn remove(built: &mut Built, table: &str, id: &str) -> Vec<String> {
    let change = |document: &mut Value| {
        let drive = document.as_object_mut().unwrap().get_mut("drive").unwrap().as_object_mut().unwrap();
        drive.get_mut(table).unwrap().as_object_mut().unwrap().remove(id);
    };
    built.device().unwrap().edit(&mut built.server, change).unwrap()
}

#[test]
fn the_first_run_is_logged_with_every_id_and_where_it_stands() {
    let (built, store) = first();
    let mut harness = session(built, 2, store);
    harness.resume(&mut InOrder).unwrap();
    let changes = log(&harness);
    let came = ids(&changes, PinStep::Came);
    let all: BTreeSet<String> = came.iter().cloned().collect();
    assert_eq!(
        (came.len(), &all),
        (all.len(), &harness.built.server.pins[&harness.built.ed_public].pinned())
    );
    assert!(changes.iter().filter(|row| row.step == PinStep::Came).all(|row| {
        row.cause == PinCause::Loading && row.command == Command::Pin && row.key == harness.built.ed_public
    }));
    for folder in &harness.built.folders {
        let there = |row: &&PinChange| row.document.as_deref() == Some(folder.channel.as_str());
        let ids: BTreeSet<String> =
            changes.iter().filter(there).flat_map(|row| row.ids.clone().unwrap()).collect();
        assert_eq!(ids, folder.documents.iter().cloned().collect());
    }
    // A run that changes nothing writes nothing.
    let drive = harness.load(&mut InOrder).unwrap();
    harness.pin(&drive, &mut InOrder).unwrap();
    assert_eq!(log(&harness), changes);
}

#[test]
fn what_appears_says_whether_the_user_entered_it_here() {
    let mut harness = session(build(PLAN).unwrap(), 1, Store::new());
    pinned(&mut harness);
    harness.session.follow_changes(harness.now);
    harness.pass(harness.now + SECOND);
    let (theirs, ours) = ("d".repeat(32), "e".repeat(32));
    let entry = |channel: &str| {
        let mut entry = Object::new();
        entry.insert("channel", channel);
        entry.insert("href", "/pad/#/2/pad/edit/dwp81vGRSpB96Oh-2xXCwfsl/");
        entry
    };
    let added = entry(&theirs);
    let frames = harness.built.device().unwrap().edit(&mut harness.built.server, |document| {
        let drive = document.as_object_mut().unwrap().get_mut("drive").unwrap().as_object_mut().unwrap();
        drive.get_mut("filesData").unwrap().as_object_mut().unwrap().insert("4242", added);
    });
    frames.unwrap().iter().for_each(|frame| harness.interject(frame));
    harness.pass(harness.now + SECOND);
    let put = Put::new(pinfold_core::document::Kind::File, EntryId::new(77).unwrap(), entry(&ours));
    let ticket = harness.session.edit(harness.now, Target::Account, vec![Edit::Put(put)]).unwrap();
    harness.run(ticket, &mut InOrder).unwrap();
    harness.pass(harness.now + SECOND);
    let cause = |id: &str| {
        let log = log(&harness);
        let row = log.iter().find(|row| row.ids.as_ref().unwrap().iter().any(|known| known == id)).unwrap();
        (row.cause, row.document.clone())
    };
    let home = Some(harness.built.signed_in().unwrap().channel.as_str().to_owned());
    assert_eq!(cause(&theirs), (PinCause::Followed, home.clone()));
    assert_eq!(cause(&ours), (PinCause::Edit, home));
}

#[test]
fn a_folder_that_goes_and_comes_back_is_a_list_that_shrank_and_grew() {
    let (mut built, store) = first();
    let folder = built.folders[0].clone();
    let before = built.device().unwrap().read(&built.server).unwrap();
    remove(&mut built, "sharedFolders", &folder.id);
    let mut harness = session(built, 2, store);
    harness.resume(&mut InOrder).unwrap();
    let drive = harness.load(&mut InOrder).unwrap();
    let consent = Consent::to(harness.plan(&drive).digest());
    harness.pin_with(&drive, Some(&consent), &mut InOrder).unwrap();
    assert!(ids(&log(&harness), PinStep::Went).is_empty(), "they wait");
    let (built, store) = closed(harness);
    let mut harness = session(built, 3, store);
    harness.now += 31 * DAY;
    pinned(&mut harness);
    let changes = log(&harness);
    let went: BTreeSet<String> = ids(&changes, PinStep::Went).into_iter().collect();
    assert!(folder.documents.iter().all(|id| went.contains(id)), "{went:?}");
    let rows: Vec<_> = changes.iter().filter(|row| row.step == PinStep::Went).collect();
    assert!(rows.iter().all(|row| row.agreed && row.cause == PinCause::FolderRemoved));
    assert!(PinLog::of(harness.session.pin_changes()).regrown().is_empty());

    let (mut built, store) = closed(harness);
    built.device().unwrap().edit(&mut built.server, |document| *document = before).unwrap();
    let mut harness = session(built, 4, store);
    harness.now += 32 * DAY;
    pinned(&mut harness);
    let log = PinLog::of(harness.session.pin_changes());
    let back: BTreeSet<String> = log.regrown().into_iter().flat_map(|gap| gap.ids).collect();
    assert_eq!(back, went);
    assert!(log.regrown().iter().all(|gap| log.changes()[gap.change].cause == PinCause::FolderRemoved));
}

/// At every step at which the connection may end, with the store lost or kept: the log lacks at most what was on its way, it holds
/// nothing that the server did not do, and the pins come to the same.
#[test]
fn a_crash_at_any_step_makes_nothing_up() {
    for at in 0.. {
        let mut harness = session(build(PLAN).unwrap(), 1, Store::new());
        harness.cut_at = Some(at);
        let ended = harness.resume(&mut InOrder).and_then(|()| harness.load(&mut InOrder));
        let ended = ended.and_then(|drive| harness.pin(&drive, &mut InOrder));
        let listed = |harness: &Harness| -> BTreeSet<String> {
            harness
                .built
                .server
                .pins
                .get(&harness.built.ed_public)
                .map(|pins| pins.pinned())
                .unwrap_or_default()
        };
        let came: BTreeSet<String> = ids(&log(&harness), PinStep::Came).into_iter().collect();
        assert!(came.is_subset(&listed(&harness)), "cut at {at}");
        let whole = harness.cut_at.is_some();
        // The program is gone, and another begins with what the store has, or with nothing.
        for store in [harness.store.clone(), Store::new()] {
            let lost = store.is_empty();
            let mut built = build(PLAN).unwrap();
            built.server = harness.built.server.clone();
            built.server.expire_sessions();
            let mut next = session(built, 2, store);
            let drive = pinned(&mut next);
            assert!(drive.additions().ids().iter().all(|id| listed(&next).contains(id.as_str())));
            let known: BTreeSet<String> = ids(&log(&next), PinStep::Came).into_iter().collect();
            assert!(known.is_subset(&listed(&next)) && (lost || known.is_superset(&came)), "cut at {at}");
        }
        if whole {
            assert!(ended.unwrap().confirmed() && at > 10);
            return;
        }
    }
}

#[test]
fn a_log_that_cannot_be_read_costs_the_log_alone() {
    let (built, mut store) = first();
    let name = built.store_name("changes").unwrap();
    let damaged = store.get_mut(&name).unwrap();
    *damaged.last_mut().unwrap() ^= 1;
    let damaged = damaged.clone();
    let mut harness = session(built, 2, store);
    pinned(&mut harness);
    let told =
        |event: &&Event| matches!(event, Event::Storage(error) if error.code() == Code::GuardUnreadable);
    assert_eq!(harness.events.iter().filter(told).count(), 1);
    // Everything else is known, and nothing is sent anew.
    assert!(log(&harness).is_empty());
    let added = harness.built.server.commands.iter().filter(|(command, _)| command == "PIN").count();
    let known: usize = harness.session.ledger().books().map(|(_, book)| book.records().count()).sum();
    assert!(known > 5 && added > 0);
    // What could not be read is set aside before its place is taken.
    harness.session.learn_pin_changes(harness.now, Changes::default());
    harness.drain();
    assert_eq!(harness.store[&format!("{name}-unreadable")], damaged);
    let (built, store) = closed(harness);
    let mut next = session(built, 3, store);
    pinned(&mut next);
    assert_eq!(next.events.iter().filter(told).count(), 0);
}

#[test]
fn two_devices_bring_their_logs_together() {
    let (built, store) = first();
    let mut other = session(built, 7, Store::new());
    pinned(&mut other);
    let channel = "f".repeat(32);
    let mut entry = Object::new();
    entry.insert("channel", channel.as_str());
    entry.insert("href", "/pad/#/2/pad/edit/dwp81vGRSpB96Oh-2xXCwfsl/");
    let put = Put::new(pinfold_core::document::Kind::File, EntryId::new(78).unwrap(), entry);
    let ticket = other.session.edit(other.now, Target::Account, vec![Edit::Put(put)]).unwrap();
    other.run(ticket, &mut InOrder).unwrap();
    let drive = other.load(&mut InOrder).unwrap();
    other.pin(&drive, &mut InOrder).unwrap();
    let theirs = other.session.pin_changes().clone();
    let (built, _) = closed(other);
    let mut here = session(built, 8, store);
    here.resume(&mut InOrder).unwrap();
    let ours = here.session.pin_changes().clone();
    here.session.learn_pin_changes(here.now, theirs.clone());
    here.session.learn_pin_changes(here.now, theirs.clone());
    here.drain();
    assert!(*here.session.pin_changes() == ours.clone().merge(theirs.clone()));
    assert!(*here.session.pin_changes() == theirs.merge(ours));
    assert!(ids(&log(&here), PinStep::Came).contains(&channel));
    let (built, store) = closed(here);
    let mut next = session(built, 9, store);
    next.resume(&mut InOrder).unwrap();
    assert!(ids(&log(&next), PinStep::Came).contains(&channel), "it is in the store");
    // Another account, or none: nothing is left of it.
    next.session.close();
    assert!(next.session.pin_changes().rows().next().is_none());
}
