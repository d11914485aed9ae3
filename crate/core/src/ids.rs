//! Names of things on the wire (PROTOCOL.md section 1), valid once they exist.

use core::fmt;

use crate::error::{Code, Error};

mod pin;

pub use pin::{IdSet, PinId};

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident, $valid:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(Box<str>);

        impl $name {
            /// Accepts the text if it has the right shape.
            pub fn parse(text: &str) -> Option<Self> {
                let valid: fn(&str) -> bool = $valid;
                valid(text).then(|| Self(text.into()))
            }

            /// The text as it stands on the wire.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl core::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl core::str::FromStr for $name {
            type Err = Error;

            /// As `parse`, with a reason.
            ///
            /// # Errors
            /// `misuse/bad-argument`: the text has another shape.
            fn from_str(text: &str) -> Result<Self, Error> {
                let wrong = || Error::new(Code::MisuseBadArgument, concat!("not the text of a ", stringify!($name)));
                Self::parse(text).ok_or_else(wrong)
            }
        }

        impl TryFrom<&str> for $name {
            type Error = Error;

            fn try_from(text: &str) -> Result<Self, Error> {
                text.parse()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }
    };
}

/// Whether CryptPad's client takes a text for a channel: 32 to 48 letters and digits. A server stores more
/// (`=`, `+` and `-`), and ids of that kind are in use for log-in blocks only.
pub fn is_valid_channel(id: &str) -> bool {
    (32..=48).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// Whether a text may be pinned, as far as its characters go. A server takes any text for a pin and keeps of it what
/// stands before a `#`; so its list never has our hash again once one holds a `#` (PROTOCOL.md 11.3). Pieces of links
/// and sentences have separators. CryptPad's own client looks at the length only, and pins what holds characters
/// beyond ASCII: no harm comes of those, and leaving them out would set its list and ours against each other.
pub fn may_be_pinned(text: &str) -> bool {
    text.bytes().all(|b| !b.is_ascii() || is_storable(b))
}

fn storable(text: &str) -> bool {
    text.bytes().all(is_storable)
}

const fn is_storable(b: u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'=' | b'+' | b'-')
}

text_id! {
    /// A channel the client may read or write: 32 characters, or 33 for the broadcast channel, of the
    /// alphabet the server stores (`[a-zA-Z0-9=+-]`).
    ChannelId, |t| matches!(t.len(), 32 | 33) && storable(t)
}

text_id! {
    /// The first 64 characters of a stored message, prefix included (PROTOCOL.md 9.1). Shorter messages
    /// have shorter hashes; an empty one has none.
    MessageHash, |t| !t.is_empty() && t.chars().map(char::len_utf16).sum::<usize>() <= 64
}

text_id! {
    /// A public Ed25519 key as the account document spells it: 44 characters of standard base64.
    EdPublic, |t| t.len() == 44 && t.is_ascii()
}

text_id! {
    /// The id of a log-in block: 44 characters of slash-safe base64 with padding.
    BlockId, |t| t.len() == 44 && storable(t)
}

impl ChannelId {
    /// The first eight characters, for messages and logs.
    pub fn short(&self) -> &str {
        self.0.get(..8).unwrap_or(&self.0)
    }
}

impl MessageHash {
    /// The hash of a stored message: its first 64 UTF-16 units.
    pub fn of(message: &str) -> Option<Self> {
        if message.is_ascii() {
            return Self::parse(message.get(..64).unwrap_or(message));
        }
        let mut units = 0;
        let end = message.char_indices().find_map(|(at, c)| {
            units += c.len_utf16();
            (units > 64).then_some(at)
        });
        Self::parse(message.get(..end.unwrap_or(message.len())).unwrap_or(message))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels_have_the_lengths_the_server_stores() {
        assert!(ChannelId::parse("d79d927d76d836887ac54ba5a31ddc20").is_some());
        assert!(ChannelId::parse(&"0".repeat(33)).is_some());
        assert!(ChannelId::parse(&"0".repeat(34)).is_none());
        assert!(ChannelId::parse("d79d927d76d836887ac54ba5a31ddc2/").is_none());
    }

    #[test]
    fn ids_are_texts_for_who_looks_one_up_and_say_why_not() {
        let text = "d79d927d76d836887ac54ba5a31ddc20";
        let id: ChannelId = text.parse().unwrap();
        let known = std::collections::HashMap::from([(id.clone(), 1)]);
        assert_eq!((known.get(text), id.as_ref(), id.to_string()), (Some(&1), text, text.to_owned()));
        let refused = ChannelId::try_from("short").unwrap_err();
        assert_eq!((refused.code(), refused.to_string().contains("short")), (Code::MisuseBadArgument, false));
    }

    #[test]
    fn what_a_message_names_is_a_channel_if_the_real_client_takes_it_for_one() {
        for (id, valid) in [
            ("7".repeat(32), true),
            ("Z".repeat(48), true),
            ("7".repeat(31), false),
            ("Z".repeat(49), false),
            ("-".repeat(32), false),
            ("=".repeat(32), false),
            ("+".repeat(40), false),
            ("é".repeat(16), false),
        ] {
            assert_eq!(is_valid_channel(&id), valid, "{id}");
        }
    }

    #[test]
    fn separators_are_in_no_pin() {
        for id in ["d79d927d76d836887ac54ba5a31ddc20", "éé", "😀", "A-Z=+"] {
            assert!(may_be_pinned(id), "{id}");
        }
        for id in ["a#b", "#", "%2F2%2Fdoc", "a b", "a/b", "a.b", "\n", "a\"b"] {
            assert!(!may_be_pinned(id), "{id}");
        }
    }

    #[test]
    fn a_message_hash_counts_utf16_units() {
        assert_eq!(MessageHash::of(&"a".repeat(100)).map(|h| h.as_str().len()), Some(64));
        let astral = "😀".repeat(40);
        assert_eq!(MessageHash::of(&astral).map(|h| h.as_str().chars().count()), Some(32));
        assert!(MessageHash::of("").is_none());
    }
}
