//! Accounts with random histories, and what recovery finds in them beside a plain replay of every state.
//!
//! [`run`] builds an account, lets people and clients do things to it (`acts`), damages some logs as servers and owners do,
//! and reads it twice: with the product, which looks only at what a line touched, and with `plain`, which parses every state
//! as a whole and compares it with the one before. Every stay and every event must be the same.

mod acts;
pub(crate) mod edits;
pub(crate) mod logs;
pub mod long;
pub(crate) mod places;
pub(crate) mod plain;

use pinfold_core::error::Error;
use pinfold_recovery::{Copy, Investigation, Reading, Told};

use crate::account::{self, Plan, Variety};
use crate::entropy::Seeded;
use acts::Story;
use logs::Log;

/// How much was compared.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Tally {
    /// Documents: drives of the account and its teams, folders.
    pub documents: usize,
    /// Lines of their logs.
    pub lines: usize,
    /// Stays of entries.
    pub stays: usize,
    /// Events, line by line.
    pub events: usize,
    /// Documents whose log was shortened, or has a hole.
    pub damaged: usize,
}

impl std::ops::AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.documents += other.documents;
        self.lines += other.lines;
        self.stays += other.stays;
        self.events += other.events;
        self.damaged += other.damaged;
    }
}

/// Runs the history of a seed.
///
/// # Errors
/// The first difference in words, with the line that replays it.
pub fn run(seed: u64) -> Result<Tally, String> {
    tell(seed).map_err(|difference| {
        format!("{difference}\n  again: cargo run -p pinfold-testkit -- histories {seed} {}", seed + 1)
    })
}

fn tell(seed: u64) -> Result<Tally, String> {
    let mut story = made(seed).map_err(|error| format!("the account was not built: {error}"))?;
    let acts = 10 + story.entropy.below(40);
    for _ in 0..acts {
        story.act().map_err(|error| format!("an act was not written: {error}"))?;
    }
    story.damage();
    let user_hash = story.user_hash.clone();
    compare(&user_hash, &story.logs)
}

fn made(seed: u64) -> Result<Story, Error> {
    let mut entropy = Seeded::new(seed);
    let plan = Plan {
        seed: entropy.next_u64(),
        documents: entropy.below(8),
        folders: 1 + entropy.below(3),
        per_folder: entropy.below(5),
    };
    let teams = entropy.below(3);
    let variety = Variety { mixed: entropy.below(2) == 0, teams, ..Variety::default() };
    let built = account::build_with(plan, &variety)?;
    let logs = logs::of_account(&built)?;
    Ok(Story::new(built.user_hash().to_owned(), logs, entropy))
}

/// Reads the account with the product and plainly, and tells the first difference.
fn compare(user_hash: &str, logs: &[Log]) -> Result<Tally, String> {
    let mut tally = Tally::default();
    let mut investigation = Investigation::of_account(user_hash).map_err(|error| error.to_string())?;
    let mut read = Vec::new();
    while let Some(mut reading) = investigation.next_reading() {
        let log = logs.iter().find(|log| log.channel == reading.channel.as_str());
        if let Some(log) = log.filter(|_| reading.copy() == Copy::Live) {
            let states = plain::states(log);
            tally.events += same_events(log, &states, &mut reading)?;
            tally.documents += 1;
            tally.lines += log.lines.len();
            tally.damaged += usize::from(log.is_damaged);
            read.push((log, states));
        }
        investigation.done(reading);
    }
    for (log, states) in read {
        let document = investigation.document_of(&log.channel);
        let told = document.and_then(|document| document.live.as_ref());
        tally.stays +=
            same_stays(log, &states, told.ok_or_else(|| format!("{} was not read", log.channel))?)?;
    }
    Ok(tally)
}

fn same_events(log: &Log, states: &[plain::State], reading: &mut Reading) -> Result<usize, String> {
    let mut events = plain::events(states).into_iter().peekable();
    let mut count = 0;
    for stored in &log.lines {
        let (at, _) = reading.line(stored.line());
        let mut told: Vec<_> =
            reading.events().map(|(of, did)| (at.line, of.what, of.id.clone(), did)).collect();
        told.sort();
        let wanted: Vec<_> = std::iter::from_fn(|| events.next_if(|event| event.0 == at.line)).collect();
        count += told.len();
        if told != wanted {
            return Err(format!("line {} of {}: told {told:?}, but it was {wanted:?}", at.line, log.channel));
        }
    }
    Ok(count)
}

fn same_stays(log: &Log, states: &[plain::State], told: &Told) -> Result<usize, String> {
    let (stays, given) = (plain::stays(states), told.timeline.presences());
    if given.len() != stays.len() {
        return Err(format!("{}: {} stays, but there were {}", log.channel, given.len(), stays.len()));
    }
    for wanted in &stays {
        if !given.iter().any(|given| plain::is_same(given, wanted)) {
            return Err(format!("{}: no stay like {wanted:?} among {given:?}", log.channel));
        }
    }
    Ok(stays.len())
}
