//! Letters that are told by a number.

use pinfold_core::channel::Range;
use pinfold_core::ids::MessageHash;

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

/// The first of some stored messages, where it is named, and the last.
pub fn ends(range: &Range) -> (Option<&MessageHash>, &MessageHash) {
    match range {
        Range::Between { first, last: Some(last) } => (first.as_ref(), last),
        Range::Last { count: 1, until: Some(last) } => (None, last),
        other => panic!("a mailbox asks for {other:?}"),
    }
}
