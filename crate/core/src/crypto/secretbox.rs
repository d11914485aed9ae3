//! NaCl's `secretbox`: XSalsa20-Poly1305.

use pinfold_primitives::secretbox;

use crate::error::{Code, Error};
use crate::secret::Secret;

// TAG: how many bytes a box is longer than its content; they stand in front.
pub use pinfold_primitives::secretbox::{NONCE, TAG};

/// Opens a box where it lies; returns the part of `boxed` that holds the content.
///
/// # Errors
/// `crypto/open` when the box was not made under this key and nonce; `boxed` is then unchanged.
pub fn open_in_place<'b>(
    key: &Secret<32>,
    nonce: &[u8; NONCE],
    boxed: &'b mut [u8],
) -> Result<&'b mut [u8], Error> {
    let refused = Error::new(Code::CryptoOpen, "a ciphertext does not open under its key");
    let Some((tag, content)) = boxed.split_first_chunk_mut::<TAG>() else {
        return Err(refused);
    };
    if secretbox::open(key.expose(), nonce, tag, content) { Ok(content) } else { Err(refused) }
}

/// Seals the content that stands behind the first [`TAG`] bytes, and writes those.
///
/// # Errors
/// `internal` when `room` is shorter than [`TAG`].
pub fn seal_in_place(key: &Secret<32>, nonce: &[u8; NONCE], room: &mut [u8]) -> Result<(), Error> {
    let internal = || Error::new(Code::Internal, "no room for a tag");
    let (tag, content) = room.split_first_chunk_mut::<TAG>().ok_or_else(internal)?;
    *tag = secretbox::seal(key.expose(), nonce, content).ok_or_else(internal)?;
    Ok(())
}

/// Opens a box.
///
/// # Errors
/// `crypto/open` when the box was not made under this key and nonce.
pub fn open(key: &Secret<32>, nonce: &[u8; NONCE], boxed: &[u8]) -> Result<Vec<u8>, Error> {
    let mut buffer = boxed.to_vec();
    open_in_place(key, nonce, &mut buffer)?;
    buffer.drain(..TAG.min(buffer.len()));
    Ok(buffer)
}

/// Makes a box of the content. A nonce must never serve twice under one key.
///
/// # Errors
/// None in practice; see [`seal_in_place`].
pub fn seal(key: &Secret<32>, nonce: &[u8; NONCE], content: &[u8]) -> Result<Vec<u8>, Error> {
    let mut buffer = Vec::with_capacity(TAG + content.len());
    buffer.extend_from_slice(&[0; TAG]);
    buffer.extend_from_slice(content);
    seal_in_place(key, nonce, &mut buffer)?;
    Ok(buffer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_was_sealed_opens_and_nothing_else_does(
            key: [u8; 32], nonce: [u8; 24], content: Vec<u8>, at: proptest::sample::Index, bit in 0u8..8
        ) {
            let key = Secret::derive_with(|out| *out = key);
            let mut boxed = seal(&key, &nonce, &content).unwrap();
            prop_assert_eq!(open(&key, &nonce, &boxed).unwrap(), content);
            let at = at.index(boxed.len());
            boxed[at] ^= 1 << bit;
            prop_assert_eq!(open(&key, &nonce, &boxed).unwrap_err().code(), Code::CryptoOpen);
        }
    }

    #[test]
    fn a_box_shorter_than_its_tag_is_refused() {
        let key = Secret::derive_with(|out| out.fill(1));
        for length in 0..=TAG {
            assert_eq!(open(&key, &[0; 24], &vec![0; length]).unwrap_err().code(), Code::CryptoOpen);
        }
    }
}
