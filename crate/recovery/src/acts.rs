//! Carrying a plan of putting back out, and what it comes to for each loss.

use pinfold_core::drive::edit::Edit;
use pinfold_core::ids::IdSet;

use crate::restore::{RestorePlan, Why};

/// One thing that a host does to carry a plan out.
#[derive(Debug, Clone, PartialEq)]
pub enum Act<'p> {
    /// Reads the account's drive and its teams, as they are then.
    Read,
    /// Adds these ids, and what the drive of this document names now, to the list of whoever pins for it.
    Pin(usize, &'p IdSet),
    /// Writes these edits into this document, in one message.
    Write(usize, &'p [Edit]),
}

impl RestorePlan {
    /// What is done, in this order, by a host that has read the drives. It stops at the first act that fails; the plan can
    /// then be made anew and carried out again.
    pub fn acts(&self) -> Vec<Act<'_>> {
        let mut acts = Vec::new();
        for step in &self.steps {
            // What the step before has put back may be the folder of this one.
            if !acts.is_empty() {
                acts.push(Act::Read);
            }
            acts.push(Act::Pin(step.document, &step.pins));
            acts.push(Act::Write(step.document, &step.edits));
        }
        // The drives as they are now: what is in the folders that returned is pinned with them.
        if !self.steps.is_empty() {
            acts.push(Act::Read);
        }
        acts.extend(self.steps.iter().map(|step| Act::Pin(step.document, &step.pins)));
        acts
    }
}

/// What a plan does with one loss.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It is written.
    Returns,
    /// It returns because the folder that holds it does.
    WithFolder,
    /// It is not put back.
    Left(Why),
}

impl RestorePlan {
    /// What it does with each of the losses it was made of, in their order. `count` is how many those were.
    pub fn outcomes(&self, count: usize) -> Vec<Outcome> {
        let mut outcomes = vec![Outcome::Returns; count];
        let with_folders = self.with_folders.iter().map(|at| (*at, Outcome::WithFolder));
        for (at, outcome) in with_folders.chain(self.left.iter().map(|(at, why)| (*at, Outcome::Left(*why))))
        {
            outcomes.get_mut(at).into_iter().for_each(|of| *of = outcome);
        }
        outcomes
    }
}
