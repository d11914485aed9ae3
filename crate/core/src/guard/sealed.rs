//! What the guard keeps outside the drive, encrypted: whoever reads the disk learns its size.
//!
//! In the drive itself nothing is encrypted a second time: the account document is already under the
//! account's own keys, and there the rows of two devices merge one by one.

use crate::crypto::hash::stretch;
use crate::crypto::{part, secretbox};
use crate::error::{Code, Error};
use crate::json::{Value, stringify};
use crate::ports::Entropy;
use crate::secret::Secret;
use zeroize::Zeroizing;

/// Says what the bytes are, and in which version.
const MARK: &[u8; 8] = b"pinfold1";
/// The most bytes that are opened.
const LIMIT: usize = 64 * 1024 * 1024;

/// The key of one kind of record of one account.
#[derive(Debug)]
pub struct StoreKey(Secret<32>);

impl StoreKey {
    /// Derived from a secret that only the account's devices know: SHA-512 over a domain, the kind and the
    /// secret. Another kind has another key.
    pub fn derive(account_secret: &[u8], kind: &str) -> Self {
        let stretched = stretch(&[b"pinfold store 1\n", kind.as_bytes(), b"\n", account_secret]);
        Self(part::<0, 32, 64>(&stretched))
    }

    /// Encrypts a record.
    ///
    /// # Errors
    /// `host/no-entropy`.
    pub fn seal(&self, record: &Value, entropy: &mut dyn Entropy) -> Result<Vec<u8>, Error> {
        let mut nonce = [0; secretbox::NONCE];
        entropy.fill(&mut nonce)?;
        let text = Zeroizing::new(stringify(record));
        let boxed = secretbox::seal(&self.0, &nonce, text.as_bytes())?;
        Ok([MARK.as_slice(), &nonce, &boxed].concat())
    }

    /// Decrypts a record.
    ///
    /// # Errors
    /// `guard/unreadable`. That is not the same as having none: what it held is unknown.
    pub fn open(&self, bytes: &[u8]) -> Result<Value, Error> {
        let unreadable = || Error::new(Code::GuardUnreadable, "a stored record does not open");
        let rest = bytes.strip_prefix(MARK).filter(|rest| rest.len() <= LIMIT).ok_or_else(unreadable)?;
        let (nonce, boxed) = rest.split_first_chunk().ok_or_else(unreadable)?;
        let plain = Zeroizing::new(secretbox::open(&self.0, nonce, boxed).map_err(|_| unreadable())?);
        let text = std::str::from_utf8(&plain).map_err(|_| unreadable())?;
        Value::parse(text).map_err(|_| unreadable())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    struct Fixed(u8);

    impl Entropy for Fixed {
        fn fill(&mut self, out: &mut [u8]) -> Result<(), Error> {
            out.fill(self.0);
            Ok(())
        }
    }

    proptest! {
        #[test]
        fn what_was_sealed_opens_and_nothing_else_does(
            secret: [u8; 16], nonce: u8, text: String, at: proptest::sample::Index, bit in 0u8..8
        ) {
            let key = StoreKey::derive(&secret, "ledger");
            let record = Value::from(text);
            let mut sealed = key.seal(&record, &mut Fixed(nonce)).unwrap();
            prop_assert_eq!(key.open(&sealed).unwrap(), record);
            let other = StoreKey::derive(&secret, "vault");
            prop_assert_eq!(other.open(&sealed).unwrap_err().code(), Code::GuardUnreadable);
            let at = at.index(sealed.len());
            sealed[at] ^= 1 << bit;
            prop_assert_eq!(key.open(&sealed).unwrap_err().code(), Code::GuardUnreadable);
            sealed.truncate(at);
            prop_assert_eq!(key.open(&sealed).unwrap_err().code(), Code::GuardUnreadable);
        }
    }
}
