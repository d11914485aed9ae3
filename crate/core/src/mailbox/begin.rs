//! Where a history has to begin.

use crate::error::Code;
use crate::ids::MessageHash;
use crate::ports::UnixMillis;

/// The message that a history is asked from, and when it was stored, as far as we know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Begin {
    pub(super) hash: MessageHash,
    pub(super) time: Option<UnixMillis>,
}

impl Begin {
    /// Whether the whole log has to be read because the answer does not begin there, with the reason to tell if there is one. The
    /// same message further down is a replay: what is between would be missing. Further up, ours was the replay, and
    /// what is between may be older than where reading began.
    pub(super) fn missed(&self, message: &str, time: Option<UnixMillis>) -> Option<Option<Code>> {
        let other = MessageHash::of(message).as_ref() != Some(&self.hash);
        let (ours, found) = (self.time.unwrap_or(UnixMillis(0)), time.or(self.time).unwrap_or(UnixMillis(0)));
        match (other || (ours > UnixMillis(0) && found > ours), found < ours) {
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
        let at = |time: Option<u64>| time.map(UnixMillis);
        let begin = |time| Begin { hash: MessageHash::of("a letter").unwrap(), time: at(time) };
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
            assert_eq!(begin(ours).missed(message, at(found)), expected, "{ours:?} {message} {found:?}");
        }
    }
}
