//! The log in which a server keeps an account's pins (PROTOCOL.md 11.3): one JSON line per command,
//! `["PIN" | "UNPIN" | "RESET", [ids], ms]`.
//!
//! What a line means is said here and nowhere else. `pinfold-datadir` reads files and applies their lines through these
//! rules, and so does each server of the tests. Product code of a client never reads such a log.

use std::collections::BTreeSet;

use crate::json::{self, Text, Value};
use crate::ports::UnixMillis;

/// The first word of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Command {
    /// Adds to the list.
    Pin,
    /// Takes from the list.
    Unpin,
    /// Replaces the list.
    Reset,
}

impl Command {
    /// The command of that name.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "PIN" => Some(Self::Pin),
            "UNPIN" => Some(Self::Unpin),
            "RESET" => Some(Self::Reset),
            _ => None,
        }
    }

    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pin => "PIN",
            Self::Unpin => "UNPIN",
            Self::Reset => "RESET",
        }
    }

    /// Carries the command out on a list. `heard` is told of each id that came (`true`) or went (`false`).
    pub fn apply<I: Ord>(self, list: &mut BTreeSet<I>, ids: BTreeSet<I>, mut heard: impl FnMut(&I, bool)) {
        match self {
            Self::Pin => {
                for id in ids {
                    if !list.contains(&id) {
                        heard(&id, true);
                        list.insert(id);
                    }
                }
            }
            Self::Unpin => ids.iter().filter(|id| list.remove(*id)).for_each(|id| heard(id, false)),
            Self::Reset => {
                ids.difference(list).for_each(|id| heard(id, true));
                list.difference(&ids).for_each(|id| heard(id, false));
                *list = ids;
            }
        }
    }
}

/// An id as a line writes it, without its tag, and what the tag said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Named<'a> {
    /// The id alone.
    pub id: &'a str,
    /// What stood behind the first `#`.
    pub tag: Tag,
}

/// What stands behind the first `#` of an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tag {
    /// Nothing that a server knows: the id is pinned.
    None,
    /// `drive`: the id is pinned, and is the account's drive.
    Drive,
    /// `block`: the id is the account's log-in block, and is not pinned.
    Block,
}

impl<'a> Named<'a> {
    /// Reads an id with or without a tag.
    pub fn read(text: &'a str) -> Self {
        let (id, tag) = text.split_once('#').unwrap_or((text, ""));
        let tag = match tag {
            "drive" => Tag::Drive,
            "block" => Tag::Block,
            _ => Tag::None,
        };
        Self { id, tag }
    }

    /// Whether a line with this command puts the id on the list, or takes it off. An UNPIN takes the id off, whatever its tag.
    pub fn counts_for(&self, command: Command) -> bool {
        !self.id.is_empty() && (command == Command::Unpin || self.tag != Tag::Block)
    }
}

/// The third element of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Date {
    /// There is none, as in old logs.
    Missing,
    /// Something else than a number of milliseconds.
    Odd,
    /// Milliseconds since 1970.
    At(UnixMillis),
}

impl Date {
    fn read(items: &[Value]) -> Self {
        match items.get(2) {
            None => Self::Missing,
            Some(value) => {
                value.as_u64().filter(|ms| *ms > 0).map_or(Self::Odd, |ms| Self::At(UnixMillis(ms)))
            }
        }
    }
}

/// A line that can be read.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// What it does.
    pub command: Command,
    /// The ids, as they are written. What is no text is left out.
    pub ids: Vec<Text>,
    /// When it was written.
    pub date: Date,
}

/// A line that cannot be read. It changes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unread {
    /// What is wrong with it.
    pub problem: Problem,
    /// The date of a line with an unknown command counts all the same.
    pub date: Date,
}

/// Why a line cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Problem {
    /// Not JSON.
    Parse,
    /// Not a list.
    Format,
    /// A list that begins with another word.
    Command,
    /// The second element is not a list. Of such a line the real server's readers die; here it is damage, and neither
    /// empties the list nor hides.
    Ids,
}

impl Problem {
    /// The name under which the server logs it; the last one is ours.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Parse => "PIN_LINE_PARSE_ERROR",
            Self::Format => "PIN_LINE_NOT_FORMAT_ERROR",
            Self::Command => "PIN_LINE_UNSUPPORTED_COMMAND",
            Self::Ids => "PIN_LINE_WITHOUT_IDS",
        }
    }
}

impl Line {
    /// Reads one line, without its line break. Nothing for a blank one.
    ///
    /// # Errors
    /// [`Unread`], with what is wrong.
    pub fn read(text: &str) -> Result<Option<Self>, Unread> {
        if text.bytes().all(|byte| byte.is_ascii_whitespace()) {
            return Ok(None);
        }
        let undated = |problem| Unread { problem, date: Date::Missing };
        let value = json::parse(text).map_err(|_| undated(Problem::Parse))?;
        let items = value.as_array().ok_or(undated(Problem::Format))?;
        let date = Date::read(items);
        let command = items.first().and_then(Value::as_str).and_then(Command::named);
        let command = command.ok_or(Unread { problem: Problem::Command, date })?;
        let ids = items.get(1).and_then(Value::as_array).ok_or(undated(Problem::Ids))?;
        Ok(Some(Self { command, ids: ids.iter().filter_map(Value::as_text).cloned().collect(), date }))
    }

    /// The ids with their tags. One with a lone surrogate has none.
    pub fn named(&self) -> impl Iterator<Item = Named<'_>> {
        self.ids.iter().filter_map(Text::as_str).map(Named::read)
    }
}

/// What a pin log amounts to.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PinLog {
    /// The pinned ids without tags, in code-unit order.
    pub pins: BTreeSet<Text>,
    /// The id that was last pinned with the tag `drive`.
    pub drive: Option<Text>,
    /// The id that was last named with the tag `block`. It is no pin.
    pub block: Option<Text>,
    /// The date of the first dated line; 0 without any.
    pub first: UnixMillis,
    /// The date of the last dated line, also where an earlier one is later: so does the server. 0 without any.
    pub latest: UnixMillis,
    /// How many lines were read, an unfinished last one included.
    pub lines: usize,
    /// How many lines up to the last `RESET`: all but one of them could be dropped without loss.
    pub surplus: usize,
    /// Whether the log begins with `PIN`, as only those of people do.
    begins_with_pin: bool,
    /// Lines that were skipped.
    pub problems: Vec<Problem>,
}

impl PinLog {
    /// Reads a whole log.
    pub fn read(log: &str) -> Self {
        let mut state = Self::default();
        log.split('\n').for_each(|line| state.line(Line::read(line)));
        state
    }

    /// Whether the log is a person's: it begins with `PIN` or names a block. Those of teams do neither.
    pub fn looks_like_user(&self) -> bool {
        self.begins_with_pin || self.block.is_some()
    }

    /// Takes in the next line, as it was read.
    pub fn line(&mut self, read: Result<Option<Line>, Unread>) {
        self.lines += 1;
        match read {
            Ok(Some(line)) => self.apply(&line),
            Ok(None) => {}
            Err(Unread { problem, date }) => {
                self.date(date);
                self.problems.push(problem);
            }
        }
    }

    fn apply(&mut self, line: &Line) {
        self.date(line.date);
        match line.command {
            Command::Reset => self.surplus = self.lines,
            Command::Pin => self.begins_with_pin |= self.lines == 1,
            Command::Unpin => {}
        }
        let mut ids = BTreeSet::new();
        for text in &line.ids {
            let Some(named) = text.as_str().map(Named::read) else {
                // Nothing to split: a tag is text.
                ids.insert(text.clone());
                continue;
            };
            if named.counts_for(line.command) {
                ids.insert(named.id.into());
            }
            match named.tag {
                _ if line.command == Command::Unpin => {}
                Tag::Drive => self.drive = Some(named.id.into()),
                Tag::Block => self.block = Some(named.id.into()),
                Tag::None => {}
            }
        }
        line.command.apply(&mut self.pins, ids, |_, _| ());
    }

    fn date(&mut self, date: Date) {
        if let Date::At(date) = date {
            self.first = if self.first == UnixMillis(0) { date } else { self.first };
            self.latest = date;
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
        assert_eq!((state.first, state.latest), (UnixMillis(5), UnixMillis(5)));
    }

    /// As the server counts: the last date, also one of a line with an unknown command, and not the largest.
    #[test]
    fn the_last_date_counts() {
        let state = PinLog::read("[\"PIN\",[],9]\n[\"PIN\",[],5]\n[\"TRIM\",[],7]\n");
        assert_eq!(
            (state.first, state.latest, state.problems),
            (UnixMillis(9), UnixMillis(7), vec![Problem::Command])
        );
    }

    /// A RESET that lost its list must not empty what is pinned, and must not pass unseen.
    #[test]
    fn a_line_without_a_list_changes_nothing_and_is_told() {
        for line in ["[\"RESET\"]", "[\"RESET\",null,5]", "[\"UNPIN\",{\"0\":\"a\"},5]", "[\"PIN\",\"b\"]"] {
            let state = PinLog::read(&format!("[\"PIN\",[\"a\"],1]\n{line}\n"));
            assert_eq!(state.pins, BTreeSet::from(["a".into()]), "{line}");
            assert_eq!((state.problems, state.latest), (vec![Problem::Ids], UnixMillis(1)), "{line}");
        }
    }

    #[test]
    fn an_unpin_takes_off_the_bare_id_and_names_neither_drive_nor_block() {
        let state =
            PinLog::read("[\"PIN\",[\"a#drive\",\"b\",\"c\"]]\n[\"UNPIN\",[\"b#drive\",\"c#block\"]]\n");
        assert_eq!(state.pins, BTreeSet::from(["a".into()]));
        assert_eq!((state.drive, state.block), (Some("a".into()), None));
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

        /// All changes that were reported, taken together, give the list.
        #[test]
        fn what_is_heard_is_what_changed(steps in proptest::collection::vec((0_usize..3, proptest::collection::btree_set(0_u8..6, 0..5)), 0..8)) {
            let (mut list, mut told) = (BTreeSet::new(), BTreeSet::new());
            for (which, ids) in steps {
                let command = [Command::Pin, Command::Unpin, Command::Reset][which];
                command.apply(&mut list, ids, |id, came| {
                    assert!(if came { told.insert(*id) } else { told.remove(id) });
                });
                prop_assert_eq!(&list, &told);
            }
        }
    }
}
