//! What can be asked under a key, and what comes back.

use crate::error::{Code, Error};
use crate::json::{Text, Value, write_string};
use crate::pins::set::{CompletePinSet, PinBatch};

/// A signed command. The one that replaces the server's list *contains* the proof that the new list is
/// complete, so there is no other way to form its frame.
#[derive(Debug)]
pub enum Command {
    /// Authenticates this connection under the key, and fetches a cookie.
    Cookie,
    /// The hash of the list the server holds for the key.
    GetHash,
    /// Adds ids; the server skips those it has.
    Pin(PinBatch),
    /// Replaces the list.
    Reset(CompletePinSet),
}

/// A successful answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// Done, with no value.
    Done,
    /// The hash of the server's list: base64 of SHA-512 (PROTOCOL.md 11.3).
    Hash(String),
}

impl Command {
    /// The word on the wire.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Cookie => "COOKIE",
            Self::GetHash => "GET_HASH",
            Self::Pin(_) => "PIN",
            Self::Reset(_) => "RESET",
        }
    }

    /// `cookie,"COMMAND",argument` as JavaScript would serialise it.
    pub(super) fn to_json(&self, public: &str, cookie: Option<&str>) -> String {
        let mut json = String::new();
        match (self, cookie) {
            (Self::Cookie, _) | (_, None) => json.push_str("null"),
            (_, Some(cookie)) => write_string(&Text::from(cookie), &mut json),
        }
        json.push_str(",\"");
        json.push_str(self.name());
        json.push_str("\",");
        match self {
            Self::Cookie => json.push_str("\"\""),
            Self::GetHash => write_string(&Text::from(public), &mut json),
            Self::Pin(batch) => write_list(&mut json, batch.ids().iter()),
            Self::Reset(set) => write_list(&mut json, set.tagged().iter()),
        }
        json
    }

    /// Reads the elements after the cookie.
    ///
    /// # Errors
    /// `peer/malformed-frame` when the value is not the one this command returns.
    pub(super) fn read_reply(&self, rest: &[Value]) -> Result<Reply, Error> {
        match self {
            Self::GetHash => rest
                .first()
                .and_then(Value::as_str)
                .filter(|hash| hash.len() == 88)
                .map(|hash| Reply::Hash(hash.to_owned()))
                .ok_or_else(|| Error::new(Code::PeerMalformed, "the server returned no hash")),
            Self::Cookie | Self::Pin(_) | Self::Reset(_) => Ok(Reply::Done),
        }
    }
}

fn write_list<'a>(json: &mut String, ids: impl Iterator<Item = &'a Text>) {
    json.push('[');
    for (at, id) in ids.enumerate() {
        if at > 0 {
            json.push(',');
        }
        write_string(id, json);
    }
    json.push(']');
}
