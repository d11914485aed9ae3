//! Text and byte encodings (PROTOCOL.md section 2): hexadecimal, two spellings of base64, CESU-8, and
//! the lower-casing of names.
//!
//! The decoders accept what the clients in use write and read: standard base64 whose padding may be
//! missing. They reject white space, foreign characters and a lone trailing character.

use pinfold_primitives::base64;
use zeroize::Zeroizing;

use crate::json::Text;

/// Lower-case hexadecimal.
pub fn encode_hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(nibble.into(), 16).unwrap_or_default();
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// Reads hexadecimal of either case; `None` for an odd length or another character.
pub fn decode_hex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: &u8| char::from(*byte).to_digit(16).and_then(|value| u8::try_from(value).ok());
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    pairs.iter().map(|[high, low]| Some(digit(high)? << 4 | digit(low)?)).collect()
}

/// Standard base64 with padding.
pub fn encode_base64(bytes: &[u8]) -> String {
    let mut text = String::new();
    base64::encode_onto(bytes, &mut text);
    text
}

/// Appends standard base64 with padding.
pub fn encode_base64_onto(bytes: &[u8], out: &mut String) {
    base64::encode_onto(bytes, out);
}

/// Reads standard base64, padded or not.
pub fn decode_base64(text: &str) -> Option<Vec<u8>> {
    let mut bytes = vec![0; decoded_base64_bound(text.len())];
    let length = base64::decode_into(text.as_bytes(), &mut bytes)?;
    bytes.truncate(length);
    Some(bytes)
}

/// Reads standard base64 into `out` and returns the bytes written; `None` also when `out` is shorter than
/// [`decoded_base64_bound`] of the text.
pub fn decode_base64_into<'out>(text: &[u8], out: &'out mut [u8]) -> Option<&'out mut [u8]> {
    let length = base64::decode_into(text, out)?;
    out.get_mut(..length)
}

/// Room that [`decode_base64_into`] needs for a text of this many characters: at most two bytes more than
/// it will write.
pub fn decoded_base64_bound(characters: usize) -> usize {
    base64::decoded_bound(characters)
}

/// Reads standard base64 of exactly `N` bytes.
pub fn decode_base64_array<const N: usize>(text: &str) -> Option<Zeroizing<[u8; N]>> {
    let bytes = Zeroizing::new(decode_base64(text)?);
    let mut array = Zeroizing::new([0; N]);
    (bytes.len() == N).then(|| array.copy_from_slice(&bytes))?;
    Some(array)
}

/// Slash-safe base64 **with** padding: block ids, names of pin logs, view keys of teams. `/` is written
/// `-`, `+` stays.
pub fn encode_slash_safe(bytes: &[u8]) -> String {
    let mut text = encode_base64(bytes).into_bytes();
    // In place: the text is often a key, and a second one would have to be wiped.
    text.iter_mut().filter(|byte| **byte == b'/').for_each(|byte| *byte = b'-');
    String::from_utf8(text).unwrap_or_default()
}

/// Slash-safe base64 **without** padding, as in links.
pub fn encode_link(bytes: &[u8]) -> String {
    let mut text = encode_slash_safe(bytes);
    text.truncate(text.trim_end_matches('=').len());
    text
}

/// Reads slash-safe (or standard) base64, padded or not.
pub fn decode_slash_safe(text: &str) -> Option<Vec<u8>> {
    if text.contains('-') {
        decode_base64(&Zeroizing::new(unescape_slashes(text)))
    } else {
        decode_base64(text)
    }
}

/// `/` becomes `-`.
pub fn escape_slashes(text: &str) -> String {
    text.replace('/', "-")
}

/// `-` becomes `/`.
pub fn unescape_slashes(text: &str) -> String {
    text.replace('-', "/")
}

/// Channel id to link form: hexadecimal to slash-safe base64 without padding.
pub fn hex_to_link(hex: &str) -> Option<String> {
    decode_hex(hex).map(|bytes| encode_link(&bytes))
}

/// Link form to channel id.
pub fn link_to_hex(text: &str) -> Option<String> {
    decode_slash_safe(text).map(|bytes| encode_hex(&bytes))
}

/// Text as JavaScript holds it: UTF-16 units, among which lone surrogates may stand.
pub trait Utf16 {
    /// The units in order.
    fn utf16(&self) -> impl Iterator<Item = u16> + '_;
}

impl Utf16 for str {
    fn utf16(&self) -> impl Iterator<Item = u16> + '_ {
        self.encode_utf16()
    }
}

impl Utf16 for [u16] {
    fn utf16(&self) -> impl Iterator<Item = u16> + '_ {
        self.iter().copied()
    }
}

impl Utf16 for Text {
    fn utf16(&self) -> impl Iterator<Item = u16> + '_ {
        self.units()
    }
}

/// CESU-8: every UTF-16 unit is encoded on its own, a surrogate as three bytes.
pub fn cesu8<T: Utf16 + ?Sized>(text: &T) -> Zeroizing<Vec<u8>> {
    // Reserved for the worst case: a buffer that grew would leave its first half behind unwiped.
    let mut out = Zeroizing::new(Vec::with_capacity(3 * text.utf16().count()));
    for unit in text.utf16() {
        let [high, low] = unit.to_be_bytes();
        match unit {
            0..0x80 => out.push(low),
            0x80..0x800 => out.extend([0xC0 | high << 2 | low >> 6, 0x80 | low & 0x3F]),
            _ => out.extend([0xE0 | high >> 4, 0x80 | (high << 2 | low >> 6) & 0x3F, 0x80 | low & 0x3F]),
        }
    }
    out
}

/// JavaScript's `toLowerCase()`: full Unicode, independent of the locale; lone surrogates stay.
pub fn to_lower_case<T: Utf16 + ?Sized>(text: &T) -> Vec<u16> {
    // A lone surrogate has no case and ends a word, so the runs between them can be lowered one by one
    // without changing where a sigma counts as final.
    let mut out = Vec::new();
    let mut run = String::new();
    for item in char::decode_utf16(text.utf16()) {
        match item {
            Ok(character) => run.push(character),
            Err(lone) => {
                out.extend(std::mem::take(&mut run).to_lowercase().encode_utf16());
                out.push(lone.unpaired_surrogate());
            }
        }
    }
    out.extend(run.to_lowercase().encode_utf16());
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn base64_is_as_lenient_as_the_clients() {
        for accepted in ["", "QQ==", "QQ=", "QQ", "QR==", "QUI=", "QUI", "QUJ=", "QUJD"] {
            assert!(decode_base64(accepted).is_some(), "{accepted:?}");
        }
        for refused in
            ["Q", "Q=", "Q===", "=", "QQ===", "QUJD=", "QUJDR", "QQ==QQ==", "=QQ=", "QU JD", "QUJD\n", "-_=="]
        {
            assert!(decode_base64(refused).is_none(), "{refused:?}");
        }
    }

    #[test]
    fn slash_safe_keeps_the_plus() {
        assert_eq!(encode_slash_safe(&[0xFB, 0xFF, 0xFE, 0xFF]), "+--+-w==");
        assert_eq!(encode_link(&[0xFB, 0xFF, 0xFE, 0xFF]), "+--+-w");
        assert_eq!(decode_slash_safe("+--+-w"), Some(vec![0xFB, 0xFF, 0xFE, 0xFF]));
        assert_eq!(
            hex_to_link("779e5a6972bb717cd7e3f8d4cde1dca0").as_deref(),
            Some("d55aaXK7cXzX4-jUzeHcoA")
        );
    }

    #[test]
    fn cesu8_encodes_each_unit_alone() {
        assert_eq!(encode_hex(&cesu8("p😀ss🐙word")), "70eda0bdedb8807373eda0bdedb099776f7264");
        assert_eq!(cesu8("aé山").as_slice(), "aé山".as_bytes());
        assert_eq!(encode_hex(&cesu8(&[0xDC00, 0x41][..])), "edb08041");
    }

    #[test]
    fn names_are_lowered_by_unicode_rules() {
        let lower = |text: &str| String::from_utf16(&to_lower_case(text)).unwrap();
        assert_eq!(lower("İSTANBUL"), "i\u{307}stanbul");
        assert_eq!(lower("ΟΔΟΣ ΣΟΦΟΣ"), "οδος σοφος");
        assert_eq!(to_lower_case(&[0x03A3, 0xD800, 0x41, 0x03A3][..]), [0x03C3, 0xD800, 0x61, 0x03C2]);
    }

    proptest! {
        #[test]
        fn every_encoding_reads_back(bytes: Vec<u8>) {
            prop_assert_eq!(decode_hex(&encode_hex(&bytes)), Some(bytes.clone()));
            prop_assert_eq!(decode_base64(&encode_base64(&bytes)), Some(bytes.clone()));
            prop_assert_eq!(decode_slash_safe(&encode_link(&bytes)), Some(bytes.clone()));
            let mut room = vec![0; decoded_base64_bound(encode_base64(&bytes).len())];
            let read = decode_base64_into(encode_base64(&bytes).as_bytes(), &mut room).map(|b| b.to_vec());
            prop_assert_eq!(read, Some(bytes));
        }

        #[test]
        fn text_without_astral_characters_is_the_same_in_utf8(text in "[\u{0}-\u{d7ff}]*") {
            prop_assert_eq!(cesu8(text.as_str()).to_vec(), text.as_bytes());
        }
    }
}
