//! The states of one document, line by line: who wrote when, and how the document was afterwards.

use pinfold_core::chainpad::checkpoint::strip_prefix;
use pinfold_core::chainpad::{Chain, Mode, Step};
use pinfold_core::crypto::Scratch;
use pinfold_core::crypto::message::MessageKeys;
use pinfold_core::encoding::decode_hex;
use pinfold_core::json::Value;

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
    /// The document is another one now.
    Changed,
    /// The document is as before.
    Same,
    /// The line did not open, or is no message.
    Unread,
}

/// Where a history begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Beginning {
    /// No line was read.
    Nothing,
    /// With the first message that the channel ever had: what it does not show was never there.
    Whole,
    /// With a checkpoint: the owner shortened the log. What was there before its first line cannot be told.
    Trimmed,
}

/// Reads a channel's lines from the first to the last, and holds the document as it is after each.
pub struct History {
    keys: MessageKeys,
    chain: Chain,
    scratch: Scratch,
    lines: usize,
    adopted: bool,
    unread: usize,
    first: Option<Moment>,
    last: Option<Moment>,
    document: Option<Value>,
}

impl History {
    /// Of a drive, a team or a shared folder.
    pub fn new(keys: MessageKeys) -> Self {
        Self::in_mode(keys, Mode::ListMap)
    }

    /// Of a document of another kind.
    pub fn in_mode(keys: MessageKeys, mode: Mode) -> Self {
        let scratch = Scratch::default();
        let chain = Chain::new(mode);
        Self {
            keys,
            chain,
            scratch,
            lines: 0,
            adopted: false,
            unread: 0,
            first: None,
            last: None,
            document: None,
        }
    }

    /// Takes the next line in. What does not open changes nothing, as for every reader.
    pub fn line(&mut self, line: Line<'_>) -> (Moment, Read) {
        let author = line.author.and_then(Author::parse);
        let moment = Moment { line: self.lines, time: line.time, author };
        self.lines += 1;
        self.first.get_or_insert(moment);
        self.last = Some(moment);
        let opened = self.keys.open_with(strip_prefix(line.message).0, &mut self.scratch);
        let step = opened.ok().map(|plain| self.chain.push(plain));
        let read = match step {
            None | Some(Step::Malformed(_)) => Read::Unread,
            Some(Step::Applied | Step::Adopted) => self.look(),
            Some(_) => Read::Same,
        };
        self.adopted |= step == Some(Step::Adopted);
        self.unread += usize::from(read == Read::Unread);
        (moment, read)
    }

    fn look(&mut self) -> Read {
        // Where the text is no JSON, the document stays what it was last.
        let Ok(document) = self.chain.to_json() else { return Read::Same };
        if self.document.as_ref() == Some(&document) {
            return Read::Same;
        }
        self.document = Some(document);
        Read::Changed
    }

    /// The document after the last line; `None` before the first change.
    pub fn document(&self) -> Option<&Value> {
        self.document.as_ref()
    }

    /// The number of lines so far.
    pub fn lines(&self) -> usize {
        self.lines
    }

    /// How many lines said nothing that can be understood.
    pub fn unread(&self) -> usize {
        self.unread
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
