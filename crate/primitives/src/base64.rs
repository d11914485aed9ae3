//! Standard base64, read as leniently as the clients in use read it: padding may be missing in part or whole,
//! and the unused bits of a last character are ignored.
//!
//! The library does whole groups of four characters, sixteen at a time; what it is too strict for is the end.

use base64_simd::{Out, STANDARD, STANDARD_NO_PAD};

/// Appends base64 with padding.
#[inline(never)]
pub fn encode_onto(bytes: &[u8], out: &mut String) {
    STANDARD.encode_append(bytes, out);
}

/// Reads base64, padded or not, into `out` and returns how many bytes it wrote; `None` for a text that is
/// none, and when `out` is shorter than [`decoded_bound`] of the text.
#[inline(never)]
pub fn decode_into(text: &[u8], out: &mut [u8]) -> Option<usize> {
    if out.len() < decoded_bound(text.len()) {
        return None;
    }
    let padding = text.iter().rev().take(3).take_while(|byte| **byte == b'=').count();
    let digits = text.get(..text.len() - padding)?;
    let (groups, rest) = digits.split_at(digits.len() / 4 * 4);
    let fits = match rest.len() {
        0 => padding == 0,
        1 => false,
        characters => characters + padding <= 4,
    };
    if !fits {
        return None;
    }
    let whole = groups.len() / 4 * 3;
    let (front, end) = out.split_at_mut_checked(whole)?;
    STANDARD_NO_PAD.decode(groups, Out::from_slice(front)).ok()?;
    if rest.is_empty() {
        return Some(whole);
    }
    // Zeros stand for what is missing, and their bytes are left out.
    let (mut last, mut bytes) = (*b"AAAA", [0; 3]);
    last.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
    STANDARD_NO_PAD.decode(&last, Out::from_slice(&mut bytes)).ok()?;
    let written = rest.len() - 1;
    end.iter_mut().zip(bytes).take(written).for_each(|(to, from)| *to = from);
    Some(whole + written)
}

/// Room that [`decode_into`] needs for a text of this many characters: at most two bytes more than it will
/// write.
pub fn decoded_bound(characters: usize) -> usize {
    characters.div_ceil(4) * 3
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::alphabet;
    use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
    use base64::engine::{DecodePaddingMode, Engine};
    use proptest::prelude::*;

    /// Another library, which has a setting for each leniency.
    static OTHER: GeneralPurpose = GeneralPurpose::new(
        &alphabet::STANDARD,
        GeneralPurposeConfig::new()
            .with_decode_allow_trailing_bits(true)
            .with_decode_padding_mode(DecodePaddingMode::Indifferent),
    );

    fn decoded(text: &[u8]) -> Option<Vec<u8>> {
        let mut out = vec![0; decoded_bound(text.len())];
        let length = decode_into(text, &mut out)?;
        out.truncate(length);
        Some(out)
    }

    proptest! {
        #[test]
        fn two_libraries_read_and_refuse_the_same(text in "[A-Za-z0-9+/]{0,70}[A-Za-z0-9+/=_ é-]{0,4}={0,4}") {
            prop_assert_eq!(decoded(text.as_bytes()), OTHER.decode(&text).ok());
        }

        #[test]
        fn one_foreign_byte_anywhere_is_refused(bytes in proptest::collection::vec(any::<u8>(), 1..200), at: proptest::sample::Index, byte: u8) {
            let mut text = OTHER.encode(&bytes).into_bytes();
            let at = at.index(text.len());
            text[at] = byte;
            prop_assert_eq!(decoded(&text), OTHER.decode(&text).ok());
        }

        #[test]
        fn what_is_written_reads_back(bytes: Vec<u8>) {
            let mut text = "before".to_owned();
            encode_onto(&bytes, &mut text);
            let text = text.strip_prefix("before").unwrap();
            prop_assert_eq!(text, OTHER.encode(&bytes));
            prop_assert_eq!(decoded(text.as_bytes()), Some(bytes));
        }
    }

    #[test]
    fn a_room_that_is_too_short_is_refused() {
        assert_eq!(decode_into(b"QUJD", &mut [0; 2]), None);
        assert_eq!(decode_into(b"QUJDRA", &mut [0; 5]), None);
        assert_eq!(decode_into(b"QUJDRA", &mut [0; 6]), Some(4));
    }
}
