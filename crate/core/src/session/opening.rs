//! Signing in: over HTTP to the keys of the account document, then over the socket to the document.

use crate::error::{Code, Error};
use crate::ports::UnixMillis;
use crate::secret::SecretText;
use crate::session::effect::{Credentials, HttpRequest, Outcome, Phase, Ticket};
use crate::session::login::{Login, Next, SignedIn};
use crate::session::news::News;
use crate::session::operation::{Operation, Progress};
use crate::session::parts::Parts;
use crate::session::{AT_ONCE, Session};

/// A log-in over HTTP.
#[derive(Debug)]
struct LoggingIn {
    login: Login,
    /// Whether there is something to compute, and nothing is awaited.
    computes: bool,
}

/// Signed in; the account document is awaited.
#[derive(Debug)]
pub(super) struct Opening;

impl Session {
    /// Signs in and reads the account document. Ends with [`Outcome::Opened`].
    ///
    /// # Errors
    /// `misuse/busy`, `misuse/closed`, `misuse/bad-argument` at once; `login/*`, `block/*`,
    /// `drive/unreadable`, `net/*`, `peer/*` at the end.
    pub fn open(&mut self, now: UnixMillis, credentials: Credentials) -> Result<Ticket, Error> {
        self.check_idle()?;
        let started = Login::start(credentials)?;
        Ok(self.start_login(now, started))
    }

    /// Opens a drive that belongs to no account, by its link or the hash in it: `/drive/#/2/drive/edit/KEY/`, as a
    /// browser keeps it for a visitor. There is no log-in block, and no key that signs: it is read, followed and
    /// edited, and nothing is pinned for it. Ends with [`Outcome::Opened`].
    ///
    /// # Errors
    /// `misuse/*`, `href/malformed`, `href/no-keys` at once; `drive/unreadable`, `net/*`, `peer/*` at the end.
    pub fn open_anonymous(
        &mut self,
        now: UnixMillis,
        origin: &str,
        link: &SecretText,
    ) -> Result<Ticket, Error> {
        self.check_idle()?;
        let started = Login::by_link(origin, link)?;
        Ok(self.start_login(now, started))
    }

    /// Goes on with what an earlier log-in yielded, without the password: reads the account document.
    /// Ends with [`Outcome::Opened`].
    ///
    /// # Errors
    /// As [`Session::open`].
    pub fn resume(&mut self, now: UnixMillis, signed_in: SignedIn) -> Result<Ticket, Error> {
        self.check_idle()?;
        self.parts.go_on_to_another(now);
        self.parts.who.sign_in(signed_in);
        let ticket = self.parts.out.ticket();
        self.begin(now, ticket, Opening);
        Ok(ticket)
    }

    fn start_login(&mut self, now: UnixMillis, (login, request): (Login, HttpRequest)) -> Ticket {
        self.parts.go_on_to_another(now);
        let ticket = self.parts.out.ticket();
        self.parts.out.progress(Phase::Config, 0, Some(1));
        self.parts.ask_http(now, request);
        self.begin(now, ticket, LoggingIn { login, computes: false });
        ticket
    }
}

impl Operation for LoggingIn {
    fn advance(self: Box<Self>, _: &mut Parts, _: UnixMillis) -> Progress {
        Progress::Goes(self)
    }

    fn hear(mut self: Box<Self>, parts: &mut Parts, now: UnixMillis, news: News) -> Progress {
        let News::Http(reply) = news else { return Progress::Goes(self) };
        let next = reply.and_then(|reply| self.login.handle(reply, &mut *parts.entropy));
        self.go_on(parts, now, next)
    }

    fn deadline(&self) -> Option<UnixMillis> {
        self.computes.then_some(AT_ONCE)
    }

    fn late(mut self: Box<Self>, parts: &mut Parts, now: UnixMillis) -> Progress {
        let next = match self.computes {
            true => self.login.go_on(now),
            false => Err(Error::new(Code::NetTimeout, "the server did not answer over HTTP")),
        };
        self.go_on(parts, now, next)
    }

    fn lost(self: Box<Self>, _: &mut Parts, _: UnixMillis, error: &Error) -> Progress {
        Progress::failed(error.clone())
    }

    fn give_up(self: Box<Self>, _: &mut Parts, _: UnixMillis, error: &Error) -> Error {
        error.clone()
    }
}

impl LoggingIn {
    fn go_on(mut self: Box<Self>, parts: &mut Parts, now: UnixMillis, next: Result<Next, Error>) -> Progress {
        self.computes = matches!(next, Ok(Next::GoOn));
        match next {
            Ok(Next::GoOn) => Progress::Goes(self),
            Ok(Next::Ask(request, phase)) => {
                parts.out.progress(Phase::Kdf, 1, Some(1));
                parts.out.progress(phase, 0, Some(1));
                parts.ask_http(now, request);
                Progress::Goes(self)
            }
            Ok(Next::SignedIn(signed_in)) => {
                parts.out.progress(Phase::Block, 1, Some(1));
                parts.who.sign_in(*signed_in);
                Progress::Goes(Box::new(Opening))
            }
            Err(error) => Progress::failed(error),
        }
    }
}

impl Operation for Opening {
    fn advance(self: Box<Self>, parts: &mut Parts, _: UnixMillis) -> Progress {
        let legacy = parts.who.signed_in().is_some_and(|signed_in| signed_in.legacy);
        if legacy && let Some(Err(why)) = parts.root() {
            parts.who.sign_out();
            let error = Error::new(Code::LoginRefused, "there is no account under this name and password");
            // That the account's document is absent says no more than that there is no account.
            return Progress::failed(match why.code() {
                Code::FolderMissing => error,
                code => error.with("cause", code.as_str()),
            });
        }
        match parts.account_as_read() {
            None => Progress::Goes(self),
            Some(Err(error)) => Progress::failed(error),
            Some(Ok(_)) => {
                parts.out.progress(Phase::Drive, 1, Some(1));
                Progress::Over(Ok(Outcome::Opened))
            }
        }
    }

    fn hear(self: Box<Self>, _: &mut Parts, _: UnixMillis, _: News) -> Progress {
        Progress::Goes(self)
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

    /// Nothing else is on this connection yet: it was made for the account document.
    fn give_up(self: Box<Self>, parts: &mut Parts, now: UnixMillis, error: &Error) -> Error {
        parts.hang_up(now, error);
        error.clone()
    }
}
