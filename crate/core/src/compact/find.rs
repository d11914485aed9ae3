//! Finding one text in another.

/// Where a text stands first in another one, in bytes; in time that is in proportion to their lengths (Knuth, Morris and
/// Pratt). The standard library's search is as quick, and weighs two kilobytes.
pub fn find(text: &str, wanted: &str) -> Option<usize> {
    let (text, wanted) = (text.as_bytes(), wanted.as_bytes());
    if wanted.is_empty() {
        return Some(0);
    }
    // Of each beginning of what is wanted: the longest shorter beginning that it ends with.
    let mut shorter = Vec::with_capacity(wanted.len());
    let mut matched = 0;
    for (at, byte) in wanted.iter().enumerate() {
        if at > 0 {
            matched = longer(wanted, &shorter, matched, *byte);
        }
        shorter.push(matched);
    }
    matched = 0;
    for (at, byte) in text.iter().enumerate() {
        matched = longer(wanted, &shorter, matched, *byte);
        if matched == wanted.len() {
            return Some(at + 1 - matched);
        }
    }
    None
}

/// How many bytes of what is wanted match once `byte` has come, where `matched` did before.
fn longer(wanted: &[u8], shorter: &[usize], mut matched: usize, byte: u8) -> usize {
    loop {
        if wanted.get(matched) == Some(&byte) {
            return matched + 1;
        }
        match matched.checked_sub(1).and_then(|last| shorter.get(last)) {
            Some(next) => matched = *next,
            None => return 0,
        }
    }
}

/// What stands before and behind the first place of a text in another one.
pub fn split_around<'t>(text: &'t str, wanted: &str) -> Option<(&'t str, &'t str)> {
    let at = find(text, wanted)?;
    Some((text.get(..at)?, text.get(at + wanted.len()..)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_finds_what_the_standard_library_finds(text in "[ab/é]{0,40}", wanted in "[ab/é]{0,5}") {
            prop_assert_eq!(find(&text, &wanted), text.find(&wanted));
            prop_assert_eq!(split_around(&text, &wanted), text.split_once(&wanted));
        }
    }

    #[test]
    fn what_repeats_itself_takes_no_longer() {
        let (text, wanted) = ("a".repeat(4_000_000), format!("{}b", "a".repeat(2_000_000)));
        assert_eq!(find(&text, &wanted), None);
    }
}
