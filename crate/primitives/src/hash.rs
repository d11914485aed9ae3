//! SHA-256 and SHA-512, fed piece by piece.

use sha2::Digest;

/// SHA-512.
#[derive(Clone, Default)]
pub struct Sha512(sha2::Sha512);

impl Sha512 {
    /// Appends to what is hashed.
    #[inline(never)]
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The hash of everything appended, written to where it is wanted: it may be a secret.
    #[inline(never)]
    pub fn finish_into(self, out: &mut [u8; 64]) {
        self.0.finalize_into(out.into());
    }

    /// The hash of everything appended.
    pub fn finish(self) -> [u8; 64] {
        let mut out = [0; 64];
        self.finish_into(&mut out);
        out
    }
}

/// Units that are narrowed at a time.
const UNITS: usize = 2048;

/// A whole vector register, so that the compiler uses one.
fn low_bytes(units: [u16; 16]) -> [u8; 16] {
    units.map(|unit| unit as u8)
}

/// SHA-256.
#[derive(Clone, Default)]
pub struct Sha256(sha2::Sha256);

impl Sha256 {
    /// Appends to what is hashed.
    #[inline(never)]
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// Appends the low byte of each unit.
    #[inline(never)]
    pub fn update_low_bytes(&mut self, units: &[u16]) {
        let mut bytes = [0; UNITS];
        for units in units.chunks(UNITS) {
            let (bytes, _) = bytes.split_at_mut(units.len());
            let (to, to_rest) = bytes.as_chunks_mut();
            let (from, from_rest) = units.as_chunks();
            to.iter_mut().zip(from).for_each(|(to, from)| *to = low_bytes(*from));
            to_rest.iter_mut().zip(from_rest).for_each(|(to, from)| *to = *from as u8);
            self.0.update(bytes);
        }
    }

    /// The hash of everything appended.
    #[inline(never)]
    pub fn finish(self) -> [u8; 32] {
        self.0.finalize().into()
    }
}
