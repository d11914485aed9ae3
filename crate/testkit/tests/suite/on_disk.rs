//! "Confirmed" means: a new session of the server reads it from its disk. Its memory does not count.

use std::time::Duration;

use pinfold_core::drive::complete::Drive;
use pinfold_core::error::Code;
use pinfold_core::json::{Object, Value};
use pinfold_core::pins::set::Form;
use pinfold_core::session::effect::Input;
use pinfold_testkit::account::{Plan, build};
use pinfold_testkit::harness::{Harness, InOrder};

const PLAN: Plan = Plan { seed: 12, documents: 6, folders: 2, per_folder: 3 };

/// A loaded session. The server's log holds what `pinned` makes of everything there is, and then a torn line.
fn torn(lines: usize, partial: bool, pinned: impl Fn(Vec<String>) -> Vec<String>) -> (Harness, Drive) {
    let mut built = build(PLAN).unwrap();
    let before = pinned(built.pins.clone());
    let state = built.server.pins.entry(built.ed_public.clone()).or_default();
    state.apply("RESET", &before);
    state.expire();
    state.torn = lines;
    if partial {
        let channel = built.folders[1].channel.clone();
        built.server.channels.get_mut(&channel).unwrap().allowed = Some(vec!["nobody".into()]);
    }
    let mut harness = Harness::new(built);
    harness.resume(&mut InOrder).unwrap();
    let drive = harness.load(&mut InOrder).unwrap();
    (harness, drive)
}

fn on_disk(harness: &Harness) -> Vec<String> {
    harness.built.server.pins[&harness.built.ed_public].pinned().into_iter().collect()
}

fn everything(harness: &Harness) -> Vec<String> {
    let mut all = harness.built.pins.clone();
    all.sort();
    all
}

#[test]
fn what_a_torn_line_swallows_is_sent_again() {
    let (mut harness, drive) = torn(1, false, |pins| pins[..4].to_vec());
    let receipt = harness.pin(&drive, &mut InOrder).unwrap();
    assert!(receipt.confirmed() && receipt.read_back);
    assert_eq!((on_disk(&harness), receipt.form), (everything(&harness), Some(Form::Plain)));
}

#[test]
fn also_of_additions_whose_hash_says_nothing() {
    let more = |pins: Vec<String>| pins[..4].iter().cloned().chain(["e".repeat(32)]).collect::<Vec<_>>();
    let (mut harness, drive) = torn(1, true, more);
    assert!(matches!(drive, Drive::Partial(_)));
    let receipt = harness.pin(&drive, &mut InOrder).unwrap();
    assert!(receipt.form.is_none() && receipt.read_back);
    let disk = on_disk(&harness);
    assert!(drive.additions().ids().iter().all(|id| disk.iter().any(|held| *id == held.as_str())));
}

#[test]
fn and_of_a_list_that_was_replaced() {
    let surplus = |pins: Vec<String>| pins.into_iter().chain(["e".repeat(32)]).collect::<Vec<_>>();
    let (mut harness, drive) = torn(1, false, surplus);
    harness.give_up_unknown();
    let receipt = harness.pin(&drive, &mut InOrder).unwrap();
    assert!(receipt.confirmed() && receipt.reset && receipt.read_back);
    assert_eq!(on_disk(&harness), everything(&harness));
}

#[test]
fn a_disk_that_keeps_nothing_is_named_and_the_work_ends() {
    let (mut harness, drive) = torn(usize::MAX, false, |pins| pins[..4].to_vec());
    assert_eq!(harness.pin(&drive, &mut InOrder).unwrap_err().code(), Code::PinsMismatch);
    assert!(harness.sent.len() < 100);
}

/// A run that was cut after its PIN leaves a list that agrees in memory: the next one has it read back first.
#[test]
fn what_an_earlier_run_sent_is_read_back_by_the_next() {
    let (mut harness, drive) = torn(1, false, |pins| pins[..4].to_vec());
    harness.built.server.cut_after = Some("PIN");
    assert_eq!(harness.pin(&drive, &mut InOrder).unwrap_err().code(), Code::PinsUnconfirmed);
    let receipt = harness.pin(&drive, &mut InOrder).unwrap();
    assert!(receipt.confirmed() && receipt.read_back);
    assert_eq!(on_disk(&harness), everything(&harness));
}

/// What is pinned while the session stays current is not confirmed by a hash: the first of a connection goes twice.
#[test]
fn what_keeping_pins_is_on_the_disk() {
    let (mut harness, _) = torn(1, false, |pins| pins[..4].to_vec());
    harness.session.follow_changes(harness.now);
    harness.pass(harness.now + Duration::from_secs(1));
    assert_eq!(on_disk(&harness), everything(&harness));
}

/// A server that does not end sessions says nothing of its disk, and the receipt says so.
#[test]
fn a_server_that_ends_no_session_is_believed_and_marked() {
    let (mut harness, drive) = torn(0, false, |pins| pins[..4].to_vec());
    harness.built.server.refuse.insert("EXPIRE_SESSION".into(), "INVALID_RPC_CALL".into());
    let receipt = harness.pin(&drive, &mut InOrder).unwrap();
    assert!(receipt.confirmed() && !receipt.read_back);
}

/// After a change of the password the server's session still holds the tags of the old drive beside the new ids:
/// none of our forms, and nothing unknown (it is gone when the session ends).
#[test]
fn tags_of_an_old_drive_are_told_apart() {
    let (mut harness, drive) = torn(0, false, |pins| pins);
    let key = harness.built.ed_public.clone();
    let state = harness.built.server.pins.get_mut(&key).unwrap();
    let all = harness.built.pins.clone();
    let tags: Vec<String> = all
        .iter()
        .cloned()
        .chain([format!("{}#drive", all[0]), format!("{}#block", "B".repeat(44))])
        .collect();
    state.apply("RESET", &tags);
    let receipt = harness.pin(&drive, &mut InOrder).unwrap();
    assert!(receipt.confirmed() && !receipt.reset);
}

fn id(digit: char) -> String {
    String::from(digit).repeat(32)
}

/// Another device adds a document; the session that keeps everything pinned hears of it, and its PIN is under way.
fn another_document(harness: &mut Harness, digit: char) {
    let mut device = harness.built.device().unwrap();
    let frames = device.edit(&mut harness.built.server, |document| {
        let drive = document.as_object_mut().unwrap().get_mut("drive").unwrap();
        let files = drive.as_object_mut().unwrap().get_mut("filesData").unwrap();
        let mut entry = Object::new();
        entry.insert("channel", id(digit).as_str());
        entry.insert("href", "/pad/#/2/pad/edit/dwp81vGRSpB96Oh-2xXCwfsl/");
        files.as_object_mut().unwrap().insert("77", Value::Object(entry));
    });
    frames.unwrap().iter().for_each(|frame| harness.interject(frame));
    harness.now += Duration::from_secs(1);
    harness.session.handle(harness.now, Input::Tick);
}

fn asked(harness: &Harness, command: &str) -> usize {
    harness.built.server.commands.iter().filter(|(name, _)| name == command).count()
}

/// The question that ends the server's session is withdrawn behind another call, before it is sent. What was sent
/// before is read back by the next run all the same.
#[test]
fn what_was_to_be_read_back_and_was_not_is_read_back_by_the_next_run() {
    let mut given_up = 0;
    for answers in 0..8 {
        let (mut harness, _) = torn(0, false, |pins| pins[..4].to_vec());
        harness.session.follow_changes(harness.now);
        harness.pass(harness.now + Duration::from_secs(1));
        let Drive::Complete(drive) = harness.load(&mut InOrder).unwrap() else { panic!("partial") };
        let set = drive.pin_set();
        // The server starts again behind a torn line, and nobody notices.
        harness.built.server.pins.get_mut(&harness.built.ed_public.clone()).unwrap().tear();
        let ticket = harness.session.sync_pins(harness.now, &set, None).unwrap();
        (0..answers).for_each(|_| harness.deliver_one());
        another_document(&mut harness, 'd');
        let ended = asked(&harness, "EXPIRE_SESSION");
        harness.deliver_one();
        harness.session.cancel(harness.now, ticket);
        harness.drain();
        given_up += usize::from(asked(&harness, "EXPIRE_SESSION") == ended);
        let drive = harness.load(&mut InOrder).unwrap();
        assert!(harness.pin(&drive, &mut InOrder).unwrap().confirmed());
        let mut all = everything(&harness);
        all.extend([id('d')]);
        all.sort();
        assert_eq!(on_disk(&harness), all, "after {answers} answers");
    }
    assert!(given_up > 0);
}

/// Nobody knows whether the line was closed: what was pinned behind it is pinned once more.
#[test]
fn what_keeping_pins_is_on_the_disk_also_if_the_server_does_not_say_that_its_session_ended() {
    let (mut harness, _) = torn(1, false, |pins| pins[..4].to_vec());
    harness.built.server.refuse.insert("EXPIRE_SESSION".into(), "NO_COOKIE".into());
    harness.session.follow_changes(harness.now);
    harness.pass(harness.now + Duration::from_secs(1));
    assert_ne!(on_disk(&harness), everything(&harness));
    harness.built.server.refuse.clear();
    harness.pass(harness.now + Duration::from_secs(61));
    assert_eq!(on_disk(&harness), everything(&harness));
}
