//! Older letters of an open mailbox, page by page (PROTOCOL.md 9.3).

use crate::channel::{Input, Page, Range};
use crate::error::{Code, Error};
use crate::ports::{Due, UnixMillis};
use crate::session::effect::{Effect, Outcome, Ticket};
use crate::session::parts::Parts;
use crate::session::sending::{Older, PAGE};

impl Parts {
    /// See [`Session::older_letters`](crate::session::Session::older_letters).
    pub(in crate::session) fn older_letters(
        &mut self,
        now: UnixMillis,
        mailbox: Ticket,
        count: usize,
    ) -> Result<Ticket, Error> {
        let (channel, from) = self
            .inbox_begins(mailbox)
            .ok_or_else(|| Error::new(Code::MisuseClosed, "the mailbox is not open"))?;
        let ticket = self.out.ticket();
        let Some(from) = from else {
            // Nothing arrived and nothing is dismissed: there is nothing older.
            self.out.push(Effect::Done(ticket, Ok(Outcome::Older { letters: Vec::new(), more: false })));
            return Ok(ticket);
        };
        let wanted = count.clamp(1, PAGE);
        let txid = self.out.txid();
        // The one it ends at is part of the answer.
        let range = Range::Last { count: wanted + 1, until: Some(from) };
        let request = range.request(channel.as_str(), txid);
        let frame = self.wiring.link().and_then(|link| link.ask_range(&channel, txid, &request));
        let frame = frame.ok_or_else(|| Error::new(Code::NetClosed, "there is no connection"))?;
        self.out.push(Effect::Send(frame));
        let due = Due::within(now, self.deadlines.progress);
        self.mail.pages.insert(txid, Older { ticket, channel, wanted, messages: Page::default(), due });
        Ok(ticket)
    }

    /// A message of those that were asked for by range, or their end.
    pub(in crate::session) fn hear_range(&mut self, now: UnixMillis, txid: u64, input: Input<'_>) {
        if !self.mail.pages.contains_key(&txid) {
            return self.inbox_range(now, txid, input);
        }
        match input {
            Input::Range { line, .. } => {
                let Some(page) = self.mail.pages.get_mut(&txid) else { return };
                page.due = Due::within(now, self.deadlines.progress);
                if page.messages.lines().len() <= page.wanted {
                    page.messages.push(line);
                }
            }
            Input::RangeEnd { readable, .. } => {
                let Some(Older { ticket, channel, wanted, messages, .. }) = self.mail.pages.remove(&txid)
                else {
                    return;
                };
                let result = match readable {
                    true => self.inbox_page(&channel, messages.into_lines(), wanted),
                    false => Err(Error::new(Code::MailboxAnchorLost, "the server cannot read the mailbox")),
                };
                self.out.push(Effect::Done(ticket, result));
            }
            _ => {}
        }
    }

    /// The server does not carry out a request for messages by range; `false` if it was none for a page.
    pub(in crate::session) fn page_refused(&mut self, txid: u64, code: &str) -> bool {
        let Some(page) = self.mail.pages.remove(&txid) else { return false };
        let error = Error::new(Code::RpcRefused, "the server does not read the mailbox").with("answer", code);
        self.out.push(Effect::Done(page.ticket, Err(error)));
        true
    }

    pub(in crate::session) fn expire_pages(&mut self, now: UnixMillis) {
        let late = self.mail.pages.iter().filter(|(_, page)| page.due.is_late(now));
        let late: Vec<u64> = late.map(|(txid, _)| *txid).collect();
        for page in late.iter().filter_map(|txid| self.mail.pages.remove(txid)) {
            let error = Error::new(Code::NetTimeout, "older messages did not come in time");
            self.out.push(Effect::Done(page.ticket, Err(error)));
        }
    }

    pub(in crate::session) fn lose_pages(&mut self, error: &Error) {
        for page in std::mem::take(&mut self.mail.pages).into_values() {
            self.out.push(Effect::Done(page.ticket, Err(error.clone())));
        }
    }
}
