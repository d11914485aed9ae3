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
//! sync_pins ─▶ compare, PIN, compare, RESET only a surplus, have it read back ─▶ Receipt
//! open_mailbox ─▶ deliveries, in the server's order
//! ```
//! One operation runs at a time; mailboxes run beside it. When the connection is lost the running
//! operation fails with a code that says whether to try again. What was followed is suspended, connected
//! anew after a rest, and brought up to date from the last message it held.

mod cache;
mod completing;
pub mod deadlines;
mod dismissing;
pub mod effect;
mod guard;
pub mod inbox;
mod keeping;
mod loading;
pub mod login;
mod machine;
mod making;
mod opening;
mod outbox;
mod paging;
mod pinning;
mod proof;
mod reading;
mod refusals;
mod registering;
pub mod sending;
mod settling;
mod signers;
mod teams;
mod trouble;
mod wires;
pub mod writing;

use crate::compact::SortedMap;
use crate::drive::account::{Account, MailboxEntry};
use crate::error::{Code, Error};
use crate::ids::{ChannelId, EdPublic};
use crate::json::Text;
use crate::net::document::SyncedDoc;
use crate::net::writer::Writer;
use crate::pins::set::PinBatch;
use crate::ports::{Entropy, Millis};
use crate::rpc::{CallId, Rpc};
use crate::session::cache::{Logs, Recall};
use crate::session::deadlines::Deadlines;
use crate::session::dismissing::Dismissing;
use crate::session::effect::{Effect, FolderState, Ticket};
use crate::session::guard::Guard;
use crate::session::inbox::Inboxes;
use crate::session::keeping::Keeping;
use crate::session::loading::{LoadRun, Scope};
use crate::session::login::{Login, SignedIn};
use crate::session::making::Making;
use crate::session::outbox::Outbox;
use crate::session::paging::Page;
use crate::session::pinning::Pinning;
use crate::session::proof::Proof;
use crate::session::reading::Reading;
use crate::session::sending::Sending;
use crate::session::trouble::Trouble;
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
    /// To be told the server's time, with the cookie.
    Time,
    /// To be let into a restricted channel.
    Admission(ChannelId),
    /// To pin what has appeared, under this key.
    Keep(EdPublic, PinBatch),
    /// Before the same is asked once more: what it comes to is nothing to tell of.
    Before,
}

/// One account on one server.
pub struct Session {
    entropy: Box<dyn Entropy + Send>,
    deadlines: Deadlines,
    out: Outbox,
    operation: Option<Operation>,
    signed_in: Option<SignedIn>,
    account: Option<Account>,
    wire: Wire,
    /// How often a connection was dialled since the last one that was of use.
    attempt: u32,
    /// How many connections in a row ended because of what the server said, and since when there is one.
    faults: u32,
    connected_at: Millis,
    readers: SortedMap<ChannelId, Box<Reading>>,
    /// Those that could not be read, or leave a doubt.
    troubled: SortedMap<ChannelId, Trouble>,
    /// What other clients sent and nobody wanted.
    ignored: u64,
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
    /// What of it the server has not read back from its disk.
    proof: Proof,
    /// Whether the logs of channels are kept in the host's store, what is being fetched of them, and what the store
    /// did last with them.
    keeps_logs: bool,
    recalls: SortedMap<ChannelId, Recall>,
    logs: Logs,
    /// Whether, and how, the session stays current.
    keeping: Option<Keeping>,
    calls: SortedMap<(EdPublic, CallId), Purpose>,
    /// Which channel an anonymous "is it new?" asks about.
    existence: SortedMap<String, ChannelId>,
    inboxes: Inboxes,
    /// Dismissals on their way into the account document.
    dismissing: Dismissing,
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
            out: Outbox::default(),
            operation: None,
            signed_in: None,
            account: None,
            wire: Wire::Down,
            attempt: 0,
            faults: 0,
            connected_at: 0,
            readers: SortedMap::new(),
            troubled: SortedMap::new(),
            ignored: 0,
            version: 0,
            rpcs: SortedMap::new(),
            signers_of: None,
            followed: SortedMap::new(),
            told: SortedMap::new(),
            pinned: SortedMap::new(),
            proof: Proof::default(),
            keeps_logs: false,
            recalls: SortedMap::new(),
            logs: Logs::default(),
            keeping: None,
            calls: SortedMap::new(),
            existence: SortedMap::new(),
            inboxes: Inboxes::default(),
            dismissing: Dismissing::default(),
            sending: SortedMap::new(),
            pages: SortedMap::new(),
            guard: Box::default(),
            writers: SortedMap::new(),
            stirred: false,
            closed: false,
        }
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
            self.out.push(Effect::Disconnect);
            let cancelled = Error::new(Code::NetClosed, "the operation was cancelled");
            if matches!(&self.operation, Some(Operation::Make { making, .. }) if making.may_be_registered()) {
                self.finish(Err(cancelled.clone()));
            }
            self.lose(now, &cancelled);
        }
        self.cancel_edit(now, ticket);
    }

    /// Ends the session and wipes its keys. Every later call is `misuse/closed`.
    pub fn close(&mut self) {
        if self.closed {
            return;
        }
        if self.unsaved() {
            self.tell_storage(Error::new(
                Code::HostStorage,
                "the session ends before all it knows is stored",
            ));
        }
        // The one error after which nothing rests: nobody wants the session any longer.
        self.lose(0, &Error::new(Code::MisuseClosed, "the session was closed"));
        self.out.push(Effect::Disconnect);
        self.forget_account();
        self.closed = true;
    }

    /// Whether something was learnt that the host's store does not hold yet. A host that can wait does so, for as long
    /// as [`Deadlines::store`] says, before it calls [`Self::close`].
    pub fn unsaved(&self) -> bool {
        self.guard.unsaved()
    }

    /// The account, once signed in.
    pub fn account(&self) -> Option<&Account> {
        self.account.as_ref()
    }

    /// How many frames and messages came from other clients that nobody asked for and nobody with a key wrote: they were
    /// passed over, and change nothing.
    pub const fn ignored(&self) -> u64 {
        self.ignored
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
        self.proof = Proof::default();
        self.recalls.clear();
        self.logs = Logs::default();
        self.keeping = None;
        self.calls.clear();
        self.existence.clear();
        self.readers.clear();
        self.troubled.clear();
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
