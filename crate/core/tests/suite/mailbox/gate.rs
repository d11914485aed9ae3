//! Letters that name something wait for it, and the ones behind them wait with them.

use std::time::Duration;

use pinfold_core::channel::Line;
use pinfold_core::error::Code;
use pinfold_core::ids::MessageHash;
use pinfold_core::mailbox::Dismissed;
use pinfold_core::mailbox::delivery::{Delivery, Known};
use pinfold_core::mailbox::message::{Message, Subject};
use pinfold_core::mailbox::reader::{Input, MailboxReader};
use pinfold_core::ports::UnixMillis;
use pinfold_core::session::inbox::Reading;
use pinfold_core::wire::keeper::Existence;

use super::letters::{at_once, opened};

const PAD: &str = "0123456789abcdef0123456789abcdef";
const TEAM: &str = "fedcba9876543210fedcba9876543210";

/// A reader of a log without keys, and its letters' hashes.
fn reader(patience: u64, log: &[String]) -> (MailboxReader, Vec<MessageHash>) {
    let (mut reader, _) =
        opened(Dismissed::default(), Reading { patience: Duration::from_millis(patience), ..at_once() }, 1);
    reader.handle(Input::Joined);
    reader.handle(Input::Existence(&Existence::Known));
    for message in log {
        reader.handle(Input::History { txid: 1, line: Line::new(message, None) });
    }
    reader.handle(Input::End { txid: 1 });
    (reader, log.iter().map(|message| MessageHash::of(message).unwrap()).collect())
}

fn letter(number: u8, kind: &str, field: &str, channel: &str) -> String {
    format!(r#"{{"uid":"{number:056}","type":"{kind}","content":{{"{field}":"{channel}"}}}}"#)
}

fn kind(delivery: &Delivery) -> Option<&str> {
    delivery.letter.as_ref().unwrap().message.as_ref().and_then(Message::kind)
}

#[test]
fn a_letter_waits_for_what_it_names_and_so_do_those_behind_it() {
    let log = [
        letter(0, "UNFRIEND", "x", ""),
        letter(1, "FORM_RESPONSE", "channel", PAD),
        letter(2, "UNFRIEND", "x", ""),
    ];
    let (mut reader, hashes) = reader(1_000, &log);
    let first = reader.next_delivery(UnixMillis(0), &|_| Known::Awaited).unwrap();
    assert_eq!((kind(&first), first.unresolved), (Some("UNFRIEND"), false));
    assert!(reader.held().is_none() && !reader.backlog_ended());
    reader.leave(&hashes[0]);
    assert!(reader.next_delivery(UnixMillis(10), &|_| Known::Awaited).is_none());
    let held = reader.held().unwrap();
    assert_eq!((&held.hash, held.until), (&hashes[1], UnixMillis(1_010)));
    assert_eq!(held.subjects, [Subject::Channel(PAD.to_owned())]);
    // Dismissing what was kept does not let the held one by.
    assert!(reader.dismiss(&hashes[0]).is_some());
    assert!(reader.next_delivery(UnixMillis(1_009), &|_| Known::Awaited).is_none());
    let second = reader
        .next_delivery(UnixMillis(1_009), &|subject| match subject {
            Subject::Channel(pad) if pad == PAD => Known::Settled,
            _ => Known::Awaited,
        })
        .unwrap();
    assert_eq!((kind(&second), second.unresolved), (Some("FORM_RESPONSE"), false));
    reader.leave(&hashes[1]);
    assert_eq!(reader.next_delivery(UnixMillis(1_009), &|_| Known::Awaited).unwrap().hash, hashes[2]);
    assert!(reader.backlog_ended());
}

#[test]
fn patience_ends_once_for_all_until_something_is_settled() {
    let log: Vec<String> =
        (0..4).map(|number| letter(number, "KICKED_FROM_TEAM", "teamChannel", TEAM)).collect();
    let (mut reader, hashes) = reader(1_000, &log);
    assert!(reader.next_delivery(UnixMillis(0), &|_| Known::Awaited).is_none());
    for hash in &hashes[..2] {
        let delivery = reader.next_delivery(UnixMillis(1_000), &|_| Known::Awaited).unwrap();
        assert!(delivery.unresolved && !delivery.dismissed);
        reader.leave(hash);
    }
    // A connection that is lost and an hour that passes change nothing of that.
    reader.handle(Input::Lost);
    let third = reader.next_delivery(UnixMillis(3_600_000), &|_| Known::Settled).unwrap();
    assert!(!third.unresolved);
    reader.leave(&third.hash);
    assert!(reader.next_delivery(UnixMillis(3_600_000), &|_| Known::Awaited).unwrap().unresolved);
}

#[test]
fn what_cannot_be_read_comes_in_its_place_and_is_listed_until_it_is_dismissed() {
    let log = ["no message".to_owned(), letter(1, "UNFRIEND", "x", ""), "[]".to_owned()];
    let (mut reader, hashes) = reader(0, &log);
    for (hash, code) in hashes.iter().zip([Some(Code::MailboxMalformed), None, Some(Code::MailboxMalformed)])
    {
        let delivery = reader.next_delivery(UnixMillis(0), &|_| Known::Settled).unwrap();
        assert_eq!((&delivery.hash, delivery.quarantined()), (hash, code));
        reader.leave(hash);
    }
    let listed = |reader: &MailboxReader| -> Vec<MessageHash> {
        reader.quarantine().iter().map(|held| held.hash.clone()).collect()
    };
    assert_eq!(listed(&reader), [hashes[0].clone(), hashes[2].clone()]);
    assert!(reader.dismiss(&hashes[0]).is_some());
    assert_eq!(listed(&reader), [hashes[2].clone()]);
    assert!(reader.dismiss(&hashes[0]).is_none(), "dismissed once");
    assert_eq!(reader.unread(), 2);
    reader.not_dismissed(&hashes[0]);
    assert_eq!(reader.unread(), 3);
}

#[test]
fn what_nobody_asked_for_is_not_waited_for_and_said_once() {
    let log: Vec<String> = (0..3).map(|number| letter(number, "FORM_RESPONSE", "channel", PAD)).collect();
    let (mut reader, hashes) = reader(1_000, &log);
    for hash in &hashes[..2] {
        let delivery = reader.next_delivery(UnixMillis(0), &|_| Known::NeverAsked).unwrap();
        assert!(delivery.unresolved && reader.held().is_none());
        reader.leave(hash);
    }
    assert_eq!(reader.take_notices(), [Code::MailboxNotLoaded]);
    // Asked for meanwhile: the wait begins.
    assert!(reader.next_delivery(UnixMillis(5), &|_| Known::Awaited).is_none());
    assert_eq!(reader.held().unwrap().until, UnixMillis(1_005));
    assert!(!reader.next_delivery(UnixMillis(6), &|_| Known::Settled).unwrap().unresolved);
    assert_eq!(reader.take_notices(), []);
}
