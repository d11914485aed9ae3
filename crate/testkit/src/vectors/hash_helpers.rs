//! `hash_helpers.json`: small conversions.

use pinfold_core::crypto::curve::CurvePair;
use pinfold_core::crypto::sign::{SigningKey, VerifyingKey};
use pinfold_core::encoding::{encode_hex, escape_slashes, hex_to_link, link_to_hex, unescape_slashes};
use pinfold_core::error::{Code, Error};
use pinfold_core::href::{FormKeys, blob_path, encode_options, secrets_from_hash};
use pinfold_core::ids::is_valid_channel;
use pinfold_core::json::{Value, stringify};

use super::Verdict;
use super::support::{Problem, field, input, judge_expect, object, or_null, string};

pub(super) fn check(case: &Value) -> Verdict {
    judge_expect(case, compute(case).map(|value| object([("value", value)]).into()))
}

fn compute(case: &Value) -> Result<Value, Problem> {
    let input = input(case)?;
    let arguments = field(input, "args")?;
    let first = || {
        let text = arguments.at(0).and_then(Value::as_str);
        text.ok_or_else(|| Problem::Failed("the first argument is no text".into()))
    };
    Ok(match string(input, "fn")? {
        "Util.hexToBase64" => or_null(hex_to_link(first()?)),
        "Util.base64ToHex" => {
            let hex = link_to_hex(first()?);
            hex.ok_or_else(|| Error::new(Code::CryptoMalformed, "an id is not base64"))?.into()
        }
        "Util.escapeKeyCharacters" => escape_slashes(first()?).into(),
        "Util.unescapeKeyCharacters" => unescape_slashes(first()?).into(),
        "isValidChannel" => arguments.at(0).and_then(Value::as_str).is_some_and(is_valid_channel).into(),
        "getChannelIdFromKey" => {
            let key = VerifyingKey::from_base64(first()?)?;
            or_null(key.as_bytes().first_chunk::<16>().map(|bytes| encode_hex(bytes)))
        }
        "getBoxPublicFromSecret" => CurvePair::from_base64(first()?)?.public().to_base64().into(),
        "getSignPublicFromPrivate" => SigningKey::from_base64(first()?)?.verifying_key().to_base64().into(),
        "encodeDataOptions" => {
            let options = arguments.at(0).ok_or_else(|| Problem::Failed("there is no argument".into()))?;
            encode_options(&stringify(options)).into()
        }
        "getBlobPathFromHex" => blob_path(first()?).into(),
        "getFormData" => form_data(arguments)?,
        _ => return Err(Problem::NotSupported("unknown function")),
    })
}

/// `getFormData(unused, hash, password?)`
fn form_data(arguments: &Value) -> Result<Value, Problem> {
    let hash = arguments.at(1).and_then(Value::as_str);
    let hash = hash.ok_or(Problem::NotSupported("a form without a hash makes random keys"))?;
    let password = arguments.at(2).and_then(Value::as_str);
    let keys = FormKeys::from_secrets(&secrets_from_hash("form", hash, password)?)?;
    Ok(object([
        ("form_public", keys.curve.public().to_base64().into()),
        ("form_private", keys.curve.secret_base64().expose().into()),
        ("form_auditorHash", keys.auditor_hash.expose().into()),
    ])
    .into())
}
