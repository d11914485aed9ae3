//! A reader that begins with what this machine kept of its channel.
//!
//! Kept messages are replayed, and the history is asked for from the last of them. They settle nothing: the
//! document exists when the server has named that message and ended the history (I2).

use std::sync::Arc;

use super::log::DocumentLog;
use super::{Ask, DocumentReader};
use crate::channel::{At, Log};
use crate::chunks::Chunks;
use crate::ids::MessageHash;
use crate::json::Value;
use crate::net::content::Content;
use crate::net::history::History;
use crate::net::kept_log::{KeptLog, Part, Resumed, Wanted};
use crate::net::kept_state::KeptState;

impl DocumentReader {
    /// Keeps on this machine what the channel comes to, and waits for what was kept before ([`Self::recalled`]) with asking for the
    /// history. To be called before anything is heard.
    pub fn keep_log(&mut self) {
        self.log.kept = Some(KeptLog::default());
        self.machine.wait_for_store();
    }

    /// Begins where the last session ended, with what was kept of that and of the messages since. `false`: there is no such
    /// place, or something before it is asked for; then the log is needed ([`Self::recalled`]).
    pub fn go_on(&mut self, state: &str, tail: &str) -> bool {
        if !self.machine.waits_for_store() {
            return false;
        }
        let log = &mut self.log;
        let (Some(kept), Some(history)) = (&mut log.kept, log.content.history()) else { return false };
        let Some(state) = KeptState::read(&self.channel, state) else { return false };
        let mut known = KeptLog::default();
        let resumed = known.go_on(&state, tail).filter(|resumed| history.can_go_on(&state, &resumed.later));
        let Some(Resumed { bytes, later }) = resumed else { return false };
        let (mark, expected) = (history.mark().clone(), history.known());
        *kept = known;
        history.go_on(&state, bytes);
        let goes_on = log.take_kept(&later);
        if !goes_on {
            // As if nothing had been tried: the log says more than the state.
            log.content = Content::new(&log.keys);
            log.kept = Some(KeptLog::default());
            expected.into_iter().for_each(|known| log.content.expect(known));
            log.content.history().into_iter().for_each(|history| *history.mark() = mark.clone());
        }
        goes_on
    }

    /// What was kept, if anything; the answer that [`Self::keep_log`] waits for.
    pub fn recalled(&mut self, base: Option<&str>, tail: Option<&str>) -> Option<Ask> {
        if !self.machine.waits_for_store() {
            return None;
        }
        let messages = self.log.kept.as_mut().and_then(|kept| kept.recall(base, tail)).unwrap_or_default();
        if !self.log.take_kept(&messages) {
            self.log.begin_anew();
        }
        self.begin()
    }

    /// Asks for the history, from where what was kept ends.
    pub fn begin(&mut self) -> Option<Ask> {
        self.machine.recalled(&mut self.log)
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

    /// Nobody stores what is kept: as little as possible is held meanwhile.
    pub fn hold_no_log(&mut self) {
        self.log.kept.iter_mut().for_each(KeptLog::let_go);
    }

    /// What is to be stored since this was last asked: a state first, which is to be taken away if it is empty, and the log that it comes
    /// of, for the case that it cannot be sealed. Only what was read to its end is kept.
    pub fn take_log(&mut self) -> Vec<(Part, Chunks)> {
        match (self.machine.at(), &mut self.log.kept) {
            (At::Live, Some(kept)) => {
                let wanted = kept.wants_state().zip(self.log.content.history());
                let state = wanted.map(|(wanted, history)| match wanted {
                    Wanted::State(log) => history.kept_state(log)?.written(&self.channel),
                    Wanted::Nothing => None,
                });
                let state = match state {
                    Some(Some(text)) => {
                        kept.has_state();
                        Some(text)
                    }
                    // The older state belongs to another log: it goes. If the log did not move, it stays.
                    Some(None) if kept.begins_elsewhere() => Some(String::new()),
                    _ => None,
                };
                let mut changes = kept.take_changes();
                if let Some(text) = state {
                    // Before the rest: what is kept of a state that was not stored fits no other.
                    changes.insert(0, (Part::State, text.into_bytes().into()));
                }
                changes
            }
            _ => Vec::new(),
        }
    }
}

impl DocumentLog {
    /// Whether these messages leave no doubt.
    fn take_kept(&mut self, messages: &[String]) -> bool {
        let whole = messages.iter().all(|message| self.content.hold(message).is_ok());
        self.content.open_held();
        // Who never said where it was left has seen all of what was kept.
        self.content.history().into_iter().for_each(History::mark_here);
        whole && self.content.suspicion().is_none() && self.content.head().is_some()
    }
}
