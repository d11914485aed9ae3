//! The primitives and the message formats built on them (PROTOCOL.md sections 6 and 7).
//!
//! What computes is in `pinfold-primitives`; here are keys that wipe themselves, formats and error codes.

pub mod curve;
pub mod double_box;
pub mod hash;
mod history;
pub mod kdf;
pub mod message;
pub mod nonce_box;
mod scratch;
pub mod secretbox;
pub mod sign;
pub mod string_key;

pub use scratch::Scratch;

use crate::secret::Secret;

/// `N` bytes of a secret, beginning at byte `AT`. A range outside the secret does not compile.
pub fn part<const AT: usize, const N: usize, const M: usize>(whole: &Secret<M>) -> Secret<N> {
    const { assert!(AT + N <= M) }
    Secret::derive_with(|out| {
        out.iter_mut().zip(whole.expose().iter().skip(AT)).for_each(|(out, byte)| *out = *byte);
    })
}
