//! Keys, links and ids made from a seed, and the shapes of JSON that everything is written in.

use pinfold_core::crypto::curve::CurvePair;
use pinfold_core::crypto::sign::SigningKey;
use pinfold_core::encoding::{encode_base64, encode_hex, encode_link};
use pinfold_core::error::{Code, Error};
use pinfold_core::href::{Secrets, secrets_from_hash};
use pinfold_core::json::{Object, Value};
use pinfold_core::ports::Entropy;
use pinfold_core::secret::Secret;

use crate::entropy::Seeded;

/// When everything began, in milliseconds since the epoch.
pub(super) const EPOCH: u64 = 1_700_000_000_000;

/// A document's two links and where it is.
pub(super) struct Pad {
    /// Channel and keys of the edit link.
    pub(super) secrets: Secrets,
    /// The channel: 32 hexadecimal digits.
    pub(super) channel: String,
    /// `/2/<kind>/edit/<key>/`, with `p/` where there is a password.
    pub(super) edit: String,
    /// The same to read.
    pub(super) view: String,
}

/// A new document of version 2.
pub(super) fn pad(kind: &str, password: Option<&str>, entropy: &mut Seeded) -> Result<Pad, Error> {
    let flag = if password.is_some() { "p/" } else { "" };
    let edit = format!("/2/{kind}/edit/{}/{flag}", link_key(entropy)?);
    let secrets = secrets_from_hash(kind, &edit, password)?;
    let view = secrets.view_hash(kind).map(|view| view.expose().to_owned()).unwrap_or_default();
    Ok(Pad { channel: secrets.channel.clone().unwrap_or_default(), secrets, edit, view })
}

/// A new file: its link and its id of 48 hexadecimal digits.
pub(super) fn file(entropy: &mut Seeded) -> Result<(String, Secrets), Error> {
    let hash = format!("/2/file/{}/", link_key(entropy)?);
    let secrets = secrets_from_hash("file", &hash, None)?;
    Ok((format!("/file/#{hash}"), secrets))
}

/// The key of a link: 18 bytes as 24 characters.
pub(super) fn link_key(entropy: &mut Seeded) -> Result<String, Error> {
    Ok(encode_link(&bytes::<18>(entropy)?))
}

/// The name of a channel that nobody derives.
pub(super) fn channel(entropy: &mut Seeded) -> Result<String, Error> {
    Ok(encode_hex(&bytes::<16>(entropy)?))
}

/// A public key that belongs to somebody else: 44 characters.
pub(super) fn stranger(entropy: &mut Seeded) -> Result<String, Error> {
    Ok(signing(entropy)?.verifying_key().to_base64())
}

pub(super) fn signing(entropy: &mut Seeded) -> Result<SigningKey, Error> {
    Ok(SigningKey::from_seed(&Secret::try_derive_with(|out| entropy.fill(out))?))
}

pub(super) fn curve(entropy: &mut Seeded) -> Result<CurvePair, Error> {
    Ok(CurvePair::from_secret(Secret::try_derive_with(|out| entropy.fill(out))?))
}

/// A text of 18 random bytes in ordinary base64: what rosters are derived from.
pub(super) fn roster_seed(entropy: &mut Seeded) -> Result<String, Error> {
    Ok(encode_base64(&bytes::<18>(entropy)?))
}

/// The key of an entry: a positive integer below 2^53.
pub(super) fn entry_id(entropy: &mut Seeded) -> u64 {
    (entropy.next_u64() >> 11).max(1)
}

fn bytes<const N: usize>(entropy: &mut Seeded) -> Result<[u8; N], Error> {
    let mut bytes = [0; N];
    entropy.fill(&mut bytes)?;
    Ok(bytes)
}

/// A number below 2^53.
pub(super) fn number(number: u64) -> Value {
    Value::from(number as f64)
}

pub(super) fn texts(texts: &[String]) -> Value {
    Value::from(texts.iter().map(|text| Value::from(text.as_str())).collect::<Vec<_>>())
}

pub(super) fn object<const N: usize>(fields: [(&str, Value); N]) -> Object {
    let mut object = Object::new();
    for (key, value) in fields {
        object.insert(key, value);
    }
    object
}

/// What a generator says when its own plan does not come out.
pub(super) fn impossible(what: &'static str) -> Error {
    Error::new(Code::Internal, what)
}
