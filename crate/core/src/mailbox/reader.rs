//! One mailbox channel, in the server's order, each message once.
//!
//! ```text
//! ExpectJoined ──joined──▶ ExpectExistence ──known──▶ Backfill ──end──▶ Live
//!                               │ new: nothing to read        │ EUNKNOWN: the anchor is gone
//!                               ▼                             └──▶ Backfill of the whole log
//!                              Live
//! ```
//! The history of a channel that does not exist is never asked for: that would create it (PROTOCOL.md 9.2).
//! JOIN comes before the history request, so the live stream overlaps the history and no gap can open.
//! Live messages that arrive during the backfill wait in one queue; what the history already held is
//! dropped at the seam. A hash that was delivered is never delivered again: a nonce is random, so the
//! same ciphertext twice is a replay and not a second letter.

use std::collections::{HashSet, VecDeque};

use crate::error::{Code, Error};
use crate::ids::{ChannelId, MessageHash};
use crate::mailbox::cursor::Cursor;
use crate::mailbox::letter::{Letter, MailboxKeys, Workspace};
use crate::wire::keeper::Existence;

/// What the reader needs from the connection.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "txid names the request, from is the hash to begin at")]
pub enum Ask {
    /// JOIN the channel.
    Join,
    /// Ask whether the channel is new.
    Existence,
    /// Ask for the history from this message on, or for all of it.
    History { txid: u64, from: Option<MessageHash> },
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
    /// The deadline passed without progress.
    Deadline,
}

/// What a message says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// Its text: JSON, where a real client wrote it.
    pub content: String,
    /// The curve key that sealed it, base64; nobody for a broadcast, which is plain text. This is what the
    /// key proves, not what the text claims.
    pub author: Option<String>,
}

impl From<Letter> for Opened {
    fn from(letter: Letter) -> Self {
        let Letter { content, author } = letter;
        Self { content, author: Some(author) }
    }
}

/// A message in its place.
#[derive(Debug)]
pub struct Delivery {
    /// Its place among the deliveries of this reader, from 0.
    pub position: u64,
    /// Its hash, which names it.
    pub hash: MessageHash,
    /// When the server stored it, in milliseconds since the epoch; `None` for an untimed live message.
    pub time: Option<u64>,
    /// Whether the account has dismissed it before.
    pub dismissed: bool,
    /// The opened letter, or why it does not open. An unreadable one neither stops nor skips.
    pub letter: Result<Opened, Error>,
}

#[derive(Debug, PartialEq, Eq)]
enum State {
    ExpectJoined,
    ExpectExistence,
    Backfill { txid: u64, whole: bool },
    Live,
    Failed,
}

/// Reads one mailbox.
pub struct MailboxReader {
    channel: ChannelId,
    keys: Option<MailboxKeys>,
    workspace: Workspace,
    cursor: Cursor,
    whole: bool,
    next_txid: u64,
    state: State,
    waiting: VecDeque<(String, Option<u64>)>,
    seen: HashSet<MessageHash>,
    /// Reading the whole log: letters that wait until it is known whether the anchor is still in it.
    before_anchor: Option<Vec<(MessageHash, String, Option<u64>)>>,
    position: u64,
    ready: VecDeque<Delivery>,
    failure: Option<Error>,
}

impl MailboxReader {
    /// A reader and its first question. `whole` asks for the log from its beginning, with the letters that
    /// were dismissed long ago; otherwise it starts at the last letter of the dismissed prefix.
    pub fn open(
        channel: ChannelId,
        keys: Option<MailboxKeys>,
        cursor: Cursor,
        whole: bool,
        txid: u64,
    ) -> (Self, Ask) {
        let reader = Self {
            channel,
            keys,
            workspace: Workspace::default(),
            cursor,
            whole,
            next_txid: txid,
            state: State::ExpectJoined,
            waiting: VecDeque::new(),
            seen: HashSet::new(),
            before_anchor: None,
            position: 0,
            ready: VecDeque::new(),
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
        self.state == State::Live
    }

    /// Whether an answer is outstanding, so that a deadline makes sense.
    pub fn waiting_for_server(&self) -> bool {
        matches!(self.state, State::ExpectJoined | State::ExpectExistence | State::Backfill { .. })
    }

    /// The next message, in order.
    pub fn next_delivery(&mut self) -> Option<Delivery> {
        self.ready.pop_front()
    }

    /// Why it stopped, once.
    pub fn take_failure(&mut self) -> Option<Error> {
        self.failure.take()
    }

    /// Takes one event in; what it makes necessary comes back.
    pub fn handle(&mut self, input: Input<'_>) -> Option<Ask> {
        match (&self.state, input) {
            (State::ExpectJoined, Input::Joined) => {
                self.state = State::ExpectExistence;
                return Some(Ask::Existence);
            }
            (State::ExpectExistence, Input::Existence(Existence::Known)) => {
                let whole = self.whole || self.cursor.last_known().is_none();
                return Some(self.ask_history(whole));
            }
            (State::ExpectExistence, Input::Existence(Existence::New { .. })) => self.go_live(),
            (State::ExpectExistence, Input::Existence(Existence::Unanswered)) => {
                self.fail(Error::new(Code::RpcRefused, "the server does not say whether the mailbox exists"));
            }
            (State::Backfill { txid: expected, .. }, Input::History { txid, message, time })
                if *expected == txid =>
            {
                self.take(message, time);
            }
            (State::Backfill { txid: expected, .. }, Input::End { txid }) if *expected == txid => {
                self.release_before_anchor(false);
                self.go_live();
            }
            (State::Backfill { txid: expected, whole }, Input::ChannelError { txid, code })
                if txid.is_none_or(|t| t == *expected) =>
            {
                // The letter that was read last is no longer in the log: read all of it. What is known to
                // be dismissed stays so, because the cursor names it (PROTOCOL.md 18.6).
                if !whole && matches!(code, "EUNKNOWN" | "EDELETED") {
                    return Some(self.ask_history(true));
                }
                self.fail(
                    Error::new(Code::MailboxAnchorLost, "the server reports an error for the mailbox")
                        .with("answer", code),
                );
            }
            (State::ExpectExistence | State::Backfill { .. }, Input::Live { message, time }) => {
                self.waiting.push_back((message.to_owned(), time));
            }
            (State::Live, Input::Live { message, time }) => self.take(message, time),
            (State::Live, Input::ChannelError { code, .. }) => {
                self.fail(Error::new(Code::MailboxAnchorLost, "the mailbox was closed").with("answer", code));
            }
            (State::ExpectJoined | State::ExpectExistence | State::Backfill { .. }, Input::Deadline) => {
                self.fail(Error::new(Code::NetTimeout, "the mailbox did not answer in time"));
            }
            _ => {}
        }
        None
    }

    /// Nothing is left to read; what waited meanwhile comes now, in its order.
    fn go_live(&mut self) {
        self.state = State::Live;
        for (message, time) in std::mem::take(&mut self.waiting) {
            self.take(&message, time);
        }
    }

    fn ask_history(&mut self, whole: bool) -> Ask {
        let txid = self.next_txid;
        self.next_txid += 1;
        self.state = State::Backfill { txid, whole };
        self.before_anchor = (whole && self.cursor.last_known().is_some()).then(Vec::new);
        Ask::History { txid, from: if whole { None } else { self.cursor.last_known().cloned() } }
    }

    fn take(&mut self, stored: &str, time: Option<u64>) {
        let Some(hash) = MessageHash::of(stored) else { return };
        if !self.seen.insert(hash.clone()) {
            return;
        }
        if let Some(before) = &mut self.before_anchor {
            if self.cursor.last_known() != Some(&hash) {
                before.push((hash, stored.to_owned(), time));
                return;
            }
            self.release_before_anchor(true);
        }
        let dismissed = self.cursor.passes(&hash);
        self.deliver(hash, stored, time, dismissed);
    }

    /// What came before the anchor is dismissed if the anchor came, and stands as it is listed if not.
    fn release_before_anchor(&mut self, anchored: bool) {
        for (hash, stored, time) in self.before_anchor.take().unwrap_or_default() {
            let dismissed = anchored || self.cursor.passes(&hash);
            self.deliver(hash, &stored, time, dismissed);
        }
    }

    fn deliver(&mut self, hash: MessageHash, stored: &str, time: Option<u64>, dismissed: bool) {
        let letter = match &self.keys {
            Some(keys) => keys.open_with(stored, &mut self.workspace).map(Opened::from),
            None => Ok(Opened { content: stored.to_owned(), author: None }),
        };
        let position = self.position;
        self.position += 1;
        self.ready.push_back(Delivery { position, hash, time, dismissed, letter });
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
            .field("position", &self.position)
            .finish_non_exhaustive()
    }
}
