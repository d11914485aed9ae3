//! The key derivation of the log-in (PROTOCOL.md 4.2).

use pinfold_primitives::kdf;

use crate::error::{Code, Error};
use crate::secret::Secret;

/// log2 of N. Small, because r is what makes this derivation need memory.
const LOG_N: u8 = 8;
/// Block size: 128 · r · N = 32 MiB of memory.
const R: u32 = 1024;
/// Parallelism.
const P: u32 = 1;

/// scrypt with N = 256, r = 1024, p = 1: about 32 MiB and a tenth of a second.
///
/// # Errors
/// `internal`: the constants above are within what the algorithm allows, so never.
pub fn scrypt(password: &[u8], salt: &[u8]) -> Result<Secret<192>, Error> {
    let internal = || Error::new(Code::Internal, "scrypt refused its parameters");
    let derive = |out: &mut [u8]| kdf::scrypt(password, salt, (LOG_N, R, P), out);
    Secret::try_derive_with(|out| if derive(out) { Ok(()) } else { Err(internal()) })
}
