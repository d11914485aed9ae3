//! Where a history stands, to be kept, and going on from there in another session.

use super::History;
use crate::chainpad::Chain;
use crate::crypto::hash::Sha512;
use crate::encoding::encode_base64;
use crate::ids::MessageHash;
use crate::net::kept_state::{Extent, KeptState};

impl History {
    /// Where it stands, if nothing before that can matter to what comes. `log`: what is kept of the log up to there.
    pub(in crate::net) fn kept_state(&mut self, log: Extent) -> Option<KeptState> {
        if self.suspicion().is_some() || !self.replay.at_last || !self.held.is_empty() {
            return None;
        }
        let head = self.track.head()?.clone();
        let still = self.replay.chain.still()?;
        Some(KeptState { log, head, key: self.name_of_key(), still })
    }

    /// Whether nothing before that place is asked for. `later`: what is known of the messages behind it.
    pub(in crate::net) fn can_go_on(&self, state: &KeptState, later: &[String]) -> bool {
        let wanted = [self.mark.awaited(), self.track.awaited()];
        let lies_there = |wanted: &MessageHash| {
            *wanted == state.head
                || later.iter().any(|stored| MessageHash::of(stored).as_ref() == Some(wanted))
        };
        self.messages == 0 && state.key == self.name_of_key() && wanted.into_iter().flatten().all(lies_there)
    }

    /// A link with another key to the same channel opens nothing of it.
    fn name_of_key(&self) -> String {
        let mut hasher = Sha512::default();
        hasher.update(b"pinfold state 1\n");
        hasher.update(self.keys.crypt_key.expose());
        encode_base64(&hasher.finish())
    }

    /// Goes on from there, as if all before had been read: so many bytes.
    pub(in crate::net) fn go_on(&mut self, state: &KeptState, bytes: usize) {
        (self.messages, self.bytes) = (state.log.messages.saturating_add(state.log.later), bytes);
        self.track.begin_behind(&state.log.base, &state.head);
        let replay = &mut self.replay;
        replay.chain = Chain::going_on(replay.chain.mode(), &state.still);
        (replay.understood, replay.at_last, replay.lacks_beginning) = (true, true, true);
        if self.mark.is_at(&state.head) {
            let document = self.document().ok();
            self.mark.found(document, true);
        }
        if self.track.has_met() {
            self.look_at_departures();
        }
    }

    /// Whether it began where an earlier session ended.
    pub(in crate::net) const fn lacks_beginning(&self) -> bool {
        self.replay.lacks_beginning
    }
}
