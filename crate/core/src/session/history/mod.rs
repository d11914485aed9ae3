//! Histories that are read once, line by line: whatever the channel, also one that no drive names any longer.
//!
//! Each is read without JOIN, so that nobody sees it and nothing can be created. What has come waits for no more than a
//! page: it is handed on as [`Effect::History`](crate::session::effect::Effect::History).

mod calls;
mod reading;

use core::time::Duration;

use crate::channel::TxPair;
use crate::channel::whole::WholeReader;
use crate::compact::SortedMap;
use crate::ids::{ChannelId, MessageHash};
use crate::ports::{Delay, Due, UnixMillis};
use crate::session::effect::{Position, Ticket};

/// Whose history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Of {
    /// Of the account document, with the user's own drive.
    Account,
    /// Of the drive of a team, by the team's key in the account document.
    Team(String),
    /// Of any channel: that of a shared folder, or of one whose entry is gone.
    Channel(ChannelId),
}

/// The most histories that are read at a time.
pub const AT_ONCE: usize = 8;
/// The most lines and bytes of one reading. Whoever sends more never ends.
const LINES: u64 = 1 << 24;
const BYTES: u64 = 1 << 32;

/// A history that is being read.
#[derive(Debug)]
struct History {
    reader: WholeReader,
    txids: TxPair,
    due: Due,
    /// Where it is.
    position: Option<Position>,
    /// The line that the next page begins with.
    from: u64,
    lines: u64,
    bytes: u64,
    shortened: Option<bool>,
    /// The newest line that was known of the channel when the history was asked for, and whether it came, or was known before.
    newest: Option<MessageHash>,
    met: bool,
}

/// Those that are being read.
#[derive(Debug, Default)]
pub(super) struct Histories {
    running: SortedMap<Ticket, Box<History>>,
}

impl Histories {
    /// Whether no answer of the server is awaited.
    pub(super) fn are_idle(&self) -> bool {
        self.running.is_empty()
    }

    pub(super) fn deadline(&self) -> Option<UnixMillis> {
        self.running.values().map(|history| history.due.at()).min()
    }

    /// Part of a frame came.
    pub(super) fn put_off(&mut self, delay: Delay, progress: Duration) {
        self.running.values_mut().for_each(|history| history.due.put_off(delay, progress));
    }

    /// How many bytes wait for their page to be full.
    pub(super) fn bytes(&self) -> usize {
        self.running.values().map(|history| history.reader.waiting_bytes()).sum()
    }
}
