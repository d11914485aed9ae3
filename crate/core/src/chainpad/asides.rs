//! What keeps the cost of a history in proportion to its messages, whoever wrote them.
//!
//! The real library walks from branch to branch message by message. Two branches of equal length that overtake each other
//! make that quadratic, and so do messages that are tried in vain at the end of a long branch. So the documents at the ends
//! of the last few branches are kept; and for what that does not help with there is a budget of steps. Nobody's real history
//! comes near it. What goes beyond is not walked: the history then holds more than was understood.

use super::Chain;
use super::document::Document;
use super::graph::Id;
use super::hash::Name;

/// A way of so few messages is walked.
pub(super) const NEAR: u64 = 16;
/// How many documents are kept, and how many units of all of them.
const KEPT: usize = 8;
const UNITS: usize = 1 << 20;
/// Steps for each message that came, and to begin with.
const STEPS: u64 = 32;
const FREE: u64 = 1 << 14;

/// The documents beside the one at the best message.
#[derive(Default)]
pub(super) struct Asides {
    kept: Vec<(Id, Document)>,
    steps: u64,
}

impl Asides {
    pub(super) fn pack(&mut self) {
        self.kept.iter_mut().for_each(|(_, document)| document.pack());
    }
}

impl Chain {
    /// How many messages were walked over between branches: what a test counts instead of time.
    pub fn steps(&self) -> u64 {
        self.asides.steps
    }

    /// Takes so many steps, if they can be afforded.
    pub(super) fn afford(&mut self, steps: u64) -> bool {
        let fits = steps <= self.steps_left();
        if fits {
            self.asides.steps += steps;
        }
        fits
    }

    pub(super) fn steps_left(&self) -> u64 {
        (FREE + STEPS * self.graph.arrivals() as u64).saturating_sub(self.asides.steps)
    }

    /// Whether the document is the one that the message at `best` leads to.
    pub(super) fn is_at_best(&self) -> bool {
        !self.drifting && self.can_be_followed()
    }

    /// The kept document from which the way to a message is shortest, if it is shorter than this.
    pub(super) fn take_aside(&mut self, newest: Id, length: u64) -> Option<(Id, Document)> {
        if length <= NEAR || !self.is_at_best() {
            return None;
        }
        let lengths = self.asides.kept.iter().enumerate();
        let lengths = lengths.filter_map(|(at, (id, _))| Some((self.length(*id, newest)?, at)));
        let (_, at) = lengths.min().filter(|(shorter, _)| *shorter < length)?;
        Some(self.asides.kept.remove(at))
    }

    /// Keeps the document after a message, if it is the one that the message leads to.
    pub(super) fn put_aside(&mut self, tip: Id, mut document: Document) {
        if self.drifting || self.graph.depth(tip).is_none() {
            return;
        }
        let hash = Name::Hash(document.hash());
        if self.graph.get(tip).and_then(|node| node.after()) != Some(&hash) {
            return;
        }
        let graph = &self.graph;
        let kept = &mut self.asides.kept;
        kept.retain(|(id, _)| *id != tip && graph.depth(*id).is_some());
        kept.push((tip, document));
        let units = |kept: &[(Id, Document)]| kept.iter().map(|(_, d)| d.len()).sum::<usize>();
        while kept.len() > KEPT || (units(kept) > UNITS && !kept.is_empty()) {
            kept.remove(0);
        }
    }

    /// Forgets them: what they say is not sure any more.
    pub(super) fn forget_asides(&mut self) {
        self.asides.kept.clear();
    }
}
