//! Texts that there was no room for: as many are asked for again as there is room for then.

use pinfold_core::channel::{Line, Range};
use pinfold_core::mailbox::Dismissed;
use pinfold_core::mailbox::delivery::Known;
use pinfold_core::mailbox::reader::{Ask, Input, MailboxReader};
use pinfold_core::ports::UnixMillis;
use pinfold_core::session::inbox::Reading;
use pinfold_core::wire::keeper::Existence;

use super::letters::{LETTER, at_once, hash, message, number, opened};

/// A reader with room for two letters, at the end of a log of so many.
fn reader(letters: u8) -> MailboxReader {
    let (mut reader, _) = opened(Dismissed::default(), Reading { window: 2 * LETTER, ..at_once() }, 1);
    reader.handle(Input::Joined);
    reader.handle(Input::Existence(&Existence::Known));
    for letter in 1..=letters {
        reader.handle(Input::History { txid: 1, line: Line::new(&message(letter), None) });
    }
    reader.handle(Input::End { txid: 1 });
    assert_eq!(reader.bytes(), 2 * LETTER);
    reader
}

fn take(reader: &mut MailboxReader) -> Option<u8> {
    let delivery = reader.next_delivery(UnixMillis(0), &|_| Known::Settled)?;
    reader.leave(&delivery.hash);
    Some(number(&delivery.hash))
}

fn text(reader: &mut MailboxReader, letter: u8) {
    reader.handle(Input::Range { txid: 7, line: Line::new(&message(letter), None) });
}

#[test]
fn as_many_texts_are_asked_for_as_there_is_room_for() {
    let mut reader = reader(6);
    assert!(!reader.lacks_texts());
    assert_eq!(take(&mut reader), Some(1));
    assert!(reader.lacks_texts());
    assert_eq!((take(&mut reader), take(&mut reader)), (Some(2), None));
    let asked = reader.fetch(7);
    assert_eq!(
        asked,
        Some(Ask::Range { txid: 7, range: Range::Between { first: Some(hash(3)), last: Some(hash(4)) } })
    );
    assert!(reader.fetches(7) && !reader.fetches(8) && !reader.lacks_texts());
    text(&mut reader, 3);
    text(&mut reader, 4);
    reader.handle(Input::RangeEnd { txid: 7, readable: true });
    assert!(!reader.fetches(7));
    assert_eq!((take(&mut reader), take(&mut reader), take(&mut reader)), (Some(3), Some(4), None));
    let asked = reader.fetch(8);
    assert_eq!(
        asked,
        Some(Ask::Range { txid: 8, range: Range::Between { first: Some(hash(5)), last: Some(hash(6)) } })
    );
}

#[test]
fn the_room_for_texts_that_are_to_come_is_free_once_they_came() {
    let mut reader = reader(4);
    assert_eq!((take(&mut reader), take(&mut reader)), (Some(1), Some(2)));
    assert!(reader.fetch(7).is_some());
    text(&mut reader, 3);
    text(&mut reader, 4);
    assert_eq!((take(&mut reader), take(&mut reader)), (Some(3), Some(4)));
    reader.handle(Input::Live { line: Line::new(&message(5), None) });
    assert_eq!(reader.bytes(), LETTER);
}
