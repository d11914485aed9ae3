//! scrypt (RFC 7914) with p = 1, in steps: a page must not stand still while it runs (docs/adr/0009).
//!
//! PBKDF2 and the core of Salsa20 are libraries. Ours is the order in which blocks are mixed, ROMix and BlockMix (sections 4
//! and 5 of the RFC): no library stops between two of them. The tests compare all of it with the library `scrypt`.

use core::fmt;

use pbkdf2::pbkdf2_hmac;
use salsa20::SalsaCore;
use salsa20::cipher::{StreamCipherCore, typenum::U4};
use sha2::Sha256;
use zeroize::{Zeroize, Zeroizing};

/// 64 bytes as the words that are added and rotated.
type Block = [u32; 16];

/// A derivation under way. What it holds is wiped when it goes.
pub struct Stretching {
    password: Zeroizing<Vec<u8>>,
    /// What is mixed, and where its next form is written: 2 · r blocks each.
    now: Vec<Block>,
    next: Vec<Block>,
    /// Every form of the first half, one behind the other: N · 2 · r blocks.
    kept: Vec<Block>,
    /// How often is mixed in each half: N, a power of two.
    half: usize,
    mixed: usize,
}

impl Stretching {
    /// Begins: `log_n` is log2 of N, `r` the block size. It takes 128 · r · N bytes of memory, all of it here; `None` where
    /// there is not so much, or for parameters that scrypt does not allow.
    #[must_use]
    pub fn begin(password: &[u8], salt: &[u8], (log_n, r): (u8, usize)) -> Option<Self> {
        let half = 1_usize.checked_shl(log_n.into()).filter(|half| *half > 1)?;
        // RFC 7914, section 6: N is below 2 to the 16 · r.
        let blocks = r.checked_mul(2).filter(|blocks| usize::from(log_n) < blocks.saturating_mul(8))?;
        let mut seed = room(blocks.checked_mul(64)?)?;
        seed.resize(blocks * 64, 0);
        let mut seed = Zeroizing::new(seed);
        pbkdf2_hmac::<Sha256>(password, salt, 1, &mut seed);
        let (mut now, mut next, kept) = (room(blocks)?, room(blocks)?, room(blocks.checked_mul(half)?)?);
        next.resize(blocks, [0; 16]);
        now.extend(seed.as_chunks::<64>().0.iter().map(words));
        Some(Self { password: Zeroizing::new(password.to_vec()), now, next, kept, half, mixed: 0 })
    }

    /// Mixes so often, or as often as is left; whether all is done. Each takes 2 · r times the core of Salsa20.
    #[inline(never)]
    #[must_use]
    pub fn step(&mut self, times: usize) -> bool {
        for _ in 0..times.min(2 * self.half - self.mixed) {
            if self.mixed < self.half {
                self.kept.extend_from_slice(&self.now);
            } else {
                self.add_a_kept_one();
            }
            mix(&self.now, &mut self.next);
            core::mem::swap(&mut self.now, &mut self.next);
            self.mixed += 1;
        }
        self.mixed == 2 * self.half
    }

    /// Which one is told by what is mixed itself.
    fn add_a_kept_one(&mut self) {
        let told = self.now.last().map_or(0, |last| last[0]);
        let which = told as usize & (self.half - 1);
        let kept = self.kept.get(which * self.now.len()..).unwrap_or_default();
        self.now.iter_mut().zip(kept).for_each(|(block, kept)| add(block, kept));
    }

    /// The key, into `out`. Before the last step it is a wrong one.
    pub fn finish(self, out: &mut [u8]) {
        let mut mixed = Zeroizing::new(Vec::with_capacity(self.now.len() * 64));
        self.now.as_flattened().iter().for_each(|word| mixed.extend_from_slice(&word.to_le_bytes()));
        pbkdf2_hmac::<Sha256>(&self.password, &mixed, 1, out);
    }
}

/// Room for so many, if there is.
fn room<T>(many: usize) -> Option<Vec<T>> {
    let mut room = Vec::new();
    room.try_reserve_exact(many).ok()?;
    Some(room)
}

/// BlockMix: each block is added to the last result and goes through the core; the results with even numbers come first.
fn mix(from: &[Block], to: &mut [Block]) {
    let Some(last) = from.last() else { return };
    let mut block = *last;
    let (even, odd) = to.split_at_mut(from.len() / 2);
    for (pair, (even, odd)) in from.as_chunks::<2>().0.iter().zip(even.iter_mut().zip(odd)) {
        for (from, to) in pair.iter().zip([even, odd]) {
            add(&mut block, from);
            salsa20_8(&mut block);
            *to = block;
        }
    }
    block.zeroize();
}

fn add(block: &mut Block, other: &Block) {
    block.iter_mut().zip(other).for_each(|(word, other)| *word ^= other);
}

fn salsa20_8(block: &mut Block) {
    let mut bytes = [0; 64];
    SalsaCore::<U4>::from_raw_state(*block).write_keystream_block((&mut bytes).into());
    *block = words(&bytes);
}

fn words(bytes: &[u8; 64]) -> Block {
    let mut words = [0; 16];
    words
        .iter_mut()
        .zip(bytes.as_chunks::<4>().0)
        .for_each(|(word, bytes)| *word = u32::from_le_bytes(*bytes));
    words
}

impl Drop for Stretching {
    fn drop(&mut self) {
        for blocks in [&mut self.now, &mut self.next, &mut self.kept] {
            blocks.as_flattened_mut().zeroize();
        }
    }
}

impl fmt::Debug for Stretching {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stretching").field("mixed", &self.mixed).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn in_steps<const N: usize>(
        password: &[u8],
        salt: &[u8],
        parameters: (u8, usize),
        step: usize,
    ) -> [u8; N] {
        let mut stretching = Stretching::begin(password, salt, parameters).unwrap();
        while !stretching.step(step) {}
        let mut out = [0; N];
        stretching.finish(&mut out);
        out
    }

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Those of section 12 with p = 1 that fit into a test's memory.
    #[test]
    fn the_vectors_of_rfc_7914() {
        assert_eq!(
            hex(&in_steps::<64>(b"", b"", (4, 1), 3)),
            "77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442\
             fcd0069ded0948f8326a753a0fc81f17e8d3e0fb2e0d3628cf35e20c38d18906"
        );
        assert_eq!(
            hex(&in_steps::<64>(b"pleaseletmein", b"SodiumChloride", (14, 8), 1000)),
            "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2\
             d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887"
        );
    }

    #[test]
    fn what_scrypt_does_not_allow_is_not_begun() {
        for parameters in [(16, 1), (0, 1), (4, 0), (200, 1), (4, usize::MAX), (62, 1 << 40)] {
            assert!(Stretching::begin(b"", b"", parameters).is_none(), "{parameters:?}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        /// However long the steps are, the key is that of the library.
        #[test]
        fn the_key_is_that_of_the_library(
            password in proptest::collection::vec(any::<u8>(), 0..80),
            salt in proptest::collection::vec(any::<u8>(), 0..80),
            (log_n, r) in (1_u8..8, 1_usize..9),
            step in 1_usize..300,
        ) {
            let mut expected = [0; 192];
            let parameters = scrypt::Params::new(log_n, r.try_into().unwrap(), 1).unwrap();
            scrypt::scrypt(&password, &salt, &parameters, &mut expected).unwrap();
            prop_assert_eq!(in_steps::<192>(&password, &salt, (log_n, r), step), expected);
        }
    }
}
