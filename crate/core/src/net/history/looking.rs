//! Earlier states that are wanted, and what left the document since.

use super::History;
use crate::ids::MessageHash;
use crate::net::departures::{Departures, Left};
use crate::net::mark::Mark;

impl History {
    /// What is wanted of an earlier state.
    pub(in crate::net) fn mark(&mut self) -> &mut Mark {
        &mut self.mark
    }

    /// Where no earlier state is wanted: this is one.
    pub(in crate::net) fn mark_here(&mut self) {
        if self.mark.is_unset() {
            let document = self.document().ok();
            self.mark.found(document, true);
        }
    }

    /// What left since the head that was known, as far as that was followed.
    pub(in crate::net) fn left(&self) -> Vec<Left> {
        self.departures.iter().flat_map(Departures::left).cloned().collect()
    }

    /// Goes on with what another reading of the same messages found to have left.
    pub(in crate::net) fn go_on_from(&mut self, other: Self) {
        self.departures = other.departures;
    }

    /// The document is looked at message by message from here on.
    pub(super) fn look_at_departures(&mut self) {
        self.departures = self.document().ok().map(Departures::since);
    }

    /// The document after a message, if anybody looks at it.
    pub(super) fn look(&mut self, stored: &str) {
        if self.departures.is_none() || self.replay.cached.is_some() {
            return;
        }
        let units = self.replay.chain.document_len();
        if let (Some(hash), Ok(document)) = (MessageHash::of(stored), self.document()) {
            self.departures.take_if(|departures| !departures.see(&hash, &document, units));
        }
    }
}
