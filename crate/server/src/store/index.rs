//! What the server remembers of a log: where its checkpoints are and where recent messages start
//! (PROTOCOL.md 9.2).

use super::lines::{Line, LineReader};
use std::collections::VecDeque;
use std::io;

/// Without checkpoints the newest 50 to 100 messages are remembered.
const FEWEST: usize = 50;
const MOST: usize = 100;
/// With checkpoints, everything since the last one at loading; bounded all the same.
const MOST_WITH_CHECKPOINTS: usize = 10_000;
/// A newcomer gets checkpoints within this many messages from the end, and at least two.
const RELEVANT_DISTANCE: u64 = 100;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Mark {
    line: u64,
    offset: u64,
}

/// The index of one log.
#[derive(Debug, Default)]
pub(crate) struct Index {
    lines: u64,
    end: u64,
    checkpoints: VecDeque<Mark>,
    known: VecDeque<(Box<str>, u64)>,
}

/// Where a client's last known message is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Located {
    /// The answer starts at this offset.
    At(u64),
    /// Not in the index, and there is no checkpoint: the file has to be searched.
    Search,
    /// The client has to start again from nothing.
    Unknown,
}

impl Index {
    /// Builds the index by reading the whole log.
    pub(crate) fn load(mut reader: LineReader, end: u64) -> io::Result<Self> {
        let mut index = Self { end, ..Self::default() };
        while let Some(line) = reader.next()? {
            if is_checkpoint(&line) {
                index.known.clear();
            }
            index.remember(&line);
        }
        Ok(index)
    }

    /// Adds a line that was just appended; `end` is the size of the log after it.
    pub(crate) fn push(&mut self, line: &Line, end: u64) {
        self.end = end;
        self.remember(line);
    }

    /// The size in bytes that this index describes.
    pub(crate) fn end(&self) -> u64 {
        self.end
    }

    /// Whether no message is stored.
    pub(crate) fn is_empty(&self) -> bool {
        self.lines == 0
    }

    /// Where a reader without a last known message starts.
    pub(crate) fn newcomer(&self) -> u64 {
        if self.checkpoints.len() < 2 { 0 } else { self.oldest_relevant() }
    }

    /// Where a reader with the last known message `hash` starts.
    pub(crate) fn locate(&self, hash: &str) -> Located {
        // The first of several copies, as long as it is remembered.
        let found = self.known.iter().find(|(known, _)| &**known == hash);
        match found {
            // An offset of exactly 0 escapes the test in the real server.
            Some((_, offset)) if self.checkpoints.len() >= 2 && *offset != 0 => {
                if *offset < self.oldest_relevant() { Located::Unknown } else { Located::At(*offset) }
            }
            Some((_, offset)) => Located::At(*offset),
            None if self.checkpoints.is_empty() => Located::Search,
            None => Located::Unknown,
        }
    }

    fn oldest_relevant(&self) -> u64 {
        let near = self.lines.saturating_sub(RELEVANT_DISTANCE);
        let count = self.checkpoints.len();
        let oldest =
            self.checkpoints.iter().enumerate().find(|(at, mark)| mark.line >= near || at + 2 >= count);
        oldest.map_or(0, |(_, mark)| mark.offset)
    }

    fn remember(&mut self, line: &Line) {
        if is_checkpoint(line) {
            self.checkpoints.push_back(Mark { line: self.lines, offset: line.offset });
        }
        self.known.push_back((line.hash().into(), line.offset));
        self.lines += 1;
        let (most, fewest) = if self.checkpoints.is_empty() {
            (MOST, FEWEST)
        } else {
            (MOST_WITH_CHECKPOINTS, MOST_WITH_CHECKPOINTS / 2)
        };
        if self.known.len() > most {
            self.known.drain(..self.known.len() - fewest);
        }
        // Marks that can never be relevant again.
        let near = self.lines.saturating_sub(RELEVANT_DISTANCE);
        while self.checkpoints.len() > 2 && self.checkpoints.front().is_some_and(|mark| mark.line < near) {
            self.checkpoints.pop_front();
        }
    }
}

fn is_checkpoint(line: &Line) -> bool {
    line.message().starts_with("cp|")
}

#[cfg(test)]
mod tests {
    use super::super::append::append_line;
    use super::super::reports::Reports;
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn line(offset: u64, message: &str) -> Line {
        Line::parse(offset, json!([0, null, "MSG", "c", message, offset]).to_string().as_bytes()).unwrap()
    }

    fn index(messages: &[&str]) -> Index {
        let mut index = Index::default();
        for (at, message) in messages.iter().enumerate() {
            index.push(&line(at as u64 * 10, message), at as u64 * 10 + 10);
        }
        index
    }

    #[test]
    fn a_newcomer_starts_at_the_oldest_relevant_checkpoint() {
        assert_eq!(index(&["a", "cp|1", "b"]).newcomer(), 0);
        assert_eq!(index(&["a", "cp|1", "b", "cp|2", "c"]).newcomer(), 10);
        assert_eq!(index(&["a", "cp|1", "b", "cp|2", "c", "cp|3"]).newcomer(), 10);
        let mut long = vec!["a", "cp|1", "cp|2", "cp|3"];
        long.extend(std::iter::repeat_n("x", 200));
        assert_eq!(index(&long).newcomer(), 20);
    }

    #[test]
    fn a_known_message_older_than_the_relevant_checkpoints_is_unknown_except_the_first() {
        let mut messages = vec!["first", "old", "cp|1", "cp|2"];
        messages.extend(std::iter::repeat_n("x", 150));
        let index = index(&messages);
        assert_eq!(index.locate("first"), Located::At(0));
        assert_eq!(index.locate("old"), Located::Unknown);
        assert_eq!(index.locate("cp|2"), Located::At(30));
        assert_eq!(index.locate("never"), Located::Unknown);
    }

    #[test]
    fn without_checkpoints_the_file_is_searched() {
        let messages: Vec<String> = (0..150).map(|n| format!("m{n}")).collect();
        let index = index(&messages.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(index.locate("m149"), Located::At(1490));
        assert_eq!(index.locate("m3"), Located::Search);
        assert!((FEWEST..=MOST).contains(&index.known.len()));
    }

    proptest! {
        /// A log read back from disk starts newcomers where the log that grew in memory does, and never
        /// places a message anywhere but where it is.
        #[test]
        fn a_reload_agrees_with_the_memory(checkpoints in prop::collection::vec(prop::bool::weighted(0.1), 1..400)) {
            let directory = tempfile::tempdir().unwrap();
            let path = directory.path().join("log");
            let mut live = Index::default();
            let mut places = Vec::new();
            for (at, checkpoint) in checkpoints.iter().enumerate() {
                let message = format!("{}m{at}", if *checkpoint { "cp|" } else { "" });
                let mut line = line(0, &message);
                let text = crate::raw::list(line.elements.iter().map(String::as_str));
                line.offset = append_line(&path, &text).unwrap();
                live.push(&line, line.offset + text.len() as u64 + 1);
                places.push((message, line.offset));
            }
            let reader = LineReader::open(path.clone(), 0, None, Reports::default()).unwrap();
            let end = std::fs::metadata(&path).unwrap().len();
            let loaded = Index::load(reader, end).unwrap();
            prop_assert_eq!(loaded.newcomer(), live.newcomer());
            prop_assert_eq!(loaded.end(), live.end());
            for (message, offset) in &places {
                for index in [&loaded, &live] {
                    let located = index.locate(message);
                    prop_assert!(!matches!(located, Located::At(at) if at != *offset));
                }
            }
            let (newest, offset) = places.last().unwrap();
            prop_assert_eq!(loaded.locate(newest), Located::At(*offset));
        }
    }
}
