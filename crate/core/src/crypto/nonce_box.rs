//! A secretbox as text: `base64(nonce) "|" base64(box)` (PROTOCOL.md 6.1 and 6.2).

use zeroize::Zeroizing;

use super::scratch::Buffer;
use super::secretbox::{self, NONCE, TAG};
use crate::encoding::{decode_base64_into, decoded_base64_bound, encode_base64_onto};
use crate::error::{Code, Error};
use crate::secret::Secret;

/// Characters of an encoded nonce: 24 bytes need no padding.
const NONCE_TEXT: usize = 32;

/// Opens the text form into `buffer`.
pub(super) fn open<'b>(key: &Secret<32>, text: &[u8], buffer: &'b mut Buffer) -> Result<&'b str, Error> {
    let malformed = || Error::new(Code::CryptoMalformed, "not a nonce and a box in base64");
    // A second "|" needs no look of its own: it is no character of base64.
    let (nonce_text, [b'|', box_text @ ..]) = text.split_first_chunk::<NONCE_TEXT>().ok_or_else(malformed)?
    else {
        return Err(malformed());
    };
    let mut nonce = [0; NONCE];
    decode_base64_into(nonce_text, &mut nonce).ok_or_else(malformed)?;
    let room = buffer.room(decoded_base64_bound(box_text.len()));
    let boxed = decode_base64_into(box_text, room).ok_or_else(malformed)?;
    let content = secretbox::open_in_place(key, &nonce, boxed)?;
    std::str::from_utf8(content).map_err(|_| Error::new(Code::CryptoMalformed, "a plain text is not UTF-8"))
}

/// Makes the text form.
///
/// # Errors
/// None in practice; see [`secretbox::seal_in_place`].
pub fn seal(key: &Secret<32>, nonce: &[u8; NONCE], plain: &str) -> Result<String, Error> {
    let mut boxed = Zeroizing::new(Vec::with_capacity(TAG + plain.len()));
    boxed.extend_from_slice(&[0; TAG]);
    boxed.extend_from_slice(plain.as_bytes());
    secretbox::seal_in_place(key, nonce, &mut boxed)?;
    let mut text = String::with_capacity(NONCE_TEXT + 1 + boxed.len().div_ceil(3) * 4);
    encode_base64_onto(nonce, &mut text);
    text.push('|');
    encode_base64_onto(&boxed, &mut text);
    Ok(text)
}
