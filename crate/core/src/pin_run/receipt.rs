//! What a run works towards, what it shows on the way, and what it can claim at its end.

use crate::error::{Code, Error};
use crate::guard::guarded::GuardedPinSet;
use crate::ids::{IdSet, PinId};
use crate::names::names;
use crate::pin_run::Sync;
use crate::pins::set::{Additions, Form};
use crate::rpc::command::Command;

/// Where the list should end.
#[derive(Debug, Clone)]
pub enum Goal {
    /// Exactly this set.
    Exactly(GuardedPinSet),
    /// At least these.
    AtLeast(Additions),
}

impl Goal {
    /// Its ids.
    pub fn additions(&self) -> Additions {
        match self {
            Self::Exactly(set) => set.additions(),
            Self::AtLeast(additions) => additions.clone(),
        }
    }
}

/// An id that the server did not take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// Which.
    pub id: PinId,
    /// Why: `pins/over-limit`, or `rpc/refused` for any other word of the server's.
    pub code: Code,
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
    /// The rendering in which the server's list agrees with the goal less [`Self::refused`]; `None` when it
    /// holds more.
    pub form: Option<Form>,
    /// How many ids were sent in PIN frames and taken (the server skips those it has).
    pub sent: usize,
    /// Whether the list was replaced.
    pub reset: bool,
    /// How many ids of the server's list nothing that was read names, as far as that is known: the guard keeps them.
    pub retained: usize,
    /// Ids of the goal that the server does not have and did not take, sorted.
    pub refused: Vec<Refused>,
    /// Whether a new session of the server's read [`Self::server`] back from its disk.
    pub read_back: bool,
}

impl Receipt {
    /// Whether the server's hash proves that its list is the goal, no more and no less.
    pub fn confirmed(&self) -> bool {
        self.form.is_some() && self.refused.is_empty()
    }

    /// The ids of [`Self::refused`].
    pub fn refused_ids(&self) -> IdSet {
        self.refused.iter().map(|refused| refused.id.clone()).collect()
    }
}

/// A step of a run, for those who watch.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "server is a hash, ids are counts")]
pub enum Watch {
    /// The server's hash was read; `agrees` says in which form, if at all. `on_disk`: it does, and the server has read
    /// its disk since the last change.
    Compared { server: String, agrees: Option<Form>, on_disk: bool },
    /// A PIN frame with so many ids was accepted.
    Pinned { ids: usize },
    /// The quota refused a PIN. A complete set may go on to RESET, which is not subject to it; otherwise the
    /// PIN is split until what fits is pinned.
    OverLimit,
    /// These ids were refused, for the reason of this code.
    Refused { ids: Vec<PinId>, code: Code },
    /// So many ids were taken out of the list.
    Unpinned { ids: usize },
    /// The list was replaced by so many ids.
    Replaced { ids: usize },
    /// A new session of the server's read its disk and lacks what the last one confirmed: it is sent again.
    NotKept,
}

names! {
    /// What a [`Watch`] is called.
    PinStep, "A step of sending pins: the server's list was compared and is another one, agrees, or agrees and was read from its disk; ids were added, removed, or the list was replaced; ids were refused; what was confirmed is not on the disk and is sent again.":
    /// The server's hash was read and agrees with nothing that is known.
    Compare = "compare",
    /// A PIN was accepted.
    Pin = "pin",
    /// Ids were taken out.
    Unpin = "unpin",
    /// The list was replaced.
    Reset = "reset",
    /// The server's hash agrees.
    Agrees = "agrees",
    /// It does, and the server has read its disk since the last change.
    Confirmed = "confirmed",
    /// Ids, or a whole PIN, were refused.
    Refused = "refused",
    /// What was confirmed is not on the server's disk.
    NotKept = "not-kept",
}

impl Watch {
    /// What it is called.
    pub const fn step(&self) -> PinStep {
        match self {
            Self::Compared { agrees: None, .. } => PinStep::Compare,
            Self::Compared { on_disk: false, .. } => PinStep::Agrees,
            Self::Compared { on_disk: true, .. } => PinStep::Confirmed,
            Self::Pinned { .. } => PinStep::Pin,
            Self::Unpinned { .. } => PinStep::Unpin,
            Self::Replaced { .. } => PinStep::Reset,
            Self::OverLimit | Self::Refused { .. } => PinStep::Refused,
            Self::NotKept => PinStep::NotKept,
        }
    }
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
