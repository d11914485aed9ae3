//! Where a reading of the log meets what came live, what is dismissed, and what was read before.

use pinfold_core::channel::{Line, TxIds};
use pinfold_core::error::Code;
use pinfold_core::ids::MessageHash;
use pinfold_core::mailbox::Dismissed;
use pinfold_core::mailbox::delivery::Known;
use pinfold_core::mailbox::reader::{Ask, Input, MailboxReader};
use pinfold_core::mailbox::trail::Trail;
use pinfold_core::ports::UnixMillis;
use pinfold_core::session::inbox::Reading;
use pinfold_core::wire::keeper::Existence;

use super::letters::{at_once, hash, message, opened};

/// A document whose dismissed prefix ends at a letter, which was stored at this time.
fn until(letter: u8, time: u64) -> Dismissed {
    let mut trail = Trail::default();
    trail.pass(&hash(letter), UnixMillis(time));
    Dismissed { last_known: Some(hash(letter)), trail, ..Dismissed::default() }
}

/// A reader that has joined; before it hears that its log is there, these letters come live.
fn joined(dismissed: Dismissed, whole: bool, early: &[(u8, u64)]) -> (MailboxReader, Option<Ask>) {
    let (mut reader, _) = opened(dismissed, Reading { whole, ..at_once() }, 1);
    reader.handle(Input::Joined);
    early.iter().for_each(|letter| live(&mut reader, *letter));
    let asked = reader.handle(Input::Existence(&Existence::Known));
    (reader, asked)
}

fn live(reader: &mut MailboxReader, (letter, time): (u8, u64)) {
    reader.handle(Input::Live { line: Line::new(&message(letter), Some(UnixMillis(time))) });
}

fn history(reader: &mut MailboxReader, txid: u64, letters: &[(u8, u64)]) -> Option<Ask> {
    let mut asked = None;
    for (letter, time) in letters {
        asked = reader
            .handle(Input::History { txid, line: Line::new(&message(*letter), Some(UnixMillis(*time))) });
    }
    asked
}

/// The log does not hold the letter that it was asked from: all of it is asked for.
fn unknown(reader: &mut MailboxReader, txid: u64) {
    let asked = reader.handle(Input::ChannelError { txid: Some(txid), code: "EUNKNOWN", reason: None });
    assert_eq!(asked, Some(Ask::History { txid: txid + 1, from: None }));
}

/// The connection is lost and found, and the log no longer holds the letter that came last.
fn again(reader: &mut MailboxReader) {
    reader.handle(Input::Lost);
    assert_eq!(reader.resume(TxIds::starting_at(10).pair()), [Ask::Join]);
    reader.handle(Input::Joined);
    assert!(reader.handle(Input::Existence(&Existence::Known)).is_some());
    unknown(reader, 10);
}

/// What is delivered now, one letter after the other, and whether it is called dismissed.
fn delivered(reader: &mut MailboxReader) -> Vec<(MessageHash, bool)> {
    let mut all = Vec::new();
    while let Some(delivery) = reader.next_delivery(UnixMillis(0), &|_| Known::Settled) {
        reader.leave(&delivery.hash);
        all.push((delivery.hash, delivery.dismissed));
    }
    all
}

#[test]
fn of_a_whole_log_what_is_before_the_dismissed_end_waits_until_that_comes() {
    let (mut reader, asked) = joined(until(1, 10), true, &[]);
    assert_eq!(asked, Some(Ask::History { txid: 1, from: None }));
    history(&mut reader, 1, &[(0, 5)]);
    assert_eq!(delivered(&mut reader), []);
    history(&mut reader, 1, &[(1, 10)]);
    assert_eq!(delivered(&mut reader), [(hash(0), true), (hash(1), true)]);
    assert_eq!(reader.take_notices(), []);
    let (mut reader, _) = joined(Dismissed::default(), true, &[]);
    history(&mut reader, 1, &[(0, 5)]);
    assert_eq!(delivered(&mut reader), [(hash(0), false)]);
}

#[test]
fn what_is_before_the_place_where_reading_began_is_dismissed() {
    let dismissed = Dismissed { viewed: vec![hash(2)], ..until(1, 10) };
    let (mut reader, asked) = joined(dismissed, false, &[]);
    assert_eq!(asked, Some(Ask::History { txid: 1, from: Some(hash(1)) }));
    history(&mut reader, 1, &[(1, 10), (2, 20)]);
    reader.handle(Input::End { txid: 1 });
    again(&mut reader);
    history(&mut reader, 11, &[(0, 5), (2, 20), (3, 30)]);
    reader.handle(Input::End { txid: 11 });
    assert!(reader.is_dismissed(&hash(0)) && !reader.is_dismissed(&hash(3)));
    assert_eq!(delivered(&mut reader), [(hash(1), true), (hash(2), true), (hash(3), false)]);
}

#[test]
fn what_turns_up_among_letters_that_were_read_was_put_there() {
    for dismissed in [until(1, 10), Dismissed::default()] {
        let (mut reader, _) = joined(dismissed, true, &[]);
        history(&mut reader, 1, &[(1, 10), (2, 20)]);
        reader.handle(Input::End { txid: 1 });
        again(&mut reader);
        assert_eq!(reader.take_notices(), [Code::MailboxGap]);
        history(&mut reader, 11, &[(9, 5), (1, 10)]);
        assert_eq!(reader.take_notices(), [Code::MailboxReordered]);
    }
}

#[test]
fn what_came_live_before_the_place_where_reading_began_is_older() {
    let (mut reader, _) = joined(until(1, 10), false, &[(7, 5), (1, 10)]);
    history(&mut reader, 1, &[(1, 10)]);
    reader.handle(Input::End { txid: 1 });
    assert_eq!(delivered(&mut reader), [(hash(1), true)]);
    // Of a log that is read from its beginning nothing is older: it was deleted, and comes.
    let (mut reader, _) = joined(Dismissed::default(), false, &[(7, 5), (1, 10)]);
    history(&mut reader, 1, &[(1, 10)]);
    reader.handle(Input::End { txid: 1 });
    assert_eq!(delivered(&mut reader), [(hash(1), false), (hash(7), false)]);
}

#[test]
fn a_dismissed_end_that_came_live_is_not_lost() {
    let (mut reader, _) = joined(until(3, 30), false, &[(3, 30)]);
    unknown(&mut reader, 1);
    history(&mut reader, 2, &[(1, 10)]);
    reader.handle(Input::End { txid: 2 });
    assert_eq!(reader.take_notices(), []);
    assert!(reader.is_dismissed(&hash(1)) && reader.is_dismissed(&hash(3)));
}

#[test]
fn a_dismissed_end_that_came_live_and_was_deleted_ends_nothing() {
    let (mut reader, _) = joined(until(3, 30), false, &[(3, 30), (4, 40)]);
    unknown(&mut reader, 1);
    history(&mut reader, 2, &[(1, 10), (4, 40)]);
    reader.handle(Input::End { txid: 2 });
    assert!(!reader.is_dismissed(&hash(4)));
}

#[test]
fn a_copy_of_the_dismissed_end_is_not_waited_for() {
    let (mut reader, _) = joined(until(1, 10), false, &[(1, 30)]);
    let asked = history(&mut reader, 1, &[(1, 30)]);
    assert_eq!(asked, Some(Ask::History { txid: 2, from: None }));
    history(&mut reader, 2, &[(1, 30)]);
    reader.handle(Input::End { txid: 2 });
    assert_eq!(reader.take_notices(), [Code::MailboxReordered, Code::MailboxAnchorLost]);
}
