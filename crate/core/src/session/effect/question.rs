//! Single questions about what the server has, and their answers. See [`Session::question`](crate::session::Session::question),
//! which needs the feature `recovery`.

use crate::channel::{Existence, StoredLine};
use crate::ids::{ChannelId, EdPublic, PinId};

/// What is asked. None of these creates or changes anything, and but for [`Self::Members`] no other client sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Question {
    /// The newest stored message of a channel (PROTOCOL.md 9.3).
    Newest(ChannelId),
    /// Whether a channel holds messages, and if not, why (11.1).
    Exists(ChannelId),
    /// How many bytes the server has under an id, metadata included; 0 where it has nothing (11.1).
    Size(PinId),
    /// Why it has nothing under an id: the word that was left in its place (11.1, GET_METADATA). To be asked where it has nothing.
    Why(PinId),
    /// The hash of the list of pins that it keeps under a key of this account (11.3).
    ListHash(EdPublic),
    /// How many other clients have a channel open (8.1). For the time of the question they see this session in it as well.
    Members(ChannelId),
}

/// What the server said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// To [`Question::Newest`]; `None` when it has no message.
    Newest(Option<StoredLine>),
    /// To [`Question::Exists`].
    Exists(Existence),
    /// To [`Question::Size`].
    Size(u64),
    /// To [`Question::Why`]; at most 64 characters, `None` where no word was left.
    Why(Option<String>),
    /// To [`Question::ListHash`].
    ListHash(String),
    /// To [`Question::Members`], this connection left out. Another one of the same account counts.
    Members(usize),
}
