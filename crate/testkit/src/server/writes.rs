//! Messages into channels: what is checked, stored and answered (PROTOCOL.md 9.5).

use pinfold_core::chainpad::checkpoint::strip_prefix;
use pinfold_core::crypto::Scratch;
use pinfold_core::crypto::message::check_signature;
use pinfold_core::crypto::sign::VerifyingKey;
use pinfold_core::json::Value;

use super::{Answer, Channel, MemoryServer, Outgoing, Peer, Stored, ack};

/// What the server does with the next messages, if not the usual.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whim {
    /// It refuses one and says nothing more.
    Refuse,
    /// It has forgotten that anybody is in the channel: `enoent`.
    Forget,
    /// The connection ends before one is stored.
    CutBefore,
    /// The connection ends once one is stored, before that is acknowledged.
    CutAfter,
    /// It stores one and never says so.
    Silence,
}

impl MemoryServer {
    pub(super) fn written(
        &mut self,
        peer: &mut Peer,
        seq: u64,
        channel: &str,
        message: &str,
    ) -> Vec<Outgoing> {
        let whim = self.whims.pop_front().flatten();
        let refused = |words: &str| vec![in_line(channel, format!("[{seq},\"ERROR\"{words}]"))];
        if whim == Some(Whim::CutBefore) {
            return vec![Outgoing::Cut];
        }
        if whim == Some(Whim::Forget) {
            peer.joined.remove(channel);
        }
        if !peer.joined.contains(channel) {
            return refused(&format!(",\"enoent\",\"{channel}\""));
        }
        let log = self.channels.entry(channel.to_owned()).or_default();
        if whim == Some(Whim::Refuse) || !log.is_signed(message) {
            return refused("");
        }
        let checkpoint = message.strip_prefix("cp|").and_then(|rest| rest.split_once('|')).map(|(id, _)| id);
        if checkpoint.is_none() || checkpoint != log.last_checkpoint.as_deref() {
            let time = 1_700_000_000_002;
            log.messages.push(Stored { message: message.to_owned(), time });
        }
        log.last_checkpoint = checkpoint.map(str::to_owned).or(log.last_checkpoint.take());
        match whim {
            Some(Whim::CutAfter) => vec![Outgoing::Cut],
            Some(Whim::Silence) => Vec::new(),
            _ => vec![in_line(channel, ack(seq))],
        }
    }

    /// Creates a channel that does not exist, as its metadata says (9.2).
    pub(super) fn create(&mut self, peer: &Peer, channel: &str, options: Option<&Value>) {
        let metadata = options.and_then(|options| options.get("metadata")).and_then(Value::as_object);
        let known =
            self.channels.get(channel).is_some_and(|log| log.metadata.is_some() || log.placeholder.is_some());
        if let Some(metadata) = metadata.filter(|_| peer.joined.contains(channel) && !known) {
            let mut metadata = metadata.clone();
            metadata.insert("channel", channel);
            let log = self.channels.entry(channel.to_owned()).or_default();
            log.metadata = Some(pinfold_core::json::stringify(&Value::Object(metadata)));
        }
    }
}

impl Channel {
    fn is_signed(&self, message: &str) -> bool {
        let metadata = self.metadata.as_deref().and_then(|text| Value::parse(text).ok());
        let key = metadata.as_ref().and_then(|metadata| metadata.get("validateKey")?.as_str());
        let Some(key) = key else { return true };
        let key = VerifyingKey::from_base64(key);
        key.is_ok_and(|key| check_signature(strip_prefix(message).0, &key, &mut Scratch::default()).is_ok())
    }
}

/// What a channel's members are told comes in the order in which it happened.
pub(crate) fn in_line(channel: &str, frame: String) -> Outgoing {
    Outgoing::Answer(Answer {
        about: format!("MSG {channel}"),
        frames: vec![frame],
        line: Some(channel.to_owned()),
    })
}
