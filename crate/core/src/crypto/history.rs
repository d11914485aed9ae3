//! Opening a whole history: many messages of one channel, their signatures checked in groups.

use std::ops::Range;

use super::message::{MessageKeys, not_base64, unsigned};
use super::sign::{SIGNATURE, badly_signed};
use super::{Scratch, nonce_box};
use crate::encoding::{decode_base64_into, decoded_base64_bound};
use crate::error::Error;

impl MessageKeys {
    /// Opens the messages of a history, in order: `each` is called once for every message, with what
    /// [`MessageKeys::open_with`] gives. With a key to check signatures, small messages take a third of the
    /// time, because signatures are checked in groups.
    pub fn open_many<'m>(
        &self,
        messages: impl IntoIterator<Item = &'m str>,
        scratch: &mut Scratch,
        mut each: impl FnMut(Result<&str, Error>),
    ) {
        let mut messages = messages.into_iter().peekable();
        while messages.peek().is_some() {
            let mut group = Group::default();
            while let Some(message) = messages.next_if(|_| group.has_room()) {
                group.push(message);
            }
            group.open(self, scratch, &mut each);
        }
    }
}

/// Decoded messages whose signatures are checked together.
#[derive(Default)]
struct Group {
    bytes: Vec<u8>,
    /// Where each message lies in `bytes`; `None` if it was not base64.
    ranges: Vec<Option<Range<usize>>>,
}

impl Group {
    /// More do not make checking faster.
    const MESSAGES: usize = 128;
    /// Large messages gain little, and would only be held twice.
    const BYTES: usize = 256 * 1024;

    fn has_room(&self) -> bool {
        self.ranges.len() < Self::MESSAGES && self.bytes.len() < Self::BYTES
    }

    fn push(&mut self, message: &str) {
        let start = self.bytes.len();
        self.bytes.resize(start + decoded_base64_bound(message.len()), 0);
        let room = self.bytes.get_mut(start..).unwrap_or_default();
        let length = decode_base64_into(message.as_bytes(), room).map(|bytes| bytes.len());
        self.bytes.truncate(start + length.unwrap_or(0));
        self.ranges.push(length.map(|length| start..start + length));
    }

    fn open(&self, keys: &MessageKeys, scratch: &mut Scratch, each: &mut impl FnMut(Result<&str, Error>)) {
        let decoded = |range: &Option<Range<usize>>| self.bytes.get(range.clone()?);
        let signed: Vec<_> =
            self.ranges.iter().filter_map(|range| decoded(range)?.split_first_chunk()).collect();
        let mut good = match &keys.verify {
            Some(key) => key.verify_many(&signed).into_iter(),
            None => vec![true; signed.len()].into_iter(),
        };
        for range in &self.ranges {
            let Some(bytes) = decoded(range) else {
                each(Err(not_base64()));
                continue;
            };
            each(match bytes.split_first_chunk::<SIGNATURE>() {
                None => Err(unsigned(keys.verify.is_some())),
                Some(_) if good.next() != Some(true) => Err(badly_signed()),
                Some((_, text)) => nonce_box::open(&keys.crypt_key, text, &mut scratch.inner),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::message::tests::{Counting, keys};
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn a_history_opens_as_its_messages_do(kinds in proptest::collection::vec(0u8..12, 0..300), checked: bool) {
            let (mut keys, other) = (keys(1), keys(7));
            let (mut entropy, mut scratch) = (Counting(0), Scratch::default());
            let messages: Vec<String> = kinds.iter().enumerate().map(|(at, kind)| match kind {
                0 => other.seal("other", &mut entropy).unwrap(),
                1 => "no base64".into(),
                2 => "AAAA".into(),
                3 => keys.seal(&"long".repeat(20_000), &mut entropy).unwrap(),
                _ => keys.seal(&at.to_string(), &mut entropy).unwrap(),
            }).collect();
            if !checked {
                keys.verify = None;
            }
            let expected: Vec<_> = messages.iter().map(|message| keys.open(message)).collect();
            let mut opened = Vec::new();
            let each = |result: Result<&str, Error>| opened.push(result.map(str::to_owned));
            keys.open_many(messages.iter().map(String::as_str), &mut scratch, each);
            prop_assert_eq!(opened, expected);
        }
    }
}
