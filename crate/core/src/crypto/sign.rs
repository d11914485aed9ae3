//! Ed25519 keys and signatures in NaCl's layouts.

use std::fmt;

use pinfold_primitives::sign;
use zeroize::Zeroizing;

use crate::encoding::{decode_base64_array, encode_base64};
use crate::error::{Code, Error};
use crate::secret::{Secret, SecretText};

pub use pinfold_primitives::sign::SIGNATURE;

/// A key that checks signatures, decompressed once.
#[derive(Clone, PartialEq, Eq)]
pub struct VerifyingKey(sign::VerifyingKey);

impl VerifyingKey {
    /// Reads 32 bytes.
    ///
    /// # Errors
    /// `crypto/malformed` when the bytes are no point of the curve.
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self, Error> {
        sign::VerifyingKey::from_bytes(bytes).map(Self).ok_or_else(|| malformed("validate key"))
    }

    /// Reads base64 of 32 bytes, as in `validateKey` and `edPublic`.
    ///
    /// # Errors
    /// `crypto/malformed`.
    pub fn from_base64(text: &str) -> Result<Self, Error> {
        Self::from_bytes(&*decode_base64_array(text).ok_or_else(|| malformed("validate key"))?)
    }

    /// The key as 32 bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }

    /// The key as 44 characters.
    pub fn to_base64(&self) -> String {
        encode_base64(self.as_bytes())
    }

    /// Checks a signature over `message`.
    ///
    /// # Errors
    /// `crypto/signature`. A signature whose scalar is not reduced is refused too; no signer writes one.
    pub fn verify_detached(&self, message: &[u8], signature: &[u8; SIGNATURE]) -> Result<(), Error> {
        if self.0.verifies(message, signature) { Ok(()) } else { Err(badly_signed()) }
    }

    /// Checks many signatures, about three times as fast as one by one if all are good.
    ///
    /// The result says for each whether it is. It is that of [`VerifyingKey::verify_detached`], but for
    /// signatures that the holder of the key made odd on purpose.
    pub fn verify_many(&self, signed: &[(&[u8; SIGNATURE], &[u8])]) -> Vec<bool> {
        self.0.verify_many(signed)
    }
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifyingKey({})", self.to_base64())
    }
}

/// A key that signs. A move copies a pointer; wiped when dropped.
#[derive(Clone)]
pub struct SigningKey(sign::SigningKey);

impl SigningKey {
    /// The key pair of a seed.
    pub fn from_seed(seed: &Secret<32>) -> Self {
        Self(sign::SigningKey::from_seed(seed.expose()))
    }

    /// Reads base64 of NaCl's 64-byte secret key (seed, then public key), as in `edPrivate`.
    ///
    /// # Errors
    /// `crypto/malformed`, also when the two halves do not belong together.
    pub fn from_base64(text: &str) -> Result<Self, Error> {
        let bytes: Zeroizing<[u8; 64]> = decode_base64_array(text).ok_or_else(|| malformed("signing key"))?;
        sign::SigningKey::from_keypair_bytes(&bytes).map(Self).ok_or_else(|| malformed("signing key"))
    }

    /// NaCl's 64-byte secret key.
    pub fn secret_bytes(&self) -> Secret<64> {
        Secret::derive_with(|out| self.0.keypair_bytes_into(out))
    }

    /// NaCl's 64-byte secret key as base64.
    pub fn to_base64(&self) -> SecretText {
        SecretText::new(encode_base64(self.secret_bytes().expose()))
    }

    /// The public half.
    pub fn verifying_key(&self) -> VerifyingKey {
        VerifyingKey(self.0.verifying_key())
    }

    /// The signature alone.
    pub fn sign_detached(&self, message: &[u8]) -> [u8; SIGNATURE] {
        self.0.sign(message)
    }

    /// The signature followed by the message.
    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        [&self.sign_detached(message), message].concat()
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey(public {})", self.verifying_key().to_base64())
    }
}

pub(super) fn badly_signed() -> Error {
    Error::new(Code::CryptoSignature, "a signature is not by the expected key")
}

fn malformed(what: &'static str) -> Error {
    Error::new(Code::CryptoMalformed, "a key does not have the form of one").with("key", what)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> SigningKey {
        SigningKey::from_seed(&Secret::derive_with(|out| out.fill(3)))
    }

    #[test]
    fn a_key_reads_back_and_its_halves_must_agree() {
        let text = key().to_base64();
        assert_eq!(SigningKey::from_base64(text.expose()).unwrap().verifying_key(), key().verifying_key());
        let mut bytes = *key().secret_bytes().expose();
        bytes[0] ^= 1;
        assert_eq!(
            SigningKey::from_base64(&encode_base64(&bytes)).unwrap_err().code(),
            Code::CryptoMalformed
        );
    }

    #[test]
    fn debug_shows_no_secret_byte() {
        let shown = format!("{:?}", key());
        assert!(shown.contains(&key().verifying_key().to_base64()));
        assert!(!shown.contains(&key().to_base64().expose()[..20]));
    }

    #[test]
    fn signatures_check() {
        let signed = key().sign(b"text");
        let (signature, message) = signed.split_first_chunk::<64>().unwrap();
        assert!(key().verifying_key().verify_detached(message, signature).is_ok());
        let error = key().verifying_key().verify_detached(b"test", signature).unwrap_err();
        assert_eq!(error.code(), Code::CryptoSignature);
    }

    #[test]
    fn many_signatures_are_judged_one_by_one() {
        let messages: Vec<[u8; 1]> = (0..20).map(|n| [n]).collect();
        let mut signatures: Vec<_> = messages.iter().map(|message| key().sign_detached(message)).collect();
        let judge = |signatures: &[[u8; SIGNATURE]]| {
            let signed: Vec<_> = signatures.iter().zip(&messages).map(|(s, m)| (s, m.as_slice())).collect();
            key().verifying_key().verify_many(&signed)
        };
        assert_eq!(judge(&signatures), [true; 20]);
        signatures[7][0] ^= 1;
        assert_eq!(judge(&signatures).iter().position(|good| !good), Some(7));
        assert_eq!(judge(&signatures).iter().filter(|good| !**good).count(), 1);
    }
}
