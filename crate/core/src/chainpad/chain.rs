//! Replay of a channel's messages (PROTOCOL.md section 12.3).

use super::document::Document;
use super::graph::{Graph, Id};
use super::{Hash, Malformed, Message, Mode, Operation};
use crate::json::{self, Text, Value, validate_utf16};

/// What a message did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The document moved: to this message, or to one that waited for it.
    Applied,
    /// A checkpoint without known past was taken as the start of everything.
    Adopted,
    /// The message was known already.
    Known,
    /// The message is on a branch that is not the best one.
    Remembered,
    /// The message does not descend from the root. It is kept, in case what is missing comes.
    Stray {
        /// Whether the message before it was known at some time: it is on a branch that was left behind.
        /// Otherwise something is missing.
        parent_ever_seen: bool,
    },
    /// The message that was to be applied (this one, or one that waited for it) broke a rule and is as if
    /// it had never come.
    Forgotten(Fault),
    /// The message that was to be applied (as above) broke a rule; it is kept, and the document stays.
    Refused(Fault),
    /// The text is no message.
    Malformed(Malformed),
}

/// The rule that was broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// `parentHash` is not the hash of the document before.
    DocumentHash,
    /// A patch is not in simplest form.
    NotSimplest,
    /// The result, or a checkpoint's content, is not JSON.
    NotJson,
    /// As [`Fault::DocumentHash`], of a message on the way to the newest.
    DocumentHashBefore,
    /// As [`Fault::NotJson`], of a message on the way to the newest.
    NotJsonBefore,
    /// A checkpoint holds no operation.
    EmptyCheckpoint,
}

/// The empty patch that every chain begins with, and nobody sends.
const IMPLICIT_ROOT: Id = 0;

/// Everything known of a channel's history, and the document it leads to.
///
/// Feed the messages in the order of the server. The document is at the longest branch, and among equally
/// long ones at that whose last message has the lowest hash.
#[derive(Debug)]
pub struct Chain {
    mode: Mode,
    graph: Graph,
    root: Id,
    best: Id,
    /// The document at `best`.
    document: Document,
    /// The checkpoint that was taken as the start, if one was.
    adopted: Option<Id>,
    /// The message every list-map reader knows without being told.
    initial: Option<Id>,
    initial_pending: bool,
}

impl Chain {
    /// A channel of which nothing is known yet.
    pub fn new(mode: Mode) -> Self {
        let mut graph = Graph::default();
        let mut document = Document::default();
        let first = Message {
            checkpoint: false,
            operations: Vec::new(),
            document_hash: document.hash().to_string().as_str().into(),
            parent: "0".repeat(64).as_str().into(),
        };
        let root_hash = first.hash();
        let root = graph.insert(root_hash, first);
        graph.connect(root, 0);
        let mut chain = Self {
            mode,
            graph,
            root,
            best: root,
            document,
            adopted: None,
            initial: None,
            initial_pending: false,
        };
        if mode == Mode::ListMap {
            chain.add_initial(root_hash);
        }
        chain
    }

    /// Takes the next message, decrypted and without its `cp|` prefix.
    pub fn push(&mut self, message: &str) -> Step {
        match Message::parse(message) {
            Ok(message) => self.push_message(message),
            Err(error) => Step::Malformed(error),
        }
    }

    /// As [`Chain::push`], for a message that was parsed before.
    pub fn push_message(&mut self, message: Message) -> Step {
        let hash = message.hash();
        if let Some(known) = self.graph.find(&hash) {
            self.initial_pending &= self.initial != Some(known);
            return Step::Known;
        }
        if message.checkpoint
            && let Some(fault) = self.fault_of_checkpoint(&message)
        {
            return Step::Refused(fault);
        }
        let checkpoint = message.checkpoint;
        let id = self.graph.insert(hash, message);
        let parent = self.graph.parent(id);
        if let Some(depth) = parent.and_then(|parent| self.graph.depth(parent)) {
            let newest = self.graph.connect(id, depth + 1);
            return self.consider(newest);
        }
        if checkpoint && self.at_start() {
            self.adopt(id);
            return Step::Adopted;
        }
        Step::Stray { parent_ever_seen: self.parent_ever_seen(id) }
    }

    /// The document, in UTF-16 units.
    pub fn document(&self) -> &[u16] {
        self.document.units()
    }

    /// The document as a text.
    pub fn document_text(&self) -> Text {
        Text::from_utf16(self.document.units())
    }

    /// The document as a JSON tree.
    ///
    /// # Errors
    /// As [`Value::parse`]. In the modes with a content check, only a document that nests deeper than
    /// [`json::MAX_DEPTH`] fails, and in [`Mode::Pad`] that of an empty channel.
    pub fn to_json(&self) -> Result<Value, json::Error> {
        Value::parse_text(&self.document_text())
    }

    /// The document's hash, as the next patch has to name it. Not that of a patch on a checkpoint, which
    /// names what the checkpoint did.
    pub fn document_hash(&mut self) -> Hash {
        self.document.hash()
    }

    /// Hash of the message that the document is at.
    pub fn best_hash(&self) -> Option<Hash> {
        self.graph.get(self.best).map(|node| node.hash)
    }

    /// The message that the document is at.
    pub fn best_message(&self) -> Option<&Message> {
        self.graph.get(self.best).map(|node| &node.message)
    }

    /// Hash of the oldest message that was not pruned.
    pub fn root_hash(&self) -> Option<Hash> {
        self.graph.get(self.root).map(|node| node.hash)
    }

    /// How many messages lie between the root and the document.
    pub fn depth_since_root(&self) -> u64 {
        let depth = |id| self.graph.depth(id).unwrap_or(0);
        depth(self.best).saturating_sub(depth(self.root))
    }

    /// Whether the channel has not shown the initial message, which a list-map reader knows by itself.
    pub fn initial_pending(&self) -> bool {
        self.initial_pending
    }

    /// Hashes of all remembered messages, in order of arrival.
    pub fn known_hashes(&self) -> impl Iterator<Item = Hash> + '_ {
        self.graph.iter().map(|node| node.hash)
    }

    /// Remembered messages that descend from nothing known, where the message before was never seen: each
    /// is the edge of a gap, or of a branch older than where the history began.
    pub fn strays(&self) -> impl Iterator<Item = Hash> + '_ {
        let first = self.graph.get(IMPLICIT_ROOT).map(|node| node.hash);
        let missing = move |node: &&super::graph::Node| match &node.parent {
            Some(parent) => self.graph.find(parent).is_none() && !self.graph.was_forgotten(parent),
            None => true,
        };
        let stray = self.graph.iter().filter(|node| node.depth.is_none()).filter(missing);
        stray.map(|node| node.hash).filter(move |hash| Some(*hash) != first)
    }

    fn add_initial(&mut self, root: Hash) {
        let message = Message {
            checkpoint: false,
            operations: vec![Operation { offset: 0, remove: 0, insert: vec![0x7B, 0x7D] }],
            document_hash: self.document.hash().to_string().as_str().into(),
            parent: root.to_string().as_str().into(),
        };
        self.push_message(message);
        self.initial = Some(self.best);
        self.initial_pending = true;
    }

    fn at_start(&self) -> bool {
        self.best == IMPLICIT_ROOT || self.initial == Some(self.best)
    }

    fn parent_ever_seen(&self, id: Id) -> bool {
        let parent = self.graph.get(id).and_then(|node| node.parent);
        parent.is_some_and(|parent| self.graph.find(&parent).is_some() || self.graph.was_forgotten(&parent))
    }

    /// The content check of a checkpoint that is not remembered yet.
    fn fault_of_checkpoint(&mut self, message: &Message) -> Option<Fault> {
        let Some(first) = message.operations.first() else { return Some(Fault::EmptyCheckpoint) };
        let same = first.insert == self.document.units();
        let json = if same { self.document.is_json() } else { validate_utf16(&first.insert) };
        (self.mode.checks_json() && !json).then_some(Fault::NotJson)
    }

    /// Starts over from a checkpoint.
    fn adopt(&mut self, id: Id) {
        let content = self.graph.get(id).and_then(|node| node.message.operations.first());
        self.document = Document::new(content.map(|first| first.insert.clone()).unwrap_or_default());
        self.graph.replace_root(self.root, id);
        self.root = id;
        self.best = id;
        self.adopted = Some(id);
    }

    /// Moves to `newest` if its branch is better and the message in order.
    fn consider(&mut self, newest: Id) -> Step {
        if !self.is_better(newest) {
            return Step::Remembered;
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
            Err(Fault::NotJson) => Step::Refused(Fault::NotJson),
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

    /// Brings the document to the message before `newest`. Returns the first fault on the way.
    fn go_to_parent(&mut self, newest: Id) -> Option<Fault> {
        let (ahead, mut fault) = self.go_to_common(newest);
        for id in ahead.into_iter().rev() {
            fault = fault.or_else(|| (!self.fits(id)).then_some(Fault::DocumentHashBefore));
            if id != newest {
                self.enter(id);
                fault = fault.or_else(|| self.not_json());
            }
        }
        fault
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
        let passed =
            |id: &Id| *id == self.root || self.graph.get(*id).is_some_and(|node| node.undo.is_some());
        let ahead: Vec<_> = self.graph.ancestry(target).take_while(|id| !passed(id)).collect();
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
        node.undo = Some(self.document.apply(&node.message.operations));
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
