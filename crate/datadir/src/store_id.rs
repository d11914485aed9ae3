//! The ids that the server's storage calls accept. Listings take fewer ([`crate::id::ItemId`]).

use crate::id::Stored;
use std::fmt;
use std::str::FromStr;

/// An id of the storage layer: 32 to 49 characters of `[a-zA-Z0-9=+-]` (`docs/OPERATIONS.md` 1.2), so that it can name
/// neither a folder above nor a hidden file.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct StoreId(Box<str>);

/// Why a text is no [`StoreId`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an id of the store has 32 to 49 letters, digits and signs")]
pub struct NotStorable;

const CHANNEL_LENGTH: usize = 32;
const ADMIN_LENGTH: usize = 33;
const EPHEMERAL_LENGTH: usize = 34;
const BLOB_LENGTH: usize = 48;

impl StoreId {
    /// An id that a channel command may name: ordinary or the broadcast channel.
    pub fn channel(text: &str) -> Option<Self> {
        text.parse().ok().filter(|id: &Self| matches!(id.0.len(), CHANNEL_LENGTH | ADMIN_LENGTH))
    }

    /// An id that an owner may remove or that has metadata: a channel or a blob.
    pub fn channel_or_blob(text: &str) -> Option<Self> {
        let id: Self = text.parse().ok()?;
        matches!(id.0.len(), CHANNEL_LENGTH | ADMIN_LENGTH | BLOB_LENGTH).then_some(id)
    }

    /// The id itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this is the broadcast channel, which only administrators write.
    pub fn is_admin(&self) -> bool {
        self.0.len() == ADMIN_LENGTH
    }

    /// Whether messages are relayed and never stored.
    pub fn is_ephemeral(&self) -> bool {
        self.0.len() == EPHEMERAL_LENGTH
    }

    /// Whether this names an uploaded file.
    pub fn is_blob(&self) -> bool {
        self.0.len() == BLOB_LENGTH
    }
}

impl FromStr for StoreId {
    type Err = NotStorable;

    fn from_str(text: &str) -> Result<Self, NotStorable> {
        let storable = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'=' | b'+' | b'-');
        if (32..=49).contains(&text.len()) && text.bytes().all(storable) {
            Ok(Self(text.into()))
        } else {
            Err(NotStorable)
        }
    }
}

impl Stored for StoreId {
    fn is_blob(&self) -> bool {
        self.is_blob()
    }
}

impl fmt::Display for StoreId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_names_are_no_ids() {
        for text in ["", "short", "../../../../etc/passwd/../../../..", &"a".repeat(31), &"a".repeat(50)] {
            assert_eq!(text.parse::<StoreId>(), Err(NotStorable), "{text}");
        }
        for bad in ["/", ".", "\\", "\0", "%", " ", "é", "\n"] {
            assert!(format!("{}{bad}", "a".repeat(32)).parse::<StoreId>().is_err(), "{bad:?}");
        }
    }
}
