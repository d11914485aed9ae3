//! A letter that makes it necessary to read a mailbox again, long after the last answer: the question has its own time.

use std::time::Duration;

use pinfold_core::session::effect::Input;
use pinfold_core::session::inbox::Reading;
use pinfold_testkit::account::{Plan, Variety, build_with};
use pinfold_testkit::harness::{Harness, InOrder};

const BOX: &str = "broadcast";

fn letter(number: usize) -> String {
    format!(r#"{{"uid":"{number:056}","type":"UNFRIEND","content":{{}}}}"#)
}

#[test]
fn a_live_letter_long_after_the_first_reading_does_not_end_the_mailbox() {
    let plan = Plan { seed: 9, documents: 1, folders: 1, per_folder: 1 };
    let mut built = build_with(plan, &Variety { letters: 1, ..Variety::default() }).unwrap();
    let channel = "0".repeat(33);
    for number in 0..5 {
        built.server.write(&channel, &letter(number), 1_700_000_200_000 + number as u64);
    }
    let mut harness = Harness::new(built);
    harness.resume(&mut InOrder).unwrap();
    let mailbox = harness.session.open_mailbox(harness.now, BOX, Reading::default()).unwrap();
    harness.drain();
    let read: Vec<_> = harness.deliveries.iter().map(|(_, delivery)| delivery.hash.clone()).collect();
    for hash in &read {
        harness.session.dismiss(harness.now, mailbox, hash).unwrap();
        harness.drain();
    }
    // Another session begins where the dismissed ones end.
    let mut harness = Harness::new(harness.built.clone());
    harness.resume(&mut InOrder).unwrap();
    harness.session.open_mailbox(harness.now, BOX, Reading::default()).unwrap();
    harness.drain();
    harness.pass(harness.now + Duration::from_secs(120));
    harness.deliveries.clear();
    harness.sent.clear();
    let frame = harness.built.server.write(&channel, &letter(9), 1_700_000_300_000);
    harness.relay(&channel, frame);
    harness.deliver_one();
    assert!(harness.sent.iter().any(|frame| frame.contains("GET_HISTORY")), "the log is read again");
    // A host looks at the clock before the answer is there.
    harness.session.handle(harness.now, Input::Tick);
    harness.drain();
    assert!(harness.ended.is_empty(), "{:?}", harness.ended);
    let new = harness.deliveries.iter().filter(|(_, delivery)| !delivery.dismissed).count();
    assert_eq!(new, 1);
}
