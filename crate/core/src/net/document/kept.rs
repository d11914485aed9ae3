//! A reader that begins with what this machine kept of its channel.
//!
//! Kept messages are replayed, and the history is asked for from the last of them. They settle nothing: the
//! document exists when the server has named that message and ended the history (I2).

use std::sync::Arc;

use super::{Ask, DocumentReader};
use crate::channel::{At, Log};
use crate::ids::MessageHash;
use crate::json::Value;
use crate::net::history::History;
use crate::net::kept_log::{KeptLog, Part};

impl DocumentReader {
    /// Keeps the channel's log, and waits for what was kept before ([`Self::recalled`]) with asking for the
    /// history. To be called before anything is heard.
    pub fn keep_log(&mut self) {
        self.log.kept = Some(KeptLog::default());
        self.machine.wait_for_store();
    }

    /// What was kept, if anything; the answer that [`Self::keep_log`] waits for.
    pub fn recalled(&mut self, base: Option<&str>, tail: Option<&str>) -> Option<Ask> {
        if !self.machine.waits_for_store() {
            return None;
        }
        let log = &mut self.log;
        let messages = log.kept.as_mut().and_then(|kept| kept.recall(base, tail)).unwrap_or_default();
        let whole = messages.iter().all(|message| log.content.hold(message).is_ok());
        log.content.open_held();
        // Who never said where it was left has seen all of what was kept.
        log.content.history().into_iter().for_each(History::mark_here);
        if !whole || log.content.suspicion().is_some() || log.content.head().is_none() {
            log.begin_anew();
        }
        self.machine.recalled(log)
    }

    /// Says up to which message the document was looked at before, so that it can be told what went since
    /// ([`Self::take_marked`]). To be called before anything is heard.
    pub fn mark(&mut self, looked_at: MessageHash) {
        self.log.content.history().into_iter().for_each(|history| history.mark().set(looked_at.clone()));
    }

    /// The document as it was when it was looked at before, as far as that is known; once.
    pub fn take_marked(&mut self) -> Option<Arc<Value>> {
        self.log.content.history().and_then(|history| history.mark().take())
    }

    /// What is to be stored since this was last asked. Only a log that was read to its end is kept.
    pub fn take_log(&mut self) -> Vec<(Part, String)> {
        match (self.machine.at(), &mut self.log.kept) {
            (At::Live, Some(kept)) => kept.take_changes(),
            _ => Vec::new(),
        }
    }
}
