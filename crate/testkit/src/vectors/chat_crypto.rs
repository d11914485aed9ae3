//! `chat_crypto.json`: one-to-one chats.

use pinfold_core::chat;
use pinfold_core::crypto::curve::{CurvePair, CurvePublic};
use pinfold_core::crypto::message::MessageKeys;
use pinfold_core::crypto::sign::SigningKey;
use pinfold_core::encoding::{decode_base64, encode_base64};
use pinfold_core::error::Code;
use pinfold_core::json::Value;
use pinfold_core::secret::Secret;

use super::Verdict;
use super::support::{Draws, Problem, field, hex, input, judge_expect, object, or_null, string};

pub(super) fn check(case: &Value) -> Verdict {
    judge_expect(case, compute(case))
}

fn compute(case: &Value) -> Result<Value, Problem> {
    let input = input(case)?;
    match string(input, "op")? {
        "deriveKeys" => {
            let mine = CurvePair::from_base64(string(input, "mine")?)?;
            let keys = chat::derive_keys(&mine, &CurvePublic::from_base64(string(input, "theirs")?)?)?;
            let keys = object([
                ("cryptKey", encode_base64(keys.crypt_key.expose()).into()),
                (
                    "signKey",
                    keys.sign.as_ref().map(|key| key.to_base64().expose().into()).unwrap_or_default(),
                ),
                ("validateKey", keys.verify.as_ref().map(|key| key.to_base64().into()).unwrap_or_default()),
            ]);
            Ok(object([("keys", keys.into())]).into())
        }
        "encrypt" => {
            let mut draws = Draws::new([hex(input, "nonceHex")?]);
            let message = keys(input)?.seal(string(input, "plaintext")?, &mut draws)?;
            draws.finish()?;
            Ok(object([("message", message.into())]).into())
        }
        "decrypt" => {
            // The real code returns nothing for a message that does not open, and throws for a malformed one.
            let plain = match keys(input)?.open_chat(string(input, "message")?) {
                Err(error) if error.code() == Code::CryptoOpen => None,
                opened => Some(opened?),
            };
            Ok(object([("plaintext", or_null(plain))]).into())
        }
        _ => Err(Problem::NotSupported("unknown operation")),
    }
}

fn keys(input: &Value) -> Result<MessageKeys, Problem> {
    let keys = field(input, "keys")?;
    let crypt_key = decode_base64(string(keys, "cryptKey")?).and_then(|bytes| Secret::from_slice(&bytes));
    let crypt_key = crypt_key.ok_or_else(|| Problem::Failed("cryptKey is no key".into()))?;
    Ok(MessageKeys::writing(crypt_key, SigningKey::from_base64(string(keys, "signKey")?)?))
}
