//! A whole session as one machine: from a password to a confirmed pin set and an ordered mailbox.
//!
//! The host calls [`Session::handle`] with what happened and the time, then carries out what
//! [`Session::poll`] returns until it returns nothing, and calls again no later than [`Session::deadline`].
//! Nothing else moves: the same inputs give the same effects, so a schedule of replies is a value. Before it waits, the host
//! calls [`Session::rest`]: then no deadline runs while we compute.
//!
//! ```text
//! open ─▶ login ─▶ connect ─▶ account document ─▶ Opened
//! load_drive ─▶ every declared folder, at most eight at a time ─▶ Drive::{Complete, Partial}
//! load_team ─▶ the same for a team: its document, roster and folders, pinned under its own key
//! follow_changes ─▶ what appears later is pinned by itself
//! sync_pins ─▶ compare, PIN, compare, RESET only a surplus, have it read back ─▶ Receipt
//! open_mailbox ─▶ deliveries, in the server's order
//! history ─▶ every stored line of a channel, in pages
//! question ─▶ what the server has: a channel, its newest message, the hash of a list
//! ```
//! One operation runs at a time; mailboxes run beside it. When the connection is lost the running
//! operation fails with a code that says whether to try again. What was followed is suspended, connected
//! anew after a rest, and brought up to date from the last message it held.

mod account;
mod busy;
mod cache;
pub mod deadlines;
#[cfg(feature = "recovery")]
mod destroying;
pub mod effect;
mod ending;
mod folders;
mod guard;
#[cfg(feature = "recovery")]
pub mod history;
pub mod inbox;
mod keeping;
mod loading;
pub mod login;
mod machine;
mod making;
mod news;
mod notices;
mod opening;
mod operation;
mod outbox;
mod pacing;
mod parts;
mod pinning;
#[cfg(feature = "recovery")]
pub mod questions;
mod reading;
mod refusals;
mod registering;
mod scope;
pub mod sending;
mod settling;
mod signers;
mod teams;
mod wiring;
pub mod writing;

use crate::drive::account::{Account, MailboxEntry};
use crate::error::{Code, Error};
use crate::net::document::SyncedDoc;
use crate::ports::{Entropy, UnixMillis};
use crate::session::busy::Busy;
use crate::session::deadlines::Deadlines;
use crate::session::effect::{Effect, Ticket};
use crate::session::operation::Operation;
use crate::session::parts::Parts;
use crate::session::writing::Author;

/// The deadline of a session that computes: the next [`Input::Tick`](effect::Input::Tick) is due when the host has done what else it
/// has to do, and there is nothing to wait for.
pub const AT_ONCE: UnixMillis = UnixMillis(0);

/// One account on one server.
pub struct Session {
    parts: Parts,
    running: Option<Running>,
    /// Whether something happened, beside the last input, that may let something else go on.
    owed: bool,
    closed: bool,
    /// Whether the host was told last that it is not safe to close.
    told_unsafe: bool,
    busy: Busy,
}

/// The operation that runs, and the ticket that its end carries.
struct Running {
    ticket: Ticket,
    operation: Box<dyn Operation>,
}

impl Session {
    /// A session that has not signed in.
    pub fn new(entropy: Box<dyn Entropy + Send>) -> Self {
        Self::with_deadlines(entropy, Deadlines::default())
    }

    /// As [`Session::new`], with a patience of its own.
    pub fn with_deadlines(entropy: Box<dyn Entropy + Send>, deadlines: Deadlines) -> Self {
        Self {
            parts: Parts::new(entropy, deadlines),
            running: None,
            owed: false,
            closed: false,
            told_unsafe: false,
            busy: Busy::new(),
        }
    }

    /// Gives an operation or a waiting edit up: what is not on the wire yet is not sent any more. An edit that was sent
    /// takes its course. A call that was sent cannot be taken back: for pins the end is then `pins/unconfirmed`, and
    /// the next run begins by comparing. Nothing else that is under way is disturbed. Where nothing else is, the connection
    /// is made anew: then nobody waits for an answer to a call that was given up.
    pub fn cancel(&mut self, now: UnixMillis, ticket: Ticket) {
        if let Some(Running { operation, .. }) = self.running.take_if(|running| running.ticket == ticket) {
            let cancelled = Error::new(Code::NetClosed, "the operation was cancelled");
            let error = operation.give_up(&mut self.parts, now, &cancelled);
            self.over(ticket, Err(error));
            // The answer may never come, and the next operation would wait for it. Nobody else uses the connection.
            if self.parts.wiring.is_open() && !self.parts.others_use_the_connection() {
                self.parts.hang_up(now, &cancelled);
            }
            self.go_on(now);
        }
        let cancelled = Error::new(Code::NetClosed, "the edit was cancelled");
        self.parts.cancel_writes(now, &Author::Edit(ticket), &cancelled);
        #[cfg(feature = "recovery")]
        self.parts.cancel_history(ticket, &Error::new(Code::NetClosed, "the reading was cancelled"));
        #[cfg(feature = "recovery")]
        self.parts.cancel_question(ticket, &Error::new(Code::NetClosed, "the question was cancelled"));
        self.hand_up(now);
    }

    /// Ends the session and wipes its keys. Every later call is `misuse/closed`.
    pub fn close(&mut self) {
        if self.closed {
            return;
        }
        if self.unsaved() {
            self.parts.tell_storage(Error::new(
                Code::HostStorage,
                "the session ends before all it knows is stored",
            ));
        }
        let closed = Error::new(Code::MisuseClosed, "the session was closed");
        self.parts.end_connection(UnixMillis(0), &closed);
        let running = self.running.take();
        self.hand_up(UnixMillis(0));
        if let Some(Running { ticket, operation }) = running {
            let error = operation.give_up(&mut self.parts, UnixMillis(0), &closed);
            self.over(ticket, Err(error));
        }
        self.parts.out.push(Effect::Disconnect);
        self.parts.forget_account(UnixMillis(0), &closed);
        self.closed = true;
    }

    /// Whether the program may end now and nothing that was asked for is lost: no run of pins, no edit, no letter, no folder or
    /// account is on its way, or in doubt. An edit that was acknowledged counts as done, although a branch of somebody who was late can
    /// still win: only an open session writes it again. What the session does by itself, as [`Self::follow_changes`] says, the next one does.
    /// [`Event::Safe`](effect::Event::Safe) tells when it changes.
    pub fn safe_to_close(&self) -> bool {
        let runs = self.running.as_ref().is_some_and(|running| running.operation.writes());
        #[cfg(feature = "recovery")]
        let tells = self.parts.questions.writes();
        #[cfg(not(feature = "recovery"))]
        let tells = false;
        !runs && !tells && !self.parts.writers.owe() && !self.parts.mail.sends()
    }

    /// Whether something was learnt that the host's store does not hold yet. A host that can wait does so, for as long
    /// as [`Deadlines::store`] says, before it calls [`Self::close`].
    pub fn unsaved(&self) -> bool {
        self.parts.guard.unsaved()
    }

    /// The account, once signed in.
    pub fn account(&self) -> Option<&Account> {
        self.parts.who.account()
    }

    /// How many frames and messages came from other clients that nobody asked for and nobody with a key wrote: they were
    /// passed over, and change nothing.
    pub const fn ignored(&self) -> u64 {
        self.parts.wiring.ignored()
    }

    /// The mailboxes that the account document names now.
    pub fn mailboxes(&mut self) -> Vec<MailboxEntry> {
        self.document().map(|root| Account::mailboxes(root.document())).unwrap_or_default()
    }

    /// The account document as it stands, once read to its end; as it stood, while there is no connection.
    pub fn document(&mut self) -> Option<SyncedDoc> {
        self.parts.document()
    }

    fn check_open(&self) -> Result<(), Error> {
        if self.closed { Err(Error::new(Code::MisuseClosed, "the session is closed")) } else { Ok(()) }
    }

    fn check_idle(&self) -> Result<(), Error> {
        self.check_open()?;
        match self.running {
            Some(_) => Err(Error::new(Code::MisuseBusy, "another operation is running")),
            None => Ok(()),
        }
    }

    fn check_ready(&self) -> Result<(), Error> {
        self.check_idle()?;
        match self.parts.who.signed_in() {
            Some(_) => Ok(()),
            None => Err(Error::new(Code::MisuseClosed, "the session is not signed in")),
        }
    }
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session")
            .field("signed_in", &self.parts.who.signed_in().is_some())
            .field("readers", &self.parts.readers.channels().count())
            .field("closed", &self.closed)
            .finish_non_exhaustive()
    }
}
