//! The keys of a form's answers, which follow from the form's edit link.

use zeroize::Zeroizing;

use super::secrets::Secrets;
use crate::crypto::curve::CurvePair;
use crate::encoding::{encode_slash_safe, hex_to_link};
use crate::error::{Code, Error};
use crate::secret::{Secret, SecretText};

/// What a form's author needs to read the answers.
#[derive(Clone, Debug)]
pub struct FormKeys {
    /// Answers are sealed to the public half of this pair.
    pub curve: CurvePair,
    /// The hash given to those who may read the answers and not edit the form.
    pub auditor_hash: SecretText,
}

impl FormKeys {
    /// The keys of a form.
    ///
    /// # Errors
    /// `href/no-keys` when the secrets are not those of a version-2 edit link.
    pub fn from_secrets(secrets: &Secrets) -> Result<Self, Error> {
        let none = || Error::new(Code::HrefNoKeys, "only the edit link of a form leads to its answers");
        let keys = secrets.keys.as_ref().ok_or_else(none)?;
        // The secret is made of the *characters* of the secondary key, not of the bytes they stand for.
        let text = keys.secondary_key.as_ref().and_then(|text| text.expose().as_bytes().first_chunk::<32>());
        let text = text.ok_or_else(none)?;
        let secret = Secret::derive_with(|out| *out = *text);
        let channel = secrets.channel.as_deref().and_then(hex_to_link).ok_or_else(none)?;
        let [crypt_key, auditor] = [keys.crypt_key.expose(), secret.expose().as_slice()]
            .map(|bytes| Zeroizing::new(encode_slash_safe(bytes)));
        let auditor_hash = ["/1/view/", &channel, "/", &crypt_key, "/auditor=", &auditor, "/"].concat();
        Ok(Self { curve: CurvePair::from_secret(secret), auditor_hash: SecretText::new(auditor_hash) })
    }
}
