//! Pin logs, read as evidence (`docs/OPERATIONS.md` 1.4, 5.5 and 5.7): what a log pins now, what it ever named, and
//! everything about it that is odd.
//!
//! The server's own reader skips what it does not understand, and then documents go. This one skips nothing silently: a line that
//! cannot be read is a [`Finding`], and the ids that can still be seen in its bytes count as named. What the server makes of
//! the same bytes is [`served`]; what a line means is said once, in `pinfold_core::pins::log`.

mod raw;
pub mod served;

pub use pinfold_core::pins::log::Command;

use crate::id::{ItemId, KeyName};
use crate::id_set::IdSet;
use pinfold_core::pins::log::{Date, Line, Named, Problem, Tag, Unread};
use raw::{Lines, RawLine};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::io::{self, BufRead};

const DAY: i64 = 86_400_000;
/// Clocks of two machines may differ by this much without anybody being wrong.
const TOLERANCE: i64 = 5 * 60_000;

/// What is odd about a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Oddity {
    /// The line is not JSON: it was torn, glued to another one, or overwritten.
    NotJson,
    /// The line is JSON and not a list.
    NotAList,
    /// The list begins with a word that is no command of a pin log.
    UnknownCommand,
    /// The second element is not a list. The server's own reader dies of it.
    IdsNotAList,
    /// An id of the list has another length than any id has, or other characters: it lost or gained some.
    OddId,
    /// The last line has no line break. The server drops it without a word; here it counts if it is whole.
    Unterminated,
    /// The line has no date.
    Undated,
    /// The date is text, or looks like seconds.
    OddDate,
    /// The date lies in the future.
    Future,
    /// The date is more than a day before the one of the line above.
    Backwards,
    /// A RESET took ids off that no UNPIN had taken off.
    UnexplainedShrink,
    /// The file begins with a byte order mark, which damages the first line for the server.
    ByteOrderMark,
}

impl Oddity {
    /// Whether an account with such a line protects all that it ever named (5.7).
    pub fn is_doubt(self) -> bool {
        !matches!(self, Self::ByteOrderMark)
    }
}

/// One odd line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Counted from 1.
    pub line: usize,
    /// Where the line begins, in bytes.
    pub offset: u64,
    /// What is odd.
    pub what: Oddity,
}

/// What one line changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Counted from 1.
    pub line: usize,
    /// The date of the line in ms, where it has a sensible one.
    pub time: Option<i64>,
    /// The command.
    pub command: Command,
    /// Ids that were not pinned before.
    pub added: Vec<ItemId>,
    /// Ids that are not pinned any more.
    pub removed: Vec<ItemId>,
}

/// The result of a whole log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PinLog {
    /// What is pinned at the end.
    pub pins: IdSet,
    /// What any line named, damaged lines included, and is not pinned at the end.
    pub gone: IdSet,
    /// Beginnings of ids that were cut off in damaged lines.
    pub cut: BTreeSet<Box<str>>,
    /// The log-in block that the log names.
    pub block: Option<KeyName>,
    /// The channel that was last called the drive.
    pub drive: Option<ItemId>,
    /// The largest sensible date in ms. The server takes the last one, and so calls accounts inactive that are not.
    pub latest: Option<i64>,
    /// Whether the first command is RESET, as in the log of a team.
    pub begins_with_reset: bool,
    /// How many lines there are.
    pub lines: usize,
    /// What is odd, in the order of lines.
    pub findings: Vec<Finding>,
}

impl PinLog {
    /// Reads a log to its end. `now` is the time in ms; `heard` is told of each line that changed something, and of each that set the list
    /// as a whole.
    ///
    /// # Errors
    /// An error of the reader. A log that could not be read to its end is no log.
    pub fn read(from: impl BufRead, now: i64, mut heard: impl FnMut(Change)) -> io::Result<Self> {
        let mut reader = Reader {
            log: Self::default(),
            pins: BTreeSet::new(),
            named: BTreeSet::new(),
            now,
            before: None,
            offset: 0,
        };
        let mut lines = Lines::new(from);
        while let Some(line) = lines.step()? {
            reader.line(&line, &mut heard);
        }
        let Reader { mut log, pins, mut named, .. } = reader;
        named.retain(|id| !pins.contains(id));
        (log.pins, log.gone) = (pins.into(), named.into());
        Ok(log)
    }

    /// Every id that any line named, damaged lines included: what is pinned, then the others.
    pub fn named(&self) -> impl Iterator<Item = ItemId> + '_ {
        self.pins.iter().chain(self.gone.iter())
    }

    /// Whether any line named an id.
    pub fn has_named(&self, id: &ItemId) -> bool {
        self.pins.contains(id) || self.gone.contains(id)
    }

    /// Whether all that this log ever named must stay.
    pub fn is_doubtful(&self) -> bool {
        self.findings.iter().any(|finding| finding.what.is_doubt())
    }

    /// Whether this looks like the log of a team: it begins with RESET and names no block. Such a log gets no lines while its
    /// members are active, so its date says nothing.
    pub fn looks_like_team(&self) -> bool {
        self.begins_with_reset && self.block.is_none()
    }
}

struct Reader {
    log: PinLog,
    pins: BTreeSet<ItemId>,
    named: BTreeSet<ItemId>,
    now: i64,
    before: Option<i64>,
    offset: u64,
}

impl Reader {
    fn line(&mut self, line: &RawLine<'_>, heard: &mut impl FnMut(Change)) {
        (self.log.lines, self.offset) = (line.number, line.offset);
        let mut text = line.bytes;
        if let Some(rest) = text.strip_prefix(b"\xef\xbb\xbf".as_slice())
            && line.number == 1
        {
            self.find(Oddity::ByteOrderMark);
            text = rest;
        }
        if !line.ended {
            self.find(Oddity::Unterminated);
        }
        match raw::read(text) {
            Ok(Some(line)) => self.command(&line, heard),
            Ok(None) => {}
            Err(Unread { problem, date }) => {
                let what = match problem {
                    Problem::Parse => Oddity::NotJson,
                    Problem::Format => Oddity::NotAList,
                    Problem::Ids => Oddity::IdsNotAList,
                    Problem::Command => {
                        // The server takes the date of such a line all the same.
                        self.date(date);
                        Oddity::UnknownCommand
                    }
                };
                self.find(what);
                self.scan(text);
            }
        }
    }

    fn find(&mut self, what: Oddity) {
        self.log.findings.push(Finding { line: self.log.lines, offset: self.offset, what });
    }

    fn command(&mut self, line: &Line, heard: &mut impl FnMut(Change)) {
        if self.log.lines == 1 {
            self.log.begins_with_reset = line.command == Command::Reset;
        }
        let time = self.date(line.date);
        let named = line.ids.iter().filter_map(|text| match text.as_str() {
            Some(text) => self.id(Named::read(text), line.command),
            None => {
                self.find(Oddity::OddId);
                None
            }
        });
        let ids: BTreeSet<ItemId> = named.collect();
        self.named.extend(ids.iter().cloned());
        let change = self.apply(line.command, ids, time);
        if line.command == Command::Reset || !change.added.is_empty() || !change.removed.is_empty() {
            heard(change);
        }
    }

    fn apply(&mut self, command: Command, ids: BTreeSet<ItemId>, time: Option<i64>) -> Change {
        let (mut added, mut removed) = (Vec::new(), Vec::new());
        command.apply(&mut self.pins, ids, |id, came| {
            if came { added.push(id.clone()) } else { removed.push(id.clone()) }
        });
        // What an UNPIN took off before is not in the list any more, so whatever goes with a RESET goes unexplained.
        if command == Command::Reset && !removed.is_empty() {
            self.find(Oddity::UnexplainedShrink);
        }
        Change { line: self.log.lines, time, command, added, removed }
    }

    /// An id of a line, if it counts for its command. What names neither channel nor blob is not stored under a name that eviction
    /// could take.
    fn id(&mut self, named: Named<'_>, command: Command) -> Option<ItemId> {
        let id = named.id.parse().ok();
        let pins = command != Command::Unpin;
        match named.tag {
            Tag::Block if pins => self.log.block = named.id.parse().ok().or(self.log.block.take()),
            Tag::Drive if pins => self.log.drive.clone_from(&id),
            _ => {}
        }
        // The broadcast channel and keys are ids of the server too; eviction never looks at them.
        if id.is_none() && named.tag != Tag::Block && !matches!(named.id.len(), 33 | 44) {
            self.find(Oddity::OddId);
        }
        id.filter(|_| named.counts_for(command))
    }

    fn date(&mut self, date: Date) -> Option<i64> {
        let date = match date {
            Date::Missing => {
                self.find(Oddity::Undated);
                return None;
            }
            Date::Odd => None,
            Date::At(at) => i64::try_from(at.0).ok(),
        };
        // Ten digits are seconds: as ms they would be a day of 1970.
        let Some(date) = date.filter(|ms| *ms > 99_999_999_999) else {
            self.find(Oddity::OddDate);
            return None;
        };
        if date > self.now.saturating_add(TOLERANCE) {
            self.find(Oddity::Future);
        }
        if self.before.is_some_and(|before| date < before.saturating_sub(DAY)) {
            self.find(Oddity::Backwards);
        }
        self.before = Some(date);
        self.log.latest = self.log.latest.max(Some(date));
        Some(date)
    }

    /// Collects what can still be seen in damaged bytes: whole ids, and the beginnings of ids that were cut.
    fn scan(&mut self, bytes: &[u8]) {
        let mut start = 0;
        while let Some(rest) = bytes.get(start..).filter(|rest| !rest.is_empty()) {
            let run = rest.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
            let text = rest.get(..run).and_then(|run| std::str::from_utf8(run).ok()).unwrap_or("");
            if let Ok(id) = text.parse() {
                self.named.insert(id);
            } else if run > 0
                && start > 0
                && bytes.get(start - 1) == Some(&b'"')
                && rest.get(run) != Some(&b'"')
            {
                self.log.cut.insert(text.into());
            }
            start += run.max(1);
        }
    }
}

#[cfg(test)]
mod tests;
