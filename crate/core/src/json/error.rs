//! Why a text is not the JSON that was asked for.

use core::fmt;

/// What is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Problem {
    /// A character that cannot stand here, or a second value after the first.
    Syntax,
    /// The text ends in the middle of a value.
    End,
    /// Arrays and objects nest deeper than [`super::MAX_DEPTH`].
    TooDeep,
    /// Valid JSON, but a value of another kind was asked for.
    Kind,
    /// A number that is no integer from 0 to 2^53 - 1, where one was asked for.
    Range,
    /// A text with half of a surrogate pair, where a scalar text was asked for.
    LoneSurrogate,
    /// Bytes that are neither UTF-8 nor, where that is allowed, WTF-8.
    Encoding,
}

/// An error of the [`super::Reader`]: a problem and where it is. Holds nothing of the text itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Error {
    /// What is wrong.
    pub problem: Problem,
    /// Byte offset into the text.
    pub at: usize,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.problem {
            Problem::Syntax => "not JSON",
            Problem::End => "JSON that ends too early",
            Problem::TooDeep => "JSON nested too deeply",
            Problem::Kind => "JSON of another kind than expected",
            Problem::Range => "no integer below 2^53",
            Problem::LoneSurrogate => "half of a surrogate pair",
            Problem::Encoding => "not UTF-8",
        };
        write!(f, "{what} at byte {}", self.at)
    }
}

impl std::error::Error for Error {}
