//! The remembered messages: who follows whom, and who descends from the root.

use super::hash::Name;
use super::operations::Operations;
use super::{Fault, Hash, Message, Operation};
use std::borrow::Cow;
use std::collections::HashMap;

/// Index of a message in the graph. Never given out twice.
pub(super) type Id = usize;

pub(super) struct Node {
    pub(super) hash: Hash,
    pub(super) checkpoint: bool,
    /// Of a checkpoint that repeats the document, none.
    pub(super) operations: Operations,
    /// The message before. Where the text there is no hash, nothing can fit it.
    parent: Name,
    /// The message before, while it is known.
    parent_id: Option<Id>,
    /// Messages from the first root to this one. Known while it descends from the root.
    pub(super) depth: Option<u64>,
    /// Why the document after this message may not be, once that was found out.
    pub(super) fault: Option<Fault>,
    /// A message further up, as `ancestors.rs` chooses it. Of use while `depth` is known.
    pub(super) jump: Id,
    /// The next checkpoint further up.
    pub(super) checkpoint_above: Option<Id>,
    /// A message further up that has a fault, if one was met on the way here.
    pub(super) blocked_by: Option<Id>,
    /// Whether it hangs on a message that had not been seen when it came.
    pub(super) beyond_gap: bool,
    /// How far it is from the message before the adopted checkpoint, less one, if it is beside that.
    pub(super) beside: Option<u64>,
    /// What it says of the document before.
    pub(super) names: Name,
    /// What it did to the document when it was first tried. Of a checkpoint nothing is noted: to go back
    /// over one, the real library applies it again, which does nothing if it was true.
    effect: Option<Effect>,
}

/// What a patch did to a document.
pub(super) struct Effect {
    /// What takes it back.
    pub(super) inverse: Operations,
    /// What the document after it hashes to.
    pub(super) after: Name,
}

impl Node {
    /// As it came.
    pub(super) fn message(&self) -> Message {
        Message {
            checkpoint: self.checkpoint,
            operations: self.operations.all().into_owned(),
            document_hash: self.names.to_text(),
            parent: self.parent.to_text(),
        }
    }

    /// Hash of the message before.
    pub(super) const fn parent(&self) -> Option<Hash> {
        match self.parent {
            Name::Hash(hash) => Some(hash),
            Name::Other(_) => None,
        }
    }

    /// What takes the message back.
    pub(super) fn inverse(&self) -> Cow<'_, [Operation]> {
        let noted = || self.effect.as_ref().map_or(Cow::Borrowed(&[][..]), |effect| effect.inverse.all());
        if self.checkpoint { self.operations.all() } else { noted() }
    }

    /// What the message after this one has to name. After a checkpoint that is what the checkpoint named.
    pub(super) fn after(&self) -> Option<&Name> {
        if self.checkpoint { Some(&self.names) } else { Some(&self.effect.as_ref()?.after) }
    }

    /// Whether it has yet to be found out what the message does.
    pub(super) fn is_untried(&self) -> bool {
        self.effect.is_none() && !self.checkpoint
    }

    /// Whether it is a patch without operations.
    pub(super) fn does_nothing(&self) -> bool {
        !self.checkpoint && self.operations.is_empty()
    }

    pub(super) fn note(&mut self, effect: Effect) {
        self.effect = Some(effect);
    }

    pub(super) fn forget_effect(&mut self) {
        self.effect = None;
    }
}

#[derive(Default)]
pub(super) struct Graph {
    /// In order of arrival; `None` where a message was forgotten.
    nodes: Vec<Option<Node>>,
    by_hash: HashMap<Hash, Named>,
    /// How many of them take as little room as they can.
    packed: usize,
}

/// What is known of a hash, also when only other messages name it.
#[derive(Debug, Default)]
struct Named {
    /// The message, while it is known.
    id: Option<Id>,
    /// Whether it was known once and is no longer.
    forgotten: bool,
    /// Messages after it, in order of arrival.
    children: Vec<Id>,
}

impl Graph {
    pub(super) fn get(&self, id: Id) -> Option<&Node> {
        self.nodes.get(id)?.as_ref()
    }

    pub(super) fn get_mut(&mut self, id: Id) -> Option<&mut Node> {
        self.nodes.get_mut(id)?.as_mut()
    }

    pub(super) fn find(&self, hash: &Hash) -> Option<Id> {
        self.by_hash.get(hash)?.id
    }

    pub(super) fn was_forgotten(&self, hash: &Hash) -> bool {
        self.by_hash.get(hash).is_some_and(|named| named.forgotten)
    }

    /// All messages in order of arrival.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Node> {
        self.nodes.iter().flatten().filter(|node| self.find(&node.hash).is_some())
    }

    /// Messages that descend from nothing, as far as is known.
    pub(super) fn unplaced(&self) -> impl Iterator<Item = Id> {
        let nodes = self.nodes.iter().enumerate();
        nodes.filter(|(_, node)| node.as_ref().is_some_and(|node| node.depth.is_none())).map(|(id, _)| id)
    }

    /// Whether any message hangs on this one.
    pub(super) fn has_children(&self, id: Id) -> bool {
        self.get(id)
            .and_then(|node| self.by_hash.get(&node.hash))
            .is_some_and(|named| !named.children.is_empty())
    }

    /// How many messages were remembered so far, whether or not they still are.
    pub(super) fn arrivals(&self) -> usize {
        self.nodes.len()
    }

    /// Takes less room for what came since this was last called.
    pub(super) fn pack(&mut self) {
        for node in self.nodes.iter_mut().skip(self.packed).flatten() {
            node.operations.pack();
            node.effect.iter_mut().for_each(|effect| effect.inverse.pack());
        }
        self.packed = self.nodes.len();
    }

    /// Checkpoints of which only the document has the content.
    pub(super) fn emptied(&self) -> Vec<Id> {
        let nodes = self.nodes.iter().enumerate().filter_map(|(id, node)| Some((id, node.as_ref()?)));
        let emptied = nodes.filter(|(_, node)| node.checkpoint && node.operations.is_empty());
        emptied.map(|(id, _)| id).collect()
    }

    /// The message before, if it is known.
    pub(super) fn parent(&self, id: Id) -> Option<Id> {
        self.get(id)?.parent_id
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
        let id = self.nodes.len();
        let mut node = Node {
            hash,
            checkpoint: message.checkpoint,
            operations: Operations::Open(message.operations),
            parent: Name::of(&message.parent),
            parent_id: None,
            depth: None,
            fault: None,
            jump: id,
            checkpoint_above: None,
            blocked_by: None,
            beyond_gap: false,
            beside: None,
            names: Name::of(&message.document_hash),
            effect: None,
        };
        let parent = node.parent();
        node.parent_id = parent.and_then(|parent| self.find(&parent));
        self.nodes.push(Some(node));
        self.by_hash.entry(hash).or_default().id = Some(id);
        if let Some(parent) = parent {
            self.by_hash.entry(parent).or_default().children.push(id);
        }
        self.set_parent_of_children(&hash, Some(id));
        id
    }

    /// Forgets a message. Those after it stay, and descend from nothing.
    pub(super) fn forget(&mut self, id: Id) {
        self.disconnect(id, None);
        self.remove(id);
    }

    /// Makes a message the root and forgets those before it, except that `kept` can still be asked for by
    /// its id. Their other branches stay, and descend from nothing.
    pub(super) fn prune(&mut self, old_root: Id, root: Id, kept: Id) {
        if self.depth(root).is_some() {
            self.disconnect(old_root, Some(root));
        } else {
            // What an adopted checkpoint was written on came after it.
            self.connect(root, 0);
        }
        let before: Vec<_> = self.ancestry(root).skip(1).collect();
        for id in before {
            let node = self.remove(id);
            if id == kept
                && let Some(place) = self.nodes.get_mut(id)
            {
                *place = node.map(|node| Node { depth: None, parent_id: None, ..node });
            }
        }
    }

    fn remove(&mut self, id: Id) -> Option<Node> {
        let node = self.nodes.get_mut(id).and_then(Option::take)?;
        if let Some(named) = self.by_hash.get_mut(&node.hash) {
            (named.id, named.forgotten) = (None, true);
        }
        self.set_parent_of_children(&node.hash, None);
        if let Some(parent) = node.parent().and_then(|parent| self.by_hash.get_mut(&parent)) {
            // Mostly it is the last: nobody shall make it cost a look at all the others.
            if let Some(at) = parent.children.iter().rposition(|sibling| *sibling == id) {
                parent.children.remove(at);
            }
        }
        Some(node)
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
        let mut below = Vec::new();
        self.walk(id, depth, |id, depth| {
            below.push((id, depth));
            if depth > deepest.0 {
                deepest = (depth, id);
            }
            true
        });
        for (id, depth) in below {
            self.place(id, depth);
        }
        deepest.1
    }

    fn set_parent_of_children(&mut self, parent: &Hash, id: Option<Id>) {
        for child in self.by_hash.get(parent).iter().flat_map(|parent| &parent.children) {
            if let Some(Some(node)) = self.nodes.get_mut(*child) {
                node.parent_id = id;
            }
        }
    }

    /// Makes `id` and all that is after it, except `spared` and what is after that, descend from nothing.
    fn disconnect(&mut self, id: Id, spared: Option<Id>) {
        let mut below = Vec::new();
        self.walk(id, 0, |id, _| {
            let lost = Some(id) != spared;
            below.extend(lost.then_some(id));
            lost
        });
        for id in below {
            if let Some(node) = self.get_mut(id) {
                node.depth = None;
            }
        }
    }

    /// Visits a message and those after it with their depths, parents before children and branches in order
    /// of arrival, leaving out what is after a message for which `visit` returns `false`.
    fn walk(&self, start: Id, depth: u64, mut visit: impl FnMut(Id, u64) -> bool) {
        let mut waiting = vec![(start, depth)];
        while let Some((id, depth)) = waiting.pop() {
            if visit(id, depth)
                && let Some(named) = self.get(id).and_then(|node| self.by_hash.get(&node.hash))
            {
                waiting.extend(named.children.iter().rev().map(|child| (*child, depth + 1)));
            }
        }
    }
}
