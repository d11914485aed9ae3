//! Bringing the server's list to ours: a machine that asks for one call after the other.
//!
//! ```text
//! ExpectHash ──agrees──▶ confirmed, nothing sent
//!     │ differs
//! ExpectPinned (batch by batch; only adds)
//!     ▼
//! ExpectHashAfterPins ──agrees──▶ confirmed
//!     │ a surplus is left
//!     ├─ additions only ▶ done, surplus kept
//! ExpectHashBeforeReset ──moved──▶ pins/moved, nothing replaced
//!     │ unmoved
//!     ├─ a list that holds what nobody recorded ▶ done, surplus kept; pins/over-limit if a PIN was refused
//!     ├─ only what is due is too much ▶ ExpectUnpinned ▶ ExpectHashAfterUnpin ▶ done
//! ExpectReset ▶ ExpectHashAfterReset ──agrees──▶ confirmed
//! ```
//! A crash or a cut at any arrow loses nothing: everything before RESET only adds, RESET itself carries a
//! guarded set and replaces only a list of which every id is accounted for, and a run that starts again
//! begins by comparing.

use std::collections::VecDeque;

use crate::error::{Code, Error};
use crate::guard::guarded::GuardedPinSet;
use crate::pins::set::{Additions, Form, Forms, PinBatch};
use crate::rpc::command::{Command, Reply};
use crate::rpc::refusal;

/// Where the list should end.
#[derive(Debug, Clone)]
pub enum Goal {
    /// Exactly this set.
    Exactly(GuardedPinSet),
    /// At least these.
    AtLeast(Additions),
}

/// What a finished run can claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// Whether the goal was a complete set.
    pub complete: bool,
    /// How many ids the goal holds.
    pub count: usize,
    /// The goal's plain digest.
    pub digest: String,
    /// The server's hash at the end.
    pub server: String,
    /// The rendering in which the server's list agrees with the goal; `None` when it holds more.
    pub form: Option<Form>,
    /// How many ids were sent in PIN frames (the server skips those it has).
    pub sent: usize,
    /// Whether the list was replaced.
    pub reset: bool,
    /// How many ids of the server's list nothing that was read names, as far as that is known: the guard keeps them.
    pub kept: usize,
}

impl Receipt {
    /// Whether the server's hash proves that its list is the goal, no more and no less.
    pub fn confirmed(&self) -> bool {
        self.form.is_some()
    }
}

/// A step of a run, for those who watch.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "server is a hash, ids are counts")]
pub enum Watch {
    /// The server's hash was read; `agrees` says in which form, if at all.
    Compared { server: String, agrees: Option<Form> },
    /// A PIN frame with so many ids was accepted.
    Pinned { ids: usize },
    /// The quota refused a PIN; a complete set goes on to RESET, which is not subject to it.
    OverLimit,
    /// So many ids were taken out of the list.
    Unpinned { ids: usize },
    /// The list was replaced by so many ids.
    Replaced { ids: usize },
}

/// What a step came to.
#[derive(Debug)]
pub struct Turn {
    /// What happened on the way, in order.
    pub watched: Vec<Watch>,
    /// What comes next.
    pub next: Next,
}

/// What comes next.
#[derive(Debug)]
pub enum Next {
    /// Send this and hand the answer to [`Sync::handle`].
    Call(Box<Sync>, Command),
    /// Done.
    Done(Receipt),
    /// Stopped. Nothing was lost; `code` says whether to try again.
    Failed(Error),
}

/// Named for what it expects.
#[derive(Debug)]
#[allow(clippy::enum_variant_names, reason = "the prefix is what the names say")]
enum State {
    ExpectHash,
    ExpectPinned { sending: usize, left: VecDeque<PinBatch> },
    ExpectHashAfterPins,
    ExpectHashBeforeReset { seen: String },
    ExpectUnpinned,
    ExpectHashAfterUnpin,
    ExpectReset,
    ExpectHashAfterReset,
}

/// One run.
#[derive(Debug)]
pub struct Sync {
    goal: Goal,
    forms: Forms,
    state: State,
    sent: usize,
    reset: bool,
    /// The quota refused a PIN: unless the whole list replaces the server's, something is not pinned.
    refused: bool,
    watched: Vec<Watch>,
}

impl Sync {
    /// Begins by comparing.
    pub fn start(goal: Goal) -> (Self, Command) {
        let forms = match &goal {
            Goal::Exactly(set) => set.forms(),
            Goal::AtLeast(additions) => additions.forms(),
        };
        let run = Self {
            goal,
            forms,
            state: State::ExpectHash,
            sent: 0,
            reset: false,
            refused: false,
            watched: Vec::new(),
        };
        (run, Command::GetHash)
    }

    /// The plain digest that the run works towards.
    pub fn ours(&self) -> &str {
        self.forms.plain()
    }

    /// The ids of the goal.
    pub fn goal_ids(&self) -> Additions {
        match &self.goal {
            Goal::Exactly(set) => set.additions(),
            Goal::AtLeast(additions) => additions.clone(),
        }
    }

    /// Whether the frame on the wire replaces the list: if its answer is lost, so is certainty.
    pub fn replacing(&self) -> bool {
        matches!(self.state, State::ExpectReset | State::ExpectHashAfterReset)
    }

    /// Whether anything was sent that the server has not confirmed.
    pub fn uncertain(&self) -> bool {
        self.sent > 0 || self.replacing() || matches!(self.state, State::ExpectPinned { .. })
    }

    /// Whether the call on the wire only asks for what earlier ones came to.
    fn confirming(&self) -> bool {
        matches!(
            self.state,
            State::ExpectHashAfterPins
                | State::ExpectHashBeforeReset { .. }
                | State::ExpectHashAfterUnpin
                | State::ExpectHashAfterReset
        )
    }

    /// Takes the answer of the last call. `current` is the version of the followed documents now: a set
    /// that was read from an older one never replaces anything.
    pub fn handle(mut self, answer: Result<Reply, Error>, current: u64) -> Turn {
        let reply = match answer {
            Ok(reply) => reply,
            Err(error) => return self.refused(error),
        };
        match (std::mem::replace(&mut self.state, State::ExpectHash), reply) {
            (State::ExpectHash, Reply::Hash(server)) => match self.compare(&server) {
                Some(form) => self.done(server, Some(form)),
                None => {
                    let batches = self.goal_ids().batches();
                    self.pin_next(batches.into())
                }
            },
            (State::ExpectPinned { sending, left }, Reply::Done) => {
                self.sent += sending;
                self.watched.push(Watch::Pinned { ids: sending });
                self.pin_next(left)
            }
            (State::ExpectHashAfterPins, Reply::Hash(server)) => match (self.compare(&server), &self.goal) {
                (Some(form), _) => self.done(server, Some(form)),
                (None, Goal::AtLeast(_)) => self.done(server, None),
                (None, Goal::Exactly(_)) => {
                    self.call(State::ExpectHashBeforeReset { seen: server }, Command::GetHash)
                }
            },
            (State::ExpectHashBeforeReset { seen }, Reply::Hash(server)) => {
                self.replace(&seen, server, current)
            }
            (State::ExpectUnpinned, Reply::Done) => {
                let ids = match &self.goal {
                    Goal::Exactly(set) => set.due().len(),
                    Goal::AtLeast(_) => 0,
                };
                self.watched.push(Watch::Unpinned { ids });
                self.call(State::ExpectHashAfterUnpin, Command::GetHash)
            }
            // What another device pinned meanwhile is no fault: it stays.
            (State::ExpectHashAfterUnpin, Reply::Hash(server)) => {
                let form = self.compare(&server);
                self.done(server, form)
            }
            (State::ExpectReset, Reply::Done) => {
                self.reset = true;
                let ids = self.goal_len();
                self.watched.push(Watch::Replaced { ids });
                self.call(State::ExpectHashAfterReset, Command::GetHash)
            }
            (State::ExpectHashAfterReset, Reply::Hash(server)) => match self.compare(&server) {
                Some(form) => self.done(server, Some(form)),
                None => self.fail(
                    Error::new(Code::PinsMismatch, "the server's list is not the one it just accepted")
                        .with("server", server),
                ),
            },
            (_, reply) => self.fail(
                Error::new(Code::Internal, "an answer does not fit the call it answers")
                    .with("reply", reply.kind()),
            ),
        }
    }

    fn pin_next(self, mut left: VecDeque<PinBatch>) -> Turn {
        match left.pop_front() {
            Some(batch) => {
                let sending = batch.ids().len();
                self.call(State::ExpectPinned { sending, left }, Command::Pin(batch))
            }
            None => self.call(State::ExpectHashAfterPins, Command::GetHash),
        }
    }

    fn replace(mut self, seen: &str, server: String, current: u64) -> Turn {
        if let Some(form) = self.compare(&server) {
            return self.done(server, Some(form));
        }
        let Goal::Exactly(set) = &self.goal else {
            return self.done(server, None);
        };
        if server != seen {
            return self.fail(Error::new(Code::PinsMoved, "another device is changing the pins"));
        }
        if set.version() != current {
            return self
                .fail(Error::new(Code::PinsMoved, "the drive may have changed since the set was computed"));
        }
        // A user cannot read the own list back. What its hash does not prove to be known may be another
        // device's newest pins: it stays until somebody agrees to give up exactly this list (L10).
        if !set.may_replace(&server) {
            return match self.refused {
                true => self.fail(refusal("E_OVER_LIMIT", "PIN")),
                false => self.done(server, None),
            };
        }
        // A RESET between which and our last look another device pins would drop that pin; this cannot.
        if set.is_left_by_unpinning(&server) {
            let command = Command::Unpin(set.clone());
            return self.call(State::ExpectUnpinned, command);
        }
        let command = Command::Reset(set.clone());
        self.call(State::ExpectReset, command)
    }

    fn refused(mut self, error: Error) -> Turn {
        let quota = error.code() == Code::PinsOverLimit;
        match (&self.state, &self.goal) {
            // PIN counts against the quota and RESET does not (11.2). A complete set may therefore still
            // be sent as a whole; additions cannot.
            (State::ExpectPinned { .. }, Goal::Exactly(_)) if quota => {
                self.watched.push(Watch::OverLimit);
                self.refused = true;
                self.call(State::ExpectHashAfterPins, Command::GetHash)
            }
            _ if self.uncertain() && (self.confirming() || unanswered(error.code())) => {
                let unconfirmed =
                    Error::new(Code::PinsUnconfirmed, "the server's confirmation did not arrive")
                        .with("cause", error.code().as_str())
                        .with("replacing", self.replacing());
                self.fail(unconfirmed)
            }
            _ => self.fail(error),
        }
    }

    fn agreement(&self, server: &str) -> Option<(Form, usize)> {
        match &self.goal {
            Goal::Exactly(set) => set.agrees(server),
            Goal::AtLeast(_) => self.forms.agrees(server).map(|form| (form, 0)),
        }
    }

    fn compare(&mut self, server: &str) -> Option<Form> {
        let agrees = self.agreement(server).map(|(form, _)| form);
        self.watched.push(Watch::Compared { server: server.to_owned(), agrees });
        agrees
    }

    fn goal_len(&self) -> usize {
        match &self.goal {
            Goal::Exactly(set) => set.len(),
            Goal::AtLeast(additions) => additions.ids().len(),
        }
    }

    fn call(mut self, state: State, command: Command) -> Turn {
        self.state = state;
        Turn { watched: std::mem::take(&mut self.watched), next: Next::Call(Box::new(self), command) }
    }

    fn fail(self, error: Error) -> Turn {
        Turn { watched: self.watched, next: Next::Failed(error) }
    }

    fn done(self, server: String, form: Option<Form>) -> Turn {
        let kept = self.agreement(&server).map_or(0, |(_, kept)| kept);
        let receipt = Receipt {
            kept,
            complete: matches!(self.goal, Goal::Exactly(_)),
            count: self.goal_len(),
            digest: self.forms.plain().to_owned(),
            server,
            form,
            sent: self.sent,
            reset: self.reset,
        };
        Turn { watched: self.watched, next: Next::Done(receipt) }
    }
}

/// Whether an error leaves open what the server did, unlike a refusal.
const fn unanswered(code: Code) -> bool {
    matches!(
        code,
        Code::NetClosed
            | Code::NetTimeout
            | Code::PeerMalformed
            | Code::PeerOversized
            | Code::PeerOutOfOrder
            | Code::MisuseClosed
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pins::set::tests::additions;

    /// A run of additions that is answered so, and then with an error: what it fails with.
    fn failing(answers: &[Reply], code: Code) -> Error {
        let (run, _) = Sync::start(Goal::AtLeast(additions(vec!["a".into()])));
        let mut run = Box::new(run);
        for answer in answers {
            let Next::Call(next, _) = run.handle(Ok(answer.clone()), 0).next else { panic!("it ended") };
            run = next;
        }
        let Next::Failed(error) = run.handle(Err(Error::new(code, "a test's")), 0).next else {
            panic!("it went on")
        };
        error
    }

    #[test]
    fn only_what_was_sent_and_not_answered_is_unconfirmed() {
        let other = || Reply::Hash("another".to_owned());
        assert_eq!(failing(&[], Code::NetClosed).code(), Code::NetClosed);
        assert_eq!(failing(&[other()], Code::RpcRefused).code(), Code::RpcRefused);
        for (answers, code) in
            [(vec![other()], Code::NetTimeout), (vec![other(), Reply::Done], Code::RpcRefused)]
        {
            let error = failing(&answers, code);
            assert_eq!(error.code(), Code::PinsUnconfirmed);
            assert!(error.detail().iter().any(|(key, value)| *key == "replacing" && value == "false"));
        }
    }

    #[test]
    fn a_run_tells_the_hash_that_it_works_towards() {
        let goal = additions(vec!["a".into()]);
        let (run, _) = Sync::start(Goal::AtLeast(goal.clone()));
        assert_eq!(run.ours(), goal.forms().plain());
    }
}
