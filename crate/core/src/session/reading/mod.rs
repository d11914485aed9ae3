//! A channel that is read and followed, whatever it is read for.

mod calls;
mod following;
mod trouble;

use core::time::Duration;

use crate::channel;
use crate::channel::Progress;
use crate::ids::MessageHash;
use crate::json::Text;
use crate::net::document::DocumentReader;
use crate::ports::{Due, UnixMillis};

/// How many folders are read at a time.
pub(super) const IN_FLIGHT: usize = 8;

/// A channel being read or followed.
#[derive(Debug)]
pub(super) struct Reading {
    pub(super) reader: DocumentReader,
    /// The messages that came, and their bytes, of a document of which it is not known yet where it was looked at before.
    pub(super) raw: Option<(Vec<String>, usize)>,
    /// Who wrote the messages that came.
    pub(super) lines: Vec<Line>,
    pub(super) due: Due,
    /// IS_NEW_CHANNEL could not be asked before the history keeper was known.
    waits_for_keeper: bool,
}

impl Reading {
    pub(super) fn deadline(&self) -> Option<UnixMillis> {
        self.pending().then_some(self.due.at())
    }

    /// The connection is gone. Whether this can go on from where it was.
    pub(super) fn suspend(&mut self) -> bool {
        self.waits_for_keeper = false;
        self.reader.suspend()
    }

    /// "Is it new?" is asked once the history keeper is known.
    pub(super) fn wait_for_keeper(&mut self) {
        self.waits_for_keeper = true;
    }

    /// Whether an answer is outstanding.
    fn pending(&self) -> bool {
        matches!(self.reader.progress(), Progress::Opening | Progress::Loading)
    }
}

/// Of so many lines of a channel, the last, it is known who wrote them, and of so many authors.
pub(super) const LINES: usize = 4096;

/// The most bytes of the account document's messages that are read a second time.
const RAW: usize = 8 << 20;

/// Who wrote a line, and when, as the server says.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) message: MessageHash,
    pub(super) author: Option<Text>,
    pub(super) time: Option<UnixMillis>,
    /// Its number among those that were taken in; `None` where that is not known.
    pub(super) number: Option<usize>,
}

impl Reading {
    /// A message of the channel came. `number` is the one that the next message had before it.
    pub(super) fn note_line(&mut self, line: channel::Line<'_>, number: usize) {
        if self.reader.stays_out() {
            return;
        }
        if let Some((raw, bytes)) = &mut self.raw {
            raw.push(line.text.to_owned());
            *bytes += line.text.len();
        }
        self.raw.take_if(|(_, bytes)| *bytes > RAW);
        let Some(message) = MessageHash::of(line.text) else { return };
        // A checkpoint may have been checked by nobody.
        let author = line.author.map(Text::from).filter(|_| !message.as_str().starts_with("cp|"));
        let number = (self.reader.next_number() == number + 1).then_some(number);
        if self.lines.len() >= 2 * LINES {
            self.lines.drain(..LINES);
        }
        self.lines.push(Line { message, author, time: line.time, number });
    }
}

/// What is remembered of such a document.
#[derive(Debug, Default)]
pub(super) struct Trouble {
    /// How often it was tried again.
    tries: u32,
    last: UnixMillis,
    due: Option<UnixMillis>,
}

impl Trouble {
    fn rest(&self, doubt: bool) -> Duration {
        match self.tries {
            0 if doubt => DOUBT,
            tries => (AGAIN * (1 << tries.min(8))).min(LONGEST),
        }
    }
}

/// The first rest before a document that is followed is read again: often what is missing was on its way.
const DOUBT: Duration = Duration::from_secs(5);

/// The first rest before one that could not be read. Each further one is twice as long.
const AGAIN: Duration = Duration::from_secs(60);

/// The longest rest.
pub(super) const LONGEST: Duration = Duration::from_secs(3600);
