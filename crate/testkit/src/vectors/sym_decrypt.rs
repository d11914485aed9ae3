//! `sym_decrypt.json`: opening signed channel messages, and what a server says of them.

use pinfold_core::crypto::Scratch;
use pinfold_core::crypto::message::{MessageKeys, check_signature};
use pinfold_core::crypto::sign::VerifyingKey;
use pinfold_core::error::{Code, Error};
use pinfold_core::json::{Object, Value};

use super::Verdict;
use super::support::{
    FIRST_INPUT, Problem, field, flag, input, judge, key_hex, object, optional, or_throws, string, undefined,
};

pub(super) fn check(case: &Value) -> Verdict {
    judge(case, compute(case))
}

fn compute(case: &Value) -> Result<Object, Problem> {
    let input = input(case)?;
    let message = string(input, "message")?;
    let mut computed = object([("expect", decrypt(input, message)?)]);
    if case.get("serverWouldAccept").is_some() {
        // The server knows the key of the document, which is that of the first case.
        let key = VerifyingKey::from_base64(string(field(case, FIRST_INPUT)?, "validateKey")?)?;
        let accepts = match check_signature(message, &key, &mut Scratch::default()) {
            Ok(()) => Ok(true.into()),
            Err(error) if error.code() == Code::CryptoSignature => Ok(false.into()),
            Err(error) => Err(error),
        };
        computed.insert("serverWouldAccept", or_throws(accepts));
    }
    Ok(computed)
}

fn decrypt(input: &Value, message: &str) -> Result<Value, Problem> {
    let mut keys = MessageKeys::reading(key_hex(input, "cryptKeyHex")?);
    keys.verify = optional(input, "validateKey")?.map(VerifyingKey::from_base64).transpose()?;
    let opened: Result<String, Error> =
        if flag(input, "skipCheck") { keys.open_unverified(message) } else { keys.open_verified(message) };
    Ok(match opened {
        Err(error) if error.code() == Code::CryptoSignature => undefined(),
        opened => or_throws(opened.map(|plain| object([("plaintext", plain.into())]).into())),
    })
}
