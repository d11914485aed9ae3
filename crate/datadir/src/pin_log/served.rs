//! What the server itself makes of a pin log (`docs/OPERATIONS.md` 1.4): the list that it answers with.
//!
//! A line that cannot be read changes nothing, and a last line without a line break does not count, as in the real server.
//! Neither passes unseen: both are damage, named with their place.

use super::raw::{Lines, read};
use pinfold_core::pins::log::{PinLog, Problem};
use std::fmt;
use std::io::{self, BufRead};

/// A log as the server reads it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Served {
    /// Its result.
    pub log: PinLog,
    /// What is damaged, in the order of lines.
    pub damage: Vec<Damage>,
}

/// A line that does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Damage {
    /// Where the line begins, in bytes.
    pub offset: u64,
    /// What is wrong with it.
    pub what: Flaw,
}

/// Why a line does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    /// It cannot be read.
    Line(Problem),
    /// It is the last one and has no line break: a crash may have torn it.
    Torn,
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Line(problem) => problem.as_str(),
            Self::Torn => "the last line has no line break",
        })
    }
}

impl Served {
    /// Reads a log to its end.
    ///
    /// # Errors
    /// An error of the reader. A log that could not be read to its end is no list.
    pub fn read(from: impl BufRead) -> io::Result<Self> {
        let mut served = Self::default();
        let mut lines = Lines::new(from);
        while let Some(line) = lines.step()? {
            let offset = line.offset;
            if !line.ended {
                served.damage.push(Damage { offset, what: Flaw::Torn });
                continue;
            }
            let read = read(line.bytes);
            if let Err(unread) = &read {
                served.damage.push(Damage { offset, what: Flaw::Line(unread.problem) });
            }
            served.log.line(read);
        }
        Ok(served)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn read(log: &[u8]) -> (BTreeSet<String>, Vec<(u64, String)>) {
        let served = Served::read(log).unwrap();
        let pins = served.log.pins.iter().map(|id| id.as_str().unwrap().to_owned()).collect();
        (pins, served.damage.iter().map(|damage| (damage.offset, damage.what.to_string())).collect())
    }

    fn ids(ids: &[&str]) -> BTreeSet<String> {
        ids.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_torn_last_line_does_not_count_and_is_told() {
        let (pins, damage) = read(b"[\"PIN\",[\"a\"],1]\n[\"RESET\",[\"b\"],2]");
        assert_eq!(pins, ids(&["a"]));
        assert_eq!(damage, [(16, "the last line has no line break".to_owned())]);
    }

    /// Bytes that are no text are never made into text: an id must not become another one.
    #[test]
    fn each_damaged_line_is_told_and_takes_no_other_with_it() {
        let (pins, damage) = read(
            b"[\"PIN\",[\"a\"],1]\n[\"PIN\",[\"\xff\",\"b\"],2]\n[\"RESET\"]\n\r\n[\"PIN\",[\"c\"],3]\r\n",
        );
        assert_eq!(pins, ids(&["a", "c"]));
        assert_eq!(
            damage,
            [(16, "PIN_LINE_PARSE_ERROR".to_owned()), (36, "PIN_LINE_WITHOUT_IDS".to_owned())]
        );
    }

    #[test]
    fn the_recorded_logs_come_to_what_the_real_reader_made_of_them() {
        let vectors = include_str!("../../../../tests/vectors/pin_logs.json");
        let vectors: serde_json::Value = serde_json::from_str(vectors).unwrap();
        let cases = vectors["cases"].as_array().unwrap();
        assert_eq!(cases.len(), 11);
        for case in cases {
            let (name, expect) = (&case["name"], &case["expect"]);
            let served = Served::read(case["input"]["log"].as_str().unwrap().as_bytes()).unwrap();
            let pins: Vec<_> = served.log.pins.iter().map(|id| id.as_str().unwrap()).collect();
            let errors: Vec<_> = served.damage.iter().map(|damage| damage.what.to_string()).collect();
            assert_eq!(serde_json::json!(pins), expect["pins"], "{name}");
            assert_eq!(serde_json::json!(errors), expect["errors"], "{name}");
            assert_eq!(
                served.log.drive.as_ref().and_then(|id| id.as_str()),
                expect["drive"].as_str(),
                "{name}"
            );
            assert_eq!(
                served.log.block.as_ref().and_then(|id| id.as_str()),
                expect["block"].as_str(),
                "{name}"
            );
            assert_eq!(Some(served.log.latest.0), expect["latest"].as_u64(), "{name}");
            assert_eq!(Some(served.log.looks_like_user()), expect["looksLikeUser"].as_bool(), "{name}");
        }
    }
}
