//! Where a reading ended, as it is kept on this machine, so that the next start need not replay the log.
//!
//! It holds the document, and so is sealed under a key of the account (`session/cache`). It decides as little as a kept
//! log does: it tells from which message on to ask for the history, and only the server's end of history makes a
//! document. What comes then and hangs on a message before has the whole history read.

use crate::chainpad::{Hash, Still};
use crate::ids::{ChannelId, MessageHash};
use crate::json::Text;

/// The first line: the version of the form.
const FORM: &str = "pinfold state 1";
/// How many lines stand before the document.
const LINES: usize = 9;

/// How much of a kept log a state is of. `Name` is optional while messages are counted: an empty one has no hash.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Extent<Name = MessageHash> {
    /// The first message of the log's first record. It is where a reading of the log begins.
    pub(super) base: Name,
    /// The last message of that record.
    pub(super) last: Name,
    /// How many messages that record has, and how many bytes.
    pub(super) messages: usize,
    pub(super) bytes: usize,
    /// How many messages of the second record come before the state.
    pub(super) later: usize,
}

impl Extent<Option<MessageHash>> {
    /// Of a log whose first record has these messages.
    pub(super) fn of(messages: &[String]) -> Self {
        let mut extent = Self::default();
        messages.iter().for_each(|message| extent.add(message));
        extent
    }

    /// The first record has this message more.
    pub(super) fn add(&mut self, stored: &str) {
        self.bytes = self.bytes.saturating_add(stored.len());
        self.messages += 1;
        self.last = MessageHash::of(stored);
        if self.messages == 1 {
            self.base.clone_from(&self.last);
        }
    }

    /// What a state can be of: both ends have a name.
    pub(super) fn named(&self) -> Option<Extent> {
        let Self { base, last, messages, bytes, later } = self.clone();
        Some(Extent { base: base?, last: last?, messages, bytes, later })
    }
}

impl From<Extent> for Extent<Option<MessageHash>> {
    fn from(Extent { base, last, messages, bytes, later }: Extent) -> Self {
        Self { base: Some(base), last: Some(last), messages, bytes, later }
    }
}

/// See the module.
pub(super) struct KeptState {
    pub(super) log: Extent,
    /// The last message that was taken in.
    pub(super) head: MessageHash,
    /// What tells the key that opened the messages from any other.
    pub(super) key: String,
    pub(super) still: Still,
}

impl KeptState {
    /// As it is sealed; `None` if the document holds half of a surrogate pair.
    pub(super) fn written(&self, channel: &ChannelId) -> Option<String> {
        let Self { log: Extent { base, last, messages, bytes, later }, head, key, still } = self;
        let numbers = [still.depth, *messages as u64, *bytes as u64, *later as u64];
        let numbers = numbers.map(|number| number.to_string()).join(" ");
        let (message, document_hash) = (still.message.to_string(), still.document_hash.to_string());
        let lines: [&str; LINES] = [
            FORM,
            channel.as_str(),
            key,
            base.as_str(),
            last.as_str(),
            head.as_str(),
            &message,
            &document_hash,
            &numbers,
        ];
        Some([&lines.join("\n"), "\n", still.document.as_str()?].concat())
    }

    /// Reads one of this channel.
    pub(super) fn read(channel: &ChannelId, text: &str) -> Option<Self> {
        let mut lines = text.splitn(LINES + 1, '\n');
        if lines.next() != Some(FORM) || lines.next() != Some(channel.as_str()) {
            return None;
        }
        let key = lines.next()?.to_owned();
        let base = MessageHash::parse(lines.next()?)?;
        let last = MessageHash::parse(lines.next()?)?;
        let head = MessageHash::parse(lines.next()?)?;
        let message = Hash::parse(lines.next()?)?;
        let document_hash = Hash::parse(lines.next()?)?;
        let mut numbers = lines.next()?.split(' ').map(|number| number.parse::<u64>().ok());
        let mut number = || numbers.next().flatten();
        let depth = number()?;
        let mut count = || usize::try_from(number()?).ok();
        let (messages, bytes, later) = (count()?, count()?, count()?);
        let document = Text::from(lines.next()?);
        let still = Still { message, depth, document_hash, document };
        Some(Self { log: Extent { base, last, messages, bytes, later }, head, key, still })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read_for_the_same_channel_alone() {
        let hash = |text| MessageHash::of(text).unwrap();
        let [one, other] = ["a", "b"].map(|id| ChannelId::parse(&id.repeat(32)).unwrap());
        let still = Still {
            message: Hash::of_units(&[1]),
            depth: 149,
            document_hash: Hash::of_units(&[2]),
            document: "{\"a\":\n\"é\"}".into(),
        };
        let log = Extent { base: hash("first"), last: hash("fifth"), messages: 5, bytes: 700, later: 2 };
        let state = KeptState { log, head: hash("last"), key: "name of a key".into(), still };
        let text = state.written(&one).unwrap();
        let read = KeptState::read(&one, &text).unwrap();
        assert_eq!(read.written(&one).unwrap(), text);
        assert_eq!(read.key, state.key);
        assert_eq!((read.log, read.still.depth, read.still.document), (state.log, 149, state.still.document));
        assert!(KeptState::read(&other, &text).is_none());
        for wrong in [
            "",
            &text.replace("state 1", "state 2"),
            &text.replace("149 5", "149 x"),
            text.split_once("{").unwrap().0.trim_end(),
        ] {
            assert!(KeptState::read(&one, wrong).is_none(), "{wrong}");
        }
    }
}
