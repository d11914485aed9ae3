//! Edit links inside shared folders and team drives are encrypted (PROTOCOL.md 6.2), so that those who
//! may only read the folder may only read what is in it.

use std::borrow::Cow;

use crate::crypto::string_key::StringKey;
use crate::error::Error;
use crate::ports::Entropy;
use crate::secret::SecretText;

/// The cipher of one folder's edit links.
#[derive(Clone, Debug)]
pub struct HrefCipher(StringKey);

impl HrefCipher {
    /// The cipher of a folder's `secondaryKey`.
    ///
    /// # Errors
    /// `crypto/malformed` when the text is not base64.
    pub fn new(secondary_key: &SecretText) -> Result<Self, Error> {
        StringKey::from_text(secondary_key.expose()).map(Self)
    }

    /// Reads an encrypted link.
    ///
    /// # Errors
    /// `crypto/malformed` for what is no ciphertext, `crypto/open` for that of another key.
    pub fn decrypt(&self, href: &str) -> Result<String, Error> {
        self.0.open(href)
    }

    /// Encrypts a link. Links of files stay as they are: whoever reads a folder reads its files.
    ///
    /// # Errors
    /// `host/no-entropy`.
    pub fn encrypt(&self, href: &str, entropy: &mut impl Entropy) -> Result<String, Error> {
        if href.starts_with("/file/#") { Ok(href.to_owned()) } else { self.0.seal(href, entropy) }
    }
}

/// Whether a stored link is one, rather than the ciphertext of one.
pub fn is_plain(href: &str) -> bool {
    href.contains('#')
}

/// The best link of an entry: its edit link, or if that is missing or cannot be decrypted its view link.
pub fn readable_href<'e>(
    href: Option<&'e str>,
    ro_href: Option<&'e str>,
    cipher: Option<&HrefCipher>,
) -> Option<Cow<'e, str>> {
    match href.filter(|href| !href.is_empty()) {
        Some(href) if is_plain(href) => Some(href.into()),
        Some(href) => cipher.and_then(|cipher| cipher.decrypt(href).ok()).map(Cow::Owned),
        None => None,
    }
    .or_else(|| ro_href.map(Cow::Borrowed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_without_any_link_has_none() {
        assert_eq!(readable_href(None, None, None), None);
        assert_eq!(readable_href(Some(""), Some("/pad/#/2/"), None).as_deref(), Some("/pad/#/2/"));
        assert_eq!(readable_href(Some("cipher|text"), None, None), None);
    }
}
