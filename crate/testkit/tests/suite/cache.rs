//! Logs kept on this machine: the second start asks only for what is new, and nothing kept settles a folder.

use pinfold_core::drive::complete::Drive;
use pinfold_core::json::{Object, Value, canonical};
use pinfold_testkit::account::{Built, Plan, build};
use pinfold_testkit::device::Device;
use pinfold_testkit::entropy::Seeded;
use pinfold_testkit::harness::{Harness, InOrder};
use std::collections::{BTreeMap, BTreeSet};

const PLAN: Plan = Plan { seed: 8, documents: 2, folders: 3, per_folder: 2 };
const ADDED: &str = "dddddddddddddddddddddddddddddddd";
type Store = BTreeMap<String, Vec<u8>>;

fn session(built: Built, store: Store, seed: u64) -> Harness {
    let mut harness = Harness::with_entropy(built, Seeded::new(seed));
    harness.store = store;
    harness.session.keep_logs();
    harness
}

/// An account that was read once, and what that session kept.
fn first() -> (Built, Store, Vec<String>) {
    let mut harness = session(build(PLAN).unwrap(), Store::new(), 1);
    harness.resume(&mut InOrder).unwrap();
    let drive = harness.load(&mut InOrder).unwrap();
    assert!(matches!(drive, Drive::Complete(_)));
    assert_eq!(histories(&harness), (0, 4));
    assert!(logs(&harness.store) >= 4);
    (harness.built, harness.store, documents(&drive))
}

fn logs(store: &Store) -> usize {
    store.keys().filter(|key| key.starts_with("log-")).count()
}

/// How many histories were asked for from a known message, and in all.
fn histories(harness: &Harness) -> (usize, usize) {
    let asked: Vec<_> = harness.sent.iter().filter(|frame| frame.contains("GET_HISTORY")).collect();
    (asked.iter().filter(|frame| frame.contains("lastKnownHash")).count(), asked.len())
}

fn documents(drive: &Drive) -> Vec<String> {
    use pinfold_core::drive::complete::FolderOutcome;
    let folders = drive.folders().iter().filter_map(|folder| match &folder.outcome {
        FolderOutcome::Loaded(document) => Some(canonical(document.document())),
        FolderOutcome::Unavailable(_) => None,
    });
    folders.chain([canonical(drive.root().document())]).collect()
}

fn add_elsewhere(built: &mut Built) {
    let mut device = Device::new(&built.folders[0].hash, 1).unwrap();
    device
        .edit(&mut built.server, |document| {
            let files = document.as_object_mut().unwrap().get_mut("filesData").unwrap();
            let mut entry = Object::new();
            entry.insert("channel", ADDED);
            entry.insert("href", "/pad/#/2/pad/edit/dwp81vGRSpB96Oh-2xXCwfsl/");
            files.as_object_mut().unwrap().insert("77", Value::Object(entry));
        })
        .unwrap();
}

#[test]
fn the_second_start_asks_only_for_what_is_new() {
    let (built, store, before) = first();
    let mut harness = session(built, store, 2);
    harness.resume(&mut InOrder).unwrap();
    let drive = harness.load(&mut InOrder).unwrap();
    assert!(matches!(drive, Drive::Complete(_)));
    assert_eq!(histories(&harness), (4, 4));
    assert_eq!(documents(&drive), before);
}

#[test]
fn what_others_added_meanwhile_is_there_and_is_kept_in_turn() {
    let (mut built, store, _) = first();
    add_elsewhere(&mut built);
    let mut harness = session(built, store, 2);
    for seed in 3..5 {
        harness.resume(&mut InOrder).unwrap();
        let drive = harness.load(&mut InOrder).unwrap();
        assert!(drive.additions().ids().iter().any(|id| *id == ADDED));
        assert_eq!(histories(&harness), (4, 4));
        harness = session(harness.built, harness.store, seed);
    }
}

#[test]
fn what_is_kept_settles_nothing() {
    let (mut built, store, _) = first();
    let silent = built.folders[1].channel.clone();
    built.server.channels.get_mut(&silent).unwrap().silent = true;
    let mut harness = session(built, store, 2);
    harness.resume(&mut InOrder).unwrap();
    let Drive::Partial(partial) = harness.load(&mut InOrder).unwrap() else {
        panic!("a folder that did not answer counted as loaded")
    };
    assert_eq!(partial.missing().count(), 1);
}

#[test]
fn a_server_that_no_longer_knows_the_message_is_asked_for_everything() {
    let (mut built, store, before) = first();
    let folder = built.folders[0].clone();
    let document = Device::new(&folder.hash, 2).unwrap().read(&built.server).unwrap();
    built.server.channels.get_mut(&folder.channel).unwrap().messages.clear();
    Device::new(&folder.hash, 3).unwrap().edit(&mut built.server, |old| *old = document).unwrap();
    let mut harness = session(built, store, 2);
    harness.resume(&mut InOrder).unwrap();
    let drive = harness.load(&mut InOrder).unwrap();
    assert_eq!(histories(&harness), (4, 5));
    assert_eq!(documents(&drive), before);
}

#[test]
fn a_store_that_was_damaged_costs_a_reading_and_nothing_else() {
    let (built, store, before) = first();
    type Damage = fn(&mut Vec<u8>);
    let damages: [Damage; 5] = [
        |bytes| bytes.clear(),
        |bytes| bytes.truncate(bytes.len() * 2 / 3),
        |bytes| bytes.insert(bytes.len().min(40), b'\n'),
        |bytes| bytes.push(0xff),
        |bytes| {
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
        },
    ];
    for (at, damage) in damages.into_iter().enumerate() {
        let mut store = store.clone();
        store.iter_mut().filter(|(key, _)| key.starts_with("log-")).for_each(|(_, bytes)| damage(bytes));
        let mut harness = session(built.clone(), store, 2);
        harness.resume(&mut InOrder).unwrap();
        let drive = harness.load(&mut InOrder).unwrap();
        assert!(matches!(drive, Drive::Complete(_)), "damage {at}");
        assert_eq!(documents(&drive), before, "damage {at}");
    }
}

#[test]
fn a_store_that_fails_costs_nothing() {
    let (built, store, before) = first();
    let mut harness = session(built, store, 2);
    harness.store_fails = true;
    harness.resume(&mut InOrder).unwrap();
    let drive = harness.load(&mut InOrder).unwrap();
    assert_eq!(documents(&drive), before);
    assert_eq!(histories(&harness), (0, 4));
}

#[test]
fn what_is_kept_are_ciphertexts() {
    let (_, store, _) = first();
    for (key, bytes) in store.iter().filter(|(key, _)| key.starts_with("log-")) {
        let text = String::from_utf8_lossy(bytes);
        assert!(is_log(bytes) || bytes.starts_with(b"pinfold1"), "{key}");
        assert!(!text.contains("filesData") && !text.contains("href"), "{key}");
    }
}

/// Whether a record is a part of a log; otherwise it is what one comes to.
fn is_log(bytes: &[u8]) -> bool {
    bytes.starts_with(b"pinfold log 1")
}

/// What a start with this store finds, and how many histories it asks for from a known message, and in all.
fn start(built: &Built, store: Store) -> (Vec<String>, (usize, usize), Store) {
    let mut harness = session(built.clone(), store, 2);
    harness.resume(&mut InOrder).unwrap();
    let drive = harness.load(&mut InOrder).unwrap();
    assert!(matches!(drive, Drive::Complete(_)));
    (documents(&drive), histories(&harness), harness.store)
}

#[test]
fn what_a_log_comes_to_is_enough_to_go_on() {
    let (mut built, store, before) = first();
    assert_eq!(store.iter().filter(|(key, bytes)| key.starts_with("log-") && !is_log(bytes)).count(), 4);
    assert_eq!(without_logs(&store), store, "the logs themselves are not kept");
    let (documents, asked, store) = start(&built, store);
    assert_eq!((documents, asked), (before, (4, 4)));
    // What came since is in the tail.
    add_elsewhere(&mut built);
    let (with_news, asked, store) = start(&built, store);
    assert_eq!(asked, (4, 4));
    let (again, asked, _) = start(&built, store);
    assert_eq!((&again, asked), (&with_news, (4, 4)));
    assert_eq!(again, start(&built, Store::new()).0);
}

/// Whether it is the log of a channel before what the state is of, or instead of a state.
fn is_base(bytes: &[u8]) -> bool {
    is_log(bytes) && !bytes.starts_with(b"pinfold log 1 after ")
}

/// The same store without the logs.
fn without_logs(store: &Store) -> Store {
    let kept = store.iter().filter(|(_, bytes)| !is_base(bytes));
    kept.map(|(key, bytes)| (key.clone(), bytes.clone())).collect()
}

#[test]
fn where_it_does_not_open_all_is_asked_for() {
    let (built, store, before) = first();
    let states: Vec<_> =
        store.iter().filter(|(key, bytes)| key.starts_with("log-") && !is_log(bytes)).collect();
    let last = states.last().map(|(_, bytes)| (*bytes).clone()).unwrap();
    for (replacement, fits) in [(Vec::new(), 0), (last, 1)] {
        let mut store = store.clone();
        // That of another channel is none of this one.
        let states = store.iter_mut().filter(|(key, bytes)| key.starts_with("log-") && !is_log(bytes));
        states.for_each(|(_, bytes)| bytes.clone_from(&replacement));
        let (documents, asked, _) = start(&built, store);
        assert_eq!((documents, asked), (before.clone(), (fits, 4)));
    }
}

/// There is no state where the last message says nothing new. Whoever repeats one must not make a device forget what it knew of a folder.
#[test]
fn where_no_state_can_be_had_the_log_is_kept() {
    let mut built = build(PLAN).unwrap();
    let channel = built.folders[0].channel.clone();
    let messages = &mut built.server.channels.get_mut(&channel).unwrap().messages;
    messages.extend(messages.last().cloned());
    let (before, asked, store) = start(&built, Store::new());
    assert_eq!(asked, (0, 4));
    assert_eq!(store.values().filter(|bytes| is_base(bytes)).count(), 1);
    let (documents, asked, store) = start(&built, store);
    assert_eq!((&documents, asked), (&before, (4, 4)));
    // Damage of the log costs a reading of that one.
    for damage in [|bytes: &mut Vec<u8>| bytes.truncate(200), |bytes: &mut Vec<u8>| bytes.clear()] {
        let mut store = store.clone();
        store.values_mut().filter(|bytes| is_base(bytes)).for_each(damage);
        let (documents, _, _) = start(&built, store);
        assert_eq!(documents, before);
    }
    // As soon as there is a state, the log is not needed any more.
    write_often(&mut built, 70);
    let (before, asked, store) = start(&built, store);
    assert_eq!(asked, (4, 4));
    for store in [without_logs(&store), store] {
        let (documents, asked, _) = start(&built, store);
        assert_eq!((&documents, asked), (&before, (4, 4)));
    }
}

/// Somebody changes the first folder so often.
fn write_often(built: &mut Built, count: usize) {
    let hash = built.folders[0].hash.clone();
    for number in 0..count {
        let edited = |document: &mut Value| {
            document.as_object_mut().unwrap().insert(format!("later {number}").as_str(), true);
        };
        Device::new(&hash, 5).unwrap().edit(&mut built.server, edited).unwrap();
    }
}

#[test]
fn records_of_two_times_do_not_fit_together() {
    // So many that the state is written anew; and so many that the log begins elsewhere, and a state that comes of another is of no use.
    for (count, moves) in [(70, false), (170, true)] {
        let (mut built, old, _) = first();
        write_often(&mut built, count);
        let (with_news, _, new) = start(&built, old.clone());
        let all: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
        let changed: Vec<&String> = all.into_iter().filter(|key| old.get(*key) != new.get(*key)).collect();
        let logs = changed.iter().filter(|key| key.starts_with("log-")).count();
        assert!(logs >= if moves { 3 } else { 2 }, "{changed:?}");
        assert_eq!(without_logs(&new) != new, moves);
        assert!(changed.len() < 10, "{changed:?}");
        // Each of the records that changed is of the old time or of the new one.
        for which in 0..1 << changed.len() {
            let mut mixed = new.clone();
            for (_, key) in changed.iter().enumerate().filter(|(at, _)| which >> at & 1 == 1) {
                match old.get(*key) {
                    Some(bytes) => drop(mixed.insert((*key).clone(), bytes.clone())),
                    None => drop(mixed.remove(*key)),
                }
            }
            assert_eq!(start(&built, mixed.clone()).0, with_news, "{which}");
            assert_eq!(start(&built, without_logs(&mixed)).0, with_news, "{which}");
        }
    }
}

#[test]
fn a_message_on_what_came_before_has_all_of_it_read() {
    let mut built = build(PLAN).unwrap();
    let folder = built.folders[0].clone();
    // Two devices write at the same time, and the message of one comes when the other's was read and kept.
    let mut elsewhere = built.clone();
    add_elsewhere(&mut elsewhere);
    let late = elsewhere.server.channels[&folder.channel].messages.last().unwrap().clone();
    let edited = |document: &mut Value| {
        document.as_object_mut().unwrap().insert("here", true);
    };
    Device::new(&folder.hash, 5).unwrap().edit(&mut built.server, edited).unwrap();
    let (_, _, store) = start(&built, Store::new());
    built.server.channels.get_mut(&folder.channel).unwrap().messages.push(late);
    let (documents, asked, _) = start(&built, store);
    assert_eq!(asked, (4, 5));
    assert_eq!(documents, start(&built, Store::new()).0);
}

/// Devices write on what they have, which may be long past for everybody else; one of them has seen nothing but its own messages.
/// Sessions come in between, each with what the one before it kept.
#[test]
fn however_a_folder_was_written_a_kept_state_leads_to_what_a_whole_reading_finds() {
    let mut from_states = 0;
    for seed in 0..12 {
        let mut random = Seeded::new(seed);
        let mut built = build(Plan { seed, folders: 1, ..PLAN }).unwrap();
        let folder = built.folders[0].clone();
        let mut alone = built.clone();
        alone.server.channels.get_mut(&folder.channel).unwrap().messages.clear();
        let (mut store, mut past) = (Store::new(), vec![built.clone()]);
        for round in 0..5 {
            // What others wrote first is kept in a state, and overtaken later by who has seen none of it.
            for edit in 0..random.below(if round == 0 { 8 } else { 40 }) {
                let place = match random.below(8) {
                    _ if round == 0 => &mut built.clone(),
                    0 => &mut past[random.below(round + 1)].clone(),
                    1..7 if seed % 2 == 0 => &mut alone,
                    _ => &mut built.clone(),
                };
                let before = place.server.channels[&folder.channel].messages.len();
                let set = |document: &mut Value| {
                    document.as_object_mut().unwrap().insert(format!("{round}-{edit}").as_str(), true);
                };
                Device::new(&folder.hash, 9).unwrap().edit(&mut place.server, set).unwrap();
                let written = place.server.channels[&folder.channel].messages[before..].to_vec();
                built.server.channels.get_mut(&folder.channel).unwrap().messages.extend(written);
            }
            past.push(built.clone());
            let whole = start(&built, Store::new()).0;
            let (found, (known, all), _) = start(&built, without_logs(&store));
            assert_eq!(found, whole, "seed {seed}, round {round}, states alone");
            from_states += usize::from(round > 0 && known == all);
            let (found, _, kept) = start(&built, store);
            assert_eq!(found, whole, "seed {seed}, round {round}");
            store = kept;
        }
    }
    assert!(from_states > 8, "{from_states} starts went on from a kept state");
}
