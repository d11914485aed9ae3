//! Signed channel messages (PROTOCOL.md 6.1): pads, drives, shared folders, teams, profiles, chats.
//!
//! ```text
//! message = base64( signature(64) || base64(nonce) "|" base64(secretbox(text)) )
//! ```
//!
//! Opening is the inner loop of reading a drive. It costs one pass of base64 per layer, one signature
//! check and one secretbox, in buffers that are used again; nothing is copied in between.

use super::scratch::Buffer;
use super::secretbox::NONCE;
use super::sign::{SIGNATURE, SigningKey, VerifyingKey};
use super::{Scratch, nonce_box};
use crate::encoding::{decode_base64_into, decoded_base64_bound, encode_base64};
use crate::error::{Code, Error};
use crate::ports::Entropy;
use crate::secret::Secret;

/// The keys of one channel, as far as they are known.
///
/// An edit link gives all three. A view link gives only the first; the second then comes from the
/// channel's metadata, which proves consistency with what the server says and no more.
///
/// # Examples
/// What a writer seals, whoever has the view link opens.
/// ```
/// use pinfold_core::{Entropy, Error, parse_href, secrets_from_hash};
/// # struct Dice;
/// # impl Entropy for Dice {
/// #     fn fill(&mut self, out: &mut [u8]) -> Result<(), Error> {
/// #         out.fill(4);
/// #         Ok(())
/// #     }
/// # }
/// let keys = |link| secrets_from_hash("drive", &parse_href(link).hash.unwrap_or_default(), None)?.message_keys();
/// let writer = keys("/drive/#/2/drive/edit/Tbc-4FKr-ovBfDXO-nX1h8Ph/")?;
/// let reader = keys("/drive/#/2/drive/view/Sj7ljzksMSjyPpaZ6aDncesXvl--qL1lKmLFl+4hP-Q/")?;
/// let sealed = writer.seal("a patch", &mut Dice)?;
/// assert_eq!(reader.open(&sealed)?, "a patch");
/// assert!(reader.seal("another", &mut Dice).is_err(), "it has no key to sign with");
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct MessageKeys {
    /// Opens and seals the text.
    pub crypt_key: Secret<32>,
    /// Checks signatures (`validateKey`).
    pub verify: Option<VerifyingKey>,
    /// Makes signatures (`signKey`).
    pub sign: Option<SigningKey>,
}

impl MessageKeys {
    /// Keys that read without checking signatures: a view link before the metadata came.
    pub fn reading(crypt_key: Secret<32>) -> Self {
        Self { crypt_key, verify: None, sign: None }
    }

    /// Keys that read and write.
    pub fn writing(crypt_key: Secret<32>, sign: SigningKey) -> Self {
        Self { crypt_key, verify: Some(sign.verifying_key()), sign: Some(sign) }
    }

    /// Adds the `validateKey` that the channel's metadata claims.
    ///
    /// # Errors
    /// `crypto/signature` when a key derived from an edit link is known and the claim is another one.
    pub fn with_validate_key(mut self, claimed: VerifyingKey) -> Result<Self, Error> {
        match &self.verify {
            Some(known) if *known != claimed => Err(Error::new(
                Code::CryptoSignature,
                "the metadata names another validate key than the link",
            )),
            _ => {
                self.verify = Some(claimed);
                Ok(self)
            }
        }
    }

    /// Opens a message (without its `cp|` prefix), checking its signature if [`MessageKeys::verify`] is known.
    ///
    /// # Errors
    /// `crypto/signature`, `crypto/open`, or `crypto/malformed` for anything else that is no message.
    pub fn open(&self, message: &str) -> Result<String, Error> {
        self.open_with(message, &mut Scratch::default()).map(str::to_owned)
    }

    /// [`MessageKeys::open`] into buffers that are used again.
    ///
    /// # Errors
    /// As there.
    pub fn open_with<'s>(&self, message: &str, scratch: &'s mut Scratch) -> Result<&'s str, Error> {
        self.open_checked_by(self.verify.as_ref(), message, scratch)
    }

    /// [`MessageKeys::open`], refusing when the signature cannot be checked.
    ///
    /// # Errors
    /// As there, and `crypto/no-validate-key`.
    pub fn open_verified(&self, message: &str) -> Result<String, Error> {
        if self.verify.is_none() {
            return Err(Error::new(Code::CryptoNoValidateKey, "no key is known to check a signature with"));
        }
        self.open(message)
    }

    /// Opens a message whoever signed it.
    ///
    /// # Errors
    /// `crypto/open` or `crypto/malformed`.
    pub fn open_unverified(&self, message: &str) -> Result<String, Error> {
        self.open_checked_by(None, message, &mut Scratch::default()).map(str::to_owned)
    }

    /// Opens a message of a one-to-one chat: nobody checks who signed it, and what stands behind a second `|` is not
    /// looked at.
    ///
    /// # Errors
    /// `crypto/open` when the box does not open under the key, `crypto/malformed` for what is no message.
    pub fn open_chat(&self, message: &str) -> Result<String, Error> {
        let scratch = &mut Scratch::default();
        let (signature, text) = split(message, &mut scratch.outer)?;
        signature.ok_or_else(|| unsigned(false))?;
        let mut parts = text.split_inclusive(|byte| *byte == b'|');
        let length = parts.next().map_or(0, <[u8]>::len)
            + parts.next().map_or(0, |part| part.len() - usize::from(part.ends_with(b"|")));
        let text = text.get(..length).unwrap_or(text);
        nonce_box::open(&self.crypt_key, text, &mut scratch.inner).map(str::to_owned)
    }

    fn open_checked_by<'s>(
        &self,
        verify: Option<&VerifyingKey>,
        message: &str,
        scratch: &'s mut Scratch,
    ) -> Result<&'s str, Error> {
        let (signature, text) = split(message, &mut scratch.outer)?;
        match (verify, signature) {
            (Some(key), Some(signature)) => key.verify_detached(text, signature)?,
            (None, Some(_)) => {}
            (_, None) => return Err(unsigned(verify.is_some())),
        }
        nonce_box::open(&self.crypt_key, text, &mut scratch.inner)
    }

    /// Seals and signs a text under a new nonce.
    ///
    /// # Errors
    /// `crypto/read-only` without a signing key, `host/no-entropy`.
    pub fn seal(&self, text: &str, entropy: &mut impl Entropy) -> Result<String, Error> {
        let Some(sign) = &self.sign else {
            return Err(Error::new(Code::CryptoReadOnly, "the keys at hand can read and not write"));
        };
        let mut nonce = [0; NONCE];
        entropy.fill(&mut nonce)?;
        Ok(encode_base64(&sign.sign(nonce_box::seal(&self.crypt_key, &nonce, text)?.as_bytes())))
    }
}

/// Checks the signature of a message and does not open it: what a server does with what it stores.
///
/// # Errors
/// `crypto/malformed` when the message is not base64, `crypto/signature`.
pub fn check_signature(message: &str, key: &VerifyingKey, scratch: &mut Scratch) -> Result<(), Error> {
    let (signature, text) = split(message, &mut scratch.outer)?;
    key.verify_detached(text, signature.ok_or_else(|| unsigned(true))?)
}

/// Signature and signed bytes; no signature when there is no room for one.
fn split<'s>(
    message: &str,
    buffer: &'s mut Buffer,
) -> Result<(Option<&'s [u8; SIGNATURE]>, &'s [u8]), Error> {
    let room = buffer.room(decoded_base64_bound(message.len()));
    let signed: &[u8] = decode_base64_into(message.as_bytes(), room).ok_or_else(not_base64)?;
    Ok(signed.split_first_chunk().map_or((None, signed), |(signature, text)| (Some(signature), text)))
}

pub(super) fn not_base64() -> Error {
    Error::new(Code::CryptoMalformed, "a message is not base64")
}

/// Whoever checks signatures takes this for a bad one.
pub(super) fn unsigned(checks: bool) -> Error {
    let code = if checks { Code::CryptoSignature } else { Code::CryptoMalformed };
    Error::new(code, "a message is shorter than a signature")
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;

    pub(in crate::crypto) struct Counting(pub(in crate::crypto) u8);

    impl Entropy for Counting {
        fn fill(&mut self, out: &mut [u8]) -> Result<(), Error> {
            self.0 = self.0.wrapping_add(1);
            out.fill(self.0);
            Ok(())
        }
    }

    pub(in crate::crypto) fn keys(fill: u8) -> MessageKeys {
        let secret = |offset: u8| Secret::derive_with(|out: &mut [u8; 32]| out.fill(fill + offset));
        MessageKeys::writing(secret(0), SigningKey::from_seed(&secret(1)))
    }

    proptest! {
        #[test]
        fn a_message_reads_back_through_shared_buffers(texts: Vec<String>) {
            let (keys, mut entropy, mut scratch) = (keys(1), Counting(0), Scratch::default());
            for text in texts {
                let message = keys.seal(&text, &mut entropy).unwrap();
                prop_assert_eq!(keys.open_with(&message, &mut scratch).unwrap(), text);
            }
        }

        #[test]
        fn hostile_texts_give_errors_and_no_panic(message: String) {
            prop_assert!(keys(1).open(&message).is_err());
            prop_assert!(keys(1).open_unverified(&message).is_err());
        }

        #[test]
        fn hostile_content_gives_errors_and_no_panic(content: Vec<u8>) {
            let keys = keys(1);
            let signed = encode_base64(&keys.sign.as_ref().unwrap().sign(&content));
            let code = keys.open(&signed).unwrap_err().code();
            prop_assert!(matches!(code, Code::CryptoMalformed | Code::CryptoOpen));
        }
    }

    #[test]
    fn a_chat_is_read_whoever_signed_it_and_as_far_as_a_second_bar() {
        let message = keys(1).seal("text", &mut Counting(0)).unwrap();
        let signed = crate::encoding::decode_base64(&message).unwrap();
        let with = |end: &str| encode_base64(&[&signed, end.as_bytes()].concat());
        for end in ["", "|", "|AAAA", "|||"] {
            assert_eq!(keys(1).open_chat(&with(end)).as_deref(), Ok("text"), "{end}");
        }
        let mut forged = signed.clone();
        forged[3] ^= 1;
        assert_eq!(keys(1).open_chat(&encode_base64(&forged)).as_deref(), Ok("text"));
        let code = |message: &str| keys(1).open_chat(message).unwrap_err().code();
        let mut flipped = signed.clone();
        flipped[64 + 33] = if flipped[64 + 33] == b'A' { b'B' } else { b'A' };
        assert_eq!(code(&encode_base64(&flipped)), Code::CryptoOpen);
        assert_eq!(code(&encode_base64(&[&signed[..64 + 33], b"AAAA"].concat())), Code::CryptoOpen);
        for message in ["", "%", &encode_base64(&signed[..64]), &encode_base64(&signed[..63]), &with("%")] {
            assert_eq!(code(message), Code::CryptoMalformed, "{message}");
        }
    }

    #[test]
    fn each_failure_has_its_code() {
        let message = keys(1).seal("text", &mut Counting(0)).unwrap();
        let mut other_reader = keys(1);
        other_reader.crypt_key = Secret::derive_with(|out| out.fill(9));
        assert_eq!(other_reader.open(&message).unwrap_err().code(), Code::CryptoOpen);
        let mut other_signer = keys(1);
        other_signer.verify = keys(7).verify;
        assert_eq!(other_signer.open(&message).unwrap_err().code(), Code::CryptoSignature);
        assert_eq!(other_signer.open_unverified(&message).as_deref(), Ok("text"));
        let reading = MessageKeys::reading(keys(1).crypt_key);
        assert_eq!(reading.open(&message).as_deref(), Ok("text"));
        assert_eq!(reading.open_verified(&message).unwrap_err().code(), Code::CryptoNoValidateKey);
        assert_eq!(reading.seal("text", &mut Counting(0)).unwrap_err().code(), Code::CryptoReadOnly);
    }

    #[test]
    fn a_claimed_validate_key_cannot_replace_a_derived_one() {
        let claimed = keys(7).verify.unwrap();
        assert_eq!(keys(1).with_validate_key(claimed.clone()).unwrap_err().code(), Code::CryptoSignature);
        let reading = MessageKeys::reading(keys(1).crypt_key).with_validate_key(claimed.clone()).unwrap();
        assert_eq!(reading.verify, Some(claimed));
    }
}
