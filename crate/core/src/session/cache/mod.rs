//! Logs of channels in the host's store: what makes the second start fast, and settles nothing.
//!
//! Their names are hashes under a key of the account, their contents are the server's ciphertexts. A store that is late
//! or fails is one that holds nothing: reading goes on without it.

mod calls;
mod logs;

use crate::compact::SortedMap;
use crate::json::Text;
use crate::ports::UnixMillis;

/// The records of one channel as far as they were fetched.
#[derive(Debug)]
pub(super) struct Recall {
    names: [String; 2],
    found: [Option<String>; 2],
    answers: usize,
    /// Until when they are waited for.
    pub(super) by: UnixMillis,
}

/// What the store did last with logs, and whose were taken away in this session.
#[derive(Debug, Default)]
pub(super) struct Logs {
    late: bool,
    failing: bool,
    /// Whether there may be some under the names of version 0.1, which hold the channel.
    old: bool,
    forgotten: SortedMap<Text, ()>,
}
