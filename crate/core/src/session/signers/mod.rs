//! The keys a session can sign with, and why calls were made under them.

mod calling;
mod proof;

use core::time::Duration;

use crate::compact::SortedMap;
use crate::crypto::sign::SigningKey;
use crate::error::Error;
use crate::ids::{ChannelId, EdPublic};
use crate::net::document::SyncedDoc;
use crate::pins::set::PinBatch;
use crate::ports::{Delay, UnixMillis};
use crate::rpc::{CallId, Rpc};
use crate::session::effect::Ticket;
use crate::session::signers::proof::Proof;

/// Why a call was made.
#[derive(Debug)]
pub(super) enum Purpose {
    /// For the operation of this ticket.
    Operation(Ticket),
    /// To answer a question of the host's.
    #[cfg(feature = "recovery")]
    Question(Ticket),
    /// To be told the server's time, with the cookie.
    Time,
    /// To be let into a restricted channel.
    Admission(ChannelId),
    /// To pin what has appeared, under this key.
    Keep(EdPublic, PinBatch),
    /// Sent before the same call once more; its own result is told to nobody.
    Before,
    /// To close a line that may be torn, before something is pinned under this key.
    Closing(EdPublic),
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Signers {
    /// Calls under each key that is held.
    rpcs: SortedMap<EdPublic, Rpc>,
    /// The account document whose keys these are.
    of: Option<SyncedDoc>,
    calls: SortedMap<(EdPublic, CallId), Purpose>,
    /// What of the pins the server has not read back from its disk.
    proof: Proof,
}

impl Signers {
    /// The keys that are held.
    pub(super) fn keys(&self) -> impl Iterator<Item = &EdPublic> {
        self.rpcs.values().map(Rpc::public)
    }

    /// Whether the keys are to be read from this account document; it was not seen before.
    pub(super) fn are_new_in(&mut self, root: &SyncedDoc) -> bool {
        let known = self.of.as_ref().is_some_and(|known| known.is(root));
        if !known {
            self.of = Some(root.clone());
        }
        !known
    }

    /// Holds a key. One that is known keeps its cookie.
    pub(super) fn hold(&mut self, public: EdPublic, key: SigningKey, answer_within: Duration) {
        if !self.rpcs.contains_key(&public) {
            self.rpcs.insert(public.clone(), Rpc::new(key, public, answer_within));
        }
    }

    pub(super) fn deadline(&self) -> Option<UnixMillis> {
        self.rpcs.values().filter_map(Rpc::deadline).min()
    }

    /// Part of a frame came.
    pub(super) fn put_off(&mut self, delay: Delay) {
        self.rpcs.values_mut().for_each(|rpc| rpc.put_off(delay));
    }

    /// The server's time, as the last answer under a key told it.
    pub(super) fn server_time(&self, signer: &EdPublic) -> Option<UnixMillis> {
        self.rpcs.get(signer).and_then(Rpc::server_time)
    }

    /// Whether something that has appeared is being pinned, under any key.
    pub(super) fn are_keeping(&self) -> bool {
        self.calls.values().any(|purpose| matches!(purpose, Purpose::Keep(..)))
    }

    /// Whether pins were sent under a key, or may have been, that no new session of the server's has read back.
    pub(super) fn are_unread(&self, signer: &EdPublic) -> bool {
        self.proof.is_unread(signer)
    }

    /// Whether the line is closed that a crash may have torn in the server's log of a key.
    pub(super) fn line_is_closed(&self, signer: &EdPublic) -> bool {
        self.proof.is_closed(signer)
    }

    /// The connection is gone. What the calls were for that nobody answers now.
    pub(super) fn lost(&mut self, error: &Error) -> impl Iterator<Item = Purpose> + use<> {
        self.proof.lost();
        for rpc in self.rpcs.values_mut() {
            rpc.lost(error);
        }
        std::mem::take(&mut self.calls).into_values()
    }
}
