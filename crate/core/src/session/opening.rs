//! Signing in.

use crate::error::Error;
use crate::ports::Millis;
use crate::secret::SecretText;
use crate::session::effect::{Credentials, HttpReply, HttpRequest, Phase, Ticket};
use crate::session::login::{self, Login, SignedIn};
use crate::session::{Operation, Session};

impl Session {
    /// Signs in and reads the account document. Ends with [`Outcome::Opened`](crate::session::effect::Outcome::Opened).
    ///
    /// # Errors
    /// `misuse/busy`, `misuse/closed`, `misuse/bad-argument` at once; `login/*`, `block/*`,
    /// `drive/unreadable`, `net/*`, `peer/*` at the end.
    pub fn open(&mut self, now: Millis, credentials: Credentials) -> Result<Ticket, Error> {
        self.check_idle()?;
        let started = Login::start(credentials)?;
        Ok(self.start_login(now, started))
    }

    /// Opens a drive that belongs to no account, by its link or the hash in it: `/drive/#/2/drive/edit/KEY/`, as a
    /// browser keeps it for a visitor. There is no log-in block, and no key that signs: it is read, followed and
    /// edited, and nothing is pinned for it. Ends with [`Outcome::Opened`](crate::session::effect::Outcome::Opened).
    ///
    /// # Errors
    /// `misuse/*`, `href/malformed`, `href/no-keys` at once; `drive/unreadable`, `net/*`, `peer/*` at the end.
    pub fn open_anonymous(&mut self, now: Millis, origin: &str, link: &SecretText) -> Result<Ticket, Error> {
        self.check_idle()?;
        let started = Login::by_link(origin, link)?;
        Ok(self.start_login(now, started))
    }

    fn start_login(&mut self, now: Millis, (login, request): (Login, HttpRequest)) -> Ticket {
        self.forget_account();
        let ticket = self.out.ticket();
        self.out.progress(Phase::Config, 0, Some(1));
        self.out.ask(request);
        self.operation = Some(Operation::Open {
            ticket,
            login: Some(Box::new(login)),
            deadline: now + self.deadlines.connect,
        });
        ticket
    }

    /// Goes on with what an earlier log-in yielded, without the password: reads the account document.
    /// Ends with [`Outcome::Opened`](crate::session::effect::Outcome::Opened).
    ///
    /// # Errors
    /// As [`Session::open`].
    pub fn resume(&mut self, now: Millis, signed_in: SignedIn) -> Result<Ticket, Error> {
        self.check_idle()?;
        self.forget_account();
        self.signed_in = Some(signed_in);
        let ticket = self.out.ticket();
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
                self.out.progress(Phase::Kdf, 1, Some(1));
                self.out.progress(phase, 0, Some(1));
                self.out.ask(request);
            }
            Ok(login::Next::SignedIn(signed_in)) => {
                if let Some(Operation::Open { login, .. }) = &mut self.operation {
                    *login = None;
                }
                self.out.progress(Phase::Block, 1, Some(1));
                self.signed_in = Some(*signed_in);
                self.stirred = true;
            }
            Err(error) => self.finish(Err(error)),
        }
    }
}
