//! Under which keys something was sent that the server has not read back from its disk.
//!
//! A server answers for its pins from memory. What it wrote may be lost all the same: behind a line that a crash
//! has torn, it cannot be read (PROTOCOL.md 11.3). A new session of the server's knows. Such a line is there after
//! a crash, and so at the beginning of a connection: once a session was ended on it, the line is closed.

use crate::ids::EdPublic;
use crate::rpc::command::Command;

#[derive(Debug, Default)]
pub(super) struct Proof {
    /// Something was sent after the last session was ended.
    unread: Vec<EdPublic>,
    /// A session was ended on this connection.
    closed: Vec<EdPublic>,
}

impl Proof {
    /// A call is on its way.
    pub(super) fn sent(&mut self, signer: &EdPublic, command: &Command) {
        match command {
            Command::Pin(_) | Command::Unpin(_) | Command::Reset(_) => note(&mut self.unread, signer),
            Command::ExpireSession => {
                self.unread.retain(|key| key != signer);
                note(&mut self.closed, signer);
            }
            _ => {}
        }
    }

    /// The server did not end its session.
    pub(super) fn refused(&mut self, signer: &EdPublic) {
        note(&mut self.unread, signer);
    }

    pub(super) fn is_unread(&self, signer: &EdPublic) -> bool {
        self.unread.contains(signer)
    }

    pub(super) fn is_closed(&self, signer: &EdPublic) -> bool {
        self.closed.contains(signer)
    }

    /// The connection is gone, and with it perhaps the server.
    pub(super) fn lost(&mut self) {
        self.closed.clear();
    }
}

fn note(keys: &mut Vec<EdPublic>, signer: &EdPublic) {
    if !keys.contains(signer) {
        keys.push(signer.clone());
    }
}
