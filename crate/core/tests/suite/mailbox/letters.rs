//! Letters that are told by a number.

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
