//! Which messages were new when they came, and moved the document.

use super::History;
use crate::chainpad::Step;

/// The most messages that are remembered as ones that moved the document, until somebody asks.
const MOST_FRESH: usize = 4096;

/// Messages by the order in which they came.
#[derive(Default)]
pub(super) struct Arrived {
    /// How many came in earlier readings.
    pub(super) before: usize,
    fresh: Vec<usize>,
}

impl Arrived {
    /// A copy of a message that came before, or hangs on what is long left behind, moves nothing.
    pub(super) fn note(&mut self, number: usize, step: Step) {
        if step == Step::Applied && self.fresh.len() < MOST_FRESH {
            self.fresh.push(number);
        }
    }
}

impl History {
    /// The number of the next message that is taken in. No two have the same, also where reading begins anew.
    pub(in crate::net) fn next_number(&self) -> usize {
        self.arrived.before + self.messages + self.held.len()
    }

    /// Follows a reading of the same channel.
    pub(in crate::net) fn count_from(&mut self, number: usize) {
        self.arrived.before = number;
    }

    /// The numbers of the messages since the last call that the document went on to when they came, ascending.
    pub(in crate::net) fn take_fresh(&mut self) -> Vec<usize> {
        std::mem::take(&mut self.arrived.fresh)
    }
}
