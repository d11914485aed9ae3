//! Older letters of an open mailbox, page by page (PROTOCOL.md 9.3).

use crate::error::{Code, Error};
use crate::ids::ChannelId;
use crate::json::Value;
use crate::ports::{Due, Millis};
use crate::session::Session;
use crate::session::effect::{Effect, Outcome, Ticket};
use crate::session::parts::Parts;
use crate::wire::keeper;

/// The most letters of one page: opening them must not be felt.
pub const PAGE: usize = 50;

/// A page that is being read.
#[derive(Debug)]
pub(super) struct Page {
    ticket: Ticket,
    channel: ChannelId,
    wanted: usize,
    messages: Vec<(String, Option<u64>)>,
    pub(super) due: Due,
}

impl Page {
    /// How many bytes have come of it.
    pub(super) fn bytes(&self) -> usize {
        self.messages.iter().map(|(text, _)| text.len()).sum()
    }
}

impl Session {
    /// Reads letters from before the oldest that a mailbox delivered, [`PAGE`] at most, whether dismissed or not. Ends
    /// with [`Outcome::Older`]. They stand outside the order of deliveries, and need not be kept.
    ///
    /// # Errors
    /// `misuse/closed` when the mailbox is not open, `net/closed` at once; `net/*`, `peer/*`, `mailbox/anchor-lost` at
    /// the end.
    pub fn older_letters(&mut self, now: Millis, mailbox: Ticket, count: usize) -> Result<Ticket, Error> {
        self.check_open()?;
        let (channel, from) = self
            .parts
            .inbox_begins(mailbox)
            .ok_or_else(|| Error::new(Code::MisuseClosed, "the mailbox is not open"))?;
        let ticket = self.parts.out.ticket();
        let Some(from) = from else {
            // Nothing arrived and nothing is dismissed: there is nothing older.
            self.parts
                .out
                .push(Effect::Done(ticket, Ok(Outcome::Older { letters: Vec::new(), more: false })));
            return Ok(ticket);
        };
        let wanted = count.clamp(1, PAGE);
        let txid = self.parts.out.txid();
        // The one it ends at is part of the answer.
        let request = keeper::range_request(channel.as_str(), txid, from.as_str(), wanted + 1);
        let frame = self.parts.wire.link().and_then(|link| link.ask_history(&channel, &request));
        let frame = frame.ok_or_else(|| Error::new(Code::NetClosed, "there is no connection"))?;
        self.parts.out.push(Effect::Send(frame));
        let due = Due::within(now, self.parts.deadlines.progress);
        self.parts.pages.insert(txid, Page { ticket, channel, wanted, messages: Vec::new(), due });
        Ok(ticket)
    }
}

impl Parts {
    /// A line of a page, its end, or why there is none.
    pub(super) fn page(&mut self, now: Millis, word: &str, body: &[Value]) {
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

    pub(super) fn expire_pages(&mut self, now: Millis) {
        let late = self.pages.iter().filter(|(_, page)| page.due.is_late(now));
        let late: Vec<u64> = late.map(|(txid, _)| *txid).collect();
        for page in late.iter().filter_map(|txid| self.pages.remove(txid)) {
            let error = Error::new(Code::NetTimeout, "older messages did not come in time");
            self.out.push(Effect::Done(page.ticket, Err(error)));
        }
    }

    pub(super) fn lose_pages(&mut self, error: &Error) {
        for page in std::mem::take(&mut self.pages).into_values() {
            self.out.push(Effect::Done(page.ticket, Err(error.clone())));
        }
    }
}
