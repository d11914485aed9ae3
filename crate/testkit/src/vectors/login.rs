//! `login.json`: from a name and a password to every key.

use std::cell::RefCell;
use std::collections::HashMap;

use pinfold_core::account::block::BlockKeys;
use pinfold_core::account::block::{open_json, seal_text};
use pinfold_core::account::login::{LegacyKeys, LoginKeys, salt_bytes};
use pinfold_core::crypto::{kdf, part};
use pinfold_core::encoding::{cesu8, encode_base64, encode_hex, to_lower_case};
use pinfold_core::error::Error;
use pinfold_core::href::secrets_from_hash;
use pinfold_core::json::{Text, Value};
use pinfold_core::secret::Secret;

use super::Verdict;
use super::support::{Draws, Problem, field, hex, input, judge_expect, object, string, text};

pub(super) fn check(case: &Value) -> Verdict {
    judge_expect(case, compute(case))
}

fn compute(case: &Value) -> Result<Value, Problem> {
    let input = input(case)?;
    let (username, password) = (text(input, "username")?, text(input, "password")?);
    let password_bytes = cesu8(password);
    let salt = salt_bytes(username, string(input, "loginSalt")?);
    let stretched = stretched(&password_bytes, &salt)?;
    let keys = LoginKeys::from_stretched(&stretched)?;
    let (block, decrypted) = block(input, &keys.block)?;
    let legacy = &keys.legacy;
    Ok(object([
        ("usernameUsed", Text::from_utf16(&to_lower_case(username)).into()),
        ("passwordBytesHex", encode_hex(&password_bytes).into()),
        ("saltBytesHex", encode_hex(&salt).into()),
        ("scrypt192Hex", encode_hex(stretched.expose()).into()),
        ("slices", slices(&stretched)),
        ("curvePublic", legacy.curve.public().to_base64().into()),
        ("curvePrivate", legacy.curve.secret_base64().expose().into()),
        ("edPublic", legacy.sign.verifying_key().to_base64().into()),
        ("edPrivate", legacy.sign.to_base64().expose().into()),
        ("legacy", legacy_document(legacy)?),
        ("block", block),
        ("driveFromBlock", channel_keys(string(&decrypted, "User_hash")?)?),
    ])
    .into())
}

/// What scrypt makes of the two. A test checks one case some hundred times, with other expectations: the key is derived once.
pub(super) fn stretched(password: &[u8], salt: &[u8]) -> Result<Secret<192>, Error> {
    type Known = HashMap<(Vec<u8>, Vec<u8>), Secret<192>>;
    thread_local! {
        static KNOWN: RefCell<Known> = RefCell::default();
    }
    let inputs = (password.to_vec(), salt.to_vec());
    if let Some(known) = KNOWN.with_borrow(|known| known.get(&inputs).cloned()) {
        return Ok(known);
    }
    let stretched = kdf::scrypt(password, salt)?;
    KNOWN.with_borrow_mut(|known| known.insert(inputs, stretched.clone()));
    Ok(stretched)
}

fn slices(stretched: &Secret<192>) -> Value {
    object([
        ("encryptionSeedHex", encode_hex(part::<0, 18, 192>(stretched).expose()).into()),
        ("channelSeedHex", encode_hex(part::<18, 16, 192>(stretched).expose()).into()),
        ("curveSeedHex", encode_hex(part::<34, 32, 192>(stretched).expose()).into()),
        ("edSeedHex", encode_hex(part::<66, 32, 192>(stretched).expose()).into()),
        ("blockSignSeedHex", encode_hex(part::<98, 32, 192>(stretched).expose()).into()),
        ("blockSymmetricHex", encode_hex(part::<130, 32, 192>(stretched).expose()).into()),
        ("unusedHex", encode_hex(part::<162, 30, 192>(stretched).expose()).into()),
    ])
    .into()
}

/// The document of an account that has no block.
fn legacy_document(legacy: &LegacyKeys) -> Result<Value, Problem> {
    let hash = legacy.user_hash.expose();
    let secrets = secrets_from_hash("pad", hash, None)?;
    if secrets.channel.as_deref() != Some(&legacy.channel) {
        return Err(Problem::Failed("the legacy hash leads to another channel".into()));
    }
    let mut document = channel_keys(hash)?;
    if let Some(fields) = document.as_object_mut() {
        fields.insert("userHash", hash);
        let key = secrets.key.as_ref().map(|key| Value::from(key.expose()));
        fields.insert("editKeyStrUrlSafe", key.unwrap_or_default());
    }
    Ok(document)
}

fn channel_keys(hash: &str) -> Result<Value, Problem> {
    let secrets = secrets_from_hash("drive", hash, None)?;
    let keys = secrets.message_keys()?;
    let sign = keys.sign.ok_or_else(|| Problem::Failed("an account's hash can edit".into()))?;
    Ok(object([
        ("channel", secrets.channel.unwrap_or_default().into()),
        ("cryptKeyHex", encode_hex(keys.crypt_key.expose()).into()),
        ("validateKey", sign.verifying_key().to_base64().into()),
        ("signKey", sign.to_base64().expose().into()),
    ])
    .into())
}

/// The block's expectations, and its JSON.
fn block(input: &Value, keys: &BlockKeys) -> Result<(Value, Value), Problem> {
    let origin = string(input, "origin")?;
    let mut draws = Draws::new([hex(input, "blockNonceHex")?]);
    let bytes = seal_text(string(input, "blockPlaintext")?, &keys.symmetric, &mut draws)?;
    draws.finish()?;
    let decrypted = open_json(&bytes, &keys.symmetric)?;
    let block = keys.open(&bytes)?;
    if Some(block.user_hash.expose()) != field(&decrypted, "User_hash")?.as_str() {
        return Err(Problem::Failed("the block does not say what its JSON says".into()));
    }
    let public = keys.sign.verifying_key().to_base64();
    let expectations = object([
        ("signPublic", public.as_str().into()),
        ("signSecret", keys.sign.to_base64().expose().into()),
        ("symmetricHex", encode_hex(keys.symmetric.expose()).into()),
        ("url", format!("{origin}{}", keys.path()).into()),
        ("blockHash", keys.block_hash(origin).expose().into()),
        ("blockId", keys.id.as_str().into()),
        ("ciphertextHex", encode_hex(&bytes).into()),
        ("ciphertext", encode_base64(&bytes).into()),
        ("signature", encode_base64(&keys.sign_block(&bytes)).into()),
        ("publicKey", public.into()),
        ("decrypted", decrypted.clone()),
        ("ancestorProof", keys.ancestor_proof().into()),
    ]);
    Ok((expectations.into(), decrypted))
}
