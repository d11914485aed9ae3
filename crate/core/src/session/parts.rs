//! The parts of a session: what operations and everything beside them work with.

use crate::error::Error;
use crate::net::document::SyncedDoc;
use crate::ports::{Entropy, UnixMillis, after};
use crate::session::account::Identity;
use crate::session::cache::Logs;
use crate::session::deadlines::Deadlines;
use crate::session::effect::{Effect, Event, HttpRequest, Ticket};
use crate::session::folders::Folders;
use crate::session::guard::Guard;
#[cfg(feature = "recovery")]
use crate::session::history::Histories;
use crate::session::inbox::Inboxes;
use crate::session::keeping::Keeping;
use crate::session::news::News;
use crate::session::notices::{Notice, Notices};
use crate::session::outbox::Outbox;
#[cfg(feature = "recovery")]
use crate::session::questions::Questions;
use crate::session::reading::Readers;
use crate::session::sending::Mail;
use crate::session::signers::Signers;
use crate::session::wiring::Wiring;
use crate::session::writing::Writers;

/// See the module.
pub(super) struct Parts {
    pub(super) entropy: Box<dyn Entropy + Send>,
    pub(super) deadlines: Deadlines,
    pub(super) out: Outbox,
    pub(super) notices: Notices,
    pub(super) who: Identity,
    pub(super) wiring: Wiring,
    pub(super) readers: Readers,
    pub(super) signers: Signers,
    pub(super) folders: Folders,
    pub(super) logs: Logs,
    pub(super) keeping: Keeping,
    pub(super) inboxes: Inboxes,
    pub(super) mail: Mail,
    #[cfg(feature = "recovery")]
    pub(super) histories: Histories,
    #[cfg(feature = "recovery")]
    pub(super) questions: Questions,
    pub(super) guard: Box<Guard>,
    pub(super) writers: Writers,
}

impl Parts {
    /// Whether anything besides the operation needs the connection: a mailbox, a letter on its way, a page of older
    /// letters, a history, a question, an edit, or that the session stays current.
    pub(super) fn others_use_the_connection(&self) -> bool {
        #[cfg(feature = "recovery")]
        if !self.histories.are_idle() || !self.questions.are_idle() {
            return true;
        }
        self.keeping.is_on() || !self.inboxes.is_empty() || !self.mail.is_idle() || !self.writers.are_idle()
    }

    pub(super) fn new(entropy: Box<dyn Entropy + Send>, deadlines: Deadlines) -> Self {
        Self {
            entropy,
            deadlines: deadlines.bounded(),
            out: Outbox::default(),
            notices: Notices::default(),
            who: Identity::default(),
            wiring: Wiring::default(),
            readers: Readers::default(),
            signers: Signers::default(),
            folders: Folders::default(),
            logs: Logs::default(),
            keeping: Keeping::default(),
            inboxes: Inboxes::default(),
            mail: Mail::default(),
            #[cfg(feature = "recovery")]
            histories: Histories::default(),
            #[cfg(feature = "recovery")]
            questions: Questions::default(),
            guard: Box::default(),
            writers: Writers::default(),
        }
    }

    /// Asks over HTTP for the operation that runs.
    pub(super) fn ask_http(&mut self, now: UnixMillis, request: HttpRequest) {
        self.out.ask(request, after(now, self.deadlines.connect));
    }

    /// The account document as it stands, once read to its end; as it stood, while there is no connection.
    pub(super) fn document(&mut self) -> Option<SyncedDoc> {
        self.readers.last(self.who.home()?)
    }

    /// Tells an operation. If it has ended meanwhile, nobody.
    pub(super) fn tell(&mut self, operation: Ticket, news: News) {
        self.notices.leave(Notice::Operation(operation, news));
    }

    /// A store that fails costs memory between sessions, never a reading or a pin.
    pub(super) fn tell_storage(&mut self, error: Error) {
        self.out.push(Effect::Event(Event::Storage(error)));
    }

    /// Something of other clients was passed over.
    pub(super) fn ignore(&mut self, messages: u64) {
        for _ in 0..messages {
            let told = self.wiring.pass_over();
            self.out.extend(told.map(|messages| Effect::Event(Event::Ignored { messages })));
        }
    }

    /// Something was read or written: the drives are looked at when the burst is over.
    pub(super) fn keep_soon(&mut self, now: UnixMillis) {
        self.keeping.soon(now);
    }
}
