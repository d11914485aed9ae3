//! X25519, and the key that NaCl's `box` makes of it.
//!
//! `box` is composed of X25519 (x25519-dalek), HSalsa20 (salsa20) and the secretbox, which is what NaCl
//! defines it to be: the `crypto_box` crate would bring a second copy of curve25519-dalek.

use salsa20::cipher::consts::U10;
use x25519_dalek::{PublicKey, StaticSecret};

/// The public half of a secret key.
#[inline(never)]
pub fn public(secret: &[u8; 32]) -> [u8; 32] {
    PublicKey::from(&StaticSecret::from(*secret)).to_bytes()
}

/// "Box precomputation": X25519, then HSalsa20, into `out`. `false`, with `out` unchanged, when `theirs` is
/// one of the few values that make the result the same for every secret.
#[inline(never)]
#[must_use]
pub fn agree(secret: &[u8; 32], theirs: &[u8; 32], out: &mut [u8; 32]) -> bool {
    let point = StaticSecret::from(*secret).diffie_hellman(&PublicKey::from(*theirs));
    let contributory = point.was_contributory();
    if contributory {
        *out = salsa20::hsalsa::<U10>(point.as_bytes().into(), &Default::default()).into();
    }
    contributory
}
