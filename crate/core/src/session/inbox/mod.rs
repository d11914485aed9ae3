//! Mailboxes on the wire: they run beside the operations and can reorder nothing of theirs. Letters are handed out one
//! at a time, and one that names a folder, document or team not before the session knows what became of it.

mod wires;

use crate::compact::SortedMap;
use crate::drive::account::Account;
use crate::drive::edit::MailboxPlace;
use crate::error::{Code, Error};
use crate::ids::{ChannelId, MessageHash};
use crate::mailbox::delivery::Patience;
use crate::mailbox::quarantine::Quarantined;
use crate::mailbox::reader::MailboxReader;
use crate::mailbox::{Dismissal, WINDOW};
use crate::net::document::SyncedDoc;
use crate::ports::{Due, Millis};
use crate::session::Session;
use crate::session::dismissing::place_of;
use crate::session::effect::{Effect, MailboxState, Outcome, Ticket};
use crate::session::parts::Parts;
use crate::session::settling::Settling;

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
    pub(super) settling: Settling,
}

/// How a mailbox is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    /// From the beginning of the log. Otherwise from the last message of the dismissed prefix on.
    pub whole: bool,
    /// How long letters wait for what they name, in milliseconds; then they are delivered marked
    /// `mailbox/unresolved`.
    pub patience: Millis,
    /// How many bytes of letters that wait are held, and one letter more; the rest stays in the log until its turn.
    pub window: usize,
}

impl Default for Reading {
    fn default() -> Self {
        Self { whole: false, patience: 30_000, window: WINDOW }
    }
}

impl Inbox {
    fn deadline(&self) -> Option<Millis> {
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
    pub(super) fn deadline(&self) -> Option<Millis> {
        self.open.values().filter_map(Inbox::deadline).min()
    }

    /// Bytes of letters that wait.
    pub(super) fn bytes(&self) -> usize {
        self.open.values().map(|inbox| inbox.reader.bytes()).sum()
    }

    /// Part of a frame came.
    pub(super) fn put_off(&mut self, now: Millis, patience: Millis) {
        self.open.values_mut().for_each(|inbox| inbox.due.put_off(now, patience));
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

impl Session {
    /// Reads a mailbox; its messages come as [`Effect::Delivery`] under the ticket, the next one after the last
    /// was kept or dismissed. A lost connection suspends it.
    ///
    /// # Errors
    /// `mailbox/absent`, `misuse/busy` when it is open already, `misuse/closed`, `net/closed`.
    pub fn open_mailbox(&mut self, now: Millis, name: &str, reading: Reading) -> Result<Ticket, Error> {
        self.check_open()?;
        if self.parts.wire.link().is_none() {
            return Err(Error::new(Code::NetClosed, "there is no connection; load the drive to make one"));
        }
        let entry = self.mailboxes().into_iter().find(|entry| entry.name == name).ok_or_else(|| {
            Error::new(Code::MailboxAbsent, "the account has no such mailbox").with("name", name)
        })?;
        if self.parts.inboxes.open.contains_key(&entry.channel) {
            return Err(Error::new(Code::MisuseBusy, "the mailbox is open already").with("name", name));
        }
        let (ticket, txid) = (self.parts.out.ticket(), self.parts.out.txids());
        let patience = Patience(reading.patience);
        let channel = entry.channel;
        let Reading { whole, window, .. } = reading;
        let (reader, asks) =
            MailboxReader::open(channel.clone(), entry.keys, entry.dismissed, whole, patience, window, txid);
        let inbox = Inbox {
            ticket,
            name: entry.name,
            reader,
            due: Due::within(now, self.parts.deadlines.progress),
            backlog_told: false,
            told: MailboxState::default(),
        };
        self.parts.inboxes.open.insert(channel.clone(), inbox);
        self.parts.inboxes.known = None;
        if let Some(root) = self.parts.document() {
            self.parts.inboxes.look(root);
        }
        for ask in asks {
            self.parts.ask(now, &channel, ask);
        }
        Ok(ticket)
    }

    /// Bytes of ciphertext that a mailbox holds of letters that wait; see [`Reading::window`].
    pub fn mailbox_bytes(&mut self, mailbox: Ticket) -> usize {
        self.parts.inboxes.named(mailbox).map_or(0, |(_, inbox)| inbox.reader.bytes())
    }

    /// Stops reading a mailbox.
    pub fn close_mailbox(&mut self, mailbox: Ticket) {
        let Some(channel) = self.parts.inboxes.named(mailbox).map(|(channel, _)| channel.clone()) else {
            return;
        };
        self.parts.inboxes.open.remove(&channel);
        if let Some(link) = self.parts.wire.link() {
            let frame = link.leave(&channel);
            self.parts.out.push(Effect::Send(frame));
        }
    }

    /// Leaves a delivered message as it is: the next one may come.
    pub fn keep_message(&mut self, now: Millis, mailbox: Ticket, message: &MessageHash) {
        if let Some((channel, inbox)) = self.parts.inboxes.named(mailbox) {
            let channel = channel.clone();
            inbox.reader.keep(message);
            self.parts.serve_inbox(now, &channel);
        }
    }

    /// What was delivered by a mailbox, cannot be read and is not dismissed.
    pub fn quarantine(&mut self, mailbox: Ticket) -> Vec<Quarantined> {
        let inbox = self.parts.inboxes.named(mailbox);
        inbox.map(|(_, inbox)| inbox.reader.quarantine().iter().cloned().collect()).unwrap_or_default()
    }
}

impl Parts {
    /// Takes a dismissal up; what the account document has to be told, if anything. `None`: the mailbox is not open.
    pub(super) fn dismiss_in_inbox(
        &mut self,
        ticket: Ticket,
        hash: &MessageHash,
    ) -> Option<(ChannelId, MailboxPlace, Option<Dismissal>)> {
        let (channel, inbox) = self.inboxes.named(ticket)?;
        Some((channel.clone(), place_of(&inbox.name), inbox.reader.dismiss(hash)))
    }

    pub(super) fn not_dismissed_in_inbox(&mut self, channel: &ChannelId, hash: &MessageHash) {
        if let Some(inbox) = self.inboxes.open.get_mut(channel) {
            inbox.reader.not_dismissed(hash);
        }
    }

    /// The channel of a mailbox, and before which message its older ones are.
    pub(super) fn inbox_begins(&mut self, ticket: Ticket) -> Option<(ChannelId, Option<MessageHash>)> {
        self.inboxes.named(ticket).map(|(channel, inbox)| (channel.clone(), inbox.reader.begins().cloned()))
    }

    pub(super) fn inbox_page(
        &mut self,
        channel: &ChannelId,
        messages: Vec<(String, Option<u64>)>,
        wanted: usize,
    ) -> Result<Outcome, Error> {
        let inbox = self.inboxes.open.get_mut(channel);
        let inbox = inbox.ok_or_else(|| Error::new(Code::MisuseClosed, "the mailbox was closed"))?;
        let more = messages.len() > wanted;
        Ok(Outcome::Older { letters: inbox.reader.older(messages)?, more })
    }

    /// Something else may have changed what the mailboxes wait for: the account document, or the folders.
    pub(super) fn serve_inboxes(&mut self, now: Millis) {
        if self.inboxes.open.is_empty() {
            return;
        }
        if let Some(root) = self.document() {
            self.inboxes.look(root);
        }
        for channel in self.inboxes.channels(&|_| true) {
            self.serve_inbox(now, &channel);
        }
    }

    /// Hands out what may be handed out now.
    pub(super) fn serve_inbox(&mut self, now: Millis, channel: &ChannelId) {
        let Inboxes { open, settling, .. } = &mut self.inboxes;
        let Some(inbox) = open.get_mut(channel) else { return };
        let ticket = inbox.ticket;
        let delivery = inbox.reader.next_delivery(now, &|subject| settling.known(subject));
        let notices = inbox.reader.take_notices().into_iter();
        self.out.extend(notices.map(|code| Effect::MailboxNotice(ticket, code)));
        self.out.extend(delivery.map(|delivery| Effect::Delivery(ticket, Box::new(delivery))));
        if !inbox.backlog_told && inbox.reader.backlog_ended() {
            inbox.backlog_told = true;
            self.out.push(Effect::BacklogEnded(ticket));
        }
        // While the log is coming, the count would change with every message.
        if !inbox.reader.reading() || inbox.reader.held() != inbox.told.held.as_ref() {
            let state = inbox.state();
            if state != inbox.told {
                inbox.told = state.clone();
                self.out.push(Effect::MailboxState(ticket, state));
            }
        }
        if let Some(error) = inbox.reader.take_failure() {
            self.out.push(Effect::MailboxEnded(ticket, error));
            open.remove(channel);
        } else if inbox.reader.lacks_texts() {
            self.ask_texts(now, channel);
        }
    }
}
