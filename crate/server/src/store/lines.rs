//! Reading a channel log line by line, from an offset, in bounded pieces.

use super::reports::Reports;
use crate::raw::{elements, text_of};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::PathBuf;

/// A longer line is skipped: no frame that this server accepts makes one.
const LONGEST_LINE: u64 = 256 * 1024 * 1024;

/// One stored message: `[0, sender or null, "MSG", channel, message, ..., time?]` (PROTOCOL.md 9.1).
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Line {
    /// Where the line starts, in bytes.
    pub(crate) offset: u64,
    /// The elements, as stored: JSON.
    pub(crate) elements: Vec<String>,
    message: String,
}

impl Line {
    /// Reads a line; whoever may write to an unsigned channel decides of what kind the message is.
    pub(crate) fn parse(offset: u64, text: &[u8]) -> Option<Self> {
        let elements = elements(std::str::from_utf8(text).ok()?)?;
        (elements.get(2)? == "\"MSG\"").then_some(())?;
        let message = elements.get(4).and_then(|message| text_of(message)).unwrap_or_default();
        Some(Self { offset, elements, message })
    }

    /// The message as stored, prefix included; empty when it is no text.
    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    /// The first 64 characters of the message.
    pub(crate) fn hash(&self) -> &str {
        message_hash(self.message())
    }
}

/// The first 64 UTF-16 units of a message, cut at a character (PROTOCOL.md 9.1).
pub(crate) fn message_hash(message: &str) -> &str {
    let mut units = 0;
    let end = message.char_indices().find(|(_, character)| {
        units += character.len_utf16();
        units > 64
    });
    end.map_or(message, |(at, _)| message.get(..at).unwrap_or(message))
}

/// Reads lines from one offset to another. The file stays the one that was opened, even when the log is
/// cleared or trimmed meanwhile.
pub(crate) struct LineReader {
    file: BufReader<File>,
    path: PathBuf,
    position: u64,
    end: u64,
    reports: Reports,
}

impl LineReader {
    pub(super) fn open(path: PathBuf, from: u64, end: Option<u64>, reports: Reports) -> io::Result<Self> {
        let mut file = File::open(&path)?;
        let end = match end {
            Some(end) => end,
            None => file.metadata()?.len(),
        };
        file.seek(SeekFrom::Start(from))?;
        Ok(Self { file: BufReader::with_capacity(1 << 18, file), path, position: from, end, reports })
    }

    /// The next whole message. Damaged lines are reported and skipped. So is a last line that does not end in a line break: the
    /// real server says nothing of it, and to clients neither does this one. `None` at the end.
    pub(crate) fn next(&mut self) -> io::Result<Option<Line>> {
        loop {
            let Some((offset, text)) = self.next_text()? else { return Ok(None) };
            let text = text.trim_ascii();
            if text.is_empty() {
                continue;
            }
            if let Some(line) = Line::parse(offset, text) {
                return Ok(Some(line));
            }
            // Very old logs begin with a metadata object: no message, and no damage either.
            if offset > 0 || text.first() != Some(&b'{') {
                self.reports.damaged(&self.path, offset, "not a stored message");
            }
        }
    }

    /// Whole messages until `budget` bytes of the file were read; empty at the end.
    pub(crate) fn some(&mut self, budget: u64) -> io::Result<Vec<Line>> {
        let stop = self.position.saturating_add(budget);
        let mut lines = Vec::new();
        while self.position < stop {
            match self.next()? {
                Some(line) => lines.push(line),
                None => break,
            }
        }
        Ok(lines)
    }

    fn next_text(&mut self) -> io::Result<Option<(u64, Vec<u8>)>> {
        let offset = self.position;
        let left = self.end.saturating_sub(offset);
        let mut text = Vec::new();
        let read = (&mut self.file).take(left.min(LONGEST_LINE)).read_until(b'\n', &mut text)?;
        self.position += read as u64;
        let whole = text.last() == Some(&b'\n') || read as u64 == LONGEST_LINE;
        if !whole && read > 0 {
            self.reports.damaged(&self.path, offset, "the last line has no line break");
        }
        Ok(whole.then_some((offset, text)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn read(content: &[u8]) -> (Vec<Line>, usize) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("log");
        fs::write(&path, content).unwrap();
        let reports = Reports::default();
        let mut reader = LineReader::open(path, 0, None, reports.clone()).unwrap();
        let mut lines = Vec::new();
        while let Some(line) = reader.next().unwrap() {
            lines.push(line);
        }
        (lines, reports.all().len())
    }

    #[test]
    fn broken_and_torn_lines_are_skipped_and_reported() {
        let (lines, reported) = read(
            b"[0,null,\"MSG\",\"c\",\"one\",1]\n\xff\xfe\nnot json\n\n{\"late\":1}\n[1,2]\n[0,null,\"MSG\",\"c\",\"two\",2]\n[0,null,\"MSG\",\"c\",\"th",
        );
        let messages: Vec<_> = lines.iter().map(Line::message).collect();
        assert_eq!(messages, ["one", "two"]);
        assert_eq!(reported, 5);
    }

    /// Of a line that is complete but for its line break as well.
    #[test]
    fn a_last_line_without_its_line_break_is_none() {
        let whole = b"[0,null,\"MSG\",\"c\",\"one\",1]\n[0,null,\"MSG\",\"c\",\"two\",2]";
        let (lines, reported) = read(whole);
        assert_eq!((lines.len(), reported), (1, 1));
    }

    #[test]
    fn a_message_of_any_kind_is_a_line() {
        let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
        let log = format!(
            "[0,\"u\",\"MSG\",\"c\",{deep},1]\n[0,\"u\",\"MSG\",\"c\",1]\n[0,\"u\",\"MSG\",\"c\",\"x\",-1,7]\n"
        );
        let (lines, reported) = read(log.as_bytes());
        assert_eq!((lines.len(), reported), (3, 0));
        assert_eq!(lines.iter().map(Line::message).collect::<Vec<_>>(), ["", "", "x"]);
        assert_eq!(lines[0].elements[4], deep);
    }

    #[test]
    fn a_metadata_object_in_front_is_no_damage() {
        let (lines, reported) = read(b"{\"channel\":\"c\"}\n[0,null,\"MSG\",\"c\",\"one\"]\n");
        assert_eq!((lines.len(), reported), (1, 0));
        assert_eq!(lines[0].offset, 16);
    }

    #[test]
    fn a_hash_is_64_utf16_units() {
        assert_eq!(message_hash(&"a".repeat(65)).len(), 64);
        assert_eq!(message_hash("short"), "short");
        assert_eq!(message_hash(&"😀".repeat(40)).chars().count(), 32);
    }
}
