//! From a hash to channel and keys (PROTOCOL.md 5.2 and 5.3).

use std::fmt;

use zeroize::Zeroizing;

use super::hash::{Grammar, ParsedHash, parse_hash};
use crate::crypto::message::MessageKeys;
use crate::crypto::sign::SigningKey;
use crate::crypto::string_key::StringKey;
use crate::crypto::{hash, part};
use crate::encoding::{decode_slash_safe, encode_base64, encode_hex, encode_link, link_to_hex};
use crate::error::{Code, Error};
use crate::secret::{Secret, SecretText};

/// Characters of the key in edit and file links.
const KEY_TEXT: usize = 24;

/// What a hash gives.
#[derive(Clone, Debug, Default)]
pub struct Secrets {
    /// The version of the hash; `None` when it holds no keys (versions 3 and 4, and what is no hash).
    pub version: Option<u8>,
    /// The channel: 32 hexadecimal digits, 48 for files.
    pub channel: Option<String>,
    /// The key text of edit and file links, and of version-0 hashes.
    pub key: Option<SecretText>,
    /// The password that was used (version 2 only).
    pub password: Option<SecretText>,
    /// The keys; `None` in version 0, whose documents are opened by [`Secrets::string_key`].
    pub keys: Option<Keys>,
}

/// Keys of a document or file.
#[derive(Clone, Debug)]
pub struct Keys {
    /// Opens the text.
    pub crypt_key: CryptKey,
    /// The key text that makes an edit link.
    pub edit_key: Option<SecretText>,
    /// The key text that makes a view link.
    pub view_key: Option<SecretText>,
    /// The key text of a file, in standard base64.
    pub file_key: Option<SecretText>,
    /// Signs messages; its public half is the `validateKey`. Edit links only.
    pub sign: Option<SigningKey>,
    /// Base64 of what encrypts the edit links inside a folder or team drive
    /// ([`super::HrefCipher`]). Version-2 edit links only.
    pub secondary_key: Option<SecretText>,
    /// Seed of the signatures on a form's answers. Version-2 pads only.
    secondary_seed: Option<Secret<32>>,
}

/// The key that opens the text. In a sound link it has 32 bytes; a view link of version 1 may hold anything.
#[derive(Clone)]
pub struct CryptKey(Zeroizing<Vec<u8>>);

impl CryptKey {
    /// The bytes, whatever their number.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// The key as one of a secretbox.
    ///
    /// # Errors
    /// `href/malformed` for another length.
    pub fn secretbox_key(&self) -> Result<Secret<32>, Error> {
        Secret::from_slice(&self.0).ok_or_else(malformed)
    }
}

impl fmt::Debug for CryptKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CryptKey(redacted)")
    }
}

/// Channel and keys of a hash. `kind` is the type of the document and decides the grammar. The password
/// is used whenever it is given and not empty, whatever the hash says; a wrong one gives another channel.
///
/// # Examples
/// ```
/// let view = "/2/drive/view/Sj7ljzksMSjyPpaZ6aDncesXvl--qL1lKmLFl+4hP-Q/";
/// let secrets = pinfold_core::secrets_from_hash("drive", view, None)?;
/// assert_eq!(secrets.channel.as_deref(), Some("0ead4982325111f87013ddd2c0d800e3"));
/// assert!(!secrets.can_edit());
/// # Ok::<(), pinfold_core::Error>(())
/// ```
///
/// # Errors
/// `href/malformed` for malformed keys.
pub fn secrets_from_hash(kind: &str, hash: &str, password: Option<&str>) -> Result<Secrets, Error> {
    let Some(parsed) = parse_hash(kind, hash) else { return Ok(Secrets::default()) };
    let mut secrets = match parsed.version {
        0 => version_0(&parsed),
        1 => version_1(&parsed)?,
        2 => version_2(&parsed, password.unwrap_or_default())?,
        _ => Secrets::default(),
    };
    if secrets.version == Some(2) {
        secrets.password = password.map(|password| SecretText::new(password.into()));
    }
    check(&parsed, secrets.channel.as_deref())?;
    Ok(secrets)
}

/// The channel of a hash, without deriving the keys.
///
/// # Errors
/// As [`secrets_from_hash`].
pub fn channel_of_hash(kind: &str, hash: &str, password: Option<&str>) -> Result<Option<String>, Error> {
    let Some(parsed) = parse_hash(kind, hash) else { return Ok(None) };
    let password = password.unwrap_or_default();
    let channel = match (parsed.version, parsed.grammar, parsed.mode) {
        (2, Some(Grammar::Pad), Some("edit")) => {
            let view_seed = part::<32, 32, 64>(&stretch(password, &seed(&parsed)?));
            Some(pad_channel(&stretch(password, view_seed.expose())))
        }
        (2, Some(Grammar::Pad), Some("view")) => Some(pad_channel(&stretch(password, &seed(&parsed)?))),
        (2, Some(Grammar::File), _) => Some(file_channel(&stretch(password, &seed(&parsed)?))),
        // Nothing is derived below version 2: the channel stands in the link, and the key only has to be one.
        (0, ..) => parsed.channel.as_deref().map(str::to_owned),
        (1, grammar, mode) => {
            if grammar == Some(Grammar::File) || matches!(mode, Some("edit" | "view")) {
                seed(&parsed)?;
            }
            Some(parsed.channel.as_deref().and_then(link_to_hex).ok_or_else(malformed)?)
        }
        _ => None,
    };
    check(&parsed, channel.as_deref())?;
    Ok(channel)
}

/// Edit and file keys have their length, and so has every channel. View keys are not looked at.
fn check(parsed: &ParsedHash<'_>, channel: Option<&str>) -> Result<(), Error> {
    let Some(channel) = channel.filter(|_| parsed.version > 0) else { return Ok(()) };
    let (checks_key, length) = match (parsed.grammar, parsed.mode) {
        (Some(Grammar::File), _) => (parsed.version == 2, 48),
        (_, mode) => (mode == Some("edit"), 32),
    };
    let sound_key = !checks_key || parsed.key.as_ref().is_some_and(|key| key.len() == KEY_TEXT);
    (sound_key && channel.len() == length).then_some(()).ok_or_else(malformed)
}

fn version_0(parsed: &ParsedHash<'_>) -> Secrets {
    Secrets {
        version: Some(0),
        channel: parsed.channel.as_deref().map(str::to_owned),
        key: parsed.key.as_deref().map(secret_text),
        ..Secrets::default()
    }
}

fn version_1(parsed: &ParsedHash<'_>) -> Result<Secrets, Error> {
    let keys = match (parsed.grammar, parsed.mode) {
        (Some(Grammar::File), _) => {
            Some(Keys { file_key: parsed.key.as_deref().map(secret_text), ..Keys::reading(&seed(parsed)?) })
        }
        (Some(Grammar::Pad), Some("edit")) => {
            let stretched = stretch("", &seed(parsed)?);
            let crypt_key = part::<32, 32, 64>(&stretched);
            Some(Keys {
                edit_key: parsed.key.as_deref().map(secret_text),
                view_key: Some(SecretText::new(encode_link(crypt_key.expose()))),
                sign: Some(SigningKey::from_seed(&part::<0, 32, 64>(&stretched))),
                ..Keys::reading(crypt_key.expose())
            })
        }
        (Some(Grammar::Pad), Some("view")) => {
            Some(Keys { view_key: parsed.key.as_deref().map(secret_text), ..Keys::reading(&seed(parsed)?) })
        }
        _ => None,
    };
    let channel = parsed.channel.as_deref().and_then(link_to_hex).ok_or_else(malformed)?;
    let key = keys.as_ref().and_then(|keys| keys.edit_key.clone());
    Ok(Secrets { version: Some(1), channel: Some(channel), key, keys, ..Secrets::default() })
}

fn version_2(parsed: &ParsedHash<'_>, password: &str) -> Result<Secrets, Error> {
    let (channel, key, keys) = match (parsed.grammar, parsed.mode) {
        (Some(Grammar::File), _) => {
            let stretched = stretch(password, &seed(parsed)?);
            let file_key = parsed.key.as_deref().map(secret_text);
            let keys =
                Keys { file_key: file_key.clone(), ..Keys::reading(part::<24, 32, 64>(&stretched).expose()) };
            (file_channel(&stretched), file_key, keys)
        }
        (Some(Grammar::Pad), Some("edit")) => {
            let stretched = stretch(password, &seed(parsed)?);
            let sign = SigningKey::from_seed(&part::<0, 32, 64>(&stretched));
            let secondary_key = part::<0, 32, 64>(&hash::stretch(&[sign.secret_bytes().expose()]));
            let (channel, viewing) = view(password, part::<32, 32, 64>(&stretched).expose());
            let edit_key = parsed.key.as_deref().map(secret_text);
            let keys = Keys {
                edit_key: edit_key.clone(),
                sign: Some(sign),
                secondary_key: Some(SecretText::new(encode_base64(secondary_key.expose()))),
                ..viewing
            };
            (channel, edit_key, keys)
        }
        (Some(Grammar::Pad), Some("view")) => {
            let (channel, keys) = view(password, &seed(parsed)?);
            (channel, None, Keys { view_key: parsed.key.as_deref().map(secret_text), ..keys })
        }
        _ => return Ok(Secrets { version: Some(2), ..Secrets::default() }),
    };
    Ok(Secrets { version: Some(2), channel: Some(channel), key, keys: Some(keys), ..Secrets::default() })
}

fn view(password: &str, seed: &[u8]) -> (String, Keys) {
    let stretched = stretch(password, seed);
    let keys = Keys {
        view_key: Some(SecretText::new(encode_link(seed))),
        secondary_seed: Some(part::<32, 32, 64>(&stretched)),
        ..Keys::reading(part::<16, 32, 64>(&stretched).expose())
    };
    (pad_channel(&stretched), keys)
}

/// SHA-512 of the password and the seed.
fn stretch(password: &str, seed: &[u8]) -> Secret<64> {
    #[cfg(test)]
    counted::note(password.len() + seed.len());
    hash::stretch(&[password.as_bytes(), seed])
}

fn pad_channel(stretched: &Secret<64>) -> String {
    encode_hex(part::<0, 16, 64>(stretched).expose())
}

fn file_channel(stretched: &Secret<64>) -> String {
    encode_hex(part::<0, 24, 64>(stretched).expose())
}

/// The decoded key text.
fn seed(parsed: &ParsedHash<'_>) -> Result<Zeroizing<Vec<u8>>, Error> {
    #[cfg(test)]
    counted::note(parsed.key.as_deref().unwrap_or_default().len());
    parsed.key.as_deref().and_then(decode_slash_safe).map(Zeroizing::new).ok_or_else(malformed)
}

fn secret_text(text: &str) -> SecretText {
    SecretText::new(text.to_owned())
}

fn malformed() -> Error {
    Error::new(Code::HrefMalformed, "the channel or the key of a link is not one")
}

impl Keys {
    fn reading(crypt_key: &[u8]) -> Self {
        Self {
            crypt_key: CryptKey(Zeroizing::new(crypt_key.to_vec())),
            edit_key: None,
            view_key: None,
            file_key: None,
            sign: None,
            secondary_key: None,
            secondary_seed: None,
        }
    }

    /// The pair that signs a form's answers; version-2 pads only.
    pub fn secondary_sign(&self) -> Option<SigningKey> {
        self.secondary_seed.as_ref().map(SigningKey::from_seed)
    }
}

impl Secrets {
    /// Whether these secrets allow writing.
    pub fn can_edit(&self) -> bool {
        self.keys.as_ref().is_some_and(|keys| keys.sign.is_some())
    }

    /// The keys of the channel's messages.
    ///
    /// # Errors
    /// `href/no-keys` for version 0 and for what holds no key, `href/malformed` for a key of another length.
    pub fn message_keys(&self) -> Result<MessageKeys, Error> {
        let keys = self.keys.as_ref();
        let keys = keys.ok_or_else(|| Error::new(Code::HrefNoKeys, "the link holds no key for a channel"))?;
        let crypt_key = keys.crypt_key.secretbox_key()?;
        Ok(match &keys.sign {
            Some(sign) => MessageKeys::writing(crypt_key, sign.clone()),
            None => MessageKeys::reading(crypt_key),
        })
    }

    /// The key of a version-0 document.
    ///
    /// # Errors
    /// `href/no-keys` for any other version, `crypto/malformed` when the key is not base64.
    pub fn string_key(&self) -> Result<StringKey, Error> {
        let key = self.key.as_ref().filter(|_| self.version == Some(0));
        StringKey::from_text(
            key.ok_or_else(|| Error::new(Code::HrefNoKeys, "the link is not of version 0"))?.expose(),
        )
    }
}

/// How much was derived from keys in links, in this thread: what a test counts instead of time.
#[cfg(test)]
pub(crate) mod counted {
    use core::cell::Cell;

    thread_local! {
        static WORK: Cell<(usize, usize)> = const { Cell::new((0, 0)) };
    }

    /// So many characters or bytes are gone through.
    pub(super) fn note(bytes: usize) {
        WORK.with(|work| work.set((work.get().0 + 1, work.get().1 + bytes)));
    }

    /// Steps of derivation since the last call, and how much they went through.
    pub(crate) fn take() -> (usize, usize) {
        WORK.take()
    }
}
