//! Single questions of the host about what the server has: whether a channel is there, its newest message, which list of
//! pins it keeps; and the one thing that is written, a report for the operator. Each has a ticket of its own. Few are asked at a time, and the host asks the next.

mod asking;
mod calls;

use core::time::Duration;

use crate::channel::StoredLine;
use crate::compact::SortedMap;
use crate::ids::ChannelId;
use crate::ports::{Delay, Due, UnixMillis};
use crate::session::effect::{Answer, Ticket};

/// The most questions that wait for an answer at a time.
pub const AT_ONCE: usize = 16;

/// A question that waits for its answer.
#[derive(Debug)]
struct Open {
    under: Under,
    due: Due,
}

/// How its answer is known.
#[derive(Debug)]
enum Under {
    /// By the number of a request for stored messages. The newest that came so far, and how many did.
    Range(u64, Option<StoredLine>),
    /// By the transaction id of an anonymous call.
    Exists(String),
    Size(String),
    Why(String),
    /// The same: a report that is written.
    Written(String),
    /// By the channel: the list of members ends with this connection.
    Members(Members),
    /// By its ticket: the purpose of a signed call.
    Signed,
}

/// Who is in a channel.
#[derive(Debug)]
struct Members {
    channel: ChannelId,
    /// How many others were told so far.
    others: usize,
    /// Whether the session is in only to ask.
    leaves: bool,
}

/// The most characters of a placeholder that are told.
const MOST_WORDS: usize = 64;

/// What GET_METADATA says with an error about something that is not there: the word of its placeholder (PROTOCOL.md 11.1). `None` for an error of
/// the server's own, which says nothing.
fn why(word: &str) -> Option<Answer> {
    let is_own = word.starts_with("INVALID_") || word == "SERVER_ERROR";
    (!is_own).then(|| Answer::Why(Some(word.chars().take(MOST_WORDS).collect())))
}

impl Under {
    fn is_of_members(&self, channel: &ChannelId) -> bool {
        matches!(self, Self::Members(members) if members.channel == *channel)
    }

    /// Whether it waits for the answer to the anonymous call of this transaction id.
    fn is_called(&self, txid: &str) -> bool {
        match self {
            Self::Exists(own) | Self::Size(own) | Self::Why(own) | Self::Written(own) => own == txid,
            Self::Range(..) | Self::Members(..) | Self::Signed => false,
        }
    }
}

/// Those that wait.
#[derive(Debug, Default)]
pub(super) struct Questions {
    open: SortedMap<Ticket, Open>,
}

impl Questions {
    /// Whether no answer of the server is awaited.
    pub(super) fn are_idle(&self) -> bool {
        self.open.is_empty()
    }

    /// Whether something that is to be written is on its way.
    pub(super) fn writes(&self) -> bool {
        self.open.values().any(|open| matches!(open.under, Under::Written(_)))
    }

    pub(super) fn deadline(&self) -> Option<UnixMillis> {
        self.open.values().map(|open| open.due.at()).min()
    }

    /// Part of a frame came.
    pub(super) fn put_off(&mut self, delay: Delay, progress: Duration) {
        self.open.values_mut().for_each(|open| open.due.put_off(delay, progress));
    }

    fn find(&self, wanted: impl Fn(&Under) -> bool) -> Option<Ticket> {
        self.open.iter().find(|(_, open)| wanted(&open.under)).map(|(ticket, _)| *ticket)
    }
}
