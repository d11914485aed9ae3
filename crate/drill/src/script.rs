//! Who comes when, and what goes wrong on the way: the part of a story that is the same in each of its playings.

use crate::calendar::{DAY, HOUR, day};
use crate::town::Town;
use pinfold_testkit::entropy::Seeded;
use std::collections::{BTreeMap, BTreeSet};

/// So many of a hundred people come on a day between 28 May and 13 June.
const COMES: u64 = 14;
/// So many of a hundred histories of folders are late.
const LATE: u64 = 56;
/// So many of a hundred people come between the eviction and the restore.
const RETURNS: u64 = 81;
/// Of the people who then find an empty folder, so many of a hundred remove it, and so many put a new document into it.
const REMOVES: u64 = 16;
const FILLS: u64 = 12;

/// When the release came whose clients pin before they have loaded.
pub const RELEASE: (i64, i64, i64) = (2019, 5, 28);
/// When the archival script ran.
pub const EVICTION: (i64, i64, i64) = (2019, 6, 14);
/// When what it had moved was moved back.
pub const RESTORE: (i64, i64, i64) = (2019, 6, 19);

/// Somebody opens their drive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visit {
    /// When, in ms.
    pub at: i64,
    /// Who: a number in [`Town::people`].
    pub person: usize,
    /// Folders whose history comes late: numbers in [`Town::folders`].
    pub late: BTreeSet<usize>,
}

/// What somebody does with a folder that they find empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finds {
    /// Nothing.
    Nothing,
    /// It is untitled and empty, so it goes.
    Removes,
    /// They begin anew.
    Fills,
}

/// A whole script.
#[derive(Debug)]
pub struct Script {
    /// The visits before the eviction.
    pub before: Vec<Visit>,
    /// The visits between the eviction and the restore.
    pub after: Vec<Visit>,
    /// What each visitor does with each folder that they find empty, by person and folder.
    pub finds: BTreeMap<(usize, usize), Finds>,
}

impl Script {
    /// The script of a town.
    pub fn of(town: &Town) -> Self {
        let seed = town.size.seed;
        let mut chance = Seeded::new(seed ^ 0x5c21_9700);
        let mut rolls = move |of_hundred: u64| chance.next_u64() % 100 < of_hundred;
        let mut visit = |at, person: usize| {
            let folders = town.people.get(person).map(|person| person.folders.as_slice()).unwrap_or_default();
            Visit { at, person, late: folders.iter().copied().filter(|_| rolls(LATE)).collect() }
        };
        let mut comes = Seeded::new(seed ^ 0xc03e_5000);
        let mut come = move |of_hundred: u64| comes.next_u64() % 100 < of_hundred;
        let (mut before, mut after) = (Vec::new(), Vec::new());
        let mut at = midnight(RELEASE);
        while at < midnight(EVICTION) {
            let today = (0..town.people.len()).filter(|_| come(COMES));
            before.extend(today.map(|person| visit(at + 9 * HOUR, person)));
            at += DAY;
        }
        // Each comes once, on one of the days in between.
        let days = (midnight(RESTORE) - midnight(EVICTION)) / DAY - 1;
        let returning = (0..town.people.len()).filter(|_| come(RETURNS));
        after.extend(returning.map(|person| {
            let later = i64::try_from(person).unwrap_or(0) % days;
            visit(midnight(EVICTION) + (1 + later) * DAY + 9 * HOUR, person)
        }));
        after.sort_by_key(|visit| (visit.at, visit.person));
        let mut chance = Seeded::new(seed ^ 0xf14d_5000);
        let mut finds = BTreeMap::new();
        for (number, person) in town.people.iter().enumerate() {
            for folder in &person.folders {
                let find = match chance.next_u64() % 100 {
                    roll if roll < REMOVES => Finds::Removes,
                    roll if roll < REMOVES + FILLS => Finds::Fills,
                    _ => Finds::Nothing,
                };
                finds.insert((number, *folder), find);
            }
        }
        Self { before, after, finds }
    }

    /// The folders that nobody's list names any more when the archival script runs, and that are old: what it takes.
    pub fn unpinned(&self, town: &Town) -> BTreeSet<usize> {
        let mut late: BTreeMap<usize, &BTreeSet<usize>> = BTreeMap::new();
        // The last visit of each counts.
        for visit in &self.before {
            late.insert(visit.person, &visit.late);
        }
        let is_lost = |(number, folder): &(usize, &crate::town::Folder)| {
            let let_go = |member: &usize| late.get(member).is_some_and(|late| late.contains(number));
            folder.is_old() && folder.members.iter().all(let_go)
        };
        town.folders.iter().enumerate().filter(is_lost).map(|(number, _)| number).collect()
    }

    /// How many conflicts the story comes to, reckoned from the script alone: what the script takes and a visitor makes anew.
    pub fn conflicts(&self, town: &Town) -> usize {
        let returned: BTreeSet<usize> = self.after.iter().map(|visit| visit.person).collect();
        let anew =
            |folder: &&crate::town::Folder| folder.members.iter().any(|member| returned.contains(member));
        self.unpinned(town).into_iter().filter_map(|number| town.folders.get(number)).filter(anew).count()
    }
}

/// The beginning of a day.
pub fn midnight((year, month, date): (i64, i64, i64)) -> i64 {
    day(year, month, date)
}
