//! The result of a channel's lines: a document, the members of a team, letters, a whole history.

use super::Line;
use crate::ids::MessageHash;
use crate::ports::UnixMillis;

/// Where the machine is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum At {
    /// Nothing of the history was asked for yet.
    Opening,
    /// The history is coming.
    Reading,
    /// The log is complete and followed.
    Live,
    /// The connection is gone.
    Suspended,
    /// It will not be read.
    Ended,
}

/// What a line makes necessary.
#[derive(Debug)]
pub enum Next {
    /// The next line.
    GoOn,
    /// The whole log, from where the server begins.
    BeginAnew,
    /// Nothing more.
    End(Trouble),
}

/// Why a channel is not read. None of these means "empty".
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// An allow list names none of our keys.
    Restricted,
    /// The server refuses for another reason.
    Refused {
        /// Its word.
        code: String,
    },
    /// The server calls it new.
    Absent {
        /// The word of the placeholder, if there is one.
        reason: Option<String>,
    },
    /// The server does not say whether it exists.
    Unanswered,
    /// The server gave notice.
    Said {
        /// Whether the log was complete by then.
        live: bool,
        /// What happened.
        code: String,
        /// Why, if it said so.
        reason: Option<String>,
    },
    /// It did not answer in time, or before the connection was lost.
    Late,
    /// What came cannot be used.
    Log(&'static str),
}

/// Takes the lines of one channel in, in the server's order.
pub trait Log {
    /// The message to go on from, if there is one. Asked when the history is about to be asked for.
    fn begins_at(&mut self) -> Option<MessageHash>;

    /// The first line of a history that was asked for from this message on.
    fn meets(&mut self, anchor: &MessageHash, line: Line<'_>) -> Next {
        match MessageHash::of(line.text).as_ref() == Some(anchor) {
            true => Next::GoOn,
            false => Next::BeginAnew,
        }
    }

    /// The next line of the history.
    fn take(&mut self, line: Line<'_>) -> Next;

    /// A line that was written while the history is still coming: it may be in it as well.
    fn early(&mut self, line: Line<'_>);

    /// A line that was written just now, behind all others.
    fn live(&mut self, line: Line<'_>) -> Next;

    /// The history is complete. Of a channel that was created with this reading it may be empty.
    ///
    /// # Errors
    /// Why it cannot be used.
    fn end(&mut self, created: bool) -> Result<(), Trouble>;

    /// Whether it began at a message without those before it, as an earlier session left it.
    fn lacks_beginning(&self) -> bool {
        false
    }

    /// All of the history will come: what came so far may come again.
    fn begin_anew(&mut self);

    /// The server does not know the message that the history was asked from; [`Self::begin_anew`] follows.
    fn unknown(&mut self) {}

    /// The connection is gone. `whole`: what was taken in so far has no gap. Whether it can be gone on from there.
    fn lost(&mut self, whole: bool) -> bool;

    /// The metadata of the channel, as in [`Input::Metadata`](super::Input::Metadata).
    ///
    /// # Errors
    /// Why it cannot be right.
    fn metadata(&mut self, _validate_key: Option<&str>, _created: Option<UnixMillis>) -> Result<(), Trouble> {
        Ok(())
    }

    /// The channel is new. Whether it is followed all the same.
    ///
    /// # Errors
    /// Why it is not.
    fn absent(&mut self, reason: Option<String>) -> Result<(), Trouble> {
        Err(Trouble::Absent { reason })
    }

    /// A notice of the server. Whether it goes on all the same.
    ///
    /// # Errors
    /// Why it does not.
    fn notice(&mut self, at: At, code: &str, reason: Option<&str>) -> Result<(), Trouble> {
        let reason = reason.map(str::to_owned);
        Err(Trouble::Said { live: at == At::Live, code: code.to_owned(), reason })
    }
}
