//! What others wrote, made fit for a terminal.

/// A text from the network as a terminal may show it: no control character, nothing that turns the
/// direction of writing, at most `most` characters.
pub(crate) fn printable(text: &str, most: usize) -> String {
    let hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    let mut shown: String =
        text.chars().take(most).map(|c| if hidden(c) { char::REPLACEMENT_CHARACTER } else { c }).collect();
    if text.chars().nth(most).is_some() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_a_stranger_wrote_cannot_command_the_terminal() {
        use super::printable;
        assert_eq!(
            printable("a\u{1b}[2Jb\r\nc\u{202e}d\u{9b}", 40),
            "a\u{fffd}[2Jb\u{fffd}\u{fffd}c\u{fffd}d\u{fffd}"
        );
        assert_eq!(printable("Größe 😀", 40), "Größe 😀");
        assert_eq!(printable("abcdef", 3), "abc…");
        assert_eq!(printable("abc", 3), "abc");
    }
}
