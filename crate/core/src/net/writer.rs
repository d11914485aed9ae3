//! Writing into one channel that is followed (PROTOCOL.md sections 9.5, 10 and 12.5).
//!
//! ```text
//! waiting ──applied to the newest document, sealed, sent──▶ in flight ──ACK, our branch──▶ kept ──deep enough──▶ gone
//!    ▲                                                        │   │                        │
//!    └────────── somebody else was first ◀────────────────────┘   │ connection lost         │ another branch won
//!    └────────── not in the history ◀── unsure ◀──────────────────┘                         │
//!    └──────────────────────────────────────────────────────────────────────────────────────┘
//! ```
//! What is written is decided anew for each message, from the document as it is then. Changes are such that
//! doing one twice is doing it once, so a write that arrived unseen does no harm. Only a reader that follows
//! its channel and has no doubt about what it read hands its history out to be written to; so nothing is
//! ever written to a document that was not read to its end.

use core::time::Duration;
use std::collections::VecDeque;
use std::fmt;

use crate::chainpad::{Hash, Standing};
use crate::error::{Code, Error};
use crate::ids::MessageHash;
use crate::json::{Text, Value, canonical};
use crate::net::change::Change;
use crate::net::document::DocumentReader;
use crate::net::history::{History, Sealed};
use crate::ports::{Delay, Due, Entropy, UnixMillis};

/// How far behind the document a message of ours must be to be safe: a branch that was begun without knowing
/// it can overtake by one message for each writer who was late.
const SAFE: u64 = 16;
/// How many messages in a row may go unanswered until what waits is given up.
const UNANSWERED: u32 = 5;

/// Changes that are done together, or not at all.
struct Write<Id> {
    id: Id,
    changes: Vec<Box<dyn Change>>,
    /// Whether its end was told: it is only written again because another branch won.
    told: bool,
}

/// A message on its way, and the writes that it carries: none for a checkpoint.
struct Flight<Id> {
    sealed: Sealed,
    writes: Vec<Write<Id>>,
    /// What the history held last when it was sent: it may be stored anywhere after that.
    after: Option<MessageHash>,
    due: Due,
}

/// The writes of one channel, each for somebody who is told its end.
pub struct Writer<Id> {
    waiting: VecDeque<Write<Id>>,
    flight: Option<Flight<Id>>,
    /// Sent on a connection that was lost: only the history can tell whether it arrived.
    unsure: Option<Flight<Id>>,
    /// Acknowledged, and not yet beyond being overtaken.
    kept: Vec<(Hash, Vec<Write<Id>>)>,
    /// Until when what waits may wait for a document that leaves no doubt.
    patience: Option<UnixMillis>,
    /// Messages in a row that were sent and never answered.
    unanswered: u32,
    ended: VecDeque<(Id, Result<(), Error>)>,
}

impl<Id> Default for Writer<Id> {
    fn default() -> Self {
        Self {
            waiting: VecDeque::new(),
            flight: None,
            unsure: None,
            kept: Vec::new(),
            patience: None,
            unanswered: 0,
            ended: VecDeque::new(),
        }
    }
}

impl<Id: Copy + PartialEq> Writer<Id> {
    /// Queues changes; `id` is who is told their end.
    pub fn push(&mut self, id: Id, changes: Vec<Box<dyn Change>>) {
        self.waiting.push_back(Write { id, changes, told: false });
    }

    /// The next write that ended: it is in the chain, or why it is not.
    pub fn next_end(&mut self) -> Option<(Id, Result<(), Error>)> {
        self.ended.pop_front()
    }

    /// Whether nothing waits and nothing could have to be written again.
    pub fn is_idle(&self) -> bool {
        self.waiting.is_empty()
            && self.flight.is_none()
            && self.unsure.is_none()
            && self.kept.is_empty()
            && self.ended.is_empty()
    }

    /// Whether anything of one of these is not in the document for sure: it waits, also because another branch won, or
    /// nobody has said yet that the server has it.
    pub fn owes(&self, whose: impl Fn(&Id) -> bool) -> bool {
        let sent = self.flight.iter().chain(&self.unsure).flat_map(|flight| &flight.writes);
        self.waiting.iter().chain(sent).any(|write| whose(&write.id))
    }

    /// Until when the message in flight must be answered, or the document must be beyond doubt.
    pub fn deadline(&self) -> Option<UnixMillis> {
        self.flight.as_ref().map(|flight| flight.due.at()).or(self.patience)
    }

    /// See [`Due::put_off`].
    pub fn put_off(&mut self, delay: Delay, patience: Duration) {
        if let Some(flight) = &mut self.flight {
            flight.due.put_off(delay, patience);
        }
        if let (Delay::Worked(work), Some(until)) = (delay, &mut self.patience) {
            *until += work;
        }
    }

    /// Gives up what has waited too long for a document that leaves no doubt. `false` when it is the server that
    /// is late, with the answer to the message in flight.
    #[must_use]
    pub fn expire(&mut self, now: UnixMillis) -> bool {
        let late = |deadline: Option<UnixMillis>| deadline.is_some_and(|deadline| deadline <= now);
        if late(self.patience.take_if(|until| *until <= now)) {
            let error = Error::new(Code::DriveIncomplete, "the document holds what cannot be understood");
            self.fail_untold(&error);
        }
        !late(self.flight.as_ref().map(|flight| flight.due.at()))
    }

    /// The text to send next, if there is one and nothing is in flight. `due` is for its answer, or for the
    /// doubt about the document to end.
    ///
    /// # Errors
    /// `host/no-entropy`; the writes stay.
    pub fn next(
        &mut self,
        reader: &mut DocumentReader,
        due: Due,
        entropy: &mut dyn Entropy,
    ) -> Result<Option<String>, Error> {
        if self.flight.is_some() {
            return Ok(None);
        }
        let in_doubt = reader.in_doubt();
        let Some(history) = reader.writable() else {
            if in_doubt && self.waiting.iter().any(|write| !write.told) {
                self.patience.get_or_insert(due.at());
            }
            return Ok(None);
        };
        self.patience = None;
        self.review(history);
        let Some(document) = self.newest(history) else { return Ok(None) };
        let sealed = match history.seal_towards(&Text::from(canonical(&document)), entropy) {
            Ok(sealed) => sealed,
            Err(error) if error.code() == Code::HostNoEntropy => return Err(error),
            Err(error) => {
                self.fail_waiting(&error);
                return Ok(None);
            }
        };
        let Some(sealed) = sealed else {
            self.end_waiting();
            return Ok(None);
        };
        let writes = if sealed.is_whole { std::mem::take(&mut self.waiting).into() } else { Vec::new() };
        let text = sealed.stored.clone();
        let after = history.head().cloned();
        self.flight = Some(Flight { sealed, writes, after, due });
        Ok(Some(text))
    }

    /// The server has stored the message in flight. Whether that may have changed the drive.
    pub fn acknowledged(&mut self, reader: &mut DocumentReader) -> bool {
        let Some(flight) = self.flight.take() else { return false };
        self.unanswered = 0;
        let Some(history) = reader.own(&flight.sealed) else {
            self.unsure = Some(flight);
            return true;
        };
        let mut changes = flight.writes.iter().flat_map(|write| &write.changes);
        let beside = changes.all(|change| change.is_beside_the_drive());
        let Flight { sealed, writes, .. } = flight;
        match history.standing(&sealed.hash) {
            Standing::Followed { .. } => self.confirm(sealed.hash, writes),
            Standing::Beside => self.put_back(writes),
            Standing::Unknown => {
                let error = Error::new(Code::Internal, "our own message is not one that can be applied");
                writes.into_iter().for_each(|write| self.end(write, Err(error.clone())));
            }
        }
        !beside
    }

    /// The server does not take the message in flight, and would not take the next.
    pub fn refused(&mut self, answer: &str) {
        let Some(flight) = self.flight.take() else { return };
        let mut error = Error::new(Code::EditRefused, "the server does not take what is written");
        if !answer.is_empty() {
            error = error.with("answer", answer);
        }
        self.put_back(flight.writes);
        self.fail_waiting(&error);
    }

    /// The connection is gone, or we are no longer in the channel. What was in flight may have arrived: the
    /// history will tell, which is therefore read again from where it may stand.
    pub fn lost(&mut self, reader: Option<&mut DocumentReader>) {
        self.patience = None;
        let Some(flight) = self.flight.take() else { return };
        if let (Some(reader), Some(after)) = (reader, &flight.after) {
            reader.rewind(after);
        }
        self.unanswered += 1;
        self.unsure = Some(flight);
    }

    /// Gives everything up: the channel will not be followed again.
    pub fn give_up(&mut self, error: &Error) {
        self.lost(None);
        self.kept.clear();
        self.fail_waiting(error);
        if let Some(flight) = self.unsure.take() {
            let unconfirmed = unconfirmed().with("cause", error.code().as_str());
            flight.writes.into_iter().for_each(|write| self.end(write, Err(unconfirmed.clone())));
        }
    }

    /// Gives one write up, if it is among these and has not been sent.
    pub fn cancel(&mut self, id: &Id, error: &Error) {
        let found = self.waiting.iter().position(|write| write.id == *id && !write.told);
        if let Some(write) = found.and_then(|at| self.waiting.remove(at)) {
            self.end(write, Err(error.clone()));
        }
    }

    /// Looks at where our earlier messages stand now. What is to be written again is so in its old order.
    fn review(&mut self, history: &History) {
        let unsure = self.unsure.take();
        let mut again = Vec::new();
        for (hash, writes) in std::mem::take(&mut self.kept) {
            match history.standing(&hash) {
                Standing::Followed { by } if by < SAFE => self.kept.push((hash, writes)),
                Standing::Beside => again.extend(writes),
                // Far behind, or behind the checkpoint that the history now begins with.
                Standing::Followed { .. } | Standing::Unknown => {}
            }
        }
        if let Some(Flight { sealed, writes, .. }) = unsure {
            match history.standing(&sealed.hash) {
                Standing::Followed { .. } => self.confirm(sealed.hash, writes),
                Standing::Beside | Standing::Unknown => again.extend(writes),
            }
        }
        self.put_back(again);
        if self.unanswered >= UNANSWERED {
            self.unanswered = 0;
            self.fail_untold(&unconfirmed());
        }
    }

    /// The message is part of the document, and so are these.
    fn confirm(&mut self, hash: Hash, mut writes: Vec<Write<Id>>) {
        for write in &mut writes {
            if !std::mem::replace(&mut write.told, true) {
                self.ended.push_back((write.id, Ok(())));
            }
        }
        if !writes.is_empty() {
            self.kept.push((hash, writes));
        }
    }

    /// The newest document with everything that waits; `None` when that changes nothing. Ends what does not
    /// apply.
    fn newest(&mut self, history: &mut History) -> Option<Value> {
        if self.waiting.is_empty() {
            return None;
        }
        let document = match history.document() {
            Ok(document) => document,
            // Nothing can be done to it until somebody else has mended it, and nobody may wait for that.
            Err(why) => {
                self.fail_untold(&Error::new(Code::DriveIncomplete, why));
                return None;
            }
        };
        let mut document = Value::clone(&document);
        let waiting = Vec::from(std::mem::take(&mut self.waiting));
        let (mut rest, mut results) = (waiting.as_slice(), Vec::with_capacity(waiting.len()));
        while let [first, behind @ ..] = rest {
            let (joined, result) = first.apply_with(behind, &mut document);
            results.resize(results.len() + 1 + joined, result);
            rest = behind.get(joined..).unwrap_or_default();
        }
        let mut changed = false;
        for (write, result) in waiting.into_iter().zip(results) {
            match result {
                Ok(happened) => {
                    changed |= happened;
                    self.waiting.push_back(write);
                }
                Err(error) => self.end(write, Err(error)),
            }
        }
        if !changed {
            self.end_waiting();
        }
        changed.then_some(document)
    }

    /// Everything that waits has happened already.
    fn end_waiting(&mut self) {
        for write in std::mem::take(&mut self.waiting) {
            self.end(write, Ok(()));
        }
    }

    fn fail_waiting(&mut self, error: &Error) {
        for write in std::mem::take(&mut self.waiting) {
            self.end(write, Err(error.clone()));
        }
    }

    /// As [`Self::fail_waiting`], as far as anybody still waits for it: what was told to be in the document, and was
    /// overtaken since, goes on being written again.
    fn fail_untold(&mut self, error: &Error) {
        let (told, untold) = std::mem::take(&mut self.waiting).into_iter().partition(|write| write.told);
        self.waiting = untold;
        self.fail_waiting(error);
        self.waiting = told;
    }

    fn put_back(&mut self, writes: Vec<Write<Id>>) {
        writes.into_iter().rev().for_each(|write| self.waiting.push_front(write));
    }

    fn end(&mut self, write: Write<Id>, result: Result<(), Error>) {
        if !write.told {
            self.ended.push_back((write.id, result));
        }
    }
}

impl<Id> Write<Id> {
    /// As [`Change::apply_with`].
    fn apply_with(&self, behind: &[Self], document: &mut Value) -> (usize, Result<bool, Error>) {
        match self.only() {
            Some(only) => only.apply_with(&mut behind.iter().map_while(Self::only), document),
            None => (0, self.apply(document)),
        }
    }

    fn only(&self) -> Option<&dyn Change> {
        if let [only] = self.changes.as_slice() { Some(only.as_ref()) } else { None }
    }

    fn apply(&self, document: &mut Value) -> Result<bool, Error> {
        let mut after = document.clone();
        let mut changed = false;
        for change in &self.changes {
            changed |= change.apply(&mut after)?;
        }
        *document = after;
        Ok(changed)
    }
}

fn unconfirmed() -> Error {
    Error::new(Code::EditUnconfirmed, "what was written was sent, and its arrival never confirmed")
}

impl<Id> fmt::Debug for Writer<Id> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer")
            .field("waiting", &self.waiting.len())
            .field("in_flight", &self.flight.is_some())
            .field("kept", &self.kept.len())
            .finish_non_exhaustive()
    }
}
