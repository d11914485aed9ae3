//! The ids of what a store holds, small enough for millions of them, and sets of them.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// An id that names files of a store.
pub trait Stored: fmt::Display {
    /// Whether it names a blob rather than a channel.
    fn is_blob(&self) -> bool;
}

/// The id of a channel or a blob, valid once it exists.
///
/// Listings take hex digits of either case, although the server only makes lower-case ones, and case matters: such an id is another id.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ItemId {
    /// A channel: 32 lower-case hex digits.
    Channel([u8; 16]),
    /// A blob: 48 lower-case hex digits.
    Blob([u8; 24]),
    /// A channel with a digit in upper case.
    OddChannel(Box<str>),
    /// A blob with a digit in upper case. No action of the server takes it.
    OddBlob(Box<str>),
}

/// Why a text is no [`ItemId`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an id has 32 hex digits (a channel) or 48 (a blob)")]
pub struct NotAnId;

impl ItemId {
    /// Whether this is a blob rather than a channel.
    pub fn is_blob(&self) -> bool {
        matches!(self, Self::Blob(_) | Self::OddBlob(_))
    }

    /// The name of the folder that holds it: its first two characters.
    pub fn shard(&self) -> String {
        self.to_string().chars().take(2).collect()
    }

    /// Whether the text begins this id. Used for ids of which a torn line holds only the beginning.
    pub fn begins_with(&self, beginning: &str) -> bool {
        self.to_string().starts_with(beginning)
    }
}

impl Stored for ItemId {
    fn is_blob(&self) -> bool {
        self.is_blob()
    }
}

impl FromStr for ItemId {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        if !text.bytes().all(|b| b.is_ascii_hexdigit()) || !matches!(text.len(), 32 | 48) {
            return Err(NotAnId);
        }
        let lower = !text.bytes().any(|b| b.is_ascii_uppercase());
        match (text.len(), lower) {
            (32, true) => from_hex(text).map(Self::Channel),
            (32, false) => Ok(Self::OddChannel(text.into())),
            (_, true) => from_hex(text).map(Self::Blob),
            (_, false) => Ok(Self::OddBlob(text.into())),
        }
    }
}

fn from_hex<const N: usize>(text: &str) -> Result<[u8; N], NotAnId> {
    let mut bytes = [0; N];
    let digit =
        |of: u8| char::from(of).to_digit(16).and_then(|digit| u8::try_from(digit).ok()).ok_or(NotAnId);
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        if let [high, low] = pair {
            *byte = digit(*high)? << 4 | digit(*low)?;
        }
    }
    Ok(bytes)
}

impl fmt::Display for ItemId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes: &[u8] = match self {
            Self::Channel(bytes) => bytes,
            Self::Blob(bytes) => bytes,
            Self::OddChannel(text) | Self::OddBlob(text) => return f.write_str(text),
        };
        // One text at once: ids are written by the million.
        let mut text = [0; 48];
        for (digits, byte) in text.chunks_exact_mut(2).zip(bytes) {
            if let [high, low] = digits {
                (*high, *low) = (hex(byte >> 4), hex(byte & 15));
            }
        }
        let text = text.get(..2 * bytes.len()).and_then(|text| std::str::from_utf8(text).ok());
        f.write_str(text.unwrap_or_default())
    }
}

fn hex(digit: u8) -> u8 {
    if digit < 10 { b'0' + digit } else { b'a' + digit - 10 }
}

impl fmt::Debug for ItemId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl Serialize for ItemId {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ItemId {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
    }
}

/// The name of a file that is named after a public key: 44 characters of base64 with `-` in place of `/`. Pin logs and log-in blocks.
/// Copies share one text.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct KeyName(Arc<str>);

/// Why a text is no [`KeyName`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a key has 44 characters of base64 with one = at its end")]
pub struct NotAKey;

impl KeyName {
    /// The key that a file is named after: with `-`, never with `/`.
    pub fn of_file(name: &str) -> Option<Self> {
        name.parse().ok().filter(|key: &Self| key.as_str() == name)
    }

    /// The text as it stands in names of files.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name of the folder that holds it: its first two characters.
    pub fn shard(&self) -> &str {
        self.0.get(..2).unwrap_or("__")
    }
}

impl FromStr for KeyName {
    type Err = NotAKey;

    /// Takes both spellings, with `/` and with `-`.
    fn from_str(text: &str) -> Result<Self, NotAKey> {
        let (body, padding) = text.split_at_checked(43).ok_or(NotAKey)?;
        let in_alphabet = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'/');
        if padding != "=" || !body.bytes().all(in_alphabet) {
            return Err(NotAKey);
        }
        Ok(Self(text.replace('/', "-").into()))
    }
}

impl TryFrom<String> for KeyName {
    type Error = NotAKey;

    fn try_from(text: String) -> Result<Self, NotAKey> {
        text.parse()
    }
}

impl From<KeyName> for String {
    fn from(key: KeyName) -> Self {
        key.as_str().to_owned()
    }
}

impl fmt::Display for KeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for KeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn case_makes_another_id() {
        let lower: ItemId = "0958d568c112a2db6bf1993043ab77f1".parse().unwrap();
        let upper: ItemId = "0958D568C112A2DB6BF1993043AB77F1".parse().unwrap();
        assert_ne!(lower, upper);
        assert!(matches!(lower, ItemId::Channel(_)));
        assert!(matches!(upper, ItemId::OddChannel(_)));
        assert_eq!((lower.shard(), upper.shard()), ("09".into(), "09".into()));
    }

    #[test]
    fn a_key_has_one_name_in_both_spellings() {
        let slash: KeyName = "zdzwJxgoY+QgWKpEQz9xrkppX7Ae8CcP84Rk/4gxRM4=".parse().unwrap();
        assert_eq!(slash.as_str(), "zdzwJxgoY+QgWKpEQz9xrkppX7Ae8CcP84Rk-4gxRM4=");
        assert_eq!(slash.as_str().parse::<KeyName>().unwrap(), slash);
        assert_eq!(KeyName::of_file(slash.as_str()), Some(slash));
        assert_eq!(KeyName::of_file("zdzwJxgoY+QgWKpEQz9xrkppX7Ae8CcP84Rk/4gxRM4="), None);
        for bad in ["", "short", "../../../../../../../../../../../../../../../=", &"=".repeat(44)] {
            assert!(bad.parse::<KeyName>().is_err() || !bad.contains(".."), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn what_is_read_is_written_again(text in "[0-9a-fA-F]{32}|[0-9a-fA-F]{48}") {
            prop_assert_eq!(text.parse::<ItemId>().unwrap().to_string(), text);
        }

        #[test]
        fn nothing_else_is_an_id(text in "[0-9a-fA-F]{0,31}|[0-9a-fA-F]{33,47}|[0-9a-f]{31}[g-z/.]") {
            prop_assert_eq!(text.parse::<ItemId>(), Err(NotAnId));
        }
    }
}
