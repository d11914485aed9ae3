//! A whole history, read once from beginning to end: a log like the others, which holds one page and hands it on.
//!
//! The server sends all of it in answer to one request, line by line, because each further request costs it a reading of
//! the file. [`WholeReader::take_page`] is asked after each input, so that no more is held than one page, and one line if
//! that is larger.

use super::{Ask, At, Input, Line, Log, Machine, Manner, Next, Page, Trouble, TxPair};
use crate::ids::{ChannelId, MessageHash};

/// The most messages of a page.
const LINES: usize = 512;
/// The most bytes of a page, and one message more.
const BYTES: usize = 1 << 20;

/// Reads a whole history, or what is new of it since a message that is known.
#[derive(Debug)]
pub struct WholeReader {
    channel: ChannelId,
    machine: Machine,
    pages: Pages,
}

/// Some messages of a history, in order.
#[derive(Debug, PartialEq, Eq)]
pub struct Part {
    /// The messages.
    pub page: Page,
    /// Whether the history begins with them: what was taken before, in this reading or an earlier one, does not count.
    pub first: bool,
}

#[derive(Debug)]
struct Pages {
    /// The last message that is known, where only what came after it is wanted.
    known: Option<MessageHash>,
    page: Page,
    first: bool,
    /// How many messages came since the history began.
    lines: usize,
    complete: bool,
}

impl WholeReader {
    /// A reader of all messages of a channel, and its first questions. With `known`, only of those behind that message; if
    /// the server does not know it any longer, of all of them.
    pub fn open(channel: ChannelId, known: Option<MessageHash>, txids: &TxPair) -> (Self, Vec<Ask>) {
        let (mut machine, asks) = Machine::open(Manner::Outside, txids);
        machine.ask_by_range();
        let pages = Pages { first: known.is_none(), known, page: Page::default(), lines: 0, complete: false };
        (Self { channel, machine, pages }, asks)
    }

    /// Where it reads.
    pub fn channel(&self) -> &ChannelId {
        &self.channel
    }

    /// Takes one input in; what it makes necessary comes back.
    pub fn handle(&mut self, input: Input<'_>) -> Option<Ask> {
        self.machine.handle(input, &mut self.pages)
    }

    /// Whether an input is an answer to what it asked.
    pub fn is_answer(&self, input: &Input<'_>) -> bool {
        self.machine.is_answer(input)
    }

    /// How many bytes are held.
    pub const fn waiting_bytes(&self) -> usize {
        self.pages.page.bytes()
    }

    /// The messages that are held, once they fill a page or the history is complete.
    pub fn take_page(&mut self) -> Option<Part> {
        let Pages { page, first, complete, .. } = &mut self.pages;
        let full = page.lines().len() >= LINES || page.bytes() >= BYTES;
        if page.lines().is_empty() || !(full || *complete) || self.machine.trouble().is_some() {
            return None;
        }
        Some(Part { page: std::mem::take(page), first: std::mem::take(first) })
    }

    /// Whether the server has sent all of it. None before that: a part is never the whole.
    ///
    /// # Errors
    /// Why the history is not read.
    pub fn outcome(&self) -> Option<Result<Whole, Trouble>> {
        match self.machine.trouble() {
            Some(trouble) => Some(Err(trouble.clone())),
            None => (self.machine.at() == At::Live).then_some(Ok(Whole { lines: self.pages.lines })),
        }
    }
}

/// A history that the server sent to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Whole {
    lines: usize,
}

impl Whole {
    /// How many messages came in this reading.
    pub const fn lines(&self) -> usize {
        self.lines
    }
}

impl Pages {
    fn put(&mut self, line: Line<'_>) -> Next {
        self.page.push(line);
        self.lines += 1;
        Next::GoOn
    }
}

impl Log for Pages {
    fn begins_at(&mut self) -> Option<MessageHash> {
        self.known.clone()
    }

    fn take(&mut self, line: Line<'_>) -> Next {
        self.put(line)
    }

    /// It is not in the channel.
    fn early(&mut self, _line: Line<'_>) {}

    fn live(&mut self, _line: Line<'_>) -> Next {
        Next::GoOn
    }

    fn end(&mut self, _created: bool) -> Result<(), Trouble> {
        // A server that has nothing stored says the same as one that has lost its log.
        if self.lines == 0 && self.known.is_none() {
            return Err(Trouble::Absent { reason: None });
        }
        self.complete = true;
        Ok(())
    }

    fn begin_anew(&mut self) {
        *self = Self { known: None, page: Page::default(), first: true, lines: 0, complete: false };
    }

    fn lost(&mut self, _whole: bool) -> bool {
        false
    }
}
