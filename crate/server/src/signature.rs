//! Checking Ed25519 signatures and making unpredictable names.

use pinfold_core::crypto::Scratch;
use pinfold_core::crypto::message::check_signature;
use pinfold_core::crypto::sign::{SIGNATURE, VerifyingKey};
use pinfold_core::encoding::{decode_base64, encode_base64};

/// Bytes from base64; `None` for another text.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    decode_base64(text)
}

/// Base64 with padding.
pub(crate) fn encode(bytes: &[u8]) -> String {
    encode_base64(bytes)
}

/// Whether the text is a public key: base64 of 32 bytes.
pub(crate) fn is_public_key(text: &str) -> bool {
    decode(text).is_some_and(|bytes| bytes.len() == 32)
}

/// Whether `signature` (base64 of 64 bytes) over `message` is by `public_key` (base64 of 32 bytes).
pub(crate) fn verifies(message: &[u8], signature: &str, public_key: &str) -> bool {
    let check = || {
        let signature: [u8; SIGNATURE] = decode(signature)?.try_into().ok()?;
        VerifyingKey::from_base64(public_key).ok()?.verify_detached(message, &signature).ok()
    };
    check().is_some()
}

/// Whether a channel message - `base64(signature || content)`, maybe behind `cp|id|` - is signed by the
/// channel's key (PROTOCOL.md 6.1, 6.3).
pub(crate) fn message_verifies(message: &str, validate_key: &str) -> bool {
    let message = without_checkpoint_prefix(message);
    VerifyingKey::from_base64(validate_key)
        .is_ok_and(|key| check_signature(message, &key, &mut Scratch::default()).is_ok())
}

/// The id of a checkpoint message; `None` for a message that is no checkpoint, empty for one without id.
pub(crate) fn checkpoint_id(message: &str) -> Option<&str> {
    let rest = message.strip_prefix("cp|")?;
    match rest.split_once('|') {
        Some((id, _)) if !id.is_empty() && id.bytes().all(base64_byte) => Some(id),
        _ => Some(""),
    }
}

/// `bytes` unpredictable bytes as lower-case hex.
///
/// # Errors
/// When the operating system gives no randomness.
pub(crate) fn random_hex(bytes: usize) -> std::io::Result<String> {
    let mut random = vec![0; bytes];
    getrandom::fill(&mut random).map_err(std::io::Error::other)?;
    Ok(hex::encode(random))
}

fn without_checkpoint_prefix(message: &str) -> &str {
    let Some(rest) = message.strip_prefix("cp|") else { return message };
    match checkpoint_id(message) {
        Some(id) if !id.is_empty() => rest.get(id.len() + 1..).unwrap_or_default(),
        _ => rest,
    }
}

fn base64_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::javascript::stringify;
    use serde_json::Value;

    #[test]
    fn the_recorded_rpc_messages_verify_over_their_own_serialisation() {
        let vectors: Value = serde_json::from_str(include_str!("../../../tests/vectors/rpc.json")).unwrap();
        let signed: Vec<_> = vectors["cases"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|c| c["expect"]["serverSays"] == "ok")
            .collect();
        assert_eq!(signed.len(), 16);
        for case in signed {
            let message: Value = serde_json::from_str(case["expect"]["message"].as_str().unwrap()).unwrap();
            let body = message[1].as_array().unwrap();
            let text = stringify(&Value::Array(body[2..].to_vec()));
            assert_eq!(text, case["expect"]["signedText"].as_str().unwrap(), "{}", case["name"]);
            let (signature, key) = (body[0].as_str().unwrap(), body[1].as_str().unwrap());
            assert!(verifies(text.as_bytes(), signature, key), "{}", case["name"]);
            assert!(!verifies(format!("{text} ").as_bytes(), signature, key), "{}", case["name"]);
        }
    }

    #[test]
    fn a_checkpoint_is_known_by_its_prefix() {
        assert_eq!(checkpoint_id("cp|AAAA=|x"), Some("AAAA="));
        assert_eq!(checkpoint_id("cp|x"), Some(""));
        assert_eq!(checkpoint_id("cp|a!b|x"), Some(""));
        assert_eq!(checkpoint_id("x"), None);
        assert_eq!(without_checkpoint_prefix("cp|AAAA=|x|y"), "x|y");
    }

    #[test]
    fn hostile_keys_and_signatures_verify_nothing() {
        for text in ["", "=", "AAAA", &"A".repeat(88), &"A".repeat(10_000)] {
            assert!(!verifies(b"x", text, text), "{text}");
            assert!(!message_verifies(text, text), "{text}");
        }
    }
}
