//! What a reader is told and what it asks for.

use crate::ids::MessageHash;
use crate::wire::keeper::Existence;

/// What the reader needs from the connection.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "txid names the request, keys are base64 Ed25519 keys")]
pub enum Ask {
    /// JOIN the channel.
    Join,
    /// Ask whether the channel is new.
    Existence,
    /// Make this connection known under one of these keys, then say [`Input::Admitted`] or [`Input::Denied`].
    Admission { keys: Vec<String> },
    /// Ask for the history under this transaction id, from this message on or as the server sees fit.
    History { txid: u64, from: Option<MessageHash> },
    /// As [`Ask::History`], with the metadata that creates the channel. Only of a channel whose keys were
    /// drawn for it.
    Create { txid: u64, metadata: String },
}

/// What can happen to a reader.
#[derive(Debug)]
#[allow(missing_docs, reason = "the fields are those of the frames")]
pub enum Input<'a> {
    /// The member list of our JOIN is complete.
    Joined,
    /// The answer to [`Ask::Existence`].
    Existence(Existence),
    /// JOIN or history was refused; these keys would be let in.
    Restricted { keys: Vec<String> },
    /// JOIN or history was refused in another way.
    Refused,
    /// The connection is now known under an allowed key.
    Admitted,
    /// None of the allowed keys is ours.
    Denied,
    /// The channel's metadata names its validation key.
    Metadata { validate_key: Option<&'a str> },
    /// A message of the history asked for under `txid`.
    History { txid: u64, message: &'a str },
    /// The end of that history.
    End { txid: u64 },
    /// An error notice for the channel.
    ChannelError { code: &'a str, reason: Option<&'a str> },
    /// A message that another member wrote just now.
    Live { message: &'a str },
    /// The deadline passed without progress.
    Deadline,
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
