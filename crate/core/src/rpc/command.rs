//! What can be asked under a key, and what comes back.

use crate::error::{Code, Error};
use crate::guard::guarded::GuardedPinSet;
use crate::ids::PinId;
use crate::json::{Text, Value, write_string};
use crate::pins::set::PinBatch;

/// The longest text taken for a hash; real ones have 88 characters, and any other simply never agrees.
const HASH_LIMIT: usize = 128;

/// A signed command. Those that make the server's list shorter *contain* the proof that the new list is
/// complete and that nothing left it without a cause, so there is no other way to form their frames.
#[derive(Debug)]
pub enum Command {
    /// Authenticates this connection under the key, and fetches a cookie.
    Cookie,
    /// The hash of the list the server holds for the key.
    GetHash,
    /// The quota.
    GetLimit,
    /// How much of it the pinned channels use.
    GetTotalSize,
    /// Ends the server's session under this key: the next one reads the list from the disk (PROTOCOL.md 11.3).
    ExpireSession,
    /// Adds ids; the server skips those it has.
    Pin(PinBatch),
    /// Takes what is due out of the list, and nothing else.
    Unpin(GuardedPinSet),
    /// Replaces the list.
    Reset(GuardedPinSet),
    /// Takes a channel or file that the key owns away from everybody. The server archives it.
    #[cfg(feature = "recovery")]
    RemoveOwned(PinId),
}

/// A successful answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// Done, with no value.
    Done,
    /// The hash of the server's list: base64 of SHA-512 (PROTOCOL.md 11.3).
    Hash(String),
    /// The quota in bytes, the plan's name and a note.
    Limit {
        /// Bytes.
        bytes: u64,
        /// The plan's name, empty for none.
        plan: String,
        /// A note of the operator's, empty for none.
        note: String,
    },
    /// Bytes.
    Size(u64),
}

impl Reply {
    /// What kind of answer it is, for reports.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Hash(_) => "hash",
            Self::Limit { .. } => "limit",
            Self::Size(_) => "size",
        }
    }
}

impl Command {
    /// The word on the wire.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Cookie => "COOKIE",
            Self::GetHash => "GET_HASH",
            Self::GetLimit => "GET_LIMIT",
            Self::GetTotalSize => "GET_TOTAL_SIZE",
            Self::ExpireSession => "EXPIRE_SESSION",
            Self::Pin(_) => "PIN",
            Self::Unpin(_) => "UNPIN",
            Self::Reset(_) => "RESET",
            #[cfg(feature = "recovery")]
            Self::RemoveOwned(_) => "REMOVE_OWNED_CHANNEL",
        }
    }

    /// `cookie,"COMMAND",argument` as JavaScript would serialise it.
    pub(super) fn to_json(&self, public: &str, cookie: Option<&str>) -> String {
        let mut json = String::new();
        match cookie {
            None => json.push_str("null"),
            Some(cookie) => write_string(&Text::from(cookie), &mut json),
        }
        json.push_str(",\"");
        json.push_str(self.name());
        json.push_str("\",");
        match self {
            Self::Cookie | Self::ExpireSession => json.push_str("\"\""),
            Self::GetLimit | Self::GetTotalSize => json.push_str("null"),
            Self::GetHash => write_string(&Text::from(public), &mut json),
            Self::Pin(batch) => write_list(&mut json, batch.ids().iter().map(PinId::text)),
            Self::Unpin(set) => write_list(&mut json, set.due().iter().map(|removal| &removal.id)),
            Self::Reset(set) => write_list(&mut json, set.tagged().iter()),
            #[cfg(feature = "recovery")]
            Self::RemoveOwned(id) => {
                json.push_str("{\"channel\":");
                write_string(id.text(), &mut json);
                json.push('}');
            }
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
                .filter(|hash| hash.len() <= HASH_LIMIT)
                .map(|hash| Reply::Hash(hash.to_owned()))
                .ok_or_else(|| Error::new(Code::PeerMalformed, "the server returned no hash")),
            Self::GetLimit => match rest {
                [bytes, plan, note, ..] if bytes.as_u64().is_some() => Ok(Reply::Limit {
                    bytes: bytes.as_u64().unwrap_or(0),
                    plan: plan.as_str().unwrap_or_default().to_owned(),
                    note: note.as_str().unwrap_or_default().to_owned(),
                }),
                _ => Err(Error::new(Code::PeerMalformed, "the server returned no quota")),
            },
            Self::GetTotalSize => rest
                .first()
                .and_then(Value::as_u64)
                .map(Reply::Size)
                .ok_or_else(|| Error::new(Code::PeerMalformed, "the server returned no size")),
            Self::Cookie | Self::ExpireSession | Self::Pin(_) | Self::Unpin(_) | Self::Reset(_) => {
                Ok(Reply::Done)
            }
            #[cfg(feature = "recovery")]
            Self::RemoveOwned(_) => Ok(Reply::Done),
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
