//! The second implementation: every document computed whole, nothing noted that could be asked for again.

use pinfold_core::chainpad::{Hash, Message, Mode, Operation};
use pinfold_core::json::validate_utf16;

pub(crate) struct Plain {
    mode: Mode,
    /// In order of arrival.
    known: Vec<Known>,
    pub(crate) root: Hash,
    pub(crate) best: Hash,
    document: Vec<u16>,
    /// What the next message has to name to be applied.
    expected: String,
    implicit_root: Hash,
    initial: Option<Hash>,
}

#[derive(Clone)]
struct Known {
    hash: Hash,
    message: Message,
    /// What takes the message back, and what it leads to, once it was tried.
    inverse: Vec<(f64, f64, Vec<u16>)>,
    after: Option<String>,
}

impl Known {
    fn new(message: Message) -> Self {
        Self { hash: message.hash(), message, inverse: vec![], after: None }
    }

    fn names(&self) -> String {
        self.message.document_hash.to_string_lossy().into_owned()
    }

    fn leads_to(&self) -> Option<String> {
        if self.message.checkpoint { Some(self.names()) } else { self.after.clone() }
    }

    fn try_on(&mut self, document: &[u16]) {
        if self.after.is_none() && !self.message.checkpoint {
            self.inverse = invert(document, &self.message.operations);
            self.after = Some(Hash::of_units(&apply(document, &self.message.operations)).to_string());
        }
    }

    fn take_back(&self, document: &[u16]) -> Vec<u16> {
        if self.message.checkpoint {
            return apply(document, &self.message.operations);
        }
        self.inverse.iter().rev().fold(document.to_vec(), |document, (offset, remove, insert)| {
            replace(&document, *offset, *remove, insert)
        })
    }
}

impl Plain {
    pub(crate) fn new(mode: Mode) -> Self {
        let empty = Hash::of_units(&[]);
        let mut root = Known::new(message(false, vec![], empty.to_string(), "0".repeat(64)));
        root.try_on(&[]);
        let hash = root.hash;
        let mut plain = Self {
            mode,
            known: vec![root],
            root: hash,
            best: hash,
            document: vec![],
            expected: empty.to_string(),
            implicit_root: hash,
            initial: None,
        };
        if mode == Mode::ListMap {
            let braces = Operation { offset: 0.0, remove: 0.0, insert: vec![0x7B, 0x7D] };
            let initial = message(false, vec![braces], empty.to_string(), hash.to_string());
            plain.initial = Some(initial.hash());
            plain.push(initial);
        }
        plain
    }

    pub(crate) fn known(&self) -> Vec<Hash> {
        self.known.iter().map(|known| known.hash).collect()
    }

    pub(crate) fn document(&self) -> &[u16] {
        &self.document
    }

    pub(crate) fn push(&mut self, message: Message) {
        let hash = message.hash();
        if self.get(hash).is_some() {
            return;
        }
        let content = message.operations.first().map(|first| first.insert.clone());
        if message.checkpoint && !content.as_ref().is_some_and(|content| self.passes(content)) {
            return;
        }
        let checkpoint = message.checkpoint;
        self.known.push(Known::new(message));
        let start = self.best == self.implicit_root || Some(self.best) == self.initial;
        if self.branch(hash).is_none() {
            if checkpoint && start {
                self.document = content.unwrap();
                self.expected = Hash::of_units(&self.document).to_string();
                self.root = hash;
                self.best = hash;
            }
            return;
        }
        let newest = self.deepest(hash).1;
        let branch = self.branch(newest).unwrap();
        let best_branch = self.branch(self.best).unwrap_or_default();
        let wins = branch.len() > best_branch.len()
            || (branch.len() == best_branch.len() && newest.to_string() < self.best.to_string());
        if !best_branch.is_empty() && (branch.starts_with(&best_branch) || wins) {
            self.decide(newest, &branch, &best_branch);
        }
    }

    /// Goes from the best message to the newest twice: to see what that is written on, and to apply all.
    fn decide(&mut self, newest: Hash, branch: &[Hash], best_branch: &[Hash]) {
        let common = branch.iter().zip(best_branch).take_while(|(a, b)| a == b).count();
        let back: Vec<Known> =
            best_branch[common..].iter().rev().map(|hash| self.get(*hash).unwrap().clone()).collect();
        let mut document =
            back.iter().fold(self.document.clone(), |document, known| known.take_back(&document));
        for hash in &branch[common..branch.len() - 1] {
            let known = self.get_mut(*hash);
            known.try_on(&document);
            document = apply(&document, &known.message.operations);
        }
        let parent = self.get(branch[branch.len() - 2]).unwrap().leads_to();
        let known = self.get_mut(newest);
        let named = parent == Some(known.names());
        if !named || (!known.message.checkpoint && !is_simplest(&known.message, &document)) {
            self.known.retain(|known| known.hash != newest);
            return;
        }
        let checkpoint = known.message.checkpoint;
        if checkpoint && self.stumbles(newest) {
            return;
        }
        let result = apply(&document, &self.get_mut(newest).message.operations);
        // What is refused counts as not tried.
        if !checkpoint && !self.passes(&result) {
            return;
        }
        self.get_mut(newest).try_on(&document);
        let on: Vec<Known> = branch[common..].iter().map(|hash| self.get(*hash).unwrap().clone()).collect();
        if self.walk(&back, &on) {
            self.best = newest;
        }
        if checkpoint {
            self.prune(newest);
        }
    }

    fn walk(&mut self, back: &[Known], on: &[Known]) -> bool {
        for known in back {
            let document = known.take_back(&self.document);
            if !self.step(known, known.leads_to().unwrap(), known.names(), document) {
                return false;
            }
        }
        on.iter().all(|known| {
            let document = apply(&self.document, &known.message.operations);
            self.step(known, known.names(), known.leads_to().unwrap(), document)
        })
    }

    fn step(&mut self, known: &Known, before: String, after: String, document: Vec<u16>) -> bool {
        if self.expected != before {
            return false;
        }
        if !known.message.operations.is_empty() && !self.passes(&document) {
            self.expected = Hash::of_units(&self.document).to_string();
            if self.expected != after {
                return false;
            }
        } else if known.message.operations.is_empty() && self.expected != after {
            return false;
        }
        (self.expected, self.document) = (after, document);
        true
    }

    /// All before a message, the nearest first, and which of them its being a checkpoint makes the root.
    fn above(&self, newest: Hash) -> (Vec<Hash>, Option<Hash>) {
        let above: Vec<_> = std::iter::successors(self.parent(newest), |hash| self.parent(*hash)).collect();
        let checkpoints = above.iter().filter(|hash| self.get(**hash).unwrap().message.checkpoint);
        let root = checkpoints.take(2).last().copied().filter(|root| *root != self.root);
        (above, root)
    }

    /// Whether what is above the new root was never seen to its beginning.
    fn stumbles(&self, newest: Hash) -> bool {
        let (above, root) = self.above(newest);
        let from_root = |root| above.iter().skip_while(move |hash| **hash != root);
        root.is_some_and(|root| {
            !from_root(root).any(|hash| *hash == self.root || *hash == self.implicit_root)
        })
    }

    fn prune(&mut self, newest: Hash) {
        let (above, Some(root)) = self.above(newest) else { return };
        let gone: Vec<_> = above.into_iter().skip_while(|hash| *hash != root).skip(1).collect();
        self.known.retain(|known| !gone.contains(&known.hash));
        self.root = root;
    }

    fn passes(&self, document: &[u16]) -> bool {
        self.mode == Mode::Text || validate_utf16(document)
    }

    fn get(&self, hash: Hash) -> Option<&Known> {
        self.known.iter().find(|known| known.hash == hash)
    }

    fn get_mut(&mut self, hash: Hash) -> &mut Known {
        self.known.iter_mut().find(|known| known.hash == hash).unwrap()
    }

    fn parent(&self, hash: Hash) -> Option<Hash> {
        let parent = Hash::parse(self.get(hash)?.message.parent.as_str()?)?;
        self.get(parent).map(|known| known.hash)
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
        for child in self.known.iter().filter(|child| child.message.parent == hash.to_string().as_str()) {
            let (depth, tip) = self.deepest(child.hash);
            if depth + 1 > deepest.0 {
                deepest = (depth + 1, tip);
            }
        }
        deepest
    }
}

/// What the real library goes back by, from the last operation to the first.
fn invert(document: &[u16], operations: &[Operation]) -> Vec<(f64, f64, Vec<u16>)> {
    let mut document = document.to_vec();
    let mut inverse: Vec<_> = operations
        .iter()
        .rev()
        .map(|operation| {
            let clamp = |at: f64| (at as usize).min(document.len());
            let removed =
                document[clamp(operation.offset)..clamp(operation.offset + operation.remove)].to_vec();
            document = apply(&document, std::slice::from_ref(operation));
            (operation.offset, operation.insert.len() as f64, removed)
        })
        .collect();
    inverse.reverse();
    let mut moved = 0.0;
    for (offset, inserted, removed) in &mut inverse {
        *offset += moved;
        moved += *inserted - removed.len() as f64;
    }
    inverse
}

fn replace(document: &[u16], offset: f64, remove: f64, insert: &[u16]) -> Vec<u16> {
    let clamp = |at: f64| (at as usize).min(document.len());
    let (start, end) = (clamp(offset), clamp(offset + remove));
    [&document[..start], insert, &document[end..]].concat()
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
        replace(&document, operation.offset, operation.remove, &operation.insert)
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
