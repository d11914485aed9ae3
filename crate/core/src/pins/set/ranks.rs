//! Which ids come first where the server does not take all of them.

use crate::ids::{IdSet, PinId};
use crate::pins::rules::{Category, Found};

/// Ids by how much the user would miss them, the most first. What is in none of the lists comes last.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Ranks([Vec<PinId>; 4]);

impl Ranks {
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

    /// The ids in the order of their ranks, and within a rank in the order they have.
    pub(super) fn order(&self, ids: &IdSet) -> Vec<PinId> {
        // Sorted when somebody asks: of most drives nobody does.
        let sets = self.0.each_ref().map(|ids| ids.iter().cloned().collect::<IdSet>());
        let rank = |id: &PinId| sets.iter().position(|ids| ids.contains(id)).unwrap_or(sets.len());
        let ranks: Vec<usize> = ids.iter().map(rank).collect();
        let with = |wanted| ids.iter().zip(&ranks).filter(move |(_, rank)| **rank == wanted);
        (0..=sets.len()).flat_map(with).map(|(id, _)| id.clone()).collect()
    }
}
