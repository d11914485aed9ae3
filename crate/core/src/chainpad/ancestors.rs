//! Finding messages further up in a few steps, however long the branches are.
//!
//! Each message knows one message further up beside the one before it, so chosen that any other is found in a number of
//! steps that grows with the logarithm of the distance (Myers, "An applicative random-access stack", 1983). Where a jump
//! leads depends on the depth alone, so two branches jump in step.

use super::graph::{Graph, Id};

impl Graph {
    /// Puts a message at its depth below the one before it, which has its place already.
    pub(super) fn place(&mut self, id: Id, depth: u64) {
        let parent = self.parent(id).filter(|parent| self.depth(*parent).is_some());
        let above = parent.and_then(|parent| Some((parent, self.get(parent)?)));
        let jump = above.map_or(id, |(parent, node)| {
            let next = jump_width(depth) == 1;
            // Where the message that the way leads over was pruned, what is further up was, too.
            if next { parent } else { self.get(node.jump).map_or(node.jump, |over| over.jump) }
        });
        let checkpoint_above = above
            .and_then(|(parent, node)| if node.checkpoint { Some(parent) } else { node.checkpoint_above });
        let blocked_by = above
            .and_then(|(parent, node)| if node.fault.is_some() { Some(parent) } else { node.blocked_by });
        if let Some(node) = self.get_mut(id) {
            (node.depth, node.jump) = (Some(depth), jump);
            (node.checkpoint_above, node.blocked_by) = (checkpoint_above, blocked_by);
        }
    }

    /// The message at this depth on the branch of another.
    pub(super) fn at_depth(&self, id: Id, depth: u64) -> Option<Id> {
        let mut at = id;
        while self.depth(at)? > depth {
            let jump = self.get(at)?.jump;
            let far = self.depth(jump).is_some_and(|there| there >= depth) && jump != at;
            at = if far { jump } else { self.parent(at)? };
        }
        (self.depth(at)? == depth).then_some(at)
    }

    /// Whether the second message is the first, or comes after it.
    pub(super) fn leads_to(&self, id: Id, later: Id) -> bool {
        self.depth(id).is_some_and(|depth| self.at_depth(later, depth) == Some(id))
    }

    /// The last message that two branches have in common; `None` if there is none.
    pub(super) fn common(&self, one: Id, other: Id) -> Option<Id> {
        let depth = self.depth(one)?.min(self.depth(other)?);
        let (mut one, mut other) = (self.at_depth(one, depth)?, self.at_depth(other, depth)?);
        while one != other {
            let (jump, other_jump) = (self.get(one)?.jump, self.get(other)?.jump);
            let known = self.depth(jump).is_some() && self.depth(jump) == self.depth(other_jump);
            (one, other) = if known && jump != other_jump {
                (jump, other_jump)
            } else {
                (self.parent(one)?, self.parent(other)?)
            };
        }
        Some(one)
    }
}

/// How far the jump of a message at this depth goes: the last of the numbers 2^k - 1, the largest first, that make up
/// the depth.
fn jump_width(depth: u64) -> u64 {
    let (mut rest, mut width) = (depth, 0);
    while rest > 0 {
        width = (1_u64 << (rest.saturating_add(1).ilog2())) - 1;
        rest -= width;
    }
    width
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chainpad::{Hash, Message};
    use proptest::prelude::*;

    fn message(parent: Option<&Hash>, number: usize) -> Message {
        let parent = parent.map_or_else(|| "none".to_owned(), Hash::to_string);
        Message {
            checkpoint: number.is_multiple_of(7),
            operations: Vec::new(),
            document_hash: format!("{number:064x}").into(),
            parent: parent.into(),
        }
    }

    proptest! {
        #[test]
        fn what_is_found_by_jumping_is_what_is_found_step_by_step(backs in proptest::collection::vec(0usize..40, 1..300), prune in any::<bool>()) {
            let mut graph = Graph::default();
            let first = message(None, 0);
            let mut hashes = vec![first.hash()];
            let root = graph.insert(first.hash(), first);
            graph.connect(root, 0);
            for (at, back) in backs.iter().enumerate() {
                let parent = hashes[hashes.len() - 1 - back % hashes.len().min(if *back > 20 { 40 } else { 2 })];
                let next = message(Some(&parent), at + 1);
                hashes.push(next.hash());
                let id = graph.insert(next.hash(), next);
                let depth = graph.parent(id).and_then(|parent| graph.depth(parent)).unwrap();
                graph.connect(id, depth + 1);
            }
            let last = hashes.len() - 1;
            if prune {
                let middle = graph.ancestry(last).nth(graph.depth(last).unwrap() as usize / 2).unwrap();
                graph.prune(root, middle, last);
            }
            let ids: Vec<Id> = (0..hashes.len()).filter(|id| graph.depth(*id).is_some()).collect();
            for one in &ids {
                let above: Vec<Id> = graph.ancestry(*one).collect();
                let checkpoint = above.iter().skip(1).find(|id| graph.get(**id).unwrap().checkpoint);
                prop_assert_eq!(graph.get(*one).unwrap().checkpoint_above.filter(|id| graph.get(*id).is_some()), checkpoint.copied());
                for other in ids.iter().rev().take(40) {
                    let common = graph.ancestry(*other).find(|id| above.contains(id));
                    prop_assert_eq!(graph.common(*one, *other), common);
                    prop_assert_eq!(graph.leads_to(*other, *one), above.contains(other));
                }
            }
        }
    }
}
