//! The inputs of the reader of a channel, and its questions.

use super::Range;
use crate::ids::MessageHash;
use crate::ports::UnixMillis;
use crate::wire::keeper::Existence;

/// What a reader needs from the connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ask {
    /// JOIN the channel.
    Join,
    /// Ask whether the channel is new.
    Existence,
    /// Make this connection known under one of these base64 Ed25519 keys, then say [`Input::Admitted`] or
    /// [`Input::Denied`].
    Admission {
        /// Those that the channel lets in.
        keys: Vec<String>,
    },
    /// Ask for the history.
    History {
        /// The number of the request.
        txid: u64,
        /// From this message on; otherwise from where the server begins.
        from: Option<MessageHash>,
    },
    /// As [`Ask::History`], with the metadata that creates the channel. Only of a channel whose keys were drawn for it.
    Create {
        /// The number of the request.
        txid: u64,
        /// A JSON object.
        metadata: String,
    },
    /// Ask for stored messages.
    Range {
        /// The number of the request.
        txid: u64,
        /// Which.
        range: Range,
    },
}

/// A message as the server stores it or hands it on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line<'a> {
    /// The message.
    pub text: &'a str,
    /// When the server stored it, in milliseconds since the epoch. Of a message that comes live, its sender may have made
    /// it up.
    pub time: Option<UnixMillis>,
    /// The connection that wrote it, as the server names it.
    pub author: Option<&'a str>,
}

impl<'a> Line<'a> {
    /// A message of which nobody says who wrote it.
    pub const fn new(text: &'a str, time: Option<UnixMillis>) -> Self {
        Self { text, time, author: None }
    }
}

/// What can happen to a reader.
#[derive(Debug, Clone, Copy)]
pub enum Input<'a> {
    /// The member list of our JOIN is complete.
    Joined,
    /// The answer to [`Ask::Existence`].
    Existence(&'a Existence),
    /// JOIN or a request for stored messages was refused: there is an allow list.
    Restricted {
        /// The keys that would be let in.
        keys: &'a [String],
    },
    /// JOIN or a request for stored messages was refused in another way.
    Refused {
        /// The server's word.
        code: &'a str,
    },
    /// The connection is now known under an allowed key.
    Admitted,
    /// None of the allowed keys is ours.
    Denied,
    /// The channel's metadata.
    Metadata {
        /// The key that messages are checked with, if there is one.
        validate_key: Option<&'a str>,
        /// When the channel was made, in milliseconds since the epoch by the server's clock, if it says so.
        created: Option<UnixMillis>,
    },
    /// A message of a history.
    History {
        /// The number of the request.
        txid: u64,
        /// The message.
        line: Line<'a>,
    },
    /// The end of a history.
    End {
        /// The number of the request.
        txid: u64,
    },
    /// An error notice for the channel.
    ChannelError {
        /// The number of the request that it answers, if it answers one.
        txid: Option<u64>,
        /// What happened.
        code: &'a str,
        /// Why, if the server says so.
        reason: Option<&'a str>,
    },
    /// A message that was written just now.
    Live {
        /// The message.
        line: Line<'a>,
    },
    /// A message of those asked for with [`Ask::Range`].
    Range {
        /// The number of the request.
        txid: u64,
        /// The message.
        line: Line<'a>,
    },
    /// The end of those.
    RangeEnd {
        /// The number of the request.
        txid: u64,
        /// False when the server could not read its log.
        readable: bool,
    },
    /// The deadline passed without progress.
    Deadline,
    /// The connection is gone.
    Lost,
}

/// How far a reader is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// Nothing of the history has come yet.
    Opening,
    /// The history is coming.
    Loading,
    /// It was read to its end and is followed.
    Following,
    /// It was followed until the connection was lost, and goes on from there.
    Suspended,
    /// It ended without a document.
    Unavailable,
}
