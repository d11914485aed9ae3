//! Reading a channel log line by line, from an offset, in bounded pieces.

use super::reports::Reports;
use serde_json::Value;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::PathBuf;

/// A longer line is skipped: no frame that this server accepts makes one.
const LONGEST_LINE: u64 = 256 * 1024 * 1024;

/// One stored message: `[0, sender or null, "MSG", channel, message, time?]` (PROTOCOL.md 9.1).
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Line {
    /// Where the line starts, in bytes.
    pub(crate) offset: u64,
    /// The elements, as stored.
    pub(crate) fields: Vec<Value>,
}

impl Line {
    fn parse(offset: u64, text: &[u8]) -> Option<Self> {
        let fields: Vec<Value> = serde_json::from_slice(text).ok()?;
        let line = Self { offset, fields };
        (line.fields.get(2)?.as_str()? == "MSG").then_some(())?;
        line.fields.get(4)?.as_str()?;
        Some(line)
    }

    /// The message as stored, prefix included.
    pub(crate) fn message(&self) -> &str {
        self.fields.get(4).and_then(Value::as_str).unwrap_or_default()
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

    /// The next whole message; damaged lines are reported and skipped. `None` at the end.
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
        Ok((read > 0).then_some((offset, text)))
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
