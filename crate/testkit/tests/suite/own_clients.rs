//! Which connections count as clients of the user's own: those that wrote the account document, and nobody who repeats
//! what they wrote. On that hangs whose removals in folders are respected.

use std::time::Duration;

use pinfold_core::json::Value;
use pinfold_testkit::account::{Built, Plan, build};
use pinfold_testkit::device::Device;
use pinfold_testkit::harness::{Harness, InOrder};

const PLAN: Plan = Plan { seed: 6, documents: 2, folders: 1, per_folder: 1 };
const OWN: &str = "00000000000000000000000000000001";
const COPIER: &str = "00000000000000000000000000000002";

/// Another device of the user's changes the account document so many times.
fn write(built: &mut Built, times: usize) -> Vec<String> {
    let mut device = Device::new(built.user_hash(), 1).unwrap();
    let mut frames = Vec::new();
    for round in 0..times {
        let change = |document: &mut Value| {
            document.as_object_mut().unwrap().insert("note", format!("{round}").as_str());
        };
        frames.extend(device.edit(&mut built.server, change).unwrap());
    }
    frames
}

fn channel(built: &Built) -> String {
    Device::new(built.user_hash(), 1).unwrap().channel().to_owned()
}

fn own_clients(harness: &mut Harness) -> Vec<String> {
    harness.load(&mut InOrder).unwrap();
    harness.session.own_clients().map(|author| author.to_string_lossy().into_owned()).collect()
}

/// A frame as if another had sent it.
fn sent_by(frame: &str, sender: &str) -> String {
    let (head, rest) = frame.split_once(",\"MSG\"").unwrap();
    format!("{},\"{sender}\",\"MSG\"{rest}", head.split_once(',').unwrap().0)
}

#[test]
fn whoever_writes_the_account_document_live_is_one_and_whoever_repeats_it_is_not() {
    let mut harness = Harness::new(build(PLAN).unwrap());
    harness.resume(&mut InOrder).unwrap();
    assert!(own_clients(&mut harness).is_empty());
    let frames = write(&mut harness.built, 1);
    for frame in &frames {
        harness.interject(&sent_by(frame, OWN));
        harness.interject(&sent_by(frame, COPIER));
        harness.interject(&sent_by(frame, COPIER));
    }
    assert_eq!(own_clients(&mut harness), [OWN]);
    for frame in &frames {
        harness.interject(&sent_by(frame, COPIER));
    }
    let garbage = sent_by(&frames[0], COPIER).replace("\"MSG\",", "\"MSG\" ,");
    harness.interject(&garbage);
    assert_eq!(own_clients(&mut harness), [OWN]);
}

#[test]
fn a_message_that_is_stored_again_does_not_prove_who_stored_it() {
    let mut built = build(PLAN).unwrap();
    let channel = channel(&built);
    write(&mut built, 120);
    let log = built.server.channels.get_mut(&channel).unwrap();
    let last = log.messages.len() - 1;
    log.authors.insert(last, OWN.to_owned());
    // All of it once more, by somebody who heard it.
    for at in 0..=last {
        let copy = log.messages[at].clone();
        log.messages.push(copy);
        log.authors.insert(last + 1 + at, COPIER.to_owned());
    }
    let mut harness = Harness::new(built.clone());
    harness.resume(&mut InOrder).unwrap();
    assert_eq!(own_clients(&mut harness), [OWN]);

    // The same where the server begins at a checkpoint, and the originals are not seen.
    let log = built.server.channels.get_mut(&channel).unwrap();
    let checkpoint = (0..=last).rfind(|at| log.messages[*at].message.starts_with("cp|")).unwrap();
    log.messages.drain(..checkpoint);
    log.authors =
        log.authors.iter().map(|(at, author)| (at.saturating_sub(checkpoint), author.clone())).collect();
    log.authors.retain(|at, _| *at > 0);
    let mut harness = Harness::new(built);
    harness.resume(&mut InOrder).unwrap();
    assert_eq!(own_clients(&mut harness), [OWN]);
}

#[test]
fn where_the_log_is_kept_a_copy_of_what_was_read_before_proves_nothing() {
    let mut harness = Harness::new(build(PLAN).unwrap());
    harness.resume(&mut InOrder).unwrap();
    let channel = channel(&harness.built);
    write(&mut harness.built, 3);
    own_clients(&mut harness);
    // It is connected anew: what comes after the last message is read, and that is a copy.
    let log = harness.built.server.channels.get_mut(&channel).unwrap();
    let copies: Vec<_> = log.messages.clone();
    for copy in copies {
        let at = log.messages.len();
        log.messages.push(copy);
        log.authors.insert(at, COPIER.to_owned());
    }
    harness.interject("[0,\"\",\"PING\",-1]");
    harness.pass(harness.now + Duration::from_secs(120));
    assert!(own_clients(&mut harness).is_empty());
}
