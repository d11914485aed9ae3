//! What other clients write while a channel is read or followed, and reading again what leaves a doubt.

use super::{Ask, DocumentReader};
use crate::channel::{At, Manner, TxPair};

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
    pub(super) fn push(&mut self, message: &str) {
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
        self.log.ignored
    }

    /// The number that the next message gets when it is taken in.
    pub(crate) fn next_number(&mut self) -> usize {
        self.log.next_number()
    }

    /// Which messages were new when they came and moved the document, since this was asked last.
    pub(crate) fn take_fresh(&mut self) -> Vec<usize> {
        self.log.content.history().map(|history| history.take_fresh()).unwrap_or_default()
    }

    /// How many bytes of live messages wait for the history to end.
    pub(crate) fn waiting_bytes(&self) -> usize {
        self.log.early.messages.iter().map(String::len).sum()
    }

    /// As [`Self::ignored`], where it listens to what other clients write.
    pub fn hears(&self) -> Option<u64> {
        matches!(self.machine.at(), At::Live | At::Reading).then_some(self.log.ignored)
    }

    /// Whether it is followed, and what was read leaves a doubt: only another message can end that, or another
    /// reading.
    pub fn in_doubt(&self) -> bool {
        self.machine.at() == At::Live && self.log.content.suspicion().is_some()
    }

    /// Reads all of the history again, where what was read leaves a doubt.
    pub fn read_again(&mut self, txids: TxPair) -> Option<Ask> {
        if !self.in_doubt() || self.machine.manner() == Manner::Outside {
            return None;
        }
        self.log.again = true;
        self.machine.read_again(&txids, &mut self.log)
    }
}
