//! Reading one channel to its end, then following it (PROTOCOL.md sections 9, 10, 15.2): a list-map
//! document, or the roster of a team.
//!
//! ```text
//! ExpectExistence ──exists, joined──▶ ExpectHistory ──end──▶ Following
//!        │ JOIN refused: an allow list               ╲          │ connection lost
//! ExpectAdmission ──authenticated──▶ JOIN again       ╲         ▼
//!                                                      ╲    Suspended ──connected──▶ ExpectExistence,
//!                                                       ╲                            then history from the head
//!                                                        ▶ Unavailable (a reason, never an empty document)
//! ```
//! JOIN and "is it new?" go out together; history is asked for only when both are answered, and without
//! metadata, so that reading can never create a channel (I2, A18).

mod again;
mod kept;
mod once;
mod writing;

pub use crate::channel::{Ask, Existence, Input, Progress};
use crate::channel::{Line, TxPair};
use crate::crypto::message::MessageKeys;
use crate::ids::{ChannelId, MessageHash};
use crate::net::content::{Content, Keys};
use crate::net::departures::Left;
use crate::net::kept_log::KeptLog;
use crate::net::place::Known;
pub use crate::net::synced::{SyncedDoc, SyncedRoster};
use crate::net::unavailable::Unavailable;
use crate::team::TeamKeys;

#[derive(Debug)]
enum Stage {
    ExpectExistence { joined: bool, existence: Option<Existence> },
    ExpectAdmission { existence: Option<Existence> },
    ExpectHistory,
    Following,
    Suspended,
    Unavailable(Unavailable),
}

/// Reads and follows one channel.
pub struct DocumentReader {
    channel: ChannelId,
    keys: Keys,
    read_only: bool,
    txid: u64,
    /// For a second request.
    second: u64,
    content: Content,
    stage: Stage,
    /// The message the history was asked from; it comes first, and again.
    anchor: Option<MessageHash>,
    /// Whether it was followed once, and the history only goes on from there.
    resumes: bool,
    /// Live messages that came while the history was still coming.
    early: again::Early,
    /// Whether it is read again because of a doubt: then a doubt that is left ends nothing.
    again: bool,
    /// Messages that were passed over, because nobody with the key wrote them.
    ignored: u64,
    tried_admission: bool,
    /// The metadata of a channel that is to be created, until something is in it.
    creates: Option<String>,
    /// What is kept of the log on this machine, where it is.
    kept: Option<KeptLog>,
    /// Whether what was kept before is still to come.
    recalling: bool,
}

impl DocumentReader {
    /// A reader of a list-map document and its first questions.
    pub fn open(channel: ChannelId, keys: MessageKeys, read_only: bool, txids: TxPair) -> (Self, Vec<Ask>) {
        Self::start(channel, Keys::Document(keys), read_only, &txids)
    }

    /// A reader of the roster of these keys; otherwise as [`Self::open`].
    pub fn open_roster(keys: TeamKeys, txids: TxPair) -> (Self, Vec<Ask>) {
        let read_only = keys.sign.is_none();
        Self::start(keys.channel.clone(), Keys::Roster(keys), read_only, &txids)
    }

    fn start(channel: ChannelId, keys: Keys, read_only: bool, txids: &TxPair) -> (Self, Vec<Ask>) {
        let reader = Self {
            channel,
            content: Content::new(&keys),
            keys,
            read_only,
            txid: txids.first(),
            second: txids.second(),
            stage: Stage::ExpectExistence { joined: false, existence: None },
            anchor: None,
            resumes: false,
            early: again::Early::default(),
            again: false,
            ignored: 0,
            tried_admission: false,
            creates: None,
            kept: None,
            recalling: false,
        };
        (reader, vec![Ask::Join, Ask::Existence])
    }

    /// Says where the channel was seen before, so that an older state is noticed ([`Place::rolled_back`](crate::net::place::Place::rolled_back)).
    pub fn expect(&mut self, known: Known) {
        self.content.expect(known);
    }

    /// How far it is.
    pub fn progress(&self) -> Progress {
        match &self.stage {
            Stage::ExpectExistence { .. } | Stage::ExpectAdmission { .. } => Progress::Opening,
            Stage::ExpectHistory => Progress::Loading,
            Stage::Following => Progress::Following,
            Stage::Suspended => Progress::Suspended,
            Stage::Unavailable(_) => Progress::Unavailable,
        }
    }

    /// How many messages were taken in.
    pub fn messages(&self) -> usize {
        self.content.messages()
    }

    /// As [`Self::expect`], of a reading that is done: what left is found in the messages that came, once more.
    pub fn look_back(&mut self, known: Known, messages: &[String]) {
        self.content.look_back(&self.keys, known, messages);
    }

    /// What left the document since the place that was expected, where that came by ([`Self::expect`]).
    pub fn left(&self) -> Vec<Left> {
        self.content.left()
    }

    /// The hash of the last message taken in.
    pub fn head(&self) -> Option<&MessageHash> {
        self.content.head()
    }

    /// Whether the keys that open it can only read.
    pub fn read_only(&self) -> bool {
        self.read_only
    }

    /// Whether there is an outcome, good or bad.
    pub fn is_settled(&self) -> bool {
        matches!(self.stage, Stage::Following | Stage::Unavailable(_))
    }

    /// The document, once it was read to its end; the reason, once it is clear that it will not be.
    pub fn outcome(&mut self) -> Option<Result<SyncedDoc, Unavailable>> {
        match &self.stage {
            Stage::Unavailable(why) => Some(Err(why.clone())),
            Stage::Following => Some(self.synced()),
            _ => None,
        }
    }

    /// As [`Self::outcome`], for a roster.
    pub fn roster(&self) -> Option<Result<SyncedRoster, Unavailable>> {
        match (&self.stage, &self.content) {
            (Stage::Unavailable(why), _) => Some(Err(why.clone())),
            (Stage::Following, Content::Roster(log)) => Some(
                log.roster()
                    .map(|roster| SyncedRoster::new(self.channel.clone(), roster))
                    .map_err(|why| Unavailable::Unreadable { why }),
            ),
            _ => None,
        }
    }

    /// What was read last, be it followed now or not: to be shown, not to be concluded from.
    pub fn last(&mut self) -> Option<SyncedDoc> {
        match self.stage {
            Stage::Following | Stage::Suspended => self.synced().ok(),
            _ => None,
        }
    }

    /// The connection is gone. Whether this reader can go on from where it was.
    pub fn suspend(&mut self) -> bool {
        self.early = again::Early::default();
        let goes_on = match self.stage {
            Stage::Following => !self.stays_out(),
            // What came of the rest of the history follows without a gap on what was known before.
            Stage::ExpectExistence { .. } | Stage::ExpectAdmission { .. } | Stage::ExpectHistory => {
                self.resumes
            }
            Stage::Suspended => return true,
            Stage::Unavailable(_) => false,
        };
        if goes_on {
            self.content.open_held();
        }
        if goes_on && self.content.head().is_some() {
            self.stage = Stage::Suspended;
        }
        matches!(self.stage, Stage::Suspended)
    }

    /// There is a connection again: joins anew, and asks from the last message on.
    pub fn resume(&mut self, txids: TxPair) -> Vec<Ask> {
        if !matches!(self.stage, Stage::Suspended) {
            return Vec::new();
        }
        (self.txid, self.second) = (txids.first(), txids.second());
        self.tried_admission = false;
        self.resumes = true;
        self.anchor = self.content.head().cloned();
        self.stage = Stage::ExpectExistence { joined: false, existence: None };
        vec![Ask::Join, Ask::Existence]
    }

    /// Takes one event in; what it makes necessary comes back.
    pub fn handle(&mut self, input: Input<'_>) -> Vec<Ask> {
        match input {
            Input::Live { line: Line { text: message, .. } } => {
                match self.stage {
                    Stage::Following => self.take_live(message),
                    // Joined before the history was asked for: what comes now may or may not be in it.
                    Stage::ExpectHistory => self.take_early(message),
                    _ => {}
                }
                return Vec::new();
            }
            Input::ChannelError { code, reason, .. } => {
                // The server no longer knows the message we were at: all of it is read again.
                let outdated = matches!((code, reason), ("EUNKNOWN", _) | ("EDELETED", None));
                if outdated && self.anchor.is_some() && matches!(self.stage, Stage::ExpectHistory) {
                    return self.start_over();
                }
                self.fail(Unavailable::from_notice(code, reason));
                return Vec::new();
            }
            // The host's store is late: its answer is not worth a folder.
            Input::Deadline if self.recalling => return self.recalled(None, None),
            Input::Deadline => {
                if !matches!(self.stage, Stage::Following | Stage::Suspended) {
                    self.fail(Unavailable::Timeout);
                }
                return Vec::new();
            }
            _ => {}
        }
        let stage = std::mem::replace(&mut self.stage, Stage::ExpectHistory);
        let (stage, asks) = self.step(stage, input);
        self.stage = stage;
        asks
    }

    fn step(&mut self, stage: Stage, input: Input<'_>) -> (Stage, Vec<Ask>) {
        match (stage, input) {
            (Stage::ExpectExistence { existence, .. }, Input::Joined) => self.both_answered(true, existence),
            (Stage::ExpectExistence { joined, .. }, Input::Existence(answer)) => {
                self.both_answered(joined, Some(answer.clone()))
            }
            (Stage::ExpectExistence { existence, .. }, Input::Restricted { keys }) => {
                self.ask_admission(existence, keys.to_vec())
            }
            (Stage::ExpectHistory, Input::Restricted { keys }) => {
                self.ask_admission(Some(Existence::Known), keys.to_vec())
            }
            (Stage::ExpectAdmission { .. }, Input::Existence(answer)) => {
                (Stage::ExpectAdmission { existence: Some(answer.clone()) }, Vec::new())
            }
            (Stage::ExpectAdmission { existence }, Input::Admitted) if self.stays_out() => {
                self.both_answered(true, existence)
            }
            (Stage::ExpectAdmission { existence }, Input::Admitted) => {
                (Stage::ExpectExistence { joined: false, existence }, vec![Ask::Join])
            }
            (Stage::ExpectAdmission { existence }, Input::Denied) => match existence {
                // A placeholder says more than the allow list of what was there before.
                Some(Existence::New { reason: Some(reason) }) => {
                    (Stage::Unavailable(Unavailable::from_reason(&reason)), Vec::new())
                }
                _ => (Stage::Unavailable(Unavailable::Restricted), Vec::new()),
            },
            (Stage::ExpectExistence { .. } | Stage::ExpectHistory, Input::Refused { .. }) => {
                (Stage::Unavailable(Unavailable::Missing), Vec::new())
            }
            (Stage::ExpectHistory, Input::Metadata { validate_key }) => {
                (self.adopt_key(validate_key), Vec::new())
            }
            (Stage::ExpectHistory, Input::History { txid, line: Line { text: message, .. } })
                if txid == self.txid =>
            {
                if let Some(anchor) = self.anchor.take() {
                    // From the known message on means with it (9.2); anything else is no continuation.
                    return match MessageHash::of(message) == Some(anchor) {
                        true => (Stage::ExpectHistory, Vec::new()),
                        false => (Stage::ExpectHistory, self.start_over()),
                    };
                }
                match self.content.hold(message) {
                    Ok(()) => {
                        self.keep(message);
                        (Stage::ExpectHistory, Vec::new())
                    }
                    Err(why) => (Stage::Unavailable(Unavailable::Unreadable { why }), Vec::new()),
                }
            }
            (Stage::ExpectHistory, Input::End { txid }) if txid == self.txid => match self.anchor {
                Some(_) => (Stage::ExpectHistory, self.start_over()),
                None => (self.end(), Vec::new()),
            },
            (stage, _) => (stage, Vec::new()),
        }
    }

    fn both_answered(&mut self, joined: bool, existence: Option<Existence>) -> (Stage, Vec<Ask>) {
        match (joined, existence) {
            (joined, Some(answer)) if self.creates.is_some() => self.create_if_new(joined, answer),
            // A channel that is new is never joined to the point of history: nothing can be created.
            (_, Some(Existence::New { reason })) => {
                let why = reason.map_or(Unavailable::Missing, |r| Unavailable::from_reason(&r));
                (Stage::Unavailable(why), Vec::new())
            }
            // To ask for the history of a channel that may not exist could create it (9.2, trap 6).
            (_, Some(Existence::Unanswered)) => {
                let why = "the server does not say whether it exists";
                (Stage::Unavailable(Unavailable::Unreadable { why }), Vec::new())
            }
            (true, Some(Existence::Known)) if !self.recalling => {
                let from = self.anchor.clone();
                (Stage::ExpectHistory, vec![Ask::History { txid: self.txid, from }])
            }
            (joined, existence) => (Stage::ExpectExistence { joined, existence }, Vec::new()),
        }
    }

    /// Forgets what was read and asks for all of it, under the second transaction id.
    fn start_over(&mut self) -> Vec<Ask> {
        self.anchor = None;
        self.resumes = false;
        self.begin_anew();
        self.txid = self.second;
        vec![Ask::History { txid: self.txid, from: None }]
    }

    fn ask_admission(&mut self, existence: Option<Existence>, keys: Vec<String>) -> (Stage, Vec<Ask>) {
        if std::mem::replace(&mut self.tried_admission, true) {
            return (Stage::Unavailable(Unavailable::Restricted), Vec::new());
        }
        (Stage::ExpectAdmission { existence }, vec![Ask::Admission { keys }])
    }

    fn adopt_key(&mut self, offered: Option<&str>) -> Stage {
        if offered.is_none() {
            self.content.is_unguarded();
        }
        match offered.map(|key| self.content.adopt_key(key)) {
            None | Some(Ok(())) => Stage::ExpectHistory,
            Some(Err(_)) => {
                let why = "the server names another validation key than the link does";
                Stage::Unavailable(Unavailable::Unreadable { why })
            }
        }
    }

    fn end(&mut self) -> Stage {
        self.content.open_held();
        if self.content.messages() == 0 && self.creates.is_none() {
            return Stage::Unavailable(Unavailable::Missing);
        }
        let early = std::mem::take(&mut self.early);
        early.messages.iter().for_each(|message| self.take_live(message));
        let again = std::mem::take(&mut self.again);
        let doubt = self.content.suspicion().filter(|_| !again);
        match early.lacks().or(doubt) {
            Some(why) => Stage::Unavailable(Unavailable::Unreadable { why }),
            None => Stage::Following,
        }
    }

    fn synced(&mut self) -> Result<SyncedDoc, Unavailable> {
        let Content::Document(history) = &mut self.content else {
            return Err(Unavailable::Unreadable { why: "it is no document but a roster" });
        };
        let document = history.document().map_err(|why| Unavailable::Unreadable { why })?;
        Ok(SyncedDoc::new(self.channel.clone(), document, self.read_only, history.place()))
    }

    fn fail(&mut self, why: Unavailable) {
        // A reason that was found before stands: a cut after "restricted" does not make it a cut.
        if !matches!(self.stage, Stage::Unavailable(_)) {
            self.stage = Stage::Unavailable(why);
        }
    }
}

impl std::fmt::Debug for DocumentReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DocumentReader")
            .field("channel", &self.channel)
            .field("stage", &self.stage)
            .field("content", &self.content)
            .finish_non_exhaustive()
    }
}
