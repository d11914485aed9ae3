//! Stored messages, as many and from where they are wanted (PROTOCOL.md 9.3): by count, by checkpoint, from one message to
//! another, all of them. Nobody is seen in the channel for it, and nothing is created.

use super::Line;
use crate::ids::MessageHash;
use crate::json::{Text, write_string};
use crate::ports::UnixMillis;

/// Which stored messages are asked for. The server gives them oldest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Range {
    /// So many of them.
    Last {
        /// How many; 0 counts as 1, because the server takes 0 for all of them.
        count: usize,
        /// The last of them; otherwise the newest. The server takes one that it does not know for the newest as well.
        until: Option<MessageHash>,
    },
    /// From so many checkpoints back on. One that `until` names is not counted.
    Checkpoints {
        /// How many; 0 counts as 1.
        count: usize,
        /// The last message; otherwise the newest.
        until: Option<MessageHash>,
    },
    /// From one message to another, both included. None at all when the server does not know the first.
    Between {
        /// The first; otherwise the oldest.
        first: Option<MessageHash>,
        /// The last; otherwise the newest.
        last: Option<MessageHash>,
    },
}

impl Range {
    /// All of them.
    pub const ALL: Self = Self::Between { first: None, last: None };

    /// The request, to be sent to the history keeper.
    pub fn request(&self, channel: &str, txid: u64) -> String {
        let mut request = ["[\"GET_HISTORY_RANGE\",\"", channel, "\",{"].concat();
        let (last, first) = match self {
            Self::Last { until, .. } | Self::Checkpoints { until, .. } => (until.as_ref(), None),
            Self::Between { first, last } => (last.as_ref(), Some(first.as_ref())),
        };
        // Hashes of the broadcast channel are the beginning of a JSON text, quotes and all.
        let mut hash = |name: &str, hash: &str| {
            request.push_str(name);
            write_string(&Text::from(hash), &mut request);
            request.push(',');
        };
        if let Some(last) = last {
            hash("\"from\":", last.as_str());
        }
        if let Some(first) = first {
            hash("\"to\":", first.map_or("NONE", MessageHash::as_str));
        }
        match self {
            Self::Last { count, .. } => request.push_str(&format!("\"count\":{},", count.max(&1))),
            Self::Checkpoints { count, .. } => request.push_str(&format!("\"cpCount\":{},", count.max(&1))),
            Self::Between { .. } => {}
        }
        request.push_str(&format!("\"txid\":{txid}}}]"));
        request
    }
}

/// A stored message that is held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredLine {
    /// The message as it is stored.
    pub text: String,
    /// When the server stored it, in milliseconds since the epoch.
    pub time: Option<UnixMillis>,
    /// The connection that wrote it: another one for each session and device, the same one in every channel.
    pub author: Option<String>,
}

impl From<Line<'_>> for StoredLine {
    fn from(line: Line<'_>) -> Self {
        Self { text: line.text.to_owned(), time: line.time, author: line.author.map(str::to_owned) }
    }
}

impl StoredLine {
    /// The same, borrowed.
    pub fn line(&self) -> Line<'_> {
        Line { text: &self.text, time: self.time, author: self.author.as_deref() }
    }
}

/// Some messages of a log, one behind the other.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Page {
    lines: Vec<StoredLine>,
    bytes: usize,
}

impl Page {
    /// Takes a message in at the end.
    pub fn push(&mut self, line: Line<'_>) {
        self.bytes = self.bytes.saturating_add(line.text.len());
        self.lines.push(line.into());
    }

    /// The messages, oldest first.
    pub fn lines(&self) -> &[StoredLine] {
        &self.lines
    }

    /// As [`Self::lines`].
    pub fn into_lines(self) -> Vec<StoredLine> {
        self.lines
    }

    /// How long they are together.
    pub const fn bytes(&self) -> usize {
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_those_of_the_protocol() {
        let hash = |text| MessageHash::parse(text);
        let (last, first) = (hash("h+/"), hash("cp|1|\""));
        for (range, options) in [
            (Range::ALL, r#""to":"NONE""#),
            (Range::Between { first: first.clone(), last: None }, r#""to":"cp|1|\"""#),
            (Range::Between { first, last: last.clone() }, r#""from":"h+/","to":"cp|1|\"""#),
            (Range::Last { count: 7, until: last.clone() }, r#""from":"h+/","count":7"#),
            (Range::Last { count: 0, until: None }, r#""count":1"#),
            (Range::Checkpoints { count: 2, until: last }, r#""from":"h+/","cpCount":2"#),
        ] {
            let request = format!(r#"["GET_HISTORY_RANGE","ab",{{{options},"txid":9}}]"#);
            assert_eq!(range.request("ab", 9), request);
        }
    }
}
