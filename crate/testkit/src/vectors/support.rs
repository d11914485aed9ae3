//! What the checkers share: reading inputs, building expectations, comparing.

use std::collections::VecDeque;

use pinfold_core::encoding::decode_hex;
use pinfold_core::error::{Code, Error};
use pinfold_core::json::{Object, Text, Value, stringify};
use pinfold_core::ports::Entropy;
use pinfold_core::secret::Secret;

use super::Verdict;

/// Why there is nothing to compare.
#[derive(Debug)]
pub enum Problem {
    /// The case does not have the form of one, or the program failed where it must not.
    Failed(String),
    /// The case is about something this program does not do.
    NotSupported(&'static str),
    /// The program refused the input; the case may expect that.
    Thrown(Error),
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        Self::Thrown(error)
    }
}

/// Fields of a case that are not expectations.
const NO_EXPECTATION: [&str; 4] = ["name", "note", "input", FIRST_INPUT];

/// Under this key a case holds the input of the first case of its file, for the files that refer to it.
pub const FIRST_INPUT: &str = "firstInput";

/// Compares the recorded result of the case with the computed one.
///
/// Both must have the same fields everywhere. Two things are compared loosely: `throws` holds the words
/// of the recorded exception, for which our errors have codes, so that only *whether* something fails
/// counts; and that a failure is not the one that should never happen.
pub fn judge(case: &Value, computed: Result<Object, Problem>) -> Verdict {
    let computed = match computed {
        Ok(computed) => computed,
        Err(Problem::Failed(reason)) => return Verdict::Failed(reason),
        Err(Problem::NotSupported(reason)) => return Verdict::NotSupported(reason),
        Err(Problem::Thrown(error)) => object([("expect", or_throws(Err(error)))]),
    };
    let mut expected = case.as_object().cloned().unwrap_or_default();
    NO_EXPECTATION.iter().for_each(|key| drop(expected.remove(key)));
    if expected.is_empty() {
        return Verdict::Failed("the case expects nothing".into());
    }
    match difference("", &expected.into(), &computed.into()) {
        Some(reason) => Verdict::Failed(reason),
        None => Verdict::Passed,
    }
}

/// [`judge`] for the usual case, whose only expectation is `expect`.
pub fn judge_expect(case: &Value, computed: Result<Value, Problem>) -> Verdict {
    judge(case, computed.map(|value| object([("expect", value)])))
}

fn difference(path: &str, expected: &Value, computed: &Value) -> Option<String> {
    let differ = || Some(format!("{path}: expected {}, computed {}", brief(expected), brief(computed)));
    match (expected, computed) {
        (Value::Object(expected), Value::Object(computed)) => {
            let both_throw = expected.get("throws").and(computed.get("throws"));
            if both_throw.and_then(Value::as_str) == Some(Code::Internal.as_str()) {
                return Some(format!("{path}: failed with {}", Code::Internal.as_str()));
            }
            let missing = computed.iter().find(|(key, _)| expected.get_text(key).is_none());
            let mut compared = expected.iter().filter(|(key, _)| both_throw.is_none() || **key != *"throws");
            let known = compared.find_map(|(key, value)| {
                let path = format!("{path}.{}", key.to_string_lossy());
                match computed.get_text(key) {
                    Some(computed) => difference(&path, value, computed),
                    None => Some(format!("{path}: expected {}, computed nothing", brief(value))),
                }
            });
            known.or_else(|| {
                missing.map(|(key, value)| {
                    format!("{path}.{}: not expected, computed {}", key.to_string_lossy(), brief(value))
                })
            })
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            a.iter().zip(b).enumerate().find_map(|(at, (a, b))| difference(&format!("{path}[{at}]"), a, b))
        }
        _ if expected == computed => None,
        _ => differ(),
    }
}

fn brief(value: &Value) -> String {
    let text = stringify(value);
    if text.len() <= 160 { text } else { text.chars().take(160).chain(['…']).collect() }
}

/// An object of these fields.
pub fn object<const N: usize>(fields: [(&str, Value); N]) -> Object {
    let mut object = Object::new();
    fields.into_iter().for_each(|(key, value)| drop(object.insert(key, value)));
    object
}

/// An object of those of these fields that have a value, as JavaScript drops undefined ones.
pub fn defined<const N: usize>(fields: [(&str, Option<Value>); N]) -> Value {
    let mut object = Object::new();
    let fields = fields.into_iter().filter_map(|(key, value)| Some((key, value?)));
    fields.for_each(|(key, value)| drop(object.insert(key, value)));
    object.into()
}

/// The value of a result, or what stands for an exception.
pub fn or_throws(result: Result<Value, Error>) -> Value {
    result.unwrap_or_else(|error| object([("throws", error.code().as_str().into())]).into())
}

/// What stands for `undefined` where a value is expected.
pub fn undefined() -> Value {
    object([("undefined", true.into())]).into()
}

/// A text, or null.
pub fn or_null<T: Into<Value>>(value: Option<T>) -> Value {
    value.map_or(Value::Null, Into::into)
}

/// A field of an object that must be there.
pub fn field<'v>(value: &'v Value, key: &str) -> Result<&'v Value, Problem> {
    value.get(key).ok_or_else(|| Problem::Failed(format!("the case has no {key}")))
}

/// The input of a case.
pub fn input(case: &Value) -> Result<&Value, Problem> {
    field(case, "input")
}

/// A field that is a text.
pub fn text<'v>(value: &'v Value, key: &str) -> Result<&'v Text, Problem> {
    field(value, key)?.as_text().ok_or_else(|| Problem::Failed(format!("{key} is no text")))
}

/// A field that is a text without lone surrogates.
pub fn string<'v>(value: &'v Value, key: &str) -> Result<&'v str, Problem> {
    text(value, key)?.as_str().ok_or_else(|| Problem::Failed(format!("{key} holds a lone surrogate")))
}

/// A field that is a text, null or missing.
pub fn optional<'v>(value: &'v Value, key: &str) -> Result<Option<&'v str>, Problem> {
    match value.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(_) => string(value, key).map(Some),
    }
}

/// A field that is true, false or missing.
pub fn flag(value: &Value, key: &str) -> bool {
    value.get(key).is_some_and(Value::truthy)
}

/// A field of hexadecimal bytes.
pub fn hex(value: &Value, key: &str) -> Result<Vec<u8>, Problem> {
    decode_hex(string(value, key)?).ok_or_else(|| Problem::Failed(format!("{key} is not hexadecimal")))
}

/// A field of 32 secret bytes in hexadecimal.
pub fn key_hex(value: &Value, key: &str) -> Result<Secret<32>, Problem> {
    let error = || Error::new(Code::CryptoMalformed, "a recorded key has not 32 bytes");
    Secret::from_slice(&hex(value, key)?).ok_or_else(|| error().into())
}

/// Randomness that was recorded: each draw gives the next entry, which must have the length asked for.
pub struct Draws(VecDeque<Vec<u8>>);

impl Draws {
    /// The recorded draws, in order.
    pub fn new(draws: impl IntoIterator<Item = Vec<u8>>) -> Self {
        Self(draws.into_iter().collect())
    }

    /// Fails if a draw was not made.
    pub fn finish(self) -> Result<(), Problem> {
        let left = self.0.len();
        if left == 0 { Ok(()) } else { Err(Problem::Failed(format!("{left} recorded draws were not made"))) }
    }
}

impl Entropy for Draws {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), Error> {
        match self.0.pop_front() {
            Some(draw) if draw.len() == out.len() => out.copy_from_slice(&draw),
            _ => return Err(Error::new(Code::HostNoEntropy, "no such draw was recorded")),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pinfold_core::json::parse;

    fn judged(case: &str, computed: &str) -> Verdict {
        let computed = parse(computed).unwrap().as_object().cloned().unwrap();
        judge(&parse(case).unwrap(), Ok(computed))
    }

    #[test]
    fn every_field_counts_on_both_sides() {
        let case = r#"{"name":"n","note":"x","input":{},"expect":{"a":[1,{"b":null}]},"more":true}"#;
        assert_eq!(judged(case, r#"{"more":true,"expect":{"a":[1,{"b":null}]}}"#), Verdict::Passed);
        for computed in [
            r#"{"expect":{"a":[1,{"b":null}]}}"#,
            r#"{"more":true,"expect":{"a":[1,{"b":0}]}}"#,
            r#"{"more":true,"expect":{"a":[1,{"b":null,"c":0}]}}"#,
            r#"{"more":true,"expect":{"a":[1]}}"#,
            r#"{"more":true,"expect":{}}"#,
        ] {
            assert!(matches!(judged(case, computed), Verdict::Failed(_)), "{computed}");
        }
        assert!(matches!(judged(r#"{"input":1}"#, "{}"), Verdict::Failed(_)));
    }

    #[test]
    fn an_exception_matches_any_error_but_the_one_that_cannot_be() {
        let case = r#"{"expect":{"throws":"words"}}"#;
        assert_eq!(judged(case, r#"{"expect":{"throws":"crypto/open"}}"#), Verdict::Passed);
        assert!(matches!(judged(case, r#"{"expect":{"throws":"internal"}}"#), Verdict::Failed(_)));
        assert!(matches!(judged(case, r#"{"expect":{"value":1}}"#), Verdict::Failed(_)));
    }
}
