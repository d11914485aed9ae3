//! The prefix that marks a checkpoint outside encryption and signature (PROTOCOL.md section 6.3).

use crate::crypto::hash::sha512;
use crate::encoding::encode_base64;

/// Longest id that is taken for one.
const MAX_ID: usize = 20;

/// Removes `cp|` or `cp|<id>|` from a stored message. The second value tells whether it was there.
pub fn strip_prefix(message: &str) -> (&str, bool) {
    let Some(rest) = message.strip_prefix("cp|") else { return (message, false) };
    let in_id = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=');
    let id = rest.bytes().take(MAX_ID + 1).take_while(|byte| in_id(*byte)).count();
    let behind_id = rest.get(id..).and_then(|rest| rest.strip_prefix('|'));
    (behind_id.filter(|_| id <= MAX_ID).unwrap_or(rest), true)
}

/// Whether a plain message is to be sent with the prefix.
pub fn is_checkpoint(plain: &str) -> bool {
    plain.starts_with("[4")
}

/// The id in the prefix: base64 of the first 8 bytes of SHA-512 of the plain ChainPad message.
pub fn id(plain: &str) -> String {
    encode_base64(sha512(plain.as_bytes()).first_chunk::<8>().map_or(&[], |id| id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_prefix_goes_and_only_from_the_start() {
        assert_eq!(strip_prefix("cp|cp|x"), ("x", true));
        assert_eq!(strip_prefix("cp||x"), ("x", true));
        assert_eq!(strip_prefix("xcp|x"), ("xcp|x", false));
        assert_eq!(strip_prefix("cp"), ("cp", false));
        assert_eq!(strip_prefix("cp|é|x"), ("é|x", true));
        assert!(is_checkpoint("[4,[]") && !is_checkpoint("[2,[]"));
    }
}
