//! Which letters of a mailbox are dismissed, noted the way CryptPad's own client notes it (PROTOCOL.md 18.2 to 18.5).
//!
//! Two values stand in the account document: everything up to and including `lastKnownHash` is dismissed,
//! and `viewed` lists what was dismissed after it, out of order. The rest is memory of one session.

use std::collections::HashSet;

use crate::ids::MessageHash;

/// The dismissed prefix, the dismissed rest, and what arrived after the prefix.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cursor {
    last_known: Option<MessageHash>,
    viewed: Vec<MessageHash>,
    history: Vec<MessageHash>,
    last_received: Option<MessageHash>,
}

/// What a received hash is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Received {
    /// The prefix's end or the message just before, again.
    Duplicate,
    /// Dismissed before.
    Dismissed,
    /// Not dismissed.
    New,
}

impl Cursor {
    /// The state as the account document holds it.
    pub fn stored(last_known: Option<MessageHash>, viewed: Vec<MessageHash>) -> Self {
        Self { last_known, viewed, history: Vec::new(), last_received: None }
    }

    /// The state once these have arrived after the prefix, in the log's order.
    #[must_use]
    pub fn with_history(mut self, history: Vec<MessageHash>) -> Self {
        self.history = history;
        self
    }

    /// Everything up to and including this is dismissed.
    pub fn last_known(&self) -> Option<&MessageHash> {
        self.last_known.as_ref()
    }

    /// What is dismissed after it.
    pub fn viewed(&self) -> &[MessageHash] {
        &self.viewed
    }

    /// Whether a hash arrived in this session and is not part of the prefix.
    pub fn holds(&self, hash: &MessageHash) -> bool {
        self.history.contains(hash)
    }

    /// Whether a hash is one that arrives again: 18.3, step 1. Marks it as the last one received.
    pub fn is_repeated(&mut self, hash: &MessageHash) -> bool {
        if self.last_known.as_ref() == Some(hash) || self.last_received.as_ref() == Some(hash) {
            return true;
        }
        self.last_received = Some(hash.clone());
        false
    }

    /// Takes a hash into the history: 18.3, steps 3 and 4. `nothing_shown` says whether no message before
    /// it is on display, in which case a dismissed one extends the prefix at once.
    pub fn receive(&mut self, hash: &MessageHash, nothing_shown: bool) -> Received {
        self.history.push(hash.clone());
        if !self.viewed.contains(hash) {
            return Received::New;
        }
        if nothing_shown {
            self.last_known = Some(hash.clone());
            self.history.clear();
            self.viewed.retain(|v| v != hash);
        }
        Received::Dismissed
    }

    /// The whole history has arrived: what `viewed` names and the log does not hold is forgotten (18.3).
    pub fn ready(&mut self) {
        let history = &self.history;
        self.viewed.retain(|hash| history.contains(hash));
    }

    /// Dismisses a hash (18.4): the prefix moves over the longest dismissed run, the rest waits.
    pub fn dismiss(&mut self, hash: &MessageHash) {
        if self.history.contains(hash) && !self.viewed.contains(hash) {
            self.viewed.push(hash.clone());
        }
        if self.history.first().is_none_or(|first| !self.viewed.contains(first)) {
            return;
        }
        let viewed: HashSet<&MessageHash> = self.viewed.iter().collect();
        let run = self.history.iter().take_while(|hash| viewed.contains(hash)).count();
        // A hash that comes twice in the log is viewed for its first place only.
        let mut passed = HashSet::new();
        let run = self.history.iter().take(run).take_while(|hash| passed.insert((*hash).clone())).count();
        let gone: Vec<MessageHash> = self.history.drain(..run).collect();
        self.viewed.retain(|hash| !passed.contains(hash));
        self.last_known = gone.into_iter().last();
    }

    /// Another device moved the prefix (18.5). Returns the hashes that this dismisses, in order; all of them
    /// where the hash is unknown.
    pub fn moved_elsewhere(&mut self, last_known: MessageHash) -> Vec<MessageHash> {
        let end = self.history.iter().position(|h| *h == last_known).map_or(self.history.len(), |at| at + 1);
        self.last_known = Some(last_known);
        self.history.drain(..end).collect()
    }

    /// Another device dismissed one message (18.5).
    pub fn viewed_elsewhere(&mut self, hash: MessageHash) {
        if !self.viewed.contains(&hash) {
            self.viewed.push(hash);
        }
    }
}
