//! Messages into channels: what is checked, stored and answered (PROTOCOL.md 9.5).

use pinfold_core::chainpad::checkpoint::strip_prefix;
use pinfold_core::crypto::Scratch;
use pinfold_core::crypto::message::check_signature;
use pinfold_core::crypto::sign::VerifyingKey;
use pinfold_core::json::Value;

use super::{Answer, Channel, MemoryServer, Outgoing, Peer, Stored, ack, quoted};

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

/// When members' messages are stored.
const TIME: u64 = 1_700_000_000_002;
/// Who others are.
const STRANGER: &str = "0123456789abcdef0123456789abcdef";

impl MemoryServer {
    /// The frame that members of a channel get when somebody writes to it. Stores the message as well.
    pub fn write(&mut self, channel: &str, message: &str, time: u64) -> String {
        self.channels.entry(channel.to_owned()).or_default().store(message, time);
        let message = quoted(message);
        format!("[0,\"{STRANGER}\",\"MSG\",\"{channel}\",{message},{time}]")
    }

    /// What others hear of `[s,"MSG",TARGET,...]` of somebody who holds no key and need not be in the channel: handed
    /// on as it is, whatever `content` is (JSON, with a comma before each element; empty for none). To a client, an
    /// ephemeral channel, a channel without a key, or as a checkpoint that is known: everything else is refused.
    pub fn hand_on(&mut self, target: &str, content: &str) -> Option<String> {
        let time = 1_700_000_000_003;
        let head = format!("[0,\"{STRANGER}\",\"MSG\",\"{target}\"{content}");
        let direct = self.peers.values().any(|peer| peer.uid == target);
        if direct || target.len() == 34 {
            return Some(format!("{head}]"));
        }
        let log = self.channels.get_mut(target)?;
        let text = Value::parse(&format!("[0{content}]")).ok();
        let text = text.as_ref().and_then(|list| list.at(1)?.as_str());
        if text.is_some_and(|text| log.is_known(text)) {
            return Some(format!("{head}]"));
        }
        if log.key().is_some() || log.allowed.is_some() {
            return None;
        }
        let at = log.messages.len();
        log.store(text.unwrap_or_default(), time);
        if log.messages.len() > at {
            log.odd.insert(at, content.to_owned());
        }
        Some(format!("{head},{time}]"))
    }

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
        let open = self.peers.values().any(|other| other.joined.contains(channel));
        if !peer.joined.contains(channel) && (whim == Some(Whim::Forget) || !open) {
            return refused(&format!(",\"enoent\",\"{channel}\""));
        }
        let log = self.channels.entry(channel.to_owned()).or_default();
        if whim == Some(Whim::Refuse) || !log.takes(message, TIME) {
            return refused("");
        }
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
    /// Stores a message, unless it is a checkpoint that was stored last, which nobody looks at. `false` when it is
    /// refused.
    fn takes(&mut self, message: &str, time: u64) -> bool {
        if self.is_known(message) {
            return true;
        }
        if !self.is_signed(message) {
            return false;
        }
        self.store(message, time);
        true
    }

    fn store(&mut self, message: &str, time: u64) {
        self.last_checkpoint = checkpoint(message).map(str::to_owned).or(self.last_checkpoint.take());
        if !std::mem::take(&mut self.torn) {
            self.messages.push(Stored { message: message.to_owned(), time });
        }
    }

    fn is_known(&self, message: &str) -> bool {
        checkpoint(message).is_some_and(|id| Some(id) == self.last_checkpoint.as_deref())
    }

    fn key(&self) -> Option<String> {
        let metadata = self.metadata.as_deref().and_then(|text| Value::parse(text).ok())?;
        Some(metadata.get("validateKey")?.as_str()?.to_owned())
    }

    fn is_signed(&self, message: &str) -> bool {
        let Some(key) = self.key() else { return true };
        let key = VerifyingKey::from_base64(&key);
        key.is_ok_and(|key| check_signature(strip_prefix(message).0, &key, &mut Scratch::default()).is_ok())
    }
}

fn checkpoint(message: &str) -> Option<&str> {
    message.strip_prefix("cp|").and_then(|rest| rest.split_once('|')).map(|(id, _)| id)
}

/// What a channel's members are told comes in the order in which it happened.
pub(crate) fn in_line(channel: &str, frame: String) -> Outgoing {
    Outgoing::Answer(Answer {
        about: format!("MSG {channel}"),
        frames: vec![frame],
        line: Some(channel.to_owned()),
    })
}
