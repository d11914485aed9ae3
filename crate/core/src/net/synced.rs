//! What the server delivered to its end: the proof that a channel was read, with what it says.

use std::sync::Arc;

use crate::ids::ChannelId;
use crate::json::Value;
use crate::net::place::Place;
use crate::ports::UnixMillis;
use crate::roster::Roster;

/// A document that the server delivered to its end. Only the reader of a channel makes one.
#[derive(Debug, Clone)]
pub struct SyncedDoc {
    channel: ChannelId,
    document: Arc<Value>,
    read_only: bool,
    place: Place,
    created: Option<UnixMillis>,
}

impl SyncedDoc {
    pub(super) fn new(
        channel: ChannelId,
        document: Arc<Value>,
        read_only: bool,
        place: Place,
        created: Option<UnixMillis>,
    ) -> Self {
        Self { channel, document, read_only, place, created }
    }

    /// Where it was read.
    pub fn channel(&self) -> &ChannelId {
        &self.channel
    }

    /// The document; always a JSON object.
    pub fn document(&self) -> &Value {
        &self.document
    }

    /// Whether this is the same reading of the document, so that nothing needs to be looked at again.
    pub fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.document, &other.document)
    }

    /// Whether the keys that opened it can only read.
    pub fn read_only(&self) -> bool {
        self.read_only
    }

    /// When its channel was made, in milliseconds since the epoch. The server says so, and nobody else can tell.
    pub fn created(&self) -> Option<UnixMillis> {
        self.created
    }

    /// Where in its history it was read.
    pub fn place(&self) -> &Place {
        &self.place
    }
}

/// A roster that the server delivered to its end. Only the reader of a channel makes one.
#[derive(Debug, Clone)]
pub struct SyncedRoster {
    channel: ChannelId,
    roster: Arc<Roster>,
}

impl SyncedRoster {
    pub(super) fn new(channel: ChannelId, roster: Arc<Roster>) -> Self {
        Self { channel, roster }
    }

    /// Where it was read.
    pub fn channel(&self) -> &ChannelId {
        &self.channel
    }

    /// The members; never none.
    pub fn roster(&self) -> &Roster {
        &self.roster
    }

    /// Whether this is the same reading, so that nothing needs to be looked at again.
    pub fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.roster, &other.roster)
    }
}
