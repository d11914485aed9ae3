//! The events that can happen next, who chooses one, and the record of the choice.

use std::collections::BTreeMap;

use pinfold_core::ports::UnixMillis;

use crate::world::World;
use crate::world::client::Ended;
use crate::world::fault::Fault;

/// Names a request or event of a run, whatever the order of replies: who, about what, and its number among equal ones.
pub type Key = (usize, String, usize);

/// Something that can happen next.
#[derive(Debug, Clone)]
pub struct Pending {
    /// What it is.
    pub key: Key,
    /// When it can happen.
    pub ready_at: UnixMillis,
    /// What goes wrong with it.
    pub fault: Option<Fault>,
    pub(super) frames: Vec<String>,
    /// In what order it came about, and whether nothing that came about later may overtake it.
    pub(super) born: usize,
    pub(super) live: bool,
}

impl Pending {
    /// The command it answers.
    pub fn command(&self) -> &str {
        self.key.1.split(' ').next().unwrap_or_default()
    }

    /// The channel it is about.
    pub fn channel(&self) -> Option<&str> {
        self.key.1.split(' ').nth(1)
    }

    /// Whether it is a message that somebody else wrote just now.
    pub fn live(&self) -> bool {
        self.live
    }
}

/// Chooses what happens next.
pub trait Order {
    /// An index into `ready`, which is not empty; `None` when this run need not go on.
    fn choose(&mut self, world: &World, ready: &[&Pending]) -> Option<usize>;
}

/// One thing that happened, for those who watch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// When, in milliseconds of the world.
    pub at: UnixMillis,
    /// What.
    pub key: Key,
    /// What went wrong.
    pub fault: Option<Fault>,
    /// What each folder was told to be, by channel, for each client.
    pub told: Vec<BTreeMap<String, String>>,
    /// What the clients sent because of it.
    pub sent: Vec<String>,
    /// How many ids the server's list holds.
    pub pinned: usize,
    /// The ids that somebody needs and that are no longer in it, although they were.
    pub lost: Vec<String>,
}

/// What a run came to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// All clients ended.
    Ended(Vec<Ended>),
    /// The order said that this was seen before.
    Covered,
}
