//! The remembered messages: who follows whom, and who descends from the root.

use super::document::Undo;
use super::{Hash, Message};
use std::collections::{BTreeMap, BTreeSet};

/// Index of a message in the graph. Never given out twice.
pub(super) type Id = usize;

#[derive(Debug)]
pub(super) struct Node {
    pub(super) hash: Hash,
    pub(super) message: Message,
    /// Hash of the message before; `None` if the text there is no hash and nothing can fit it.
    pub(super) parent: Option<Hash>,
    /// Messages from the first root to this one. Known while it descends from the root.
    pub(super) depth: Option<u64>,
    /// How to go back to the document before. Known while this message is part of the document.
    pub(super) undo: Option<Undo>,
}

#[derive(Debug, Default)]
pub(super) struct Graph {
    /// In order of arrival; `None` where a message was forgotten.
    nodes: Vec<Option<Node>>,
    by_hash: BTreeMap<Hash, Id>,
    /// Children in order of arrival, also of messages that are not known.
    children: BTreeMap<Hash, Vec<Id>>,
    /// Hashes of messages that were known once.
    forgotten: BTreeSet<Hash>,
}

impl Graph {
    pub(super) fn get(&self, id: Id) -> Option<&Node> {
        self.nodes.get(id)?.as_ref()
    }

    pub(super) fn get_mut(&mut self, id: Id) -> Option<&mut Node> {
        self.nodes.get_mut(id)?.as_mut()
    }

    pub(super) fn find(&self, hash: &Hash) -> Option<Id> {
        self.by_hash.get(hash).copied()
    }

    pub(super) fn was_forgotten(&self, hash: &Hash) -> bool {
        self.forgotten.contains(hash)
    }

    /// All messages in order of arrival.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Node> {
        self.nodes.iter().flatten()
    }

    /// The message before, if it is known.
    pub(super) fn parent(&self, id: Id) -> Option<Id> {
        self.find(&self.get(id)?.parent?)
    }

    /// The message and those before it, as far as they are known.
    pub(super) fn ancestry(&self, id: Id) -> impl Iterator<Item = Id> + '_ {
        core::iter::successors(Some(id), |id| self.parent(*id))
    }

    pub(super) fn depth(&self, id: Id) -> Option<u64> {
        self.get(id)?.depth
    }

    /// Remembers a message that is not known yet. It does not descend from the root so far.
    pub(super) fn insert(&mut self, hash: Hash, message: Message) -> Id {
        let parent = message.parent.as_str().and_then(Hash::parse);
        let id = self.nodes.len();
        self.nodes.push(Some(Node { hash, message, parent, depth: None, undo: None }));
        self.by_hash.insert(hash, id);
        if let Some(parent) = parent {
            self.children.entry(parent).or_default().push(id);
        }
        id
    }

    /// Forgets a message. Those after it stay, and descend from nothing.
    pub(super) fn forget(&mut self, id: Id) {
        self.disconnect(id, None);
        self.remove(id);
    }

    /// Makes a message the root and forgets those before it. Their other branches stay, and descend from
    /// nothing.
    pub(super) fn prune(&mut self, old_root: Id, root: Id) {
        self.disconnect(old_root, Some(root));
        let before: Vec<_> = self.ancestry(root).skip(1).collect();
        before.into_iter().for_each(|id| self.remove(id));
    }

    fn remove(&mut self, id: Id) {
        let Some(node) = self.nodes.get_mut(id).and_then(Option::take) else { return };
        self.by_hash.remove(&node.hash);
        self.forgotten.insert(node.hash);
        if let Some(siblings) = node.parent.and_then(|parent| self.children.get_mut(&parent)) {
            siblings.retain(|sibling| *sibling != id);
        }
    }

    /// Makes a message the root, instead of one that it has nothing to do with.
    pub(super) fn replace_root(&mut self, old_root: Id, root: Id) {
        self.disconnect(old_root, None);
        self.connect(root, 0);
    }

    /// Makes `id` and all that is after it descend from the root, `id` at the given depth. Returns the
    /// deepest of them, the first found among equals.
    pub(super) fn connect(&mut self, id: Id, depth: u64) -> Id {
        let mut deepest = (depth, id);
        self.walk(id, |graph, id| {
            let parent = graph.parent(id).and_then(|parent| graph.depth(parent));
            let depth = parent.map_or(depth, |parent| parent + 1);
            if let Some(node) = graph.get_mut(id) {
                node.depth = Some(depth);
            }
            if depth > deepest.0 {
                deepest = (depth, id);
            }
            true
        });
        deepest.1
    }

    /// Makes `id` and all that is after it, except what is after `spared`, descend from nothing.
    fn disconnect(&mut self, id: Id, spared: Option<Id>) {
        self.walk(id, |graph, id| {
            if Some(id) == spared {
                return false;
            }
            if let Some(node) = graph.get_mut(id) {
                node.depth = None;
            }
            true
        });
    }

    /// Visits a message and those after it, parents before children and branches in order of arrival,
    /// leaving out what is after a message for which `visit` returns `false`.
    fn walk(&mut self, start: Id, mut visit: impl FnMut(&mut Self, Id) -> bool) {
        let mut waiting = vec![start];
        while let Some(id) = waiting.pop() {
            if visit(self, id)
                && let Some(children) = self.get(id).and_then(|node| self.children.get(&node.hash))
            {
                waiting.extend(children.iter().rev());
            }
        }
    }
}
