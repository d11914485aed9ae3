//! Whole histories: in pages, with times and authors, and never a part for the whole.

use pinfold_core::channel::whole::{Part, WholeReader};
use pinfold_core::channel::{Ask, Existence, Input, Line, Range, Trouble, TxIds};
use pinfold_core::ids::{ChannelId, MessageHash};
use pinfold_core::ports::UnixMillis;

/// A reader of a whole history that asked, and what it asked.
fn whole(known: Option<&str>) -> (WholeReader, Option<Ask>) {
    let (mut reader, asks) = {
        let channel = ChannelId::parse(&"a".repeat(32)).unwrap();
        WholeReader::open(channel, known.and_then(MessageHash::of), &TxIds::default().pair())
    };
    assert_eq!(asks, [Ask::Existence], "nobody sees it");
    let asked = reader.handle(Input::Existence(&Existence::Known));
    (reader, asked)
}

/// Tells a line, and takes the page that it fills.
fn tell(reader: &mut WholeReader, txid: u64, number: usize) -> Option<Part> {
    let (text, author) = (format!("line {number}"), format!("author {}", number % 2));
    let line = Line { text: &text, time: Some(UnixMillis(number as u64)), author: Some(&author) };
    assert_eq!(reader.handle(Input::Range { txid, line }), None);
    reader.take_page()
}

#[test]
fn a_whole_history_comes_in_pages_with_times_and_authors() {
    let (mut reader, asked) = whole(None);
    assert_eq!(asked, Some(Ask::Range { txid: 1, range: Range::ALL }));
    let mut parts: Vec<Part> = (0..1300).filter_map(|number| tell(&mut reader, 1, number)).collect();
    assert!(reader.outcome().is_none() && parts.len() == 2);
    reader.handle(Input::RangeEnd { txid: 7, readable: false });
    assert!(reader.outcome().is_none(), "the end of another request");
    reader.handle(Input::RangeEnd { txid: 1, readable: true });
    parts.extend(reader.take_page());
    assert_eq!(reader.outcome().unwrap().unwrap().lines(), 1300);
    assert_eq!(parts.iter().map(|part| part.first).collect::<Vec<_>>(), [true, false, false]);
    let lines = parts.iter().flat_map(|part| part.page.lines());
    for (number, line) in lines.enumerate() {
        assert_eq!(
            (line.text.as_str(), line.time),
            (format!("line {number}").as_str(), Some(UnixMillis(number as u64)))
        );
        assert_eq!(line.author, Some(format!("author {}", number % 2)));
    }
    assert!(parts.iter().all(|part| part.page.lines().len() <= 512));
}

#[test]
fn of_a_history_that_is_known_only_the_rest_comes() {
    let asked = |known: &str| {
        let range = Range::Between { first: MessageHash::of(known), last: None };
        Some(Ask::Range { txid: 1, range })
    };
    let (mut reader, ask) = whole(Some("line 7"));
    assert_eq!(ask, asked("line 7"));
    assert_eq!(tell(&mut reader, 1, 7), None);
    assert_eq!(tell(&mut reader, 1, 8), None);
    reader.handle(Input::RangeEnd { txid: 1, readable: true });
    let part = reader.take_page().unwrap();
    assert_eq!((part.first, part.page.lines().len()), (false, 1));
    // Nothing is new.
    let (mut reader, _) = whole(Some("line 7"));
    tell(&mut reader, 1, 7);
    reader.handle(Input::RangeEnd { txid: 1, readable: true });
    assert_eq!((reader.take_page(), reader.outcome().unwrap().unwrap().lines()), (None, 0));
    // The server no longer knows it.
    let (mut reader, _) = whole(Some("line 7"));
    let ask = reader.handle(Input::RangeEnd { txid: 1, readable: true });
    assert_eq!(ask, Some(Ask::Range { txid: 2, range: Range::ALL }));
    assert_eq!(tell(&mut reader, 2, 9), None);
    reader.handle(Input::RangeEnd { txid: 2, readable: true });
    assert!(reader.take_page().unwrap().first, "what was known does not count");
}

#[test]
fn a_history_that_is_not_there_or_not_readable_is_not_empty() {
    let (mut reader, _) = whole(None);
    reader.handle(Input::RangeEnd { txid: 1, readable: true });
    assert_eq!(reader.outcome(), Some(Err(Trouble::Absent { reason: None })));
    let (mut reader, _) = whole(None);
    tell(&mut reader, 1, 0);
    reader.handle(Input::RangeEnd { txid: 1, readable: false });
    assert!(matches!(reader.outcome(), Some(Err(Trouble::Log(_)))));
    assert_eq!(reader.take_page(), None);
    let (mut reader, _) = whole(None);
    tell(&mut reader, 1, 0);
    reader.handle(Input::Lost);
    assert_eq!(reader.outcome(), Some(Err(Trouble::Late)));
}
