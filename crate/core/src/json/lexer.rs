//! The tokens of a JSON text.

use super::{Error, Kind, Problem, scan, text};
use std::borrow::Cow;

/// A place in a text, and what can be read there.
#[derive(Clone)]
pub(super) struct Lexer<'a> {
    bytes: &'a [u8],
    /// `bytes` again, if they are UTF-8 and not merely WTF-8.
    scalar: Option<&'a str>,
    at: usize,
}

/// Where the characters of a string go.
pub(super) trait Sink {
    /// Characters that stand for themselves. They are UTF-8, and not merely WTF-8, if `scalar`.
    fn run(&mut self, wtf8: &[u8], scalar: bool);
    /// A character that was escaped, or half of one.
    fn unit(&mut self, unit: u16);
}

impl<'a> Lexer<'a> {
    pub(super) fn new(bytes: &'a [u8], scalar: Option<&'a str>) -> Self {
        Self { bytes, scalar, at: 0 }
    }

    pub(super) fn position(&self) -> usize {
        self.at
    }

    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// The text from `start` to here, if it is scalar.
    pub(super) fn since(&self, start: usize) -> Option<&'a str> {
        self.scalar?.get(start..self.at)
    }

    /// The text from `start` to here.
    pub(super) fn text_since(&self, start: usize) -> super::Text {
        let bytes = self.bytes.get(start..self.at).unwrap_or_default();
        let mut builder = text::Builder::with_capacity(bytes.len());
        builder.run(bytes, self.scalar.is_some());
        builder.finish()
    }

    /// The next character that is not white space.
    pub(super) fn peek(&mut self) -> Result<u8, Error> {
        self.skip_space();
        self.bytes.get(self.at).copied().ok_or_else(|| self.error(Problem::End))
    }

    /// The kind of the value that starts with the next character.
    pub(super) fn peek_kind(&mut self) -> Result<Kind, Error> {
        match self.peek()? {
            b'n' => Ok(Kind::Null),
            b't' | b'f' => Ok(Kind::Bool),
            b'-' | b'0'..=b'9' => Ok(Kind::Number),
            b'"' => Ok(Kind::String),
            b'[' => Ok(Kind::Array),
            b'{' => Ok(Kind::Object),
            _ => Err(self.error(Problem::Syntax)),
        }
    }

    pub(super) fn want(&mut self, kind: Kind) -> Result<(), Error> {
        if self.peek_kind()? == kind { Ok(()) } else { Err(self.error(Problem::Kind)) }
    }

    /// Reads a character that has to be the next one.
    pub(super) fn expect(&mut self, byte: u8) -> Result<(), Error> {
        if self.peek()? != byte {
            return Err(self.error(Problem::Syntax));
        }
        self.at += 1;
        Ok(())
    }

    pub(super) fn end(&mut self) -> Result<(), Error> {
        self.skip_space();
        if self.at == self.bytes.len() { Ok(()) } else { Err(self.error(Problem::Syntax)) }
    }

    /// Reads `null`, `true` or `false`, whichever starts here, and returns its first letter.
    pub(super) fn word(&mut self) -> Result<u8, Error> {
        let first = self.peek()?;
        let word: &[u8] = match first {
            b'n' => b"null",
            b't' => b"true",
            _ => b"false",
        };
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        if !rest.starts_with(word) {
            return Err(self.error(if word.starts_with(rest) { Problem::End } else { Problem::Syntax }));
        }
        self.at += word.len();
        Ok(first)
    }

    /// Reads a number and returns its text.
    pub(super) fn number(&mut self) -> Result<&'a [u8], Error> {
        let start = self.at;
        self.skip_byte(|byte| byte == b'-');
        if !self.skip_byte(|byte| byte == b'0') {
            self.digits()?;
        }
        if self.skip_byte(|byte| byte == b'.') {
            self.digits()?;
        }
        if self.skip_byte(|byte| matches!(byte, b'e' | b'E')) {
            self.skip_byte(|byte| matches!(byte, b'+' | b'-'));
            self.digits()?;
        }
        Ok(self.bytes.get(start..self.at).unwrap_or_default())
    }

    /// Reads a string: borrowed if it is scalar and holds no escape.
    pub(super) fn string(&mut self) -> Result<Result<Cow<'a, str>, super::Text>, Error> {
        self.expect(b'"')?;
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let run = scan::plain_run(rest);
        if rest.get(run) == Some(&b'"')
            && let Some(text) = self.scalar.and_then(|text| text.get(self.at..self.at + run))
        {
            self.at += run + 1;
            return Ok(Ok(Cow::Borrowed(text)));
        }
        let mut builder = text::Builder::with_capacity(run + 32);
        self.string_rest(&mut builder)?;
        Ok(builder.finish().into_string().map(Cow::Owned))
    }

    /// Reads a string into a sink.
    pub(super) fn string_into(&mut self, sink: &mut impl Sink) -> Result<(), Error> {
        self.expect(b'"')?;
        self.string_rest(sink)
    }

    pub(super) fn skip_string(&mut self) -> Result<(), Error> {
        self.units_of_string().map(drop)
    }

    /// Reads a string and counts its UTF-16 units.
    fn units_of_string(&mut self) -> Result<usize, Error> {
        let mut count = Count(0);
        self.string_into(&mut count)?;
        Ok(count.0)
    }

    /// Reads a string into exactly as much memory as it needs: it may be a document.
    pub(super) fn units(&mut self, out: &mut Vec<u16>) -> Result<(), Error> {
        let start = self.at;
        let count = self.units_of_string()?;
        self.at = start;
        out.reserve_exact(count);
        self.string_into(out)
    }

    pub(super) fn error(&self, problem: Problem) -> Error {
        Error { problem, at: self.at }
    }

    /// Decodes from behind the opening quote to behind the closing one.
    fn string_rest(&mut self, sink: &mut impl Sink) -> Result<(), Error> {
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

    fn digits(&mut self) -> Result<(), Error> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let run = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if run == 0 {
            return Err(self.error(if rest.is_empty() { Problem::End } else { Problem::Syntax }));
        }
        self.at += run;
        Ok(())
    }

    fn skip_byte(&mut self, which: impl Fn(u8) -> bool) -> bool {
        let there = self.bytes.get(self.at).is_some_and(|byte| which(*byte));
        self.at += usize::from(there);
        there
    }

    fn skip_space(&mut self) {
        while self.skip_byte(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r')) {}
    }
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

struct Count(usize);

impl Sink for Count {
    fn run(&mut self, wtf8: &[u8], _scalar: bool) {
        self.0 += text::utf16_len(wtf8);
    }

    fn unit(&mut self, _unit: u16) {
        self.0 += 1;
    }
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
