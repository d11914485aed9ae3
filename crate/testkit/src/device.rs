//! Another device of the same user, or another member of a folder: it reads what the server in memory holds
//! and writes what a client would.

use pinfold_core::chainpad::checkpoint::{id, is_checkpoint, strip_prefix};
use pinfold_core::chainpad::{Chain, Mode};
use pinfold_core::error::{Code, Error};
use pinfold_core::href::{Secrets, secrets_from_hash};
use pinfold_core::json::{Text, Value, canonical};

use crate::entropy::Seeded;
use crate::server::MemoryServer;

/// Somebody who holds the edit key of one list-map channel.
#[derive(Debug, Clone)]
pub struct Device {
    secrets: Secrets,
    entropy: Seeded,
}

impl Device {
    /// The holder of an edit hash.
    ///
    /// # Errors
    /// `href/malformed` when it is malformed.
    pub fn new(hash: &str, seed: u64) -> Result<Self, Error> {
        Ok(Self { secrets: secrets_from_hash("drive", hash, None)?, entropy: Seeded::new(seed) })
    }

    /// Where it writes.
    pub fn channel(&self) -> &str {
        self.secrets.channel.as_deref().unwrap_or_default()
    }

    /// The document as the server's log has it.
    ///
    /// # Errors
    /// Those of the formats.
    pub fn read(&self, server: &MemoryServer) -> Result<Value, Error> {
        self.chain(server)?.to_json().map_err(|_| Error::new(Code::Internal, "the document is no JSON"))
    }

    /// Changes the document. Returns the frames that the other members of the channel get.
    ///
    /// # Errors
    /// Those of the formats.
    pub fn edit(
        &mut self,
        server: &mut MemoryServer,
        change: impl FnOnce(&mut Value),
    ) -> Result<Vec<String>, Error> {
        let mut chain = self.chain(server)?;
        let mut document =
            chain.to_json().map_err(|_| Error::new(Code::Internal, "the document is no JSON"))?;
        change(&mut document);
        let wanted = Text::from(canonical(&document).as_str());
        let keys = self.secrets.message_keys()?;
        let mut frames = Vec::new();
        while let Some(message) = chain
            .message_towards(&wanted)
            .map_err(|_| Error::new(Code::Internal, "the history cannot be followed"))?
        {
            let plain = message.to_json();
            let sealed = keys.seal(&plain, &mut self.entropy)?;
            let prefix = if is_checkpoint(&plain) { format!("cp|{}|", id(&plain)) } else { String::new() };
            let channel = self.channel().to_owned();
            frames.push(server.write(&channel, &format!("{prefix}{sealed}"), 1_700_000_000_001));
            chain.push(&plain);
        }
        Ok(frames)
    }

    fn chain(&self, server: &MemoryServer) -> Result<Chain, Error> {
        let keys = self.secrets.message_keys()?;
        let mut chain = Chain::new(Mode::ListMap);
        for stored in server.channels.get(self.channel()).map(|c| c.messages.as_slice()).unwrap_or_default() {
            chain.push(&keys.open(strip_prefix(&stored.message).0)?);
        }
        Ok(chain)
    }
}
