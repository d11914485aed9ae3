//! The states of one document, line by line: who wrote when, and how the document was afterwards.
//!
//! What is held is the document, its text before the last line, and the messages since the second last checkpoint. The
//! document is parsed only when somebody asks for it: a [`Timeline`](crate::Timeline) reads what is different in the text.

use std::borrow::Cow;
use std::cell::OnceCell;

use pinfold_core::chainpad::checkpoint::strip_prefix;
use pinfold_core::chainpad::{Chain, Mode, Step};
use pinfold_core::crypto::Scratch;
use pinfold_core::crypto::message::MessageKeys;
use pinfold_core::encoding::decode_hex;
use pinfold_core::json::{Text, Value, validate_utf16};
use pinfold_core::names::names;

/// One stored line of a channel, as the server keeps it and sends it.
#[derive(Debug, Clone, Copy)]
pub struct Line<'l> {
    /// The message, with the prefix of a checkpoint if it has one.
    pub message: &'l str,
    /// When the server stored it, in milliseconds since the epoch. Nobody signs it.
    pub time: Option<u64>,
    /// The connection that wrote it: 32 hexadecimal digits.
    pub author: Option<&'l str>,
}

/// Who wrote: one connection. The channels that one session writes carry the same author, so that documents can be
/// joined by it. A person has many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Author([u8; 16]);

impl Author {
    /// Reads the 32 hexadecimal digits of a line.
    pub fn parse(text: &str) -> Option<Self> {
        decode_hex(text)?.try_into().ok().map(Self)
    }
}

impl std::fmt::Display for Author {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// A line's place, time and author.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment {
    /// The number of the line; the first is 0.
    pub line: usize,
    /// The server's time, in milliseconds since the epoch. After a change of its clock, later lines may have earlier times.
    pub time: Option<u64>,
    /// Who wrote it.
    pub author: Option<Author>,
}

impl Moment {
    /// How far two moments are apart, in milliseconds, if both have a time.
    pub fn apart(&self, other: &Self) -> Option<u64> {
        Some(self.time?.abs_diff(other.time?))
    }
}

/// What a line did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Read {
    /// The document's text is another one now.
    Changed,
    /// The text is as before.
    Same,
    /// The line did not open, or is no message.
    Unread,
}

names! {
    /// Where a history begins.
    Beginning as HistoryBeginning, "Where a history begins.":
    /// No line was read.
    Nothing = "nothing",
    /// With the first message that the channel ever had: what it does not show was never there.
    Whole = "whole",
    /// With a checkpoint: the owner shortened the log. What was there before its first line cannot be told.
    Trimmed = "trimmed",
}

/// Reads a channel's lines from the first to the last, and holds the document as it is after each.
pub struct History {
    keys: MessageKeys,
    mode: Mode,
    chain: Chain,
    scratch: Scratch,
    lines: usize,
    bytes: u64,
    adopted: bool,
    unread: usize,
    holes: usize,
    first: Option<Moment>,
    last: Option<Moment>,
    /// The text before the last line.
    before: Vec<u16>,
    /// Whether the last line changed it, to what the chain holds.
    changed: bool,
    is_shown: bool,
    document: OnceCell<Option<Value>>,
}

impl History {
    /// Of a drive, a team or a shared folder.
    pub fn new(keys: MessageKeys) -> Self {
        Self::in_mode(keys, Mode::ListMap)
    }

    /// Of a document of another kind.
    pub fn in_mode(keys: MessageKeys, mode: Mode) -> Self {
        Self {
            keys,
            mode,
            chain: Chain::new(mode),
            scratch: Scratch::default(),
            lines: 0,
            bytes: 0,
            adopted: false,
            unread: 0,
            holes: 0,
            first: None,
            last: None,
            before: Vec::new(),
            changed: false,
            is_shown: false,
            document: OnceCell::new(),
        }
    }

    /// Takes the next line in. What does not open changes nothing, as for every reader.
    pub fn line(&mut self, line: Line<'_>) -> (Moment, Read) {
        let author = line.author.and_then(Author::parse);
        let moment = Moment { line: self.lines, time: line.time, author };
        self.lines += 1;
        self.bytes += line.message.len() as u64;
        if std::mem::take(&mut self.changed) {
            self.before.clear();
            self.before.extend_from_slice(&self.chain.document());
        }
        self.first.get_or_insert(moment);
        self.last = Some(moment);
        let opened = self.keys.open_with(strip_prefix(line.message).0, &mut self.scratch);
        let step = opened.ok().map(|plain| self.chain.push(plain));
        let read = match step {
            None | Some(Step::Malformed(_)) => Read::Unread,
            Some(Step::Applied | Step::Adopted) => self.look(),
            Some(_) => Read::Same,
        };
        self.holes += usize::from(step == Some(Step::Stray { beyond_gap: true }));
        self.adopted |= step == Some(Step::Adopted);
        self.unread += usize::from(read == Read::Unread);
        (moment, read)
    }

    /// Lets go of what only the next line but one would need.
    pub(crate) fn rest(&mut self) {
        if self.changed || self.before == *self.chain.document() {
            (self.before, self.changed) = (Vec::new(), self.is_shown);
        }
        (self.document, self.scratch) = (OnceCell::new(), Scratch::default());
    }

    fn look(&mut self) -> Read {
        if self.is_shown && *self.chain.document() == *self.before || !self.is_json() {
            return Read::Same;
        }
        (self.changed, self.is_shown) = (true, true);
        self.document = OnceCell::new();
        Read::Changed
    }

    /// Whether the chain is at a document: where it is not, the document stays what it was last.
    fn is_json(&self) -> bool {
        let text = self.chain.document();
        let was_checked = self.mode != Mode::Text && self.chain.can_be_followed() && !text.is_empty();
        was_checked || validate_utf16(&text)
    }

    /// The text before the last line, and after it: the same, where that line changed nothing.
    pub fn texts(&self) -> (&[u16], Cow<'_, [u16]>) {
        (&self.before, if self.changed { self.chain.document() } else { (&self.before).into() })
    }

    /// The document after the last line; `None` before the first change. It is parsed at the first call after a change.
    pub fn document(&self) -> Option<&Value> {
        let parsed = || Value::parse_text(&Text::from_utf16(&self.texts().1)).ok();
        self.document.get_or_init(|| self.is_shown.then(parsed).flatten()).as_ref()
    }

    /// How long the lines were so far, in bytes.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The number of lines so far.
    pub fn lines(&self) -> usize {
        self.lines
    }

    /// How many lines said nothing that can be understood.
    pub fn unread(&self) -> usize {
        self.unread
    }

    /// How many lines hang on a line that is not there: the log has a hole, and what came after it is not known.
    pub fn holes(&self) -> usize {
        self.holes
    }

    /// The first line's place, time and author.
    pub fn first(&self) -> Option<Moment> {
        self.first
    }

    /// The last line's place, time and author.
    pub fn last(&self) -> Option<Moment> {
        self.last
    }

    /// Where the history begins. A log whose first message is missing counts as shortened: nothing is claimed of the
    /// time before.
    pub fn begins(&self) -> Beginning {
        match self.lines {
            0 => Beginning::Nothing,
            _ if self.adopted || self.chain.initial_pending() => Beginning::Trimmed,
            _ => Beginning::Whole,
        }
    }
}

/// Nothing of the document, which holds keys.
impl std::fmt::Debug for History {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("History")
            .field("lines", &self.lines)
            .field("unread", &self.unread)
            .finish_non_exhaustive()
    }
}
