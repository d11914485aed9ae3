//! Many letters dismissed at once: few messages are written, and each dismissal ends.

use pinfold_core::ids::MessageHash;
use pinfold_core::json::Value;
use pinfold_core::session::effect::Outcome;
use pinfold_core::session::inbox::Reading;
use pinfold_testkit::account::{Plan, Variety, build_with};
use pinfold_testkit::harness::{Harness, InOrder};

const MANY: usize = 500;

#[test]
fn letters_that_are_dismissed_together_are_written_together() {
    let plan = Plan { seed: 9, documents: 1, folders: 1, per_folder: 1 };
    let mut built = build_with(plan, &Variety { letters: 1, ..Variety::default() }).unwrap();
    let channel = "0".repeat(33);
    for number in 0..MANY {
        let text = format!(r#"{{"uid":"{number:056}","type":"UNFRIEND","content":{{}}}}"#);
        built.server.write(&channel, &text, 1_700_000_200_000 + number as u64);
    }
    let last = built.server.channels[&channel].messages.last().unwrap().message.clone();
    let mut harness = Harness::new(built);
    harness.resume(&mut InOrder).unwrap();
    let mailbox = harness.session.open_mailbox(harness.now, "broadcast", Reading::default()).unwrap();
    harness.drain();
    let open: Vec<MessageHash> = harness
        .deliveries
        .iter()
        .filter(|(_, delivery)| !delivery.dismissed)
        .map(|(_, delivery)| delivery.hash.clone())
        .collect();
    assert!(open.len() >= MANY);
    harness.sent.clear();
    let mut tickets = Vec::new();
    for letter in open.iter().rev() {
        tickets.push(harness.session.dismiss(harness.now, mailbox, letter).unwrap());
        // Asked for twice, they end together.
        tickets.push(harness.session.dismiss(harness.now, mailbox, letter).unwrap());
    }
    harness.drain();
    for ticket in tickets {
        assert!(matches!(harness.ended(ticket), Some(Ok(Outcome::Written))));
    }
    // The first went alone, the others together; one of the messages may be a checkpoint.
    let written = harness.sent.iter().filter(|frame| frame.contains(r#""MSG""#)).count();
    assert!(written <= 4, "{written} messages");
    let document = harness.session.document().unwrap();
    let says = document.document().get("mailboxes").and_then(|boxes| boxes.get("broadcast")).unwrap();
    let known = says.get("lastKnownHash").and_then(Value::as_str);
    assert_eq!(known, MessageHash::of(&last).as_ref().map(MessageHash::as_str));
    assert_eq!(says.get("viewed").and_then(Value::as_array).unwrap().len(), 0);
    assert_eq!(harness.states.last().unwrap().1.unread, 0);
}
