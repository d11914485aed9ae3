//! Clients, a server and another device on one thread: who is heard next is a choice, what goes wrong is a plan.
//!
//! After every step the invariants of [`invariants`] are checked over the server's pin log and what was delivered.

pub mod client;
pub mod fault;
mod happening;
pub mod invariants;
pub mod other;
pub mod unguarded;

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{Hash, Hasher};
use std::time::Duration;

use pinfold_core::ports::UnixMillis;
use pinfold_core::session::effect::Input;

use crate::account::Built;
use crate::server::{Answer, Outgoing, about};
use crate::world::client::{Client, Deed, Ended};
use crate::world::fault::{Fault, answer_under};
pub use crate::world::happening::{Key, Order, Outcome, Pending, Step};
use crate::world::invariants::{Seen, Violation};
pub use crate::world::other::OtherStep;
use crate::world::other::add_document;

/// Longer than any run needs.
const MOST_STEPS: usize = 5_000;
/// Later than every deadline.
const LATE: Duration = Duration::from_secs(95);
/// Who is not a client: the other device.
pub const OTHER: usize = usize::MAX;

struct Seat {
    client: Box<dyn Client>,
    connected: bool,
    seen: Seen,
}

/// A run.
pub struct World {
    /// The account, and the server that holds it.
    pub built: Built,
    /// The time, in milliseconds.
    pub now: UnixMillis,
    /// What happened, if it is recorded.
    pub steps: Vec<Step>,
    /// Whether it is.
    pub record: bool,
    /// Everything that somebody needs.
    pub needed: BTreeSet<String>,
    seats: Vec<Seat>,
    faults: BTreeMap<Key, Fault>,
    /// The faults that came to be.
    pub struck: BTreeSet<Key>,
    counts: BTreeMap<Key, usize>,
    pending: Vec<Pending>,
    born: usize,
    others: Vec<OtherStep>,
    added: Option<String>,
    /// The list after the last step, and how much of the logs it comes from.
    pinned: BTreeSet<String>,
    logged: usize,
    connections: usize,
    sent: Vec<String>,
    /// What has happened on the present connections, whatever the order was.
    happened: BTreeSet<Key>,
    broken: Option<Violation>,
}

impl World {
    /// A world in which nothing has happened. The account's list on the server is what was pinned before.
    pub fn new(built: Built, clients: Vec<Box<dyn Client>>, others: Vec<OtherStep>) -> Self {
        let seat = |client| Seat { client, connected: false, seen: Seen::default() };
        let needed = built.pins.iter().cloned().collect();
        let mut world = Self {
            built,
            now: UnixMillis(1_800_000_000_000),
            steps: Vec::new(),
            record: false,
            needed,
            seats: clients.into_iter().map(seat).collect(),
            faults: BTreeMap::new(),
            struck: BTreeSet::new(),
            counts: BTreeMap::new(),
            pending: Vec::new(),
            born: 0,
            others: others.into_iter().rev().collect(),
            added: None,
            pinned: BTreeSet::new(),
            logged: 0,
            connections: 0,
            sent: Vec::new(),
            happened: BTreeSet::new(),
            broken: None,
        };
        world.pinned = world.list();
        world.logged = world.log_length();
        world
    }

    /// Plans a fault.
    pub fn plan(&mut self, key: Key, fault: Fault) {
        self.faults.insert(key, fault);
    }

    /// Runs until nothing is left to happen.
    ///
    /// # Errors
    /// What was violated.
    pub fn run(&mut self, order: &mut impl Order) -> Result<Outcome, Violation> {
        for at in 0..self.seats.len() {
            let now = self.now;
            if let Some(seat) = self.seats.get_mut(at) {
                seat.client.start(now);
            }
        }
        self.other_comes_next();
        for _ in 0..MOST_STEPS {
            self.settle();
            self.check()?;
            let ready = self.ready();
            if ready.is_empty() {
                if let Some(ended) = self.ended() {
                    invariants::at_the_end(self)?;
                    return Ok(Outcome::Ended(ended));
                }
                self.pass_time()?;
                continue;
            }
            let offered: Vec<&Pending> = ready.iter().filter_map(|at| self.pending.get(*at)).collect();
            let Some(chosen) = order.choose(self, &offered) else { return Ok(Outcome::Covered) };
            let at = ready.get(chosen.min(ready.len() - 1)).copied().unwrap_or(0);
            let happening = self.pending.remove(at);
            self.happen(happening);
        }
        Err(Violation::new("I8", format!("it did not end within {MOST_STEPS} steps")))
    }

    /// Everything that tells this state from another: two orders that lead to the same have the same future.
    /// Sequence numbers are not among it.
    pub fn fingerprint(&self) -> u64 {
        let mut hasher = std::hash::DefaultHasher::new();
        let pending = self.pending.iter();
        let mut pending: Vec<_> = pending.map(|p| (&p.key, p.ready_at, p.fault, p.live)).collect();
        pending.sort();
        pending.hash(&mut hasher);
        self.happened.hash(&mut hasher);
        self.now.hash(&mut hasher);
        self.built.server.commands.hash(&mut hasher);
        self.list().hash(&mut hasher);
        for seat in &self.seats {
            let client = &seat.client;
            (client.told(), client.letters(), client.ended(), client.deadline(), seat.connected)
                .hash(&mut hasher);
        }
        hasher.finish()
    }

    /// What the clients told of the folders, by client and channel.
    pub fn told(&self) -> Vec<BTreeMap<String, String>> {
        self.seats.iter().map(|seat| seat.client.told()).collect()
    }

    /// How often clients connected.
    pub fn connections(&self) -> usize {
        self.connections
    }

    /// What the server's list holds now.
    pub fn pinned(&self) -> &BTreeSet<String> {
        &self.pinned
    }

    fn ready(&self) -> Vec<usize> {
        let gate = |to: usize| self.pending.iter().filter(|p| p.live && p.key.0 == to).map(|p| p.born).min();
        let free = |pending: &Pending| gate(pending.key.0).is_none_or(|live| pending.born <= live);
        let ready = self.pending.iter().enumerate().filter(|(_, p)| p.ready_at <= self.now && free(p));
        ready.map(|(at, _)| at).collect()
    }

    fn ended(&self) -> Option<Vec<Ended>> {
        self.seats.iter().map(|seat| invariants::ended(&*seat.client, seat.connected)).collect()
    }

    /// Time goes on to the next moment at which anything can happen.
    fn pass_time(&mut self) -> Result<(), Violation> {
        let waiting =
            self.seats.iter().filter(|seat| invariants::ended(&*seat.client, seat.connected).is_none());
        let deadlines = waiting.filter_map(|seat| seat.client.deadline());
        let late = self.pending.iter().map(|pending| pending.ready_at).filter(|at| *at > self.now);
        let Some(next) = deadlines.chain(late).min() else {
            return Err(Violation::new("I8", "a client neither ended nor waits for anything".to_owned()));
        };
        self.now = self.now.max(next);
        let now = self.now;
        for seat in self.seats.iter_mut().filter(|seat| seat.client.deadline().is_some_and(|at| at <= now)) {
            seat.client.handle(now, Input::Tick);
        }
        Ok(())
    }

    fn happen(&mut self, happening: Pending) {
        let Pending { key, fault, frames, .. } = happening;
        self.sent.clear();
        self.happened.insert(key.clone());
        if key.0 == OTHER {
            self.other_acts();
        } else if fault.is_some_and(Fault::cuts) {
            self.cut(key.0);
        } else if let Some(seat) = self.seats.get_mut(key.0) {
            seat.seen.delivered(&key.1, fault);
            for frame in &frames {
                seat.client.handle(self.now, Input::Frame(frame));
            }
        }
        self.settle();
        if self.record {
            let pinned = self.list();
            let were = self.needed.intersection(&self.pinned);
            let lost = were.filter(|id| !pinned.contains(*id)).cloned().collect();
            self.steps.push(Step {
                at: self.now,
                key,
                fault,
                told: self.told(),
                sent: self.sent.iter().map(|frame| about(frame)).collect(),
                pinned: pinned.len(),
                lost,
            });
        }
    }

    /// Carries out what the clients want; answers become pending.
    fn settle(&mut self) {
        loop {
            let next = (0..self.seats.len())
                .find_map(|at| self.seats.get_mut(at).and_then(|seat| Some((at, seat.client.poll()?))));
            match next {
                None => return,
                Some((at, Deed::Connect)) => self.connect(at),
                Some((at, Deed::Disconnect)) => self.forget(at),
                Some((at, Deed::Send(frame))) => self.send(at, &frame),
            }
        }
    }

    fn connect(&mut self, at: usize) {
        self.forget(at);
        let greeting = self.built.server.connect_peer(at);
        let Some(seat) = self.seats.get_mut(at) else { return };
        seat.connected = true;
        self.connections += 1;
        seat.client.handle(self.now, Input::Opened);
        seat.client.handle(self.now, Input::Frame(&greeting));
    }

    fn forget(&mut self, at: usize) {
        self.pending.retain(|pending| pending.key.0 != at);
        self.built.server.disconnect_peer(at);
        if let Some(seat) = self.seats.get_mut(at) {
            seat.connected = false;
            seat.seen = Seen::default();
        }
    }

    fn cut(&mut self, at: usize) {
        self.forget(at);
        if let Some(seat) = self.seats.get_mut(at) {
            seat.client.handle(self.now, Input::Closed);
        }
    }

    fn send(&mut self, at: usize, frame: &str) {
        if !self.seats.get(at).is_some_and(|seat| seat.connected) {
            return;
        }
        self.sent.push(frame.to_owned());
        if about(frame) == "RESET" {
            self.reset_is_sent(at);
        }
        let key = self.key(at, about(frame));
        let fault = self.faults.get(&key).copied().filter(|fault| fault.applies(command(&key.1)));
        if fault.is_some() {
            self.struck.insert(key.clone());
        }
        let server = &mut self.built.server;
        let answers = match fault {
            Some(fault) => answer_under(fault, server, at, frame, &key.1),
            None => server.receive_from(at, frame),
        };
        for answer in answers {
            let frames = match answer {
                Outgoing::Answer(Answer { frames, .. }) => frames,
                Outgoing::Cut => continue,
            };
            match fault {
                Some(Fault::Dropped) => {}
                Some(Fault::Late) => self.wait_for(key.clone(), frames, fault, self.now + LATE, false),
                Some(Fault::Twice) => {
                    self.wait_for(key.clone(), frames.clone(), fault, self.now, false);
                    let again = (key.0, format!("{} again", key.1), key.2);
                    self.wait_for(again, frames, fault, self.now, false);
                }
                _ => self.wait_for(key.clone(), frames, fault, self.now, false),
            }
        }
    }

    fn reset_is_sent(&mut self, at: usize) {
        let declared = self.built.folders.iter().map(|folder| folder.channel.as_str());
        if let Some(seat) = self.seats.get(at) {
            let settled = invariants::settled_before_reset(declared, &seat.seen);
            self.broken = self.broken.take().or(settled.err());
        }
    }

    fn wait_for(
        &mut self,
        key: Key,
        frames: Vec<String>,
        fault: Option<Fault>,
        ready_at: UnixMillis,
        live: bool,
    ) {
        self.born += 1;
        self.pending.push(Pending { key, ready_at, fault, frames, born: self.born, live });
    }

    fn key(&mut self, at: usize, about: String) -> Key {
        let count = self.counts.entry((at, about.clone(), 0)).or_default();
        *count += 1;
        (at, about, *count)
    }

    fn other_comes_next(&mut self) {
        if let Some(step) = self.others.last() {
            let key = (OTHER, format!("{step:?}"), self.others.len());
            self.wait_for(key, Vec::new(), None, self.now, false);
        }
    }

    fn other_acts(&mut self) {
        match self.others.pop() {
            Some(OtherStep::Adds(folder)) => self.other_adds(folder),
            Some(OtherStep::Pins) => {
                let state = self.built.server.pins.entry(self.built.ed_public.clone()).or_default();
                state.apply("PIN", self.added.as_slice());
            }
            Some(OtherStep::Idles) => self.built.server.expire_sessions(),
            None => {}
        }
        self.other_comes_next();
    }

    fn other_adds(&mut self, folder: usize) {
        let number = 7_000_000 + self.others.len();
        let Ok((frames, added)) = add_document(&mut self.built, folder, number) else { return };
        let Some(channel) = self.built.folders.get(folder).map(|folder| folder.channel.clone()) else {
            return;
        };
        for member in self.built.server.members(&channel) {
            let key = self.key(member, format!("LIVE {channel}"));
            self.wait_for(key, frames.clone(), None, self.now, true);
        }
        self.needed.insert(added.clone());
        self.added = Some(added);
    }

    fn check(&mut self) -> Result<(), Violation> {
        for seat in &self.seats {
            invariants::letters_in_order(&self.built, seat.client.letters())?;
        }
        let logged = self.log_length();
        if logged != self.logged {
            let pinned = self.list();
            let kept = invariants::nothing_left(&self.pinned, &pinned, &self.needed);
            (self.pinned, self.logged) = (pinned, logged);
            kept?;
        }
        for asked in self.seats.iter().filter_map(|seat| seat.client.safe_to_close()) {
            invariants::nothing_asked_is_lost(&self.built, &self.pinned, asked)?;
        }
        self.broken.take().map_or(Ok(()), Err)
    }

    fn list(&self) -> BTreeSet<String> {
        self.built.server.pins.get(&self.built.ed_public).map(|state| state.pinned()).unwrap_or_default()
    }

    fn log_length(&self) -> usize {
        self.built.server.pins.get(&self.built.ed_public).map_or(0, |state| state.log.len())
    }
}

fn command(about: &str) -> &str {
    about.split(' ').next().unwrap_or_default()
}
