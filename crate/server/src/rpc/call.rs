//! A call, and its answer.

use crate::channels::Locked;
use crate::context::Context;
use crate::store::{KeyName, Metadata, StoreId};
use serde_json::{Value, json};

/// An error the RPC answers with, by its name on the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum RpcError {
    /// One of the protocol's own.
    Named(&'static str),
    /// A text the server passes on, such as the reason of a placeholder.
    Text(String),
}

impl From<std::io::Error> for RpcError {
    fn from(error: std::io::Error) -> Self {
        tracing::error!(%error, "an RPC failed");
        Self::Named("SERVER_ERROR")
    }
}

impl RpcError {
    pub(super) fn as_str(&self) -> &str {
        match self {
            Self::Named(name) => name,
            Self::Text(text) => text,
        }
    }
}

/// A call whose signature was checked.
pub(super) struct Call<'a> {
    pub(super) context: &'a Context,
    /// The caller's key as on the wire.
    pub(super) key: &'a str,
    /// The caller's key as a file name.
    pub(super) name: KeyName,
    pub(super) argument: &'a Value,
}

/// What a command gives back.
pub(super) enum Outcome {
    /// Values after the cookie.
    Values(Vec<Value>),
    /// Values after the cookie; then the members of a channel are told.
    Announced(Vec<Value>, Announcement),
    /// The session ended: the cookie's token is empty.
    Ended(Value),
    /// No answer at all.
    Nothing,
}

/// What follows the txid.
pub(super) enum Reply {
    Values(Vec<Value>),
    Announced(Vec<Value>, Announcement),
    Nothing,
}

/// What the members of a channel are told once the caller has its answer.
pub(super) struct Announcement {
    pub(super) id: StoreId,
    pub(super) metadata: Metadata,
    // Held so that members hear of changes in the order they were made.
    pub(super) _turn: Locked,
}

impl Announcement {
    /// Tells the members: of an unrestricted channel doubly encoded, as the real server does. Members that a
    /// restriction leaves out are thrown out.
    pub(super) fn tell(&self, context: &Context) {
        let channel = self.id.as_str();
        let text = self.metadata.to_json();
        if !self.metadata.is_restricted() {
            context.hub.notify(channel, &json!(text).to_string());
            return;
        }
        let admitted = self.metadata.admitted();
        let notice = json!({"error": "ERESTRICTED", "channel": channel}).to_string();
        context.hub.restrict(channel, &text, &notice, |member| {
            member.accounts().iter().any(|key| admitted.contains(&key.as_str()))
        });
    }
}
