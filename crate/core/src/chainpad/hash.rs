//! ChainPad's hashes: SHA-256 over the low byte of each UTF-16 unit (PROTOCOL.md section 12.1).

use crate::crypto::hash::Sha256;
use crate::json::Text;
use core::fmt;

/// The hash of a document or of a message. Ordered as its lower-case hexadecimal text.
///
/// Two texts whose units differ in the high byte only have the same hash. That is how the protocol is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Hash([u8; 32]);

impl Hash {
    /// The hash of a text given as UTF-16 units.
    pub fn of_units(units: &[u16]) -> Self {
        let mut low = LowBytes::default();
        low.update(units);
        low.finish()
    }

    /// Reads 64 lower-case hexadecimal digits. Nothing else is a hash that any message or document has.
    pub fn parse(text: &str) -> Option<Self> {
        let (pairs, rest) = text.as_bytes().as_chunks::<2>();
        let mut bytes = [0; 32];
        if pairs.len() != bytes.len() || !rest.is_empty() {
            return None;
        }
        for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
            *byte = nibble(*high)? << 4 | nibble(*low)?;
        }
        Some(Self(bytes))
    }
}

/// What a message says that the document before it hashes to: a hash, or any text that a checkpoint says.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Name {
    Hash(Hash),
    Other(Text),
}

impl Name {
    pub(super) fn of(text: &Text) -> Self {
        text.as_str().and_then(Hash::parse).map_or_else(|| Self::Other(text.clone()), Self::Hash)
    }

    pub(super) fn to_text(&self) -> Text {
        match self {
            Self::Hash(hash) => hash.to_string().into(),
            Self::Other(text) => text.clone(),
        }
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

/// SHA-256 over low bytes, in pieces. A clone is a place to go on from.
#[derive(Clone, Default)]
pub(super) struct LowBytes(Sha256);

impl LowBytes {
    pub(super) fn update(&mut self, units: &[u16]) {
        self.0.update_low_bytes(units);
    }

    pub(super) fn finish(self) -> Hash {
        Hash(self.0.finish())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_lower_case_text_of_the_right_length_is_a_hash() {
        let text = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(Hash::parse(text).map(|h| h.to_string()).as_deref(), Some(text));
        assert_eq!(Hash::parse(text), Some(Hash::of_units(&[])));
        for wrong in
            ["", "e3", &text[1..], &text.to_uppercase(), &format!("{text}0"), &text.replace('e', "é")]
        {
            assert_eq!(Hash::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn order_is_that_of_the_text() {
        let hashes: Vec<_> = (0..64u16).map(|unit| Hash::of_units(&[unit])).collect();
        for pair in hashes.windows(2) {
            assert_eq!(pair[0].cmp(&pair[1]), pair[0].to_string().cmp(&pair[1].to_string()));
        }
    }
}
