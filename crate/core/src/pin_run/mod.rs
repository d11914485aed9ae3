//! Bringing the server's list to ours: a machine that asks for one call after the other, adds first and removes last.
//!
//! ```text
//! ExpectHash ──agrees as read from the disk, and nothing was sent since──▶ confirmed
//!     │ differs
//! ExpectPinned (frame by frame; only adds) ◀───────────────────────────────────────────┐
//!     │   └─ refused: halved until those ids stand alone that the server does not take │
//!     │      (a complete set over the quota looks first whether RESET may be tried)    │
//!     ▼                                                                                │
//! ExpectHashAfterPins ──as the new session read it: nothing was missing──▶ outcome     │
//!     │ something was sent                                                             │
//! ExpectExpired (the server forgets its session)                                       │
//!     ▼                                                                                │
//! ExpectHashReadBack (a new session reads the disk) ──less than before; ROUNDS times───┘
//!     ▼ outcome
//!     ├─ agrees ▶ confirmed
//!     ├─ additions only ▶ done, surplus kept
//! ExpectHashBeforeReset ──moved──▶ pins/moved, nothing replaced
//!     │ unmoved
//!     ├─ a list that holds what nobody recorded ▶ done, surplus kept
//!     ├─ only what is due is too much ▶ ExpectUnpinned ▶ ExpectHashAfterUnpin ▶ ExpectExpired
//! ExpectReset ▶ ExpectHashAfterReset ──agrees──▶ ExpectExpired
//! ```
//! A crash or a cut at any arrow loses nothing: everything before RESET only adds, RESET itself carries a
//! guarded set and replaces only a list of which every id is accounted for, and a run that starts again
//! begins by comparing.
//!
//! Over the quota the server takes RESET and refuses PIN. Its list may then be replaced where its hash is that
//! of a list we know: one that was confirmed before, or the goal less exactly the ids that were refused one by
//! one. The second is found out by splitting: what is pinned already is not refused.

mod pieces;
mod receipt;
mod trouble;

use crate::error::{Code, Error};
use crate::pin_run::pieces::Pieces;
use crate::pins::set::{Additions, Form, Forms, PinBatch};
use crate::rpc::command::{Command, Reply};

pub use pieces::{SPLITS, is_about_ids};
pub use receipt::{Goal, Next, PinStep, Receipt, Refused, Turn, Watch};

/// How often what did not stay on the server's disk is sent again.
const ROUNDS: u8 = 3;

/// Named for what it expects. A hash that goes with a state is the server's: what it answered before.
#[derive(Debug)]
#[allow(clippy::enum_variant_names, reason = "the prefix is what the names say")]
enum State {
    ExpectHash,
    ExpectPinned { piece: PinBatch, left: Pieces, fresh: Option<String> },
    ExpectHashAfterPins { fresh: Option<String>, over_limit: Option<Pieces> },
    ExpectExpired { held: String },
    ExpectHashReadBack { held: String },
    ExpectHashBeforeReset { seen: String, over_limit: Option<Pieces> },
    ExpectUnpinned,
    ExpectHashAfterUnpin,
    ExpectReset { seen: String, over_limit: Option<Pieces> },
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
    /// Another device may have changed the list since the run began.
    moved: bool,
    /// The list that was changed by UNPIN or RESET.
    before: Option<String>,
    /// The list was changed by UNPIN or RESET in this round: it is not changed again.
    settled: bool,
    /// What the server did not take, and how it said so first.
    refused: Vec<Refused>,
    refusal: Option<Error>,
    /// Something was sent since the server last read the list from its disk.
    unread: bool,
    /// The server refused to end its session: what is on its disk cannot be asked, and nothing is claimed about it.
    stays: bool,
    read_back: bool,
    rounds: u8,
    watched: Vec<Watch>,
}

impl Sync {
    /// Begins by comparing. `unread` says that something was sent under the same key that no new session of the
    /// server's has read back.
    pub fn start(goal: Goal, unread: bool) -> (Self, Command) {
        let run = Self {
            forms: goal.additions().forms(),
            goal,
            state: State::ExpectHash,
            sent: 0,
            reset: false,
            moved: false,
            before: None,
            settled: false,
            refused: Vec::new(),
            refusal: None,
            unread,
            stays: false,
            read_back: false,
            rounds: 0,
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
        self.goal.additions()
    }

    /// Whether the frame on the wire replaces the list: if its answer is lost, so is certainty.
    pub fn replacing(&self) -> bool {
        matches!(self.state, State::ExpectReset { .. } | State::ExpectHashAfterReset)
    }

    /// Whether anything was sent that the server has not confirmed.
    pub fn uncertain(&self) -> bool {
        let changed = self.sent > 0 || self.reset || self.settled || self.replacing();
        changed || matches!(self.state, State::ExpectPinned { .. } | State::ExpectUnpinned)
    }

    /// Whether the call on the wire only asks for what earlier ones came to.
    fn confirming(&self) -> bool {
        matches!(
            self.state,
            State::ExpectHashAfterPins { .. }
                | State::ExpectExpired { .. }
                | State::ExpectHashReadBack { .. }
                | State::ExpectHashBeforeReset { .. }
                | State::ExpectHashAfterUnpin
                | State::ExpectHashAfterReset
        )
    }

    /// Takes the answer of the last call. `current` is the version of the followed documents now: a set
    /// that was read from an older one never replaces anything.
    pub fn handle(mut self, answer: Result<Reply, Error>, current: u64) -> Turn {
        let state = std::mem::replace(&mut self.state, State::ExpectHash);
        let reply = match answer {
            Ok(reply) => reply,
            Err(error) => return self.refused(state, error),
        };
        match (state, reply) {
            (State::ExpectHash, Reply::Hash(server)) => match self.compare(&server) {
                // Tagged ids are only ever in memory: nothing of such a list was read from the disk.
                Some(Form::Plain) if !self.unread => self.done(server, Some(Form::Plain)),
                Some(_) => self.expire(server),
                None => self.pin_all(None),
            },
            (State::ExpectPinned { piece, left, fresh }, Reply::Done) => {
                let ids = piece.ids().len();
                self.sent += ids;
                self.unread = true;
                self.watched.push(Watch::Pinned { ids });
                self.pin_next(left, fresh)
            }
            (State::ExpectHashAfterPins { fresh, over_limit }, Reply::Hash(server)) => {
                let agrees = self.compare(&server);
                if fresh.as_ref() == Some(&server) {
                    // Nothing was missing in the list that a new session had read: so it differs from what the old one
                    // held by tags, because another device changed it, or because RESET did not stay.
                    self.unread = false;
                    self.moved = agrees.is_none() && self.before.as_ref() != Some(&server);
                }
                match over_limit {
                    None if self.unread && !self.stays => self.expire(server),
                    over_limit => self.outcome(server, agrees, over_limit),
                }
            }
            (State::ExpectExpired { held }, Reply::Done) => {
                self.call(State::ExpectHashReadBack { held }, Command::GetHash)
            }
            (State::ExpectHashReadBack { held }, Reply::Hash(server)) => {
                self.read_back = true;
                let unread = std::mem::replace(&mut self.unread, false);
                let agrees = self.compare(&server);
                if agrees.is_some() || server == held {
                    return self.outcome(server, agrees, None);
                }
                self.unread = unread;
                if self.rounds == ROUNDS {
                    let lost = Error::new(Code::PinsMismatch, "what the server confirmed is not on its disk");
                    return self.fail(lost.with("server", server));
                }
                self.rounds += 1;
                self.settled = false;
                self.watched.push(Watch::NotKept);
                self.pin_all(Some(server))
            }
            (State::ExpectHashBeforeReset { seen, over_limit }, Reply::Hash(server)) => {
                self.replace(&seen, server, current, over_limit)
            }
            (State::ExpectUnpinned, Reply::Done) => {
                let ids = match &self.goal {
                    Goal::Exactly(set) => set.due().len(),
                    Goal::AtLeast(_) => 0,
                };
                self.unread = true;
                self.watched.push(Watch::Unpinned { ids });
                self.call(State::ExpectHashAfterUnpin, Command::GetHash)
            }
            // What another device pinned meanwhile is no fault: it stays.
            (State::ExpectHashAfterUnpin, Reply::Hash(server)) => {
                self.compare(&server);
                self.changed(server)
            }
            (State::ExpectReset { .. }, Reply::Done) => {
                self.reset = true;
                // It went with the rest, and the quota was not asked.
                self.refused.clear();
                let ids = self.goal_ids().ids().len();
                self.unread = true;
                self.watched.push(Watch::Replaced { ids });
                self.call(State::ExpectHashAfterReset, Command::GetHash)
            }
            (State::ExpectHashAfterReset, Reply::Hash(server)) => match self.compare(&server) {
                Some(_) => self.changed(server),
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

    /// Sends all that the server may take. `fresh` is the hash that a new session has just read, if one has.
    fn pin_all(self, fresh: Option<String>) -> Turn {
        match self.taken() {
            Some(ids) => self.pin_next(Pieces::of(ids.batches()), fresh),
            None => self.call(State::ExpectHashAfterPins { fresh, over_limit: None }, Command::GetHash),
        }
    }

    fn pin_next(mut self, mut left: Pieces, fresh: Option<String>) -> Turn {
        match (left.next(), self.refusal.take()) {
            (Some(piece), refusal) => {
                self.refusal = refusal;
                let command = Command::Pin(piece.clone());
                self.call(State::ExpectPinned { piece, left, fresh }, command)
            }
            // Nothing at all was taken.
            (None, Some(error)) if self.sent == 0 => self.fail(error),
            (None, refusal) => {
                self.refusal = refusal;
                self.call(State::ExpectHashAfterPins { fresh, over_limit: None }, Command::GetHash)
            }
        }
    }

    /// The goal less what was refused; `None` if nothing is left.
    fn taken(&self) -> Option<Additions> {
        self.goal_ids().minus(&self.refused.iter().map(|refused| refused.id.clone()).collect())
    }

    /// UNPIN or RESET was carried out.
    fn changed(mut self, server: String) -> Turn {
        self.settled = true;
        self.expire(server)
    }

    /// What the server answers from now on, it has read from its disk.
    fn expire(self, held: String) -> Turn {
        self.call(State::ExpectExpired { held }, Command::ExpireSession)
    }

    /// The list is what the server says it is: either that is good, or it has to be replaced.
    fn outcome(self, server: String, agrees: Option<Form>, over_limit: Option<Pieces>) -> Turn {
        // What the server does not take for another reason than room, it may refuse for good: nothing is replaced.
        let replaceable = self.refused.iter().all(|refused| refused.code == Code::PinsOverLimit);
        match (&self.goal, agrees) {
            (Goal::Exactly(_), None) if replaceable && !self.settled => {
                self.call(State::ExpectHashBeforeReset { seen: server, over_limit }, Command::GetHash)
            }
            (_, Some(_)) if self.unread && !self.stays => self.expire(server),
            _ => self.done(server, agrees),
        }
    }

    fn replace(mut self, seen: &str, server: String, current: u64, over_limit: Option<Pieces>) -> Turn {
        let agrees = self.compare(&server);
        if agrees.is_some() {
            return self.outcome(server, agrees, None);
        }
        let Goal::Exactly(set) = &self.goal else {
            return self.done(server, None);
        };
        let accounted = set.accounts_for(&server) || self.holds_only_what_was_taken(&server);
        if server != seen || (self.moved && !accounted && set.may_replace(&server)) {
            return self.fail(Error::new(Code::PinsMoved, "another device is changing the pins"));
        }
        if set.version() != current {
            return self
                .fail(Error::new(Code::PinsMoved, "the drive may have changed since the set was computed"));
        }
        // A user cannot read the own list back. What its hash does not prove to be known may be another
        // device's newest pins: it stays until somebody agrees to give up exactly this list (L10).
        if !set.may_replace(&server) && !accounted {
            return match over_limit {
                Some(left) => self.pin_next(left, None),
                None => self.done(server, None),
            };
        }
        let set = set.clone();
        self.before = Some(server.clone());
        // A RESET between which and our last look another device pins would drop that pin; this cannot.
        if set.is_left_by_unpinning(&server) {
            return self.call(State::ExpectUnpinned, Command::Unpin(set));
        }
        self.call(State::ExpectReset { seen: server, over_limit }, Command::Reset(set))
    }

    /// Whether the server's list is the goal less what it refused, by its hash: then every id in it is known.
    fn holds_only_what_was_taken(&self, server: &str) -> bool {
        !self.refused.is_empty() && self.taken().is_some_and(|taken| taken.forms().agrees(server).is_some())
    }

    fn agreement(&self, server: &str) -> Option<(Form, usize)> {
        match &self.goal {
            Goal::Exactly(set) => set.agrees(server),
            Goal::AtLeast(_) => self.forms.agrees(server).map(|form| (form, 0)),
        }
    }

    fn compare(&mut self, server: &str) -> Option<Form> {
        let agrees = self.agreement(server).map(|(form, _)| form);
        // Tagged ids are only ever in memory, until a new session has read the list.
        let on_disk = !self.unread
            && !self.stays
            && (agrees == Some(Form::Plain) || (self.read_back && agrees.is_some()));
        self.watched.push(Watch::Compared { server: server.to_owned(), agrees, on_disk });
        agrees
    }

    fn call(mut self, state: State, command: Command) -> Turn {
        self.state = state;
        Turn { watched: std::mem::take(&mut self.watched), next: Next::Call(Box::new(self), command) }
    }

    fn fail(self, error: Error) -> Turn {
        Turn { watched: self.watched, next: Next::Failed(error) }
    }

    fn done(mut self, server: String, form: Option<Form>) -> Turn {
        if form.is_some() {
            // It has them after all: another device pinned them.
            self.refused.clear();
        }
        let retained = self.agreement(&server).map_or(0, |(_, retained)| retained);
        let rest = || self.taken().and_then(|taken| taken.forms().agrees(&server));
        let receipt = Receipt {
            retained,
            complete: matches!(self.goal, Goal::Exactly(_)),
            count: self.goal_ids().ids().len(),
            digest: self.forms.plain().to_owned(),
            form: if self.refused.is_empty() { form } else { rest() },
            server,
            sent: self.sent,
            reset: self.reset,
            read_back: self.read_back,
            refused: crate::compact::sorted(self.refused, &|a, b| a.id.cmp(&b.id)),
        };
        Turn { watched: self.watched, next: Next::Done(receipt) }
    }
}

#[cfg(test)]
mod tests;
