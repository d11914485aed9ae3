//! A whole run from one seed: which account, which client, what goes wrong, in which order.

use std::fmt;

use pinfold_core::error::Error;

use crate::account::{Built, BuiltFolder, Plan, Variety, build_with};
use crate::entropy::Seeded;
use crate::schedule::{Oldest, Priorities, Random};
use crate::world::client::{Client, Guarded};
use crate::world::fault::Fault;
use crate::world::invariants::Violation;
use crate::world::other::add_document;
use crate::world::unguarded::{Policy, Unguarded};
use crate::world::{Key, Order, OtherStep, Outcome, Pending, Step, World};

/// Which client runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The product, on a server and a network that fail, beside another device.
    Guarded,
    /// A mutant, on an honest server: only the order of replies is against it.
    Mutant(Policy),
    /// The product under exactly what a mutant of this seed would meet.
    InPlaceOfMutant,
}

impl Kind {
    /// By the name it has on a command line.
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "guarded" => Self::Guarded,
            "race-2019" => Self::Mutant(Policy::Race),
            "second-fix" => Self::Mutant(Policy::SecondFix),
            "cache-race" => Self::Mutant(Policy::Cache),
            "in-place-of-mutant" => Self::InPlaceOfMutant,
            _ => return None,
        })
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Guarded => "guarded",
            Self::Mutant(Policy::Race) => "race-2019",
            Self::Mutant(Policy::SecondFix) => "second-fix",
            Self::Mutant(Policy::Cache) => "cache-race",
            Self::InPlaceOfMutant => "in-place-of-mutant",
        })
    }
}

/// What one seed came to.
#[derive(Debug)]
pub struct Report {
    /// Which client ran.
    pub kind: Kind,
    /// The seed.
    pub seed: u64,
    /// The shared folders as they were built, in the order of the drive.
    pub folders: Vec<BuiltFolder>,
    /// The channel of the account's own document.
    pub drive: String,
    /// What was planned to go wrong.
    pub faults: Vec<(Key, Fault)>,
    /// What happened, if it was recorded.
    pub steps: Vec<Step>,
    /// How it ended, or what was violated.
    pub outcome: Result<Outcome, Violation>,
}

/// An account to try things on.
#[derive(Debug, Clone)]
pub struct Tried {
    /// The account.
    pub built: Built,
    /// The documents that the last message of each folder adds: what a stale view of it lacks.
    pub late: Vec<String>,
}

/// An account of so many folders and letters. Its list on the server is what earlier sessions pinned: an id that the
/// drive no longer names, and everything but each `missing`th id.
///
/// # Errors
/// None with a working build; those of the formats.
pub fn account(folders: usize, letters: usize, missing: Option<usize>) -> Result<Tried, Error> {
    let plan = Plan { seed: 7, documents: 1, folders, per_folder: 1 };
    let mut built = build_with(plan, &Variety { letters, ..Variety::default() })?;
    let mut late = Vec::new();
    for at in 0..folders {
        let (_, added) = add_document(&mut built, at, 8_000_000 + at)?;
        built.pins.push(added.clone());
        built.folders.iter_mut().skip(at).take(1).for_each(|folder| folder.documents.push(added.clone()));
        late.push(added);
    }
    pin_before(&mut built, missing);
    Ok(Tried { built, late })
}

fn pin_before(built: &mut Built, missing: Option<usize>) {
    let kept = |at: usize| missing.is_none_or(|nth| !at.is_multiple_of(nth));
    let mut pinned: Vec<String> =
        built.pins.iter().enumerate().filter(|(at, _)| kept(*at)).map(|(_, id)| id.clone()).collect();
    pinned.push("5ca1e".repeat(6) + "00");
    let state = built.server.pins.entry(built.ed_public.clone()).or_default();
    state.apply("PIN", &pinned);
    state.expire();
}

/// Everything that is asked in a run without faults: where one can strike.
///
/// # Errors
/// What was violated in that run, in words.
pub fn points(built: &Built) -> Result<Vec<Key>, String> {
    struct Noting(Vec<Key>);
    impl Order for Noting {
        fn choose(&mut self, _: &World, ready: &[&Pending]) -> Option<usize> {
            self.0.extend(ready.first().map(|first| first.key.clone()));
            Some(0)
        }
    }
    let mut noting = Noting(Vec::new());
    let mut world = World::new(built.clone(), vec![guarded(built, 1)], Vec::new());
    world.run(&mut noting).map_err(|violation| violation.to_string())?;
    Ok(noting.0)
}

/// The product on the account's only device, with randomness of its own.
pub fn guarded(built: &Built, seed: u64) -> Box<dyn Client> {
    Box::new(Guarded::new(built, Seeded::new(seed), true))
}

/// The product on one of several devices.
pub fn guarded_beside_others(built: &Built, seed: u64) -> Box<dyn Client> {
    Box::new(Guarded::new(built, Seeded::new(seed), false))
}

/// Runs a seed. `record` keeps the steps.
///
/// # Errors
/// None with a working build; those of the formats.
pub fn run(kind: Kind, seed: u64, record: bool) -> Result<Report, Error> {
    let mut random = Seeded::new(seed);
    let folders = 5 + random.below(4);
    let mut missing = None;
    if kind == Kind::Guarded {
        missing = [None, Some(3), Some(1)].get(random.below(3)).copied().flatten();
    }
    let tried = account(folders, 3, missing)?;
    let shown = (tried.built.folders.clone(), tried.built.drive_channel.clone());
    let (mut faults, mut others) = (Vec::new(), Vec::new());
    if kind == Kind::Guarded {
        others = other_device(&mut random, folders);
        let points = points(&tried.built).unwrap_or_default();
        for _ in 0..random.below(4) {
            faults.extend(fault(&mut random, &points));
        }
    }
    let client = if others.is_empty() {
        client(kind, &tried, seed)?
    } else {
        guarded_beside_others(&tried.built, seed)
    };
    let mut world = World::new(tried.built, vec![client], others);
    world.record = record;
    faults.iter().for_each(|(key, fault)| world.plan(key.clone(), *fault));
    let outcome = if random.below(2) == 0 {
        world.run(&mut Random(random))
    } else {
        world.run(&mut Priorities::new(random, 3, 8 * folders))
    };
    let (folders, drive) = shown;
    Ok(Report { kind, seed, folders, drive, faults, steps: world.steps, outcome })
}

/// Nothing, or a document added and pinned, or that and a server that forgets its sessions.
fn other_device(random: &mut Seeded, folders: usize) -> Vec<OtherStep> {
    let folder = random.below(folders);
    match random.below(4) {
        0 => vec![OtherStep::Adds(folder), OtherStep::Pins],
        1 => vec![OtherStep::Idles, OtherStep::Adds(folder), OtherStep::Pins, OtherStep::Idles],
        _ => Vec::new(),
    }
}

fn fault(random: &mut Seeded, points: &[Key]) -> Option<(Key, Fault)> {
    let key = points.get(random.below(points.len()))?;
    let applicable: Vec<Fault> = strikes(key).collect();
    Some((key.clone(), *applicable.get(random.below(applicable.len()))?))
}

/// The faults that can strike there. A history that ends early is no fault to a client that never saw it longer:
/// nothing in it is wrong.
pub fn strikes(key: &Key) -> impl Iterator<Item = Fault> {
    let command = key.1.split(' ').next().unwrap_or_default().to_owned();
    Fault::ALL.into_iter().filter(move |fault| *fault != Fault::Truncated && fault.applies(&command))
}

/// Runs seeds until one shows a violation. Returns its report and how many were run.
///
/// # Errors
/// As [`run`].
pub fn search(kind: Kind, seeds: std::ops::Range<u64>) -> Result<(Option<Report>, usize), Error> {
    let mut runs = 0;
    for seed in seeds {
        runs += 1;
        let report = run(kind, seed, false)?;
        if report.outcome.is_err() {
            return Ok((Some(report), runs));
        }
    }
    Ok((None, runs))
}

/// The run in the order of the questions, to have something to compare with.
///
/// # Errors
/// As [`run`].
pub fn in_order(kind: Kind, folders: usize) -> Result<Result<Outcome, Violation>, Error> {
    let tried = account(folders, 3, None)?;
    let client = client(kind, &tried, 1)?;
    Ok(World::new(tried.built, vec![client], Vec::new()).run(&mut Oldest))
}

fn client(kind: Kind, tried: &Tried, seed: u64) -> Result<Box<dyn Client>, Error> {
    Ok(match kind {
        Kind::Mutant(policy) => Box::new(Unguarded::new(policy, &tried.built, &tried.late)?),
        Kind::Guarded | Kind::InPlaceOfMutant => guarded(&tried.built, seed),
    })
}
