//! One mailbox channel, in the server's order, each message once, one at a time.
//!
//! The steps are those of [`channel`](crate::channel): "is it new?" is asked after JOIN, so the live stream overlaps the
//! history and no gap can open. Live messages that arrive during the history wait in one queue; what the history already
//! held is dropped at the seam. A hash that was delivered is never delivered again: a nonce is random, so the
//! same ciphertext twice is a replay and not a second letter.
//!
//! The lines of the channel become [`letters`]; [`delivery`](super::delivery) hands them out.

mod arrivals;
mod letters;
mod news;
mod older;
mod past;
mod texts;

use core::time::Duration;

pub use crate::channel::{Ask, Input};
use crate::channel::{At, Machine, Manner, Trouble, TxPair};
use crate::error::{Code, Error};
use crate::ids::{ChannelId, MessageHash};
use crate::mailbox::delivery::{Delivery, Held, Patience, Settled};
use crate::mailbox::letter::MailboxKeys;
use crate::mailbox::log::{Dismissal, Dismissed};
use crate::mailbox::quarantine::Quarantine;
use crate::ports::UnixMillis;
use letters::Letters;

/// Reads one mailbox.
pub struct MailboxReader {
    channel: ChannelId,
    machine: Machine,
    letters: Letters,
    /// Whether it was said why it ended.
    told: bool,
}

impl MailboxReader {
    /// A reader and its first questions. `whole` asks for the log from its beginning, with the letters that were
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
    ) -> (Self, Vec<Ask>) {
        let (machine, asks) = Machine::open(Manner::InTurn, &txids);
        let letters = Letters::new(keys, dismissed, whole, patience, window);
        (Self { channel, machine, letters, told: false }, asks)
    }

    /// Where it reads.
    pub fn channel(&self) -> &ChannelId {
        &self.channel
    }

    /// Whether everything that the log held has been delivered.
    pub fn backlog_ended(&self) -> bool {
        self.machine.at() == At::Live && self.letters.desk.backlog_ended()
    }

    /// Whether the log is still being read.
    pub fn reading(&self) -> bool {
        matches!(self.machine.at(), At::Opening | At::Reading)
    }

    /// Whether an answer is outstanding, so that a deadline makes sense.
    pub fn waiting_for_server(&self) -> bool {
        self.reading() || self.letters.fetch.is_some()
    }

    /// Whether the connection is lost and [`MailboxReader::resume`] is due.
    pub fn suspended(&self) -> bool {
        self.machine.at() == At::Suspended
    }

    /// The next message, in order, once the last one was left or dismissed and what it names is settled.
    pub fn next_delivery(&mut self, now: UnixMillis, settled: Settled<'_>) -> Option<Delivery> {
        self.letters.next(now, settled)
    }

    /// What the next message waits for, if it waits.
    pub fn held(&self) -> Option<&Held> {
        self.letters.desk.held()
    }

    /// The letter that waits waits for so much longer.
    pub fn wait_longer(&mut self, time: Duration) {
        self.letters.desk.wait_longer(time);
    }

    /// Leaves a delivered message as it is: the next one may come.
    pub fn leave(&mut self, hash: &MessageHash) {
        self.letters.desk.settle(hash);
    }

    /// Dismisses a message. Returns what the account document has to be told; `None` when the message is
    /// dismissed already, or the log no longer holds it.
    pub fn dismiss(&mut self, hash: &MessageHash) -> Option<Dismissal> {
        self.letters.desk.settle(hash);
        self.letters.desk.release(hash);
        self.letters.log.dismiss(hash)
    }

    /// A dismissal did not come into the account document: the message is unread again.
    pub fn not_dismissed(&mut self, hash: &MessageHash) {
        self.letters.log.not_dismissed(hash);
    }

    /// The account document says something else of this mailbox than before.
    pub fn document_says(&mut self, dismissed: Dismissed) {
        if *self.letters.log.dismissed() != dismissed {
            self.letters.log.document_says(dismissed);
        }
    }

    /// Whether the account has dismissed a message, or asked for it.
    pub fn is_dismissed(&self, hash: &MessageHash) -> bool {
        self.letters.log.is_dismissed(hash)
    }

    /// How many messages are not dismissed, as far as the log has arrived.
    pub fn unread(&self) -> usize {
        self.letters.log.unread()
    }

    /// How many of those are news.
    pub fn news(&self) -> usize {
        self.letters.log.news()
    }

    /// Messages that were delivered, cannot be read and are not dismissed.
    pub fn quarantine(&self) -> &Quarantine {
        self.letters.desk.quarantine()
    }

    /// What was noticed since the last call: `mailbox/anchor-lost`, `mailbox/gap`, `mailbox/reordered`,
    /// `mailbox/not-loaded`. None of them stops the reading.
    pub fn take_notices(&mut self) -> Vec<Code> {
        std::mem::take(&mut self.letters.notices)
    }

    /// Why it stopped, once.
    pub fn take_failure(&mut self) -> Option<Error> {
        let error = self.machine.trouble().map(error_of).filter(|_| !self.told);
        self.told |= error.is_some();
        error
    }

    /// Goes on after a lost connection, from the last message received.
    pub fn resume(&mut self, txids: TxPair) -> Vec<Ask> {
        self.machine.resume(&txids)
    }

    /// Whether an input is an answer to what it asked.
    pub fn is_answer(&self, input: &Input<'_>) -> bool {
        self.machine.is_answer(input)
    }

    /// Takes one event in, and returns what has to be done because of it.
    pub fn handle(&mut self, input: Input<'_>) -> Option<Ask> {
        match input {
            Input::Range { txid, line } => self.letters.text_came(txid, line.text),
            Input::RangeEnd { txid, readable } => {
                if let Err(trouble) = self.letters.texts_ended(txid, readable) {
                    self.machine.stop(trouble);
                }
            }
            Input::Deadline if self.letters.fetch.is_some() => self.machine.stop(Trouble::Late),
            _ => return self.machine.handle(input, &mut self.letters),
        }
        None
    }
}

/// What ends the reading of a mailbox, as people are told.
fn error_of(trouble: &Trouble) -> Error {
    let refused = |code: &str| {
        Error::new(Code::RpcRefused, "the server does not open the mailbox").with("answer", code)
    };
    match trouble {
        Trouble::Restricted => refused("ERESTRICTED"),
        Trouble::Refused { code } => refused(code),
        Trouble::Unanswered | Trouble::Absent { .. } => {
            Error::new(Code::RpcRefused, "the server does not say whether the mailbox exists")
        }
        Trouble::Said { live, code, .. } => {
            let what =
                if *live { "the mailbox was closed" } else { "the server reports an error for the mailbox" };
            Error::new(Code::MailboxAnchorLost, what).with("answer", code)
        }
        Trouble::Late => Error::new(Code::NetTimeout, "the mailbox did not answer in time"),
        Trouble::Log(why) => Error::new(Code::MailboxAnchorLost, why),
    }
}

impl std::fmt::Debug for MailboxReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MailboxReader")
            .field("channel", &self.channel)
            .field("machine", &self.machine)
            .finish_non_exhaustive()
    }
}
