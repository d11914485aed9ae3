//! Checking Ed25519 signatures and making unpredictable names.

use base64::Engine as _;
use base64::alphabet::STANDARD as ALPHABET;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use ed25519_dalek::{Signature, VerifyingKey};

/// Standard alphabet; padding may be missing, as the real decoder accepts (PROTOCOL.md 2).
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &ALPHABET,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Bytes from base64; `None` when the text is none.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    BASE64.decode(text).ok()
}

/// Base64 with padding.
pub(crate) fn encode(bytes: &[u8]) -> String {
    BASE64.encode(bytes)
}

/// Whether the text is a public key: base64 of 32 bytes.
pub(crate) fn is_public_key(text: &str) -> bool {
    decode(text).is_some_and(|bytes| bytes.len() == 32)
}

/// Whether `signature` (base64 of 64 bytes) over `message` is by `public_key` (base64 of 32 bytes).
pub(crate) fn verifies(message: &[u8], signature: &str, public_key: &str) -> bool {
    let check = || {
        let signature = Signature::from_slice(&decode(signature)?).ok()?;
        verifying_key(public_key)?.verify_strict(message, &signature).ok()
    };
    check().is_some()
}

/// Whether a channel message - `base64(signature || content)`, maybe behind `cp|id|` - is signed by the
/// channel's key (PROTOCOL.md 6.1, 6.3).
pub(crate) fn message_verifies(message: &str, validate_key: &str) -> bool {
    let check = || {
        let bytes = decode(without_checkpoint_prefix(message))?;
        let (signature, content) = bytes.split_at_checked(64)?;
        let signature = Signature::from_slice(signature).ok()?;
        verifying_key(validate_key)?.verify_strict(content, &signature).ok()
    };
    check().is_some()
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

fn verifying_key(text: &str) -> Option<VerifyingKey> {
    VerifyingKey::from_bytes(decode(text)?.as_slice().try_into().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::javascript::stringify;
    use serde_json::Value;

    #[test]
    fn the_recorded_rpc_messages_verify_over_their_own_serialisation() {
        let vectors: Value =
            serde_json::from_str(include_str!("../../../../tests/vectors/rpc.json")).unwrap();
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
