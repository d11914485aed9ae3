//! What a reader is at each step, and what ends it.

use pinfold_core::channel::Line;
use pinfold_core::error::Code;
use pinfold_core::mailbox::Dismissed;
use pinfold_core::mailbox::reader::{Ask, Input, MailboxReader};
use pinfold_core::wire::keeper::Existence;

use super::letters::{at_once, hash, message, opened};

/// A reader that was told that its log is there, and what it asks for then.
fn backfilling(dismissed: Dismissed) -> (MailboxReader, Option<Ask>) {
    let mut reader = joined(dismissed);
    let asked = reader.handle(Input::Existence(&Existence::Known));
    (reader, asked)
}

fn joined(dismissed: Dismissed) -> MailboxReader {
    let (mut reader, asks) = opened(dismissed, at_once(), 1);
    assert_eq!((asks, reader.reading(), reader.waiting_for_server()), (vec![Ask::Join], true, true));
    assert_eq!(reader.handle(Input::Joined), Some(Ask::Existence));
    reader
}

/// A reader at the end of a log.
fn live(log: &[u8]) -> MailboxReader {
    let (mut reader, asked) = backfilling(Dismissed::default());
    assert_eq!(asked, Some(Ask::History { txid: 1, from: None }));
    for letter in log {
        reader.handle(Input::History { txid: 1, line: Line::new(&message(*letter), None) });
    }
    assert!(reader.reading() && reader.waiting_for_server());
    reader.handle(Input::End { txid: 1 });
    reader
}

fn error(txid: Option<u64>, code: &str) -> Input<'_> {
    Input::ChannelError { txid, code, reason: None }
}

fn failure(reader: &mut MailboxReader) -> Option<Code> {
    reader.take_failure().map(|error| error.code())
}

#[test]
fn a_reader_says_what_it_is_at() {
    let mut reader = live(&[1]);
    assert_eq!((reader.reading(), reader.waiting_for_server(), reader.suspended()), (false, false, false));
    assert!(!reader.is_dismissed(&hash(1)));
    assert_eq!(reader.take_notices(), []);
    // Nothing is outstanding, so nothing is late.
    reader.handle(Input::Deadline);
    assert_eq!(failure(&mut reader), None);
    reader.handle(Input::Lost);
    assert_eq!((reader.reading(), reader.waiting_for_server(), reader.suspended()), (false, false, true));
}

#[test]
fn what_fails_stays_so_and_says_why_once() {
    let unanswered: fn(&mut MailboxReader) = |reader| {
        reader.handle(Input::Existence(&Existence::Unanswered));
    };
    let late: fn(&mut MailboxReader) = |reader| {
        reader.handle(Input::Deadline);
    };
    for (end, code) in [(unanswered, Code::RpcRefused), (late, Code::NetTimeout)] {
        let mut reader = joined(Dismissed::default());
        end(&mut reader);
        assert_eq!(failure(&mut reader), Some(code));
        reader.handle(Input::Lost);
        assert_eq!((failure(&mut reader), reader.suspended()), (None, false));
    }
}

#[test]
fn an_error_of_another_request_is_none_of_this_one() {
    let (mut reader, _) = backfilling(Dismissed::default());
    assert_eq!(reader.handle(error(Some(2), "EUNKNOWN")), None);
    assert_eq!((failure(&mut reader), reader.reading()), (None, true));
    assert_eq!(reader.handle(error(None, "EUNKNOWN")), None);
    assert_eq!(failure(&mut reader), Some(Code::MailboxAnchorLost));
}

#[test]
fn a_log_without_the_letter_that_reading_began_at_is_read_whole() {
    let dismissed = || Dismissed { last_known: Some(hash(1)), ..Dismissed::default() };
    let (mut reader, asked) = backfilling(dismissed());
    assert_eq!(asked, Some(Ask::History { txid: 1, from: Some(hash(1)) }));
    assert_eq!(reader.handle(error(Some(1), "EUNKNOWN")), Some(Ask::History { txid: 2, from: None }));
    // Nothing was read before, so nothing can be missing.
    assert_eq!((reader.take_notices(), failure(&mut reader)), (vec![], None));
    let (mut reader, _) = backfilling(dismissed());
    assert_eq!(reader.handle(error(Some(1), "ERESTRICTED")), None);
    assert_eq!(failure(&mut reader), Some(Code::MailboxAnchorLost));
}

#[test]
fn a_log_that_is_cleared_is_empty_and_one_that_is_closed_is_over() {
    for (log, told) in [(&[1][..], vec![Code::MailboxGap]), (&[], vec![])] {
        let mut reader = live(log);
        reader.handle(error(None, "ECLEARED"));
        assert_eq!((reader.take_notices(), failure(&mut reader)), (told, None));
        assert_eq!(reader.unread(), 0);
        reader.handle(Input::Live { line: Line::new(&message(2), None) });
        assert_eq!(reader.unread(), 1);
    }
    let mut reader = live(&[1]);
    reader.handle(error(None, "EDELETED"));
    assert_eq!(failure(&mut reader), Some(Code::MailboxAnchorLost));
}

#[test]
fn older_letters_end_where_reading_began() {
    let mut reader = live(&[5]);
    assert_eq!(reader.begins(), Some(&hash(5)));
    let page =
        |letters: &[u8]| letters.iter().map(|letter| Line::new(&message(*letter), None).into()).collect();
    let older = reader.older(page(&[3, 4, 5])).unwrap();
    assert_eq!(
        older.iter().map(|older| (older.position, &older.hash)).collect::<Vec<_>>(),
        [(0, &hash(3)), (1, &hash(4))]
    );
    assert_eq!(reader.begins(), Some(&hash(3)));
    for letters in [&[9][..], &[]] {
        assert_eq!(reader.older(page(letters)).unwrap_err().code(), Code::MailboxAnchorLost);
    }
}
