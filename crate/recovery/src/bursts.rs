//! What one session removed at about the same time. One document under several numbers is one thing.

use std::collections::HashMap;

use crate::history::Author;

/// The removals of each session, in the order of time.
#[derive(Default)]
pub(crate) struct Bursts(HashMap<Author, Removals>);

#[derive(Default)]
struct Removals {
    /// When, and what.
    all: Vec<(u64, String)>,
    /// For each of them, behind the last of those that follow it and are of the same thing.
    run_ends: Vec<usize>,
}

impl Bursts {
    /// Of all removals: by whom, when, and of which thing.
    pub(crate) fn of(removals: impl Iterator<Item = (Author, u64, String)>) -> Self {
        let mut bursts = Self::default();
        for (author, time, thing) in removals {
            bursts.0.entry(author).or_default().all.push((time, thing));
        }
        for Removals { all, run_ends } in bursts.0.values_mut() {
            all.sort_unstable();
            for run in all.chunk_by(|(_, one), (_, other)| one == other) {
                run_ends.resize(run_ends.len() + run.len(), run_ends.len() + run.len());
            }
        }
        bursts
    }

    /// Whether a session removed another thing than this one within so many milliseconds of a time.
    pub(crate) fn has_another(&self, author: Author, time: u64, thing: &str, within: u64) -> bool {
        let Some(Removals { all, run_ends }) = self.0.get(&author) else { return false };
        let from = all.partition_point(|(other, _)| *other < time.saturating_sub(within));
        let to = all.partition_point(|(other, _)| *other <= time.saturating_add(within));
        let first = all.get(from).zip(run_ends.get(from)).filter(|_| from < to);
        first.is_some_and(|((_, first), end)| first != thing || *end < to)
    }
}
