//! The letters that were dismissed last, by a short mark each.
//!
//! `lastKnownHash` and `viewed` (PROTOCOL.md 18.2) forget what they have passed. A letter that is played again
//! later, or a log from which the anchor was deleted, could then not be told from news. The trail remembers
//! the last [`Trail::LENGTH`] letters that were dismissed, and when the newest of the prefix was stored. It stands
//! in the mailbox's entry of the account document under a key of its own, so that other devices know it;
//! the real client keeps what it does not know.

use std::collections::VecDeque;

use crate::crypto::hash::sha512;
use crate::encoding::{decode_base64_array, encode_base64};
use crate::ids::MessageHash;
use crate::json::{Object, Value};
use crate::ports::UnixMillis;

/// What stands for a letter: the beginning of SHA-512 of its hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Mark([u8; 12]);

impl Mark {
    /// The mark of a letter.
    pub fn of(hash: &MessageHash) -> Self {
        Self::of_text(hash.as_str())
    }

    /// The mark of any text.
    pub(crate) fn of_text(text: &str) -> Self {
        let mut mark = [0; 12];
        mark.copy_from_slice(sha512(text.as_bytes()).first_chunk::<12>().unwrap_or(&[0; 12]));
        Self(mark)
    }
}

/// The end of the dismissed prefix.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trail {
    marks: VecDeque<Mark>,
    /// The end of the dismissed prefix, when it was reached here.
    end: Option<Mark>,
    /// When the newest of the prefix was stored, in milliseconds since the epoch.
    until: UnixMillis,
}

impl Trail {
    /// The key under which it stands in a mailbox's entry.
    pub const KEY: &'static str = "pinfold";
    /// How many letters it remembers.
    pub const LENGTH: usize = 32;

    /// Reads it from where [`Trail::to_value`] put it. A value of another form counts as missing.
    pub fn read(value: Option<&Value>) -> Self {
        let value = value.unwrap_or(&Value::Null);
        let mark = |value: &Value| decode_base64_array(value.as_str()?).map(|bytes| Mark(*bytes));
        let marks = value.get("dismissed").and_then(Value::as_array).unwrap_or_default();
        let skipped = marks.len().saturating_sub(Self::LENGTH);
        Self {
            marks: marks.iter().skip(skipped).filter_map(mark).collect(),
            end: value.get("end").and_then(mark),
            until: value.get("until").and_then(Value::as_u64).map(UnixMillis).unwrap_or_default(),
        }
    }

    /// As it is written.
    pub fn to_value(&self) -> Value {
        let text = |mark: &Mark| Value::from(encode_base64(&mark.0));
        let mut object = Object::new();
        object.insert("dismissed", self.marks.iter().map(text).collect::<Vec<Value>>());
        if let Some(end) = &self.end {
            object.insert("end", text(end));
        }
        object.insert("until", self.until.0 as f64);
        Value::Object(object)
    }

    /// The prefix went on over a letter, which the server stored at this time. Times beyond 2^53 are ignored.
    pub fn pass(&mut self, hash: &MessageHash, time: UnixMillis) {
        self.add(hash);
        self.end = self.marks.back().copied();
        if time.0 <= crate::json::MAX_SAFE_INTEGER {
            self.until = self.until.max(time);
        }
    }

    /// A letter was dismissed, in the prefix or after it.
    pub fn add(&mut self, hash: &MessageHash) {
        let mark = Mark::of(hash);
        self.marks.retain(|held| *held != mark);
        if self.marks.len() == Self::LENGTH {
            self.marks.pop_front();
        }
        self.marks.push_back(mark);
    }

    /// Whether a letter is in it.
    pub fn holds(&self, mark: Mark) -> bool {
        self.marks.contains(&mark)
    }

    /// What it remembers.
    pub(crate) fn marks(&self) -> impl Iterator<Item = Mark> {
        self.marks.iter().copied()
    }

    /// When the end of the prefix was stored, if this letter is that end.
    pub fn until(&self, mark: Mark) -> Option<UnixMillis> {
        (self.until > UnixMillis(0) && self.end == Some(mark)).then_some(self.until)
    }

    /// Whether a letter that stands in a log shows where the dismissed prefix was: it is in the trail, and was
    /// stored before the end of the prefix and not played again later.
    pub fn places(&self, mark: Mark, time: Option<UnixMillis>) -> bool {
        time.is_some_and(|time| time <= self.until) && self.holds(mark)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(number: usize) -> MessageHash {
        MessageHash::parse(&format!("hash {number}")).unwrap()
    }

    #[test]
    fn it_is_read_as_it_was_written_and_bounded() {
        let mut trail = Trail::default();
        for number in 0..100 {
            trail.pass(&hash(number), UnixMillis(1_000 + number as u64));
        }
        assert_eq!(Trail::read(Some(&trail.to_value())), trail);
        assert_eq!(trail.until(Mark::of(&hash(99))), Some(UnixMillis(1_099)));
        assert_eq!(trail.until(Mark::of(&hash(98))), None);
        assert!(!trail.holds(Mark::of(&hash(67))) && trail.holds(Mark::of(&hash(68))));
        assert!(
            trail.places(Mark::of(&hash(99)), Some(UnixMillis(1_099)))
                && !trail.places(Mark::of(&hash(99)), Some(UnixMillis(1_100)))
        );
    }

    #[test]
    fn a_letter_without_a_time_ends_the_prefix_at_none() {
        let mut trail = Trail::default();
        trail.pass(&hash(1), UnixMillis(0));
        assert_eq!(trail.until(Mark::of(&hash(1))), None);
    }

    #[test]
    fn what_is_no_trail_is_an_empty_one() {
        for text in
            ["null", "7", r#"{"dismissed":{},"until":"x"}"#, r#"{"dismissed":[7,"x","AAAA"],"until":-1}"#]
        {
            let read = Trail::read(Some(&Value::parse(text).unwrap()));
            assert_eq!(read, Trail::default(), "{text}");
        }
        assert_eq!(Trail::read(None), Trail::default());
    }
}
