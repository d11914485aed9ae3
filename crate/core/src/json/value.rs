//! A JSON value as a tree.

use super::object::Rows;
use super::{Error, Kind, Object, Reader, Text, number};
use core::fmt;

/// A JSON value. Comparing two compares numbers as numbers and objects without regard to order.
///
/// Built by [`Value::parse`], it nests at most [`super::MAX_DEPTH`] deep, so that dropping, cloning and
/// writing it need little stack. What nests deeper stays a text: nobody looks into it, and it is written as it was.
#[derive(Clone, Default, PartialEq)]
pub enum Value {
    /// `null`
    #[default]
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number, which in JavaScript is always a double.
    Number(f64),
    /// A string.
    String(Text),
    /// An array.
    Array(Vec<Value>),
    /// An object.
    Object(Object),
    /// An array or object inside [`super::MAX_DEPTH`] others, as it is written.
    Deep(Text),
}

impl core::str::FromStr for Value {
    type Err = Error;

    /// As [`Value::parse`].
    fn from_str(text: &str) -> Result<Self, Error> {
        Self::parse(text)
    }
}

impl Value {
    /// Parses a whole text.
    ///
    /// # Errors
    /// [`super::Problem::Syntax`], [`super::Problem::End`].
    pub fn parse(text: &str) -> Result<Self, Error> {
        Self::parse_all(Reader::new(text))
    }

    /// Parses a whole text that may hold lone surrogates, such as a string of another JSON text.
    ///
    /// # Errors
    /// As [`Value::parse`].
    pub fn parse_text(text: &Text) -> Result<Self, Error> {
        Self::parse_all(Reader::of_text(text))
    }

    /// Parses the next value of a reader.
    ///
    /// # Errors
    /// As [`Value::parse`].
    pub fn read(reader: &mut Reader<'_>) -> Result<Self, Error> {
        Ok(match reader.peek()? {
            Kind::Null => reader.null().map(|()| Self::Null)?,
            Kind::Bool => Self::Bool(reader.bool()?),
            Kind::Number => Self::Number(reader.f64()?),
            Kind::String => Self::String(reader.text()?),
            Kind::Array | Kind::Object if reader.at_the_bottom() => Self::Deep(reader.raw_text()?),
            Kind::Array => {
                let mut items = Vec::new();
                reader.begin_array()?;
                while reader.next_element()? {
                    items.push(Self::read(reader)?);
                }
                Self::Array(items)
            }
            Kind::Object => {
                let mut rows = Rows::default();
                reader.begin_object()?;
                while let Some(key) = reader.next_key_text()? {
                    rows.push(key, Self::read(reader)?);
                }
                Self::Object(Object::from_parsed(rows))
            }
        })
    }

    fn parse_all(mut reader: Reader<'_>) -> Result<Self, Error> {
        let value = Self::read(&mut reader)?;
        reader.end()?;
        Ok(value)
    }

    /// The value under a key, if this is an object that has it.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.as_object()?.get(key)
    }

    /// The element at a place, if this is an array that has it.
    pub fn at(&self, index: usize) -> Option<&Value> {
        self.as_array()?.get(index)
    }

    /// The object, if it is one.
    pub fn as_object(&self) -> Option<&Object> {
        if let Self::Object(object) = self { Some(object) } else { None }
    }

    /// The object to be changed, if it is one.
    pub fn as_object_mut(&mut self) -> Option<&mut Object> {
        if let Self::Object(object) = self { Some(object) } else { None }
    }

    /// The elements, if it is an array.
    pub fn as_array(&self) -> Option<&[Value]> {
        if let Self::Array(items) = self { Some(items) } else { None }
    }

    /// The text, if it is one.
    pub fn as_text(&self) -> Option<&Text> {
        if let Self::String(text) = self { Some(text) } else { None }
    }

    /// The text, if it is one without lone surrogates.
    pub fn as_str(&self) -> Option<&str> {
        self.as_text()?.as_str()
    }

    /// The number, if it is one.
    pub fn as_f64(&self) -> Option<f64> {
        if let Self::Number(number) = self { Some(*number) } else { None }
    }

    /// The number, if it is an integer from 0 to 2^53 - 1.
    pub fn as_u64(&self) -> Option<u64> {
        number::to_u64(self.as_f64()?)
    }

    /// The truth value, if it is `true` or `false`.
    pub fn as_bool(&self) -> Option<bool> {
        if let Self::Bool(value) = self { Some(*value) } else { None }
    }

    /// Whether it is `null`.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// Whether JavaScript takes it for true in a condition: everything but `null`, `false`, `0`, NaN
    /// and the empty text.
    pub fn truthy(&self) -> bool {
        match self {
            Self::Null => false,
            Self::Bool(value) => *value,
            Self::Number(number) => *number != 0.0 && !number.is_nan(),
            Self::String(text) => !text.is_empty(),
            Self::Array(_) | Self::Object(_) | Self::Deep(_) => true,
        }
    }
}

/// Shows kinds and lengths alone, as [`Text`] does.
impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("Null"),
            Self::Bool(_) => f.write_str("Bool"),
            Self::Number(_) => f.write_str("Number"),
            Self::String(text) => fmt::Debug::fmt(text, f),
            Self::Array(items) => write!(f, "Array({})", items.len()),
            Self::Object(object) => fmt::Debug::fmt(object, f),
            Self::Deep(_) => f.write_str("Deep"),
        }
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Self {
        Self::Number(number)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::String(text.into())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::String(text.into())
    }
}

impl From<Text> for Value {
    fn from(text: Text) -> Self {
        Self::String(text)
    }
}

impl From<Vec<Value>> for Value {
    fn from(items: Vec<Value>) -> Self {
        Self::Array(items)
    }
}

impl From<Object> for Value {
    fn from(object: Object) -> Self {
        Self::Object(object)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{MAX_DEPTH, canonical, stringify};
    use super::*;

    #[test]
    fn accessors_answer_only_for_their_kind() {
        let value = Value::parse(r#"{"a":[1,-1,"x",true,null,0.5],"b":{"c":""}}"#).unwrap();
        let a = value.get("a").unwrap();
        assert_eq!(a.at(0).and_then(Value::as_u64), Some(1));
        assert_eq!(a.at(1).and_then(Value::as_u64), None);
        assert_eq!(a.at(2).and_then(Value::as_str), Some("x"));
        assert_eq!(a.at(3).and_then(Value::as_bool), Some(true));
        assert!(a.at(4).is_some_and(Value::is_null));
        assert_eq!(a.at(5).and_then(Value::as_f64), Some(0.5));
        assert!(a.get("a").is_none() && value.at(0).is_none() && value.get("c").is_none());
        assert_eq!(value.get("b").and_then(|b| b.get("c")).and_then(Value::as_str), Some(""));
    }

    #[test]
    fn debug_shows_no_content() {
        let value = Value::parse(r#"["title",{"key":"secret"},17,null,true]"#).unwrap();
        let shown: Vec<_> = value.as_array().unwrap().iter().map(|item| format!("{item:?}")).collect();
        assert_eq!(shown, ["Text(5 units)", "Object(1)", "Number", "Null", "Bool"]);
        assert_eq!(format!("{value:?}"), "Array(5)");
        assert_eq!(format!("{:?}", Reader::new("[\"secret\"]")), "Reader(at 0 of 10)");
    }

    #[test]
    fn truth_is_that_of_javascript() {
        let truths = Value::parse(r#"[null,false,0,-0,"",true,1,"0",[],{}]"#).unwrap();
        let truths: Vec<_> = truths.as_array().unwrap().iter().map(Value::truthy).collect();
        assert_eq!(truths, [false, false, false, false, false, true, true, true, true, true]);
    }

    #[test]
    fn what_nests_deeply_is_kept_as_it_is_written() {
        // Every depth around the limit, and one that no stack has room for.
        for depth in [MAX_DEPTH - 1, MAX_DEPTH, MAX_DEPTH + 1, 200, 5000, 1_000_000] {
            let deep =
                format!("{}{}", "[{\"b\":".repeat(depth / 2), "0}]".to_owned() + &"}]".repeat(depth / 2 - 1));
            let text = format!(r#"{{"a":1,"deep":{deep},"z":[2]}}"#);
            let value = Value::parse(&text).unwrap();
            assert_eq!(value.get("z").and_then(|z| z.at(0)).and_then(Value::as_u64), Some(2));
            assert_eq!(stringify(&value), text);
            assert_eq!(canonical(&value), text);
            assert_eq!(value.clone(), Value::parse(&text).unwrap());
        }
        for wrong in ["{\"a\":".repeat(1_000_000), "[".repeat(1_000_000), "[".repeat(200) + &"}".repeat(200)]
        {
            assert!(Value::parse(&wrong).is_err());
        }
        // Half of a surrogate pair in the depth is written as JavaScript writes it.
        let (open, close) = ("[".repeat(200), "]".repeat(200));
        let units: Vec<u16> = format!("{open}\"x\"{close}")
            .encode_utf16()
            .map(|u| if u == 0x78 { 0xD83D } else { u })
            .collect();
        let value = Value::parse_text(&Text::from_utf16(&units)).unwrap();
        assert_eq!(stringify(&value), format!("{open}\"\\ud83d\"{close}"));
    }

    #[test]
    fn a_lone_surrogate_survives_and_pairs_are_joined_across_nesting() {
        let inner = Value::parse(r#""[\"\ud83d\",\"\ud83d\\ude00\"]""#).unwrap();
        let inner = Value::parse_text(inner.as_text().unwrap()).unwrap();
        assert_eq!(inner.at(0).and_then(Value::as_text), Some(&Text::from_utf16(&[0xD83D])));
        assert_eq!(inner.at(1).and_then(Value::as_str), Some("😀"));
    }
}
