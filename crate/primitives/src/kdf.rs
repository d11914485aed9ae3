//! scrypt.

/// scrypt into `out`; `false` for parameters that it does not allow. `log_n` is log2 of N, `r` the block
/// size: it needs 128 · r · N bytes of memory.
#[inline(never)]
#[must_use]
pub fn scrypt(password: &[u8], salt: &[u8], (log_n, r, p): (u8, u32, u32), out: &mut [u8]) -> bool {
    scrypt::Params::new(log_n, r, p)
        .is_ok_and(|parameters| scrypt::scrypt(password, salt, &parameters, out).is_ok())
}
