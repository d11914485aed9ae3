//! A pin log as lines. From bytes to a line, the way is this one for every reader.

use pinfold_core::pins::log::{Date, Line, Problem, Unread};
use std::io::{self, BufRead, Read};

/// A line longer than this is damage, not a list: 64 MiB hold more than a million ids.
const LONGEST_LINE: u64 = 64 << 20;

/// One line.
pub(super) struct RawLine<'a> {
    /// Counted from 1.
    pub(super) number: usize,
    /// Where it begins, in bytes.
    pub(super) offset: u64,
    /// Its bytes, without the line break.
    pub(super) bytes: &'a [u8],
    /// Whether there is a line break. Only the last line can be without.
    pub(super) ended: bool,
}

/// What the bytes say.
///
/// # Errors
/// [`Unread`]; bytes that are no text are no JSON either.
pub(super) fn read(bytes: &[u8]) -> Result<Option<Line>, Unread> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Line::read(text),
        Err(_) => Err(Unread { problem: Problem::Parse, date: Date::Missing }),
    }
}

/// The lines, one after another.
pub(super) struct Lines<R> {
    from: R,
    line: Vec<u8>,
    number: usize,
    offset: u64,
}

impl<R: BufRead> Lines<R> {
    pub(super) fn new(from: R) -> Self {
        Self { from, line: Vec::new(), number: 0, offset: 0 }
    }

    /// The next line; nothing at the end.
    ///
    /// # Errors
    /// An error of the reader.
    pub(super) fn step(&mut self) -> io::Result<Option<RawLine<'_>>> {
        self.line.clear();
        let read = self.from.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut self.line)?;
        if read == 0 {
            return Ok(None);
        }
        let offset = self.offset;
        self.offset += read as u64;
        self.number += 1;
        let (bytes, ended) = match self.line.split_last() {
            Some((b'\n', rest)) => (rest, true),
            _ => (self.line.as_slice(), false),
        };
        Ok(Some(RawLine { number: self.number, offset, bytes, ended }))
    }
}
