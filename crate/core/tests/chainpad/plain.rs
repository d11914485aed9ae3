//! The second implementation: no undo, no noted states, everything computed from the root each time.

use pinfold_core::chainpad::{Hash, Message, Mode, Operation};
use pinfold_core::json::validate_utf16;

pub(crate) struct Plain {
    mode: Mode,
    /// In order of arrival.
    known: Vec<(Hash, Message)>,
    pub(crate) root: Hash,
    /// Content of the root: empty, or what an adopted checkpoint holds.
    start: Vec<u16>,
    adopted: bool,
    pub(crate) best: Hash,
    implicit_root: Hash,
    initial: Option<Hash>,
}

impl Plain {
    pub(crate) fn new(mode: Mode) -> Self {
        let empty = Hash::of_units(&[]);
        let root = message(false, vec![], empty.to_string(), "0".repeat(64));
        let hash = root.hash();
        let known = vec![(hash, root)];
        let mut plain = Self {
            mode,
            known,
            root: hash,
            start: vec![],
            adopted: false,
            best: hash,
            implicit_root: hash,
            initial: None,
        };
        if mode == Mode::ListMap {
            let braces = Operation { offset: 0, remove: 0, insert: vec![0x7B, 0x7D] };
            let initial = message(false, vec![braces], empty.to_string(), hash.to_string());
            plain.initial = Some(initial.hash());
            plain.push(initial);
        }
        plain
    }

    pub(crate) fn known(&self) -> Vec<Hash> {
        self.known.iter().map(|(hash, _)| *hash).collect()
    }

    pub(crate) fn document(&self) -> Vec<u16> {
        self.document_at(self.best)
    }

    pub(crate) fn push(&mut self, message: Message) {
        let hash = message.hash();
        if self.get(hash).is_some() {
            return;
        }
        if message.checkpoint {
            let content = message.operations.first().map(|first| &first.insert);
            if !content.is_some_and(|content| self.passes(content)) {
                return;
            }
        }
        let checkpoint = message.checkpoint;
        self.known.push((hash, message));
        if self.branch(hash).is_none() {
            if checkpoint && (self.best == self.implicit_root || Some(self.best) == self.initial) {
                self.start = self.get(hash).unwrap().operations[0].insert.clone();
                self.adopted = true;
                self.root = hash;
                self.best = hash;
            }
            return;
        }
        let newest = self.deepest(hash).1;
        let branch = self.branch(newest).unwrap();
        let best_branch = self.branch(self.best).unwrap();
        let follows = branch.starts_with(&best_branch);
        let wins = branch.len() > best_branch.len()
            || (branch.len() == best_branch.len() && newest.to_string() < self.best.to_string());
        if !follows && !wins {
            return;
        }
        self.decide(newest, &branch, &best_branch);
    }

    fn decide(&mut self, newest: Hash, branch: &[Hash], best_branch: &[Hash]) {
        let before = branch[branch.len() - 2];
        let document = self.document_at(before);
        let message = self.get(newest).unwrap();
        let parent = self.get(before).unwrap();
        let expected = if parent.checkpoint {
            parent.document_hash.clone()
        } else {
            Hash::of_units(&document).to_string().into()
        };
        if message.document_hash != expected || (!message.checkpoint && !is_simplest(message, &document)) {
            self.known.retain(|(hash, _)| *hash != newest);
            return;
        }
        let result = apply(&document, &message.operations);
        if !message.checkpoint && !self.passes(&result) {
            return;
        }
        // Every document that is gone through, back and forth, is checked; so is every parentHash ahead.
        let common = branch.iter().zip(best_branch).take_while(|(a, b)| a == b).count();
        let back = best_branch[common - 1..best_branch.len() - 1].iter();
        let ahead = branch[common..branch.len() - 1].iter();
        if !back.chain(ahead).all(|hash| self.passes(&self.document_at(*hash))) {
            return;
        }
        if !branch[common - 1..].windows(2).all(|pair| self.fits(pair[0], pair[1])) {
            return;
        }
        let checkpoint = message.checkpoint;
        self.best = newest;
        if checkpoint {
            self.prune(branch);
        }
    }

    fn fits(&self, before: Hash, after: Hash) -> bool {
        let parent = self.get(before).unwrap();
        let declared = parent.checkpoint && !(self.adopted && before == self.root);
        let expected = if declared {
            parent.document_hash.clone()
        } else {
            Hash::of_units(&self.document_at(before)).to_string().into()
        };
        self.get(after).unwrap().document_hash == expected
    }

    fn prune(&mut self, branch: &[Hash]) {
        let before = &branch[..branch.len() - 1];
        let checkpoints: Vec<_> =
            before.iter().rev().filter(|hash| self.get(**hash).unwrap().checkpoint).take(2).collect();
        let Some(root) = checkpoints.last().filter(|root| ***root != self.root) else { return };
        let root = **root;
        let start = self.document_at(root);
        // Also what an adopted root was written on, should that have come later.
        let mut gone = Vec::new();
        let mut above = root;
        while let Some(parent) = self.parent(above) {
            gone.push(parent);
            above = parent;
        }
        self.known.retain(|(hash, _)| !gone.contains(hash));
        self.start = start;
        self.adopted = false;
        self.root = root;
    }

    fn passes(&self, document: &[u16]) -> bool {
        self.mode == Mode::Text || validate_utf16(document)
    }

    fn get(&self, hash: Hash) -> Option<&Message> {
        self.known.iter().find(|(known, _)| *known == hash).map(|(_, message)| message)
    }

    fn parent(&self, hash: Hash) -> Option<Hash> {
        let parent = Hash::parse(self.get(hash)?.parent.as_str()?)?;
        self.get(parent).map(|_| parent)
    }

    /// From the root to a message, if it descends from the root.
    fn branch(&self, hash: Hash) -> Option<Vec<Hash>> {
        let mut branch = vec![hash];
        while branch[0] != self.root {
            branch.insert(0, self.parent(branch[0])?);
        }
        Some(branch)
    }

    fn deepest(&self, hash: Hash) -> (usize, Hash) {
        let mut deepest = (0, hash);
        for (child, message) in &self.known {
            if message.parent == hash.to_string().as_str() {
                let (depth, tip) = self.deepest(*child);
                if depth + 1 > deepest.0 {
                    deepest = (depth + 1, tip);
                }
            }
        }
        deepest
    }

    fn document_at(&self, hash: Hash) -> Vec<u16> {
        let branch = self.branch(hash).unwrap();
        branch[1..]
            .iter()
            .fold(self.start.clone(), |document, hash| apply(&document, &self.get(*hash).unwrap().operations))
    }
}

pub(crate) fn message(
    checkpoint: bool,
    operations: Vec<Operation>,
    document: String,
    parent: String,
) -> Message {
    Message { checkpoint, operations, document_hash: document.into(), parent: parent.into() }
}

pub(crate) fn apply(document: &[u16], operations: &[Operation]) -> Vec<u16> {
    operations.iter().rev().fold(document.to_vec(), |document, operation| {
        let clamp = |at: u64| (at as usize).min(document.len());
        let (start, end) = (clamp(operation.offset), clamp(operation.offset + operation.remove));
        [&document[..start], &operation.insert, &document[end..]].concat()
    })
}

fn is_simplest(message: &Message, document: &[u16]) -> bool {
    let mut document = document.to_vec();
    message.operations.iter().rev().all(|operation| {
        let simplest = operation.simplify(&document).as_ref() == Some(operation);
        document = apply(&document, std::slice::from_ref(operation));
        simplest
    })
}
