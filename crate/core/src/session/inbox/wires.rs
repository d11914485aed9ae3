//! What mailboxes hear from the wire and ask on it: each has a deadline while it waits for the server, is suspended when
//! the connection is lost and goes on from its last message on the next one.

use super::Inbox;
use crate::error::{Code, Error};
use crate::ids::{ChannelId, MessageHash};
use crate::json::Value;
use crate::mailbox::reader::{Ask, Input};
use crate::ports::{Due, Millis};
use crate::session::Session;
use crate::session::effect::Effect;
use crate::wire::keeper::{self, Existence};

impl Session {
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

    pub(in crate::session) fn resume_inboxes(&mut self, now: Millis) {
        for channel in self.inboxes.channels(&|inbox| inbox.reader.suspended()) {
            let txid = self.out.txid();
            self.alive(now, &channel);
            let ask = self.inboxes.open.get_mut(&channel).and_then(|inbox| inbox.reader.resume(txid));
            if let Some(ask) = ask {
                self.carry_out(now, &channel, ask);
            }
        }
    }

    pub(in crate::session) fn expire_inboxes(&mut self, now: Millis) {
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

    pub(in crate::session) fn inbox_joined(&mut self, now: Millis, channel: &ChannelId) {
        self.alive(now, channel);
        self.tell_inbox(now, channel, Input::Joined);
    }

    pub(in crate::session) fn inbox_existence(
        &mut self,
        now: Millis,
        channel: &ChannelId,
        existence: &Existence,
    ) {
        self.alive(now, channel);
        self.tell_inbox(now, channel, Input::Existence(existence));
    }

    pub(in crate::session) fn inbox_history(
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

    pub(in crate::session) fn inbox_end(&mut self, now: Millis, channel: &ChannelId, txid: u64) {
        self.tell_inbox(now, channel, Input::End { txid });
    }

    /// A line of texts that a mailbox asked for again, or their end.
    pub(in crate::session) fn inbox_texts(&mut self, now: Millis, txid: u64, word: &str, body: &[Value]) {
        let Some(channel) = self.inboxes.channels(&|inbox| inbox.reader.fetches(txid)).pop() else { return };
        let line = body.get(1).and_then(Value::as_array).unwrap_or_default();
        let input = match (word, line.get(4).and_then(Value::as_str)) {
            ("HISTORY_RANGE", Some(message)) => Input::Text { txid, message },
            ("HISTORY_RANGE", None) => return,
            (word, _) => Input::TextsEnd { txid, readable: word == "HISTORY_RANGE_END" },
        };
        self.alive(now, &channel);
        self.tell_inbox(now, &channel, input);
    }

    pub(in crate::session) fn inbox_error(
        &mut self,
        now: Millis,
        channel: &ChannelId,
        txid: Option<u64>,
        code: &str,
    ) {
        self.alive(now, channel);
        self.tell_inbox(now, channel, Input::ChannelError { txid, code });
    }

    pub(in crate::session) fn inbox_live(
        &mut self,
        now: Millis,
        channel: &ChannelId,
        message: &str,
        time: Option<u64>,
    ) {
        // No letter is a checkpoint: the server hands on what looks like one, and may not have stored it (9.5).
        if message.starts_with("cp|") && self.inboxes.open.contains_key(channel) {
            return self.ignore(1);
        }
        self.tell_inbox(now, channel, Input::Live { message, time });
    }

    pub(in crate::session) fn inbox_refused(&mut self, channel: &ChannelId, code: &str) {
        if let Some(inbox) = self.inboxes.open.remove(channel) {
            let error =
                Error::new(Code::RpcRefused, "the server does not open the mailbox").with("answer", code);
            self.out.push(Effect::MailboxEnded(inbox.ticket, error));
        }
    }

    fn alive(&mut self, now: Millis, channel: &ChannelId) {
        if let Some(inbox) = self.inboxes.open.get_mut(channel) {
            inbox.due = Due::within(now, self.deadlines.progress);
        }
    }

    fn tell_inbox(&mut self, now: Millis, channel: &ChannelId, input: Input<'_>) {
        let Some(inbox) = self.inboxes.open.get_mut(channel) else { return };
        let ask = inbox.reader.handle(input);
        self.serve_inbox(now, channel);
        if let Some(ask) = ask {
            self.carry_out(now, channel, ask);
        }
    }

    /// Asks for texts of letters that had no room when they came.
    pub(super) fn ask_texts(&mut self, now: Millis, channel: &ChannelId) {
        let txid = self.out.txid();
        self.alive(now, channel);
        let ask = self.inboxes.open.get_mut(channel).and_then(|inbox| inbox.reader.fetch(txid));
        if let Some(ask) = ask {
            self.carry_out(now, channel, ask);
        }
    }

    pub(super) fn carry_out(&mut self, now: Millis, channel: &ChannelId, ask: Ask) {
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
            Ask::Texts { txid, first, last } => {
                let (id, last) = (channel.as_str(), last.as_str());
                let request = match first {
                    Some(first) => keeper::slice_request(id, txid, first.as_str(), last),
                    None => keeper::range_request(id, txid, last, 1),
                };
                link.ask_history(channel, &request)
            }
        };
        self.out.extend(frame.map(Effect::Send));
    }
}
