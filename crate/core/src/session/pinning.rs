//! A pin run on the wire.

use crate::drive::account::Account;
use crate::drive::team::Team;
use crate::error::{Code, Error};
use crate::guard::guarded::anonymous;
use crate::ids::EdPublic;
use crate::pin_run::{Goal, Next, Sync, Turn};
use crate::ports::Millis;
use crate::rpc::command::{Command, Reply};
use crate::session::effect::{Effect, Event, Outcome, Phase, Ticket};
use crate::session::{Operation, Purpose, Session};

/// How far a pin run is.
#[derive(Debug)]
pub(super) enum Pinning {
    /// The connection is not ready for calls yet.
    Waiting(Goal),
    /// A call is out.
    Running(Box<Sync>),
    /// It ended; only its ticket is left.
    Over,
}

impl Pinning {
    pub(super) fn waiting(goal: Goal) -> Self {
        Self::Waiting(goal)
    }

    /// The error of a run whose connection was lost.
    pub(super) fn lost(self, error: &Error) -> Error {
        match self {
            Self::Running(sync) => match sync.handle(Err(error.clone()), 0).next {
                Next::Failed(error) => error,
                Next::Call(..) | Next::Done(_) => error.clone(),
            },
            Self::Waiting(_) | Self::Over => error.clone(),
        }
    }
}

impl Session {
    pub(super) fn check_pins(&mut self, owner: Option<&EdPublic>) -> Result<EdPublic, Error> {
        self.check_ready()?;
        let owner = owner.ok_or_else(anonymous)?;
        // A team whose viewers we are is ours as well; that its pins cannot be signed is found out later.
        let ours = self.account.as_ref().and_then(Account::ed_public) == Some(owner)
            || self.document().is_some_and(|root| Team::owns(root.document(), owner));
        if !ours {
            return Err(Error::new(Code::MisuseForeignPinSet, "the pins are of another account"));
        }
        Ok(owner.clone())
    }

    pub(super) fn start_pins(&mut self, now: Millis, signer: EdPublic, goal: Goal) -> Ticket {
        let ticket = self.out.ticket();
        self.operation = Some(Operation::Pins { ticket, signer, run: Pinning::waiting(goal) });
        self.stirred = true;
        self.advance(now);
        ticket
    }

    /// Starts a waiting run once the account document is followed and calls can be signed.
    pub(super) fn advance_pins(&mut self, now: Millis) {
        let Some(Operation::Pins { run, signer, .. }) = &mut self.operation else { return };
        if let Pinning::Waiting(_) = run
            && let Pinning::Waiting(goal) = std::mem::replace(run, Pinning::Over)
        {
            let (sync, command) = Sync::start(goal, self.proof.is_unread(signer));
            *run = Pinning::Running(Box::new(sync));
            self.out.progress(Phase::Pins, 0, Some(1));
            self.call_for_pins(now, command);
        }
    }

    fn call_for_pins(&mut self, now: Millis, command: Command) {
        let Some(Operation::Pins { signer, .. }) = &self.operation else { return };
        let signer = signer.clone();
        if self.submit(&signer, command, Purpose::Pins) {
            self.flush_rpc(now);
        } else {
            self.finish(Err(Error::new(Code::CryptoReadOnly, "the account holds no key to sign these pins")));
        }
    }

    pub(super) fn pins_answered(&mut self, now: Millis, answer: Result<Reply, Error>) {
        let version = self.version;
        let Some(Operation::Pins { run, signer, .. }) = &mut self.operation else { return };
        let signer = signer.clone();
        let Pinning::Running(sync) = std::mem::replace(run, Pinning::Over) else { return };
        let (ours, goal) = (sync.ours().to_owned(), sync.goal_ids());
        let Turn { watched, next } = sync.handle(answer, version);
        for watch in watched {
            self.out.push(Effect::Event(Event::Pins { watch, ours: ours.clone() }));
        }
        match next {
            Next::Call(sync, command) => {
                if let Some(Operation::Pins { run, .. }) = &mut self.operation {
                    *run = Pinning::Running(sync);
                }
                self.call_for_pins(now, command);
            }
            Next::Done(receipt) => {
                self.record_receipt(now, &signer, &receipt);
                self.out.progress(Phase::Pins, 1, Some(1));
                // A confirmed set is all there is; what was added, there is at least.
                if receipt.complete {
                    self.pinned.remove(&signer);
                }
                if receipt.sent > 0 && !receipt.read_back {
                    self.proof.refused(&signer);
                }
                let refused = receipt.refused_ids();
                if let Some(taken) = goal.minus(&refused) {
                    self.note_pinned(&signer, taken.ids());
                }
                self.note_refused(now, &signer, &refused, receipt.reset);
                self.finish(Ok(Outcome::Pins(receipt)));
            }
            Next::Failed(error) => {
                self.watch_pins(now, &ours, &error);
                self.finish(Err(error));
            }
        }
    }
}
