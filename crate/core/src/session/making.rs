//! Making what was not there: an account, a shared folder. Each is a channel whose keys are drawn for it, its first
//! document, and then what leads to it: the log-in block, the entry in the drive.

mod account;
mod folder;

use crate::channel::Progress;
use crate::error::{Code, Error};
use crate::href::FreshChannel;
use crate::json::Value;
use crate::net::change::Change;
use crate::net::document::DocumentReader;
use crate::ports::UnixMillis;
use crate::session::effect::Ticket;
use crate::session::parts::Parts;
use crate::session::writing::Author;

/// A channel to create, and what to write into it.
#[derive(Debug)]
struct NewChannel {
    fresh: FreshChannel,
    first: Value,
    owner: String,
}

/// The first document of a channel.
struct First(Value);

impl Change for First {
    fn apply(&self, document: &mut Value) -> Result<bool, Error> {
        if *document == self.0 {
            return Ok(false);
        }
        if !document.as_object().is_some_and(|object| object.is_empty()) {
            return Err(Error::new(Code::EditUnfit, "somebody else has written into a new channel"));
        }
        *document = self.0.clone();
        Ok(true)
    }
}

impl NewChannel {
    /// Asks for the channel, once. Whether it is there now, and followed.
    fn create(&self, parts: &mut Parts, now: UnixMillis) -> Result<bool, Error> {
        let channel = self.fresh.channel();
        match parts.readers.get(channel).map(DocumentReader::progress) {
            None => {
                let opened = DocumentReader::create(&self.fresh, &[&self.owner], parts.out.txids())?;
                parts.read(now, channel, opened);
                Ok(false)
            }
            Some(Progress::Following) => Ok(true),
            Some(Progress::Unavailable) => {
                Err(Error::new(Code::EditRefused, "the server does not create the channel"))
            }
            Some(_) => Ok(false),
        }
    }

    /// Writes the first document; the operation is told when it is there.
    fn write_first(self, parts: &mut Parts, now: UnixMillis, operation: Ticket) {
        let channel = self.fresh.channel().clone();
        parts.queue(now, channel, Author::Operation(operation), vec![Box::new(First(self.first))]);
    }
}
