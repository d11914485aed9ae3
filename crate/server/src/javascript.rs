//! JSON as `JSON.stringify` writes it after `JSON.parse`: signatures are over that text (PROTOCOL.md 11.2),
//! so a byte of difference is a wrong signature.

use serde_json::{Map, Number, Value};

/// The text of a value: no spaces, integer-like keys first, numbers in JavaScript's form.
pub(crate) fn stringify(value: &Value) -> String {
    let mut text = String::new();
    write(value, &mut text);
    text
}

/// Writes one value. The depth is bounded by the parser, which refuses more than 128 levels.
fn write(value: &Value, out: &mut String) {
    match value {
        Value::Array(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                separate(at, out);
                write(item, out);
            }
            out.push(']');
        }
        Value::Object(fields) => {
            out.push('{');
            for (at, (key, value)) in in_javascript_order(fields).into_iter().enumerate() {
                separate(at, out);
                out.push_str(&Value::from(key.as_str()).to_string());
                out.push(':');
                write(value, out);
            }
            out.push('}');
        }
        Value::Number(number) => write_number(number, out),
        // Texts, booleans and null are written alike by both.
        other => out.push_str(&other.to_string()),
    }
}

fn separate(at: usize, out: &mut String) {
    if at > 0 {
        out.push(',');
    }
}

fn write_number(number: &Number, out: &mut String) {
    match number.as_f64() {
        // `-0` is written `0`, and what overflows to infinity is written `null`.
        Some(0.0) => out.push('0'),
        Some(value) if value.is_finite() => out.push_str(ryu_js::Buffer::new().format(value)),
        _ => out.push_str("null"),
    }
}

fn in_javascript_order(fields: &Map<String, Value>) -> Vec<(&String, &Value)> {
    let mut ordered: Vec<_> = fields.iter().collect();
    // A stable sort: array indexes ascending, then everything else as it came.
    ordered.sort_by_key(|(key, _)| array_index(key).map_or((1, 0), |index| (0, index)));
    ordered
}

/// The number of a key that JavaScript treats as an array index: canonical, below 2^32 - 1.
fn array_index(key: &str) -> Option<u32> {
    let index: u32 = key.parse().ok()?;
    (index != u32::MAX && index.to_string() == key).then_some(index)
}

/// What JavaScript takes for true.
pub(crate) fn truthy(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => false,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_is_javascripts() {
        // The right-hand sides were printed by Node: JSON.stringify(JSON.parse(left)).
        for (left, right) in [
            (
                r#"{"b":1,"10":2,"a":3,"9":4,"09":5,"4294967295":6}"#,
                r#"{"9":4,"10":2,"b":1,"a":3,"09":5,"4294967295":6}"#,
            ),
            (
                "[1.0,-0,1e21,1e-7,123456789012345678901234567890,0.1,1E3,5e-324]",
                "[1,0,1e+21,1e-7,1.2345678901234568e+29,0.1,1000,5e-324]",
            ),
            (
                "[9007199254740993,18446744073709551615,-9223372036854775808]",
                "[9007199254740992,18446744073709552000,-9223372036854776000]",
            ),
            (
                r#"["\/é\u0001\u2028😀\"\\\b\f\n\r\t\u007f"]"#,
                "[\"/é\\u0001\u{2028}😀\\\"\\\\\\b\\f\\n\\r\\t\u{7f}\"]",
            ),
            (r#"{"a":1,"b":2,"a":3}"#, r#"{"a":3,"b":2}"#),
        ] {
            assert_eq!(stringify(&serde_json::from_str(left).unwrap()), right, "{left}");
        }
    }
}
