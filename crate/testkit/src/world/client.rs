//! A client in a world: the product's session with the program that any host runs, or a mutant.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;

use pinfold_core::drive::complete::Drive;
use pinfold_core::drive::edit::{Edit, EntryId, Put};
use pinfold_core::error::{Code, Error, Retry};
use pinfold_core::guard::plan::Policy;
use pinfold_core::ids::BlockId;
use pinfold_core::json::Text;
use pinfold_core::ports::UnixMillis;
use pinfold_core::secret::SecretText;
use pinfold_core::session::Session;
use pinfold_core::session::effect::{Effect, Event, FolderState, Input, Outcome, Ticket};
use pinfold_core::session::inbox::Reading as MailboxReading;
use pinfold_core::session::login::SignedIn;
use pinfold_core::session::writing::Target;

use pinfold_recovery::{PinChange, PinLog};

use crate::account::Built;
use crate::entropy::Seeded;

/// How often a host runs the program again before it leaves it to the user.
const ATTEMPTS: usize = 6;

/// What a client asks of the network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deed {
    /// Open a socket.
    Connect,
    /// Send a frame.
    Send(String),
    /// Close the socket.
    Disconnect,
}

/// Something that speaks to a server.
pub trait Client {
    /// Starts; called once.
    fn start(&mut self, now: UnixMillis);
    /// Takes in what happened.
    fn handle(&mut self, now: UnixMillis, input: Input<'_>);
    /// What to do next, until there is nothing.
    fn poll(&mut self) -> Option<Deed>;
    /// When time has to be told.
    fn deadline(&self) -> Option<UnixMillis>;
    /// How it ended, once it wants nothing any more.
    fn ended(&self) -> Option<Ended>;
    /// The hashes of the letters it was given, one list for each time it opened the mailbox.
    fn letters(&self) -> &[Vec<String>];
    /// What it last told of each folder, by channel.
    fn told(&self) -> BTreeMap<String, String>;
    /// What it was asked to bring to the server and did not say that it failed, if it says that closing it now is safe.
    fn safe_to_close(&self) -> Option<&Asked> {
        None
    }
    /// The log that it keeps of what the server carried out; of a mutant, none.
    fn changes(&self) -> Vec<PinChange> {
        Vec::new()
    }
}

/// What a client was asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asked {
    /// Ids to be pinned, of a set that is being brought to the server, or that it confirmed.
    pub pins: BTreeSet<String>,
    /// The title of an entry that was put into the drive.
    pub title: Option<String>,
    /// That of a shared folder that was made: its key stands in the drive and nowhere else.
    pub folder: Option<String>,
}

/// How a client judges whether it may be closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Judge {
    /// By the word of the session.
    Session,
    /// A mutant: once no edit is on its way.
    ForgetsPins,
    /// A mutant: once the pins are done. What was sent counts as arrived.
    ForgetsEdits,
    /// A mutant: while a folder is being made. Its channel is there before the drive has the key.
    ForgetsFolders,
}

/// How a client ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ended {
    /// Everything was read, and the list is exactly that.
    Complete,
    /// Something could not be read; what is known was added.
    Partial,
    /// It gave up for this reason.
    Failed(Code),
}

#[derive(Debug)]
enum Stage {
    Opening(Ticket),
    Loading(Ticket),
    Pinning(Ticket, bool),
    Making(Ticket, Ended),
    Over(Ended),
}

/// The product: a session, and a host that signs in, opens the mailbox, loads and pins, and tries again where
/// the error says that this can help.
#[derive(Debug)]
pub struct Guarded {
    user_hash: SecretText,
    block: Option<BlockId>,
    session: Session,
    stage: Option<Stage>,
    attempts: usize,
    reloaded: bool,
    letters: Vec<Vec<String>>,
    told: BTreeMap<String, String>,
    judge: Option<Judge>,
    asked: Asked,
    edit: Option<Ticket>,
    out: std::collections::VecDeque<Deed>,
}

impl Guarded {
    /// A client of the account. `alone`: its user agreed to give up whatever nobody recorded, as is safe where
    /// no other device is; without that nothing would be replaced here, and what lies beyond a RESET not explored.
    pub fn new(built: &Built, entropy: Seeded, alone: bool) -> Self {
        let mut session = Session::new(Box::new(entropy));
        session.set_policy(Policy { give_up_unknown: alone, ..Policy::default() });
        Self {
            user_hash: SecretText::new(built.user_hash().to_owned()),
            block: built.block_id().as_deref().and_then(BlockId::parse),
            session,
            stage: None,
            attempts: 0,
            reloaded: false,
            letters: Vec::new(),
            told: BTreeMap::new(),
            judge: None,
            asked: Asked::default(),
            edit: None,
            out: std::collections::VecDeque::new(),
        }
    }

    /// The same, and it puts an entry into the drive while that is loaded, and makes a shared folder at the end. `judge` says when it
    /// may be closed.
    pub fn that_may_be_closed(built: &Built, entropy: Seeded, judge: Judge) -> Self {
        Self { judge: Some(judge), ..Self::new(built, entropy, true) }
    }

    fn put(&mut self, now: UnixMillis) {
        let title = "Put into the drive".to_owned();
        let link = "/pad/#/2/pad/edit/dwp81vGRSpB96Oh-2xXCwfsl/";
        let put = EntryId::new(4_000_000)
            .and_then(|id| Put::document(id, link, None, &Text::from(title.as_str()), now).ok());
        let edit = put.map(|put| self.session.edit(now, Target::Account, vec![Edit::Put(put)]));
        self.edit = edit.and_then(Result::ok);
        self.asked.title = self.edit.map(|_| title);
    }

    /// The pins are done. Who may be closed makes a folder yet.
    fn pinned(&mut self, now: UnixMillis, ended: Ended) {
        if self.judge.is_none() {
            self.stage = Some(Stage::Over(ended));
            return;
        }
        let title = "Made at the end".to_owned();
        let making = self.session.create_folder(now, &Text::from(title.as_str()), Vec::new(), None);
        self.asked.folder = making.is_ok().then_some(title);
        self.stage = Some(self.or_over(making, |ticket| Stage::Making(ticket, ended)));
    }

    fn begin(&mut self, now: UnixMillis) {
        self.attempts += 1;
        let signed_in =
            SignedIn::from_user_hash(&self.user_hash, self.block.clone(), "ws://memory".into(), Vec::new());
        let opening = signed_in.and_then(|signed_in| self.session.resume(now, signed_in));
        self.stage = Some(self.or_over(opening, Stage::Opening));
    }

    fn load(&mut self, now: UnixMillis) {
        let loading = self.session.load_drive(now);
        self.stage = Some(self.or_over(loading, Stage::Loading));
    }

    fn or_over(&self, started: Result<Ticket, Error>, stage: impl FnOnce(Ticket) -> Stage) -> Stage {
        started.map_or_else(|error| Stage::Over(Ended::Failed(error.code())), stage)
    }

    fn done(&mut self, now: UnixMillis, ticket: Ticket, ended: Result<Outcome, Error>) {
        if self.edit == Some(ticket) {
            self.edit = None;
            self.asked.title = self.asked.title.take().filter(|_| ended.is_ok());
            return;
        }
        // What is confirmed stays asked for; what failed or was only added to an unknown list does not.
        let confirmed =
            |outcome: &Outcome| !matches!(outcome, Outcome::Pins(receipt) if !receipt.confirmed());
        if !ended.as_ref().is_ok_and(confirmed) {
            self.asked.pins.clear();
        }
        let stage = self.stage.take();
        match (stage, ended) {
            (Some(Stage::Opening(t)), Ok(Outcome::Opened)) if t == ticket => {
                let reading = MailboxReading { whole: true, ..MailboxReading::default() };
                if self.session.open_mailbox(now, "notifications", reading).is_ok() {
                    self.letters.push(Vec::new());
                }
                if self.judge.is_some() {
                    self.put(now);
                }
                self.load(now);
            }
            (Some(Stage::Loading(t)), Ok(Outcome::Drive(drive))) if t == ticket => {
                let pinning = match &*drive {
                    Drive::Complete(drive) => self.session.sync_pins(now, &drive.pin_set(), None),
                    partial @ Drive::Partial(_) => self.session.add_pins(now, &partial.additions()),
                };
                let complete = matches!(*drive, Drive::Complete(_));
                if pinning.is_ok() {
                    let ids = drive.additions().ids().clone();
                    self.asked.pins = ids.iter().map(|id| id.as_str().to_owned()).collect();
                }
                self.stage = Some(self.or_over(pinning, |ticket| Stage::Pinning(ticket, complete)));
            }
            (Some(Stage::Pinning(t, complete)), Ok(Outcome::Pins(_))) if t == ticket => {
                if !complete && !std::mem::replace(&mut self.reloaded, true) {
                    self.load(now);
                } else {
                    self.pinned(now, if complete { Ended::Complete } else { Ended::Partial });
                }
            }
            (Some(Stage::Making(t, ended)), Ok(Outcome::Created(_))) if t == ticket => {
                self.stage = Some(Stage::Over(ended));
            }
            (Some(_), Err(error)) => {
                // A folder that is told not to have been made is not asked for any more.
                self.asked.folder = None;
                let again = matches!(error.code().retry(), Retry::Now | Retry::Later);
                if again && self.attempts < ATTEMPTS {
                    self.begin(now);
                } else {
                    self.stage = Some(Stage::Over(Ended::Failed(error.code())));
                }
            }
            (stage, Ok(_)) => self.stage = stage,
            (None, Err(_)) => {}
        }
    }

    fn carry_out(&mut self, now: UnixMillis) {
        while let Some(effect) = self.session.poll() {
            match effect {
                // Each client here is a first start: nothing was stored, and nothing it stores is read again.
                Effect::Recall { key } => {
                    self.session.handle(now, Input::Recalled { key: &key, result: Ok(None) });
                }
                Effect::Store { key, .. } => {
                    self.session.handle(now, Input::Stored { key: &key, result: Ok(()) });
                }
                Effect::Forget { .. } => {}
                Effect::Connect { .. } => self.out.push_back(Deed::Connect),
                Effect::Send(frame) => self.out.push_back(Deed::Send(frame)),
                Effect::Disconnect => self.out.push_back(Deed::Disconnect),
                Effect::Done(ticket, ended) => self.done(now, ticket, ended),
                Effect::Delivery(mailbox, delivery) => {
                    self.session.leave_message(now, mailbox, &delivery.hash);
                    if let Some(opening) = self.letters.last_mut() {
                        opening.push(delivery.hash.as_str().to_owned());
                    }
                }
                Effect::Event(Event::Folder { folder, .. }) => {
                    let state = match folder.state {
                        FolderState::Unavailable(code) => code.as_str().to_owned(),
                        state => format!("{state:?}").to_lowercase(),
                    };
                    self.told.insert(folder.channel.unwrap_or(folder.id), state);
                }
                Effect::Http(..)
                | Effect::Event(_)
                | Effect::History(..)
                | Effect::MailboxState(..)
                | Effect::MailboxNotice(..)
                | Effect::BacklogEnded(_)
                | Effect::MailboxEnded(..) => {}
            }
        }
    }
}

impl Client for Guarded {
    fn start(&mut self, now: UnixMillis) {
        self.begin(now);
        self.carry_out(now);
    }

    fn handle(&mut self, now: UnixMillis, input: Input<'_>) {
        self.session.handle(now, input);
        self.carry_out(now);
    }

    fn poll(&mut self) -> Option<Deed> {
        self.out.pop_front()
    }

    fn deadline(&self) -> Option<UnixMillis> {
        self.session.deadline()
    }

    fn ended(&self) -> Option<Ended> {
        match &self.stage {
            Some(Stage::Over(ended)) => Some(*ended),
            _ => None,
        }
    }

    fn letters(&self) -> &[Vec<String>] {
        &self.letters
    }

    fn told(&self) -> BTreeMap<String, String> {
        self.told.clone()
    }

    fn safe_to_close(&self) -> Option<&Asked> {
        let safe = match self.judge? {
            Judge::Session => self.session.safe_to_close(),
            Judge::ForgetsPins => !self.session.is_writing(),
            Judge::ForgetsEdits => !matches!(self.stage, Some(Stage::Pinning(..) | Stage::Making(..))),
            Judge::ForgetsFolders => {
                self.session.safe_to_close() || matches!(self.stage, Some(Stage::Making(..)))
            }
        };
        safe.then_some(&self.asked)
    }

    fn changes(&self) -> Vec<PinChange> {
        PinLog::of(self.session.pin_changes()).changes().to_vec()
    }
}
