//! Finding the end of a plain run inside a JSON string, eight bytes at a time.

const LOW: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x8080_8080_8080_8080;

/// How many bytes at the start of `bytes` are neither `"`, nor `\`, nor a control character.
pub(super) fn plain_run(bytes: &[u8]) -> usize {
    let (words, rest) = bytes.as_chunks::<8>();
    for (index, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        let quote = word ^ (LOW * b'"' as u64);
        let backslash = word ^ (LOW * b'\\' as u64);
        // A byte below n sets its top bit in (word - n) & !word, and no byte before the first such one
        // can be wrong: borrows only travel upwards.
        let special = ((quote.wrapping_sub(LOW)) & !quote)
            | ((backslash.wrapping_sub(LOW)) & !backslash)
            | (word.wrapping_sub(LOW * 0x20) & !word);
        if special & HIGH != 0 {
            return index * 8 + (special & HIGH).trailing_zeros() as usize / 8;
        }
    }
    let tail = rest.iter().position(|byte| is_special(*byte)).unwrap_or(rest.len());
    words.len() * 8 + tail
}

fn is_special(byte: u8) -> bool {
    byte == b'"' || byte == b'\\' || byte < 0x20
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn agrees_with_the_byte_by_byte_search(bytes in proptest::collection::vec(prop_oneof![Just(b'"'), Just(b'\\'), any::<u8>(), Just(b'a'), Just(b'a'), Just(b'a')], 0..64)) {
            prop_assert_eq!(plain_run(&bytes), bytes.iter().position(|b| is_special(*b)).unwrap_or(bytes.len()));
        }
    }
}
