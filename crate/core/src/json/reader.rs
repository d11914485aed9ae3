//! A pull parser: reads JSON of known shape without building a tree.

use super::{Error, MAX_DEPTH, Problem, Text, number, scan, text};
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
#[derive(Debug, Clone)]
pub struct Reader<'a> {
    bytes: &'a [u8],
    /// `bytes` again, if they are UTF-8 and not merely WTF-8.
    scalar: Option<&'a str>,
    at: usize,
    depth: usize,
    /// Just after `[` or `{`: no comma comes before the next element.
    fresh: bool,
}

impl<'a> Reader<'a> {
    /// Reads a text.
    pub fn new(text: &'a str) -> Self {
        Self { bytes: text.as_bytes(), scalar: Some(text), at: 0, depth: 0, fresh: false }
    }

    /// Reads a text that came out of another JSON text, and may hold lone surrogates of its own.
    pub fn of_text(text: &'a Text) -> Self {
        Self { bytes: text.as_wtf8(), scalar: text.as_str(), at: 0, depth: 0, fresh: false }
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
        self.at
    }

    /// The kind of the next value, told by its first character. Consumes nothing but white space.
    ///
    /// # Errors
    /// [`Problem::Syntax`] or [`Problem::End`] if no value can start here.
    pub fn peek(&mut self) -> Result<Kind, Error> {
        match self.next_byte()? {
            b'n' => Ok(Kind::Null),
            b't' | b'f' => Ok(Kind::Bool),
            b'-' | b'0'..=b'9' => Ok(Kind::Number),
            b'"' => Ok(Kind::String),
            b'[' => Ok(Kind::Array),
            b'{' => Ok(Kind::Object),
            _ => Err(self.error(Problem::Syntax)),
        }
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
        if self.next_element()? { Ok(()) } else { Err(self.error(Problem::Kind)) }
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
        self.expect(b':')?;
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
        self.expect(b':')?;
        Ok(Some(key))
    }

    /// Reads a string; borrowed from the text if it holds no escape.
    ///
    /// # Errors
    /// [`Problem::Kind`] if no string comes next, [`Problem::LoneSurrogate`].
    pub fn string(&mut self) -> Result<Cow<'a, str>, Error> {
        let start = self.at;
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
            Ok(text) => text.into_owned().into(),
            Err(text) => text,
        })
    }

    /// Reads a string and appends its UTF-16 units.
    ///
    /// # Errors
    /// [`Problem::Kind`] if no string comes next; `out` may then hold a part of it.
    pub fn utf16(&mut self, out: &mut Vec<u16>) -> Result<(), Error> {
        self.open_string()?;
        self.string_into(out)
    }

    /// Reads `true` or `false`.
    ///
    /// # Errors
    /// [`Problem::Kind`] if neither comes next.
    pub fn bool(&mut self) -> Result<bool, Error> {
        self.want(Kind::Bool)?;
        let value = self.bytes.get(self.at) == Some(&b't');
        self.literal(if value { b"true" } else { b"false" })?;
        Ok(value)
    }

    /// Reads `null`.
    ///
    /// # Errors
    /// [`Problem::Kind`] if it does not come next.
    pub fn null(&mut self) -> Result<(), Error> {
        self.want(Kind::Null)?;
        self.literal(b"null")
    }

    /// Reads a number.
    ///
    /// # Errors
    /// [`Problem::Kind`] if none comes next.
    pub fn f64(&mut self) -> Result<f64, Error> {
        self.want(Kind::Number)?;
        let start = self.at;
        self.skip_number()?;
        Ok(number::parse(self.bytes.get(start..self.at).unwrap_or_default()))
    }

    /// Reads an integer from 0 to 2^53 - 1, in whatever form JSON can write it.
    ///
    /// # Errors
    /// [`Problem::Kind`] if no number comes next, [`Problem::Range`].
    pub fn u64(&mut self) -> Result<u64, Error> {
        let start = self.at;
        number::to_u64(self.f64()?).ok_or(Error { problem: Problem::Range, at: start })
    }

    /// Reads over one value of any kind, checking its syntax.
    ///
    /// # Errors
    /// [`Problem::Syntax`], [`Problem::End`], [`Problem::TooDeep`].
    pub fn skip_value(&mut self) -> Result<(), Error> {
        match self.peek()? {
            Kind::Null => self.null(),
            Kind::Bool => self.bool().map(drop),
            Kind::Number => self.skip_number(),
            Kind::String => self.skip_string(),
            Kind::Array => {
                self.begin_array()?;
                while self.next_element()? {
                    self.skip_value()?;
                }
                Ok(())
            }
            Kind::Object => {
                self.begin_object()?;
                while self.next_item(b'}')? {
                    self.skip_string()?;
                    self.expect(b':')?;
                    self.skip_value()?;
                }
                Ok(())
            }
        }
    }

    /// Reads over one value and returns it as it is written.
    ///
    /// # Errors
    /// As [`Reader::skip_value`]; [`Problem::LoneSurrogate`] if the text around it holds one.
    pub fn raw_value(&mut self) -> Result<&'a str, Error> {
        self.peek()?;
        let start = self.at;
        self.skip_value()?;
        let slice = self.scalar.and_then(|text| text.get(start..self.at));
        slice.ok_or(Error { problem: Problem::LoneSurrogate, at: start })
    }

    /// Makes sure that nothing but white space follows.
    ///
    /// # Errors
    /// [`Problem::Syntax`] if something does.
    pub fn end(&mut self) -> Result<(), Error> {
        self.skip_space();
        if self.at == self.bytes.len() { Ok(()) } else { Err(self.error(Problem::Syntax)) }
    }

    fn begin(&mut self, kind: Kind) -> Result<(), Error> {
        self.want(kind)?;
        if self.depth == MAX_DEPTH {
            return Err(self.error(Problem::TooDeep));
        }
        self.at += 1;
        self.depth += 1;
        self.fresh = true;
        Ok(())
    }

    fn next_item(&mut self, close: u8) -> Result<bool, Error> {
        let fresh = core::mem::take(&mut self.fresh);
        let byte = self.next_byte()?;
        if byte == close {
            self.at += 1;
            self.depth = self.depth.saturating_sub(1);
            return Ok(false);
        }
        if !fresh {
            self.expect(b',')?;
        }
        Ok(true)
    }

    fn string_or_text(&mut self) -> Result<Result<Cow<'a, str>, Text>, Error> {
        self.open_string()?;
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let run = scan::plain_run(rest);
        if rest.get(run) == Some(&b'"')
            && let Some(text) = self.scalar.and_then(|text| text.get(self.at..self.at + run))
        {
            self.at += run + 1;
            return Ok(Ok(Cow::Borrowed(text)));
        }
        let mut builder = text::Builder::with_capacity(run + 32);
        self.string_into(&mut builder)?;
        Ok(builder.finish().into_string().map(Cow::Owned))
    }

    fn skip_string(&mut self) -> Result<(), Error> {
        self.open_string()?;
        self.string_into(&mut Nowhere)
    }

    fn open_string(&mut self) -> Result<(), Error> {
        self.want(Kind::String)?;
        self.at += 1;
        Ok(())
    }

    /// Decodes from behind the opening quote to behind the closing one.
    fn string_into(&mut self, sink: &mut impl Sink) -> Result<(), Error> {
        loop {
            let rest = self.bytes.get(self.at..).unwrap_or_default();
            let (run, after) = rest.split_at(scan::plain_run(rest));
            sink.run(run, self.scalar.is_some());
            self.at += run.len();
            match after {
                [b'"', ..] => {
                    self.at += 1;
                    return Ok(());
                }
                [b'\\', b'u', ..] => {
                    let unit = after.get(2..6).and_then(hex4);
                    sink.unit(unit.ok_or_else(|| self.error(Problem::Syntax))?);
                    self.at += 6;
                }
                [b'\\', escape, ..] => {
                    let unit = unescape(*escape).ok_or_else(|| self.error(Problem::Syntax))?;
                    sink.unit(u16::from(unit));
                    self.at += 2;
                }
                [] | [b'\\'] => return Err(self.error(Problem::End)),
                _ => return Err(self.error(Problem::Syntax)),
            }
        }
    }

    fn skip_number(&mut self) -> Result<(), Error> {
        if self.bytes.get(self.at) == Some(&b'-') {
            self.at += 1;
        }
        if self.bytes.get(self.at) == Some(&b'0') {
            self.at += 1;
        } else {
            self.digits()?;
        }
        if self.bytes.get(self.at) == Some(&b'.') {
            self.at += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.bytes.get(self.at) {
            self.at += 1;
            if let Some(b'+' | b'-') = self.bytes.get(self.at) {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(())
    }

    fn digits(&mut self) -> Result<(), Error> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let run = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if run == 0 {
            return Err(self.error(if rest.is_empty() { Problem::End } else { Problem::Syntax }));
        }
        self.at += run;
        Ok(())
    }

    fn literal(&mut self, word: &[u8]) -> Result<(), Error> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        if !rest.starts_with(word) {
            return Err(self.error(if word.starts_with(rest) { Problem::End } else { Problem::Syntax }));
        }
        self.at += word.len();
        Ok(())
    }

    fn want(&mut self, kind: Kind) -> Result<(), Error> {
        if self.peek()? == kind { Ok(()) } else { Err(self.error(Problem::Kind)) }
    }

    fn expect(&mut self, byte: u8) -> Result<(), Error> {
        if self.next_byte()? != byte {
            return Err(self.error(Problem::Syntax));
        }
        self.at += 1;
        Ok(())
    }

    fn next_byte(&mut self) -> Result<u8, Error> {
        self.skip_space();
        self.bytes.get(self.at).copied().ok_or_else(|| self.error(Problem::End))
    }

    fn skip_space(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.bytes.get(self.at) {
            self.at += 1;
        }
    }

    fn error(&self, problem: Problem) -> Error {
        Error { problem, at: self.at }
    }
}

/// Where the characters of a string go.
trait Sink {
    fn run(&mut self, wtf8: &[u8], scalar: bool);
    fn unit(&mut self, unit: u16);
}

impl Sink for text::Builder {
    fn run(&mut self, wtf8: &[u8], scalar: bool) {
        if scalar { self.scalar(wtf8) } else { self.wtf8(wtf8) }
    }

    fn unit(&mut self, unit: u16) {
        self.unit(unit);
    }
}

impl Sink for Vec<u16> {
    fn run(&mut self, wtf8: &[u8], _scalar: bool) {
        text::push_units(wtf8, self);
    }

    fn unit(&mut self, unit: u16) {
        self.push(unit);
    }
}

struct Nowhere;

impl Sink for Nowhere {
    fn run(&mut self, _wtf8: &[u8], _scalar: bool) {}
    fn unit(&mut self, _unit: u16) {}
}

fn hex4(digits: &[u8]) -> Option<u16> {
    digits.iter().try_fold(0u16, |sum, digit| {
        let value = char::from(*digit).to_digit(16)?;
        Some(sum << 4 | value as u16)
    })
}

fn unescape(escape: u8) -> Option<u8> {
    Some(match escape {
        b'"' | b'\\' | b'/' => escape,
        b'b' => 0x08,
        b'f' => 0x0C,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        _ => return None,
    })
}
