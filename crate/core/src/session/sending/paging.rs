//! Older letters of an open mailbox, page by page (PROTOCOL.md 9.3).

use crate::error::{Code, Error};
use crate::json::Value;
use crate::ports::{Due, Millis};
use crate::session::effect::{Effect, Outcome, Ticket};
use crate::session::parts::Parts;
use crate::session::sending::{PAGE, Page};
use crate::wire::keeper;

impl Parts {
    /// See [`Session::older_letters`](crate::session::Session::older_letters).
    pub(in crate::session) fn older_letters(
        &mut self,
        now: Millis,
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
        let request = keeper::range_request(channel.as_str(), txid, from.as_str(), wanted + 1);
        let frame = self.wire.link().and_then(|link| link.ask_history(&channel, &request));
        let frame = frame.ok_or_else(|| Error::new(Code::NetClosed, "there is no connection"))?;
        self.out.push(Effect::Send(frame));
        let due = Due::within(now, self.deadlines.progress);
        self.pages.insert(txid, Page { ticket, channel, wanted, messages: Vec::new(), due });
        Ok(ticket)
    }

    /// A line of a page, its end, or why there is none.
    pub(in crate::session) fn page(&mut self, now: Millis, word: &str, body: &[Value]) {
        let Some(txid) = body.first().and_then(Value::as_u64) else { return };
        if !self.pages.contains_key(&txid) {
            return self.inbox_texts(now, txid, word, body);
        }
        if word == "HISTORY_RANGE" {
            let Some(page) = self.pages.get_mut(&txid) else { return };
            page.due = Due::within(now, self.deadlines.progress);
            let line = body.get(1).and_then(Value::as_array).unwrap_or_default();
            if let Some(text) = line.get(4).and_then(Value::as_str)
                && page.messages.len() <= page.wanted
            {
                page.messages.push((text.to_owned(), line.get(5).and_then(Value::as_u64)));
            }
            return;
        }
        let Some(page) = self.pages.remove(&txid) else { return };
        let result = match word {
            "HISTORY_RANGE_END" => self.inbox_page(&page.channel, page.messages, page.wanted),
            _ => Err(Error::new(Code::MailboxAnchorLost, "the server cannot read the mailbox")),
        };
        self.out.push(Effect::Done(page.ticket, result));
    }

    pub(in crate::session) fn expire_pages(&mut self, now: Millis) {
        let late = self.pages.iter().filter(|(_, page)| page.due.is_late(now));
        let late: Vec<u64> = late.map(|(txid, _)| *txid).collect();
        for page in late.iter().filter_map(|txid| self.pages.remove(txid)) {
            let error = Error::new(Code::NetTimeout, "older messages did not come in time");
            self.out.push(Effect::Done(page.ticket, Err(error)));
        }
    }

    pub(in crate::session) fn lose_pages(&mut self, error: &Error) {
        for page in std::mem::take(&mut self.pages).into_values() {
            self.out.push(Effect::Done(page.ticket, Err(error.clone())));
        }
    }
}
