//! The guard in a session: its memory before pins are sent, and afterwards.
//!
//! More is sent than the set that a caller hands in: everything in the ledger that may not be given up yet goes with
//! it. All of it is recorded before it is sent, so that a crash forgets nothing.

mod calls;
mod changing;
mod deciding;
mod edited;
mod entry;
mod leaving;
mod recording;
mod records;
mod samples;
mod shelf;
mod store;
mod watch;

use crate::compact::{SortedMap, SortedSet};
use crate::guard::changes::Changes;
use crate::guard::entry::EntryKeys;
use crate::guard::evidence::Evidence;
use crate::guard::guarded::GuardedPinSet;
use crate::guard::ledger::Ledger;
use crate::guard::plan::Moment;
use crate::guard::policy::Policy;
use crate::guard::sealed::StoreKey;
use crate::guard::vault::Vault;
use crate::ids::{EdPublic, IdSet, MessageHash};
use crate::json::{Text, Value};
use crate::net::document::SyncedDoc;
use crate::ports::UnixMillis;
use crate::session::effect::Ticket;
use crate::session::guard::shelf::Shelf;
use std::sync::Arc;

/// What a session remembers for the guard.
#[derive(Debug, Default)]
pub(super) struct Guard {
    ledger: Ledger,
    vault: Vault,
    evidence: Evidence,
    /// What changed the lists of pins. It is read for recovery only, and nothing is decided by it.
    changes: Changes,
    /// How many commands of this session are in it.
    commands: u64,
    /// Whether the host wants to know what earlier sessions wrote there.
    #[cfg(feature = "recovery")]
    wants_changes: bool,
    /// Ids that are new in the ledger and were not pinned yet, by key.
    fresh: SortedMap<EdPublic, IdSet>,
    /// Ids that the user entered here.
    placed: SortedSet<Text>,
    shelves: Vec<Shelf>,
    /// What the names in the host's store are made with.
    names: Option<StoreKey>,
    /// What the states of documents in the host's store are sealed with.
    states: Option<StoreKey>,
    /// The guard's note in the account document, as it was last looked at, and the keys that open it.
    entry: Value,
    entry_keys: Option<Arc<EntryKeys>>,
    policy: Policy,
    /// The name of this device, which it gave itself at its first start.
    device: Option<Text>,
    /// The device and this session, as records name them.
    by: Option<Text>,
    /// The server's hash of a list that holds what nobody recorded, by the key it is pinned under.
    unknown: SortedMap<EdPublic, String>,
    /// Ids whose entries were removed through this session.
    here: SortedSet<Text>,
    /// The latest time that the server told in this session: of a message that it stored, or with an answer.
    server: UnixMillis,
    /// Ids that a client of the user's own removed on purpose, and whose keys are kept.
    own: SortedSet<Text>,
    /// The connections that wrote the account document.
    authors: SortedMap<Text, ()>,
    /// What edits that are under way mean once they are done, by their tickets.
    meanings: SortedMap<Ticket, Meaning>,
    /// Each document as it was when a loading last ended.
    looked_at: SortedMap<Text, SyncedDoc>,
    /// The last message of each document when it was last looked at, by this session or an earlier one of the device.
    heads: SortedMap<Text, MessageHash>,
    sampled: bool,
    /// Which channel a question for its size is about.
    samples: SortedMap<String, Text>,
    /// The set that is being sent.
    running: Option<GuardedPinSet>,
}

impl Guard {
    /// Nothing known any more; as much care as before.
    pub(super) fn begin_anew(&mut self) {
        *self = Self {
            policy: self.policy,
            #[cfg(feature = "recovery")]
            wants_changes: self.wants_changes,
            ..Self::default()
        };
    }

    /// What the names in the host's store are made with, once signed in.
    pub(super) const fn names(&self) -> Option<&StoreKey> {
        self.names.as_ref()
    }

    /// What the states of documents in the host's store are sealed with, once signed in.
    pub(super) const fn states(&self) -> Option<&StoreKey> {
        self.states.as_ref()
    }

    pub(super) const fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// The server told a time.
    pub(super) fn server_said(&mut self, time: UnixMillis) {
        self.server = self.server.max(time);
    }

    /// What an edit will mean once it is done.
    pub(super) fn edit_means(&mut self, edit: Ticket, meaning: Option<Meaning>) {
        if let Some(meaning) = meaning {
            self.meanings.insert(edit, meaning);
        }
    }

    /// Whether a record was made by this device, in whichever session.
    fn is_ours(&self, by: &Text) -> bool {
        let device = by.as_str().and_then(|by| by.split('/').next());
        self.device.as_ref().is_some_and(|ours| ours.as_str() == device)
    }

    fn moment<'g>(&'g self, now: UnixMillis, owner: Option<&EdPublic>) -> Moment<'g> {
        let unknown = owner.and_then(|owner| self.unknown.get(owner)).map(String::as_str);
        let Self { server, policy, here, own, .. } = self;
        Moment { now, server: *server, by: self.by.as_ref(), policy: *policy, here, own, unknown }
    }
}

/// What an edit that is under way means once it is done.
#[derive(Debug)]
pub(super) enum Meaning {
    /// The user removed the entries that name these ids.
    Removed(Vec<Text>),
    /// The kept key of this channel and this id is back in the drive.
    Restored(Text, String),
}
