//! Mailboxes on the wire: they run beside the operations and can reorder nothing of theirs. Letters are handed out one
//! at a time. One that names a folder, document or team waits until the session knows what became of that.

mod calls;
mod serving;
mod wires;

use core::time::Duration;

use crate::compact::SortedMap;
use crate::drive::account::Account;
use crate::ids::ChannelId;
use crate::mailbox::WINDOW;
use crate::mailbox::reader::MailboxReader;
use crate::net::document::SyncedDoc;
use crate::ports::{Delay, Due, UnixMillis};
use crate::session::effect::{MailboxState, Ticket};
use crate::session::scope::Scope;
use crate::session::settling::Settling;

/// How a mailbox is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    /// From the beginning of the log. Otherwise from the last message of the dismissed prefix on.
    pub whole: bool,
    /// How long letters wait for what they name; then they are delivered marked
    /// `mailbox/unresolved`.
    pub patience: Duration,
    /// How many bytes of letters that wait are held, and one letter more; the rest stays in the log until its turn.
    pub window: usize,
}

impl Default for Reading {
    fn default() -> Self {
        Self { whole: false, patience: Duration::from_secs(30), window: WINDOW }
    }
}

/// A mailbox being read.
#[derive(Debug)]
pub(super) struct Inbox {
    ticket: Ticket,
    name: String,
    reader: MailboxReader,
    due: Due,
    backlog_told: bool,
    told: MailboxState,
}

/// The open mailboxes, and what they need to know of the drive.
#[derive(Debug, Default)]
pub(super) struct Inboxes {
    open: SortedMap<ChannelId, Inbox>,
    /// The account document that the mailboxes know.
    known: Option<SyncedDoc>,
    settling: Settling,
}

impl Inbox {
    fn deadline(&self) -> Option<UnixMillis> {
        let answer = self.reader.waiting_for_server().then_some(self.due.at());
        answer.into_iter().chain(self.reader.held().map(|held| held.until)).min()
    }

    fn state(&self) -> MailboxState {
        MailboxState {
            unread: self.reader.unread(),
            news: self.reader.news(),
            quarantined: self.reader.quarantine().len(),
            held: self.reader.held().cloned(),
        }
    }
}

impl Inboxes {
    /// Whether no mailbox is open.
    pub(super) fn is_empty(&self) -> bool {
        self.open.is_empty()
    }

    pub(super) fn deadline(&self) -> Option<UnixMillis> {
        self.open.values().filter_map(Inbox::deadline).min()
    }

    /// Bytes of letters that wait.
    pub(super) fn bytes(&self) -> usize {
        self.open.values().map(|inbox| inbox.reader.bytes()).sum()
    }

    /// See [`Due::put_off`]. A letter that waits for a folder waits longer when we were busy.
    pub(super) fn put_off(&mut self, delay: Delay, patience: Duration) {
        for inbox in self.open.values_mut() {
            inbox.due.put_off(delay, patience);
            if let Delay::Worked(work) = delay {
                inbox.reader.wait_longer(work);
            }
        }
    }

    /// The host asked for this drive: letters may wait for it.
    pub(super) fn asked(&mut self, scope: &Scope) {
        self.settling.asked(scope);
    }

    /// Every folder that the user's drive declares now has its outcome.
    pub(super) fn drive_settled(&mut self, root: &SyncedDoc) {
        self.settling.drive_settled(root.document());
        self.known = None;
    }

    /// A team has its outcome.
    pub(super) fn team_settled(&mut self, id: &str) {
        self.settling.team_settled(id);
        self.known = None;
    }

    /// Looks at the account document, if it is another one.
    fn look(&mut self, root: SyncedDoc) {
        if self.known.as_ref().is_some_and(|known| known.is(&root)) {
            return;
        }
        self.settling.look(root.document());
        let reader = Account::reader(root.document());
        for inbox in self.open.values_mut() {
            inbox.reader.reads_as(&reader);
            if let Some(dismissed) = Account::dismissed(root.document(), &inbox.name) {
                inbox.reader.document_says(dismissed);
            }
        }
        self.known = Some(root);
    }

    fn channels(&self, which: &dyn Fn(&Inbox) -> bool) -> Vec<ChannelId> {
        self.open.iter().filter(|(_, inbox)| which(inbox)).map(|(channel, _)| channel.clone()).collect()
    }

    fn named(&mut self, ticket: Ticket) -> Option<(&ChannelId, &mut Inbox)> {
        self.open.iter_mut().find(|(_, inbox)| inbox.ticket == ticket)
    }
}
