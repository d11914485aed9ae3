//! A reader that begins with what this machine kept of its channel.
//!
//! Kept messages are replayed, and the history is asked for from the last of them. They settle nothing: the
//! document exists when the server has named that message and ended the history (I2).

use std::sync::Arc;

use super::{Ask, DocumentReader, Stage};
use crate::ids::MessageHash;
use crate::json::Value;
use crate::net::content::Content;
use crate::net::history::History;
use crate::net::kept_log::{KeptLog, Part};

impl DocumentReader {
    /// Keeps the channel's log, and waits for what was kept before ([`Self::recalled`]) with asking for the
    /// history. To be called before anything is heard.
    pub fn keep_log(&mut self) {
        self.kept = Some(KeptLog::default());
        self.recalling = true;
    }

    /// What was kept, if anything; the answer that [`Self::keep_log`] waits for.
    pub fn recalled(&mut self, base: Option<&str>, tail: Option<&str>) -> Vec<Ask> {
        if !std::mem::take(&mut self.recalling) {
            return Vec::new();
        }
        let messages = self.kept.as_mut().and_then(|kept| kept.recall(base, tail)).unwrap_or_default();
        let whole = messages.iter().all(|message| self.content.hold(message).is_ok());
        self.content.open_held();
        // Who never said where it was left has seen all of what was kept.
        self.content.history().into_iter().for_each(History::mark_here);
        if !whole || self.content.suspicion().is_some() || self.content.head().is_none() {
            self.begin_anew();
        }
        self.anchor = self.content.head().cloned();
        match std::mem::replace(&mut self.stage, Stage::ExpectHistory) {
            Stage::ExpectExistence { joined, existence } => {
                let (stage, asks) = self.both_answered(joined, existence);
                self.stage = stage;
                asks
            }
            stage => {
                self.stage = stage;
                Vec::new()
            }
        }
    }

    /// Says up to which message the document was looked at before, so that it can be told what went since
    /// ([`Self::take_marked`]). To be called before anything is heard.
    pub fn mark(&mut self, looked_at: MessageHash) {
        self.content.history().into_iter().for_each(|history| history.mark().set(looked_at.clone()));
    }

    /// The document as it was when it was looked at before, as far as that is known; once.
    pub fn take_marked(&mut self) -> Option<Arc<Value>> {
        self.content.history().and_then(|history| history.mark().take())
    }

    /// What is to be stored since this was last asked. Only a log that was read to its end is kept.
    pub fn take_log(&mut self) -> Vec<(Part, String)> {
        match (&self.stage, &mut self.kept) {
            (Stage::Following, Some(kept)) => kept.take_changes(),
            _ => Vec::new(),
        }
    }

    /// Forgets what was read, but not what has to come by if the server has not forgotten it.
    pub(super) fn begin_anew(&mut self) {
        let known = self.content.known();
        let mark = self.content.history().map(|history| std::mem::take(history.mark()));
        let number = self.next_number();
        self.content = Content::new(&self.keys);
        self.content.history().into_iter().for_each(|history| history.count_from(number));
        self.content.history().zip(mark).into_iter().for_each(|(history, mark)| *history.mark() = mark);
        known.into_iter().for_each(|known| self.content.expect(known));
        if let Some(kept) = &mut self.kept {
            kept.start_over();
        }
    }

    /// A message of the history.
    pub(super) fn keep(&mut self, stored: &str) {
        if let Some(kept) = &mut self.kept {
            kept.note(stored);
        }
    }
}
