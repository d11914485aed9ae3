//! Ed25519.

mod batch;

use curve25519_dalek::edwards::EdwardsPoint;
use ed25519_dalek::{Signer, Verifier};

/// Length of a signature.
pub const SIGNATURE: usize = 64;

/// A key that checks signatures, decompressed once.
#[derive(Clone, PartialEq, Eq)]
pub struct VerifyingKey(ed25519_dalek::VerifyingKey);

impl VerifyingKey {
    /// Reads 32 bytes; `None` when they are no point of the curve.
    #[inline(never)]
    pub fn from_bytes(bytes: &[u8; 32]) -> Option<Self> {
        ed25519_dalek::VerifyingKey::from_bytes(bytes).map(Self).ok()
    }

    /// The key as 32 bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }

    /// Whether the signature is by this key over `message`. One whose scalar is not reduced is refused; no
    /// signer writes one.
    #[inline(never)]
    pub fn verifies(&self, message: &[u8], signature: &[u8; SIGNATURE]) -> bool {
        self.0.verify(message, &ed25519_dalek::Signature::from_bytes(signature)).is_ok()
    }

    /// For each whether [`VerifyingKey::verifies`] says so, about three times as fast as one by one if all
    /// are good. Signatures that the holder of the key made odd on purpose may be judged otherwise.
    #[inline(never)]
    pub fn verify_many(&self, signed: &[(&[u8; SIGNATURE], &[u8])]) -> Vec<bool> {
        let mut good = Vec::with_capacity(signed.len());
        for group in signed.chunks(batch::MOST) {
            let all = group.len() >= batch::WORTHWHILE && batch::all_verify(self, group);
            good.extend(group.iter().map(|(signature, message)| all || self.verifies(message, signature)));
        }
        good
    }

    fn to_point(&self) -> EdwardsPoint {
        self.0.to_edwards()
    }
}

/// A key that signs. Boxed, so that a move copies a pointer; wiped when dropped.
#[derive(Clone)]
pub struct SigningKey(Box<ed25519_dalek::SigningKey>);

impl SigningKey {
    /// The key pair of a seed.
    #[inline(never)]
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(Box::new(ed25519_dalek::SigningKey::from_bytes(seed)))
    }

    /// Reads NaCl's 64-byte secret key (seed, then public key); `None` when the halves do not belong
    /// together.
    #[inline(never)]
    pub fn from_keypair_bytes(bytes: &[u8; 64]) -> Option<Self> {
        let key = ed25519_dalek::SigningKey::from_keypair_bytes(bytes).ok()?;
        Some(Self(Box::new(key)))
    }

    /// Writes NaCl's 64-byte secret key.
    pub fn keypair_bytes_into(&self, out: &mut [u8; 64]) {
        let (seed, public) = out.split_at_mut(32);
        seed.copy_from_slice(self.0.as_bytes());
        public.copy_from_slice(self.0.verifying_key().as_bytes());
    }

    /// The public half.
    pub fn verifying_key(&self) -> VerifyingKey {
        VerifyingKey(self.0.verifying_key())
    }

    /// The signature of `message`.
    #[inline(never)]
    pub fn sign(&self, message: &[u8]) -> [u8; SIGNATURE] {
        self.0.sign(message).to_bytes()
    }
}
