//! What mailboxes hear from the wire and ask on it: each has a deadline while it waits for the server, is suspended when
//! the connection is lost and goes on from its last message on the next one.

use super::Inbox;
use crate::channel::Input;
use crate::error::Error;
use crate::ids::ChannelId;
use crate::ports::UnixMillis;
use crate::session::effect::Effect;
use crate::session::parts::Parts;

impl Parts {
    /// The connection is gone. Where it will be made anew, reading goes on then.
    pub(in crate::session) fn lose_inboxes(&mut self, error: &Error, resumes: bool) {
        if resumes {
            for inbox in self.inboxes.open.values_mut() {
                inbox.reader.handle(Input::Lost);
            }
            return;
        }
        for inbox in std::mem::take(&mut self.inboxes.open).into_values() {
            self.out.push(Effect::MailboxEnded(inbox.ticket, error.clone()));
        }
    }

    pub(in crate::session) fn resume_inboxes(&mut self, now: UnixMillis) {
        for channel in self.inboxes.channels(&|inbox| inbox.reader.suspended()) {
            let txid = self.out.txids();
            self.alive(now, &channel);
            let asks = self.inboxes.open.get_mut(&channel).map(|inbox| inbox.reader.resume(txid));
            for ask in asks.into_iter().flatten() {
                self.ask(&channel, ask);
            }
        }
    }

    pub(in crate::session) fn expire_inboxes(&mut self, now: UnixMillis) {
        let late = |inbox: &Inbox| inbox.deadline().is_some_and(|deadline| deadline <= now);
        for channel in self.inboxes.channels(&late) {
            let silent = |inbox: &Inbox| inbox.reader.waiting_for_server() && inbox.due.is_late(now);
            if self.inboxes.open.get(&channel).is_some_and(silent) {
                self.tell_inbox(now, &channel, Input::Deadline);
            } else {
                self.serve_inbox(now, &channel);
            }
        }
    }

    /// Hands an event to the mailbox of a channel, if one is open there.
    pub(in crate::session) fn hear_in_inbox(
        &mut self,
        now: UnixMillis,
        channel: &ChannelId,
        input: Input<'_>,
    ) {
        let Some(inbox) = self.inboxes.open.get(channel) else { return };
        match input {
            // No letter is a checkpoint: the server hands on what looks like one, and may not have stored it (9.5).
            Input::Live { line } if line.text.starts_with("cp|") => return self.ignore(1),
            _ if inbox.reader.is_answer(&input) => self.alive(now, channel),
            _ => {}
        }
        self.tell_inbox(now, channel, input);
    }

    /// A message of those that a mailbox asked for again, or their end.
    pub(in crate::session) fn inbox_range(&mut self, now: UnixMillis, txid: u64, input: Input<'_>) {
        let Some(channel) = self.inboxes.channels(&|inbox| inbox.reader.fetches(txid)).pop() else { return };
        self.alive(now, &channel);
        self.tell_inbox(now, &channel, input);
    }

    fn tell_inbox(&mut self, now: UnixMillis, channel: &ChannelId, input: Input<'_>) {
        let Some(inbox) = self.inboxes.open.get_mut(channel) else { return };
        let ask = inbox.reader.handle(input);
        self.serve_inbox(now, channel);
        if let Some(ask) = ask {
            // A new question has its own time: the letter that made it necessary may come long after the last answer.
            self.alive(now, channel);
            self.ask(channel, ask);
        }
    }
}
