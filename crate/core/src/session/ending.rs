//! How a connection ends, and how an account does: everything that hangs on it is told.

use core::time::Duration;

use crate::error::{Code, Error};
use crate::ports::{UnixMillis, after};
use crate::session::account::Identity;
use crate::session::effect::{Effect, Event};
use crate::session::folders::Folders;
use crate::session::inbox::Inboxes;
use crate::session::keeping::Keeping;
use crate::session::parts::Parts;
use crate::session::signers::{Purpose, Signers};

impl Parts {
    /// The connection is gone, and everything that hangs on it ends. What was followed is suspended: it counts for nothing
    /// until a new connection has brought it up to date. A new one is made after a rest, whatever ended this one.
    pub(in crate::session) fn lose(&mut self, now: UnixMillis, error: &Error) {
        self.wiring.count_fault(now, error, self.deadlines.rest_to);
        self.readers.suspend_all();
        // Without the account document there was nothing yet that could go on.
        let goes_on = self.who.account().is_some() || !self.readers.is_empty();
        let retry_at = goes_on.then(|| after(now, self.rest()));
        self.wire_ends(now, error, retry_at);
    }

    /// As [`Self::lose`], by our own will.
    pub(in crate::session) fn hang_up(&mut self, now: UnixMillis, error: &Error) {
        self.out.push(Effect::Disconnect);
        self.lose(now, error);
    }

    /// Nobody wants the session any longer: nothing goes on.
    pub(in crate::session) fn end_connection(&mut self, now: UnixMillis, error: &Error) {
        self.readers.end();
        self.wire_ends(now, error, None);
    }

    fn wire_ends(&mut self, now: UnixMillis, error: &Error, retry_at: Option<UnixMillis>) {
        self.lose_writers(now, error);
        self.lose_inboxes(error, retry_at.is_some());
        self.lose_letters(error);
        self.lose_pages(error);
        #[cfg(feature = "recovery")]
        self.lose_histories(error);
        #[cfg(feature = "recovery")]
        self.lose_questions(error);
        let was_up = self.wiring.end(retry_at);
        for purpose in self.signers.lost(error) {
            if let Purpose::Keep(signer, batch) = purpose {
                self.forget_pinned(&signer, batch.ids());
            }
        }
        // Of a try that failed as well: the next one is later.
        if was_up || retry_at.is_some() {
            self.out.event(Event::Net { open: false, retry_at });
        }
    }

    fn rest(&mut self) -> Duration {
        // Without randomness the rest is merely not shortened.
        let mut random = [0];
        let random = self.entropy.fill(&mut random).map_or(0, |()| random[0]);
        self.deadlines.rest(self.wiring.failures(), random)
    }

    /// Nothing of the account is known any more; whoever waits for anything of it is told why not.
    pub(super) fn forget_account(&mut self, now: UnixMillis, why: &Error) {
        if !self.wiring.is_down() {
            self.out.push(Effect::Disconnect);
        }
        self.end_connection(now, why);
        self.who = Identity::default();
        self.signers = Signers::default();
        self.readers.forget_drives();
        self.folders = Folders::default();
        self.logs.begin_anew();
        self.keeping = Keeping::default();
        self.inboxes = Inboxes::default();
        self.guard.begin_anew();
    }

    /// As [`Self::forget_account`], because another is signed in to.
    pub(super) fn go_on_to_another(&mut self, now: UnixMillis) {
        self.forget_account(now, &Error::new(Code::MisuseClosed, "the session went on to another account"));
    }
}
