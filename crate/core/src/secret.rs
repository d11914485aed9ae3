//! Bytes that must not outlive their use, be printed, or be compared in variable time.

use core::fmt;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// `N` secret bytes: boxed (a move copies the pointer, not the key), wiped on drop, redacted in `Debug`.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Secret<const N: usize>(Box<[u8; N]>);

impl<const N: usize> Secret<N> {
    /// Fills a new secret in place, so that no copy stays behind on the stack.
    pub fn derive_with(fill: impl FnOnce(&mut [u8; N])) -> Self {
        let mut bytes = Box::new([0; N]);
        fill(&mut bytes);
        Self(bytes)
    }

    /// As [`Secret::derive_with`], for a step that may fail; a half-filled secret is wiped.
    ///
    /// # Errors
    /// Whatever `fill` returns.
    pub fn try_derive_with<E>(fill: impl FnOnce(&mut [u8; N]) -> Result<(), E>) -> Result<Self, E> {
        let mut secret = Self(Box::new([0; N]));
        fill(&mut secret.0)?;
        Ok(secret)
    }

    /// Copies a secret out of a slice of exactly `N` bytes; `None` for any other length.
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        (bytes.len() == N).then(|| Self::derive_with(|out| out.copy_from_slice(bytes)))
    }

    /// The bytes. Every caller is a place to review: keep the borrow short.
    pub fn expose(&self) -> &[u8; N] {
        &self.0
    }
}

impl<const N: usize> fmt::Debug for Secret<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(_) = self;
        write!(f, "Secret<{N}>(redacted)")
    }
}

/// A secret text (password, user hash): wiped on drop, redacted in `Debug`.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct SecretText(String);

impl SecretText {
    /// Takes ownership of the text; the caller's copy is the one that stays.
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// The text. Every caller is a place to review: keep the borrow short.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(_) = self;
        f.write_str("SecretText(redacted)")
    }
}

/// The password of an account, as it was typed: UTF-16 units, so half a surrogate pair may stand alone in it, as in
/// JavaScript. Wiped on drop, redacted in `Debug`.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Password(Vec<u16>);

impl Password {
    /// Takes ownership of the units; the caller's copy is the one that stays. A vector that grew while it was
    /// filled has left its earlier memory behind: reserve the length first.
    pub fn from_utf16(units: Vec<u16>) -> Self {
        Self(units)
    }

    /// The units. Every caller is a place to review: keep the borrow short.
    pub fn expose(&self) -> &[u16] {
        &self.0
    }
}

impl From<&str> for Password {
    fn from(text: &str) -> Self {
        // No text has more units than bytes: the vector never grows.
        let mut units = Vec::with_capacity(text.len());
        units.extend(text.encode_utf16());
        Self(units)
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(_) = self;
        f.write_str("Password(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_no_byte_of_a_secret() {
        assert_eq!(format!("{:?}", Secret::<4>::derive_with(|b| b.fill(7))), "Secret<4>(redacted)");
        assert_eq!(format!("{:?}", SecretText::new("hunter2".into())), "SecretText(redacted)");
        assert_eq!(format!("{:?}", Password::from("hunter2")), "Password(redacted)");
    }

    #[test]
    fn a_password_fits_into_what_was_reserved() {
        for text in ["", "hunter2", "é", "山", "😀", "p😀ss🐙word"] {
            let password = Password::from(text);
            assert_eq!(String::from_utf16(password.expose()).unwrap(), text);
            assert_eq!(password.0.capacity(), text.len());
        }
    }

    #[test]
    fn a_slice_of_another_length_is_no_secret() {
        assert!(Secret::<4>::from_slice(&[1; 3]).is_none());
        assert!(Secret::<4>::from_slice(&[1; 4]).is_some_and(|s| s.expose() == &[1; 4]));
    }
}
