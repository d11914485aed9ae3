//! Mailboxes, for the host.

use crate::error::{Code, Error};
use crate::ids::MessageHash;
use crate::mailbox::delivery::Patience;
use crate::mailbox::quarantine::Quarantined;
use crate::mailbox::reader::MailboxReader;
use crate::ports::{Due, UnixMillis};
use crate::session::Session;
use crate::session::effect::{Effect, MailboxState, Ticket};
use crate::session::inbox::{Inbox, Reading};

impl Session {
    /// Reads a mailbox; its messages come as [`Effect::Delivery`] under the ticket, the next one after the last
    /// was kept or dismissed. A lost connection suspends it.
    ///
    /// # Errors
    /// `mailbox/absent`, `misuse/busy` when it is open already, `misuse/closed`, `net/closed`.
    pub fn open_mailbox(&mut self, now: UnixMillis, name: &str, reading: Reading) -> Result<Ticket, Error> {
        self.check_open()?;
        if !self.parts.wiring.is_open() {
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
            self.parts.ask(&channel, ask);
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
        if let Some(link) = self.parts.wiring.link() {
            let frame = link.leave(&channel);
            self.parts.out.push(Effect::Send(frame));
        }
    }

    /// Leaves a delivered message as it is: the next one may come.
    pub fn leave_message(&mut self, now: UnixMillis, mailbox: Ticket, message: &MessageHash) {
        if let Some((channel, inbox)) = self.parts.inboxes.named(mailbox) {
            let channel = channel.clone();
            inbox.reader.leave(message);
            self.parts.serve_inbox(now, &channel);
        }
    }

    /// What was delivered by a mailbox, cannot be read and is not dismissed.
    pub fn quarantine(&mut self, mailbox: Ticket) -> Vec<Quarantined> {
        let inbox = self.parts.inboxes.named(mailbox);
        inbox.map(|(_, inbox)| inbox.reader.quarantine().iter().cloned().collect()).unwrap_or_default()
    }
}
