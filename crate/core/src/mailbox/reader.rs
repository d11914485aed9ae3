//! One mailbox channel, in the server's order, each message once, one at a time.
//!
//! ```text
//! ExpectJoined ──joined──▶ ExpectExistence ──known──▶ Backfill ──end──▶ Live
//!       ▲                       │ new: nothing to read     │ EUNKNOWN, or it begins elsewhere
//!       │ connected again       ▼                          └──▶ Backfill of the whole log
//!   Suspended ◀──connection lost── any
//! ```
//! The history of a channel that does not exist is never asked for: that would create it (PROTOCOL.md 9.2).
//! JOIN comes before the history request, so the live stream overlaps the history and no gap can open.
//! Live messages that arrive during the backfill wait in one queue; what the history already held is
//! dropped at the seam. A hash that was delivered is never delivered again: a nonce is random, so the
//! same ciphertext twice is a replay and not a second letter.
//!
//! What happens to a letter from there on is [`delivery`](super::delivery).

mod arrivals;
mod news;
mod older;
mod past;
mod texts;

pub use crate::channel::{Ask, Input};
use crate::channel::{Line as Message, TxPair};
use crate::error::{Code, Error};
use crate::ids::{ChannelId, MessageHash};
use crate::mailbox::begin::Begin;
use crate::mailbox::delivery::{Delivery, Desk, Held, Patience, Settled};
use crate::mailbox::letter::MailboxKeys;
use crate::mailbox::line::Line;
use crate::mailbox::log::{Dismissal, Dismissed, Log};
use crate::mailbox::quarantine::Quarantine;
use crate::ports::Millis;
use crate::wire::keeper::Existence;

use news::News;
use texts::Fetch;

#[derive(Debug, PartialEq, Eq)]
enum State {
    ExpectJoined,
    ExpectExistence,
    /// `begins` is where the answer has to begin, until it did.
    Backfill {
        txid: u64,
        ranged: bool,
        begins: Option<Begin>,
    },
    Live,
    Suspended,
    Failed,
}

/// Reads one mailbox.
pub struct MailboxReader {
    channel: ChannelId,
    log: Log,
    desk: Desk,
    whole: bool,
    window: usize,
    next_txid: u64,
    state: State,
    /// Live messages that arrived during a backfill.
    waiting: Line,
    /// Reading the whole log: letters of which it is not known yet whether they lie in the dismissed past.
    held: Option<Line>,
    /// The whole log is being read, also when the connection was lost in between.
    reading_whole: bool,
    /// The first reading began at the end of the dismissed prefix, and not at the beginning of the log.
    began_at_anchor: bool,
    /// In this reading of the whole log, a letter came that was seen before.
    passed_known: bool,
    /// Whether it was read before: what turns up then among old letters was put there since.
    knows_past: bool,
    /// The first letter that was or will be delivered.
    oldest: Option<MessageHash>,
    /// The first of the older messages that were asked for.
    begins: Option<MessageHash>,
    news: News,
    /// Texts that were asked for again.
    fetch: Option<Fetch>,
    /// The next one is asked for by itself.
    fetch_alone: bool,
    notices: Vec<Code>,
    failure: Option<Error>,
}

impl MailboxReader {
    /// A reader and its first question. `whole` asks for the log from its beginning, with the letters that were
    /// dismissed long ago; otherwise it starts at the last letter of the dismissed prefix. What is dismissed is
    /// delivered marked. Of letters that wait, `window` bytes are held and the rest is asked for again.
    pub fn open(
        channel: ChannelId,
        keys: Option<MailboxKeys>,
        dismissed: Dismissed,
        whole: bool,
        patience: Patience,
        window: usize,
        txids: TxPair,
    ) -> (Self, Ask) {
        let broadcast = keys.is_none();
        let reader = Self {
            channel,
            log: Log::new(dismissed),
            desk: Desk::new(keys, patience),
            whole,
            window,
            next_txid: txids.first(),
            state: State::ExpectJoined,
            waiting: Line::default(),
            held: None,
            reading_whole: false,
            began_at_anchor: false,
            passed_known: false,
            knows_past: false,
            oldest: None,
            begins: None,
            news: News::of(broadcast),
            fetch: None,
            fetch_alone: false,
            notices: Vec::new(),
            failure: None,
        };
        (reader, Ask::Join)
    }

    /// Where it reads.
    pub fn channel(&self) -> &ChannelId {
        &self.channel
    }

    /// Whether everything that the log held has been delivered.
    pub fn backlog_ended(&self) -> bool {
        self.state == State::Live && self.desk.backlog_ended()
    }

    /// Whether the log is still being read.
    pub fn reading(&self) -> bool {
        matches!(self.state, State::ExpectJoined | State::ExpectExistence | State::Backfill { .. })
    }

    /// Whether an answer is outstanding, so that a deadline makes sense.
    pub fn waiting_for_server(&self) -> bool {
        self.reading() || self.fetch.is_some()
    }

    /// Whether the connection is lost and [`MailboxReader::resume`] is due.
    pub fn suspended(&self) -> bool {
        self.state == State::Suspended
    }

    /// The next message, in order, once the last one was kept or dismissed and what it names is settled.
    pub fn next_delivery(&mut self, now: Millis, settled: Settled<'_>) -> Option<Delivery> {
        let told = self.desk.never_asked;
        let mut delivery = self.desk.next(now, &self.log, settled);
        if let Some(delivery) = &mut delivery {
            self.tell_news(delivery);
        }
        if self.desk.never_asked && !told {
            self.notices.push(Code::MailboxNotLoaded);
        }
        delivery
    }

    /// What the next message waits for, if it waits.
    pub fn held(&self) -> Option<&Held> {
        self.desk.held()
    }

    /// Leaves a delivered message as it is: the next one may come.
    pub fn keep(&mut self, hash: &MessageHash) {
        self.desk.settle(hash);
    }

    /// Dismisses a message; what the account document has to be told. `None` when that is nothing: it is
    /// dismissed already, or the log no longer holds it.
    pub fn dismiss(&mut self, hash: &MessageHash) -> Option<Dismissal> {
        self.desk.settle(hash);
        self.desk.release(hash);
        self.log.dismiss(hash)
    }

    /// A dismissal did not come into the account document: the message is unread again.
    pub fn not_dismissed(&mut self, hash: &MessageHash) {
        self.log.not_dismissed(hash);
    }

    /// The account document says something else of this mailbox than before.
    pub fn document_says(&mut self, dismissed: Dismissed) {
        if *self.log.dismissed() != dismissed {
            self.log.document_says(dismissed);
        }
    }

    /// Whether the account has dismissed a message, or asked for it.
    pub fn is_dismissed(&self, hash: &MessageHash) -> bool {
        self.log.is_dismissed(hash)
    }

    /// How many messages are not dismissed, as far as the log has arrived.
    pub fn unread(&self) -> usize {
        self.log.unread()
    }

    /// How many of those are news.
    pub fn news(&self) -> usize {
        self.log.news()
    }

    /// Messages that were delivered, cannot be read and are not dismissed.
    pub fn quarantine(&self) -> &Quarantine {
        self.desk.quarantine()
    }

    /// What was noticed since the last call: `mailbox/anchor-lost`, `mailbox/gap`, `mailbox/reordered`,
    /// `mailbox/not-loaded`. None of them stops the reading.
    pub fn take_notices(&mut self) -> Vec<Code> {
        std::mem::take(&mut self.notices)
    }

    /// Why it stopped, once.
    pub fn take_failure(&mut self) -> Option<Error> {
        self.failure.take()
    }

    /// Goes on after a lost connection, from the last message received.
    pub fn resume(&mut self, txids: TxPair) -> Option<Ask> {
        if self.state != State::Suspended {
            return None;
        }
        self.next_txid = txids.first();
        self.state = State::ExpectJoined;
        Some(Ask::Join)
    }

    /// Takes one event in; what it makes necessary comes back.
    pub fn handle(&mut self, input: Input<'_>) -> Option<Ask> {
        match (&mut self.state, input) {
            (State::Failed, _) => {}
            // What arrived stays, and its turn comes. Live messages will be part of the history.
            (state, Input::Lost) => {
                *state = State::Suspended;
                self.waiting.take();
                self.fetch = None;
            }
            (State::ExpectJoined, Input::Joined) => {
                self.state = State::ExpectExistence;
                return Some(Ask::Existence);
            }
            (State::ExpectExistence, Input::Existence(Existence::Known)) => return Some(self.ask_history()),
            (State::ExpectExistence, Input::Existence(Existence::New { .. })) => self.nothing_there(),
            (State::ExpectExistence, Input::Existence(Existence::Unanswered)) => {
                self.fail(Error::new(Code::RpcRefused, "the server does not say whether the mailbox exists"));
            }
            (
                State::Backfill { txid: expected, begins, .. },
                Input::History { txid, line: Message { text: message, time, .. } },
            ) if *expected == txid => {
                if let Some(begins) = begins.take() {
                    if let Some(told) = begins.missed(message, time) {
                        self.notices.extend(told);
                        return Some(self.ask_whole());
                    }
                    // Nobody said when it was stored: this may be a copy of it.
                    if begins.time.is_none() {
                        return Some(self.ask_whole());
                    }
                    self.began_at_anchor |= self.log.is_empty();
                } else if self.brings_news(message) {
                    return Some(self.ask_whole());
                }
                self.take(message, time);
            }
            (State::Backfill { txid: expected, .. }, Input::End { txid }) if *expected == txid => {
                self.history_ended(false);
            }
            (State::Backfill { txid: expected, ranged, .. }, Input::ChannelError { txid, code, .. })
                if txid.is_none_or(|t| t == *expected) =>
            {
                // The letter that was read last is no longer in the log: read all of it. What is known to
                // be dismissed stays so, because the document names it (PROTOCOL.md 18.6).
                if *ranged && matches!(code, "EUNKNOWN" | "EDELETED") {
                    self.tell_gap();
                    return Some(self.ask_whole());
                }
                self.fail(
                    Error::new(Code::MailboxAnchorLost, "the server reports an error for the mailbox")
                        .with("answer", code),
                );
            }
            (State::ExpectExistence | State::Backfill { .. }, Input::Live { line }) => {
                self.wait(line.text, line.time);
            }
            (State::Live, Input::Live { line }) => return self.live(line.text, line.time),
            (_, Input::Text { txid, line }) => self.text_came(txid, line.text),
            (_, Input::TextsEnd { txid, readable }) => self.texts_ended(txid, readable),
            (State::Live, Input::ChannelError { code: "ECLEARED", .. }) => {
                self.tell_gap();
                self.log.read_anew();
                self.log.read(false);
            }
            (State::Live, Input::ChannelError { code, .. }) => {
                self.fail(Error::new(Code::MailboxAnchorLost, "the mailbox was closed").with("answer", code));
            }
            (_, Input::Deadline) => self.late(),
            _ => {}
        }
        None
    }

    /// The message that was received last is no longer in the log: others may be missing as well.
    fn tell_gap(&mut self) {
        if !self.log.is_empty() {
            self.notices.push(Code::MailboxGap);
        }
    }

    fn ask_history(&mut self) -> Ask {
        match self.log.resumes_at() {
            Some(begin) if !(self.whole && self.log.is_empty()) => self.ask(Some(begin)),
            _ => self.ask_whole(),
        }
    }

    fn ask_whole(&mut self) -> Ask {
        for stored in self.held.take().unwrap_or_default().take() {
            self.log.forget(&stored.hash);
        }
        let held = self.log.dismissed().last_known.is_some() || !self.log.is_empty();
        self.held = held.then(Line::default);
        self.reading_whole = true;
        self.passed_known = false;
        self.log.read_anew();
        self.ask(None)
    }

    fn ask(&mut self, begins: Option<Begin>) -> Ask {
        let txid = self.next_txid;
        self.next_txid += 1;
        let from = begins.as_ref().map(|begin| begin.hash.clone());
        self.state = State::Backfill { txid, ranged: begins.is_some(), begins };
        Ask::History { txid, from }
    }

    fn fail(&mut self, error: Error) {
        self.state = State::Failed;
        self.failure = Some(error);
    }
}

impl std::fmt::Debug for MailboxReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MailboxReader")
            .field("channel", &self.channel)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}
