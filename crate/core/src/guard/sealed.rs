//! What the guard keeps, encrypted: whoever reads the disk learns its size, and whoever is shown the account
//! document (an export, a debugger) no more than that the guard left something there.

use crate::crypto::hash::stretch;
use crate::crypto::{part, secretbox};
use crate::encoding::{decode_base64, encode_base64, encode_hex};
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

    /// The name of a record in a store, in hex: a hash under this key, so that nobody else can tell whether it is
    /// that of a channel they know. Other parts have another name, wherever they are divided.
    pub fn name(&self, parts: &[&str]) -> String {
        let plain = parts.join("\n");
        let stretched = stretch(&[b"pinfold name 1\n", self.0.expose(), plain.as_bytes()]);
        encode_hex(part::<0, 32, 64>(&stretched).expose())
    }

    /// Encrypts a record.
    ///
    /// # Errors
    /// `host/no-entropy`.
    pub fn seal(&self, record: &Value, entropy: &mut dyn Entropy) -> Result<Vec<u8>, Error> {
        self.seal_bytes(Zeroizing::new(stringify(record)).as_bytes(), entropy)
    }

    /// As [`Self::seal`], of what is no JSON.
    ///
    /// # Errors
    /// `host/no-entropy`.
    pub fn seal_bytes(&self, content: &[u8], entropy: &mut dyn Entropy) -> Result<Vec<u8>, Error> {
        let mut nonce = [0; secretbox::NONCE];
        entropy.fill(&mut nonce)?;
        self.close(&nonce, content)
    }

    /// Decrypts a record.
    ///
    /// # Errors
    /// `guard/unreadable`. That is not the same as having none: what it held is unknown.
    pub fn open(&self, bytes: &[u8]) -> Result<Value, Error> {
        let plain = self.open_bytes(bytes)?;
        let text = std::str::from_utf8(&plain).map_err(|_| unreadable())?;
        Value::parse(text).map_err(|_| unreadable())
    }

    /// Encrypts content as text, base64. The same content gives the same text, on every device: so a merge that
    /// adds nothing changes nothing. The nonce is a hash of the key and the content, and so serves one
    /// content only.
    ///
    /// # Errors
    /// None in practice.
    pub fn seal_text(&self, content: &[u8]) -> Result<String, Error> {
        let stretched = stretch(&[b"pinfold nonce 1\n", self.0.expose(), content]);
        let nonce = part::<0, { secretbox::NONCE }, 64>(&stretched);
        Ok(encode_base64(&self.close(nonce.expose(), content)?))
    }

    /// Decrypts what [`Self::seal_text`] made.
    ///
    /// # Errors
    /// `guard/unreadable`.
    pub fn open_text(&self, text: &str) -> Result<Zeroizing<Vec<u8>>, Error> {
        self.open_bytes(&decode_base64(text).ok_or_else(unreadable)?)
    }

    fn close(&self, nonce: &[u8; secretbox::NONCE], content: &[u8]) -> Result<Vec<u8>, Error> {
        Ok([MARK.as_slice(), nonce, &secretbox::seal(&self.0, nonce, content)?].concat())
    }

    /// Decrypts what [`Self::seal_bytes`] made.
    ///
    /// # Errors
    /// `guard/unreadable`.
    pub fn open_bytes(&self, bytes: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
        let rest = bytes.strip_prefix(MARK).filter(|rest| rest.len() <= LIMIT).ok_or_else(unreadable)?;
        let (nonce, boxed) = rest.split_first_chunk().ok_or_else(unreadable)?;
        secretbox::open(&self.0, nonce, boxed).map(Zeroizing::new).map_err(|_| unreadable())
    }
}

fn unreadable() -> Error {
    Error::new(Code::GuardUnreadable, "a stored record does not open")
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

    #[test]
    fn a_record_of_megabytes_opens() {
        let (key, content) = (StoreKey::derive(b"secret", "ledger"), vec![7; 2 << 20]);
        let sealed = key.seal_text(&content).unwrap();
        assert!(*key.open_text(&sealed).unwrap() == content);
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
            let drawn = key.seal_text(&sealed).unwrap();
            prop_assert_eq!(&drawn, &key.seal_text(&sealed).unwrap());
            prop_assert_eq!(&*key.open_text(&drawn).unwrap(), &sealed);
            prop_assert_eq!(other.open_text(&drawn).unwrap_err().code(), Code::GuardUnreadable);
            let at = at.index(sealed.len());
            sealed[at] ^= 1 << bit;
            prop_assert_eq!(key.open(&sealed).unwrap_err().code(), Code::GuardUnreadable);
            sealed.truncate(at);
            prop_assert_eq!(key.open(&sealed).unwrap_err().code(), Code::GuardUnreadable);
        }
    }
}
