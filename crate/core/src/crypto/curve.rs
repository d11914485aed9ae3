//! X25519 keys and NaCl's `box`.

use std::fmt;

use pinfold_primitives::curve;

use crate::compact::SortedMap;
use crate::encoding::{decode_base64_array, encode_base64};
use crate::error::{Code, Error};
use crate::secret::{Secret, SecretText};

/// Most shared keys a [`SharedKeys`] keeps.
const SHARED_KEYS: usize = 256;

/// A public X25519 key. Any 32 bytes are one.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CurvePublic([u8; 32]);

impl CurvePublic {
    /// Takes 32 bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Reads base64 of 32 bytes, as in `curvePublic`.
    ///
    /// # Errors
    /// `crypto/malformed`.
    pub fn from_base64(text: &str) -> Result<Self, Error> {
        decode_base64_array(text).map(|bytes| Self(*bytes)).ok_or_else(malformed)
    }

    /// The key as 32 bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The key as 44 characters.
    pub fn to_base64(&self) -> String {
        encode_base64(&self.0)
    }
}

impl fmt::Debug for CurvePublic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CurvePublic({})", self.to_base64())
    }
}

/// A secret X25519 key and its public half.
#[derive(Clone, Debug)]
pub struct CurvePair {
    secret: Secret<32>,
    public: CurvePublic,
}

impl CurvePair {
    /// The pair of a secret key.
    pub fn from_secret(secret: Secret<32>) -> Self {
        let public = CurvePublic(curve::public(secret.expose()));
        Self { secret, public }
    }

    /// Reads base64 of the 32 secret bytes, as in `curvePrivate`.
    ///
    /// # Errors
    /// `crypto/malformed`.
    pub fn from_base64(secret: &str) -> Result<Self, Error> {
        let bytes = decode_base64_array::<32>(secret).ok_or_else(malformed)?;
        Ok(Self::from_secret(Secret::derive_with(|out| *out = *bytes)))
    }

    /// The public half.
    pub fn public(&self) -> &CurvePublic {
        &self.public
    }

    /// The secret half as base64.
    pub fn secret_base64(&self) -> SecretText {
        SecretText::new(encode_base64(self.secret.expose()))
    }

    /// The secret half.
    pub fn secret(&self) -> &Secret<32> {
        &self.secret
    }

    /// The secretbox key shared with the owner of `theirs` ("box precomputation"): X25519, then HSalsa20.
    ///
    /// # Errors
    /// `crypto/malformed` when `theirs` is one of the few values that make the result the same for every
    /// secret; nobody owns such a key.
    pub fn shared_key(&self, theirs: &CurvePublic) -> Result<Secret<32>, Error> {
        let agree = |out: &mut _| curve::agree(self.secret.expose(), &theirs.0, out);
        Secret::try_derive_with(|out| if agree(out) { Ok(()) } else { Err(malformed()) })
    }
}

/// Shared keys that were computed before.
///
/// A mailbox has few correspondents and many letters, and the computation is most of the cost of a
/// letter. Bounded: a sender of many letters under many keys gains nothing.
#[derive(Default)]
pub struct SharedKeys(SortedMap<(CurvePublic, CurvePublic), Secret<32>>);

impl SharedKeys {
    /// [`CurvePair::shared_key`], computed at most once while it is remembered.
    ///
    /// # Errors
    /// As there.
    pub fn get(&mut self, mine: &CurvePair, theirs: &CurvePublic) -> Result<&Secret<32>, Error> {
        let pair = (mine.public, *theirs);
        if !self.0.contains_key(&pair) {
            let key = mine.shared_key(theirs)?;
            if self.0.len() >= SHARED_KEYS {
                self.0.clear();
            }
            self.0.insert(pair, key);
        }
        self.0.get(&pair).ok_or_else(|| Error::new(Code::Internal, "a key just inserted is absent"))
    }
}

fn malformed() -> Error {
    Error::new(Code::CryptoMalformed, "a key does not have the form of one").with("key", "curve key")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(fill: u8) -> CurvePair {
        CurvePair::from_secret(Secret::derive_with(|out| out.fill(fill)))
    }

    #[test]
    fn both_sides_share_one_key_and_it_is_remembered() {
        let (alice, bob) = (pair(1), pair(2));
        let shared = alice.shared_key(bob.public()).unwrap();
        let mut keys = SharedKeys::default();
        assert_eq!(keys.get(&bob, alice.public()).unwrap().expose(), shared.expose());
        let first = keys.get(&bob, alice.public()).unwrap().expose().as_ptr();
        assert_eq!(keys.get(&bob, alice.public()).unwrap().expose().as_ptr(), first);
    }

    #[test]
    fn the_memory_of_shared_keys_is_bounded() {
        let (mine, mut keys) = (pair(1), SharedKeys::default());
        for n in 0..2 * SHARED_KEYS {
            let theirs = CurvePublic(
                [[9; 30].as_slice(), &u16::try_from(n).unwrap().to_le_bytes()].concat().try_into().unwrap(),
            );
            keys.get(&mine, &theirs).unwrap();
            assert!(keys.0.len() <= SHARED_KEYS);
        }
    }

    #[test]
    fn a_key_that_everybody_can_compute_is_refused() {
        assert_eq!(pair(1).shared_key(&CurvePublic([0; 32])).unwrap_err().code(), Code::CryptoMalformed);
    }
}
