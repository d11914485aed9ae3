//! The host's store: one that fails, answers late or never costs a moment; what it is called by says nothing.

use pinfold_core::crypto::hash::sha256;
use pinfold_core::drive::complete::Drive;
use pinfold_core::encoding::encode_hex;
use pinfold_core::error::Code;
use pinfold_core::guard::sealed::StoreKey;
use pinfold_core::session::effect::Event;
use pinfold_testkit::account::{Built, Plan, build};
use pinfold_testkit::entropy::Seeded;
use pinfold_testkit::harness::{Harness, InOrder};
use std::collections::BTreeMap;
use std::time::Duration;

const PLAN: Plan = Plan { seed: 12, documents: 2, folders: 3, per_folder: 2 };
type Store = BTreeMap<String, Vec<u8>>;

fn session(built: Built, store: Store, seed: u64) -> Harness {
    let mut harness = Harness::with_entropy(built, Seeded::new(seed));
    harness.store = store;
    harness.session.keep_logs();
    harness
}

/// Loads and pins; the drive as it was read.
fn pinned(harness: &mut Harness) -> Drive {
    harness.resume(&mut InOrder).unwrap();
    let drive = harness.load(&mut InOrder).unwrap();
    assert!(harness.pin(&drive, &mut InOrder).unwrap().confirmed());
    drive
}

fn first() -> (Built, Store) {
    let mut harness = session(build(PLAN).unwrap(), Store::new(), 1);
    pinned(&mut harness);
    harness.built.server.expire_sessions();
    (harness.built, harness.store)
}

fn logs(store: &Store) -> usize {
    store.keys().filter(|key| key.starts_with("log-")).count()
}

fn complaints(harness: &Harness) -> usize {
    let complaint =
        |event: &&Event| matches!(event, Event::Storage(error) if error.code() == Code::HostStorage);
    harness.events.iter().filter(complaint).count()
}

/// How many documents the ledger knows of.
fn known(harness: &Harness) -> usize {
    harness.session.ledger().books().map(|(_, book)| book.folders().count()).sum()
}

/// The names that version 0.1 gave to ledger and vault: anybody who knows the channel can make them.
fn guessable(built: &Built) -> [String; 2] {
    let channel = built.signed_in().unwrap().channel;
    ["ledger", "vault"]
        .map(|kind| encode_hex(&sha256(["pinfold\n", channel.as_str(), "\n", kind].concat().as_bytes())))
}

#[test]
fn no_name_in_the_store_tells_which_channel_it_is_about() {
    let (built, store) = first();
    assert!(logs(&store) >= 4 && store.len() > logs(&store));
    let signed_in = built.signed_in().unwrap();
    let root = signed_in.channel.as_str();
    for channel in built.folders.iter().map(|folder| folder.channel.as_str()).chain([root]) {
        assert!(store.keys().all(|key| !key.contains(channel)));
        // Nor does a hash of it that needs no key of the account.
        for text in [channel.to_owned(), format!("{channel}\nbase"), format!("log-{channel}-base")] {
            let hash = encode_hex(&sha256(text.as_bytes()));
            assert!(store.keys().all(|key| !key.contains(&hash)));
        }
    }
    assert!(guessable(&built).iter().all(|name| !store.contains_key(name)));
}

#[test]
fn the_store_of_an_earlier_version_moves_to_the_new_names() {
    let (built, mut store) = first();
    let keys = built.signed_in().unwrap().secrets.message_keys().unwrap();
    let names = StoreKey::derive(keys.crypt_key.expose(), "names");
    let [ledger, vault] = guessable(&built);
    store.retain(|key, _| !key.starts_with("log-"));
    let record = store.remove(&names.name(&["ledger"])).unwrap();
    store.insert(ledger.clone(), record);
    let old_logs: Vec<String> = built
        .folders
        .iter()
        .flat_map(|folder| ["base", "tail"].map(|part| format!("log-{}-{part}", folder.channel)))
        .collect();
    old_logs.iter().for_each(|name| drop(store.insert(name.clone(), b"pinfold log 1\n".to_vec())));

    let mut harness = session(built, store, 2);
    harness.resume(&mut InOrder).unwrap();
    assert_eq!(known(&harness), 4);
    pinned_again(&mut harness);
    assert!([ledger, vault].iter().chain(&old_logs).all(|name| !harness.store.contains_key(name)));
    assert!(harness.store.contains_key(&names.name(&["ledger"])));
    let mut next = session(harness.built, harness.store, 3);
    next.resume(&mut InOrder).unwrap();
    assert_eq!((known(&next), complaints(&next)), (4, 0));
}

fn pinned_again(harness: &mut Harness) {
    let drive = harness.load(&mut InOrder).unwrap();
    assert!(harness.pin(&drive, &mut InOrder).unwrap().confirmed());
}

#[test]
fn a_store_that_fails_for_a_while_is_told_once_and_holds_everything_later() {
    let (mut built, _) = first();
    built.server.expire_sessions();
    let mut harness = session(built, Store::new(), 2);
    harness.store_fails = true;
    let began = harness.now;
    pinned(&mut harness);
    assert!(harness.now < began + Duration::from_secs(2));
    harness.pass(began + Duration::from_secs(600));
    // Ledger and vault are two records; each of them tells of it once.
    assert!((1..=2).contains(&complaints(&harness)), "{}", complaints(&harness));
    assert!(harness.store.is_empty() && harness.session.unsaved());
    harness.store_fails = false;
    harness.pass(began + Duration::from_secs(700));
    assert!(!harness.session.unsaved());
    assert!(logs(&harness.store) >= 4);
    let mut next = session(harness.built, harness.store, 3);
    next.resume(&mut InOrder).unwrap();
    assert_eq!((known(&next), complaints(&next)), (4, 0));
}

#[test]
fn what_fails_once_is_written_a_second_later() {
    let (built, store) = first();
    let mut harness = session(built, store.clone(), 2);
    harness.resume(&mut InOrder).unwrap();
    let drive = harness.load(&mut InOrder).unwrap();
    harness.store_fails = true;
    assert!(harness.pin(&drive, &mut InOrder).unwrap().confirmed());
    assert!(harness.session.unsaved());
    harness.store_fails = false;
    let now = harness.now;
    harness.pass(now + Duration::from_millis(1_100));
    assert!(!harness.session.unsaved());
    assert_eq!(complaints(&harness), 1);
    assert_ne!(harness.store, store);
}

#[test]
fn a_store_that_never_answers_costs_a_second() {
    let (built, store) = first();
    let mut harness = session(built, store, 2);
    harness.store_is_silent = true;
    let began = harness.now;
    let drive = pinned(&mut harness);
    assert!(matches!(drive, Drive::Complete(_)));
    assert!(harness.now - began < Duration::from_secs(2), "{:?}", harness.now - began);
    assert!((1..=2).contains(&complaints(&harness)));
    // It wakes up: the old knowledge and the new are both there.
    harness.store_is_silent = false;
    harness.pass(began + Duration::from_secs(120));
    assert!(!harness.session.unsaved());
    assert_eq!(known(&harness), 4);
}

#[test]
fn a_session_that_ends_before_the_store_has_it_says_so() {
    let (built, store) = first();
    let mut harness = session(built, store, 2);
    harness.resume(&mut InOrder).unwrap();
    let drive = harness.load(&mut InOrder).unwrap();
    harness.store_is_silent = true;
    assert!(harness.pin(&drive, &mut InOrder).unwrap().confirmed());
    let before = complaints(&harness);
    harness.session.close();
    harness.drain();
    assert_eq!(complaints(&harness), before + 1);
}

/// What is kept of a folder: its state, and what came after.
const RECORDS: usize = 2;

fn remove_a_folder(harness: &mut Harness) -> String {
    let folder = harness.built.folders[1].clone();
    let mut device = harness.built.device().unwrap();
    let frames = device.edit(&mut harness.built.server, |document| {
        let drive = document.as_object_mut().unwrap().get_mut("drive").unwrap().as_object_mut().unwrap();
        for table in ["sharedFolders", "filesData"] {
            drive.get_mut(table).unwrap().as_object_mut().unwrap().remove(&folder.id);
        }
    });
    let channel = harness.built.signed_in().unwrap().channel;
    frames.unwrap().into_iter().for_each(|frame| harness.relay(channel.as_str(), frame));
    folder.channel
}

#[test]
fn the_log_of_a_folder_that_leaves_is_taken_away() {
    let (built, store) = first();
    let before = logs(&store);
    let mut harness = session(built, store, 2);
    pinned(&mut harness);
    remove_a_folder(&mut harness);
    harness.drain();
    harness.load(&mut InOrder).unwrap();
    assert_eq!(logs(&harness.store), before - RECORDS);
}

#[test]
fn the_log_of_a_folder_that_left_while_nobody_looked_is_taken_away() {
    let (built, store) = first();
    let before = logs(&store);
    let mut elsewhere = session(built, Store::new(), 3);
    remove_a_folder(&mut elsewhere);
    let mut harness = session(elsewhere.built, store, 2);
    harness.resume(&mut InOrder).unwrap();
    harness.load(&mut InOrder).unwrap();
    assert_eq!(logs(&harness.store), before - RECORDS);
}
