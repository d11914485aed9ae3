//! What was read of channels, in the host's store. It makes the second start fast, and decides nothing.
//!
//! The names are hashes under a key of the account. Of a document there is what a reading of it comes to, sealed under another key of
//! the account, and the server's ciphertexts that came after. Where there is no such state, the ciphertexts before are there, up to 8 MiB
//! of them. Where a state will not do, the server is asked for all of the history. A store that is late or fails counts as
//! empty: reading goes on without it.

mod calls;
mod logs;

use core::time::Duration;

use crate::compact::SortedMap;
use crate::ids::ChannelId;
use crate::json::Text;
use crate::ports::UnixMillis;

/// The records of one channel as far as they were fetched.
#[derive(Debug)]
struct Recall {
    /// Of the log, its tail, and what both come to; in this order.
    names: [String; 3],
    found: [Option<Vec<u8>>; 3],
    answered: [bool; 3],
    /// Until when they are waited for.
    by: UnixMillis,
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Logs {
    /// Whether the host's store keeps logs.
    kept: bool,
    /// What is being fetched.
    recalls: SortedMap<ChannelId, Recall>,
    /// What the store did last with logs: it did not answer in time, or failed.
    late: bool,
    failing: bool,
    /// Whether there may be some under the names of version 0.1, which hold the channel.
    old: bool,
    /// Whose were taken away in this session.
    forgotten: SortedMap<Text, ()>,
}

impl Logs {
    /// Whether the host's store keeps logs.
    pub(super) const fn are_kept(&self) -> bool {
        self.kept
    }

    pub(super) fn deadline(&self) -> Option<UnixMillis> {
        self.recalls.values().map(|recall| recall.by).min()
    }

    /// For so long no answer of the store was taken in.
    pub(super) fn put_off(&mut self, work: Duration) {
        self.recalls.values_mut().for_each(|recall| recall.by += work);
    }

    /// Nobody reads the channel any longer: no answer of the store is awaited for it.
    pub(super) fn await_no_more(&mut self, channel: &ChannelId) {
        self.recalls.remove(channel);
    }

    /// Another account begins with this, in the same store.
    pub(super) fn begin_anew(&mut self) {
        *self = Self { kept: self.kept, ..Self::default() };
    }
}
