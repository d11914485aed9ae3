//! `secrets.json`: from hashes to keys and back.

use pinfold_core::encoding::{encode_hex, hex_to_link};
use pinfold_core::error::Code;
use pinfold_core::href::{Keys, Secrets, channel_of_hash, secrets_from_hash};
use pinfold_core::json::Value;
use pinfold_core::secret::SecretText;

use super::Verdict;
use super::support::{Problem, defined, input, judge_expect, object, optional, or_throws, string};

pub(super) fn check(case: &Value) -> Verdict {
    judge_expect(case, compute(case))
}

fn compute(case: &Value) -> Result<Value, Problem> {
    let input = input(case)?;
    let (kind, hash) = (string(input, "type")?, string(input, "hash")?);
    if input
        .get("password")
        .is_some_and(|password| password.as_text().is_some_and(|text| text.as_str().is_none()))
    {
        // A lone surrogate cannot even be handed to our code; the real encoder throws.
        return Ok(object([("throws", Code::MisuseBadArgument.as_str().into())]).into());
    }
    let password = optional(input, "password")?;
    let secrets = secrets_from_hash(kind, hash, password);
    let short_way = channel_of_hash(kind, hash, password);
    if short_way != secrets.as_ref().map(|secrets| secrets.channel.clone()).map_err(Clone::clone) {
        return Err(Problem::Failed("the two ways to the channel disagree".into()));
    }
    Ok(or_throws(secrets.map(|secrets| {
        defined([
            ("secret", Some(describe(kind, &secrets))),
            ("hashes", Some(hashes(kind, &secrets))),
            ("hiddenHashEdit", Some(hidden(kind, &secrets, true))),
            ("hiddenHashView", Some(hidden(kind, &secrets, false))),
            ("blobPath", secrets.blob_path().map(Value::from)),
        ])
    })))
}

fn describe(kind: &str, secrets: &Secrets) -> Value {
    defined([
        ("version", secrets.version.map(|version| f64::from(version).into())),
        ("type", secrets.version.filter(|version| *version == 2).map(|_| kind.into())),
        ("channel", secrets.channel.as_deref().map(Value::from)),
        ("key", secrets.key.as_ref().map(text)),
        ("password", secrets.password.as_ref().map(text)),
        ("keys", Some(secrets.keys.as_ref().map_or(Value::Null, |keys| describe_keys(secrets, keys)))),
    ])
}

fn describe_keys(secrets: &Secrets, keys: &Keys) -> Value {
    let derived_channel = secrets.channel.as_deref().filter(|_| secrets.version == Some(2));
    let secondary = keys.secondary_sign();
    defined([
        ("editKeyStr", keys.edit_key.as_ref().map(text)),
        ("viewKeyStr", keys.view_key.as_ref().map(text)),
        ("fileKeyStr", keys.file_key.as_ref().map(text)),
        ("signKey", keys.sign.as_ref().map(|key| text(&key.to_base64()))),
        ("validateKey", keys.sign.as_ref().map(|key| key.verifying_key().to_base64().into())),
        ("cryptKeyHex", Some(encode_hex(keys.crypt_key.expose()).into())),
        ("secondaryKey", keys.secondary_key.as_ref().map(text)),
        ("chanId", derived_channel.and_then(hex_to_link).map(Value::from)),
        ("secondarySignKey", secondary.as_ref().map(|key| text(&key.to_base64()))),
        ("secondaryValidateKey", secondary.as_ref().map(|key| key.verifying_key().to_base64().into())),
    ])
}

fn hashes(kind: &str, secrets: &Secrets) -> Value {
    defined([
        ("editHash", secrets.edit_hash(kind).as_ref().map(text)),
        ("viewHash", secrets.view_hash(kind).as_ref().map(text)),
        ("fileHash", secrets.file_hash(kind).as_ref().map(text)),
    ])
}

/// The real code writes "undefined" where there is no channel; ours gives no hash.
fn hidden(kind: &str, secrets: &Secrets, edit: bool) -> Value {
    secrets.hidden_hash(kind, edit).unwrap_or_else(|| format!("/3/{kind}/view/undefined/")).into()
}

fn text(secret: &SecretText) -> Value {
    secret.expose().into()
}
