//! A line of a channel's log, as a server keeps it on disk.

use pinfold_core::json::Value;

use crate::history::Line;

/// One stored line, held by whoever read it or is about to write it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// As [`Line::message`].
    pub message: String,
    /// As [`Line::time`].
    pub time: Option<u64>,
    /// As [`Line::author`].
    pub author: Option<String>,
}

impl LogLine {
    /// Reads `[0, author, "MSG", channel, message, time]` (PROTOCOL.md 9.1). `None` for a line of metadata, which is an
    /// object. A line of any other form counts as one that says nothing.
    pub fn read(line: &[u8]) -> Option<Self> {
        let line =
            std::str::from_utf8(line).ok().and_then(|line| Value::parse(line).ok()).unwrap_or_default();
        if line.as_object().is_some() {
            return None;
        }
        Some(Self {
            message: line.at(4).and_then(Value::as_str).unwrap_or_default().to_owned(),
            time: line.at(5).and_then(Value::as_u64),
            author: line.at(1).and_then(Value::as_str).map(str::to_owned),
        })
    }

    /// The stored lines of a whole log.
    pub fn all(log: &[u8]) -> impl Iterator<Item = Self> {
        // The server drops a last line without its end.
        let whole = log.split_inclusive(|byte| *byte == b'\n').filter_map(|line| line.strip_suffix(b"\n"));
        whole.filter_map(Self::read)
    }

    /// The same, lent.
    pub fn line(&self) -> Line<'_> {
        Line { message: &self.message, time: self.time, author: self.author.as_deref() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_metadata_is_passed_over_and_junk_says_nothing() {
        let line = LogLine::read(br#"[0,"aa","MSG","c","text",7]"#).unwrap();
        assert_eq!((line.message.as_str(), line.time, line.author.as_deref()), ("text", Some(7), Some("aa")));
        assert_eq!(LogLine::read(br#"{"channel":"c"}"#), None);
        let nothing = Some(LogLine { message: String::new(), time: None, author: None });
        assert!([&b"[0"[..], b"\xff", b"", b"[]"].iter().all(|junk| LogLine::read(junk) == nothing));
    }
}
