//! Letters that are written again by somebody who knows the mailbox's channel: none hides what is unread, and none brings
//! back what was dismissed.

use std::collections::BTreeSet;

use pinfold_core::channel::Line;
use pinfold_core::mailbox::Dismissed;
use pinfold_core::mailbox::delivery::Known;
use pinfold_core::mailbox::reader::{Ask, Input, MailboxReader};
use pinfold_core::mailbox::trail::Trail;
use pinfold_core::ports::UnixMillis;
use pinfold_core::wire::keeper::Existence;
use proptest::prelude::*;

use super::letters::{at_once, hash, message, number, opened};

/// Which copy of a letter a server begins at: the last one, once its index has moved on.
#[derive(Debug, Clone, Copy)]
enum Index {
    First,
    Last,
}

/// What a reader delivers of a log as news, in order; then what of the live letters.
fn news(log: &[(u8, u64)], live: &[(u8, u64)], dismissed: Dismissed, index: Index) -> Vec<u8> {
    let (mut reader, _) = opened(dismissed, at_once(), 7);
    let mut log = log.to_vec();
    reader.handle(Input::Joined);
    let ask = reader.handle(Input::Existence(&Existence::Known));
    serve(&mut reader, &log, ask, index);
    for (letter, time) in live {
        log.push((*letter, *time));
        let ask = reader.handle(Input::Live { line: Line::new(&message(*letter), Some(UnixMillis(*time))) });
        serve(&mut reader, &log, ask, index);
    }
    let mut news = Vec::new();
    while let Some(delivery) = reader.next_delivery(UnixMillis(0), &|_| Known::Settled) {
        reader.leave(&delivery.hash);
        news.extend((!delivery.dismissed).then(|| number(&delivery.hash)));
    }
    assert_eq!(reader.unread(), news.len());
    news
}

fn serve(reader: &mut MailboxReader, log: &[(u8, u64)], mut ask: Option<Ask>, index: Index) {
    let mut rounds = 0;
    while let Some(asked) = ask.take() {
        rounds += 1;
        assert!(rounds < 5, "it asks again and again");
        let Ask::History { txid, from } = asked else { panic!("{asked:?}") };
        let is = |(letter, _): &(u8, u64)| Some(hash(*letter)) == from;
        let start = match (&from, index) {
            (None, _) => Some(0),
            (_, Index::First) => log.iter().position(is),
            (_, Index::Last) => log.iter().rposition(is),
        };
        let Some(start) = start else {
            ask = reader.handle(Input::ChannelError { txid: Some(txid), code: "EUNKNOWN", reason: None });
            continue;
        };
        for (letter, time) in &log[start..] {
            ask = reader
                .handle(Input::History { txid, line: Line::new(&message(*letter), Some(UnixMillis(*time))) });
            if ask.is_some() {
                break;
            }
        }
        if ask.is_none() {
            ask = reader.handle(Input::End { txid });
        }
    }
}

/// Dismissed up to a letter, by CryptPad's client or by pinfold; letters are stored at ten times their number.
fn dismissed(last: u8, by_pinfold: bool) -> Dismissed {
    let mut trail = Trail::default();
    if by_pinfold {
        (0..=last).for_each(|letter| trail.pass(&hash(letter), UnixMillis(time(letter))));
    }
    Dismissed { last_known: Some(hash(last)), viewed: Vec::new(), trail }
}

fn time(letter: u8) -> u64 {
    1_000 + 10 * u64::from(letter)
}

fn letters(range: std::ops::Range<u8>) -> Vec<(u8, u64)> {
    range.map(|letter| (letter, time(letter))).collect()
}

/// The right value of the report: a copy of the last dismissed letter, whichever copy the server begins at.
#[test]
fn a_copy_of_the_end_hides_nothing() {
    for by_pinfold in [false, true] {
        for index in [Index::First, Index::Last] {
            for copies in [0, 1, 5] {
                let mut log = letters(0..130);
                log.extend((0..copies).map(|at| (0, 9_000 + at)));
                let expected: Vec<u8> = (1..130).collect();
                assert_eq!(news(&log, &[], dismissed(0, by_pinfold), index), expected, "{index:?} {copies}");
            }
        }
    }
}

/// Every dismissed letter again, also those that no trail remembers, before or after what is unread.
#[test]
fn copies_of_all_that_was_dismissed_are_no_news() {
    for by_pinfold in [false, true] {
        for index in [Index::First, Index::Last] {
            for after in [100, 105, 110] {
                let mut log = letters(0..after);
                log.extend((0..100).map(|letter| (letter, time(after))));
                log.extend(letters(after..110));
                let expected: Vec<u8> = (100..110).collect();
                assert_eq!(news(&log, &[], dismissed(99, by_pinfold), index), expected, "{index:?} {after}");
                // One of them alone, older than any trail, in the log or live.
                let mut one = letters(0..100);
                one.push((3, 9_000));
                assert_eq!(news(&one, &[], dismissed(99, by_pinfold), index), Vec::<u8>::new(), "{index:?}");
                let live = [(3, 9_000), (100, 9_001), (4, 9_002), (99, 9_003), (101, 9_004)];
                assert_eq!(
                    news(&letters(0..100), &live, dismissed(99, by_pinfold), index),
                    [100, 101],
                    "{index:?}"
                );
            }
        }
    }
}

/// Where it is known when the end was stored, a copy is not taken for it, wherever the end itself went.
#[test]
fn an_end_that_was_deleted_is_not_found_in_its_copy() {
    let mut log = letters(0..10);
    log.remove(4);
    log.push((4, 9_000));
    for index in [Index::First, Index::Last] {
        let found = news(&log, &[], dismissed(4, true), index);
        assert_eq!(found, (5..10).collect::<Vec<u8>>(), "{index:?}");
    }
}

/// Nothing new: what was read from the end on is all there is to read.
#[test]
fn without_news_the_dismissed_part_is_not_read() {
    let (mut reader, _) = opened(dismissed(9, true), at_once(), 7);
    reader.handle(Input::Joined);
    let asked = reader.handle(Input::Existence(&Existence::Known));
    assert_eq!(asked, Some(Ask::History { txid: 7, from: Some(hash(9)) }));
    assert_eq!(
        reader.handle(Input::History { txid: 7, line: Line::new(&message(9), Some(UnixMillis(time(9)))) }),
        None
    );
    assert_eq!(reader.handle(Input::End { txid: 7 }), None);
    assert!(!reader.reading());
    let asked = reader.handle(Input::Live { line: Line::new(&message(10), Some(UnixMillis(time(10)))) });
    assert_eq!(asked, Some(Ask::History { txid: 8, from: None }));
}

/// Older letters are those before the first that was delivered, also where more was read.
#[test]
fn older_letters_end_where_delivery_began() {
    let (mut reader, _) = opened(dismissed(9, false), at_once(), 7);
    reader.handle(Input::Joined);
    let ask = reader.handle(Input::Existence(&Existence::Known));
    serve(&mut reader, &letters(0..12), ask, Index::First);
    assert_eq!(reader.begins(), Some(&hash(9)));
}

proptest! {
    /// Any letters dismissed, any copies of any letters at any place behind them.
    #[test]
    fn copies_change_nothing(
        last in 0..40_u8,
        unread in 0..6_u8,
        copies in proptest::collection::vec((0..46_u8, 0..1_000_u64), 0..30),
        by_pinfold: bool,
        index in prop_oneof![Just(Index::First), Just(Index::Last)],
    ) {
        let end = last + 1 + unread;
        let mut log = letters(0..end);
        let mut seen = BTreeSet::new();
        for (letter, later) in copies.into_iter().filter(|(letter, _)| *letter < end) {
            // Behind the letter itself and behind what was dismissed, at a time of its own.
            let at = time(letter.max(last)) + 1 + later;
            if !at.is_multiple_of(10) && seen.insert(at) {
                log.push((letter, at));
            }
        }
        log.sort_by_key(|(_, time)| *time);
        let expected: Vec<u8> = (last + 1..end).collect();
        prop_assert_eq!(news(&log, &[], dismissed(last, by_pinfold), index), expected);
    }
}
