//! Replay of a channel's messages (PROTOCOL.md section 12.3).

use super::asides::Asides;
use super::document::Document;
use super::graph::{Effect, Graph, Id, Node};
use super::hash::Name;
use super::operations::Operations;
use super::{Fault, Hash, Message, Mode, Operation, Standing, Step};
use crate::json::{self, Text, Value, validate_utf16};
use core::cmp::Reverse;
use std::borrow::Cow;

/// The empty patch that every chain begins with, and nobody sends.
pub(super) const IMPLICIT_ROOT: Id = 0;

/// Everything known of a channel's history, and the document it leads to.
///
/// Feed the messages in the order of the server. The document is at the longest branch, and among equally
/// long ones at that whose last message has the lowest hash. Memory is in proportion to the messages.
///
/// # Examples
/// ```
/// use pinfold_core::{Chain, Mode};
///
/// let (mut writer, mut reader) = (Chain::new(Mode::ListMap), Chain::new(Mode::ListMap));
/// // The message that every channel begins with, then the change.
/// while let Ok(Some(message)) = writer.message_towards(&r#"{"title":"Garden"}"#.into()) {
///     reader.push(&message.to_json());
///     writer.push_message(message);
/// }
/// assert_eq!(reader.document_text(), r#"{"title":"Garden"}"#);
/// ```
pub struct Chain {
    pub(super) mode: Mode,
    pub(super) graph: Graph,
    pub(super) root: Id,
    pub(super) best: Id,
    /// The document at `best`, or wherever a way to another message broke off: see `branch.rs`.
    pub(super) document: Document,
    /// What the next message has to name to be applied. Where that is not what the message at `best` says
    /// it is, nothing can follow.
    pub(super) expected: Name,
    /// Whether going back may not lead back, because of somebody who breaks the rules. Then checkpoints are
    /// kept whole.
    pub(super) drifting: bool,
    pub(super) asides: Asides,
    /// The message before the checkpoint that was taken as the start, which is older than what was read.
    before_adopted: Option<Hash>,
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
        let expected = Name::Hash(document.hash());
        if let Some(root) = graph.get_mut(root) {
            root.note(Effect { inverse: Operations::Open(Vec::new()), after: expected.clone() });
        }
        let mut chain = Self {
            mode,
            graph,
            root,
            best: root,
            document,
            expected,
            drifting: false,
            asides: Asides::default(),
            before_adopted: None,
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
        Step::Stray { beyond_gap: self.note_stray(id) }
    }

    /// What it assumes and checks.
    pub const fn mode(&self) -> Mode {
        self.mode
    }

    /// The document, in UTF-16 units.
    pub fn document(&self) -> Cow<'_, [u16]> {
        self.document.units()
    }

    /// How many UTF-16 units the document has.
    pub const fn document_len(&self) -> usize {
        self.document.len()
    }

    /// The document as a text.
    pub fn document_text(&self) -> Text {
        self.document.text()
    }

    /// Takes less room, until the next message comes and the document is worked on again. [`Chain::document_text`] costs nothing then.
    pub fn pack(&mut self) {
        self.document.pack();
        self.graph.pack();
        self.asides.pack();
    }

    /// The document as a JSON tree.
    ///
    /// # Errors
    /// As [`Value::parse`]. In the modes with a content check, only that of an empty channel in [`Mode::Pad`] fails.
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

    /// The message that the document is at. Of a checkpoint that repeats the document, without its operations.
    pub fn best_message(&self) -> Option<Message> {
        self.graph.get(self.best).map(Node::message)
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

    /// Where a message stands, seen from the document.
    pub fn standing(&self, hash: &Hash) -> Standing {
        let Some(id) = self.graph.find(hash) else { return Standing::Unknown };
        let Some(depth) = self.graph.depth(id) else { return Standing::Beside };
        match self.graph.depth(self.best).filter(|_| self.graph.leads_to(id, self.best)) {
            Some(best) => Standing::Followed { by: best.saturating_sub(depth) },
            None => Standing::Beside,
        }
    }

    /// Whether the channel has not shown the initial message, which a list-map reader knows by itself.
    pub fn initial_pending(&self) -> bool {
        self.initial_pending
    }

    /// Hashes of all remembered messages, in order of arrival.
    pub fn known_hashes(&self) -> impl Iterator<Item = Hash> + '_ {
        self.graph.iter().map(|node| node.hash)
    }

    /// Remembered messages that descend from nothing known and hang on something that was never seen.
    pub fn strays(&self) -> impl Iterator<Item = Hash> + '_ {
        let strays = self.graph.iter().filter(|node| node.depth.is_none() && node.beyond_gap);
        strays.map(|node| node.hash)
    }

    /// How many messages were taken in so far, without those that say nothing new.
    pub fn arrivals(&self) -> usize {
        self.graph.arrivals()
    }

    /// Whether who wrote the message that the document is at had seen the first so many arrivals: everybody
    /// reads in the order of the server, and the message before it came later.
    pub fn was_written_after(&self, arrivals: usize) -> bool {
        self.graph.parent(self.best).is_some_and(|parent| parent >= arrivals)
    }

    /// Whether a message can follow the one that the document is at. Not so after somebody broke the rules.
    pub fn can_be_followed(&self) -> bool {
        self.graph.get(self.best).is_some_and(|best| best.after() == Some(&self.expected))
    }

    /// Notes what a message that descends from nothing known hangs on. Returns whether that is missing.
    ///
    /// A branch that starts beside the checkpoint the history begins with is no sign of a gap, as long as
    /// it would lose against the one that was read.
    fn note_stray(&mut self, id: Id) -> bool {
        let Some(node) = self.graph.get(id) else { return false };
        let (beyond_gap, beside) = match self.graph.parent(id).and_then(|parent| self.graph.get(parent)) {
            Some(parent) => (parent.beyond_gap, parent.beside.map(|depth| depth + 1)),
            None if node.parent().is_some() && node.parent() == self.before_adopted => (false, Some(0)),
            None => (!node.parent().is_some_and(|parent| self.graph.was_forgotten(&parent)), None),
        };
        let best = self.graph.get(self.best).and_then(|best| Some((best.depth?, Reverse(best.hash))));
        let wins = beside.is_some_and(|depth| Some((depth, Reverse(node.hash))) > best);
        if let Some(node) = self.graph.get_mut(id) {
            (node.beyond_gap, node.beside) = (beyond_gap || wins, beside);
        }
        beyond_gap || wins
    }

    fn add_initial(&mut self, root: Hash) {
        let message = Message {
            checkpoint: false,
            operations: vec![Operation { offset: 0.0, remove: 0.0, insert: vec![0x7B, 0x7D] }],
            document_hash: self.document.hash().to_string().as_str().into(),
            parent: root.to_string().as_str().into(),
        };
        self.push_message(message);
        self.initial = Some(self.best);
        self.initial_pending = true;
    }

    /// Whether nothing but what every reader knows was applied.
    pub(super) fn at_start(&self) -> bool {
        self.best == IMPLICIT_ROOT || self.initial == Some(self.best)
    }

    /// The message that a list-map reader knows without being told.
    pub(super) const fn initial(&self) -> Option<Id> {
        self.initial
    }

    /// The content check of a checkpoint that is not remembered yet.
    fn fault_of_checkpoint(&mut self, message: &Message) -> Option<Fault> {
        let Some(first) = message.operations.first() else { return Some(Fault::EmptyCheckpoint) };
        let same = self.document.is(&first.insert);
        let json = if same { self.document.is_json() } else { validate_utf16(&first.insert) };
        (self.mode.checks_json() && !json).then_some(Fault::NotJson)
    }

    /// Starts over from a checkpoint.
    fn adopt(&mut self, id: Id) {
        let Some(node) = self.graph.get_mut(id) else { return };
        // Nothing goes back beyond it, so its content is needed once.
        let content = std::mem::replace(&mut node.operations, Operations::Open(Vec::new()));
        self.before_adopted = node.parent();
        let first = content.into_all().into_iter().next();
        self.document = Document::new(first.map(|first| first.insert).unwrap_or_default());
        self.expected = Name::Hash(self.document.hash());
        self.forget_asides();
        self.graph.replace_root(self.root, id);
        self.root = id;
        self.best = id;
    }
}

/// Nothing of the document, which may hold keys and passwords.
impl core::fmt::Debug for Chain {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let mut chain = f.debug_struct("Chain");
        chain.field("mode", &self.mode).field("best", &self.best_hash()).field("root", &self.root_hash());
        chain.field("document_len", &self.document_len()).finish_non_exhaustive()
    }
}
