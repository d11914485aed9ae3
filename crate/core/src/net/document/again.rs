//! What other clients write while a channel is read or followed, and reading again what leaves a doubt.

use super::{Ask, DocumentReader, Stage};
use crate::channel::TxPair;

/// The most bytes of messages that are held while the history is still coming.
const EARLY: usize = 16 * 1024 * 1024;

/// Messages that came before the end of the history.
#[derive(Debug, Default)]
pub(super) struct Early {
    pub(super) messages: Vec<String>,
    bytes: usize,
    overflown: bool,
}

impl Early {
    fn push(&mut self, message: &str) {
        self.bytes += message.len();
        if self.bytes > EARLY {
            (self.messages, self.overflown) = (Vec::new(), true);
        }
        if !self.overflown {
            self.messages.push(message.to_owned());
        }
    }

    /// Why what is here is not all that came.
    pub(super) fn lacks(&self) -> Option<&'static str> {
        self.overflown.then_some("more was written while it was read than can be held")
    }
}

impl DocumentReader {
    /// Messages that other clients sent and that nobody with the key wrote, as far as they were passed over.
    pub fn ignored(&self) -> u64 {
        self.ignored
    }

    /// The number that the next message gets when it is taken in.
    pub(crate) fn next_number(&mut self) -> usize {
        self.content.history().map_or(0, |history| history.next_number())
    }

    /// Which messages were new when they came and moved the document, since this was asked last.
    pub(crate) fn take_fresh(&mut self) -> Vec<usize> {
        self.content.history().map(|history| history.take_fresh()).unwrap_or_default()
    }

    /// How many bytes of live messages wait for the history to end.
    pub(crate) fn waiting_bytes(&self) -> usize {
        self.early.messages.iter().map(String::len).sum()
    }

    /// As [`Self::ignored`], where it listens to what other clients write.
    pub fn hears(&self) -> Option<u64> {
        matches!(self.stage, Stage::Following | Stage::ExpectHistory).then_some(self.ignored)
    }

    /// Whether an answer under this transaction id belongs to what is asked now.
    pub fn expects(&self, txid: u64) -> bool {
        matches!(self.stage, Stage::ExpectHistory) && txid == self.txid
    }

    /// Whether it is followed, and what was read leaves a doubt: only another message can end that, or another
    /// reading.
    pub fn in_doubt(&self) -> bool {
        matches!(self.stage, Stage::Following) && self.content.suspicion().is_some()
    }

    /// Reads all of the history again, where what was read leaves a doubt.
    pub fn read_again(&mut self, txids: TxPair) -> Vec<Ask> {
        if !self.in_doubt() || self.stays_out() {
            return Vec::new();
        }
        (self.txid, self.second) = (txids.first(), txids.second());
        self.stage = Stage::ExpectHistory;
        self.again = true;
        self.tried_admission = false;
        self.start_over()
    }

    /// A message that another member wrote just now.
    pub(super) fn take_live(&mut self, message: &str) {
        if self.content.take(message) {
            self.keep(message);
        } else {
            self.ignored += 1;
        }
    }

    /// The same, while the history is still coming: a stranger's takes no room.
    pub(super) fn take_early(&mut self, message: &str) {
        if self.content.opens(message) {
            self.early.push(message);
        } else {
            self.ignored += 1;
        }
    }
}
