//! A folder that the server had lost and a client made anew, empty: told as such, and not believed about what it held.

use std::collections::{BTreeMap, BTreeSet};

use pinfold_core::drive::complete::Drive;
use pinfold_core::error::Code;
use pinfold_core::guard::consent::Consent;
use pinfold_core::guard::plan::Plan;
use pinfold_core::json::parse;
use pinfold_core::session::effect::{Event, FolderEvent, FolderState};
use pinfold_testkit::account::{self, Built, build};
use pinfold_testkit::device::Device;
use pinfold_testkit::entropy::Seeded;
use pinfold_testkit::harness::{Harness, InOrder};

const PLAN: account::Plan = account::Plan { seed: 13, documents: 3, folders: 3, per_folder: 2 };
/// What a client writes into a folder that it takes for new.
const EMPTY: &str = r#"{"filesData":{},"root":{},"static":{}}"#;
/// An hour, and a minute, in milliseconds.
const HOUR: u64 = 3_600_000;
const MINUTE: u64 = 60_000;

type Store = BTreeMap<String, Vec<u8>>;

fn session(built: Built, seed: u64, store: Store) -> (Harness, Drive) {
    let mut harness = Harness::with_entropy(built, Seeded::new(seed));
    harness.store = store;
    harness.resume(&mut InOrder).unwrap();
    let drive = harness.load(&mut InOrder).unwrap();
    (harness, drive)
}

/// A session that pinned everything, and what is left of it.
fn after_a_first_session() -> (Built, Store) {
    let (mut harness, drive) = session(build(PLAN).unwrap(), 1, Store::new());
    assert!(harness.pin(&drive, &mut InOrder).unwrap().confirmed());
    harness.built.server.expire_sessions();
    (harness.built, harness.store)
}

/// The server says of a folder that it was made so much later than it says now.
fn made_later(built: &mut Built, at: usize, by: u64) {
    let channel = built.server.channels.get_mut(&built.folders[at].channel).unwrap();
    let mut metadata = parse(channel.metadata.as_ref().unwrap()).unwrap();
    let fields = metadata.as_object_mut().unwrap();
    let created = fields.get("created").unwrap().as_u64().unwrap() + by;
    fields.insert("created", created as f64);
    channel.metadata = Some(pinfold_core::json::stringify(&metadata));
}

fn write(built: &mut Built, at: usize, document: &str) {
    let mut member = Device::new(&built.folders[at].hash, 5).unwrap();
    member.edit(&mut built.server, |now| *now = parse(document).unwrap()).unwrap();
}

/// The server loses a folder, and a client that believes it makes it anew.
fn lost_and_made_anew(built: &mut Built, at: usize, document: &str) {
    built.server.channels.get_mut(&built.folders[at].channel).unwrap().messages.clear();
    made_later(built, at, HOUR);
    write(built, at, document);
}

/// The folders that were told to be doubtful, by their places in the account.
fn told(harness: &Harness) -> Vec<usize> {
    let doubtful = |event: &Event| match event {
        Event::Folder { folder: FolderEvent { doubt: Some(doubt), state, channel, .. }, .. } => {
            assert_eq!((*doubt, *state), (Code::FolderMadeAnew, FolderState::Loaded));
            harness.built.folders.iter().position(|folder| channel.as_ref() == Some(&folder.channel))
        }
        _ => None,
    };
    harness.events.iter().filter_map(doubtful).collect()
}

fn doubts(plan: &Plan) -> Vec<Code> {
    plan.doubts.iter().map(|doubt| doubt.code).collect()
}

fn pinned(harness: &Harness) -> BTreeSet<String> {
    harness.built.server.pins[&harness.built.ed_public].pinned()
}

fn everything(harness: &Harness) -> BTreeSet<String> {
    harness.built.pins.iter().cloned().collect()
}

fn resets(harness: &Harness) -> usize {
    harness.built.server.commands.iter().filter(|(command, _)| command == "RESET").count()
}

#[test]
fn it_is_told_and_what_it_held_stays_until_the_user_agrees() {
    let (mut built, store) = after_a_first_session();
    lost_and_made_anew(&mut built, 1, EMPTY);
    let (mut harness, drive) = session(built, 2, store);
    assert!(matches!(drive, Drive::Complete(_)), "it was read to its end");
    assert_eq!(told(&harness), [1]);
    let channel = harness.built.folders[1].channel.clone();
    for (event, folder) in FolderEvent::settled(&drive).zip(drive.folders()) {
        let is_it = event.channel.as_ref() == Some(&channel);
        assert_eq!((event.doubt.is_some(), folder.is_made_anew()), (is_it, is_it));
    }
    for _ in 0..2 {
        let plan = harness.plan(&drive);
        assert_eq!((doubts(&plan), plan.asks), (vec![Code::FolderMadeAnew], true));
        assert_eq!(plan.doubts[0].held as usize, plan.removed.len());
        assert!(harness.pin(&drive, &mut InOrder).unwrap().confirmed());
        assert_eq!((pinned(&harness), resets(&harness)), (everything(&harness), 0));
    }
    let consent = Consent::to(harness.plan(&drive).digest());
    assert!(harness.pin_with(&drive, Some(&consent), &mut InOrder).unwrap().confirmed());
    let plan = harness.plan(&drive);
    assert!(!plan.asks && plan.doubts.is_empty(), "it is asked about once");
    assert_eq!(pinned(&harness), everything(&harness), "and it waits like every removal");
    assert!(drive.folders().iter().any(|folder| folder.is_made_anew()), "what it is does not change");
}

/// The first start of a new device, where an older client pinned what the folder held.
#[test]
fn a_device_that_knows_nothing_gives_nothing_up_either() {
    let mut built = build(PLAN).unwrap();
    let (owner, before) = (built.ed_public.clone(), built.pins.clone());
    built.server.pins.entry(owner).or_default().apply("PIN", &before);
    lost_and_made_anew(&mut built, 1, EMPTY);
    let (mut harness, drive) = session(built, 2, Store::new());
    // What nobody recorded may be given up, but not where such a folder may have held it.
    harness.give_up_unknown();
    assert_eq!(told(&harness), [1]);
    let receipt = harness.pin(&drive, &mut InOrder).unwrap();
    assert!(receipt.complete && !receipt.reset && !receipt.confirmed(), "{receipt:?}");
    assert_eq!(pinned(&harness), everything(&harness));
    let plan = harness.plan(&drive);
    assert_eq!((doubts(&plan), plan.asks, plan.unknown.is_some()), (vec![Code::FolderMadeAnew], true, true));
    // The user is shown that, and agrees to give up exactly this list.
    let consent = Consent::to(plan.digest());
    let receipt = harness.pin_with(&drive, Some(&consent), &mut InOrder).unwrap();
    assert!(receipt.reset && receipt.confirmed());
    assert!(doubts(&harness.plan(&drive)).is_empty());
}

/// Each sign alone says nothing: clocks differ, old folders have no version, a password change makes a younger channel, and
/// whoever may write in a folder may take its title away.
#[test]
fn one_sign_is_none() {
    let (mut built, _) = after_a_first_session();
    made_later(&mut built, 0, HOUR);
    made_later(&mut built, 1, 9 * MINUTE);
    write(&mut built, 1, EMPTY);
    write(&mut built, 2, EMPTY);
    let (harness, _) = session(built, 2, Store::new());
    assert!(told(&harness).is_empty());
}

#[test]
fn what_hides_it_and_what_does_not() {
    for (document, tells) in [
        (r#"{"filesData":{},"root":{},"static":{},"metadata":{"title":7}}"#, true),
        (r#"{"filesData":{},"root":{},"version":null}"#, true),
        // Members can hide it: docs/INVARIANTS.md says so.
        (r#"{"filesData":{},"root":{},"version":2}"#, false),
        (r#"{"filesData":{},"root":{},"metadata":{"title":"Garden"}}"#, false),
    ] {
        let (mut built, store) = after_a_first_session();
        lost_and_made_anew(&mut built, 0, document);
        let (mut harness, drive) = session(built, 2, store);
        assert_eq!(told(&harness), if tells { vec![0] } else { vec![] }, "{document}");
        // Hidden or not, what is on record is asked about and stays.
        assert!(harness.plan(&drive).asks, "{document}");
        harness.pin(&drive, &mut InOrder).unwrap();
        assert_eq!(pinned(&harness), everything(&harness), "{document}");
    }
}

/// A server and a co-editor who lie together about a folder that is whole: it costs a question at most.
#[test]
fn a_folder_that_is_made_to_look_so_loses_nothing() {
    let (mut built, store) = after_a_first_session();
    made_later(&mut built, 2, 1000 * HOUR);
    let mut member = Device::new(&built.folders[2].hash, 5).unwrap();
    let edited = member.edit(&mut built.server, |document| {
        let fields = document.as_object_mut().unwrap();
        fields.remove("metadata");
        fields.remove("version");
    });
    edited.unwrap();
    let (mut harness, drive) = session(built, 2, store);
    assert_eq!(told(&harness), [2]);
    let plan = harness.plan(&drive);
    assert!(plan.doubts.is_empty() && plan.removed.is_empty() && !plan.asks, "it lacks nothing");
    assert!(harness.pin(&drive, &mut InOrder).unwrap().confirmed());
    assert_eq!(pinned(&harness), everything(&harness));
}
