//! Ids of pins.

use core::borrow::Borrow;
use core::fmt;
use core::str::FromStr;

use super::{ChannelId, may_be_pinned};
use crate::compact::SortedSet;
use crate::error::{Code, Error};
use crate::json::Text;

/// A text that may be pinned ([`may_be_pinned`]), not empty, and so one without lone surrogates. In the order of the server, which
/// is that of UTF-16 units.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PinId(Text);

/// Pins, in the server's order and each once: as the hash of a list needs them.
pub type IdSet = SortedSet<PinId>;

impl PinId {
    /// Accepts the text if it may be pinned.
    pub fn of(text: &Text) -> Option<Self> {
        text.as_str().is_some_and(is_pin).then(|| Self(text.clone()))
    }

    /// As [`Self::of`].
    pub fn parse(text: &str) -> Option<Self> {
        is_pin(text).then(|| Self(text.into()))
    }

    /// The id as it stands on the wire.
    pub fn as_str(&self) -> &str {
        self.0.as_str().unwrap_or_default()
    }

    /// The id as a text among texts.
    pub const fn text(&self) -> &Text {
        &self.0
    }
}

fn is_pin(text: &str) -> bool {
    !text.is_empty() && may_be_pinned(text)
}

impl FromStr for PinId {
    type Err = Error;

    /// As [`Self::parse`], with a reason.
    ///
    /// # Errors
    /// `misuse/bad-argument`: the text may not be pinned.
    fn from_str(text: &str) -> Result<Self, Error> {
        Self::parse(text).ok_or_else(|| Error::new(Code::MisuseBadArgument, "not a text that may be pinned"))
    }
}

impl TryFrom<&Text> for PinId {
    type Error = Error;

    fn try_from(text: &Text) -> Result<Self, Error> {
        Self::of(text).ok_or_else(|| Error::new(Code::MisuseBadArgument, "not a text that may be pinned"))
    }
}

impl From<&ChannelId> for PinId {
    fn from(channel: &ChannelId) -> Self {
        // A channel has characters that are stored, and all of them may be pinned.
        Self(channel.as_str().into())
    }
}

impl From<PinId> for Text {
    fn from(id: PinId) -> Self {
        id.0
    }
}

impl AsRef<Text> for PinId {
    fn as_ref(&self) -> &Text {
        &self.0
    }
}

impl Borrow<Text> for PinId {
    fn borrow(&self) -> &Text {
        &self.0
    }
}

impl PartialEq<str> for PinId {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<&str> for PinId {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

impl fmt::Display for PinId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_is_a_text_without_separators_and_half_characters() {
        for id in ["", "a#b", "a b", "%2F"] {
            assert!(PinId::parse(id).is_none(), "{id}");
            assert_eq!(id.parse::<PinId>().unwrap_err().code(), Code::MisuseBadArgument);
        }
        assert!(PinId::of(&Text::from_utf16(&[0xD800])).is_none());
        assert_eq!(PinId::try_from(&Text::from("é")).unwrap().as_str(), "é");
    }

    #[test]
    fn they_are_in_the_order_of_utf16() {
        let ids: IdSet = ["\u{ff5e}", "😀", "b", "a", "b"].into_iter().filter_map(PinId::parse).collect();
        assert_eq!(ids.iter().map(PinId::as_str).collect::<Vec<_>>(), ["a", "b", "😀", "\u{ff5e}"]);
        assert!(ids.contains(&Text::from("a")) && !ids.contains(&Text::from("c")));
    }
}
