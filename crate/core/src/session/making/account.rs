//! A registration under way: over HTTP, then a channel and its first document, then over HTTP again.

use core::time::Duration;

use super::NewChannel;
use crate::error::{Code, Error};
use crate::ids::ChannelId;
use crate::ports::{UnixMillis, after};
use crate::session::effect::{Credentials, Phase, Ticket};
use crate::session::news::News;
use crate::session::opening::Opening;
use crate::session::operation::{Operation, Progress};
use crate::session::parts::Parts;
use crate::session::registering::{Drawn, Next, Registration, taken, unconfirmed};
use crate::session::wiring::Asker;
use crate::session::writing::Author;
use crate::session::{AT_ONCE, Session};
use crate::wire::keeper::Existence;

/// See the module.
#[derive(Debug)]
struct Registering {
    ticket: Ticket,
    registration: Registration,
    step: Step,
}

#[derive(Debug)]
enum Step {
    /// A request over HTTP is out.
    Http,
    /// Nothing is to be done before; then the registration goes on.
    Rest { until: UnixMillis },
    /// The channel is being created. Whether an old account has the same name and password is asked in the second.
    Create(NewChannel, Option<ChannelId>),
    /// Whether an old account has the same name and password.
    ExpectLegacy { channel: NewChannel, deadline: UnixMillis },
    /// The first document is on its way.
    Write,
}

impl Session {
    /// Registers a new account and signs in to it: an account document with fresh keys, then the log-in block.
    /// The name is trimmed. Ends with [`Outcome::Opened`](crate::session::effect::Outcome::Opened).
    ///
    /// # Errors
    /// `misuse/busy`, `misuse/closed`, `misuse/bad-argument` (also for a password of less than 8 UTF-16
    /// units) at once; `login/taken`, `login/closed`, `login/block-hidden`, `edit/*`, `net/*`, `peer/*`,
    /// `host/no-entropy` at the end. `login/unconfirmed` when the block was sent and nothing tells what became of it:
    /// [`Session::open`] does. With any other error there is no account.
    pub fn register(&mut self, now: UnixMillis, credentials: Credentials) -> Result<Ticket, Error> {
        self.check_idle()?;
        let (registration, request) = Registration::start(credentials)?;
        self.parts.go_on_to_another(now);
        let ticket = self.parts.out.ticket();
        self.parts.out.progress(Phase::Config, 0, Some(1));
        self.parts.ask_http(now, request);
        self.begin(now, ticket, Registering { ticket, registration, step: Step::Http });
        Ok(ticket)
    }
}

impl Operation for Registering {
    fn advance(self: Box<Self>, parts: &mut Parts, now: UnixMillis) -> Progress {
        let Self { ticket, registration, step } = *self;
        let step = match step {
            Step::Create(channel, legacy) => match (channel.create(parts, now), legacy) {
                (Ok(false), legacy) => Step::Create(channel, legacy),
                (Ok(true), Some(legacy)) => {
                    parts.ask_existence(&legacy, Asker::Operation(ticket));
                    Step::ExpectLegacy { channel, deadline: after(now, parts.deadlines.answer) }
                }
                (Ok(true), None) => {
                    channel.write_first(parts, now, ticket);
                    Step::Write
                }
                (Err(error), _) => {
                    return Progress::failed(end(ticket, &registration, parts, now, &error));
                }
            },
            step => step,
        };
        Progress::Goes(Box::new(Self { ticket, registration, step }))
    }

    fn writes(&self) -> bool {
        true
    }

    fn hear(self: Box<Self>, parts: &mut Parts, now: UnixMillis, news: News) -> Progress {
        let Self { ticket, mut registration, step } = *self;
        let step = match (step, news) {
            (Step::Http, News::Http(reply)) => {
                let next = registration.handle(reply, &mut *parts.entropy);
                return go_on(ticket, registration, parts, now, next);
            }
            (Step::ExpectLegacy { channel, .. }, News::Existence(Existence::New { .. })) => {
                channel.write_first(parts, now, ticket);
                Step::Write
            }
            // Its block would lead past what is there.
            (Step::ExpectLegacy { .. }, News::Existence(Existence::Known | Existence::Unanswered)) => {
                return Progress::failed(end(ticket, &registration, parts, now, &taken()));
            }
            (Step::Write, News::Written(result)) => {
                match result.and_then(|()| registration.write_block(&mut *parts.entropy)) {
                    Ok(request) => {
                        parts.ask_http(now, request);
                        Step::Http
                    }
                    Err(error) => return Progress::failed(end(ticket, &registration, parts, now, &error)),
                }
            }
            (step, _) => step,
        };
        Progress::Goes(Box::new(Self { ticket, registration, step }))
    }

    fn deadline(&self) -> Option<UnixMillis> {
        match self.step {
            Step::Rest { until: deadline } | Step::ExpectLegacy { deadline, .. } => Some(deadline),
            // What is asked over HTTP, the channel and what is written into it have deadlines of their own.
            Step::Http | Step::Create(..) | Step::Write => None,
        }
    }

    fn put_off(&mut self, work: Duration) {
        if let Step::ExpectLegacy { deadline, .. } = &mut self.step {
            *deadline += work;
        }
    }

    fn late(self: Box<Self>, parts: &mut Parts, now: UnixMillis) -> Progress {
        let Self { ticket, mut registration, step } = *self;
        parts.out.ask_no_more();
        let next = match step {
            Step::Rest { .. } => registration.go_on(now),
            Step::ExpectLegacy { .. } => {
                Err(Error::new(Code::NetTimeout, "the server did not say whether an old account is there"))
            }
            Step::Http | Step::Create(..) | Step::Write => {
                let late = Error::new(Code::NetTimeout, "the server did not answer over HTTP");
                registration.handle(Err(late), &mut *parts.entropy)
            }
        };
        go_on(ticket, registration, parts, now, next)
    }

    /// A block that may be stored is looked for over HTTP, which needs no connection.
    fn lost(self: Box<Self>, parts: &mut Parts, now: UnixMillis, error: &Error) -> Progress {
        if self.registration.may_be_stored() {
            return Progress::Goes(self);
        }
        Progress::failed(self.give_up(parts, now, error))
    }

    fn give_up(self: Box<Self>, parts: &mut Parts, now: UnixMillis, error: &Error) -> Error {
        end(self.ticket, &self.registration, parts, now, error)
    }
}

fn go_on(
    ticket: Ticket,
    registration: Registration,
    parts: &mut Parts,
    now: UnixMillis,
    next: Result<Next, Error>,
) -> Progress {
    let step = match next {
        Ok(Next::GoOn) => Step::Rest { until: AT_ONCE },
        Ok(Next::Rest(rest)) => Step::Rest { until: after(now, rest) },
        Ok(Next::Ask(request, phase)) => {
            parts.out.progress(phase, 0, Some(1));
            parts.ask_http(now, request);
            Step::Http
        }
        Ok(Next::Create(drawn)) => {
            let Drawn { fresh, document, ed_public, signed_in, legacy } = *drawn;
            parts.who.sign_in(signed_in);
            Step::Create(NewChannel { fresh, first: document, owner: ed_public }, legacy)
        }
        Ok(Next::Registered) => return Progress::Goes(Box::new(Opening)),
        Err(error) => return Progress::failed(end(ticket, &registration, parts, now, &error)),
    };
    Progress::Goes(Box::new(Registering { ticket, registration, step }))
}

/// There is no account, as far as this session goes. What ends a registration from outside says nothing of a block that
/// was sent.
fn end(
    ticket: Ticket,
    registration: &Registration,
    parts: &mut Parts,
    now: UnixMillis,
    error: &Error,
) -> Error {
    parts.cancel_writes(now, &Author::Operation(ticket), error);
    parts.forget_account(now, error);
    if registration.may_be_stored() { unconfirmed(Some(error)) } else { error.clone() }
}
