//! Writing: the next message that brings a channel closer to a document (PROTOCOL.md section 12.5).

use super::diff::diff;
use super::{Chain, Fault, Message, Operation};
use crate::json::{Text, validate_utf16};

/// Every so many messages, a checkpoint.
pub const CHECKPOINT_INTERVAL: u64 = 50;

impl Chain {
    /// The message to send next so that the document becomes `wanted`; `None` if it is that already.
    ///
    /// Send one message at a time. Once the server acknowledged it, [`Chain::push`] it and ask again: what
    /// comes next may be the initial message of an empty channel, a checkpoint, then the patch itself, and
    /// another patch if a competing branch won meanwhile. For list-map channels `wanted` is the
    /// [canonical](crate::json::canonical) text.
    ///
    /// # Errors
    /// [`Fault::NotJson`] if `wanted` is not JSON and the mode asks for it; [`Fault::DocumentHash`] if the
    /// history begins with a checkpoint that named a false hash, or somebody broke the rules in another way,
    /// so that nobody would take the message: also where the patch was refused before.
    pub fn message_towards(&self, wanted: &Text) -> Result<Option<Message>, Fault> {
        let wanted = wanted.to_utf16();
        let document = self.document();
        if wanted == *document {
            return Ok(None);
        }
        if self.mode.checks_json() && !validate_utf16(&wanted) {
            return Err(Fault::NotJson);
        }
        if self.initial_pending() && self.at_start() {
            return Ok(self.best_message());
        }
        let best = self.graph.get(self.best).filter(|_| self.can_be_followed());
        let (best, depth) = best.and_then(|best| Some((best, best.depth?))).ok_or(Fault::DocumentHash)?;
        // Nobody takes a checkpoint of what somebody broke.
        let due = (depth + 1).is_multiple_of(CHECKPOINT_INTERVAL)
            && (!self.mode.checks_json() || validate_utf16(&document));
        for checkpoint in [true, false] {
            if checkpoint && !due {
                continue;
            }
            let operations = if checkpoint {
                vec![Operation { offset: 0.0, remove: document.len() as f64, insert: document.to_vec() }]
            } else {
                diff(&document, &wanted)
            };
            let message = Message {
                checkpoint,
                operations,
                document_hash: self.expected.to_text(),
                parent: best.hash.to_string().into(),
            };
            // The same text may have come before and been refused for the sake of what somebody hung on it:
            // nobody takes it again.
            if self.graph.find(&message.hash()).is_none() {
                return Ok(Some(message));
            }
        }
        Err(Fault::DocumentHash)
    }
}
