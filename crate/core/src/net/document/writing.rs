//! A reader whose channel is written to, and one that creates its channel first.

use super::{Ask, DocumentReader};
use crate::channel::{At, TxPair};
use crate::error::Error;
use crate::href::FreshChannel;
use crate::ids::MessageHash;
use crate::json::{Object, Value, stringify};
use crate::net::content::Content;
use crate::net::history::{History, Sealed};

impl DocumentReader {
    /// A reader that creates its channel: nothing but keys that were just drawn leads here (A18). `owners` are public
    /// Ed25519 keys. The document is `{}` until something is written.
    ///
    /// # Errors
    /// As [`Secrets::message_keys`](crate::href::Secrets::message_keys), never in practice.
    pub fn create(fresh: &FreshChannel, owners: &[&str], txids: TxPair) -> Result<(Self, Vec<Ask>), Error> {
        let keys = fresh.secrets().message_keys()?;
        let mut metadata = Object::new();
        if let Some(verify) = &keys.verify {
            metadata.insert("validateKey", verify.to_base64());
        }
        metadata.insert("owners", owners.iter().copied().map(Value::from).collect::<Vec<_>>());
        let (mut reader, asks) = Self::open(fresh.channel().clone(), keys, false, txids);
        reader.machine.create(stringify(&Value::Object(metadata)));
        Ok((reader, asks))
    }

    /// The history, to be written to: only while it is followed, was read to its end and leaves no doubt.
    pub(in crate::net) fn writable(&mut self) -> Option<&mut History> {
        if self.stays_out() {
            return None;
        }
        match (self.machine.at(), &mut self.log.content) {
            (At::Live, Content::Document(history)) if history.suspicion().is_none() => Some(history),
            _ => None,
        }
    }

    /// Takes in a message of ours that was stored; `None` when the channel is not followed any more.
    pub(in crate::net) fn own(&mut self, sealed: &Sealed) -> Option<&History> {
        let (At::Live, Content::Document(history)) = (self.machine.at(), &mut self.log.content) else {
            return None;
        };
        history.take_own(sealed);
        if let Some(kept) = &mut self.log.kept {
            kept.note(&sealed.stored);
        }
        Some(history)
    }

    /// Goes on from an earlier message when it is resumed.
    pub(in crate::net) fn rewind(&mut self, head: &MessageHash) {
        if let Content::Document(history) = &mut self.log.content {
            history.rewind(head);
        }
    }
}
