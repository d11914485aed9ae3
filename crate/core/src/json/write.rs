//! `JSON.stringify` and `json.sortify`.

use super::{Object, Text, Value, write_number};
use crate::compact::sorted;

/// The value as `JSON.stringify` writes it: no spaces, non-ASCII as it is, lone surrogates as `\udXXX`.
pub fn stringify(value: &Value) -> String {
    let mut out = String::new();
    write(value, &mut out, &|object, out, write_entry| {
        object.iter().for_each(|(key, value)| write_entry(key, value, out));
    });
    out
}

/// The value as `json.sortify` writes it (PROTOCOL.md section 13.2): keys that look like integers first,
/// by value, then the others by UTF-16 unit.
///
/// Integer keys of 17 and more digits are compared as doubles, as the real library does.
pub fn canonical(value: &Value) -> String {
    let mut out = String::new();
    write(value, &mut out, &|object, out, write_entry| {
        let entries: Vec<_> = object.iter().map(|(key, value)| (integer(key), key, value)).collect();
        let entries = sorted(entries, &|(a_integer, a, _), (b_integer, b, _)| match (a_integer, b_integer) {
            (Some(a), Some(b)) => a.total_cmp(b),
            (Some(_), None) => core::cmp::Ordering::Less,
            (None, Some(_)) => core::cmp::Ordering::Greater,
            (None, None) => a.cmp(b),
        });
        entries.iter().for_each(|(_, key, value)| write_entry(key, value, out));
    });
    out
}

/// Appends a text as a JSON string.
pub fn write_string(text: &Text, out: &mut String) {
    match text.as_str() {
        Some(text) => write_scalar(text, out),
        None => {
            out.push('"');
            write_units(text, out, &mut write_escaped);
            out.push('"');
        }
    }
}

/// Writes the characters of a text through a function, and each lone surrogate as an escape.
fn write_units(text: &Text, out: &mut String, write_scalar: &mut dyn FnMut(&str, &mut String)) {
    if let Some(scalar) = text.as_str() {
        return write_scalar(scalar, out);
    }
    for unit in char::decode_utf16(text.units()) {
        match unit {
            Ok(c) => write_scalar(c.encode_utf8(&mut [0; 4]), out),
            Err(lone) => write_unit(lone.unpaired_surrogate(), out),
        }
    }
}

/// Writes the entries of an object in some order, each through the function it is given.
type Order<'a> = &'a dyn Fn(&Object, &mut String, &mut dyn FnMut(&Text, &Value, &mut String));

fn write(value: &Value, out: &mut String, order: Order<'_>) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Number(number) => write_number(*number, out),
        Value::String(text) => write_string(text, out),
        // Lone surrogates stand in strings and nowhere else.
        Value::Deep(text) => write_units(text, out, &mut |scalar, out| out.push_str(scalar)),
        Value::Array(items) => {
            out.push('[');
            let mut comma = "";
            for item in items {
                out.push_str(comma);
                write(item, out, order);
                comma = ",";
            }
            out.push(']');
        }
        Value::Object(object) => {
            out.push('{');
            let mut comma = "";
            order(object, out, &mut |key, value, out| {
                out.push_str(comma);
                write_string(key, out);
                out.push(':');
                write(value, out, order);
                comma = ",";
            });
            out.push('}');
        }
    }
}

fn write_scalar(text: &str, out: &mut String) {
    out.push('"');
    write_escaped(text, out);
    out.push('"');
}

fn write_escaped(text: &str, out: &mut String) {
    let mut rest = text;
    loop {
        // A run ends before an ASCII character, or with the text.
        let (run, after) =
            rest.split_at_checked(super::scan::plain_run(rest.as_bytes())).unwrap_or((rest, ""));
        out.push_str(run);
        let mut special = after.chars();
        let Some(c) = special.next() else { return };
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            _ => write_unit(c as u16, out),
        }
        rest = special.as_str();
    }
}

fn write_unit(unit: u16, out: &mut String) {
    out.push_str("\\u");
    for shift in [12, 8, 4, 0] {
        out.push(char::from_digit(u32::from(unit >> shift & 0xF), 16).unwrap_or('0'));
    }
}

/// The value of a key that is a canonical non-negative decimal integer.
fn integer(key: &Text) -> Option<f64> {
    let text = key.as_str()?;
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    (digits && (text == "0" || !text.starts_with('0'))).then(|| super::decimal::to_double(text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rewritten(text: &str) -> String {
        stringify(&Value::parse(text).unwrap())
    }

    #[test]
    fn a_text_is_written_as_javascript_writes_it() {
        // Each right-hand side is what node prints for JSON.stringify(JSON.parse(left)).
        let table = [
            (r#" { "b" : [ 1 , 2.50 , -0 ] , "a" : null } "#, r#"{"b":[1,2.5,0],"a":null}"#),
            (r#"{"b":1,"10":2,"9":3,"b":4}"#, r#"{"9":3,"10":2,"b":4}"#),
            (r#""\u0000\u001f\u007f\/\b\f\n\r\t\"\\é""#, "\"\\u0000\\u001f\u{7f}/\\b\\f\\n\\r\\t\\\"\\\\é\""),
            (r#""\ud83d\ude00 \ude00\ud83d x\uD83D""#, r#""😀 \ude00\ud83d x\ud83d""#),
            (r#"[1e400,1E3,1e-7,true,false]"#, "[null,1000,1e-7,true,false]"),
            ("\"\u{2028}\u{ffff}\"", "\"\u{2028}\u{ffff}\""),
        ];
        for (text, expected) in table {
            assert_eq!(rewritten(text), expected);
        }
    }

    fn value() -> impl Strategy<Value = Value> {
        let text = || {
            let unit = prop_oneof![0u16..0x80, any::<u16>(), 0xD800u16..0xE000];
            proptest::collection::vec(unit, 0..6).prop_map(|units| Text::from_utf16(&units))
        };
        let key = prop_oneof![text(), "[0-9]{1,3}".prop_map(Text::from)];
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::Bool),
            proptest::num::f64::NORMAL.prop_map(Value::Number),
            any::<i32>().prop_map(|i| Value::Number(f64::from(i))),
            text().prop_map(Value::String),
        ];
        leaf.prop_recursive(4, 24, 5, move |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::Array),
                proptest::collection::vec((key.clone(), inner), 0..5).prop_map(|entries| {
                    let mut object = Object::new();
                    entries.into_iter().for_each(|(key, value)| drop(object.insert(key, value)));
                    Value::Object(object)
                }),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(value in value()) {
            let text = stringify(&value);
            let back = Value::parse(&text).unwrap();
            prop_assert_eq!(&back, &value);
            prop_assert_eq!(stringify(&back), text);
            prop_assert_eq!(canonical(&Value::parse(&canonical(&value)).unwrap()), canonical(&value));
        }

        #[test]
        fn no_text_makes_it_panic(text in "[\\[\\]{}\":,0-9a-fntruls.eE+\\\\ -]{0,24}") {
            let ours = Value::parse(&text);
            // serde_json refuses lone surrogates and infinite numbers; everything else must agree.
            match serde_json::from_str::<serde_json::Value>(&text) {
                Ok(_) => prop_assert!(ours.is_ok(), "{text}"),
                Err(_) if ours.is_ok() => prop_assert!(text.contains("\\u") || text.contains(['e', 'E']), "{text}"),
                Err(_) => {}
            }
        }
    }
}
