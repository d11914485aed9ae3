//! Destroying what the account owns, on the server and for everybody: one channel or file.

use crate::error::{Code, Error};
use crate::guard::guarded::anonymous;
use crate::ids::PinId;
use crate::ports::UnixMillis;
use crate::rpc::command::Command;
use crate::session::Session;
use crate::session::effect::{Outcome, Ticket};
use crate::session::news::News;
use crate::session::operation::{Operation, Progress};
use crate::session::parts::Parts;
use crate::session::signers::Purpose;

/// What the server answers where nothing is any more: an earlier call did it.
const GONE: &str = "ENOENT";

/// See the module.
struct Destroying {
    ticket: Ticket,
    id: PinId,
    asked: bool,
}

impl Session {
    /// Asks the server to take a channel or file away from everybody that the account owns (PROTOCOL.md 11.2). The server keeps
    /// it in its archive for a while, out of reach. The entries that lead to it stay: whoever calls this takes them out afterwards, as a
    /// plan of a deletion says. Ends with [`Outcome::Written`]; also where an earlier call has done it.
    ///
    /// # Errors
    /// `misuse/*`, `drive/anonymous` at once; `rpc/refused` with the server's word where the account does not own it, `rpc/*`,
    /// `net/*`, `peer/*` at the end. After `net/*` it may have been done: the same call again finds out.
    pub fn destroy(&mut self, now: UnixMillis, id: &PinId) -> Result<Ticket, Error> {
        self.check_ready()?;
        if self.parts.who.ed_public().is_none() {
            return Err(anonymous());
        }
        let ticket = self.parts.out.ticket();
        self.begin(now, ticket, Destroying { ticket, id: id.clone(), asked: false });
        Ok(ticket)
    }
}

impl Operation for Destroying {
    fn advance(mut self: Box<Self>, parts: &mut Parts, now: UnixMillis) -> Progress {
        match parts.account_as_read() {
            None => return Progress::Goes(self),
            Some(Err(error)) => return Progress::failed(error),
            Some(Ok(_)) => {}
        }
        if std::mem::replace(&mut self.asked, true) {
            return Progress::Goes(self);
        }
        let command = Command::RemoveOwned(self.id.clone());
        let signer = parts.who.ed_public().cloned();
        if !signer.is_some_and(|signer| parts.submit(&signer, command, Purpose::Operation(self.ticket))) {
            return Progress::failed(Error::new(
                Code::CryptoReadOnly,
                "the account holds no key to sign with",
            ));
        }
        match parts.flush_rpc(now) {
            Ok(()) => Progress::Goes(self),
            Err(error) => Progress::failed(self.give_up(parts, now, &error)),
        }
    }

    fn writes(&self) -> bool {
        true
    }

    fn hear(self: Box<Self>, _: &mut Parts, _: UnixMillis, news: News) -> Progress {
        let News::Called(answer) = news else { return Progress::Goes(self) };
        let is_gone = |error: &Error| {
            let mut words = error.detail().iter().filter(|(name, _)| *name == "answer");
            words.any(|(_, word)| *word == GONE)
        };
        match answer {
            Err(error) if !is_gone(&error) => Progress::failed(error),
            _ => Progress::Over(Ok(Outcome::Written)),
        }
    }

    fn deadline(&self) -> Option<UnixMillis> {
        None
    }

    fn late(self: Box<Self>, _: &mut Parts, _: UnixMillis) -> Progress {
        Progress::Goes(self)
    }

    fn lost(self: Box<Self>, _: &mut Parts, _: UnixMillis, error: &Error) -> Progress {
        Progress::failed(error.clone())
    }

    fn give_up(self: Box<Self>, parts: &mut Parts, _: UnixMillis, error: &Error) -> Error {
        parts.withdraw_calls(self.ticket);
        error.clone()
    }
}
