//! The JavaScript text that `/api/config` and `/api/broadcast` are wrapped in (PROTOCOL.md 3).

use serde::Serialize;
use serde_json::Value;
use serde_json::ser::{PrettyFormatter, Serializer};

/// A configuration is a few KiB.
const LARGEST: usize = 4 * 1024 * 1024;

/// `define(function(){;` newline `return ` JSON indented with tabs `;` newline `});`.
pub(crate) fn wrap(value: &Value) -> String {
    let mut json = Vec::new();
    let mut serializer = Serializer::with_formatter(&mut json, PrettyFormatter::with_indent(b"\t"));
    // Writing a value into memory cannot fail; an empty text would not parse at the other end either way.
    let _ = value.serialize(&mut serializer);
    format!("define(function(){{;\nreturn {};\n}});", String::from_utf8_lossy(&json))
}

/// The JSON inside such a text: what follows the first `return`, however it is wrapped.
pub(crate) fn unwrap(text: &str) -> Option<Value> {
    let (_, json) = text.split_once("return").filter(|_| text.len() <= LARGEST)?;
    serde_json::Deserializer::from_str(json).into_iter().next()?.ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_text_is_what_the_real_server_sends() {
        let recorded = "define(function(){;\nreturn {\n\t\"curvePublic\": \"7ARTUm2wYQIyMKONBwLjszqzO3zBJFPzYflN3KG+8kk=\",\n\t\"lastBroadcastHash\": \"\"\n};\n});";
        let value = unwrap(recorded).unwrap();
        assert_eq!(wrap(&value), recorded);
        let nested = json!({"a": [], "b": {"c": 1}, "d": [1]});
        assert_eq!(unwrap(&wrap(&nested)), Some(nested));
        assert_eq!(unwrap("define(() => {\n  return {\"a\": 1}\n})\n"), Some(json!({"a": 1})));
        for broken in ["", "define", "define(function(){;\nreturn {;\n});"] {
            assert_eq!(unwrap(broken), None);
        }
    }
}
