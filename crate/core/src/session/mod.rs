//! A whole session as one machine: from a password to a confirmed pin set and an ordered mailbox.
//!
//! The host calls [`Session::handle`] with what happened and the time, then carries out what
//! [`Session::poll`] returns until it returns nothing, and calls again no later than [`Session::deadline`].
//! Nothing else moves: the same inputs give the same effects, so a schedule of replies is a value.
//!
//! ```text
//! open ─▶ login ─▶ connect ─▶ account document ─▶ Opened
//! load_drive ─▶ every declared folder, at most eight at a time ─▶ Drive::{Complete, Partial}
//! load_team ─▶ the same for a team: its document, roster and folders, pinned under its own key
//! keep ─▶ what appears later is pinned by itself
//! sync_pins ─▶ compare, PIN, compare, RESET only a surplus, confirm ─▶ Receipt
//! open_mailbox ─▶ deliveries, in the server's order
//! ```
//! One operation runs at a time; mailboxes run beside it. When the connection is lost the running
//! operation fails with a code that says whether to try again. What was followed is suspended, connected
//! anew after a rest, and brought up to date from the last message it held.

mod cache;
pub mod deadlines;
mod dismissing;
pub mod effect;
mod guard;
pub mod inbox;
mod keeping;
mod loading;
pub mod login;
mod making;
mod opening;
mod paging;
mod pinning;
mod reading;
mod registering;
pub mod sending;
mod signers;
mod wires;
pub mod writing;

use std::collections::VecDeque;

use crate::compact::SortedMap;
use crate::drive::account::{Account, MailboxEntry};
use crate::drive::team::Team;
use crate::error::{Code, Error};
use crate::ids::{ChannelId, EdPublic};
use crate::json::Text;
use crate::net::document::SyncedDoc;
use crate::net::writer::Writer;
use crate::pins::sync::Goal;
use crate::ports::{Entropy, Millis};
use crate::rpc::{CallId, Rpc};
use crate::session::cache::Recall;
use crate::session::deadlines::Deadlines;
use crate::session::dismissing::Dismissing;
use crate::session::effect::{Effect, Event, FolderState, Input, Outcome, Phase, TeamEntry, Ticket};
use crate::session::guard::Guard;
use crate::session::inbox::Inboxes;
use crate::session::keeping::Keeping;
use crate::session::loading::{LoadRun, Scope};
use crate::session::login::{Login, SignedIn};
use crate::session::making::Making;
use crate::session::paging::Page;
use crate::session::pinning::Pinning;
use crate::session::reading::Reading;
use crate::session::sending::Sending;
use crate::session::wires::Wire;

/// The operation that runs, if any.
#[derive(Debug)]
enum Operation {
    /// Signing in. `login` is `None` once it is done and only the account document is awaited.
    Open {
        ticket: Ticket,
        login: Option<Box<Login>>,
        deadline: Millis,
    },
    /// Loading folders. `run` is `None` until the document that declares them is followed.
    Load {
        ticket: Ticket,
        scope: Scope,
        run: Option<Box<LoadRun>>,
    },
    Pins {
        ticket: Ticket,
        signer: EdPublic,
        run: Pinning,
    },
    /// Creating an account or a shared folder.
    Make {
        ticket: Ticket,
        making: Box<Making>,
    },
}

/// Why a call was made.
#[derive(Debug)]
enum Purpose {
    Pins,
    /// To be let into a restricted channel.
    Admission(ChannelId),
    /// To pin what has appeared, under this key: these ids, sorted.
    Keep(EdPublic, Vec<Text>),
}

/// One account on one server.
pub struct Session {
    entropy: Box<dyn Entropy + Send>,
    deadlines: Deadlines,
    out: VecDeque<Effect>,
    next_ticket: u64,
    next_txid: u64,
    operation: Option<Operation>,
    signed_in: Option<SignedIn>,
    account: Option<Account>,
    wire: Wire,
    /// How often a connection was dialled since the last one that was of use.
    attempt: u32,
    readers: SortedMap<ChannelId, Box<Reading>>,
    /// Names the state of the followed documents; a pin set remembers the one it was computed from. Begins
    /// anywhere on each connection, because between two connections documents change unseen, and counts
    /// the changes from there.
    version: u64,
    /// Calls under each key that is held.
    rpcs: SortedMap<EdPublic, Rpc>,
    /// The account document whose keys `rpcs` has.
    signers_of: Option<SyncedDoc>,
    /// What each drive that was loaded needs followed.
    followed: SortedMap<Scope, Vec<ChannelId>>,
    /// What was last told of each folder of each drive.
    told: SortedMap<Scope, SortedMap<String, FolderState>>,
    /// What is pinned under each key, or on its way, as far as this session saw to it. Sorted.
    pinned: SortedMap<EdPublic, Vec<Text>>,
    /// Whether the logs of channels are kept in the host's store, and what is being fetched of them.
    keeps_logs: bool,
    recalls: SortedMap<ChannelId, Recall>,
    /// Whether, and how, the session stays current.
    keeping: Option<Keeping>,
    calls: SortedMap<(EdPublic, CallId), Purpose>,
    /// Which channel an anonymous "is it new?" asks about.
    existence: SortedMap<String, ChannelId>,
    inboxes: Inboxes,
    /// Dismissals on their way into the account document.
    dismissals: SortedMap<Ticket, Dismissing>,
    /// Letters on their way, by transaction id.
    sending: SortedMap<String, Sending>,
    /// Pages of older letters that are being read, by transaction id.
    pages: SortedMap<u64, Page>,
    guard: Box<Guard>,
    /// What is written into the followed documents.
    writers: SortedMap<ChannelId, Writer>,
    /// Whether something happened that may let the running operation go on. Most frames are one more
    /// message of a history, and must cost nothing beyond their own channel.
    stirred: bool,
    closed: bool,
}

impl Session {
    /// A session that has not signed in.
    pub fn new(entropy: Box<dyn Entropy + Send>) -> Self {
        Self::with_deadlines(entropy, Deadlines::default())
    }

    /// As [`Session::new`], with a patience of its own.
    pub fn with_deadlines(entropy: Box<dyn Entropy + Send>, deadlines: Deadlines) -> Self {
        Self {
            entropy,
            deadlines: deadlines.bounded(),
            out: VecDeque::new(),
            next_ticket: 1,
            next_txid: 1,
            operation: None,
            signed_in: None,
            account: None,
            wire: Wire::Down,
            attempt: 0,
            readers: SortedMap::new(),
            version: 0,
            rpcs: SortedMap::new(),
            signers_of: None,
            followed: SortedMap::new(),
            told: SortedMap::new(),
            pinned: SortedMap::new(),
            keeps_logs: false,
            recalls: SortedMap::new(),
            keeping: None,
            calls: SortedMap::new(),
            existence: SortedMap::new(),
            inboxes: Inboxes::default(),
            dismissals: SortedMap::new(),
            sending: SortedMap::new(),
            pages: SortedMap::new(),
            guard: Box::default(),
            writers: SortedMap::new(),
            stirred: false,
            closed: false,
        }
    }

    /// Loads every declared folder. Ends with [`Outcome::Drive`]. A second call reads again only what is
    /// missing: what was read to its end is followed, and as new as the connection.
    ///
    /// # Errors
    /// `misuse/*` at once; `drive/unreadable`, `net/*`, `peer/*` at the end. A folder that cannot be read
    /// is no error but a [`PartialDrive`](crate::drive::complete::PartialDrive).
    pub fn load_drive(&mut self, now: Millis) -> Result<Ticket, Error> {
        self.start_load(now, Scope::User)
    }

    /// As [`Session::load_drive`], for a team: its document, its roster and its folders. It touches neither
    /// the user's drive nor another team's. `id` is the team's key in the account document.
    ///
    /// # Errors
    /// `misuse/*` at once; `team/*`, `drive/unreadable`, `net/*`, `peer/*` at the end.
    pub fn load_team(&mut self, now: Millis, id: &str) -> Result<Ticket, Error> {
        self.start_load(now, Scope::Team(id.to_owned()))
    }

    fn start_load(&mut self, now: Millis, scope: Scope) -> Result<Ticket, Error> {
        self.check_ready()?;
        let ticket = self.ticket();
        self.retry_unavailable();
        self.told.remove(&scope);
        self.operation = Some(Operation::Load { ticket, scope, run: None });
        self.stirred = true;
        self.advance(now);
        Ok(ticket)
    }

    /// The teams that the account document names now.
    pub fn teams(&mut self) -> Vec<TeamEntry> {
        let Some(root) = self.document() else { return Vec::new() };
        let document = root.document();
        let entry = |id: String| TeamEntry { name: Team::name_of(document, &id), id };
        Team::ids(document).into_iter().map(entry).collect()
    }

    fn check_pins(&mut self, owner: &EdPublic) -> Result<(), Error> {
        self.check_ready()?;
        // A team whose viewers we are is ours as well; that its pins cannot be signed is found out later.
        let ours = self.account.as_ref().and_then(Account::ed_public) == Some(owner)
            || self.document().is_some_and(|root| Team::owns(root.document(), owner));
        if !ours {
            return Err(Error::new(Code::MisuseForeignPinSet, "the pins are of another account"));
        }
        Ok(())
    }

    fn start_pins(&mut self, now: Millis, signer: EdPublic, goal: Goal) -> Ticket {
        let ticket = self.ticket();
        self.operation = Some(Operation::Pins { ticket, signer, run: Pinning::waiting(goal) });
        self.stirred = true;
        self.advance(now);
        ticket
    }

    /// Gives an operation or a waiting edit up; an edit that was sent takes its course. A frame that is on
    /// the wire cannot be taken back: for pins the end is then
    /// `pins/unconfirmed`, and the next run begins by comparing.
    pub fn cancel(&mut self, now: Millis, ticket: Ticket) {
        let mine = |op: &Operation| match op {
            Operation::Open { ticket: t, .. }
            | Operation::Load { ticket: t, .. }
            | Operation::Make { ticket: t, .. }
            | Operation::Pins { ticket: t, .. } => *t == ticket,
        };
        if self.operation.as_ref().is_some_and(mine) {
            // Whatever is under way belongs to the operation; the connection is the one place to stop it all.
            self.out.push_back(Effect::Disconnect);
            self.lose(now, &Error::new(Code::NetClosed, "the operation was cancelled"));
        }
        self.cancel_edit(now, ticket);
    }

    /// Ends the session and wipes its keys. Every later call is `misuse/closed`.
    pub fn close(&mut self) {
        if self.closed {
            return;
        }
        // Of a kind that is never tried again: nothing rests.
        self.lose(0, &Error::new(Code::MisuseClosed, "the session was closed"));
        self.out.push_back(Effect::Disconnect);
        self.forget_account();
        self.closed = true;
    }

    /// The account, once signed in.
    pub fn account(&self) -> Option<&Account> {
        self.account.as_ref()
    }

    /// The mailboxes that the account document names now.
    pub fn mailboxes(&mut self) -> Vec<MailboxEntry> {
        self.document().map(|root| Account::mailboxes(root.document())).unwrap_or_default()
    }

    /// The account document as it stands, once read to its end; as it stood, while there is no connection.
    pub fn document(&mut self) -> Option<SyncedDoc> {
        let channel = &self.signed_in.as_ref()?.channel;
        self.readers.get_mut(channel)?.reader.last()
    }

    /// What to do next; `None` until the next input.
    pub fn poll(&mut self) -> Option<Effect> {
        let effect = self.out.pop_front();
        if let Some(Effect::Done(ticket, result)) = &effect {
            self.dismissal_ended(*ticket, result.is_ok());
        }
        effect
    }

    /// When [`Input::Tick`] is due.
    pub fn deadline(&self) -> Option<Millis> {
        let operation = match &self.operation {
            Some(Operation::Open { login: Some(_), deadline, .. }) => Some(*deadline),
            Some(Operation::Make { making, .. }) => making.deadline(),
            _ => None,
        };
        let readers = self.readers.values().filter_map(|reading| reading.deadline());
        let rpc = self.rpcs.values().filter_map(Rpc::deadline);
        let keeping = self.keeping.as_ref().and_then(Keeping::deadline);
        let mail = self.sending.values().map(|sending| sending.deadline);
        let mail = mail.chain(self.pages.values().map(|page| page.deadline)).chain(self.inboxes.deadline());
        let writers = self.writers.values().filter_map(Writer::deadline);
        let own =
            operation.into_iter().chain(keeping).chain(self.wire.deadline()).chain(self.guard.deadline());
        readers.chain(writers).chain(mail).chain(rpc).chain(own).min()
    }

    /// Takes one event in.
    pub fn handle(&mut self, now: Millis, input: Input<'_>) {
        if self.closed {
            return;
        }
        let result = match input {
            Input::Http(reply) => {
                self.http(now, reply);
                Ok(())
            }
            Input::Opened => {
                self.opened(now);
                Ok(())
            }
            Input::Frame(text) => self.frame(now, text),
            Input::Closed => {
                let unreachable = self.wire.dialing();
                self.lose(
                    now,
                    &if unreachable {
                        Error::new(Code::NetUnreachable, "no connection could be made")
                    } else {
                        Error::new(Code::NetClosed, "the connection ended")
                    },
                );
                Ok(())
            }
            Input::Failed(error) => {
                self.lose(now, &error);
                Ok(())
            }
            Input::Fetched { key, result } => {
                if !self.recalled(now, key, &result) {
                    self.fetched(key, result);
                }
                Ok(())
            }
            Input::NotStored(error) => {
                self.tell_storage(error);
                Ok(())
            }
            Input::Tick => self.tick(now),
        };
        match result {
            Ok(()) => self.advance(now),
            // A server that breaks the protocol is not listened to any further; nothing it said is acted upon.
            Err(error) => {
                self.out.push_back(Effect::Disconnect);
                self.lose(now, &error);
            }
        }
    }

    fn tick(&mut self, now: Millis) -> Result<(), Error> {
        let http = match &self.operation {
            Some(Operation::Open { login: Some(_), deadline, .. }) => Some(*deadline),
            Some(Operation::Make { making, .. }) => making.deadline(),
            _ => None,
        };
        if http.is_some_and(|deadline| deadline <= now) {
            self.finish(Err(Error::new(Code::NetTimeout, "the server did not answer over HTTP")));
        }
        self.expire_readers(now);
        self.expire_inboxes(now);
        self.expire_shelves(now);
        self.expire_letters(now);
        self.expire_pages(now);
        self.expire_writers(now)?;
        self.tick_signers(now);
        self.tick_keeping(now);
        self.tick_wire(now)
    }

    /// Ends the running operation.
    fn finish(&mut self, result: Result<Outcome, Error>) {
        let ended = self.operation.take();
        if let Some(Operation::Load { scope: Scope::Team(id), .. }) = &ended {
            self.inboxes.team_settled(id);
        }
        if let (Some(Operation::Make { making, .. }), Err(_)) = (&ended, &result) {
            self.unmake(making);
        }
        if let Some(
            Operation::Open { ticket, .. }
            | Operation::Load { ticket, .. }
            | Operation::Pins { ticket, .. }
            | Operation::Make { ticket, .. },
        ) = ended
        {
            self.out.push_back(Effect::Done(ticket, result));
        }
    }

    fn progress(&mut self, phase: Phase, done: usize, total: Option<usize>) {
        self.out.push_back(Effect::Event(Event::Progress { phase, done, total }));
    }

    fn ticket(&mut self) -> Ticket {
        let ticket = Ticket(self.next_ticket);
        self.next_ticket += 1;
        ticket
    }

    /// A transaction id, and the one after it: a reader may ask twice.
    fn txid(&mut self) -> u64 {
        let txid = self.next_txid;
        self.next_txid += 2;
        txid
    }

    fn check_open(&self) -> Result<(), Error> {
        if self.closed { Err(Error::new(Code::MisuseClosed, "the session is closed")) } else { Ok(()) }
    }

    fn check_idle(&self) -> Result<(), Error> {
        self.check_open()?;
        match self.operation {
            Some(_) => Err(Error::new(Code::MisuseBusy, "another operation is running")),
            None => Ok(()),
        }
    }

    fn check_ready(&self) -> Result<(), Error> {
        self.check_idle()?;
        match self.signed_in {
            Some(_) => Ok(()),
            None => Err(Error::new(Code::MisuseClosed, "the session is not signed in")),
        }
    }

    fn forget_account(&mut self) {
        self.signed_in = None;
        self.account = None;
        self.rpcs.clear();
        self.signers_of = None;
        self.followed.clear();
        self.told.clear();
        self.pinned.clear();
        self.recalls.clear();
        self.keeping = None;
        self.calls.clear();
        self.existence.clear();
        self.readers.clear();
        self.inboxes = Inboxes::default();
        *self.guard = Guard::with(self.guard.policy());
        self.end_writers(0, &Error::new(Code::MisuseClosed, "the session went on to another account"));
        self.wire = Wire::Down;
    }
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session")
            .field("signed_in", &self.signed_in.is_some())
            .field("readers", &self.readers.len())
            .field("closed", &self.closed)
            .finish_non_exhaustive()
    }
}
