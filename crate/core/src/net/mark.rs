//! The document as it was when it was looked at before: what is missing since then has gone.

use std::sync::Arc;

use crate::ids::MessageHash;
use crate::json::Value;

/// Which earlier states are looked for, and which were found.
#[derive(Debug, Default, Clone)]
pub(super) struct Mark {
    /// The message after which the document is wanted, until that message was read.
    after: Option<MessageHash>,
    /// The document after that message.
    found: Option<Arc<Value>>,
    /// The document at the first checkpoint, while it is not known yet whether that message will be read.
    first: Option<Arc<Value>>,
}

impl Mark {
    /// Wants the document as it was after a message.
    pub(super) fn set(&mut self, after: MessageHash) {
        self.after = Some(after);
    }

    /// After how many of these messages a document is wanted, and whether it is the very one.
    pub(super) fn wanted(&self, stored: &[String]) -> Option<(usize, bool)> {
        let after = self.after.as_ref()?;
        let is_it = |stored: &String| {
            stored.starts_with(after.as_str()) && MessageHash::of(stored).as_ref() == Some(after)
        };
        if let Some(at) = stored.iter().position(is_it) {
            return Some((at + 1, true));
        }
        // The server begins at a checkpoint (PROTOCOL.md 9.2): that may be later than what was looked at.
        (self.first.is_none() && stored.first()?.starts_with("cp|")).then_some((1, false))
    }

    /// The message after which the document is wanted, until that was read.
    pub(super) fn awaited(&self) -> Option<&MessageHash> {
        self.after.as_ref()
    }

    /// Whether the document after this message is wanted.
    pub(super) fn is_at(&self, message: &MessageHash) -> bool {
        self.after.as_ref() == Some(message)
    }

    /// The document that was wanted.
    pub(super) fn found(&mut self, document: Option<Arc<Value>>, is_it: bool) {
        if is_it {
            (self.after, self.found) = (None, document);
        } else {
            self.first = document;
        }
    }

    /// If no earlier document was wanted, this one is the earliest that is known.
    pub(super) fn is_unset(&self) -> bool {
        self.after.is_none() && self.found.is_none()
    }

    /// What was found, as early as is known.
    pub(super) fn take(&mut self) -> Option<Arc<Value>> {
        let Self { after: _, found, first } = std::mem::take(self);
        found.or(first)
    }
}
