//! Every order of replies, by running again with another choice at the last fork.
//!
//! [`every_order`] takes them one by one. [`every_state`] goes on only from states that no other order has led to
//! yet, and [`every_trace`] takes one order of each class of orders that differ only in neighbours which commute
//! (sleep sets: Godefroid, LNCS 1032). Both are exact where their premise holds: the first that equal
//! [fingerprints](World::fingerprint) have equal futures, the second that answers about different channels
//! commute, and the honest answers to JOIN and IS_NEW_CHANNEL about one, which the first verifies at every state.
//! `tests/suite/reductions.rs` compares all three.

use std::collections::HashSet;

use crate::harness::Schedule;
use crate::server::Answer;
use crate::world::invariants::Violation;
use crate::world::{Key, OTHER, Order, Outcome, Pending, World};

/// A schedule that follows given choices, then always takes the first, and remembers every fork.
#[derive(Debug, Default, Clone)]
pub struct Path {
    choices: Vec<usize>,
    forks: Vec<(usize, usize)>,
}

impl Path {
    /// Follows the choices of an earlier run, to see it again.
    pub fn replay(choices: Vec<usize>) -> Self {
        Self { choices, forks: Vec::new() }
    }

    /// The choices that were made.
    pub fn choices(&self) -> Vec<usize> {
        self.forks.iter().map(|(chosen, _)| *chosen).collect()
    }

    /// The next path in lexicographic order, or `None` after the last.
    fn next(mut self) -> Option<Self> {
        while let Some((chosen, count)) = self.forks.pop() {
            if chosen + 1 < count {
                let mut choices = self.choices();
                choices.push(chosen + 1);
                return Some(Self::replay(choices));
            }
        }
        None
    }
}

impl Schedule for Path {
    fn choose(&mut self, pending: &[Answer]) -> usize {
        let at = self.forks.len();
        let chosen = self.choices.get(at).copied().unwrap_or(0).min(pending.len().saturating_sub(1));
        self.forks.push((chosen, pending.len()));
        chosen
    }
}

impl Order for Path {
    fn choose(&mut self, _: &World, ready: &[&Pending]) -> Option<usize> {
        if ready.len() == 1 {
            return Some(0);
        }
        let at = self.forks.len();
        let chosen = self.choices.get(at).copied().unwrap_or(0).min(ready.len() - 1);
        self.forks.push((chosen, ready.len()));
        Some(chosen)
    }
}

/// Runs `body` once for every order of replies; it gets the schedule and says what was wrong, if anything.
/// Returns how many orders there were.
///
/// # Errors
/// What was wrong, with the choices that show it again through [`Path::replay`].
pub fn every_order(mut body: impl FnMut(&mut Path) -> Result<(), String>) -> Result<usize, String> {
    let mut path = Path::default();
    let mut orders = 0;
    loop {
        orders += 1;
        body(&mut path)
            .map_err(|what| format!("{what}\nreplay with Path::replay(vec!{:?})", path.choices()))?;
        match path.next() {
            Some(next) => path = next,
            None => return Ok(orders),
        }
    }
}

/// Runs `body` for every order, and stops each run at a state that another has led to. Returns how many runs and how
/// many states there were.
///
/// # Errors
/// What was violated.
pub fn every_state(
    mut body: impl FnMut(&mut States) -> Result<Outcome, Violation>,
) -> Result<(usize, usize), Violation> {
    let mut states = States { seen: HashSet::new(), left: Vec::new(), path: Vec::new(), at: 0 };
    let mut runs = 0;
    loop {
        runs += 1;
        states.at = 0;
        body(&mut states)?;
        match states.left.pop() {
            Some(path) => states.path = path,
            None => return Ok((runs, states.seen.len())),
        }
    }
}

/// The order of one run of [`every_state`].
#[derive(Debug)]
pub struct States {
    seen: HashSet<u64>,
    /// Where to go on, as the names of what happens.
    left: Vec<Vec<Key>>,
    path: Vec<Key>,
    at: usize,
}

impl Order for States {
    fn choose(&mut self, world: &World, ready: &[&Pending]) -> Option<usize> {
        if let Some(key) = self.path.get(self.at) {
            self.at += 1;
            return ready.iter().position(|pending| pending.key == *key);
        }
        if !self.seen.insert(world.fingerprint()) {
            return None;
        }
        for other in ready.iter().skip(1) {
            let mut path = self.path.clone();
            path.push(other.key.clone());
            self.left.push(path);
        }
        self.path.extend(ready.first().map(|first| first.key.clone()));
        self.at += 1;
        Some(0)
    }
}

/// Runs `body` for one order of each class. Returns how many runs there were.
///
/// # Errors
/// What was violated.
pub fn every_trace(
    mut body: impl FnMut(&mut Traces) -> Result<Outcome, Violation>,
) -> Result<usize, Violation> {
    let mut traces = Traces::default();
    let mut runs = 0;
    loop {
        runs += usize::from(body(&mut traces)? != Outcome::Covered);
        if !traces.turn_back() {
            return Ok(runs);
        }
    }
}

/// The order of one run of [`every_trace`].
#[derive(Debug, Default)]
pub struct Traces {
    forks: Vec<Fork>,
    at: usize,
}

#[derive(Debug)]
struct Fork {
    /// Everything that could happen here.
    offered: Vec<Event>,
    /// Signed calls until here.
    calls: usize,
    left: Vec<Event>,
    /// Choices that need not be taken here: they lead to a state that was taken before.
    sleep: Vec<Event>,
    taken: Option<Event>,
}

#[derive(Debug, Clone, PartialEq)]
struct Event {
    key: Key,
    /// Whether the order of it and of anything else matters.
    alone: bool,
    /// Whether it is one of the two honest answers that come before a history is asked for, in either order.
    before_history: bool,
}

impl Event {
    fn of(pending: &Pending) -> Self {
        let cuts = pending.fault.is_some_and(crate::world::fault::Fault::cuts);
        let alone = cuts || pending.live() || pending.key.0 == OTHER || pending.channel().is_none();
        let before_history =
            pending.fault.is_none() && matches!(pending.command(), "JOIN" | "IS_NEW_CHANNEL");
        Self { key: pending.key.clone(), alone, before_history }
    }

    fn commutes(&self, other: &Self) -> bool {
        let channel = |event: &Self| event.key.1.split(' ').nth(1).map(str::to_owned);
        let apart = channel(self) != channel(other) || self.before_history && other.before_history;
        !self.alone && !other.alone && self.key.0 == other.key.0 && apart
    }
}

impl Traces {
    fn turn_back(&mut self) -> bool {
        self.at = 0;
        self.leave_out();
        while let Some(mut fork) = self.forks.pop() {
            fork.sleep.extend(fork.taken.take());
            if fork.take_next() {
                self.forks.push(fork);
                return true;
            }
        }
        false
    }

    /// A run ended because only sleeping choices were left. If since a fork each channel went on by itself and no call
    /// was made, then every other run from that fork makes the same choices in another order, and ends in the same
    /// way. So does every run without the choice that put the others to sleep. None of them is taken: otherwise most
    /// runs would end asleep.
    fn leave_out(&mut self) {
        let Some(end) = self.forks.last().filter(|fork| fork.taken.is_none()) else { return };
        let mut without = end.offered.clone();
        for at in (0..self.forks.len()).rev() {
            let (before, rest) = self.forks.split_at_mut(at);
            let Some(fork) = rest.first_mut() else { return };
            let goes_without =
                |event: &Event| fork.sleep.contains(event) || fork.taken.as_ref() == Some(event);
            if !fork.all_commute() || !without.iter().all(goes_without) {
                return;
            }
            fork.left.clear();
            let Some((before, taken)) = before.last().and_then(|fork| Some((fork, fork.taken.as_ref()?)))
            else {
                return;
            };
            if !before.leads_by_itself_to(fork) {
                return;
            }
            let new = |event: &&mut Event| !before.offered.contains(event);
            without.iter_mut().filter(new).for_each(|event| *event = taken.clone());
        }
    }
}

impl Fork {
    fn all_commute(&self) -> bool {
        let mut events = (1..).zip(&self.offered);
        events.all(|(at, event)| self.offered.iter().skip(at).all(|other| event.commutes(other)))
    }

    /// Whether the event that was taken only led to events about the same channel.
    fn leads_by_itself_to(&self, next: &Self) -> bool {
        let mut new = next.offered.iter().filter(|event| !self.offered.contains(event));
        let own = |event: &Event| self.taken.as_ref().is_some_and(|taken| !taken.commutes(event));
        self.calls == next.calls && new.all(|event| !event.alone && own(event))
    }

    fn take_next(&mut self) -> bool {
        let Self { left, sleep, taken, .. } = self;
        let next = left.iter().rposition(|event| !sleep.contains(event));
        *taken = next.map(|at| left.remove(at));
        taken.is_some()
    }
}

impl Order for Traces {
    fn choose(&mut self, world: &World, ready: &[&Pending]) -> Option<usize> {
        if self.at == self.forks.len() {
            let before = self.at.checked_sub(1).and_then(|at| self.forks.get(at));
            let asleep = |fork: &Fork| {
                let taken = fork.taken.as_ref();
                let sleep = fork.sleep.iter();
                sleep.filter(|event| taken.is_some_and(|taken| taken.commutes(event))).cloned().collect()
            };
            let sleep = before.map(asleep).unwrap_or_default();
            let offered: Vec<Event> = ready.iter().map(|pending| Event::of(pending)).collect();
            let calls = world.built.server.commands.len();
            let mut fork = Fork { left: offered.clone(), offered, calls, sleep, taken: None };
            fork.take_next();
            self.forks.push(fork);
        }
        let taken = self.forks.get(self.at).and_then(|fork| fork.taken.as_ref())?;
        self.at += 1;
        ready.iter().position(|pending| pending.key == taken.key)
    }
}
