//! Reading one document to its end, then following it (PROTOCOL.md sections 9, 10, 15.2): a list-map document, or the
//! roster of a team. The steps are those of [`channel`](crate::channel); what its lines come to is [`log`].

mod again;
mod kept;
mod log;
mod once;
mod writing;

pub use crate::channel::{Ask, Existence, Input, Progress};
use crate::channel::{At, Machine, Manner, TxPair};
use crate::crypto::message::MessageKeys;
use crate::ids::{ChannelId, MessageHash};
use crate::net::content::{Content, Keys};
use crate::net::departures::Left;
use crate::net::place::Known;
pub use crate::net::synced::{SyncedDoc, SyncedRoster};
use crate::net::unavailable::Unavailable;
use crate::team::TeamKeys;
use log::DocumentLog;

/// Reads and follows one channel.
pub struct DocumentReader {
    channel: ChannelId,
    read_only: bool,
    machine: Machine,
    log: DocumentLog,
}

impl DocumentReader {
    /// A reader of a list-map document and its first questions.
    pub fn open(channel: ChannelId, keys: MessageKeys, read_only: bool, txids: TxPair) -> (Self, Vec<Ask>) {
        Self::start(channel, Keys::Document(keys), read_only, Manner::Together, &txids)
    }

    /// A reader of the roster of these keys; otherwise as [`Self::open`].
    pub fn open_roster(keys: TeamKeys, txids: TxPair) -> (Self, Vec<Ask>) {
        let read_only = keys.sign.is_none();
        Self::start(keys.channel.clone(), Keys::Roster(keys), read_only, Manner::Together, &txids)
    }

    fn start(
        channel: ChannelId,
        keys: Keys,
        read_only: bool,
        manner: Manner,
        txids: &TxPair,
    ) -> (Self, Vec<Ask>) {
        let (machine, asks) = Machine::open(manner, txids);
        (Self { channel, read_only, machine, log: DocumentLog::new(keys) }, asks)
    }

    /// Says where the channel was seen before, so that an older state is noticed ([`Place::rolled_back`](crate::net::place::Place::rolled_back)).
    pub fn expect(&mut self, known: Known) {
        self.log.content.expect(known);
    }

    /// How far it is.
    pub fn progress(&self) -> Progress {
        self.machine.progress()
    }

    /// How many messages were taken in.
    pub fn messages(&self) -> usize {
        self.log.content.messages()
    }

    /// As [`Self::expect`], of a reading that is done: what left is found in the messages that came, once more.
    pub fn look_back(&mut self, known: Known, messages: &[String]) {
        self.log.content.look_back(&self.log.keys, known, messages);
    }

    /// What left the document since the place that was expected, where that came by ([`Self::expect`]).
    pub fn left(&self) -> Vec<Left> {
        self.log.content.left()
    }

    /// The hash of the last message taken in.
    pub fn head(&self) -> Option<&MessageHash> {
        self.log.content.head()
    }

    /// Whether the keys that open it can only read.
    pub fn read_only(&self) -> bool {
        self.read_only
    }

    /// Whether there is an outcome, good or bad.
    pub fn is_settled(&self) -> bool {
        matches!(self.machine.at(), At::Live | At::Ended)
    }

    /// The document, once it was read to its end; or the reason, once it is clear that it cannot be read.
    pub fn outcome(&mut self) -> Option<Result<SyncedDoc, Unavailable>> {
        match self.machine.trouble() {
            Some(trouble) => Some(Err(trouble.into())),
            None => (self.machine.at() == At::Live).then(|| self.synced()),
        }
    }

    /// As [`Self::outcome`], for a roster.
    pub fn roster(&self) -> Option<Result<SyncedRoster, Unavailable>> {
        match (self.machine.trouble(), &self.log.content) {
            (Some(trouble), _) => Some(Err(trouble.into())),
            (None, Content::Roster(roster)) if self.machine.at() == At::Live => Some(
                roster
                    .roster()
                    .map(|roster| SyncedRoster::new(self.channel.clone(), roster))
                    .map_err(|why| Unavailable::Unreadable { why }),
            ),
            _ => None,
        }
    }

    /// The document as it was read last, whether it is followed now or not: to be shown, and not to decide anything by.
    pub fn last(&mut self) -> Option<SyncedDoc> {
        match self.machine.at() {
            At::Live | At::Suspended => self.synced().ok(),
            _ => None,
        }
    }

    /// The connection is gone. Whether this reader can go on from where it was.
    pub fn suspend(&mut self) -> bool {
        self.machine.suspend(&mut self.log)
    }

    /// There is a connection again: joins anew, and asks from the last message on.
    pub fn resume(&mut self, txids: TxPair) -> Vec<Ask> {
        self.machine.resume(&txids)
    }

    /// Takes one event in; what it makes necessary comes back.
    pub fn handle(&mut self, input: Input<'_>) -> Option<Ask> {
        match input {
            // The host's store is late. A folder is not given up for its answer.
            Input::Deadline if self.machine.waits_for_store() => self.recalled(None, None),
            _ => self.machine.handle(input, &mut self.log),
        }
    }

    /// Whether an input is an answer to what it asked.
    pub fn is_answer(&self, input: &Input<'_>) -> bool {
        self.machine.is_answer(input)
    }

    fn synced(&mut self) -> Result<SyncedDoc, Unavailable> {
        let Content::Document(history) = &mut self.log.content else {
            return Err(Unavailable::Unreadable { why: "it is no document but a roster" });
        };
        let document = history.document().map_err(|why| Unavailable::Unreadable { why })?;
        let place = history.place();
        Ok(SyncedDoc::new(self.channel.clone(), document, self.read_only, place, self.log.created))
    }
}

impl std::fmt::Debug for DocumentReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DocumentReader")
            .field("channel", &self.channel)
            .field("machine", &self.machine)
            .field("content", &self.log.content)
            .finish_non_exhaustive()
    }
}
