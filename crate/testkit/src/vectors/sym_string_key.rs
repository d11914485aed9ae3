//! `sym_string_key.json`: texts under string keys, and the encrypted links of folders.

use pinfold_core::crypto::string_key::StringKey;
use pinfold_core::encoding::encode_hex;
use pinfold_core::href::{HrefCipher, readable_href};
use pinfold_core::json::{Object, Value};
use pinfold_core::secret::SecretText;

use super::Verdict;
use super::support::{
    Draws, Problem, hex, input, judge, object, optional, or_null, or_throws, string, undefined,
};

pub(super) fn check(case: &Value) -> Verdict {
    judge(case, compute(case))
}

/// The input names no operation: the fields that are present decide which check runs.
fn compute(case: &Value) -> Result<Object, Problem> {
    let input = input(case)?;
    let key_text = optional(input, "keyString")?;
    let cipher = key_text.map(|text| HrefCipher::new(&SecretText::new(text.into()))).transpose()?;
    let needed = || cipher.as_ref().ok_or_else(|| Problem::Failed("the case has no keyString".into()));
    if let Some(pad) = input.get("pad") {
        let href = readable_href(optional(pad, "href")?, optional(pad, "roHref")?, cipher.as_ref());
        return Ok(object([("expect", object([("href", or_null(href.map(String::from)))]).into())]));
    }
    if let Some(href) = optional(input, "userObjectEncrypt")? {
        let nonce = if input.get("nonceHex").is_some() { Some(hex(input, "nonceHex")?) } else { None };
        let mut draws = Draws::new(nonce);
        let sealed = needed()?.encrypt(href, &mut draws)?;
        draws.finish()?;
        return Ok(object([("expect", object([("ciphertext", sealed.into())]).into())]));
    }
    if input.get("plaintext").is_some() {
        let key = StringKey::from_text(string(input, "keyString")?)?;
        let mut draws = Draws::new([hex(input, "nonceHex")?]);
        let sealed = key.seal(string(input, "plaintext")?, &mut draws)?;
        draws.finish()?;
        let crypt_key = encode_hex(key.crypt_key().expose());
        let expect = object([("cryptKeyHex", crypt_key.into()), ("ciphertext", sealed.into())]);
        return Ok(object([("expect", expect.into())]));
    }
    // Both ways of the real code are recorded: one throws, the other gives nothing.
    let opened = needed()?.decrypt(string(input, "ciphertext")?);
    let quietly = opened.as_ref().ok().map(|plain| object([("value", plain.as_str().into())]).into());
    let opened = or_throws(opened.map(|plain| object([("plaintext", plain.into())]).into()));
    let mut computed = object([("expect", opened)]);
    if case.get("expectUserObjectCryptor").is_some() {
        computed.insert("expectUserObjectCryptor", quietly.unwrap_or_else(undefined));
    }
    Ok(computed)
}
