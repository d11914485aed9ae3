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
    /// history begins with a checkpoint that named a false hash, so that nobody would take the message.
    pub fn message_towards(&mut self, wanted: &Text) -> Result<Option<Message>, Fault> {
        let wanted = wanted.to_utf16();
        if wanted == self.document() {
            return Ok(None);
        }
        if self.mode.checks_json() && !validate_utf16(&wanted) {
            return Err(Fault::NotJson);
        }
        if self.initial_pending() && self.at_start() {
            return Ok(self.best_message().cloned());
        }
        if !self.can_be_followed() {
            return Err(Fault::DocumentHash);
        }
        let (Some(best), Some(depth)) = (self.best_hash(), self.graph.depth(self.best)) else {
            return Ok(None);
        };
        let hash = self.document.hash().to_string();
        let before = self.best_message().filter(|before| before.checkpoint);
        let document_hash = before.map_or_else(|| hash.into(), |checkpoint| checkpoint.document_hash.clone());
        let checkpoint = (depth + 1).is_multiple_of(CHECKPOINT_INTERVAL);
        let operations = if checkpoint {
            vec![Operation {
                offset: 0,
                remove: self.document().len() as u64,
                insert: self.document().to_vec(),
            }]
        } else {
            diff(self.document(), &wanted)
        };
        Ok(Some(Message { checkpoint, operations, document_hash, parent: best.to_string().into() }))
    }
}
