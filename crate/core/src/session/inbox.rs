//! Mailboxes on the wire: they run beside the operations and can reorder nothing of theirs.

use crate::error::{Code, Error};
use crate::ids::{ChannelId, MessageHash};
use crate::mailbox::cursor::Cursor;
use crate::mailbox::reader::{Ask, Input, MailboxReader};
use crate::ports::Millis;
use crate::session::Session;
use crate::session::effect::{Effect, Ticket};
use crate::wire::keeper::{self, Existence};

/// A mailbox being read.
#[derive(Debug)]
pub(super) struct Inbox {
    ticket: Ticket,
    reader: MailboxReader,
    deadline: Millis,
    backlog_told: bool,
}

impl Inbox {
    pub(super) fn deadline(&self) -> Option<Millis> {
        self.reader.waiting_for_server().then_some(self.deadline)
    }
}

impl Session {
    pub(super) fn start_inbox(
        &mut self,
        now: Millis,
        ticket: Ticket,
        name: &str,
        whole: bool,
    ) -> Result<(), Error> {
        if self.wire.link().is_none() {
            return Err(Error::new(Code::NetClosed, "there is no connection; load the drive to make one"));
        }
        let entry = self.mailboxes().into_iter().find(|entry| entry.name == name).ok_or_else(|| {
            Error::new(Code::MailboxAbsent, "the account has no such mailbox").with("name", name)
        })?;
        if self.inboxes.contains_key(&entry.channel) {
            return Err(Error::new(Code::MisuseBusy, "the mailbox is open already").with("name", name));
        }
        let cursor = Cursor::stored(entry.last_known, entry.viewed);
        let txid = self.txid();
        let (reader, ask) = MailboxReader::open(entry.channel.clone(), entry.keys, cursor, whole, txid);
        let inbox = Inbox { ticket, reader, deadline: now + self.deadlines.progress, backlog_told: false };
        self.inboxes.insert(entry.channel.clone(), inbox);
        self.carry_out(now, &entry.channel, ask);
        Ok(())
    }

    pub(super) fn stop_inbox(&mut self, ticket: Ticket) {
        let Some(channel) = self.inboxes.iter().find(|(_, i)| i.ticket == ticket).map(|(c, _)| c.clone())
        else {
            return;
        };
        self.inboxes.remove(&channel);
        if let Some(link) = self.wire.link() {
            let frame = link.leave(&channel);
            self.out.push_back(Effect::Send(frame));
        }
    }

    pub(super) fn lose_inboxes(&mut self, error: &Error) {
        for inbox in std::mem::take(&mut self.inboxes).into_values() {
            self.out.push_back(Effect::MailboxEnded(inbox.ticket, error.clone()));
        }
    }

    pub(super) fn expire_inboxes(&mut self, now: Millis) {
        let late: Vec<ChannelId> = self
            .inboxes
            .iter()
            .filter(|(_, i)| i.deadline().is_some_and(|d| d <= now))
            .map(|(c, _)| c.clone())
            .collect();
        for channel in late {
            self.tell_inbox(now, &channel, Input::Deadline);
        }
    }

    pub(super) fn inbox_joined(&mut self, now: Millis, channel: &ChannelId) {
        self.alive(now, channel);
        self.tell_inbox(now, channel, Input::Joined);
    }

    pub(super) fn inbox_existence(&mut self, now: Millis, channel: &ChannelId, existence: &Existence) {
        self.alive(now, channel);
        self.tell_inbox(now, channel, Input::Existence(existence));
    }

    pub(super) fn inbox_history(
        &mut self,
        now: Millis,
        channel: &ChannelId,
        txid: u64,
        message: &str,
        time: Option<u64>,
    ) {
        self.alive(now, channel);
        self.tell_inbox(now, channel, Input::History { txid, message, time });
    }

    pub(super) fn inbox_end(&mut self, now: Millis, channel: &ChannelId, txid: u64) {
        self.tell_inbox(now, channel, Input::End { txid });
    }

    pub(super) fn inbox_error(&mut self, now: Millis, channel: &ChannelId, txid: Option<u64>, code: &str) {
        self.alive(now, channel);
        self.tell_inbox(now, channel, Input::ChannelError { txid, code });
    }

    pub(super) fn inbox_live(&mut self, now: Millis, channel: &ChannelId, message: &str, time: Option<u64>) {
        self.tell_inbox(now, channel, Input::Live { message, time });
    }

    pub(super) fn inbox_refused(&mut self, channel: &ChannelId, code: &str) {
        if let Some(inbox) = self.inboxes.remove(channel) {
            let error =
                Error::new(Code::RpcRefused, "the server does not open the mailbox").with("answer", code);
            self.out.push_back(Effect::MailboxEnded(inbox.ticket, error));
        }
    }

    fn alive(&mut self, now: Millis, channel: &ChannelId) {
        if let Some(inbox) = self.inboxes.get_mut(channel) {
            inbox.deadline = now + self.deadlines.progress;
        }
    }

    fn tell_inbox(&mut self, now: Millis, channel: &ChannelId, input: Input<'_>) {
        let Some(inbox) = self.inboxes.get_mut(channel) else { return };
        let ask = inbox.reader.handle(input);
        while let Some(delivery) = inbox.reader.next_delivery() {
            self.out.push_back(Effect::Delivery(inbox.ticket, delivery));
        }
        if inbox.reader.backlog_ended()
            && !std::mem::replace(&mut inbox.backlog_told, inbox.reader.backlog_ended())
        {
            self.out.push_back(Effect::BacklogEnded(inbox.ticket));
        }
        if let Some(error) = inbox.reader.take_failure() {
            self.out.push_back(Effect::MailboxEnded(inbox.ticket, error));
            self.inboxes.remove(channel);
        } else if let Some(ask) = ask {
            self.carry_out(now, channel, ask);
        }
    }

    fn carry_out(&mut self, now: Millis, channel: &ChannelId, ask: Ask) {
        let Some(link) = self.wire.link() else { return };
        let frame = match ask {
            Ask::Join => Some(link.join(channel)),
            Ask::Existence => {
                self.ask_existence(now, channel);
                return;
            }
            Ask::History { txid, from } => {
                let request =
                    keeper::history_request(channel.as_str(), txid, from.as_ref().map(MessageHash::as_str));
                link.ask_history(channel, &request)
            }
        };
        self.out.extend(frame.map(Effect::Send));
    }
}
