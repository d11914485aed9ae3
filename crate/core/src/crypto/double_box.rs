//! The envelope of mailboxes and rosters (PROTOCOL.md 7.1 and 7.2): a box in a box.
//!
//! ```text
//! inner = nonce(24) | author's public key(32)    | box(text)
//! outer = nonce(24) | ephemeral public key(32)   | box(inner)
//! ```
//!
//! Both boxes are made to the recipient's key. The inner one proves the author to the recipient (and to
//! nobody else); the outer one hides the author from everybody else.

use super::curve::{CurvePair, CurvePublic, SharedKeys};
use super::scratch::Buffer;
use super::secretbox::{self, NONCE, TAG};
use crate::encoding::{decode_base64_into, decoded_base64_bound};
use crate::error::{Code, Error};
use crate::ports::Entropy;
use crate::secret::Secret;

/// What stands in front of the text of each box.
const HEADER: usize = NONCE + 32;

/// An opened envelope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// The text.
    pub content: String,
    /// Who wrote it: base64 of the public X25519 key that the inner box authenticates.
    pub author: String,
}

/// What opening many envelopes can share: buffers, and the keys agreed with each author.
///
/// It holds plain text and keys until it is dropped, and wipes them then.
#[derive(Default)]
pub struct Workspace {
    buffer: Buffer,
    authors: SharedKeys,
}

impl Workspace {
    /// Decodes base64 into the buffer and hands it to `open`.
    pub(crate) fn open_base64(
        &mut self,
        message: &str,
        open: impl FnOnce(&mut [u8], &mut SharedKeys) -> Result<Letter, Error>,
    ) -> Result<Letter, Error> {
        let room = self.buffer.room(decoded_base64_bound(message.len()));
        let bytes = decode_base64_into(message.as_bytes(), room)
            .ok_or_else(|| Error::new(Code::CryptoMalformed, "an envelope is not base64"))?;
        open(bytes, &mut self.authors)
    }
}

/// Opens an envelope where it lies.
///
/// # Errors
/// `crypto/malformed` when it is too short or not UTF-8, `crypto/open` when either box does not open.
pub(crate) fn open(mine: &CurvePair, bytes: &mut [u8], authors: &mut SharedKeys) -> Result<Letter, Error> {
    let (nonce, ephemeral, boxed) = split(bytes)?;
    let inner = secretbox::open_in_place(&mine.shared_key(&ephemeral)?, &nonce, boxed)?;
    let (nonce, author, boxed) = split(inner)?;
    let content = secretbox::open_in_place(authors.get(mine, &author)?, &nonce, boxed)?;
    let content = std::str::from_utf8(content)
        .map_err(|_| Error::new(Code::CryptoMalformed, "the text of an envelope is not UTF-8"))?;
    Ok(Letter { content: content.to_owned(), author: author.to_base64() })
}

/// Makes an envelope. Draws the inner nonce, the ephemeral key and the outer nonce, in this order.
///
/// # Errors
/// `host/no-entropy`; `crypto/malformed` for a recipient nobody can be.
pub(crate) fn seal(
    text: &str,
    author: &CurvePair,
    recipient: &CurvePublic,
    entropy: &mut impl Entropy,
) -> Result<Vec<u8>, Error> {
    let mut inner_nonce = [0; NONCE];
    entropy.fill(&mut inner_nonce)?;
    let ephemeral = CurvePair::from_secret(Secret::try_derive_with(|out| entropy.fill(out))?);
    let mut outer_nonce = [0; NONCE];
    entropy.fill(&mut outer_nonce)?;

    let inner_key = author.shared_key(recipient)?;
    let outer_key = ephemeral.shared_key(recipient)?;
    // Both boxes are sealed in one buffer: the text is written once, at its last place.
    let mut bytes = Vec::with_capacity(2 * (HEADER + TAG) + text.len());
    for (nonce, public) in [(&outer_nonce, ephemeral.public()), (&inner_nonce, author.public())] {
        bytes.extend_from_slice(nonce);
        bytes.extend_from_slice(public.as_bytes());
        bytes.extend_from_slice(&[0; TAG]);
    }
    bytes.extend_from_slice(text.as_bytes());
    secretbox::seal_in_place(
        &inner_key,
        &inner_nonce,
        bytes.get_mut(2 * HEADER + TAG..).unwrap_or_default(),
    )?;
    secretbox::seal_in_place(&outer_key, &outer_nonce, bytes.get_mut(HEADER..).unwrap_or_default())?;
    Ok(bytes)
}

fn split(bytes: &mut [u8]) -> Result<([u8; NONCE], CurvePublic, &mut [u8]), Error> {
    let malformed = || Error::new(Code::CryptoMalformed, "an envelope is shorter than its header");
    let (nonce, rest) = bytes.split_first_chunk_mut::<NONCE>().ok_or_else(malformed)?;
    let (public, boxed) = rest.split_first_chunk_mut::<32>().ok_or_else(malformed)?;
    Ok((*nonce, CurvePublic::from_bytes(*public), boxed))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    struct Fixed;

    impl Entropy for Fixed {
        fn fill(&mut self, out: &mut [u8]) -> Result<(), Error> {
            out.fill(5);
            Ok(())
        }
    }

    fn pair(fill: u8) -> CurvePair {
        CurvePair::from_secret(Secret::derive_with(|out| out.fill(fill)))
    }

    proptest! {
        #[test]
        fn an_envelope_opens_for_its_recipient_only(text: String, at: proptest::sample::Index) {
            let (alice, bob, authors) = (pair(1), pair(2), &mut SharedKeys::default());
            let sealed = seal(&text, &alice, bob.public(), &mut Fixed).unwrap();
            let letter = open(&bob, &mut sealed.clone(), authors).unwrap();
            prop_assert_eq!(letter, Letter { content: text, author: alice.public().to_base64() });
            prop_assert!(open(&alice, &mut sealed.clone(), authors).is_err());
            let mut flipped = sealed;
            let at = at.index(flipped.len());
            // The highest bit of an X25519 public key has no meaning.
            flipped[at] ^= 1;
            prop_assert!(open(&bob, &mut flipped, authors).is_err());
        }

        #[test]
        fn hostile_bytes_give_errors_and_no_panic(mut bytes: Vec<u8>) {
            prop_assert!(open(&pair(1), &mut bytes, &mut SharedKeys::default()).is_err());
        }
    }
}
