//! A history is asked for, and its lines are handed on in pages.

use crate::channel::whole::{Part, WholeReader};
use crate::channel::{Ask, Input, Trouble};
use crate::error::{Code, Error};
use crate::ids::{ChannelId, MessageHash};
use crate::net::unavailable::Unavailable;
use crate::ports::{Due, UnixMillis};
use crate::rpc::command::Command;
use crate::session::effect::{Effect, HistoryEnd, HistoryPage, Outcome, Position, Ticket};
use crate::session::history::{AT_ONCE, BYTES, History, LINES};
use crate::session::notices::Notice;
use crate::session::parts::Parts;
use crate::session::signers::Purpose;

impl History {
    /// Takes a page in: what the host is given of it.
    fn page(&mut self, part: Part) -> HistoryPage {
        let Part { page, first } = part;
        if first {
            (self.position, self.from, self.met) = (None, 0, false);
            (self.lines, self.bytes) = (0, 0);
            self.shortened = page.lines().first().map(|line| line.text.starts_with("cp|"));
        }
        if let Some(newest) = &self.newest {
            self.met |= page.lines().iter().any(|line| line.text.starts_with(newest.as_str()));
        }
        let (from, count) = (self.from, page.lines().len() as u64);
        self.from += count;
        self.lines += count;
        self.bytes += page.bytes() as u64;
        let last = page.lines().last().and_then(|line| MessageHash::of(&line.text));
        self.position = last.map(|message| Position { line: self.from, message }).or(self.position.take());
        HistoryPage { from, anew: first, lines: page.into_lines(), bytes: self.bytes }
    }

    fn end(self) -> HistoryEnd {
        HistoryEnd {
            position: self.position,
            lines: self.lines,
            bytes: self.bytes,
            shortened: self.shortened,
            cut_off: !self.met && self.newest.is_some(),
        }
    }
}

impl Parts {
    /// See [`Session::history`](crate::session::Session::history).
    pub(in crate::session) fn read_history(
        &mut self,
        now: UnixMillis,
        channel: ChannelId,
        after: Option<Position>,
    ) -> Result<Ticket, Error> {
        if self.histories.running.len() >= AT_ONCE {
            return Err(Error::new(Code::MisuseBusy, "too many histories are read at a time"));
        }
        // The first JOIN of a connection names the history keeper.
        if !self.wiring.link().is_some_and(|link| link.keeper_known()) {
            return Err(Error::new(Code::NetClosed, "there is no connection"));
        }
        let (ticket, txids) = (self.out.ticket(), self.out.txids());
        let (newest, met) = self.newest(&channel, after.as_ref());
        let known = after.as_ref().map(|position| position.message.clone());
        let (reader, asks) = WholeReader::open(channel.clone(), known, &txids);
        let history = History {
            reader,
            txids,
            due: Due::within(now, self.deadlines.progress),
            from: after.as_ref().map_or(0, |position| position.line),
            position: after,
            lines: 0,
            bytes: 0,
            shortened: None,
            newest,
            met,
        };
        self.histories.running.insert(ticket, Box::new(history));
        asks.into_iter().for_each(|ask| self.ask_for_history(&channel, ask));
        Ok(ticket)
    }

    /// The newest line that is known of a channel, and whether a position is not before it.
    fn newest(&self, channel: &ChannelId, after: Option<&Position>) -> (Option<MessageHash>, bool) {
        let lines = self.readers.lines(channel);
        let Some(newest) = lines.last() else { return (None, false) };
        // Of lines further back than those it is not known who wrote them, nor in which order they stand.
        let is_before = |position: &Position| {
            let at = lines.iter().rposition(|line| *line.message() == position.message);
            at.is_some_and(|at| at + 1 < lines.len())
        };
        (Some(newest.message().clone()), after.is_some_and(|position| !is_before(position)))
    }

    fn ask_for_history(&mut self, channel: &ChannelId, ask: Ask) {
        match ask {
            // A refusal that names no keys: the account's own is the likely one.
            Ask::Admission { keys } if keys.is_empty() => {
                let own = self.who.ed_public().cloned();
                let asked = own.is_some_and(|own| {
                    self.submit(&own, Command::Cookie, Purpose::Admission(channel.clone()))
                });
                if !asked {
                    self.notices.leave(Notice::Denied(channel.clone()));
                }
            }
            ask => self.ask(channel, ask),
        }
    }

    /// Something came under the number of a request; `false` if no history asked under it.
    pub(in crate::session) fn history_range(&mut self, now: UnixMillis, txid: u64, input: Input<'_>) -> bool {
        let asked = |history: &History| history.txids.first() == txid || history.txids.second() == txid;
        let found =
            self.histories.running.iter().find(|(_, history)| asked(history)).map(|(ticket, _)| *ticket);
        found.map(|ticket| self.tell_history(now, ticket, input)).is_some()
    }

    /// The server does not carry out a request for stored messages; `false` if no history made it.
    pub(in crate::session) fn history_refused(&mut self, now: UnixMillis, txid: u64, code: &str) -> bool {
        match code {
            "ERESTRICTED" => self.history_range(now, txid, Input::Restricted { keys: &[] }),
            code => self.history_range(now, txid, Input::Refused { code }),
        }
    }

    /// Something is said of a channel, whoever asked.
    pub(in crate::session) fn hear_in_histories(
        &mut self,
        now: UnixMillis,
        channel: &ChannelId,
        input: Input<'_>,
    ) {
        // What else comes belongs to those who joined it.
        let concerns = matches!(
            input,
            Input::Existence(_) | Input::Admitted | Input::Denied | Input::ChannelError { .. }
        );
        if !concerns || self.histories.running.is_empty() {
            return;
        }
        let of = |history: &History| history.reader.channel() == channel;
        let tickets =
            self.histories.running.iter().filter(|(_, history)| of(history)).map(|(ticket, _)| *ticket);
        for ticket in tickets.collect::<Vec<_>>() {
            self.tell_history(now, ticket, input);
        }
    }

    fn tell_history(&mut self, now: UnixMillis, ticket: Ticket, input: Input<'_>) {
        let Some(history) = self.histories.running.get_mut(&ticket) else { return };
        if history.reader.is_answer(&input) {
            history.due = Due::within(now, self.deadlines.progress);
        }
        let ask = history.reader.handle(input);
        while let Some(part) = history.reader.take_page() {
            let page = history.page(part);
            self.out.push(Effect::History(ticket, Box::new(page)));
        }
        let oversized = history.lines > LINES || history.bytes > BYTES;
        let outcome = history.reader.outcome();
        let channel = history.reader.channel().clone();
        let result = match outcome {
            _ if oversized => Err(Error::new(Code::PeerOversized, "the history has no end")),
            Some(Ok(_)) => match self.histories.running.remove(&ticket) {
                Some(history) => Ok(Outcome::History(history.end())),
                None => return,
            },
            Some(Err(trouble)) => Err(unread(&trouble)),
            None => {
                if let Some(ask) = ask {
                    self.ask_for_history(&channel, ask);
                }
                return;
            }
        };
        self.histories.running.remove(&ticket);
        self.out.push(Effect::Done(ticket, result));
    }

    pub(in crate::session) fn expire_histories(&mut self, now: UnixMillis) {
        let late = self.histories.running.iter().filter(|(_, history)| history.due.is_late(now));
        for ticket in late.map(|(ticket, _)| *ticket).collect::<Vec<_>>() {
            self.tell_history(now, ticket, Input::Deadline);
        }
    }

    /// Whoever asked wants it no longer. What still comes of it is passed over.
    pub(in crate::session) fn cancel_history(&mut self, ticket: Ticket, error: &Error) {
        if self.histories.running.remove(&ticket).is_some() {
            self.out.push(Effect::Done(ticket, Err(error.clone())));
        }
    }

    pub(in crate::session) fn lose_histories(&mut self, error: &Error) {
        let tickets: Vec<Ticket> = self.histories.running.iter().map(|(ticket, _)| *ticket).collect();
        tickets.into_iter().for_each(|ticket| self.cancel_history(ticket, error));
    }
}

/// Why a history was not read.
fn unread(trouble: &Trouble) -> Error {
    if matches!(trouble, Trouble::Late) {
        return Error::new(Code::NetTimeout, "the history did not come in time");
    }
    let why = Unavailable::from(trouble);
    let error = Error::new(why.code(), "the history could not be read");
    match why {
        Unavailable::Deleted { reason } => error.with("reason", reason),
        Unavailable::Unreadable { why } => error.with("problem", why),
        _ => error,
    }
}
