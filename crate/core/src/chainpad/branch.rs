//! Choosing between branches, and moving the document from one to another (PROTOCOL.md section 12.3,
//! steps 6 to 9).

use super::graph::{Id, Node};
use super::{Chain, Fault, Hash, Step};

/// Messages on the way to a better branch beyond which its faults are not looked for again.
const MAX_WAY: usize = 64;

impl Chain {
    /// Moves to `newest` if its branch is better and the message in order.
    pub(super) fn consider(&mut self, newest: Id) -> Step {
        if !self.is_better(newest) {
            return Step::Remembered;
        }
        if let Some(fault) = self.known_fault(newest) {
            return Step::Refused(fault);
        }
        let old = self.best;
        let fault_before = self.go_to_parent(newest);
        let step = match self.apply_newest(newest) {
            Ok(()) => match fault_before {
                None => {
                    self.prune(newest);
                    return Step::Applied;
                }
                Some(fault) => Step::Refused(fault),
            },
            Err(Fault::NotJson) => {
                self.note_fault(newest, Fault::NotJsonBefore);
                Step::Refused(Fault::NotJson)
            }
            Err(fault) => Step::Forgotten(fault),
        };
        self.go_back(old);
        if let Step::Forgotten(_) = step {
            self.graph.forget(newest);
        }
        step
    }

    fn is_better(&self, newest: Id) -> bool {
        let (depth, best_depth) = (self.graph.depth(newest), self.graph.depth(self.best));
        let hash = |id| self.graph.get(id).map(|node| node.hash);
        let at_best_depth = self.graph.ancestry(newest).find(|id| self.graph.depth(*id) <= best_depth);
        at_best_depth == Some(self.best)
            || depth > best_depth
            || (depth == best_depth && hash(newest) < hash(self.best))
    }

    /// The fault of a message on the way to `newest`, if the way is long. On a short one it is found again,
    /// so that a message with a fault of its own is forgotten as it should be; but nobody shall make a
    /// reader walk thousands of messages for each new one.
    fn known_fault(&self, newest: Id) -> Option<Fault> {
        let ahead = self.ahead(newest);
        let mut nodes = ahead.iter().filter(|_| ahead.len() > MAX_WAY).filter_map(|id| self.graph.get(*id));
        nodes.find_map(|node| node.fault)
    }

    /// Brings the document to the message before `newest`. Returns the first fault on the way.
    fn go_to_parent(&mut self, newest: Id) -> Option<Fault> {
        let (ahead, mut fault) = self.go_to_common(newest);
        if let Some((first, fault)) = ahead.last().zip(fault) {
            self.note_fault(*first, fault);
        }
        for id in ahead.into_iter().rev() {
            let fits = fault.is_some() || self.fits(id);
            if id != newest {
                self.enter(id);
            }
            let found = if fits { None } else { Some(Fault::DocumentHashBefore) };
            let found = found.or_else(|| self.not_json().filter(|_| fault.is_none() && id != newest));
            if let Some(found) = found {
                self.note_fault(id, found);
                fault = Some(found);
            }
        }
        fault
    }

    fn note_fault(&mut self, id: Id, fault: Fault) {
        if let Some(node) = self.graph.get_mut(id) {
            node.fault = Some(fault);
        }
    }

    /// Brings the document back to a message that it was at before.
    fn go_back(&mut self, old: Id) {
        for id in self.go_to_common(old).0.into_iter().rev() {
            self.enter(id);
        }
    }

    /// Takes the document back to the last message before `target` that it went through. Returns what comes
    /// after that, up to `target`, the last first; and the first fault of the documents on the way back.
    fn go_to_common(&mut self, target: Id) -> (Vec<Id>, Option<Fault>) {
        let ahead = self.ahead(target);
        let common = ahead.last().map_or(Some(target), |id| self.graph.parent(*id));
        let mut fault = None;
        while Some(self.best) != common && self.best != self.root {
            let Some(parent) = self.graph.parent(self.best) else { break };
            let undo = self.graph.get_mut(self.best).and_then(|node| node.undo.take());
            self.document.revert(undo.unwrap_or_default());
            self.best = parent;
            fault = fault.or_else(|| self.not_json());
        }
        (ahead, fault)
    }

    /// The messages up to `target` that the document did not go through, the last first.
    fn ahead(&self, target: Id) -> Vec<Id> {
        let passed = |node: &Node| node.undo.is_some();
        let ahead = self.graph.ancestry(target).take_while(|id| *id != self.root);
        ahead.take_while(|id| !self.graph.get(*id).is_some_and(passed)).collect()
    }

    /// Applies a message to the document before it, with all checks. If one fails, nothing changes.
    fn apply_newest(&mut self, newest: Id) -> Result<(), Fault> {
        if !self.names_document(newest) {
            return Err(Fault::DocumentHash);
        }
        let Some(node) = self.graph.get_mut(newest) else { return Ok(()) };
        if node.message.checkpoint {
            self.enter(newest);
            return Ok(());
        }
        let undo = self.document.apply_simplest(&node.message.operations).ok_or(Fault::NotSimplest)?;
        if self.mode.checks_json() && !self.document.is_json() {
            self.document.revert(undo);
            return Err(Fault::NotJson);
        }
        node.undo = Some(undo);
        self.best = newest;
        Ok(())
    }

    /// Applies a message to the document before it.
    fn enter(&mut self, id: Id) {
        let Some(node) = self.graph.get_mut(id) else { return };
        let undo = self.document.apply(&node.message.operations);
        if node.message.checkpoint && undo.iter().all(Vec::is_empty) {
            // It repeats the document, as checkpoints do, and will again: the copy need not be kept.
            node.message.operations = Vec::new();
        }
        node.undo = Some(undo);
        self.best = id;
    }

    /// Whether a message names the document before it, which the chain is at. After a checkpoint, that is
    /// whatever the checkpoint named itself.
    fn names_document(&mut self, id: Id) -> bool {
        let (Some(node), Some(before)) = (self.graph.get(id), self.graph.get(self.best)) else {
            return false;
        };
        let named = &node.message.document_hash;
        if before.message.checkpoint {
            return *named == before.message.document_hash;
        }
        named.as_str().and_then(Hash::parse) == Some(self.document.hash())
    }

    /// As [`Chain::names_document`], except that the content of an adopted checkpoint counts and not what
    /// it named: nothing can follow one that named something else.
    fn fits(&mut self, id: Id) -> bool {
        let Some(node) = self.graph.get(id).filter(|_| self.adopted == Some(self.best)) else {
            return self.names_document(id);
        };
        node.message.document_hash.as_str().and_then(Hash::parse) == Some(self.document.hash())
    }

    /// Whether something can follow the message that the document is at.
    pub(super) fn can_be_followed(&mut self) -> bool {
        self.adopted != Some(self.best) || self.fits(self.best)
    }

    fn not_json(&mut self) -> Option<Fault> {
        (self.mode.checks_json() && !self.document.is_json()).then_some(Fault::NotJsonBefore)
    }

    /// After a checkpoint: makes the second checkpoint before it the root, or the first if it is the only.
    fn prune(&mut self, newest: Id) {
        let is_checkpoint = |id: &Id| self.graph.get(*id).is_some_and(|node| node.message.checkpoint);
        if !is_checkpoint(&newest) {
            return;
        }
        let since_root = self.graph.ancestry(newest).skip(1).take_while(|id| *id != self.root);
        let before = since_root.chain([self.root]).filter(is_checkpoint).take(2).last();
        let Some(root) = before.filter(|id| *id != self.root) else { return };
        self.graph.prune(self.root, root);
        self.root = root;
    }
}
