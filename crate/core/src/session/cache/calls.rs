//! The logs in the host's store, for the host.

use crate::session::Session;

impl Session {
    /// Keeps what is read in the host's store, from the next reading on: sealed documents, and ciphertexts as the
    /// server has them. For hosts that have one.
    pub fn keep_logs(&mut self) {
        self.parts.logs.kept = true;
    }
}
