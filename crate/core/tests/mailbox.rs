//! The mailbox reader against a model: any log, any cursor, any overlap of history and live, any dismissals.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

use std::collections::VecDeque;

use pinfold_core::ids::{ChannelId, MessageHash};
use pinfold_core::mailbox::cursor::Cursor;
use pinfold_core::mailbox::reader::{Ask, Input, MailboxReader};
use pinfold_core::wire::keeper::Existence;
use proptest::prelude::*;

/// A message whose hash is its own number; plain text, as in the broadcast channel.
fn message(number: u8) -> String {
    format!("{{\"uid\":\"{number:056}\"}}")
}

fn hash(number: u8) -> MessageHash {
    MessageHash::of(&message(number)).unwrap()
}

#[derive(Debug, Clone)]
struct Case {
    /// The log, with replays: numbers may repeat.
    log: Vec<u8>,
    /// How much of it is there before the history is asked for.
    stored: usize,
    /// How many live messages come before the end of the history.
    early: usize,
    /// The dismissed prefix ends here, if anywhere; may not be in the log.
    last_known: Option<u8>,
    viewed: Vec<u8>,
    whole: bool,
}

fn case() -> impl Strategy<Value = Case> {
    (proptest::collection::vec(0..20_u8, 0..24), any::<prop::sample::Index>(), any::<prop::sample::Index>())
        .prop_flat_map(|(log, stored, early)| {
            let stored = stored.index(log.len() + 1);
            let early = early.index(log.len() - stored + 1);
            let last = prop_oneof![Just(None), (0..24_u8).prop_map(Some)];
            (
                Just(log),
                Just(stored),
                Just(early),
                last,
                proptest::collection::vec(0..20_u8, 0..6),
                any::<bool>(),
            )
        })
        .prop_map(|(log, stored, early, last_known, viewed, whole)| Case {
            log,
            stored,
            early,
            last_known,
            viewed,
            whole,
        })
}

/// What must come out: each hash once, at its first place; dismissed if listed, or before a known anchor.
fn expected(case: &Case) -> Vec<(u8, bool)> {
    let history = &case.log[..case.stored];
    let anchor = case.last_known.and_then(|n| history.iter().position(|m| *m == n));
    let start = if case.whole { 0 } else { anchor.unwrap_or(0) };
    let mut seen = Vec::new();
    let mut out = Vec::new();
    for (at, number) in case.log.iter().enumerate().skip(start) {
        if seen.contains(number) {
            continue;
        }
        seen.push(*number);
        let before_anchor = anchor.is_some_and(|anchor| at <= anchor);
        let listed = case.last_known == Some(*number) || case.viewed.contains(number);
        out.push((*number, before_anchor || listed));
    }
    out
}

fn run(case: &Case) -> Vec<(u8, bool)> {
    let channel = ChannelId::parse(&"0".repeat(33)).unwrap();
    let cursor = Cursor::stored(case.last_known.map(hash), case.viewed.iter().map(|n| hash(*n)).collect());
    let (mut reader, ask) = MailboxReader::open(channel, None, cursor, case.whole, 1);
    assert_eq!(ask, Ask::Join);
    let history = &case.log[..case.stored];
    let mut live: VecDeque<u8> = case.log[case.stored..].iter().copied().collect();
    assert_eq!(reader.handle(Input::Joined), Some(Ask::Existence));
    let existence = if history.is_empty() { Existence::New { reason: None } } else { Existence::Known };
    let mut asks: VecDeque<Ask> = reader.handle(Input::Existence(&existence)).into_iter().collect();
    while let Some(Ask::History { txid, from }) = asks.pop_front() {
        let start = match &from {
            None => Some(0),
            Some(from) => history.iter().position(|n| hash(*n) == *from),
        };
        let Some(start) = start else {
            asks.extend(reader.handle(Input::ChannelError { txid: Some(txid), code: "EUNKNOWN" }));
            continue;
        };
        let texts: Vec<String> = history[start..].iter().map(|n| message(*n)).collect();
        for (at, text) in texts.iter().enumerate() {
            // Live messages come in between; the first of them may also be part of the history already.
            if at == texts.len() / 2 {
                for _ in 0..case.early {
                    let text = message(live.pop_front().unwrap());
                    reader.handle(Input::Live { message: &text, time: None });
                }
            }
            reader.handle(Input::History { txid, message: text, time: Some(1) });
        }
        reader.handle(Input::End { txid });
    }
    for number in live {
        let text = message(number);
        reader.handle(Input::Live { message: &text, time: None });
    }
    let mut out = Vec::new();
    while let Some(delivery) = reader.next_delivery() {
        assert_eq!(delivery.position, out.len() as u64);
        let number = (0..24).find(|n| hash(*n) == delivery.hash).unwrap();
        out.push((number, delivery.dismissed));
    }
    out
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, ..ProptestConfig::default() })]
    #[test]
    fn each_letter_once_in_the_servers_order(case in case()) {
        prop_assert_eq!(run(&case), expected(&case));
    }
}
