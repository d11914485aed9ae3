//! Staying current: entries that others add are pinned within a second, entries that they remove are not unpinned.

use std::time::Duration;

use pinfold_core::drive::complete::Drive;
use pinfold_core::json::{Object, Value};
use pinfold_core::session::effect::Event;
use pinfold_testkit::account::{Plan, build};
use pinfold_testkit::device::Device;
use pinfold_testkit::harness::{Harness, InOrder};

const PLAN: Plan = Plan { seed: 6, documents: 2, folders: 2, per_folder: 1 };
const SECOND: Duration = Duration::from_secs(1);

/// A session that has pinned everything and stays current.
fn current() -> Harness {
    let mut harness = Harness::new(build(PLAN).unwrap());
    harness.resume(&mut InOrder).unwrap();
    let drive = harness.load(&mut InOrder).unwrap();
    harness.pin(&drive, &mut InOrder).unwrap();
    harness.session.follow_changes(harness.now);
    harness.pass(harness.now + SECOND);
    harness.built.server.commands.clear();
    harness.events.clear();
    harness
}

fn id(digit: char) -> String {
    String::from(digit).repeat(32)
}

fn entry(channel: &str) -> Value {
    let mut entry = Object::new();
    entry.insert("channel", channel);
    entry.insert("href", "/pad/#/2/pad/edit/dwp81vGRSpB96Oh-2xXCwfsl/");
    Value::Object(entry)
}

fn add(document: &mut Value, key: &str, channel: &str) {
    let files = document.as_object_mut().unwrap().get_mut("filesData").unwrap();
    files.as_object_mut().unwrap().insert(key, entry(channel));
}

fn drive_of(document: &mut Value) -> &mut Value {
    document.as_object_mut().unwrap().get_mut("drive").unwrap()
}

fn folder(harness: &Harness, at: usize) -> Device {
    Device::new(&harness.built.folders[at].hash, 1).unwrap()
}

fn hear(harness: &mut Harness, frames: Vec<String>) {
    for frame in frames {
        harness.interject(&frame);
    }
}

fn pinned(harness: &Harness) -> std::collections::BTreeSet<String> {
    harness.built.server.pins[&harness.built.ed_public].pinned().clone()
}

fn commands(harness: &Harness) -> Vec<(String, Vec<String>)> {
    harness.built.server.commands.iter().filter(|(command, _)| command != "COOKIE").cloned().collect()
}

#[test]
fn a_document_added_to_a_folder_is_pinned_within_a_second() {
    let mut harness = current();
    let frames = folder(&harness, 0).edit(&mut harness.built.server, |d| add(d, "77", &id('d'))).unwrap();
    hear(&mut harness, frames);
    harness.pass(harness.now + SECOND);
    assert_eq!(commands(&harness), [("PIN".to_owned(), vec![id('d')])]);
    assert!(harness.events.iter().any(|e| matches!(e, Event::Followed { ids: 1, error: None, .. })));
    assert!(harness.events.iter().any(|e| matches!(e, Event::Changed { team: None, complete: true, .. })));
    let sent = harness.sent.len();
    let drive = harness.load(&mut InOrder).unwrap();
    assert_eq!(harness.sent.len(), sent, "the drive is there already");
    assert!(drive.additions().ids().iter().any(|found| *found == id('d').as_str()));
}

#[test]
fn a_burst_of_changes_is_one_pin() {
    let mut harness = current();
    let mut device = folder(&harness, 0);
    for (key, digit) in [("71", 'a'), ("72", 'b'), ("73", 'c')] {
        let frames = device.edit(&mut harness.built.server, |d| add(d, key, &id(digit))).unwrap();
        hear(&mut harness, frames);
    }
    harness.pass(harness.now + SECOND);
    assert_eq!(commands(&harness), [("PIN".to_owned(), vec![id('a'), id('b'), id('c')])]);
}

#[test]
fn a_folder_that_appears_is_read_and_its_contents_pinned() {
    let mut harness = current();
    // A folder of another account, which somebody shares with this one.
    let other = build(Plan { seed: 60, folders: 1, per_folder: 3, documents: 0 }).unwrap();
    let shared = other.folders[0].clone();
    let channel = other.server.channels[&shared.channel].clone();
    harness.built.server.channels.insert(shared.channel.clone(), channel);
    let mut device = harness.built.device().unwrap();
    let frames = device
        .edit(&mut harness.built.server, |document| {
            let mut declared = Object::new();
            declared.insert("channel", shared.channel.as_str());
            declared.insert("href", format!("/drive/#{}", shared.hash).as_str());
            let folders = drive_of(document).as_object_mut().unwrap().get_mut("sharedFolders").unwrap();
            folders.as_object_mut().unwrap().insert("555", Value::Object(declared));
        })
        .unwrap();
    hear(&mut harness, frames);
    harness.pass(harness.now + SECOND);
    let now = pinned(&harness);
    assert!(now.contains(&shared.channel));
    assert!(shared.documents.iter().all(|document| now.contains(document)));
    assert!(commands(&harness).iter().all(|(command, _)| command == "PIN"));
}

#[test]
fn a_folder_that_does_not_answer_delays_nothing_else() {
    let mut harness = current();
    let silent = id('5');
    harness.built.server.channels.entry(silent.clone()).or_default().silent = true;
    let mut device = harness.built.device().unwrap();
    let frames = device
        .edit(&mut harness.built.server, |document| {
            let mut declared = Object::new();
            declared.insert("channel", silent.as_str());
            declared.insert("href", "/drive/#/2/drive/edit/dwp81vGRSpB96Oh-2xXCwfsl/");
            let drive = drive_of(document);
            let folders = drive.as_object_mut().unwrap().get_mut("sharedFolders").unwrap();
            folders.as_object_mut().unwrap().insert("555", Value::Object(declared));
            add(drive, "79", &id('9'));
        })
        .unwrap();
    hear(&mut harness, frames);
    harness.pass(harness.now + SECOND);
    assert!(pinned(&harness).contains(&id('9')) && pinned(&harness).contains(&silent));
}

#[test]
fn what_is_removed_is_not_unpinned() {
    let mut harness = current();
    let before = pinned(&harness);
    let frames = folder(&harness, 1)
        .edit(&mut harness.built.server, |document| {
            document.as_object_mut().unwrap().insert("filesData", Value::Object(Object::new()));
        })
        .unwrap();
    hear(&mut harness, frames);
    harness.pass(harness.now + SECOND);
    assert_eq!(commands(&harness), []);
    assert_eq!(pinned(&harness), before);
    assert!(harness.events.iter().any(|e| matches!(e, Event::Changed { complete: true, .. })));
}

#[test]
fn a_pin_that_was_lost_with_the_connection_is_sent_again() {
    let mut harness = current();
    let frames = folder(&harness, 0).edit(&mut harness.built.server, |d| add(d, "77", &id('d'))).unwrap();
    hear(&mut harness, frames);
    harness.now = harness.session.deadline().unwrap();
    harness.session.handle(harness.now, pinfold_core::session::effect::Input::Tick);
    // The PIN is on its way, and the connection ends before anybody has read it.
    harness.built.server.pins.get_mut(&harness.built.ed_public).unwrap().expire();
    harness.cut();
    harness.built.server.commands.clear();
    harness.pass(harness.now + 3 * SECOND);
    assert!(pinned(&harness).contains(&id('d')));
    let pins = commands(&harness);
    assert!(pins.iter().any(|(command, ids)| command == "PIN" && *ids == [id('d')]), "{pins:?}");
}

#[test]
fn what_was_added_while_we_were_away_is_pinned_when_we_are_back() {
    let mut harness = current();
    harness.cut();
    folder(&harness, 0).edit(&mut harness.built.server, |d| add(d, "77", &id('d'))).unwrap();
    harness.pass(harness.now + 3 * SECOND);
    let pin = ("PIN".to_owned(), vec![id('d')]);
    // The server may have crashed, and left a torn line that would swallow the first.
    assert_eq!(commands(&harness), [pin.clone(), ("EXPIRE_SESSION".to_owned(), vec![]), pin]);
}

#[test]
fn a_folder_that_could_not_be_read_is_tried_again() {
    let mut harness = Harness::new(build(PLAN).unwrap());
    let channel = harness.built.folders[0].channel.clone();
    harness.built.server.channels.get_mut(&channel).unwrap().claims_new = true;
    harness.resume(&mut InOrder).unwrap();
    let drive = harness.load(&mut InOrder).unwrap();
    assert!(matches!(drive, Drive::Partial(_)));
    harness.pin(&drive, &mut InOrder).unwrap();
    harness.session.follow_changes(harness.now);
    harness.pass(harness.now + SECOND);
    harness.built.server.channels.get_mut(&channel).unwrap().claims_new = false;
    harness.pass(harness.now + 62 * SECOND);
    let document = harness.built.folders[0].documents[0].clone();
    assert!(pinned(&harness).contains(&document));
    assert!(harness.events.iter().any(|e| matches!(e, Event::Changed { complete: true, .. })));
}
