//! A channel that is read and followed, whatever it is read for.

mod calls;
mod following;
mod readers;
mod trouble;

use core::time::Duration;

use crate::channel;
use crate::channel::Progress;
use crate::compact::SortedMap;
use crate::ids::{ChannelId, MessageHash};
use crate::json::Text;
use crate::net::document::DocumentReader;
use crate::ports::{Due, UnixMillis};
use crate::session::scope::Scope;

/// How many folders are read at a time.
pub(super) const IN_FLIGHT: usize = 8;

/// The channels that are read, and what each drive needs of them.
#[derive(Debug, Default)]
pub(super) struct Readers {
    each: SortedMap<ChannelId, Box<Reading>>,
    /// Those that could not be read, or leave a doubt.
    troubled: SortedMap<ChannelId, Trouble>,
    /// What each drive that was loaded needs followed.
    followed: SortedMap<Scope, Vec<ChannelId>>,
    /// Names the state of the followed documents; a pin set remembers the one it was computed from. Begins
    /// anywhere on each connection, because between two connections documents change unseen, and counts
    /// the changes from there.
    version: u64,
}

/// A channel being read or followed.
#[derive(Debug)]
struct Reading {
    reader: DocumentReader,
    /// The messages that came, and their bytes, of a document of which it is not known yet where it was looked at before.
    raw: Option<(Vec<String>, usize)>,
    /// Who wrote the messages that came.
    lines: Vec<Line>,
    due: Due,
    /// IS_NEW_CHANNEL could not be asked before the history keeper was known.
    waits_for_keeper: bool,
}

impl Reading {
    fn deadline(&self) -> Option<UnixMillis> {
        self.pending().then_some(self.due.at())
    }

    /// The connection is gone. Whether this can go on from where it was.
    fn suspend(&mut self) -> bool {
        self.waits_for_keeper = false;
        self.reader.suspend()
    }

    /// Whether an answer is outstanding.
    fn pending(&self) -> bool {
        matches!(self.reader.progress(), Progress::Opening | Progress::Loading)
    }
}

/// The most lines of a channel, the last ones, whose authors are remembered; and the most authors.
pub(super) const LINES: usize = 4096;

/// The most bytes of the account document's messages that are read a second time.
const RAW: usize = 8 << 20;

/// Who wrote a line, and when, as the server says.
#[derive(Debug)]
pub(super) struct Line {
    message: MessageHash,
    author: Option<Text>,
    time: Option<UnixMillis>,
    /// Its number among those that were taken in; `None` where that is not known.
    number: Option<usize>,
}

impl Line {
    #[cfg(feature = "recovery")]
    pub(super) const fn message(&self) -> &MessageHash {
        &self.message
    }

    pub(super) const fn author(&self) -> Option<&Text> {
        self.author.as_ref()
    }

    pub(super) const fn time(&self) -> Option<UnixMillis> {
        self.time
    }
}

impl Reading {
    /// A message of the channel came. `number` is the one that the next message had before it.
    fn note_line(&mut self, line: channel::Line<'_>, number: usize) {
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

/// What is remembered of a document that could not be read, or is in doubt.
#[derive(Debug, Default)]
struct Trouble {
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
const LONGEST: Duration = Duration::from_secs(3600);
