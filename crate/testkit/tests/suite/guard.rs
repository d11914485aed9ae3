//! The guard in a session: which ids a list loses, and what one session remembers for the next.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use pinfold_core::drive::complete::Drive;
use pinfold_core::error::Code;
use pinfold_core::guard::cause::Cause;
use pinfold_core::guard::consent::Consent;
use pinfold_core::guard::plan::{Policy, Why};
use pinfold_core::json::{Value, parse};
use pinfold_core::session::effect::Event;
use pinfold_testkit::account::{Built, Plan, build};
use pinfold_testkit::entropy::Seeded;
use pinfold_testkit::harness::{Harness, InOrder};

mod waits;

const PLAN: Plan = Plan { seed: 11, documents: 3, folders: 2, per_folder: 2 };
const DAY: Duration = Duration::from_secs(86_400);

type Store = BTreeMap<String, Vec<u8>>;

fn session(built: Built, seed: u64, store: Store) -> Harness {
    let mut harness = Harness::with_entropy(built, Seeded::new(seed));
    harness.store = store;
    harness.resume(&mut InOrder).unwrap();
    harness
}

/// A session that pinned everything, and what is left of it: the server and the store.
fn after_a_first_session() -> (Built, Store) {
    let mut harness = session(build(PLAN).unwrap(), 1, Store::new());
    let drive = harness.load(&mut InOrder).unwrap();
    assert!(harness.pin(&drive, &mut InOrder).unwrap().confirmed());
    harness.built.server.expire_sessions();
    (harness.built, harness.store)
}

/// Another device removes the entry of one document from the drive. Its channel, and the frames that tell of it.
fn another_device_removes_a_document(built: &mut Built) -> (String, Vec<String>) {
    let mut device = built.device().unwrap();
    let mut channel = String::new();
    let frames = device.edit(&mut built.server, |document| {
        let drive = document.as_object_mut().unwrap().get_mut("drive").unwrap();
        let files = drive.as_object_mut().unwrap().get_mut("filesData").unwrap().as_object_mut().unwrap();
        let (id, entry) = files.iter().next().map(|(id, entry)| (id.clone(), entry.clone())).unwrap();
        channel = entry.get("channel").unwrap().as_str().unwrap().to_owned();
        files.remove(id.as_str().unwrap());
    });
    (channel, frames.unwrap())
}

/// Another device adds the entry of a document to the drive.
fn another_device_adds(built: &mut Built, channel: &str) {
    let mut device = built.device().unwrap();
    let entry = format!(r#"{{"channel":"{channel}","href":"/pad/#/2/pad/edit/AAAAAAAAAAAAAAAAAAAAAAAA/"}}"#);
    let change = |document: &mut Value| {
        let drive = document.as_object_mut().unwrap().get_mut("drive").unwrap();
        let files = drive.as_object_mut().unwrap().get_mut("filesData").unwrap().as_object_mut().unwrap();
        files.insert("4242", parse(&entry).unwrap());
    };
    device.edit(&mut built.server, change).unwrap();
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

fn caught(harness: &Harness) -> Vec<Code> {
    harness.session.evidence().items().iter().map(|item| item.code).collect()
}

#[test]
fn what_another_device_pinned_meanwhile_is_never_replaced_unless_agreed_to() {
    let (built, store) = after_a_first_session();
    let mut harness = session(built, 2, store);
    let drive = harness.load(&mut InOrder).unwrap();
    // L10: pinned by another device after this one read the drive.
    let newest = "e".repeat(32);
    let owner = harness.built.ed_public.clone();
    harness.built.server.pins.get_mut(&owner).unwrap().apply("PIN", std::slice::from_ref(&newest));
    assert!(harness.plan(&drive).unknown.is_none());
    let receipt = harness.pin(&drive, &mut InOrder).unwrap();
    assert!(!receipt.confirmed() && !receipt.reset && receipt.complete);
    assert!(pinned(&harness).contains(&newest));
    // The user is shown that there is something, and agrees to give up exactly this list.
    let plan = harness.plan(&drive);
    assert_eq!(plan.unknown.as_ref(), Some(&receipt.server));
    let consent = Consent::to(plan.digest());
    // It moves once more: the user agreed to another difference than this one.
    let newer = "d".repeat(32);
    harness.built.server.pins.get_mut(&owner).unwrap().apply("PIN", std::slice::from_ref(&newer));
    let receipt = harness.pin_with(&drive, Some(&consent), &mut InOrder).unwrap();
    assert!(!receipt.reset && pinned(&harness).contains(&newer));
    let error = harness.pin_with(&drive, Some(&consent), &mut InOrder).unwrap_err();
    assert_eq!(error.code(), Code::PinsStaleConsent);
    let consent = Consent::to(harness.plan(&drive).digest());
    let receipt = harness.pin_with(&drive, Some(&consent), &mut InOrder).unwrap();
    assert!(receipt.reset && receipt.confirmed());
    assert_eq!((pinned(&harness), resets(&harness)), (everything(&harness), 1));
}

/// An id that this device recorded, and that waited: the server's hash proves that nothing else goes with it.
#[test]
fn what_waited_long_enough_leaves_without_another_question() {
    let (mut built, store) = after_a_first_session();
    let (gone, _) = another_device_removes_a_document(&mut built);
    let mut harness = session(built, 2, store);
    let drive = harness.load(&mut InOrder).unwrap();
    let plan = harness.plan(&drive);
    assert_eq!(plan.removed.len(), 1);
    assert_eq!((plan.removed[0].cause, plan.asks), (Cause::RemovedElsewhere, false));
    let receipt = harness.pin(&drive, &mut InOrder).unwrap();
    assert!(receipt.confirmed() && !receipt.reset);
    assert!(pinned(&harness).contains(&gone));
    assert!(matches!(harness.plan(&drive).retained[0].why, Why::Waiting(Cause::RemovedElsewhere, _)));

    let (built, store) = (harness.built, harness.store);
    let mut harness = session(built, 3, store);
    harness.now += 31 * DAY;
    harness.session.set_policy(Policy { hold: true, ..Policy::default() });
    let drive = harness.load(&mut InOrder).unwrap();
    assert!(harness.pin(&drive, &mut InOrder).unwrap().confirmed());
    assert!(pinned(&harness).contains(&gone), "removals are on hold");
    harness.session.set_policy(Policy::default());
    assert_eq!(harness.plan(&drive).due.len(), 1);
    let receipt = harness.pin(&drive, &mut InOrder).unwrap();
    // Taken out by name: a RESET would take along what another device pins at this moment.
    assert!(!receipt.reset && receipt.confirmed());
    assert!(harness.built.server.commands.contains(&("UNPIN".to_owned(), vec![gone.clone()])));
    assert!(!pinned(&harness).contains(&gone));
    assert_eq!(everything(&harness).difference(&pinned(&harness)).count(), 1);
    assert!(harness.plan(&drive).due.is_empty());
}

/// Nobody hears whether it left. Once it is back in the drive it is pinned by itself, without another run.
#[test]
fn what_may_have_left_and_comes_back_is_pinned_again() {
    for (beside, command) in [(None, "UNPIN"), (Some("e".repeat(32)), "RESET")] {
        let (mut built, store) = after_a_first_session();
        let (gone, _) = another_device_removes_a_document(&mut built);
        let mut harness = session(built, 2, store);
        let drive = harness.load(&mut InOrder).unwrap();
        assert!(harness.pin(&drive, &mut InOrder).unwrap().confirmed());
        let mut harness = session(harness.built, 3, harness.store);
        harness.now += 31 * DAY;
        harness.session.set_policy(Policy { hold: true, ..Policy::default() });
        let drive = harness.load(&mut InOrder).unwrap();
        assert!(harness.pin(&drive, &mut InOrder).unwrap().confirmed());
        harness.session.follow_changes(harness.now);
        harness.pass(harness.now + Duration::from_secs(1));
        // It was pinned by this session, and leaves now.
        let owner = harness.built.ed_public.clone();
        harness.built.server.pins.get_mut(&owner).unwrap().apply("PIN", beside.as_slice());
        harness.session.set_policy(Policy { give_up_unknown: true, ..Policy::default() });
        harness.built.server.cut_after = Some(command);
        let error = harness.pin(&drive, &mut InOrder).unwrap_err();
        assert_eq!(error.code(), Code::PinsUnconfirmed, "{command}");
        assert!(!pinned(&harness).contains(&gone), "{command}");
        another_device_adds(&mut harness.built, &gone);
        harness.pass(harness.now + Duration::from_secs(5));
        assert!(pinned(&harness).contains(&gone), "{command}");
    }
}

/// Taking the due ids out by name would leave ids that nobody knows: then the list is replaced.
#[test]
fn beside_what_nobody_knows_what_waited_leaves_with_the_list() {
    let (mut built, store) = after_a_first_session();
    let (gone, _) = another_device_removes_a_document(&mut built);
    let mut harness = session(built, 2, store);
    let drive = harness.load(&mut InOrder).unwrap();
    assert!(harness.pin(&drive, &mut InOrder).unwrap().confirmed());
    let (mut built, store) = (harness.built, harness.store);
    let (owner, stranger) = (built.ed_public.clone(), "e".repeat(32));
    built.server.pins.get_mut(&owner).unwrap().apply("PIN", std::slice::from_ref(&stranger));
    let mut harness = session(built, 3, store);
    harness.now += 31 * DAY;
    harness.give_up_unknown();
    let drive = harness.load(&mut InOrder).unwrap();
    assert_eq!(harness.plan(&drive).due.len(), 1);
    let receipt = harness.pin(&drive, &mut InOrder).unwrap();
    assert!(receipt.reset && receipt.confirmed());
    assert!(harness.built.server.commands.iter().all(|(command, _)| command != "UNPIN"));
    let left = pinned(&harness);
    assert!(!left.contains(&gone) && !left.contains(&stranger));
}

#[test]
fn a_second_device_that_cannot_read_a_folder_pins_what_the_first_knew() {
    let (mut built, store) = after_a_first_session();
    let folder = built.folders[0].clone();
    built.server.channels.get_mut(&folder.channel).unwrap().claims_new = true;
    // The server lost the whole list, too.
    let owner = built.ed_public.clone();
    let ids: Vec<String> = built.server.pins[&owner].pinned().into_iter().collect();
    built.server.pins.get_mut(&owner).unwrap().apply("UNPIN", &ids);
    let mut harness = session(built, 2, store);
    let drive = harness.load(&mut InOrder).unwrap();
    assert!(matches!(drive, Drive::Partial(_)));
    let kept = harness.plan(&drive).retained;
    assert_eq!(kept.len(), folder.documents.len());
    assert!(kept.iter().all(|kept| kept.why == Why::Unread(Code::FolderMissing)));
    harness.pin(&drive, &mut InOrder).unwrap();
    assert_eq!((pinned(&harness), resets(&harness)), (everything(&harness), 0));
    assert_eq!(caught(&harness), [Code::FolderMissing]);
}

#[test]
fn a_rollback_of_a_folder_is_noticed_and_removes_nothing() {
    let (mut built, store) = after_a_first_session();
    let folder = built.folders[0].clone();
    built.server.channels.get_mut(&folder.channel).unwrap().messages.pop();
    let mut harness = session(built, 2, store.clone());
    let drive = harness.load(&mut InOrder).unwrap();
    let plan = harness.plan(&drive);
    assert_eq!(plan.doubts.iter().map(|doubt| doubt.code).collect::<Vec<_>>(), [Code::FolderRolledBack]);
    assert!(harness.pin(&drive, &mut InOrder).unwrap().confirmed());
    assert_eq!(pinned(&harness), everything(&harness));
    assert_eq!(caught(&harness), [Code::FolderRolledBack]);
    // It stays in doubt: looking at it is no consent.
    let (built, store) = (harness.built, harness.store);
    let mut again = session(built, 3, store);
    let drive = again.load(&mut InOrder).unwrap();
    assert_eq!(again.plan(&drive).doubts.len(), 1);
}

#[test]
fn the_account_document_is_watched_as_well() {
    let (mut built, store) = after_a_first_session();
    another_device_adds(&mut built, &"a".repeat(32));
    let mut first = session(built, 2, store);
    let drive = first.load(&mut InOrder).unwrap();
    first.pin(&drive, &mut InOrder).unwrap();
    let (mut built, store) = (first.built, first.store);
    let channel = built.drive_channel.clone();
    // The first device's note for others, and before that its own memory.
    let messages = &mut built.server.channels.get_mut(&channel).unwrap().messages;
    messages.truncate(messages.len() - 2);
    let mut harness = session(built, 3, store);
    let drive = harness.load(&mut InOrder).unwrap();
    assert_eq!(harness.plan(&drive).doubts[0].code, Code::FolderRolledBack);
}

#[test]
fn a_deletion_notice_makes_a_tombstone_and_keeps_the_key() {
    let (mut built, store) = after_a_first_session();
    let folder = built.folders[0].clone();
    let channel = built.server.channels.get_mut(&folder.channel).unwrap();
    channel.placeholder = Some("ARCHIVE_OWNED".into());
    let mut harness = session(built, 2, store);
    harness.load(&mut InOrder).unwrap();
    let stones: Vec<_> = harness.session.vault().tombstones().collect();
    assert_eq!(stones.len(), 1);
    assert_eq!(
        (stones[0].0.as_str(), &stones[0].1.reason),
        (Some(folder.channel.as_str()), &"ARCHIVE_OWNED".into())
    );
    let entry = harness.session.vault().key(&folder.channel.as_str().into()).unwrap().entry();
    assert!(entry.get("href").is_some());
    // Another session of the device knows it, whatever the server says by then.
    let mut again = session(harness.built, 3, harness.store);
    again.load(&mut InOrder).unwrap();
    assert_eq!(again.session.vault().keys().count(), 1);
}

#[test]
fn an_entry_that_another_device_removes_goes_to_the_vault() {
    let mut harness = session(build(PLAN).unwrap(), 1, Store::new());
    harness.load(&mut InOrder).unwrap();
    assert_eq!(harness.session.vault().keys().count(), 0);
    let (gone, frames) = another_device_removes_a_document(&mut harness.built);
    frames.iter().for_each(|frame| harness.interject(frame));
    harness.load(&mut InOrder).unwrap();
    let kept: Vec<_> = harness.session.vault().keys().map(|(channel, _)| channel.to_string_lossy()).collect();
    assert_eq!(kept, [gone]);
}

#[test]
fn a_store_that_fails_costs_no_reading_and_is_not_written_over() {
    let (built, store) = after_a_first_session();
    let mut harness = Harness::with_entropy(built, Seeded::new(2));
    harness.store = store.clone();
    harness.store_fails = true;
    harness.resume(&mut InOrder).unwrap();
    let drive = harness.load(&mut InOrder).unwrap();
    assert!(harness.pin(&drive, &mut InOrder).unwrap().confirmed());
    assert_eq!(harness.store, store);
    let told = harness.events.iter().filter(|event| matches!(event, Event::Storage(_))).count();
    assert_eq!(told, 2, "once for each kind of record");
}

#[test]
fn what_does_not_open_is_put_aside_before_its_place_is_taken() {
    let (built, mut store) = after_a_first_session();
    // It is opened where there is something to add, or somebody asks: see `pin_changes.rs`.
    store.remove(&built.store_name("changes").unwrap());
    for bytes in store.values_mut() {
        *bytes.last_mut().unwrap() ^= 1;
    }
    let broken = store.clone();
    let mut harness = session(built, 2, store);
    let drive = harness.load(&mut InOrder).unwrap();
    assert!(harness.pin(&drive, &mut InOrder).unwrap().confirmed());
    for (key, bytes) in &broken {
        assert_eq!(harness.store.get(&format!("{key}-unreadable")), Some(bytes));
        assert_ne!(harness.store.get(key), Some(bytes));
    }
}

/// Two tabs share a store. Neither loses what the other recorded.
#[test]
fn two_tabs_end_up_with_what_either_knew() {
    let (built, store) = after_a_first_session();
    let mut one = session(built.clone(), 2, store.clone());
    let mut two = session(built, 3, store);
    // The first sees a document that the second has not seen.
    another_device_adds(&mut one.built, &"a".repeat(32));
    let mut one = session(one.built, 4, one.store);
    let drive = one.load(&mut InOrder).unwrap();
    one.pin(&drive, &mut InOrder).unwrap();
    two.store = one.store.clone();
    let drive = two.load(&mut InOrder).unwrap();
    two.pin(&drive, &mut InOrder).unwrap();
    let last = session(two.built, 5, two.store);
    let owner = pinfold_core::ids::EdPublic::parse(&last.built.ed_public).unwrap();
    assert!(last.session.ledger().book(&owner).record(&"a".repeat(32).as_str().into()).is_some());
}

#[test]
fn a_pinned_channel_that_is_not_there_is_found_by_sampling() {
    let mut built = build(Plan { seed: 12, documents: 0, folders: 1, per_folder: 0 }).unwrap();
    built.server.sizes = Some(0);
    let mut harness = session(built, 1, Store::new());
    let drive = harness.load(&mut InOrder).unwrap();
    harness.pin(&drive, &mut InOrder).unwrap();
    harness.drain();
    assert_eq!(caught(&harness), [Code::PinsSampleMissing; 2]);
    let asked = harness.sent.iter().filter(|frame| frame.contains("GET_FILE_SIZE")).count();
    assert_eq!(asked, 2);
    // Once in a session is enough.
    harness.pin(&drive, &mut InOrder).unwrap();
    assert_eq!(harness.sent.iter().filter(|frame| frame.contains("GET_FILE_SIZE")).count(), 2);
}
