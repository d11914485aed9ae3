//! Keys given as text, for unsigned texts (PROTOCOL.md 6.2): version-0 documents, and the edit links
//! inside shared folders and team drives.

use super::secretbox::NONCE;
use super::{Scratch, hash, nonce_box, part};
use crate::encoding::decode_base64;
use crate::error::{Code, Error};
use crate::ports::Entropy;
use crate::secret::Secret;
use zeroize::Zeroizing;

/// `SHA-512(base64-decoded text)[0..32]`.
#[derive(Clone, Debug)]
pub struct StringKey(Secret<32>);

impl StringKey {
    /// The key of a text: a version-0 document's 24 characters, or a folder's `secondaryKey`.
    ///
    /// # Errors
    /// `crypto/malformed` when the text is not base64.
    pub fn from_text(text: &str) -> Result<Self, Error> {
        let bytes = decode_base64(text).map(Zeroizing::new);
        let bytes = bytes.ok_or_else(|| Error::new(Code::CryptoMalformed, "a key text is not base64"))?;
        Ok(Self(part::<0, 32, 64>(&hash::stretch(&[&bytes]))))
    }

    /// The secretbox key.
    pub fn crypt_key(&self) -> &Secret<32> {
        &self.0
    }

    /// Opens `base64(nonce)|base64(box)`.
    ///
    /// # Errors
    /// `crypto/malformed` for another form, `crypto/open` for another key.
    pub fn open(&self, text: &str) -> Result<String, Error> {
        self.open_with(text, &mut Scratch::default()).map(str::to_owned)
    }

    /// [`StringKey::open`] into a buffer that is used again.
    ///
    /// # Errors
    /// As there.
    pub fn open_with<'s>(&self, text: &str, scratch: &'s mut Scratch) -> Result<&'s str, Error> {
        nonce_box::open(&self.0, text.as_bytes(), &mut scratch.inner)
    }

    /// Seals a text under a new nonce.
    ///
    /// # Errors
    /// `host/no-entropy`.
    pub fn seal(&self, plain: &str, entropy: &mut impl Entropy) -> Result<String, Error> {
        let mut nonce = [0; NONCE];
        entropy.fill(&mut nonce)?;
        nonce_box::seal(&self.0, &nonce, plain)
    }
}
