//! Letters that are told by a number.

use std::time::Duration;

use pinfold_core::channel::{Range, TxIds};
use pinfold_core::ids::{ChannelId, MessageHash};
use pinfold_core::mailbox::delivery::Patience;
use pinfold_core::mailbox::reader::{Ask, MailboxReader};
use pinfold_core::mailbox::{Dismissed, WINDOW};
use pinfold_core::session::inbox::Reading;

/// How long each message is.
pub const LETTER: usize = 66;

/// A message whose hash is its own number; plain text, as in the broadcast channel.
pub fn message(number: u8) -> String {
    format!("{{\"uid\":\"{number:056}\"}}")
}

pub fn hash(number: u8) -> MessageHash {
    MessageHash::of(&message(number)).unwrap()
}

pub fn number(hash: &MessageHash) -> u8 {
    hash.as_str().chars().filter(char::is_ascii_digit).collect::<String>().parse().unwrap()
}

/// From the dismissed prefix on, with room for all, and without waiting for what a letter names.
pub fn at_once() -> Reading {
    Reading { whole: false, patience: Duration::ZERO, window: WINDOW }
}

/// A mailbox without keys, read like this, and its first questions; its requests are numbered from `txid` on.
pub fn opened(dismissed: Dismissed, reading: Reading, txid: u64) -> (MailboxReader, Vec<Ask>) {
    let channel = ChannelId::parse(&"0".repeat(33)).unwrap();
    let Reading { whole, patience, window } = reading;
    let txids = TxIds::starting_at(txid).pair();
    MailboxReader::open(channel, None, dismissed, whole, Patience(patience), window, txids)
}

/// The first of some stored messages, where it is named, and the last.
pub fn ends(range: &Range) -> (Option<&MessageHash>, &MessageHash) {
    match range {
        Range::Between { first, last: Some(last) } => (first.as_ref(), last),
        Range::Last { count: 1, until: Some(last) } => (None, last),
        other => panic!("a mailbox asks for {other:?}"),
    }
}
