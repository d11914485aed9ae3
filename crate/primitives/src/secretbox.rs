//! NaCl's `secretbox`: XSalsa20-Poly1305, in place and with its tag apart.

use xsalsa20poly1305::{AeadInPlace, KeyInit, XSalsa20Poly1305};

/// Length of a nonce.
pub const NONCE: usize = 24;
/// Length of a tag.
pub const TAG: usize = 16;

/// Opens `content` where it lies; `false`, with `content` unchanged, when the tag is not its own.
#[inline(never)]
#[must_use]
pub fn open(key: &[u8; 32], nonce: &[u8; NONCE], tag: &[u8; TAG], content: &mut [u8]) -> bool {
    XSalsa20Poly1305::new(key.into())
        .decrypt_in_place_detached(nonce.into(), b"", content, tag.into())
        .is_ok()
}

/// Seals `content` where it lies and returns its tag; `None` for more than the cipher can take, 2^70 bytes.
#[inline(never)]
pub fn seal(key: &[u8; 32], nonce: &[u8; NONCE], content: &mut [u8]) -> Option<[u8; TAG]> {
    let tag = XSalsa20Poly1305::new(key.into()).encrypt_in_place_detached(nonce.into(), b"", content);
    tag.ok().map(Into::into)
}
