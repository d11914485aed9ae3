//! How two logs of one channel relate, found without a key (`docs/OPERATIONS.md` 5.6).

use pinfold_core::json::{self, Value};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::io::{self, BufRead};

/// What comparing the lines of the live and the archived log proves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Relation {
    /// The same lines.
    Same,
    /// The live log is the beginning of the archived one: the archived one holds everything.
    LiveIsOlder,
    /// The archived log is the beginning of the live one: the live one holds everything.
    ArchivedIsOlder,
    /// The live log begins with the end of the archived one: the history was trimmed, and perhaps written on.
    Trimmed,
    /// The live log exists and holds no line. It may be what an owner cleared: only a holder of the key can settle it.
    LiveIsEmpty,
    /// The archived log holds no line, and the live one does.
    ArchivedIsEmpty,
    /// Each holds what the other lacks: only a holder of the key can settle it.
    TwoHistories,
}

/// The lines of a log, as far as comparing needs them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lines {
    hashes: Vec<[u8; 16]>,
    /// The time of the first message in ms, where it says one.
    pub first: Option<i64>,
    /// The time of the last message in ms, where it says one.
    pub last: Option<i64>,
    /// Whether the last line has no line break: the server does not see it.
    pub torn: bool,
}

impl Lines {
    /// Reads a log line by line.
    ///
    /// # Errors
    /// An error of the reader.
    pub fn read(mut from: impl BufRead) -> io::Result<Self> {
        let mut lines = Self::default();
        let mut line = Vec::new();
        loop {
            line.clear();
            if from.read_until(b'\n', &mut line)? == 0 {
                return Ok(lines);
            }
            if line.pop() != Some(b'\n') {
                lines.torn = true;
                return Ok(lines);
            }
            if line.is_empty() {
                continue;
            }
            let [hash @ .., _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _]: [u8; 32] =
                Sha256::digest(&line).into();
            lines.hashes.push(hash);
            let time = time_of(&line);
            lines.first = lines.first.or(time);
            lines.last = time.or(lines.last);
        }
    }

    /// How many whole lines there are.
    pub fn count(&self) -> usize {
        self.hashes.len()
    }
}

/// The time of a stored message `[0,"sender","MSG","channel","text",ms]`.
fn time_of(line: &[u8]) -> Option<i64> {
    let value = json::parse(std::str::from_utf8(line).ok()?).ok()?;
    i64::try_from(value.as_array()?.get(5).and_then(Value::as_u64)?).ok()
}

/// Compares two logs in time linear in their lines.
pub fn relation(live: &Lines, archived: &Lines) -> Relation {
    let (l, a) = (&live.hashes, &archived.hashes);
    match (l.is_empty(), a.is_empty()) {
        (true, true) => return Relation::Same,
        (true, false) => return Relation::LiveIsEmpty,
        (false, true) => return Relation::ArchivedIsEmpty,
        (false, false) => {}
    }
    if l == a {
        Relation::Same
    } else if a.starts_with(l) {
        Relation::LiveIsOlder
    } else if l.starts_with(a) {
        Relation::ArchivedIsOlder
    } else if overlap(a, l) > 0 {
        Relation::Trimmed
    } else {
        Relation::TwoHistories
    }
}

/// The length of the longest end of `text` that is a beginning of `pattern` (Knuth, Morris and Pratt).
fn overlap(text: &[[u8; 16]], pattern: &[[u8; 16]]) -> usize {
    let shorter =
        |fallbacks: &[usize], matched: usize| fallbacks.get(matched.wrapping_sub(1)).copied().unwrap_or(0);
    let advance = |fallbacks: &[usize], mut matched: usize, line: &[u8; 16]| {
        while matched > 0 && pattern.get(matched) != Some(line) {
            matched = shorter(fallbacks, matched);
        }
        matched + usize::from(pattern.get(matched) == Some(line))
    };
    let mut fallbacks = Vec::with_capacity(pattern.len());
    let mut matched = 0;
    for (at, line) in pattern.iter().enumerate() {
        if at > 0 {
            matched = advance(&fallbacks, matched, line);
        }
        fallbacks.push(matched);
    }
    text.iter().fold(0, |matched, line| advance(&fallbacks, matched, line))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn lines(text: &str) -> Lines {
        Lines::read(text.chars().map(|c| format!("{c}\n")).collect::<String>().as_bytes()).unwrap()
    }

    #[test]
    fn each_relation_is_told() {
        for (live, archived, expected) in [
            ("abc", "abc", Relation::Same),
            ("ab", "abc", Relation::LiveIsOlder),
            ("abc", "ab", Relation::ArchivedIsOlder),
            ("c", "abc", Relation::Trimmed),
            ("cde", "abc", Relation::Trimmed),
            ("", "abc", Relation::LiveIsEmpty),
            ("abc", "", Relation::ArchivedIsEmpty),
            ("xyz", "abc", Relation::TwoHistories),
            ("ax", "ab", Relation::TwoHistories),
            ("b", "abc", Relation::TwoHistories),
        ] {
            assert_eq!(relation(&lines(live), &lines(archived)), expected, "{live} {archived}");
        }
    }

    #[test]
    fn a_torn_last_line_is_left_out() {
        let log = Lines::read(b"[0,\"s\",\"MSG\",\"c\",\"t\",7]\n[0,\"s\",\"MSG\",\"c\",\"t\",9]".as_slice())
            .unwrap();
        assert_eq!((log.count(), log.torn, log.first, log.last), (1, true, Some(7), Some(7)));
    }

    proptest! {
        #[test]
        fn the_overlap_is_the_longest(live in "[ab]{1,12}", archived in "[ab]{1,12}") {
            let plain = (0..=live.len().min(archived.len())).rev().find(|n| archived.ends_with(&live[..*n])).unwrap();
            prop_assert_eq!(overlap(&lines(&archived).hashes, &lines(&live).hashes), plain);
        }
    }
}
