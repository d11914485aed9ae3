//! A set replaces the server's list only on the connection it was read on: what another device did in
//! between is unknown to it.

use pinfold_core::drive::complete::Drive;
use pinfold_core::error::Code;
use pinfold_core::pins::set::CompletePinSet;
use pinfold_testkit::account::{Plan, build};
use pinfold_testkit::entropy::Seeded;
use pinfold_testkit::harness::{Harness, InOrder};

const PLAN: Plan = Plan { seed: 3, documents: 2, folders: 2, per_folder: 2 };

fn loaded() -> (Harness, CompletePinSet) {
    let mut harness = Harness::new(build(PLAN).unwrap());
    harness.give_up_unknown();
    harness.resume(&mut InOrder).unwrap();
    let Drive::Complete(drive) = harness.load(&mut InOrder).unwrap() else { panic!("incomplete") };
    harness.pin(&Drive::Complete(drive.clone()), &mut InOrder).unwrap();
    (harness, drive.pin_set())
}

/// Another device adds a document to a folder, and pins it.
fn another_device_pins(harness: &mut Harness) -> String {
    let added = "e".repeat(32);
    let server = &mut harness.built.server;
    server.pins.get_mut(&harness.built.ed_public).unwrap().apply("PIN", std::slice::from_ref(&added));
    server.expire_sessions();
    added
}

fn check_nothing_replaced(harness: &mut Harness, set: &CompletePinSet, added: &str) {
    let ticket = harness.session.sync_pins(harness.now, set, None).unwrap();
    let error = harness.run(ticket, &mut InOrder).unwrap_err();
    assert_eq!(error.code(), Code::PinsMoved);
    let server = &harness.built.server;
    assert!(server.commands.iter().all(|(command, _)| command != "RESET"));
    assert!(server.pins[&harness.built.ed_public].pinned().contains(added));
}

#[test]
fn a_set_read_before_a_cut_replaces_nothing_after_it() {
    let (mut harness, set) = loaded();
    harness.cut();
    let added = another_device_pins(&mut harness);
    check_nothing_replaced(&mut harness, &set, &added);
}

#[test]
fn a_set_read_by_another_session_replaces_nothing() {
    let (earlier, set) = loaded();
    let mut harness = Harness::with_entropy(earlier.built, Seeded::new(77));
    harness.give_up_unknown();
    let added = another_device_pins(&mut harness);
    harness.resume(&mut InOrder).unwrap();
    check_nothing_replaced(&mut harness, &set, &added);
}

/// The same, when the later session has loaded the drive itself.
#[test]
fn a_set_read_by_another_session_replaces_nothing_after_loading() {
    let (earlier, set) = loaded();
    let mut harness = Harness::with_entropy(earlier.built, Seeded::new(78));
    harness.give_up_unknown();
    let added = another_device_pins(&mut harness);
    harness.resume(&mut InOrder).unwrap();
    harness.load(&mut InOrder).unwrap();
    check_nothing_replaced(&mut harness, &set, &added);
}

#[test]
fn the_same_session_may_replace_again_on_the_same_connection() {
    let (mut harness, set) = loaded();
    let added = another_device_pins(&mut harness);
    let ticket = harness.session.sync_pins(harness.now, &set, None).unwrap();
    harness.run(ticket, &mut InOrder).unwrap();
    assert!(!harness.built.server.pins[&harness.built.ed_public].pinned().contains(&added));
}
