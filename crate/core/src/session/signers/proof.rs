//! Under which keys something was sent that the server has not read back from its disk.
//!
//! A server answers for its pins from memory. What it wrote may be lost all the same: behind a line that a crash
//! has torn, it cannot be read (PROTOCOL.md 11.3). A new session of the server's knows. Such a line is there after
//! a crash, and so at the beginning of a connection: once a session was ended on it, the line is closed.
//!
//! A session counts as ended when the server says so. That proves something about changes that were asked for before
//! it, and about no others. Calls that were withdrawn, or never answered, prove nothing.

use crate::compact::SortedMap;
use crate::error::{Code, Error};
use crate::ids::EdPublic;
use crate::rpc::CallId;
use crate::rpc::command::{Command, Reply};

/// The effect of a call on the list that the server has in memory.
#[derive(Debug, Clone, Copy)]
pub(super) enum Asked {
    /// It may change the list.
    Change,
    /// It ends the session.
    End,
    Nothing,
}

impl Asked {
    pub(super) const fn by(command: &Command) -> Self {
        match command {
            Command::Pin(_) | Command::Unpin(_) | Command::Reset(_) => Self::Change,
            Command::ExpireSession => Self::End,
            Command::Cookie | Command::GetHash | Command::GetLimit | Command::GetTotalSize => Self::Nothing,
            #[cfg(feature = "recovery")]
            Command::RemoveOwned(_) => Self::Nothing,
        }
    }
}

#[derive(Debug, Default)]
pub(super) struct Proof {
    keys: SortedMap<EdPublic, Changes>,
}

/// The calls under one key that may change its list, counted.
#[derive(Debug, Default)]
struct Changes {
    asked: u64,
    /// So many of them, from the first on, a new session of the server's has read back.
    read: u64,
    /// The server ended a session on this connection, or does not do that.
    closed: bool,
    /// The calls that are to end a session, and how many changes were asked for before each.
    ending: Vec<(CallId, u64)>,
}

impl Proof {
    /// A call was queued.
    pub(super) fn asked(&mut self, signer: &EdPublic, call: CallId, asked: Asked) {
        if !self.keys.contains_key(signer) {
            self.keys.insert(signer.clone(), Changes::default());
        }
        let Some(changes) = self.keys.get_mut(signer) else { return };
        match asked {
            Asked::Change => changes.asked += 1,
            Asked::End => changes.ending.push((call, changes.asked)),
            Asked::Nothing => {}
        }
    }

    /// A call was taken back before it was sent.
    pub(super) fn withdrawn(&mut self, signer: &EdPublic, call: CallId) {
        if let Some(changes) = self.keys.get_mut(signer) {
            changes.ending.retain(|(ending, _)| *ending != call);
        }
    }

    /// A call ended.
    pub(super) fn ended(&mut self, signer: &EdPublic, call: CallId, result: &Result<Reply, Error>) {
        let Some(changes) = self.keys.get_mut(signer) else { return };
        let Some(at) = changes.ending.iter().position(|(ending, _)| *ending == call) else { return };
        let (_, asked) = changes.ending.swap_remove(at);
        match result {
            Ok(_) => {
                changes.read = changes.read.max(asked);
                changes.closed = true;
            }
            // Asked again, it would say the same.
            Err(error) => changes.closed |= error.code() == Code::RpcRefused,
        }
    }

    /// Whether something was sent, or may be, that no new session has read back.
    pub(super) fn is_unread(&self, signer: &EdPublic) -> bool {
        self.keys.get(signer).is_some_and(|changes| changes.read < changes.asked)
    }

    pub(super) fn is_closed(&self, signer: &EdPublic) -> bool {
        self.keys.get(signer).is_some_and(|changes| changes.closed)
    }

    /// The connection is gone, and with it perhaps the server.
    pub(super) fn lost(&mut self) {
        for changes in self.keys.values_mut() {
            changes.closed = false;
            changes.ending.clear();
        }
    }
}
