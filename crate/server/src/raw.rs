//! Lists that are handed on as they came. A server looks at a few elements of a frame or of a stored line and leaves
//! the others alone: they may be of any kind, any number, and nested deeper than a parser of values goes.

use serde::Deserialize;
use serde::de::IgnoredAny;

/// The elements of a JSON list, each as its text without the white space between its parts. `None` when the text is no list.
pub(crate) fn elements(text: &str) -> Option<Vec<String>> {
    let text = text.trim();
    // Passing over a value needs no recursion, so that no depth is too deep.
    let mut reader = serde_json::Deserializer::from_str(text);
    if !text.starts_with('[') || IgnoredAny::deserialize(&mut reader).is_err() || reader.end().is_err() {
        return None;
    }
    let mut all = Vec::new();
    let mut element = String::new();
    let (mut depth, mut in_text, mut escaped) = (0_usize, false, false);
    for character in text.chars() {
        if in_text {
            element.push(character);
            in_text = escaped || character != '"';
            escaped = character == '\\' && !escaped;
            continue;
        }
        match character {
            '[' | '{' => depth += 1,
            ']' | '}' => depth = depth.saturating_sub(1),
            '"' => in_text = true,
            _ => {}
        }
        match (character, depth) {
            (' ' | '\t' | '\r' | '\n', _) | ('[', 1) | (']', 0) => {}
            (',', 1) => all.push(std::mem::take(&mut element)),
            _ => element.push(character),
        }
    }
    if !all.is_empty() || !element.is_empty() {
        all.push(element);
    }
    Some(all)
}

/// A list of such elements.
pub(crate) fn list<'a>(elements: impl IntoIterator<Item = &'a str>) -> String {
    let mut text = String::from("[");
    for (at, element) in elements.into_iter().enumerate() {
        if at > 0 {
            text.push(',');
        }
        text.push_str(element);
    }
    text.push(']');
    text
}

/// The text that an element is, if it is one.
pub(crate) fn text_of(element: &str) -> Option<String> {
    element.starts_with('"').then(|| serde_json::from_str(element).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::Value;

    #[test]
    fn elements_of_any_kind_and_depth_stay_what_they_are() {
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        let object = format!("{}1{}", "{\"a\":".repeat(300), "}".repeat(300));
        let read =
            elements(&format!(" [ 1 , \"a, ]\\\"\\\\\" , {deep},{object} ,1.50, {{ \"b\" : [ ] }} ] "))
                .unwrap();
        assert_eq!(read, ["1", "\"a, ]\\\"\\\\\"", &deep, &object, "1.50", "{\"b\":[]}"]);
        assert_eq!(text_of(&read[1]).unwrap(), "a, ]\"\\");
        assert_eq!((text_of("1"), text_of("[\"a\"]")), (None, None));
        assert_eq!(elements("[]"), Some(vec![]));
        for none in ["", "{}", "7", "\"[]\"", "[1", "[1]]", "[1] [2]", "[,]", "[1,]", "[\"a]", "null"] {
            assert_eq!(elements(none), None, "{none}");
        }
    }

    proptest! {
        /// Whatever a parser of values reads, this reads alike.
        #[test]
        fn the_list_of_the_elements_is_the_list(text in r#"\[([0-9]{1,2}|"[a-z\\" ,\[\]]{0,4}"|\[[0-9, ]{0,3}\]|\{"a" ?: ?null\}|,| ){0,6}\]"#) {
            let parsed = serde_json::from_str::<Vec<Value>>(&text).ok();
            let read = elements(&text);
            prop_assert_eq!(read.is_some(), parsed.is_some());
            if let (Some(read), Some(parsed)) = (read, parsed) {
                let again: Vec<Value> = serde_json::from_str(&list(read.iter().map(String::as_str))).unwrap();
                prop_assert_eq!(again, parsed);
            }
        }
    }
}
