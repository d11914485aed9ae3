//! The root that a checkpoint sets (PROTOCOL.md section 12.3, step 8).

use super::Chain;
use super::chain::IMPLICIT_ROOT;
use super::graph::Id;

impl Chain {
    /// The message that a checkpoint makes the root: the second checkpoint before it, or the first if it is
    /// the only one.
    pub(super) fn root_after(&self, newest: Id) -> Option<Id> {
        let node = self.graph.get(newest).filter(|node| node.checkpoint)?;
        let first = node.checkpoint_above.filter(|id| self.graph.get(*id).is_some())?;
        let second = self.graph.get(first)?.checkpoint_above.filter(|id| self.graph.get(*id).is_some());
        // What an adopted checkpoint was written on has no place, and may have come since.
        let older = || {
            let is_checkpoint = |id: &Id| self.graph.get(*id).is_some_and(|node| node.checkpoint);
            let steps = usize::try_from(self.steps_left()).unwrap_or(usize::MAX);
            self.graph.ancestry(first).take(steps).skip(1).find(is_checkpoint)
        };
        let second = second.or_else(|| if first == self.root { older() } else { None });
        Some(second.unwrap_or(first)).filter(|root| *root != self.root)
    }

    /// Whether a checkpoint descends from the root, or from the very beginning.
    pub(super) fn is_known_above(&mut self, checkpoint: Id) -> bool {
        if self.graph.depth(checkpoint).is_some() {
            return true;
        }
        let left = usize::try_from(self.steps_left()).unwrap_or(usize::MAX);
        let mut steps = 0;
        let found = self.graph.ancestry(checkpoint).take(left).any(|id| {
            steps += 1;
            id == self.root || id == IMPLICIT_ROOT
        });
        self.afford(steps) && found
    }
}
