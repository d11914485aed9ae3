//! What a history brings. See [`Session::history`](crate::session::Session::history), which needs the feature `recovery`.

use crate::channel::StoredLine;
use crate::ids::MessageHash;

/// Where a reading of a history ended: the next one goes on behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position {
    /// The number of the line that comes next; the first line of a log is 0.
    pub line: u64,
    /// The line before that.
    pub message: MessageHash,
}

/// Some lines of a history, in the order of the log. It is also how far the reading is.
#[derive(Debug, PartialEq, Eq)]
pub struct HistoryPage {
    /// The number of the first of these lines.
    pub from: u64,
    /// Whether the history begins with them. What came before, in this reading or an earlier one, does not count any more:
    /// the server no longer knows where that one ended.
    pub anew: bool,
    /// The lines, as they are stored.
    pub lines: Vec<StoredLine>,
    /// How long the lines of this reading were so far, in bytes.
    pub bytes: u64,
}

impl HistoryPage {
    /// Where a reading goes on behind this page, also over another connection; `None` for a page without lines.
    pub fn end(&self) -> Option<Position> {
        let message = MessageHash::of(&self.lines.last()?.text)?;
        Some(Position { line: self.from + self.lines.len() as u64, message })
    }
}

/// How a history ended that the server sent to what it says is the end.
#[derive(Debug, PartialEq, Eq)]
pub struct HistoryEnd {
    /// Where the next reading goes on.
    pub position: Option<Position>,
    /// How many lines came.
    pub lines: u64,
    /// How long they were, in bytes.
    pub bytes: u64,
    /// Whether the log begins with a checkpoint: its owner shortened it. `None` where the reading went on from a position.
    pub shortened: Option<bool>,
    /// Whether the newest line is missing that this session knew of the channel: the server had more than it sent. What
    /// came is no whole history.
    pub cut_off: bool,
}
