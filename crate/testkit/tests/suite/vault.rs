//! Keys of what others took away, in whole sessions: whoever did it, however, and whether or not this device looked on
//! (I3).

use pinfold_core::guard::vault::Decision;
use pinfold_core::json::{Object, Text, Value, parse};
use pinfold_core::session::effect::Event;
use pinfold_testkit::account::{Built, Plan, Variety, build, build_with};
use pinfold_testkit::device::Device;
use pinfold_testkit::entropy::Seeded;
use pinfold_testkit::harness::{Harness, InOrder};
use std::collections::BTreeMap;
use std::time::Duration;

const PLAN: Plan = Plan { seed: 11, documents: 3, folders: 2, per_folder: 2 };
const JUNK: &str = "/pad/#/2/pad/edit/AAAAAAAAAAAAAAAAAAAAAAAA/";
type Store = BTreeMap<String, Vec<u8>>;

fn files(document: &mut Value) -> &mut Object {
    document.as_object_mut().unwrap().get_mut("filesData").unwrap().as_object_mut().unwrap()
}

fn drive_of(document: &mut Value) -> &mut Value {
    document.as_object_mut().unwrap().get_mut("drive").unwrap()
}

fn named(files: &Object, channel: &str) -> (String, Value) {
    let mut found =
        files.iter().filter(|(_, entry)| entry.get("channel").and_then(Value::as_str) == Some(channel));
    found.next().map(|(key, entry)| (key.as_str().unwrap().to_owned(), entry.clone())).unwrap()
}

fn session(built: Built, seed: u64, store: Store, logs: bool) -> Harness {
    let mut harness = Harness::with_entropy(built, Seeded::new(seed));
    harness.store = store;
    if logs {
        harness.session.keep_logs();
    }
    harness.resume(&mut InOrder).unwrap();
    harness
}

fn closed(mut harness: Harness) -> (Built, Store) {
    harness.drain();
    harness.session.close();
    harness.drain();
    (harness.built, harness.store)
}

/// A session that stays current.
fn watching() -> Harness {
    let mut harness = session(build(PLAN).unwrap(), 1, Store::new(), false);
    let drive = harness.load(&mut InOrder).unwrap();
    harness.pin(&drive, &mut InOrder).unwrap();
    harness.session.follow_changes(harness.now);
    harness.pass(harness.now + Duration::from_secs(1));
    harness
}

/// What a member of the first folder does, as the session hears of it.
fn member(harness: &mut Harness, seed: u64, change: impl FnOnce(&mut Value)) {
    let mut member = Device::new(&harness.built.folders[0].hash.clone(), seed).unwrap();
    let frames = member.edit(&mut harness.built.server, change).unwrap();
    frames.iter().for_each(|frame| harness.interject(frame));
    harness.pass(harness.now + Duration::from_secs(1));
}

/// What another device of the user does, as the session hears of it.
fn own(harness: &mut Harness, change: impl FnOnce(&mut Object)) {
    let mut own = harness.built.device().unwrap();
    let frames = own.edit(&mut harness.built.server, |document| change(files(drive_of(document)))).unwrap();
    frames.iter().for_each(|frame| harness.interject(frame));
    harness.pass(harness.now + Duration::from_secs(1));
}

fn kept(harness: &Harness, channel: &str) -> Option<Value> {
    harness.session.vault().key(&channel.into()).map(|key| key.entry())
}

fn decision(harness: &Harness, channel: &str) -> Option<Decision> {
    harness.session.vault().key(&channel.into()).map(|key| key.decision)
}

fn own_document(harness: &mut Harness) -> (String, Value) {
    let document = harness.session.document().unwrap();
    let files = document.document().get("drive").unwrap().get("filesData").unwrap().as_object().unwrap();
    let entry = files.values().next().unwrap().clone();
    (entry.get("channel").unwrap().as_str().unwrap().to_owned(), entry)
}

/// Nested as deep as a document may be, the vault would be too deep to be read back.
#[test]
fn a_deep_entry_costs_no_other_key_on_any_device() {
    let mut harness = watching();
    let (channel, _) = own_document(&mut harness);
    own(&mut harness, |files| drop(files.remove(&named(files, &channel).0)));
    assert_eq!(decision(&harness, &channel), Some(Decision::Open));
    let deep = format!("{}{}", "[".repeat(120), "]".repeat(120));
    let text = format!(r#"{{"channel":"{}","href":"{JUNK}","title":{deep},"x":{deep}}}"#, "9".repeat(32));
    let entry = parse(&text).unwrap();
    member(&mut harness, 3, |document| drop(files(document).insert("999", entry)));
    member(&mut harness, 4, |document| drop(files(document).remove("999")));
    assert!(kept(&harness, &"9".repeat(32)).is_some());
    let (built, store) = closed(harness);
    for store in [store, Store::new()] {
        let mut next = session(built.clone(), 2, store, false);
        next.load(&mut InOrder).unwrap();
        assert!(kept(&next, &channel).is_some());
        assert!(!next.events.iter().any(|event| matches!(event, Event::Storage(_))));
    }
}

#[test]
fn a_key_is_kept_also_where_its_link_was_changed_before_it_was_taken_out() {
    let mut harness = watching();
    let channel = harness.built.folders[0].documents[0].clone();
    let mut genuine = Value::Null;
    member(&mut harness, 3, |document| {
        let files = files(document);
        let (key, entry) = named(files, &channel);
        genuine = entry;
        let entry = files.get_mut(&key).unwrap().as_object_mut().unwrap();
        entry.insert("href", JUNK);
        entry.remove("roHref");
    });
    assert_eq!(kept(&harness, &channel), Some(genuine.clone()), "at once");
    member(&mut harness, 4, |document| {
        let files = files(document);
        files.remove(&named(files, &channel).0);
    });
    assert_eq!(kept(&harness, &channel), Some(genuine));
}

#[test]
fn nobody_takes_the_place_of_a_key_beforehand() {
    let mut harness = watching();
    let (channel, genuine) = own_document(&mut harness);
    // One that leads elsewhere, and one that is right and says something else beside.
    for (seed, href) in [(3, JUNK.into()), (5, genuine.get("href").unwrap().clone())] {
        let mut junk = Object::new();
        junk.insert("channel", channel.as_str());
        junk.insert("href", href);
        junk.insert("rtChannel", "8".repeat(32));
        member(&mut harness, seed, |document| drop(files(document).insert("999", junk)));
        member(&mut harness, seed + 1, |document| drop(files(document).remove("999")));
    }
    own(&mut harness, |files| drop(files.remove(&named(files, &channel).0)));
    assert_eq!(kept(&harness, &channel), Some(genuine));
    let key = harness.session.vault().key(&channel.as_str().into()).unwrap();
    assert_eq!(key.folder, Text::from(harness.built.drive_channel.as_str()));
}

/// A folder may hold a field that only drives have: it hides nothing.
#[test]
fn a_field_named_drive_in_a_folder_blinds_nobody() {
    let mut harness = watching();
    let channel = harness.built.folders[0].documents[0].clone();
    member(&mut harness, 3, |document| {
        document.as_object_mut().unwrap().insert("drive", Object::new());
    });
    member(&mut harness, 4, |document| {
        let files = files(document);
        files.remove(&named(files, &channel).0);
    });
    assert!(kept(&harness, &channel).is_some());
}

/// What a member of the first folder and another device of the user take out while this device is closed.
fn taken_while_closed(built: &mut Built) -> [String; 2] {
    let folder = built.folders[0].clone();
    let theirs = folder.documents[0].clone();
    Device::new(&folder.hash, 3)
        .unwrap()
        .edit(&mut built.server, |document| {
            let files = files(document);
            files.remove(&named(files, &theirs).0);
        })
        .unwrap();
    let mut ours = String::new();
    built
        .device()
        .unwrap()
        .edit(&mut built.server, |document| {
            let files = files(drive_of(document));
            let (key, entry) = files.iter().next().map(|(key, entry)| (key.clone(), entry.clone())).unwrap();
            ours = entry.get("channel").unwrap().as_str().unwrap().to_owned();
            files.remove(key.as_str().unwrap());
        })
        .unwrap();
    [theirs, ours]
}

#[test]
fn what_went_while_the_device_was_closed_goes_to_the_vault_at_the_next_start() {
    for logs in [true, false] {
        let mut harness = session(build(PLAN).unwrap(), 1, Store::new(), logs);
        harness.load(&mut InOrder).unwrap();
        let (mut built, store) = closed(harness);
        let taken = taken_while_closed(&mut built);
        let mut next = session(built, 2, store, logs);
        next.load(&mut InOrder).unwrap();
        for channel in &taken {
            assert_eq!(decision(&next, channel), Some(Decision::Open), "logs: {logs}");
        }
        assert_eq!(next.session.vault().keys().count(), 2);
        // What the user gives up is not kept again at every start.
        next.session.decide(next.now, &taken[0].as_str().into(), Decision::Discarded).unwrap();
        let (built, store) = closed(next);
        let mut last = session(built, 3, store, logs);
        last.load(&mut InOrder).unwrap();
        assert_eq!(decision(&last, &taken[0]), Some(Decision::Discarded));
    }
}

/// The log that is kept may already hold the removal that nobody looked at.
#[test]
fn what_went_before_the_device_was_closed_and_was_not_looked_at_goes_there_as_well() {
    let mut harness = session(build(PLAN).unwrap(), 1, Store::new(), true);
    harness.load(&mut InOrder).unwrap();
    let channel = harness.built.folders[0].documents[0].clone();
    let mut member = Device::new(&harness.built.folders[0].hash.clone(), 3).unwrap();
    let frames = member.edit(&mut harness.built.server, |document| {
        let files = files(document);
        files.remove(&named(files, &channel).0);
    });
    frames.unwrap().iter().for_each(|frame| harness.interject(frame));
    let (built, store) = closed(harness);
    let mut next = session(built, 2, store, true);
    next.load(&mut InOrder).unwrap();
    assert!(kept(&next, &channel).is_some());
}

/// So much was written meanwhile that the server begins after what was seen: the first state that it tells of counts.
#[test]
fn what_went_while_much_was_written_goes_there_as_well() {
    let mut harness = session(build(PLAN).unwrap(), 1, Store::new(), false);
    harness.load(&mut InOrder).unwrap();
    let (mut built, store) = closed(harness);
    let folder = built.folders[0].clone();
    let mut member = Device::new(&folder.hash, 3).unwrap();
    let mut write = |built: &mut Built, change: &dyn Fn(&mut Value)| {
        member.edit(&mut built.server, change).unwrap();
    };
    for number in 0..170 {
        write(&mut built, &|document| drop(document.as_object_mut().unwrap().insert("n", f64::from(number))));
    }
    write(&mut built, &|document| {
        let files = files(document);
        files.remove(&named(files, &folder.documents[0]).0);
    });
    let mut next = session(built, 2, store, false);
    next.load(&mut InOrder).unwrap();
    assert!(kept(&next, &folder.documents[0]).is_some());
}

/// The server shows an older state: entries that are missing from it are kept, where the log still has them.
#[test]
fn what_a_rollback_hides_goes_to_the_vault() {
    let added = "d".repeat(32);
    let mut built = build(PLAN).unwrap();
    let folder = built.folders[0].clone();
    let mut entry = Object::new();
    entry.insert("channel", added.as_str());
    entry.insert("href", JUNK);
    let before = built.server.channels[&folder.channel].messages.len();
    let mut member = Device::new(&folder.hash, 3).unwrap();
    member.edit(&mut built.server, |document| drop(files(document).insert("999", entry))).unwrap();
    let mut harness = session(built, 1, Store::new(), true);
    let drive = harness.load(&mut InOrder).unwrap();
    harness.pin(&drive, &mut InOrder).unwrap();
    let (mut built, store) = closed(harness);
    built.server.channels.get_mut(&folder.channel).unwrap().messages.truncate(before);
    built.server.expire_sessions();
    let mut next = session(built, 2, store, true);
    next.load(&mut InOrder).unwrap();
    assert_eq!(decision(&next, &added), Some(Decision::Open));
}

#[test]
fn a_folder_that_is_back_closes_its_key_and_its_tombstone() {
    let mut harness = session(build(PLAN).unwrap(), 1, Store::new(), false);
    let channel = harness.built.folders[0].channel.clone();
    harness.built.server.channels.get_mut(&channel).unwrap().placeholder = Some("INACTIVE".into());
    harness.load(&mut InOrder).unwrap();
    assert_eq!(harness.session.vault().tombstones().count(), 1);
    assert_eq!(decision(&harness, &channel), Some(Decision::Open));
    harness.load(&mut InOrder).unwrap();
    assert_eq!(decision(&harness, &channel), Some(Decision::Open), "its entry alone is no folder");
    harness.built.server.channels.get_mut(&channel).unwrap().placeholder = None;
    let (built, store) = closed(harness);
    let mut next = session(built, 2, store, false);
    next.load(&mut InOrder).unwrap();
    assert_eq!(next.session.vault().tombstones().count(), 0);
    assert_eq!(decision(&next, &channel), Some(Decision::Restored));
}

#[test]
fn an_entry_that_is_back_closes_its_key() {
    let mut harness = watching();
    let (channel, entry) = own_document(&mut harness);
    own(&mut harness, |files| drop(files.remove(&named(files, &channel).0)));
    assert_eq!(decision(&harness, &channel), Some(Decision::Open));
    own(&mut harness, |files| drop(files.insert("4242", entry)));
    assert_eq!(decision(&harness, &channel), Some(Decision::Restored));
}

/// Every record is set aside that cannot be read, also when it happens again.
#[test]
fn what_cannot_be_read_is_never_written_over() {
    let (built, mut store) = closed(watching());
    let mut broken: Vec<Vec<u8>> = Vec::new();
    let mut built = built;
    let log = built.store_name("changes").unwrap();
    for seed in 2..5 {
        let mine = |key: &String| !key.contains("unreadable") && *key != log;
        for (_, bytes) in store.iter_mut().filter(|(key, _)| mine(key)) {
            *bytes.last_mut().unwrap() ^= 1;
            broken.push(bytes.clone());
        }
        let mut next = session(built, seed, store, false);
        let drive = next.load(&mut InOrder).unwrap();
        next.pin(&drive, &mut InOrder).unwrap();
        (built, store) = closed(next);
    }
    assert_eq!(broken.len(), 6);
    for bytes in broken {
        assert!(store.values().any(|stored| *stored == bytes));
    }
}

/// In a team, edit links are encrypted: whoever holds the key of the team can tell one that was changed.
#[test]
fn in_a_team_a_link_that_was_changed_is_a_key_as_well() {
    let variety = Variety { teams: 1, ..Variety::default() };
    let mut harness = session(build_with(PLAN, &variety).unwrap(), 1, Store::new(), false);
    let team = harness.built.teams[0].clone();
    let folder = team.folders[0].clone();
    let channel = folder.documents[0].clone();
    let load = |harness: &mut Harness| {
        let ticket = harness.session.load_team(harness.now, &team.id).unwrap();
        harness.run(ticket, &mut InOrder).unwrap();
    };
    load(&mut harness);
    let mut genuine = Value::Null;
    let mut member = Device::new(&folder.hash, 3).unwrap();
    let frames = member.edit(&mut harness.built.server, |document| {
        let files = files(document);
        let (key, entry) = named(files, &channel);
        genuine = entry;
        files
            .get_mut(&key)
            .unwrap()
            .as_object_mut()
            .unwrap()
            .insert("href", "c2VhbGVkIHdpdGggYW5vdGhlciBrZXk=");
    });
    frames.unwrap().iter().for_each(|frame| harness.interject(frame));
    load(&mut harness);
    assert_eq!(kept(&harness, &channel), Some(genuine));
}
