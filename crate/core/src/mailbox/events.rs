//! What a reader of a mailbox is told and what it asks for.

use crate::error::Code;
use crate::ids::MessageHash;
use crate::wire::keeper::Existence;

/// What the reader needs from the connection.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "txid names the request, the hashes are where to begin and to end")]
pub enum Ask {
    /// JOIN the channel.
    Join,
    /// Ask whether the channel is new.
    Existence,
    /// Ask for the history from this message on, or for all of it.
    History { txid: u64, from: Option<MessageHash> },
    /// Ask for the stored messages from the first to the last; without a first, for the last alone.
    Texts { txid: u64, first: Option<MessageHash>, last: MessageHash },
}

/// What can happen to a reader.
#[derive(Debug)]
#[allow(missing_docs, reason = "the fields are those of the frames")]
pub enum Input<'a> {
    /// The member list of our JOIN is complete.
    Joined,
    /// The answer to [`Ask::Existence`].
    Existence(&'a Existence),
    /// A message of the history asked for under `txid`.
    History { txid: u64, message: &'a str, time: Option<u64> },
    /// The end of that history.
    End { txid: u64 },
    /// An error notice for the channel.
    ChannelError { txid: Option<u64>, code: &'a str },
    /// A message that was written just now.
    Live { message: &'a str, time: Option<u64> },
    /// A message of those asked for with [`Ask::Texts`].
    Text { txid: u64, message: &'a str },
    /// The end of those; `readable` unless the server could not read its log.
    TextsEnd { txid: u64, readable: bool },
    /// The deadline passed without progress.
    Deadline,
    /// The connection is gone; [`MailboxReader::resume`](super::reader::MailboxReader::resume) goes on.
    Lost,
}

/// The message that a history is asked from, and when it was stored, as far as we know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Begin {
    pub(super) hash: MessageHash,
    pub(super) time: Option<u64>,
}

impl Begin {
    /// Why the whole log has to be read, if the answer does not begin there; where that is worth a word, with it. The
    /// same message further down is a replay: what is between would be missing. Further up, ours was the replay, and
    /// what is between may be older than where reading began.
    pub(super) fn missed(&self, message: &str, time: Option<u64>) -> Option<Option<Code>> {
        let other = MessageHash::of(message).as_ref() != Some(&self.hash);
        let (ours, found) = (self.time.unwrap_or(0), time.or(self.time).unwrap_or(0));
        match (other || (ours > 0 && found > ours), found < ours) {
            (true, _) => Some(Some(Code::MailboxReordered)),
            (false, true) => Some(None),
            (false, false) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_history_begins_where_it_was_asked_from_or_says_why_not() {
        let begin = |time| Begin { hash: MessageHash::of("a letter").unwrap(), time };
        let told = Some(Some(Code::MailboxReordered));
        for (ours, message, found, expected) in [
            (Some(10), "a letter", Some(10), None),
            (Some(10), "a letter", None, None),
            (None, "a letter", Some(5), None),
            (Some(10), "another", Some(10), told),
            (None, "another", None, told),
            (Some(10), "a letter", Some(11), told),
            (Some(10), "a letter", Some(9), Some(None)),
        ] {
            assert_eq!(begin(ours).missed(message, found), expected, "{ours:?} {message} {found:?}");
        }
    }
}
