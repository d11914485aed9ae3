//! Somebody else who edits a channel at the same time and hears of the others late, as clients do.

use pinfold_core::chainpad::checkpoint::{id, is_checkpoint, strip_prefix};
use pinfold_core::chainpad::{Chain, Mode};
use pinfold_core::crypto::message::MessageKeys;
use pinfold_core::error::{Code, Error};
use pinfold_core::href::secrets_from_hash;
use pinfold_core::json::{Text, Value, canonical};

use crate::entropy::Seeded;
use crate::server::MemoryServer;

/// An editor of one list-map channel: what it wants to be in the document it writes again until it is.
pub struct Peer {
    channel: String,
    keys: MessageKeys,
    entropy: Seeded,
    chain: Chain,
    read: usize,
    /// Where in the log its last message stands, until that was read back: one is in flight at a time.
    in_flight: Option<usize>,
    wants: Vec<fn(&mut Value, u64)>,
    about: Vec<u64>,
}

impl Peer {
    /// An editor who holds an edit hash, and a password where it needs one.
    ///
    /// # Errors
    /// `href/malformed` when it is malformed.
    pub fn new(hash: &str, password: Option<&str>, seed: u64) -> Result<Self, Error> {
        let secrets = secrets_from_hash("drive", hash, password)?;
        Ok(Self {
            channel: secrets.channel.clone().unwrap_or_default(),
            keys: secrets.message_keys()?,
            entropy: Seeded::new(seed),
            chain: Chain::new(Mode::ListMap),
            read: 0,
            in_flight: None,
            wants: Vec::new(),
            about: Vec::new(),
        })
    }

    /// Where it writes.
    pub fn channel(&self) -> &str {
        &self.channel
    }

    /// Wants a change from now on. `change` must do nothing where it has happened already.
    pub fn want(&mut self, change: fn(&mut Value, u64), about: u64) {
        self.wants.push(change);
        self.about.push(about);
    }

    /// Whether it wants the change that is about this.
    pub fn wants(&self, about: u64) -> bool {
        self.about.contains(&about)
    }

    /// As [`Peer::read`], of everything, passing over what does not open.
    pub fn read_sound(&mut self, server: &MemoryServer) {
        let log = server.channels.get(&self.channel).map(|log| log.messages.as_slice()).unwrap_or_default();
        for stored in log.iter().skip(self.read) {
            if let Ok(plain) = self.keys.open(strip_prefix(&stored.message).0) {
                self.chain.push(&plain);
            }
            self.read += 1;
        }
        self.in_flight = self.in_flight.filter(|at| *at >= self.read);
    }

    /// Hears of at most so many of the messages it has not heard of.
    ///
    /// # Errors
    /// Those of the formats.
    pub fn read(&mut self, server: &MemoryServer, messages: usize) -> Result<(), Error> {
        let log = server.channels.get(&self.channel).map(|log| log.messages.as_slice()).unwrap_or_default();
        for stored in log.iter().skip(self.read).take(messages) {
            self.chain.push(&self.keys.open(strip_prefix(&stored.message).0)?);
            self.read += 1;
        }
        self.in_flight = self.in_flight.filter(|at| *at >= self.read);
        Ok(())
    }

    /// Writes its next message, if it wants something and none is in flight. Returns the frame that the other members get.
    ///
    /// # Errors
    /// Those of the formats.
    pub fn write(&mut self, server: &mut MemoryServer) -> Result<Option<String>, Error> {
        if self.in_flight.is_some() {
            return Ok(None);
        }
        let mut document = self.document()?;
        self.wants.iter().zip(&self.about).for_each(|(change, about)| change(&mut document, *about));
        let next = self.chain.message_towards(&Text::from(canonical(&document)));
        let next = next.map_err(|_| Error::new(Code::Internal, "the history cannot be followed"))?;
        let Some(message) = next else { return Ok(None) };
        let plain = message.to_json();
        let sealed = self.keys.seal(&plain, &mut self.entropy)?;
        let prefix = if is_checkpoint(&plain) { format!("cp|{}|", id(&plain)) } else { String::new() };
        self.in_flight = Some(server.channels.get(&self.channel).map_or(0, |log| log.messages.len()));
        Ok(Some(server.write(&self.channel, &format!("{prefix}{sealed}"), 1_700_000_000_001)))
    }

    /// The document as far as it was heard of.
    ///
    /// # Errors
    /// `internal` when it is not valid.
    pub fn document(&self) -> Result<Value, Error> {
        self.chain.to_json().map_err(|_| Error::new(Code::Internal, "the document is no JSON"))
    }
}
