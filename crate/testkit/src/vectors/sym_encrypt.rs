//! `sym_encrypt.json`: signed channel messages, with the nonce given.

use pinfold_core::crypto::message::MessageKeys;
use pinfold_core::crypto::nonce_box;
use pinfold_core::crypto::sign::{SigningKey, VerifyingKey};
use pinfold_core::ids::MessageHash;
use pinfold_core::json::Value;

use super::Verdict;
use super::support::{
    Draws, Problem, field, hex, input, judge_expect, key_hex, object, optional, or_null, text, undefined,
};

pub(super) fn check(case: &Value) -> Verdict {
    judge_expect(case, compute(case))
}

fn compute(case: &Value) -> Result<Value, Problem> {
    let input = input(case)?;
    let given = field(input, "keys")?;
    let mut keys = MessageKeys::reading(key_hex(given, "cryptKeyHex")?);
    keys.sign = optional(given, "signKey")?.map(SigningKey::from_base64).transpose()?;
    keys.verify = optional(given, "validateKey")?.map(VerifyingKey::from_base64).transpose()?;
    let Some(plain) = text(input, "plaintext")?.as_str() else {
        // Such a text cannot even be handed to our code; the real encoder throws.
        return Ok(object([("throws", undefined())]).into());
    };
    let nonce = hex(input, "nonceHex")?;
    let mut draws = Draws::new([nonce.clone()]);
    let message = keys.seal(plain, &mut draws)?;
    draws.finish()?;
    if keys.open(&message)? != plain {
        return Err(Problem::Failed("the message does not read back".into()));
    }
    let nonce = nonce.try_into().map_err(|_| Problem::Failed("nonceHex is no nonce".into()))?;
    let hash = MessageHash::of(&message);
    Ok(object([
        ("inner", nonce_box::seal(&keys.crypt_key, &nonce, plain)?.into()),
        ("messageHash", or_null(hash.map(|hash| hash.as_str().to_owned()))),
        ("message", message.into()),
    ])
    .into())
}
