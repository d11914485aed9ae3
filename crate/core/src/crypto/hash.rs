//! SHA-256 and SHA-512.

pub use pinfold_primitives::hash::{Sha256, Sha512};

use crate::secret::Secret;

/// SHA-512 of the parts one after another, for key derivation.
pub fn stretch(parts: &[&[u8]]) -> Secret<64> {
    let mut hasher = Sha512::default();
    parts.iter().for_each(|part| hasher.update(part));
    Secret::derive_with(|out| hasher.finish_into(out))
}

/// SHA-512 of bytes that are no secret.
pub fn sha512(bytes: &[u8]) -> [u8; 64] {
    let mut hasher = Sha512::default();
    hasher.update(bytes);
    hasher.finish()
}

/// SHA-256 of bytes that are no secret.
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut hasher = Sha256::default();
    hasher.update(bytes);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encoding::encode_hex;

    #[test]
    fn the_hash_of_nothing_is_the_documented_one() {
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(encode_hex(&sha256(b"")), empty);
        assert_eq!(encode_hex(&Sha256::default().finish()), empty);
    }

    #[test]
    fn pieces_hash_like_the_whole() {
        let mut pieces = Sha512::default();
        pieces.update(b"ab");
        pieces.update(b"c");
        assert_eq!(pieces.finish(), sha512(b"abc"));
        assert_eq!(stretch(&[b"a", b"bc"]).expose(), &sha512(b"abc"));
    }
}
