//! The keys of a roster and its messages (PROTOCOL.md 7.2).
//!
//! ```text
//! (s0, s1) = halves(SHA-512(seed))    s0: Ed25519 seed, members only
//! (t0, t1) = halves(SHA-512(s1))      t0: Curve25519 secret; t1[0..16]: channel
//! ```
//!
//! A viewer holds `s1`. A message is the envelope of [`double_box`], sealed to the team's curve key and
//! signed by the team's Ed25519 key.

use zeroize::Zeroizing;

use crate::crypto::curve::CurvePair;
use crate::crypto::double_box;
use crate::crypto::sign::{SIGNATURE, SigningKey, VerifyingKey};
use crate::crypto::{hash, part};
use crate::encoding::{decode_slash_safe, encode_base64, encode_hex, encode_slash_safe};
use crate::error::{Code, Error};
use crate::ids::ChannelId;
use crate::ports::Entropy;
use crate::secret::{Secret, SecretText};

pub use crate::crypto::double_box::{Letter, Workspace};

/// Shortest seed of a roster, in bytes.
const MIN_SEED: usize = 18;

/// The keys of a team's roster.
#[derive(Clone, Debug)]
pub struct TeamKeys {
    /// The roster's channel.
    pub channel: ChannelId,
    /// The pair that every message is sealed to.
    pub curve: CurvePair,
    /// What a viewer is given (`viewKeyStr`).
    pub view_key: SecretText,
    /// Signs messages (`teamEdPrivate`); viewers have none.
    pub sign: Option<SigningKey>,
    /// Checks messages (`teamEdPublic`); viewers learn it from the channel's metadata.
    pub verify: Option<VerifyingKey>,
}

impl TeamKeys {
    /// A member's keys, from the roster's seed.
    ///
    /// # Errors
    /// `crypto/malformed` when the seed is not base64 of at least 18 bytes.
    pub fn from_seed(seed: &str) -> Result<Self, Error> {
        let bytes = decode_slash_safe(seed).map(Zeroizing::new).filter(|bytes| bytes.len() >= MIN_SEED);
        let (sign, view) = halves(&bytes.ok_or_else(malformed_seed)?);
        let sign = SigningKey::from_seed(&sign);
        let viewer = Self::from_view_bytes(view.expose())?;
        Ok(Self { verify: Some(sign.verifying_key()), sign: Some(sign), ..viewer })
    }

    /// A viewer's keys, from the text given to viewers.
    ///
    /// # Errors
    /// `crypto/malformed` when the text is not base64.
    pub fn from_view_key(view_key: &str) -> Result<Self, Error> {
        let bytes = decode_slash_safe(view_key).map(Zeroizing::new);
        Self::from_view_bytes(&bytes.ok_or_else(malformed_seed)?)
    }

    fn from_view_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let (curve, rest) = halves(bytes);
        let channel = encode_hex(part::<0, 16, 32>(&rest).expose());
        Ok(Self {
            channel: ChannelId::parse(&channel).ok_or_else(malformed_seed)?,
            curve: CurvePair::from_secret(curve),
            view_key: SecretText::new(encode_slash_safe(bytes)),
            sign: None,
            verify: None,
        })
    }

    /// Adds the `validateKey` that the channel's metadata claims.
    ///
    /// # Errors
    /// `crypto/signature` when a derived key is known and the claim is another one.
    pub fn with_validate_key(mut self, claimed: VerifyingKey) -> Result<Self, Error> {
        if self.verify.as_ref().is_some_and(|known| *known != claimed) {
            return Err(Error::new(Code::CryptoSignature, "the metadata names another key than the team's"));
        }
        self.verify = Some(claimed);
        Ok(self)
    }

    /// Opens a roster message, checking its signature.
    ///
    /// # Errors
    /// `crypto/no-validate-key` for a viewer without metadata, `crypto/signature`, `crypto/open`, and
    /// `crypto/malformed` for what is no message.
    pub fn open(&self, message: &str) -> Result<Letter, Error> {
        self.open_with(message, &mut Workspace::default())
    }

    /// [`TeamKeys::open`] for many messages: about twice as fast for authors seen before.
    ///
    /// # Errors
    /// As there.
    pub fn open_with(&self, message: &str, workspace: &mut Workspace) -> Result<Letter, Error> {
        let verify = self.verify.as_ref();
        let verify = verify.ok_or_else(|| {
            Error::new(Code::CryptoNoValidateKey, "no key is known to check a signature with")
        })?;
        self.open_checked_by(Some(verify), message, workspace)
    }

    /// Opens a roster message whoever signed it.
    ///
    /// # Errors
    /// `crypto/open`, `crypto/malformed`.
    pub fn open_unverified(&self, message: &str) -> Result<Letter, Error> {
        self.open_checked_by(None, message, &mut Workspace::default())
    }

    fn open_checked_by(
        &self,
        verify: Option<&VerifyingKey>,
        message: &str,
        workspace: &mut Workspace,
    ) -> Result<Letter, Error> {
        workspace.open_base64(message, |bytes, authors| {
            let (signature, envelope) = bytes.split_first_chunk_mut::<SIGNATURE>().ok_or_else(|| {
                Error::new(Code::CryptoMalformed, "a roster message is shorter than a signature")
            })?;
            if let Some(key) = verify {
                key.verify_detached(envelope, signature)?;
            }
            double_box::open(&self.curve, envelope, authors)
        })
    }

    /// Seals and signs a roster message by `author`.
    ///
    /// # Errors
    /// `crypto/read-only` for a viewer, `host/no-entropy`.
    pub fn seal(&self, text: &str, author: &CurvePair, entropy: &mut impl Entropy) -> Result<String, Error> {
        let Some(sign) = &self.sign else {
            return Err(Error::new(Code::CryptoReadOnly, "a viewer cannot write to the roster"));
        };
        let envelope = double_box::seal(text, author, self.curve.public(), entropy)?;
        Ok(encode_base64(&sign.sign(&envelope)))
    }
}

fn halves(bytes: &[u8]) -> (Secret<32>, Secret<32>) {
    let whole = hash::stretch(&[bytes]);
    (part::<0, 32, 64>(&whole), part::<32, 32, 64>(&whole))
}

fn malformed_seed() -> Error {
    Error::new(Code::CryptoMalformed, "a team's key text is not one")
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEED: &str = "KL6TRbE6l4IUxsZXObV/CycL";

    #[test]
    fn a_viewer_reads_the_same_channel_and_cannot_write() {
        let member = TeamKeys::from_seed(SEED).unwrap();
        let viewer = TeamKeys::from_view_key(member.view_key.expose()).unwrap();
        assert_eq!(viewer.channel.as_str(), "32dda8239c87d63bb4c7355148cb86e1");
        assert_eq!(viewer.channel, member.channel);
        assert_eq!(viewer.open("AAAA").unwrap_err().code(), Code::CryptoNoValidateKey);
        let claimed = member.verify.clone().unwrap();
        assert!(viewer.with_validate_key(claimed).is_ok_and(|keys| keys.sign.is_none()));
    }

    #[test]
    fn another_validate_key_than_the_derived_one_is_refused() {
        let other = TeamKeys::from_seed("dBH844dhG3tcYLzlGRDO4uHT").unwrap().verify.unwrap();
        let error = TeamKeys::from_seed(SEED).unwrap().with_validate_key(other).unwrap_err();
        assert_eq!(error.code(), Code::CryptoSignature);
    }

    #[test]
    fn seeds_may_be_slash_safe_and_must_be_long_enough() {
        let spelled = SEED.replace('/', "-");
        assert_eq!(
            TeamKeys::from_seed(&spelled).unwrap().channel,
            TeamKeys::from_seed(SEED).unwrap().channel
        );
        for seed in ["", "abcd", "!!!", &SEED[..20]] {
            assert_eq!(TeamKeys::from_seed(seed).unwrap_err().code(), Code::CryptoMalformed);
        }
    }
}
