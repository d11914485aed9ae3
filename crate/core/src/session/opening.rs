//! Signing in.

use crate::error::Error;
use crate::ports::Millis;
use crate::session::effect::{Credentials, Effect, HttpReply, Phase, Ticket};
use crate::session::login::{self, Login, SignedIn};
use crate::session::{Operation, Session};

impl Session {
    /// Signs in and reads the account document. Ends with [`Outcome::Opened`].
    ///
    /// # Errors
    /// `misuse/busy`, `misuse/closed`, `misuse/bad-argument` at once; `login/*`, `block/*`,
    /// `drive/unreadable`, `net/*`, `peer/*` at the end.
    pub fn open(&mut self, now: Millis, credentials: Credentials) -> Result<Ticket, Error> {
        self.check_idle()?;
        let (login, request) = Login::start(credentials)?;
        self.forget_account();
        let ticket = self.ticket();
        self.progress(Phase::Config, 0, Some(1));
        self.out.push_back(Effect::Http(request));
        self.operation = Some(Operation::Open {
            ticket,
            login: Some(Box::new(login)),
            deadline: now + self.deadlines.connect,
        });
        Ok(ticket)
    }

    /// Goes on with what an earlier log-in yielded, without the password: reads the account document.
    /// Ends with [`Outcome::Opened`].
    ///
    /// # Errors
    /// As [`Session::open`].
    pub fn resume(&mut self, now: Millis, signed_in: SignedIn) -> Result<Ticket, Error> {
        self.check_idle()?;
        self.forget_account();
        self.signed_in = Some(signed_in);
        let ticket = self.ticket();
        self.operation = Some(Operation::Open { ticket, login: None, deadline: now });
        self.stirred = true;
        self.advance(now);
        Ok(ticket)
    }

    pub(super) fn http(&mut self, now: Millis, reply: Result<HttpReply, Error>) {
        if matches!(self.operation, Some(Operation::Make { .. })) {
            return self.making_answered(now, reply);
        }
        let Some(Operation::Open { login: Some(login), deadline, .. }) = &mut self.operation else { return };
        let next = reply.and_then(|reply| login.handle(reply, &mut *self.entropy));
        match next {
            Ok(login::Next::Ask(request, phase)) => {
                *deadline = now + self.deadlines.connect;
                self.progress(Phase::Kdf, 1, Some(1));
                self.progress(phase, 0, Some(1));
                self.out.push_back(Effect::Http(request));
            }
            Ok(login::Next::SignedIn(signed_in)) => {
                if let Some(Operation::Open { login, .. }) = &mut self.operation {
                    *login = None;
                }
                self.progress(Phase::Block, 1, Some(1));
                self.signed_in = Some(*signed_in);
                self.stirred = true;
            }
            Err(error) => self.finish(Err(error)),
        }
    }
}
