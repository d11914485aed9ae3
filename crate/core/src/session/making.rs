//! Making what was not there: an account, a shared folder. Each is a channel whose keys are drawn for it, its first
//! document, and then what leads to it: the log-in block, the entry in the drive.

use crate::document::new::new_folder;
use crate::drive::edit::{Edit, EntryId, Put, Shape};
use crate::error::{Code, Error};
use crate::guard::guarded::anonymous;
use crate::href::FreshChannel;
use crate::ids::ChannelId;
use crate::json::{Text, Value};
use crate::net::document::{DocumentReader, Existence, Progress};
use crate::net::writer::Change;
use crate::ports::Millis;
use crate::session::effect::{Credentials, Effect, HttpReply, Outcome, Phase, Ticket};
use crate::session::registering::{Drawn, Next, Registration, taken};
use crate::session::writing::{Shaped, Target};
use crate::session::{Operation, Session};

/// What is being made.
#[derive(Debug)]
pub(super) struct Making {
    what: What,
    /// The channel to create and what to write into it, once the keys are drawn.
    channel: Option<(FreshChannel, Value)>,
    owner: String,
    step: Step,
}

#[derive(Debug)]
enum What {
    Account { registration: Box<Registration>, legacy: Option<ChannelId> },
    Folder(Put),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// A request over HTTP is out.
    Http { deadline: Millis },
    /// Nothing is to be done before.
    Rest { until: Millis },
    /// The channel is being created.
    Create,
    /// Whether an old account has the same name and password.
    ExpectLegacy,
    /// The first document is on its way, under this number.
    Write(u64),
    /// The entry in the drive is on its way, under this number.
    Enter(u64),
}

/// The first document of a channel.
struct First(Value);

impl Change for First {
    fn apply(&self, document: &mut Value) -> Result<bool, Error> {
        if *document == self.0 {
            return Ok(false);
        }
        if !document.as_object().is_some_and(|object| object.is_empty()) {
            return Err(Error::new(Code::EditUnfit, "somebody else has written into a new channel"));
        }
        *document = self.0.clone();
        Ok(true)
    }
}

impl Making {
    pub(super) fn deadline(&self) -> Option<Millis> {
        match self.step {
            Step::Http { deadline } | Step::Rest { until: deadline } => Some(deadline),
            _ => None,
        }
    }

    /// Whether the block may be stored already: then what becomes of it is learned over HTTP, whatever the
    /// connection does meanwhile.
    pub(super) fn may_be_registered(&self) -> bool {
        matches!(&self.what, What::Account { registration, .. } if registration.may_be_stored())
    }

    /// Whether the session is not signed in before this has ended well.
    pub(super) fn is_account(&self) -> bool {
        matches!(self.what, What::Account { .. })
    }
}

impl Session {
    /// Registers a new account and signs in to it: an account document with fresh keys, then the log-in block.
    /// The name is trimmed. Ends with [`Outcome::Opened`].
    ///
    /// # Errors
    /// `misuse/busy`, `misuse/closed`, `misuse/bad-argument` (also for a password of less than 8 UTF-16
    /// units) at once; `login/taken`, `login/closed`, `login/block-hidden`, `edit/*`, `net/*`, `peer/*`,
    /// `host/no-entropy` at the end. `login/unconfirmed` when the block was sent and nothing tells what became of it:
    /// [`Session::open`] does. With any other error there is no account.
    pub fn register(&mut self, now: Millis, credentials: Credentials) -> Result<Ticket, Error> {
        self.check_idle()?;
        let (registration, request) = Registration::start(credentials)?;
        self.forget_account();
        let ticket = self.out.ticket();
        self.out.progress(Phase::Config, 0, Some(1));
        self.out.ask(request);
        let making = Making {
            what: What::Account { registration: Box::new(registration), legacy: None },
            channel: None,
            owner: String::new(),
            step: Step::Http { deadline: now + self.deadlines.connect },
        };
        self.operation = Some(Operation::Make { ticket, making: Box::new(making) });
        Ok(ticket)
    }

    /// Creates a shared folder that the account owns and puts it into the drive, below `root` or in folders of the
    /// tree. Ends with [`Outcome::Created`]. It is pinned with the next set that is computed.
    ///
    /// # Errors
    /// `misuse/*`, `crypto/read-only`, `drive/incomplete`, `drive/anonymous`, `host/no-entropy` at once; `edit/*`, `net/*`, `peer/*` at
    /// the end. A folder that was created and not entered is known to nobody and holds nothing.
    pub fn create_folder(
        &mut self,
        now: Millis,
        title: &Text,
        within: Vec<Text>,
        password: Option<&str>,
    ) -> Result<Ticket, Error> {
        self.check_ready()?;
        self.place(&Target::Account)?;
        let owner = self.account.as_ref().and_then(|account| account.ed_public()).cloned();
        let owner = owner.ok_or_else(anonymous)?;
        let mut entropy = &mut *self.entropy;
        let fresh = FreshChannel::draw("drive", password, &mut entropy)?;
        let id = EntryId::draw(&mut entropy)?;
        let put = Put::shared_folder(id, fresh.link().expose(), password, title, now)?;
        let making = Making {
            what: What::Folder(put.owned_by([owner.as_str()]).within(within)),
            channel: Some((fresh, new_folder(title))),
            owner: owner.as_str().to_owned(),
            step: Step::Create,
        };
        let ticket = self.out.ticket();
        self.operation = Some(Operation::Make { ticket, making: Box::new(making) });
        self.stirred = true;
        self.advance(now);
        Ok(ticket)
    }

    pub(super) fn making_answered(&mut self, now: Millis, reply: Result<HttpReply, Error>) {
        let Some(Operation::Make { making, .. }) = &mut self.operation else { return };
        let What::Account { registration, .. } = &mut making.what else { return };
        let next = registration.handle(reply, &mut *self.entropy);
        self.registration_goes_on(now, next);
    }

    /// A request was not answered in time, or a rest is over.
    pub(super) fn making_late(&mut self, now: Millis) {
        let Some(Operation::Make { making, .. }) = &mut self.operation else { return };
        let step = making.step;
        let What::Account { registration, .. } = &mut making.what else { return };
        let next = match step {
            Step::Rest { .. } => registration.go_on(),
            _ => {
                let late = Error::new(Code::NetTimeout, "the server did not answer over HTTP");
                registration.handle(Err(late), &mut *self.entropy)
            }
        };
        self.registration_goes_on(now, next);
    }

    fn registration_goes_on(&mut self, now: Millis, next: Result<Next, Error>) {
        let Some(Operation::Make { ticket, making }) = &mut self.operation else { return };
        let What::Account { legacy, .. } = &mut making.what else { return };
        let ticket = *ticket;
        match next {
            Ok(Next::Rest(rest)) => making.step = Step::Rest { until: now + rest },
            Ok(Next::Ask(request, phase)) => {
                making.step = Step::Http { deadline: now + self.deadlines.connect };
                self.out.progress(phase, 0, Some(1));
                self.out.ask(request);
            }
            Ok(Next::Create(drawn)) => {
                let Drawn { fresh, document, ed_public, signed_in, legacy: old } = *drawn;
                *legacy = old;
                making.channel = Some((fresh, document));
                making.owner = ed_public;
                making.step = Step::Create;
                self.signed_in = Some(signed_in);
                self.stirred = true;
            }
            Ok(Next::Registered) => {
                self.operation = Some(Operation::Open { ticket, login: None, deadline: now });
                self.stirred = true;
            }
            Err(error) => self.finish(Err(error)),
        }
    }

    /// Does the next step of what is being made, if it can be done.
    pub(super) fn advance_making(&mut self, now: Millis) {
        let Some(Operation::Make { making, .. }) = &mut self.operation else { return };
        let (Step::Create, Some((fresh, first))) = (making.step, &making.channel) else { return };
        let (channel, first) = (fresh.channel().clone(), first.clone());
        let progress = self.readers.get(&channel).map(|reading| reading.reader.progress());
        let asks_legacy = match &making.what {
            What::Account { legacy, .. } => legacy.clone(),
            What::Folder(_) => None,
        };
        match progress {
            None => {
                let created = DocumentReader::create(fresh, &[&making.owner], self.out.txids());
                match created {
                    Ok(opened) => self.read(now, &channel, opened),
                    Err(error) => self.finish(Err(error)),
                }
            }
            Some(Progress::Following) => match asks_legacy {
                Some(legacy) => {
                    making.step = Step::ExpectLegacy;
                    self.ask_existence(now, &legacy);
                }
                None => self.write_first(now, channel, first),
            },
            Some(Progress::Unavailable) => {
                let error = Error::new(Code::EditRefused, "the server does not create the channel");
                self.finish(Err(error));
            }
            Some(_) => {}
        }
    }

    fn write_first(&mut self, now: Millis, channel: ChannelId, first: Value) {
        let id = self.inner_number();
        if let Some(Operation::Make { making, .. }) = &mut self.operation {
            making.step = Step::Write(id);
        }
        self.queue(now, channel, id, vec![Box::new(First(first))]);
    }

    /// Whether an account from before blocks is there was answered.
    pub(super) fn making_existence(&mut self, now: Millis, channel: &ChannelId, existence: &Existence) {
        let Some(Operation::Make { making, .. }) = &mut self.operation else { return };
        let What::Account { legacy, .. } = &making.what else { return };
        if making.step != Step::ExpectLegacy || legacy.as_ref() != Some(channel) {
            return;
        }
        let Some((fresh, first)) = &making.channel else { return };
        let (channel, first) = (fresh.channel().clone(), first.clone());
        match existence {
            Existence::New { .. } => self.write_first(now, channel, first),
            // Its block would lead past what is there.
            Existence::Known | Existence::Unanswered => self.finish(Err(taken())),
        }
    }

    /// A write of ours ended that nobody else has a ticket for.
    pub(super) fn made(&mut self, now: Millis, id: u64, result: Result<(), Error>) {
        let Some(Operation::Make { making, .. }) = &mut self.operation else { return };
        let entered = making.step == Step::Enter(id);
        if !entered && making.step != Step::Write(id) {
            return;
        }
        if let Err(error) = result {
            return self.finish(Err(error));
        }
        match &mut making.what {
            What::Folder(put) if entered => {
                let id = put.id;
                self.finish(Ok(Outcome::Created(id)));
            }
            What::Folder(put) => {
                let put = put.clone();
                let number = self.inner_number();
                if let Some(Operation::Make { making, .. }) = &mut self.operation {
                    making.step = Step::Enter(number);
                }
                match self.place(&Target::Account) {
                    Ok(place) => {
                        let change = Shaped(Edit::Put(put), Shape::Account, None);
                        self.queue(now, place.channel, number, vec![Box::new(change)]);
                    }
                    Err(error) => self.finish(Err(error)),
                }
            }
            What::Account { registration, .. } => match registration.write_block(&mut *self.entropy) {
                Ok(request) => {
                    making.step = Step::Http { deadline: now + self.deadlines.connect };
                    self.out.ask(request);
                }
                Err(error) => self.finish(Err(error)),
            },
        }
    }

    /// What was being made is not: what it left waiting is not written any more.
    pub(super) fn unmake(&mut self, making: &Making) {
        let error = Error::new(Code::NetClosed, "what it belongs to has ended");
        if let Step::Write(id) | Step::Enter(id) = making.step {
            self.writers.values_mut().for_each(|writer| writer.cancel(id, &error));
        }
        if making.is_account() {
            self.out.push(Effect::Disconnect);
            self.forget_account();
        }
    }
}
