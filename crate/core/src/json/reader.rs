//! A pull parser: reads JSON of known shape without building a tree.

mod skip;

use super::lexer::Lexer;
use super::{Error, MAX_DEPTH, Problem, Text, decimal, number};
use core::fmt;
use std::borrow::Cow;

/// The kinds of values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `null`
    Null,
    /// `true` or `false`
    Bool,
    /// A number.
    Number,
    /// A string.
    String,
    /// An array.
    Array,
    /// An object.
    Object,
}

/// A cursor in a JSON text. Reading past what it checked is impossible, but only [`Reader::end`] proves
/// that the whole text was JSON. After an error its position is unspecified.
///
/// ```
/// use pinfold_core::json::Reader;
/// # fn main() -> Result<(), pinfold_core::json::Error> {
/// let mut frame = Reader::new(r#"[0, "hk", "MSG", {"channel": "abc", "time": 1700000000000}]"#);
/// frame.begin_array()?;
/// frame.element()?;
/// assert_eq!(frame.u64()?, 0);
/// frame.element()?;
/// assert_eq!(frame.string()?, "hk");
/// while frame.next_element()? {
///     frame.skip_value()?;
/// }
/// frame.end()
/// # }
/// ```
#[derive(Clone)]
pub struct Reader<'a> {
    lexer: Lexer<'a>,
    depth: usize,
    /// Just after `[` or `{`: no comma comes before the next element.
    fresh: bool,
}

/// Shows a place alone, as [`Text`] shows its length.
impl fmt::Debug for Reader<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Reader(at {} of {})", self.lexer.position(), self.lexer.len())
    }
}

impl<'a> Reader<'a> {
    /// Reads a text.
    pub fn new(text: &'a str) -> Self {
        Self::at_start(text.as_bytes(), Some(text))
    }

    /// Reads a text that came out of another JSON text, and may hold lone surrogates of its own.
    pub fn of_text(text: &'a Text) -> Self {
        Self::at_start(text.as_wtf8(), text.as_str())
    }

    /// Reads bytes as they come from a socket.
    ///
    /// # Errors
    /// [`Problem::Encoding`] if they are not UTF-8.
    pub fn from_bytes(bytes: &'a [u8]) -> Result<Self, Error> {
        let text = core::str::from_utf8(bytes)
            .map_err(|error| Error { problem: Problem::Encoding, at: error.valid_up_to() })?;
        Ok(Self::new(text))
    }

    /// Byte offset of what is read next.
    pub fn position(&self) -> usize {
        self.lexer.position()
    }

    /// The kind of the next value, told by its first character. Consumes nothing but white space.
    ///
    /// # Errors
    /// [`Problem::Syntax`] or [`Problem::End`] if no value can start here.
    pub fn peek(&mut self) -> Result<Kind, Error> {
        self.lexer.peek_kind()
    }

    /// Enters an array: call [`Reader::next_element`] until it returns `false`.
    ///
    /// # Errors
    /// [`Problem::Kind`] if no array comes next, [`Problem::TooDeep`].
    pub fn begin_array(&mut self) -> Result<(), Error> {
        self.begin(Kind::Array)
    }

    /// Whether the array has another element, which must then be read; `false` leaves the array.
    ///
    /// # Errors
    /// [`Problem::Syntax`], [`Problem::End`].
    pub fn next_element(&mut self) -> Result<bool, Error> {
        self.next_item(b']')
    }

    /// As [`Reader::next_element`], where there has to be one.
    ///
    /// # Errors
    /// [`Problem::Kind`] if the array ends.
    pub fn element(&mut self) -> Result<(), Error> {
        if self.next_element()? { Ok(()) } else { Err(self.lexer.error(Problem::Kind)) }
    }

    /// Enters an object: call [`Reader::next_key`] until it returns `None`.
    ///
    /// # Errors
    /// [`Problem::Kind`] if no object comes next, [`Problem::TooDeep`].
    pub fn begin_object(&mut self) -> Result<(), Error> {
        self.begin(Kind::Object)
    }

    /// The next key of the object, whose value must then be read; `None` leaves the object. A lone
    /// surrogate in a key comes as U+FFFD (which no known key holds); [`Reader::next_key_text`] keeps it.
    ///
    /// # Errors
    /// [`Problem::Syntax`], [`Problem::End`].
    pub fn next_key(&mut self) -> Result<Option<Cow<'a, str>>, Error> {
        if !self.next_item(b'}')? {
            return Ok(None);
        }
        let key = self.string_lossy()?;
        self.lexer.expect(b':')?;
        Ok(Some(key))
    }

    /// As [`Reader::next_key`], keeping lone surrogates.
    ///
    /// # Errors
    /// [`Problem::Syntax`], [`Problem::End`].
    pub fn next_key_text(&mut self) -> Result<Option<Text>, Error> {
        if !self.next_item(b'}')? {
            return Ok(None);
        }
        let key = self.text()?;
        self.lexer.expect(b':')?;
        Ok(Some(key))
    }

    /// Reads a string; borrowed from the text if it holds no escape.
    ///
    /// # Errors
    /// [`Problem::Kind`] if no string comes next, [`Problem::LoneSurrogate`].
    pub fn string(&mut self) -> Result<Cow<'a, str>, Error> {
        let start = self.lexer.position();
        match self.string_or_text()? {
            Ok(text) => Ok(text),
            Err(_) => Err(Error { problem: Problem::LoneSurrogate, at: start }),
        }
    }

    /// Reads a string, with U+FFFD for each lone surrogate.
    ///
    /// # Errors
    /// [`Problem::Kind`] if no string comes next.
    pub fn string_lossy(&mut self) -> Result<Cow<'a, str>, Error> {
        Ok(match self.string_or_text()? {
            Ok(text) => text,
            Err(text) => Cow::Owned(text.to_string_lossy().into_owned()),
        })
    }

    /// Reads a string as it is, lone surrogates included.
    ///
    /// # Errors
    /// [`Problem::Kind`] if no string comes next.
    pub fn text(&mut self) -> Result<Text, Error> {
        Ok(match self.string_or_text()? {
            Ok(Cow::Borrowed(text)) => text.into(),
            Ok(Cow::Owned(text)) => text.into(),
            Err(text) => text,
        })
    }

    /// Reads a string and appends its UTF-16 units.
    ///
    /// # Errors
    /// [`Problem::Kind`] if no string comes next; `out` may then hold a part of it.
    pub fn utf16(&mut self, out: &mut Vec<u16>) -> Result<(), Error> {
        self.lexer.want(Kind::String)?;
        self.lexer.units(out)
    }

    /// Reads `true` or `false`.
    ///
    /// # Errors
    /// [`Problem::Kind`] if neither comes next.
    pub fn bool(&mut self) -> Result<bool, Error> {
        self.lexer.want(Kind::Bool)?;
        Ok(self.lexer.word()? == b't')
    }

    /// Reads `null`.
    ///
    /// # Errors
    /// [`Problem::Kind`] if it does not come next.
    pub fn null(&mut self) -> Result<(), Error> {
        self.lexer.want(Kind::Null)?;
        self.lexer.word().map(drop)
    }

    /// Reads a number.
    ///
    /// # Errors
    /// [`Problem::Kind`] if none comes next.
    pub fn f64(&mut self) -> Result<f64, Error> {
        self.lexer.want(Kind::Number)?;
        self.lexer.number().map(decimal::to_double)
    }

    /// Reads an integer from 0 to 2^53 - 1, in whatever form JSON can write it.
    ///
    /// # Errors
    /// [`Problem::Kind`] if no number comes next, [`Problem::Range`].
    pub fn u64(&mut self) -> Result<u64, Error> {
        let start = self.lexer.position();
        number::to_u64(self.f64()?).ok_or(Error { problem: Problem::Range, at: start })
    }

    /// Whether no further array or object can be entered.
    pub(super) fn at_the_bottom(&self) -> bool {
        self.depth >= MAX_DEPTH
    }

    /// Reads over one value and returns it as it is written.
    ///
    /// # Errors
    /// As [`Reader::skip_value`]; [`Problem::LoneSurrogate`] if the text around it holds one.
    pub fn raw_value(&mut self) -> Result<&'a str, Error> {
        self.peek()?;
        let start = self.lexer.position();
        self.skip_value()?;
        self.lexer.since(start).ok_or(Error { problem: Problem::LoneSurrogate, at: start })
    }

    /// Makes sure that nothing but white space follows.
    ///
    /// # Errors
    /// [`Problem::Syntax`] if something does.
    pub fn end(&mut self) -> Result<(), Error> {
        self.lexer.end()
    }

    fn at_start(bytes: &'a [u8], scalar: Option<&'a str>) -> Self {
        Self { lexer: Lexer::new(bytes, scalar), depth: 0, fresh: false }
    }

    fn begin(&mut self, kind: Kind) -> Result<(), Error> {
        self.lexer.want(kind)?;
        if self.at_the_bottom() {
            return Err(self.lexer.error(Problem::TooDeep));
        }
        self.lexer.expect(if kind == Kind::Array { b'[' } else { b'{' })?;
        self.depth += 1;
        self.fresh = true;
        Ok(())
    }

    fn next_item(&mut self, close: u8) -> Result<bool, Error> {
        let fresh = core::mem::take(&mut self.fresh);
        if self.lexer.peek()? == close {
            self.lexer.expect(close)?;
            self.depth = self.depth.saturating_sub(1);
            return Ok(false);
        }
        if !fresh {
            self.lexer.expect(b',')?;
        }
        Ok(true)
    }

    fn string_or_text(&mut self) -> Result<Result<Cow<'a, str>, Text>, Error> {
        self.lexer.want(Kind::String)?;
        self.lexer.string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAME: &str =
        r#" [0, "a\u00e9\ud83d\ude00", {"k": [null, true, -1.5e1], "\ud800": "x"}, [], {}, 7] "#;

    #[test]
    fn reads_what_is_there_in_order() {
        let mut reader = Reader::new(FRAME);
        reader.begin_array().unwrap();
        reader.element().unwrap();
        assert_eq!(reader.u64(), Ok(0));
        reader.element().unwrap();
        assert_eq!(reader.string().unwrap(), "aé😀");
        reader.element().unwrap();
        let mut inner = reader.clone();
        assert_eq!(reader.raw_value().unwrap(), r#"{"k": [null, true, -1.5e1], "\ud800": "x"}"#);
        inner.begin_object().unwrap();
        assert_eq!(inner.next_key().unwrap().unwrap(), "k");
        inner.begin_array().unwrap();
        inner.element().unwrap();
        inner.null().unwrap();
        inner.element().unwrap();
        assert_eq!(inner.bool(), Ok(true));
        inner.element().unwrap();
        assert_eq!(inner.f64(), Ok(-15.0));
        assert_eq!(inner.next_element(), Ok(false));
        assert_eq!(inner.next_key_text().unwrap(), Some(Text::from_utf16(&[0xD800])));
        inner.skip_value().unwrap();
        assert_eq!(inner.next_key().unwrap(), None);
        for _ in 0..3 {
            reader.element().unwrap();
            reader.skip_value().unwrap();
        }
        assert_eq!(reader.element().unwrap_err().problem, Problem::Kind);
        reader.end().unwrap();
    }

    #[test]
    fn a_string_without_escapes_is_borrowed() {
        assert!(matches!(Reader::new("\"héllo\"").string(), Ok(Cow::Borrowed("héllo"))));
        let text = Text::from_utf16(&[0x22, 0x61, 0x22, 0xD800]);
        let mut reader = Reader::of_text(&text);
        assert!(matches!(reader.string(), Ok(Cow::Owned(text)) if text == "a"));
        assert_eq!(reader.end().unwrap_err().problem, Problem::Syntax);
    }

    #[test]
    fn each_problem_has_its_name() {
        let problem = |text, read: fn(&mut Reader<'_>) -> Result<(), Error>| {
            read(&mut Reader::new(text)).unwrap_err().problem
        };
        assert_eq!(problem("", |r| r.skip_value()), Problem::End);
        assert_eq!(problem("nul", |r| r.skip_value()), Problem::End);
        assert_eq!(problem("nulx", |r| r.skip_value()), Problem::Syntax);
        assert_eq!(problem("\"a\"", |r| r.null()), Problem::Kind);
        assert_eq!(problem("[]", |r| r.begin_object()), Problem::Kind);
        assert_eq!(problem("9007199254740992", |r| r.u64().map(drop)), Problem::Range);
        assert_eq!(problem("0.5", |r| r.u64().map(drop)), Problem::Range);
        assert_eq!(problem("\"\\ud800\"", |r| r.string().map(drop)), Problem::LoneSurrogate);
        assert_eq!(
            Reader::from_bytes(&[0x22, 0xFF]).unwrap_err(),
            Error { problem: Problem::Encoding, at: 1 }
        );
    }

    #[test]
    fn no_beginning_of_a_text_is_taken_for_the_whole() {
        for end in 0..FRAME.trim_end().len() {
            let Some(part) = FRAME.get(..end) else { continue };
            assert!(Reader::new(part).skip_value().is_err(), "{part}");
        }
        assert!(Reader::new(FRAME).skip_value().is_ok());
    }

    #[test]
    fn a_wrong_turn_by_the_caller_is_an_error_and_no_nonsense() {
        let mut reader = Reader::new("[1,2]");
        reader.begin_array().unwrap();
        assert_eq!(reader.next_element(), Ok(true));
        assert_eq!(reader.next_element().unwrap_err().problem, Problem::Syntax);
        let mut reader = Reader::new("[1]");
        reader.begin_array().unwrap();
        assert!(reader.next_key().is_err());
    }
}
