//! Where reading the whole log meets what is known of it: letters that were held until it is clear whether they lie in
//! the dismissed past.

use super::letters::Letters;
use crate::error::Code;
use crate::ids::MessageHash;
use crate::mailbox::line::Line;

impl Letters {
    /// Whether a message would be news, and nothing is known of what was dismissed before reading began: it may be a
    /// copy of one of those. Then the whole log has to be read, which tells.
    pub(super) fn brings_news(&self, message: &str) -> bool {
        let past_unknown = self.began_at_anchor && !self.knows_past && !self.reading_whole;
        past_unknown
            && MessageHash::of(message)
                .is_some_and(|hash| !self.log.holds(&hash) && !self.log.is_dismissed(&hash))
    }

    /// The end of the dismissed prefix came: what was held is before it. If all of the log was read before,
    /// somebody put it there since.
    pub(super) fn release(&mut self) {
        let Some(mut held) = self.held.take() else { return };
        if self.knows_past && !held.is_empty() {
            self.notices.push(Code::MailboxReordered);
        }
        if self.knows_past || self.whole {
            held.take().into_iter().for_each(|stored| self.line_up(stored, None));
        }
    }

    /// A letter came again that was seen before. Where reading began at the end of the dismissed prefix, what is
    /// before it is older.
    pub(super) fn pass_known(&mut self) {
        let held = self.held.as_ref().is_some_and(|held| !held.is_empty());
        if self.knows_past && held {
            self.notices.push(Code::MailboxReordered);
        } else if self.began_at_anchor && !std::mem::replace(&mut self.passed_known, true) {
            self.log.rest_is_old();
        }
    }

    /// The channel holds nothing. Where the document ends a prefix all the same, another device may have read what has yet
    /// to arrive here: nothing is lost before letters come that do not lead there.
    pub(super) fn nothing_there(&mut self) {
        self.tell_gap();
        // One that was empty before tells nothing of the past.
        self.reading_whole = !self.log.is_empty();
        self.log.read_anew();
        self.history_ended(true);
    }

    /// All of the log will come.
    pub(super) fn read_whole(&mut self) {
        for stored in self.held.take().unwrap_or_default().take() {
            self.log.forget(&stored.hash);
        }
        let held = self.log.dismissed().last_known.is_some() || !self.log.is_empty();
        self.held = held.then(Line::default);
        self.reading_whole = true;
        self.passed_known = false;
        self.log.read_anew();
    }
}
