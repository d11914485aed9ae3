//! The key derivation of the log-in (PROTOCOL.md 4.2).

use pinfold_primitives::kdf;

use crate::error::{Code, Error};
use crate::secret::Secret;

/// log2 of N. Small, because r is what makes this derivation need memory.
const LOG_N: u8 = 8;
/// Block size: 128 · r · N = 32 MiB of memory.
const R: usize = 1024;

/// scrypt with N = 256, r = 1024, p = 1 under way: about 32 MiB and a tenth of a second, in steps.
#[derive(Debug)]
pub struct Stretching(kdf::Stretching);

impl Stretching {
    /// In how many parts it can be done.
    pub const PARTS: usize = 2 << LOG_N;

    /// Begins.
    ///
    /// # Errors
    /// `host/no-memory` when there is no room for 32 MiB.
    pub fn begin(password: &[u8], salt: &[u8]) -> Result<Self, Error> {
        let begun = kdf::Stretching::begin(password, salt, (LOG_N, R));
        begun.map(Self).ok_or_else(|| Error::new(Code::HostNoMemory, "there is no memory for deriving keys"))
    }

    /// Does so many parts; whether all are done.
    #[must_use]
    pub fn step(&mut self, parts: usize) -> bool {
        self.0.step(parts)
    }

    /// The 192 bytes, after the last step.
    pub fn finish(self) -> Secret<192> {
        Secret::derive_with(|out| self.0.finish(out))
    }
}

/// All of it at once.
///
/// # Errors
/// As [`Stretching::begin`].
pub fn scrypt(password: &[u8], salt: &[u8]) -> Result<Secret<192>, Error> {
    let mut stretching = Stretching::begin(password, salt)?;
    while !stretching.step(Stretching::PARTS) {}
    Ok(stretching.finish())
}
