//! The lines of a document or a roster, as the machine of its channel hands them on.

use super::again::Early;
use crate::channel::{Line, Log, Next, Trouble};
use crate::ids::MessageHash;
use crate::net::content::{Content, Keys};
use crate::net::history::History;
use crate::net::kept_log::KeptLog;
use crate::ports::UnixMillis;

/// What was read of the channel.
pub(super) struct DocumentLog {
    pub(super) keys: Keys,
    pub(super) content: Content,
    /// Live messages that came while the history was still coming.
    pub(super) early: Early,
    /// Whether it is read again because of a doubt: then a doubt that is left ends nothing.
    pub(super) again: bool,
    /// Messages that were passed over, because nobody with the key wrote them.
    pub(super) ignored: u64,
    /// What is kept of the log on this machine, where it is.
    pub(super) kept: Option<KeptLog>,
    /// When the server says that the channel was made.
    pub(super) created: Option<UnixMillis>,
}

impl DocumentLog {
    pub(super) fn new(keys: Keys) -> Self {
        let content = Content::new(&keys);
        let early = Early::default();
        Self { keys, content, early, again: false, ignored: 0, kept: None, created: None }
    }

    /// A message that another member wrote just now.
    fn take_live(&mut self, message: &str) {
        if self.content.take(message) {
            self.keep(message);
        } else {
            self.ignored += 1;
        }
    }

    /// A message belongs to what is kept of the log.
    pub(super) fn keep(&mut self, stored: &str) {
        if let Some(kept) = &mut self.kept {
            kept.note(stored);
        }
    }

    /// The number that the next message gets when it is taken in.
    pub(super) fn next_number(&mut self) -> usize {
        self.content.history().map_or(0, |history| history.next_number())
    }
}

impl Log for DocumentLog {
    fn begins_at(&mut self) -> Option<MessageHash> {
        self.content.head().cloned()
    }

    fn take(&mut self, line: Line<'_>) -> Next {
        match self.content.hold(line.text) {
            Ok(()) => {
                self.keep(line.text);
                Next::GoOn
            }
            Err(why) => Next::End(Trouble::Log(why)),
        }
    }

    /// A stranger's takes no room.
    fn early(&mut self, line: Line<'_>) {
        if self.content.opens(line.text) {
            self.early.push(line.text);
        } else {
            self.ignored += 1;
        }
    }

    fn live(&mut self, line: Line<'_>) -> Next {
        self.take_live(line.text);
        Next::GoOn
    }

    fn end(&mut self, created: bool) -> Result<(), Trouble> {
        self.content.open_held();
        if self.content.messages() == 0 && !created {
            return Err(Trouble::Absent { reason: None });
        }
        let early = std::mem::take(&mut self.early);
        early.messages.iter().for_each(|message| self.take_live(message));
        let again = std::mem::take(&mut self.again);
        let doubt = self.content.suspicion().filter(|_| !again);
        let why = early.lacks().or(doubt);
        if why.is_some() && self.lacks_beginning() {
            // All of it is read next, and they may be behind its end once more.
            self.early = early;
        }
        why.map_or(Ok(()), |why| Err(Trouble::Log(why)))
    }

    fn lacks_beginning(&self) -> bool {
        matches!(&self.content, Content::Document(history) if history.lacks_beginning())
    }

    /// Forgets what was read, but not what an honest server must show again.
    fn begin_anew(&mut self) {
        let known = self.content.known();
        let mark = self.content.history().map(|history| std::mem::take(history.mark()));
        let number = self.next_number();
        self.content = Content::new(&self.keys);
        self.content.history().into_iter().for_each(|history| history.count_from(number));
        self.content.history().zip(mark).into_iter().for_each(|(history, mark)| *history.mark() = mark);
        known.into_iter().for_each(|known| self.content.expect(known));
        if let Some(kept) = &mut self.kept {
            kept.start_over();
        }
    }

    fn lost(&mut self, whole: bool) -> bool {
        self.early = Early::default();
        if whole {
            self.content.open_held();
        }
        whole && self.content.head().is_some()
    }

    fn metadata(&mut self, validate_key: Option<&str>, created: Option<UnixMillis>) -> Result<(), Trouble> {
        self.created = created;
        let Some(offered) = validate_key else {
            self.content.history().into_iter().for_each(History::is_unguarded);
            return Ok(());
        };
        let other = "the server names another validation key than the link does";
        self.content.adopt_key(offered).map_err(|_| Trouble::Log(other))
    }
}
