//! SHA-256 and SHA-512.

use sha2::Digest;

use crate::secret::Secret;

/// SHA-512 of the parts one after another, for key derivation.
pub fn stretch(parts: &[&[u8]]) -> Secret<64> {
    let mut hasher = sha2::Sha512::new();
    parts.iter().for_each(|part| hasher.update(part));
    Secret::derive_with(|out| hasher.finalize_into(out.into()))
}

/// SHA-512 of bytes that are no secret.
pub fn sha512(bytes: &[u8]) -> [u8; 64] {
    sha2::Sha512::digest(bytes).into()
}

/// SHA-256 of bytes that are no secret.
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    sha2::Sha256::digest(bytes).into()
}

/// SHA-512 fed piece by piece.
#[derive(Clone, Default)]
pub struct Sha512(sha2::Sha512);

impl Sha512 {
    /// Appends to what is hashed.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The hash of everything appended.
    pub fn finish(self) -> [u8; 64] {
        self.0.finalize().into()
    }
}

/// SHA-256 fed piece by piece.
#[derive(Clone, Default)]
pub struct Sha256(sha2::Sha256);

impl Sha256 {
    /// Appends to what is hashed.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The hash of everything appended.
    pub fn finish(self) -> [u8; 32] {
        self.0.finalize().into()
    }
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
