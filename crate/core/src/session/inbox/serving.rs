//! Letters are handed out one at a time. One that names a folder, document or team waits until the session knows what
//! became of that.

use crate::channel::StoredLine;
use crate::drive::account::TEAM;
use crate::drive::edit::MailboxPlace;
use crate::error::{Code, Error};
use crate::ids::{ChannelId, MessageHash};
use crate::mailbox::Dismissal;
use crate::ports::{Due, UnixMillis};
use crate::session::effect::{Effect, Outcome, Ticket};
use crate::session::inbox::Inboxes;
use crate::session::parts::Parts;

impl Parts {
    /// Takes a dismissal up; what the account document has to be told, if anything. `None`: the mailbox is not open.
    pub(in crate::session) fn dismiss_in_inbox(
        &mut self,
        ticket: Ticket,
        hash: &MessageHash,
    ) -> Option<(ChannelId, MailboxPlace, Option<Dismissal>)> {
        let (channel, inbox) = self.inboxes.named(ticket)?;
        Some((channel.clone(), place_of(&inbox.name), inbox.reader.dismiss(hash)))
    }

    pub(in crate::session) fn not_dismissed_in_inbox(&mut self, channel: &ChannelId, hash: &MessageHash) {
        if let Some(inbox) = self.inboxes.open.get_mut(channel) {
            inbox.reader.not_dismissed(hash);
        }
    }

    /// The channel of a mailbox, and before which message its older ones are.
    pub(in crate::session) fn inbox_begins(
        &mut self,
        ticket: Ticket,
    ) -> Option<(ChannelId, Option<MessageHash>)> {
        self.inboxes.named(ticket).map(|(channel, inbox)| (channel.clone(), inbox.reader.begins().cloned()))
    }

    pub(in crate::session) fn inbox_page(
        &mut self,
        channel: &ChannelId,
        messages: Vec<StoredLine>,
        wanted: usize,
    ) -> Result<Outcome, Error> {
        let inbox = self.inboxes.open.get_mut(channel);
        let inbox = inbox.ok_or_else(|| Error::new(Code::MisuseClosed, "the mailbox was closed"))?;
        let more = messages.len() > wanted;
        Ok(Outcome::Older { letters: inbox.reader.older(messages)?, more })
    }

    /// Something else may have changed what the mailboxes wait for: the account document, or the folders.
    pub(in crate::session) fn serve_inboxes(&mut self, now: UnixMillis) {
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
    pub(in crate::session) fn serve_inbox(&mut self, now: UnixMillis, channel: &ChannelId) {
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

    /// Asks for texts of letters that had no room when they came.
    fn ask_texts(&mut self, now: UnixMillis, channel: &ChannelId) {
        let txid = self.out.txid();
        self.alive(now, channel);
        let ask = self.inboxes.open.get_mut(channel).and_then(|inbox| inbox.reader.fetch(txid));
        if let Some(ask) = ask {
            self.ask(channel, ask);
        }
    }

    pub(super) fn alive(&mut self, now: UnixMillis, channel: &ChannelId) {
        if let Some(inbox) = self.inboxes.open.get_mut(channel) {
            inbox.due = Due::within(now, self.deadlines.progress);
        }
    }
}

/// Where a mailbox of this name stands in the account document.
fn place_of(name: &str) -> MailboxPlace {
    match name.strip_prefix(TEAM) {
        Some(id) => MailboxPlace::Team(id.to_owned()),
        None => MailboxPlace::Own(name.to_owned()),
    }
}
