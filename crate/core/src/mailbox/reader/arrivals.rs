//! What arrives: of a history, live, and where the two meet.

use super::letters::Letters;
use crate::channel::Line;
use crate::error::Code;
use crate::ids::MessageHash;
use crate::mailbox::line::Stored;
use crate::mailbox::log::Arrival;
use crate::ports::UnixMillis;

impl Letters {
    pub(super) fn take_in(&mut self, line: Line<'_>) {
        if let Some(hash) = MessageHash::of(line.text)
            && self.arrives(&hash, line.time, false)
        {
            self.put(Stored::within(self.room(), hash, line.text, line.time), Some(line.text));
        }
    }

    /// A live message waits for the end of the history.
    pub(super) fn wait(&mut self, line: Line<'_>) {
        if let Some(hash) = MessageHash::of(line.text) {
            self.waiting.push(Stored::within(self.room(), hash, line.text, line.time));
        }
    }

    /// Takes a message into the log, and says whether it is to be delivered. `stale` says that the log no longer
    /// holds it.
    fn arrives(&mut self, hash: &MessageHash, time: Option<UnixMillis>, stale: bool) -> bool {
        let anchor = !stale && self.log.is_anchor(hash, time);
        let arrival = self.log.take(hash, time, stale);
        match arrival {
            Arrival::Repeated => return false,
            Arrival::Moved => self.notices.push(Code::MailboxReordered),
            Arrival::New | Arrival::Again | Arrival::Replayed => {}
        }
        if anchor {
            self.release();
        } else if matches!(arrival, Arrival::Again | Arrival::Moved) {
            self.pass_known();
        }
        arrival == Arrival::New
    }

    fn put(&mut self, stored: Stored, text: Option<&str>) {
        match &mut self.held {
            Some(held) => held.push(stored),
            None => self.line_up(stored, text),
        }
    }

    /// Nothing is left to read. What waited meanwhile comes now, in its order; what comes before one of them that
    /// the history holds, and is not in it, was deleted in between. `nothing` says that there was no history.
    pub(super) fn history_ended(&mut self, nothing: bool) {
        let waiting = self.waiting.take();
        let fresh = waiting.iter().rposition(|stored| self.log.holds(&stored.hash)).map_or(0, |at| at + 1);
        // What came live before the letter that reading began at is older.
        let began = |stored: &Stored| self.log.is_first(&stored.hash, stored.time);
        let first = self.began_at_anchor && !self.knows_past;
        let past = waiting.iter().position(began).filter(|_| first).unwrap_or(0);
        let last = self.log.dismissed().last_known.as_ref();
        // Only what comes behind the history: the history passed the others, and does not hold them.
        let comes = |last: &MessageHash| waiting.iter().skip(fresh).any(|stored| stored.hash == *last);
        let ahead = nothing || last.is_some_and(comes);
        if !self.log.read(ahead) {
            self.notices.push(Code::MailboxAnchorLost);
        }
        for stored in self.held.take().unwrap_or_default().take() {
            if self.whole || !self.log.is_past(&stored.hash) {
                self.line_up(stored, None);
            }
        }
        self.knows_past |= std::mem::take(&mut self.reading_whole);
        self.desk.end_backlog();
        for (at, stored) in waiting.into_iter().enumerate().skip(past) {
            if self.arrives(&stored.hash, stored.time, at < fresh) {
                self.put(stored, None);
            }
        }
    }
}
