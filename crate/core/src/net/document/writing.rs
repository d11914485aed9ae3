//! A reader whose channel is written to, and one that creates its channel first.

use super::{Ask, DocumentReader, Existence, Stage};
use crate::channel::TxPair;
use crate::error::Error;
use crate::href::FreshChannel;
use crate::ids::MessageHash;
use crate::json::{Object, Value, stringify};
use crate::net::content::Content;
use crate::net::history::{History, Sealed};
use crate::net::unavailable::Unavailable;

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
        reader.creates = Some(stringify(&Value::Object(metadata)));
        Ok((reader, asks))
    }

    /// The history, to be written to: only while it is followed, was read to its end and leaves no doubt.
    pub(in crate::net) fn writable(&mut self) -> Option<&mut History> {
        if self.stays_out() {
            return None;
        }
        match (&self.stage, &mut self.content) {
            (Stage::Following, Content::Document(history)) if history.suspicion().is_none() => Some(history),
            _ => None,
        }
    }

    /// Takes in a message of ours that was stored; `None` when the channel is not followed any more.
    pub(in crate::net) fn own(&mut self, sealed: &Sealed) -> Option<&History> {
        let (Stage::Following, Content::Document(history)) = (&self.stage, &mut self.content) else {
            return None;
        };
        self.creates = None;
        history.take_own(sealed);
        if let Some(kept) = &mut self.kept {
            kept.note(&sealed.stored);
        }
        Some(history)
    }

    /// Goes on from an earlier message when it is resumed.
    pub(in crate::net) fn rewind(&mut self, head: &MessageHash) {
        if let Content::Document(history) = &mut self.content {
            history.rewind(head);
        }
    }

    pub(super) fn create_if_new(&self, joined: bool, existence: Existence) -> (Stage, Vec<Ask>) {
        match (joined, existence, &self.creates) {
            (true, Existence::New { reason: None }, Some(metadata)) => {
                let metadata = metadata.clone();
                (Stage::ExpectHistory, vec![Ask::Create { txid: self.txid, metadata }])
            }
            (false, existence @ Existence::New { reason: None }, _) => {
                (Stage::ExpectExistence { joined, existence: Some(existence) }, Vec::new())
            }
            _ => {
                let why = "a channel that was to be created is there already";
                (Stage::Unavailable(Unavailable::Unreadable { why }), Vec::new())
            }
        }
    }
}
