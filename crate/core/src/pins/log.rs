//! The log in which a server keeps an account's pins (PROTOCOL.md 11.3): one JSON line per command,
//! `["PIN" | "UNPIN" | "RESET", [ids], ms]`.

use std::collections::BTreeSet;

use crate::json::{self, Text, Value};
use crate::ports::Millis;

/// What a pin log amounts to.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PinLog {
    /// The pinned ids without suffixes, in code-unit order.
    pub pins: BTreeSet<Text>,
    /// The id that was last tagged `#drive`.
    pub drive: Option<Text>,
    /// The id that was last tagged `#block`. It is no pin.
    pub block: Option<Text>,
    /// The date of the first dated line; 0 without any.
    pub first: Millis,
    /// The date of the last dated line; 0 without any.
    pub latest: Millis,
    /// How many lines were read, an unfinished last one included.
    pub lines: usize,
    /// How many lines up to the last `RESET`: all but one of them could be dropped without loss.
    pub surplus: usize,
    /// Whether the log begins with `PIN`, as only those of people do.
    begins_with_pin: bool,
    /// Lines that were skipped.
    pub problems: Vec<Problem>,
}

/// Why a line was skipped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Problem {
    /// Not JSON.
    Parse,
    /// Not a list.
    Format,
    /// A list that begins with another word.
    Command,
}

impl Problem {
    /// The name under which the server logs it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Parse => "PIN_LINE_PARSE_ERROR",
            Self::Format => "PIN_LINE_NOT_FORMAT_ERROR",
            Self::Command => "PIN_LINE_UNSUPPORTED_COMMAND",
        }
    }
}

impl PinLog {
    /// Reads a whole log.
    pub fn read(log: &str) -> Self {
        let mut state = Self::default();
        log.split('\n').for_each(|line| state.line(line));
        state
    }

    /// Whether the log is a person's: it begins with `PIN` or names a block. Those of teams do neither.
    pub fn looks_like_user(&self) -> bool {
        self.begins_with_pin || self.block.is_some()
    }

    /// Reads one more line, without its line break.
    pub fn line(&mut self, line: &str) {
        self.lines += 1;
        if line.is_empty() {
            return;
        }
        if let Err(problem) = self.command(line) {
            self.problems.push(problem);
        }
    }

    fn command(&mut self, line: &str) -> Result<(), Problem> {
        let value = json::parse(line).map_err(|_| Problem::Parse)?;
        let items = value.as_array().ok_or(Problem::Format)?;
        let ids = items.get(1).and_then(Value::as_array).unwrap_or_default();
        match items.first().and_then(Value::as_str) {
            Some("RESET") => {
                self.pins.clear();
                self.surplus = self.lines;
                ids.iter().for_each(|id| self.pin(id));
            }
            Some("PIN") => {
                self.begins_with_pin |= self.lines == 1;
                ids.iter().for_each(|id| self.pin(id));
            }
            Some("UNPIN") => ids.iter().filter_map(Tagged::read).for_each(|id| {
                self.pins.remove(id.text());
            }),
            _ => return Err(Problem::Command),
        }
        if let Some(date) = items.get(2).and_then(Value::as_u64).filter(|date| *date > 0) {
            self.first = if self.first == 0 { date } else { self.first };
            self.latest = date;
        }
        Ok(())
    }

    fn pin(&mut self, id: &Value) {
        match Tagged::read(id) {
            Some(Tagged::Block(id)) => self.block = Some(id),
            Some(Tagged::Drive(id)) => {
                self.pins.insert(id.clone());
                self.drive = Some(id);
            }
            Some(Tagged::Plain(id)) => {
                self.pins.insert(id);
            }
            None => {}
        }
    }
}

/// An id without its suffix, and what the suffix said.
enum Tagged {
    Plain(Text),
    Drive(Text),
    Block(Text),
}

impl Tagged {
    /// `None` for what is no text or an empty one.
    fn read(id: &Value) -> Option<Self> {
        let text = id.as_text().filter(|text| !text.is_empty())?;
        let Some((bare, suffix)) = text.as_str().and_then(|text| text.split_once('#')) else {
            return Some(Self::Plain(text.clone()));
        };
        Some(match suffix {
            "drive" => Self::Drive(bare.into()),
            "block" => Self::Block(bare.into()),
            _ => Self::Plain(bare.into()),
        })
    }

    fn text(&self) -> &Text {
        match self {
            Self::Plain(text) | Self::Drive(text) | Self::Block(text) => text,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_date_of_zero_is_none() {
        let state = PinLog::read("[\"PIN\",[],5]\n[\"PIN\",[],0]\n");
        assert_eq!((state.first, state.latest), (5, 5));
    }

    proptest! {
        #[test]
        fn no_log_makes_it_panic_and_every_line_counts(lines in proptest::collection::vec("[^\n]*", 0..8)) {
            let log = lines.join("\n");
            let state = PinLog::read(&log);
            prop_assert_eq!(state.lines, lines.len().max(1));
            prop_assert!(state.problems.len() <= lines.len());
        }

        #[test]
        fn the_last_reset_decides(before: Vec<String>, after: Vec<String>) {
            let line = |command: &str, ids: &[String]| {
                let ids = ids.iter().map(|id| Value::from(id.as_str())).collect::<Vec<_>>();
                json::stringify(&Value::Array(vec![command.into(), ids.into(), 1.0.into()]))
            };
            let (pin, reset) = (line("PIN", &before), line("RESET", &after));
            let whole = PinLog::read(&format!("{pin}\n{reset}\n"));
            prop_assert_eq!(&whole.pins, &PinLog::read(&reset).pins);
            prop_assert_eq!(whole.surplus, 2);
        }
    }
}
