//! What stands around a message.

/// Ancient clients wrote `length:` before a message (PROTOCOL.md section 10, step 4).
pub(super) fn strip_ancient_framing(plain: &str) -> &str {
    match plain.split_once(':') {
        Some((digits, rest)) if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) => rest,
        _ => plain,
    }
}
