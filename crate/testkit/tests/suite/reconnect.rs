//! A lost connection: made anew by itself, and everything that was followed goes on from where it was.

use std::time::Duration;

use pinfold_core::drive::complete::Drive;
use pinfold_core::json::{Object, Value};
use pinfold_core::session::effect::Event;
use pinfold_testkit::account::{Plan, build};
use pinfold_testkit::device::Device;
use pinfold_testkit::harness::{Harness, InOrder};

const PLAN: Plan = Plan { seed: 5, documents: 2, folders: 12, per_folder: 1 };
const ADDED: &str = "dddddddddddddddddddddddddddddddd";

fn loaded() -> Harness {
    let mut harness = Harness::new(build(PLAN).unwrap());
    harness.resume(&mut InOrder).unwrap();
    assert!(matches!(harness.load(&mut InOrder).unwrap(), Drive::Complete(_)));
    harness.sent.clear();
    harness
}

/// Another member adds a document to a folder.
fn add_elsewhere(harness: &mut Harness, folder: usize) -> Vec<String> {
    let mut device = Device::new(&harness.built.folders[folder].hash, 1).unwrap();
    device
        .edit(&mut harness.built.server, |document| {
            let files = document.as_object_mut().unwrap().get_mut("filesData").unwrap();
            let mut entry = Object::new();
            entry.insert("channel", ADDED);
            entry.insert("href", "/pad/#/2/pad/edit/dwp81vGRSpB96Oh-2xXCwfsl/");
            files.as_object_mut().unwrap().insert("77", Value::Object(entry));
        })
        .unwrap()
}

fn ids(drive: &Drive) -> Vec<String> {
    drive.additions().ids().iter().map(ToString::to_string).collect()
}

fn histories(harness: &Harness) -> (usize, usize) {
    let asked: Vec<_> = harness.sent.iter().filter(|frame| frame.contains("GET_HISTORY")).collect();
    (asked.iter().filter(|frame| frame.contains("lastKnownHash")).count(), asked.len())
}

#[test]
fn everything_followed_goes_on_from_its_last_message() {
    let mut harness = loaded();
    harness.cut();
    assert!(harness.events.iter().any(|e| matches!(e, Event::Net { open: false, retry_at: Some(_) })));
    add_elsewhere(&mut harness, 3);
    harness.pass(harness.now + Duration::from_secs(1));
    assert_eq!(histories(&harness), (13, 13), "the account document and twelve folders");
    let drive = harness.load(&mut InOrder).unwrap();
    assert!(matches!(drive, Drive::Complete(_)));
    assert!(ids(&drive).contains(&ADDED.to_owned()));
    assert_eq!(histories(&harness), (13, 13), "loading again asks for nothing");
}

#[test]
fn at_most_eight_folders_are_read_at_a_time_after_a_cut_as_well() {
    let mut harness = loaded();
    harness.cut();
    harness.sent.clear();
    let retry_at = harness.session.deadline().unwrap();
    harness.now = retry_at;
    harness.session.handle(harness.now, pinfold_core::session::effect::Input::Tick);
    let mut most = 0;
    loop {
        harness.deliver_one();
        let joined = harness.pending().iter().filter(|answer| answer.about.starts_with("JOIN")).count();
        most = most.max(joined);
        if harness.pending().is_empty() {
            break;
        }
    }
    assert!((1..=9).contains(&most), "{most} JOINs were out at once");
    assert_eq!(histories(&harness), (13, 13));
}

#[test]
fn an_unknown_hash_leads_to_a_full_reading() {
    let mut harness = loaded();
    harness.cut();
    add_elsewhere(&mut harness, 0);
    // The server no longer knows the message we were at: its log was rewritten under other nonces.
    let (hash, channel) = (harness.built.folders[0].hash.clone(), harness.built.folders[0].channel.clone());
    let document = Device::new(&hash, 2).unwrap().read(&harness.built.server).unwrap();
    harness.built.server.channels.get_mut(&channel).unwrap().messages.clear();
    Device::new(&hash, 3).unwrap().edit(&mut harness.built.server, |old| *old = document).unwrap();
    harness.pass(harness.now + Duration::from_secs(1));
    assert_eq!(histories(&harness), (13, 14));
    let drive = harness.load(&mut InOrder).unwrap();
    assert!(matches!(drive, Drive::Complete(_)));
    assert!(ids(&drive).contains(&ADDED.to_owned()));
}

#[test]
fn a_folder_that_is_gone_after_the_cut_is_missing_and_not_empty() {
    let mut harness = loaded();
    let before = ids(&harness.load(&mut InOrder).unwrap());
    harness.cut();
    let channel = harness.built.folders[1].channel.clone();
    harness.built.server.channels.remove(&channel);
    harness.pass(harness.now + Duration::from_secs(1));
    let drive = harness.load(&mut InOrder).unwrap();
    let Drive::Partial(partial) = &drive else { panic!("a folder is gone, and the drive complete") };
    assert_eq!(partial.missing().count(), 1);
    assert!(!harness.built.server.channels.contains_key(&channel), "reading must not create it");
    assert!(ids(&drive).len() < before.len());
}

#[test]
fn the_rest_doubles_while_the_server_cannot_be_reached() {
    let mut harness = loaded();
    let lost_at = harness.now;
    harness.unreachable = true;
    harness.cut();
    let mut rests = Vec::new();
    for _ in 0..9 {
        let retry_at = harness.session.deadline().unwrap();
        rests.push(retry_at - harness.now);
        harness.pass(retry_at);
    }
    for (at, rest) in rests.iter().enumerate() {
        let whole = Duration::from_secs((1 << at).min(60));
        assert!((whole / 2..=whole).contains(rest), "rest {at} is {rest:?}");
    }
    harness.unreachable = false;
    harness.pass(harness.now + Duration::from_secs(60));
    assert!(harness.now > lost_at + Duration::from_secs(60));
    assert_eq!(histories(&harness), (13, 13), "and then it goes on");
}

#[test]
fn an_operation_does_not_wait_for_the_rest() {
    let mut harness = loaded();
    harness.cut();
    let now = harness.now;
    assert!(matches!(harness.load(&mut InOrder).unwrap(), Drive::Complete(_)));
    assert_eq!(harness.now, now);
}

#[test]
fn what_is_suspended_cannot_settle_a_folder() {
    let mut harness = loaded();
    harness.cut();
    for folder in &harness.built.folders.clone() {
        harness.built.server.channels.get_mut(&folder.channel).unwrap().silent = true;
    }
    let Drive::Partial(partial) = harness.load(&mut InOrder).unwrap() else {
        panic!("what was read before the cut counted as loaded")
    };
    assert_eq!(partial.missing().count(), 12);
}

#[test]
fn a_closed_session_rests_for_nothing() {
    let mut harness = loaded();
    harness.session.close();
    harness.drain();
    assert_eq!(harness.session.deadline(), None);
}
