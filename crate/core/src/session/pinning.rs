//! A pin run on the wire.

use crate::drive::team::Team;
use crate::error::{Code, Error};
use crate::guard::guarded::anonymous;
use crate::ids::EdPublic;
use crate::pin_run::{Goal, Next, Sync, Turn};
use crate::pins::set::Additions;
use crate::ports::UnixMillis;
use crate::rpc::command::{Command, Reply};
use crate::session::Session;
use crate::session::effect::{Effect, Event, Outcome, Phase, Ticket};
use crate::session::news::News;
use crate::session::operation::{Operation, Progress};
use crate::session::parts::Parts;
use crate::session::signers::Purpose;

/// See the module.
#[derive(Debug)]
struct Pinning {
    ticket: Ticket,
    signer: EdPublic,
    stage: Stage,
}

#[derive(Debug)]
enum Stage {
    /// The connection is not ready for calls yet.
    Waiting(Goal),
    /// A call is out.
    Running(Box<Sync>),
}

impl Session {
    pub(super) fn check_pins(&mut self, owner: Option<&EdPublic>) -> Result<EdPublic, Error> {
        self.check_ready()?;
        let owner = owner.ok_or_else(anonymous)?;
        // A team whose viewers we are is ours as well; that its pins cannot be signed is found out later.
        let ours = self.parts.who.ed_public() == Some(owner)
            || self.document().is_some_and(|root| Team::owns(root.document(), owner));
        if !ours {
            return Err(Error::new(Code::MisuseForeignPinSet, "the pins are of another account"));
        }
        Ok(owner.clone())
    }

    pub(super) fn start_pins(&mut self, now: UnixMillis, signer: EdPublic, goal: Goal) -> Ticket {
        let ticket = self.parts.out.ticket();
        self.begin(now, ticket, Pinning { ticket, signer, stage: Stage::Waiting(goal) });
        ticket
    }
}

impl Operation for Pinning {
    /// Starts a waiting run once the account document is followed and calls can be signed.
    fn advance(self: Box<Self>, parts: &mut Parts, now: UnixMillis) -> Progress {
        match parts.account_as_read() {
            None => return Progress::Goes(self),
            Some(Err(error)) => return Progress::failed(error),
            Some(Ok(_)) => {}
        }
        let Self { ticket, signer, stage } = *self;
        match stage {
            Stage::Waiting(goal) => {
                let (sync, command) = Sync::start(goal, parts.signers.are_unread(&signer));
                parts.out.progress(Phase::Pins, 0, Some(1));
                call(parts, now, ticket, signer, Box::new(sync), command)
            }
            stage @ Stage::Running(_) => Progress::Goes(Box::new(Self { ticket, signer, stage })),
        }
    }

    fn writes(&self) -> bool {
        true
    }

    fn hear(self: Box<Self>, parts: &mut Parts, now: UnixMillis, news: News) -> Progress {
        let Self { ticket, signer, stage } = *self;
        match (stage, news) {
            (Stage::Running(sync), News::Called(answer)) => {
                answered(parts, now, ticket, signer, *sync, answer)
            }
            (stage, _) => Progress::Goes(Box::new(Self { ticket, signer, stage })),
        }
    }

    fn deadline(&self) -> Option<UnixMillis> {
        None
    }

    fn late(self: Box<Self>, _: &mut Parts, _: UnixMillis) -> Progress {
        Progress::Goes(self)
    }

    fn lost(self: Box<Self>, _: &mut Parts, _: UnixMillis, error: &Error) -> Progress {
        Progress::failed(self.end(error))
    }

    fn give_up(self: Box<Self>, parts: &mut Parts, _: UnixMillis, error: &Error) -> Error {
        parts.withdraw_calls(self.ticket);
        self.end(error)
    }
}

impl Pinning {
    /// The error of a run that is not heard out: what was asked to change pins may have done so.
    fn end(self, error: &Error) -> Error {
        match self.stage {
            Stage::Waiting(_) => error.clone(),
            Stage::Running(sync) => match sync.handle(Err(error.clone()), 0).next {
                Next::Failed(error) => error,
                Next::Call(..) | Next::Done(_) => error.clone(),
            },
        }
    }
}

fn call(
    parts: &mut Parts,
    now: UnixMillis,
    ticket: Ticket,
    signer: EdPublic,
    sync: Box<Sync>,
    command: Command,
) -> Progress {
    if !parts.submit(&signer, command, Purpose::Operation(ticket)) {
        return Progress::failed(Error::new(
            Code::CryptoReadOnly,
            "the account holds no key to sign these pins",
        ));
    }
    match parts.flush_rpc(now) {
        Ok(()) => Progress::Goes(Box::new(Pinning { ticket, signer, stage: Stage::Running(sync) })),
        Err(error) => {
            // It waits in the queue and would go out after the host was told that the run has failed.
            parts.withdraw_calls(ticket);
            Progress::failed(error)
        }
    }
}

fn answered(
    parts: &mut Parts,
    now: UnixMillis,
    ticket: Ticket,
    signer: EdPublic,
    sync: Sync,
    answer: Result<Reply, Error>,
) -> Progress {
    let (ours, goal): (String, Additions) = (sync.ours().to_owned(), sync.goal_ids());
    let Turn { watched, next } = sync.handle(answer, parts.readers.version());
    for watch in watched {
        parts.out.push(Effect::Event(Event::Pins { watch, ours: ours.clone() }));
    }
    match next {
        Next::Call(sync, command) => call(parts, now, ticket, signer, sync, command),
        Next::Done(receipt) => {
            parts.record_receipt(now, &signer, &receipt);
            parts.out.progress(Phase::Pins, 1, Some(1));
            // A confirmed set is all there is; what was added, there is at least.
            if receipt.complete {
                parts.keeping.unknown(&signer);
            }
            let refused = receipt.refused_ids();
            if let Some(taken) = goal.minus(&refused) {
                parts.note_pinned(&signer, taken.ids());
            }
            parts.note_refused(now, &signer, &refused, receipt.reset);
            Progress::Over(Ok(Outcome::Pins(receipt)))
        }
        Next::Failed(error) => {
            parts.watch_pins(now, &ours, &error);
            Progress::failed(error)
        }
    }
}
