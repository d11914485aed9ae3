//! Which ids come first where the server does not take all of them.

use crate::ids::{IdSet, PinId};
use crate::pins::rules::{Category, Found};

/// Ids by how much the user would miss them, the most first. What is in none of the sets comes last.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Ranks([IdSet; 4]);

/// What the ranks are made of, document by document.
#[derive(Default)]
pub(super) struct Ranking([Vec<PinId>; 4]);

impl Ranking {
    /// What the account's own document names: its own channels, what it owns, then the rest and the folders.
    pub(super) fn own(&mut self, found: &Found) {
        let [first, owned, rest, _] = &mut self.0;
        for (category, id) in &found.ids {
            match category {
                Category::Document
                | Category::Answers
                | Category::RealTime
                | Category::LastVersion
                | Category::Image
                | Category::Folder => rest.push(id.clone()),
                _ => first.push(id.clone()),
            }
        }
        owned.extend(found.owned.iter().cloned());
    }

    /// What a shared folder names: others may put there what they like, so only what the user owns counts.
    pub(super) fn shared(&mut self, found: &Found) {
        let [.., owned] = &mut self.0;
        owned.extend(found.owned.iter().cloned());
    }
}

impl From<Ranking> for Ranks {
    fn from(ranking: Ranking) -> Self {
        Self(ranking.0.map(|ids| ids.into_iter().collect()))
    }
}

impl Ranks {
    /// The ids in the order of their ranks, and within a rank in the order they have.
    pub(super) fn order(&self, ids: &IdSet) -> Vec<PinId> {
        let rank = |id: &PinId| self.0.iter().position(|ids| ids.contains(id)).unwrap_or(self.0.len());
        let ranks: Vec<usize> = ids.iter().map(rank).collect();
        let with = |wanted| ids.iter().zip(&ranks).filter(move |(_, rank)| **rank == wanted);
        (0..=self.0.len()).flat_map(with).map(|(id, _)| id.clone()).collect()
    }
}
