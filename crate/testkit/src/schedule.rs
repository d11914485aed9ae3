//! Orders that come from a seed: at random, and by priorities that change a few times.

use std::collections::BTreeMap;

use crate::entropy::Seeded;
use crate::world::{Order, Pending, World};

/// Always the oldest.
#[derive(Debug, Default)]
pub struct Oldest;

impl Order for Oldest {
    fn choose(&mut self, _: &World, _: &[&Pending]) -> Option<usize> {
        Some(0)
    }
}

/// Any of them, at random.
#[derive(Debug)]
pub struct Random(pub Seeded);

impl Order for Random {
    fn choose(&mut self, _: &World, ready: &[&Pending]) -> Option<usize> {
        Some(self.0.below(ready.len()))
    }
}

/// By priority: each client's channels and calls have one, and at a few random moments the highest becomes the
/// lowest. Finds a bug that needs `d` orderings with a probability that does not shrink with the length of the run
/// (Burckhardt et al., ASPLOS 2010).
#[derive(Debug)]
pub struct Priorities {
    random: Seeded,
    priorities: BTreeMap<(usize, String), i64>,
    changes: Vec<usize>,
    lowest: i64,
    step: usize,
}

impl Priorities {
    /// Priorities from a seed, which change `changes` times within the first `steps`.
    pub fn new(mut random: Seeded, changes: usize, steps: usize) -> Self {
        let changes = (0..changes).map(|_| random.below(steps)).collect();
        Self { random, priorities: BTreeMap::new(), changes, lowest: 0, step: 0 }
    }

    fn priority(&mut self, pending: &Pending) -> i64 {
        let random = &mut self.random;
        let fresh = || i64::try_from(random.below(1 << 30)).unwrap_or(0) + 1;
        *self.priorities.entry(class(pending)).or_insert_with(fresh)
    }
}

fn class(pending: &Pending) -> (usize, String) {
    (pending.key.0, pending.channel().unwrap_or_default().to_owned())
}

impl Order for Priorities {
    fn choose(&mut self, _: &World, ready: &[&Pending]) -> Option<usize> {
        let highest = |this: &mut Self| {
            let priorities: Vec<i64> = ready.iter().map(|pending| this.priority(pending)).collect();
            (0..ready.len()).max_by_key(|at| (priorities.get(*at), std::cmp::Reverse(*at)))
        };
        if self.changes.contains(&self.step)
            && let Some(pending) = highest(self).and_then(|at| ready.get(at))
        {
            self.lowest -= 1;
            self.priorities.insert(class(pending), self.lowest);
        }
        self.step += 1;
        highest(self)
    }
}
