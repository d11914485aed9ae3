//! Names that may become file names. Nothing else ever does.

use std::fmt;

/// An id of the storage layer: 32 to 49 characters of `[a-zA-Z0-9=+-]` (PROTOCOL.md 1), so that it can
/// name neither a directory above nor a hidden file.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct StoreId(Box<str>);

const ADMIN_LENGTH: usize = 33;
const EPHEMERAL_LENGTH: usize = 34;
const BLOB_LENGTH: usize = 48;

impl StoreId {
    /// Accepts the text if the storage layer does.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        ((32..=49).contains(&text.len()) && text.bytes().all(storable)).then(|| Self(text.into()))
    }

    /// An id that a channel command may name: ordinary or the broadcast channel.
    pub(crate) fn channel(text: &str) -> Option<Self> {
        Self::parse(text).filter(|id| matches!(id.0.len(), 32 | ADMIN_LENGTH))
    }

    /// An id that an owner may remove or that has metadata: a channel or a blob.
    pub(crate) fn channel_or_blob(text: &str) -> Option<Self> {
        Self::parse(text).filter(|id| matches!(id.0.len(), 32 | ADMIN_LENGTH | BLOB_LENGTH))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The directory the file lives in.
    pub(super) fn shelf(&self) -> &str {
        self.0.get(..2).unwrap_or("__")
    }

    /// Whether this is the broadcast channel, which only administrators write.
    pub(crate) fn is_admin(&self) -> bool {
        self.0.len() == ADMIN_LENGTH
    }

    /// Whether messages are relayed and never stored.
    pub(crate) fn is_ephemeral(&self) -> bool {
        self.0.len() == EPHEMERAL_LENGTH
    }

    /// Whether this names an uploaded file.
    pub(crate) fn is_blob(&self) -> bool {
        self.0.len() == BLOB_LENGTH
    }
}

impl fmt::Display for StoreId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A public key as a file name: 44 characters of slash-safe base64 with padding (block ids, pin logs).
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct KeyName(Box<str>);

impl KeyName {
    /// Accepts a name that is already slash-safe.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (body, padding) = text.split_at_checked(43)?;
        (padding == "=" && body.bytes().all(|b| storable(b) && b != b'=')).then(|| Self(text.into()))
    }

    /// The name of a key written in standard base64.
    pub(crate) fn of_key(base64: &str) -> Option<Self> {
        Self::parse(&base64.replace('/', "-"))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The directory the file lives in.
    pub(super) fn shelf(&self) -> &str {
        self.0.get(..2).unwrap_or("__")
    }
}

fn storable(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'=' | b'+' | b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_names_are_no_ids() {
        for text in ["", "short", "../../../../etc/passwd/../../../..", &"a".repeat(31), &"a".repeat(50)] {
            assert!(StoreId::parse(text).is_none(), "{text}");
        }
        for bad in ["/", ".", "\\", "\0", "%", " ", "é", "\n"] {
            assert!(StoreId::parse(&format!("{}{bad}", "a".repeat(32))).is_none(), "{bad:?}");
            assert!(KeyName::parse(&format!("{}{bad}=", "a".repeat(42))).is_none(), "{bad:?}");
        }
        assert!(KeyName::parse(&"=".repeat(44)).is_none());
    }

    #[test]
    fn a_key_becomes_its_slash_safe_name() {
        let key = "zdzwJxgoY+QgWKpEQz9xrkppX7Ae8CcP84Rk/4gxRM4=";
        let name = KeyName::of_key(key).unwrap();
        assert_eq!(name.as_str(), "zdzwJxgoY+QgWKpEQz9xrkppX7Ae8CcP84Rk-4gxRM4=");
        assert_eq!(name.shelf(), "zd");
    }
}
