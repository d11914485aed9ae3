//! Lists of pins that shrink and grow again (B7 to B9): the rule for a server's pin log, and for the log that a client keeps of
//! its own pins.
//!
//! Whoever took an id off and then put it on again did not want it to go, or somebody has put it back: every id of such a gap
//! is told. Removals that lie within ten seconds of one another are told together.

use std::collections::BTreeMap;

/// Removals within this many ms belong together.
const BURST: u64 = 10_000;

/// Ids that went from a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Removal<Id> {
    /// The place in the log of the first change, as the caller counts them.
    pub place: usize,
    /// Its time in ms, where it has one.
    pub time: Option<i64>,
    /// What went.
    pub ids: Vec<Id>,
}

/// The changes of one list, in their order.
#[derive(Debug, Clone)]
pub struct Trail<Id> {
    removals: Vec<Removal<Id>>,
    gone: BTreeMap<Id, (usize, Option<i64>)>,
    regrown: BTreeMap<usize, Removal<Id>>,
}

impl<Id> Default for Trail<Id> {
    fn default() -> Self {
        Self { removals: Vec::new(), gone: BTreeMap::new(), regrown: BTreeMap::new() }
    }
}

impl<Id: Ord + Clone> Trail<Id> {
    /// Takes the next change of the list: the ids that were added, and the ids that were removed.
    pub fn hear<'i>(
        &mut self,
        (place, time): (usize, Option<i64>),
        came: impl IntoIterator<Item = &'i Id>,
        went: &[Id],
    ) where
        Id: 'i,
    {
        for id in came {
            if let Some((place, time)) = self.gone.remove(id) {
                let gap = Removal { place, time, ids: Vec::new() };
                self.regrown.entry(place).or_insert(gap).ids.push(id.clone());
            }
        }
        if !went.is_empty() {
            self.gone.extend(went.iter().map(|id| (id.clone(), (place, time))));
            self.removals.push(Removal { place, time, ids: went.to_vec() });
        }
    }

    /// Every change that took something off.
    pub fn removals(&self) -> &[Removal<Id>] {
        &self.removals
    }

    /// Of each change that took something off, what came back later.
    pub fn regrown(&self) -> impl Iterator<Item = &Removal<Id>> {
        self.regrown.values()
    }

    /// Runs of removals that lie within ten seconds of one another, where they are of more than one id. One without a time
    /// stands by itself.
    pub fn bursts(&self) -> Vec<Removal<Id>> {
        let mut runs: Vec<(Removal<Id>, Option<i64>)> = Vec::new();
        for removal in &self.removals {
            match (runs.last_mut(), removal.time) {
                (Some((run, Some(last))), Some(time)) if time.abs_diff(*last) <= BURST => {
                    run.ids.extend(removal.ids.iter().cloned());
                    *last = time;
                }
                _ => runs.push((removal.clone(), removal.time)),
            }
        }
        runs.into_iter().map(|(run, _)| run).filter(|run| run.ids.len() > 1).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_went_and_came_back_is_told_with_what_took_it_off() {
        let mut trail: Trail<u8> = Trail::default();
        trail.hear((1, Some(0)), &[1, 2, 3, 4], &[]);
        trail.hear((2, Some(100_000)), &[], &[1, 2]);
        trail.hear((3, Some(110_000)), &[], &[3]);
        trail.hear((4, Some(200_000)), &[2, 3], &[]);
        // What never went does not come back.
        trail.hear((5, None), &[2, 5], &[]);
        let regrown: Vec<_> = trail.regrown().map(|gap| (gap.place, gap.ids.as_slice())).collect();
        assert_eq!(regrown, [(2, &[2][..]), (3, &[3][..])]);
        let bursts = trail.bursts();
        assert_eq!((bursts.len(), bursts[0].place, bursts[0].ids.len()), (1, 2, 3));
        trail.hear((6, Some(500_000)), &[], &[4]);
        assert_eq!((trail.bursts().len(), trail.removals().len()), (1, 3));
    }
}
