//! Standard base64, read as leniently as the clients in use read it: padding may be missing, and the unused
//! bits of a last character are ignored.

use base64::alphabet::STANDARD;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use base64::engine::{DecodePaddingMode, Engine};

static BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Appends base64 with padding.
#[inline(never)]
pub fn encode_onto(bytes: &[u8], out: &mut String) {
    BASE64.encode_string(bytes, out);
}

/// Reads base64, padded or not, into `out` and returns how many bytes it wrote; `None` for a text that is
/// none, and when `out` is shorter than [`decoded_bound`] of the text.
#[inline(never)]
pub fn decode_into(text: &[u8], out: &mut [u8]) -> Option<usize> {
    BASE64.decode_slice(text, out).ok()
}

/// Room that [`decode_into`] needs for a text of this many characters: at most two bytes more than it will
/// write.
pub fn decoded_bound(characters: usize) -> usize {
    base64::decoded_len_estimate(characters)
}
