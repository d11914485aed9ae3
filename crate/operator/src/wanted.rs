//! What must stay because an account wants it, or may want it.
//!
//! The lists of the accounts are those of the survey, and are shared. Beside them there is one row of eight bytes for each name in a list,
//! in order: how the id begins, and whose list it is.

use crate::policy::Policy;
use crate::survey::{Account, Survey};
use pinfold_datadir::id::{ItemId, KeyName};
use pinfold_datadir::id_set::IdSet;
use std::collections::{BTreeMap, BTreeSet};

/// What accounts want.
#[derive(Debug, Default)]
pub struct Wanted {
    lists: Vec<List>,
    /// The beginning of an id, and the number of a list that names it.
    index: Vec<(u32, u32)>,
    /// Beginnings of ids in damaged lines.
    pub cut: BTreeMap<Box<str>, Option<KeyName>>,
    /// Accounts whose list does not count.
    pub inactive: BTreeSet<KeyName>,
    /// Logs of teams that are old by their dates, which say nothing of their members.
    pub old_teams: Vec<KeyName>,
}

/// The list of an account.
#[derive(Debug)]
struct List {
    pins: IdSet,
    gone: IdSet,
    /// Nobody's, for what lies among the pin logs and is none.
    key: Option<KeyName>,
    /// Its pins count.
    counts: bool,
    /// All that it ever named counts.
    doubtful: bool,
}

/// How an id stands in a list, and whose it is.
pub(crate) enum Listed<'a> {
    Pinned(Option<&'a KeyName>),
    Doubtful(Option<&'a KeyName>),
}

/// Whether an account's list counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Its list counts.
    Kept,
    /// Nobody was there for the time of accounts.
    Inactive,
    /// The log of a team, old by its date. Its members may be active every day, so the date says nothing.
    OldTeam,
}

/// How an id begins.
fn beginning(id: &ItemId) -> u32 {
    let bytes: &[u8] = match id {
        ItemId::Channel(bytes) => bytes,
        ItemId::Blob(bytes) => bytes,
        ItemId::OddChannel(text) | ItemId::OddBlob(text) => text.as_bytes(),
    };
    bytes.iter().take(4).fold(0, |sum, byte| sum << 8 | u32::from(*byte))
}

impl Survey {
    /// What must stay because an account wants it, or may want it.
    pub fn wanted(&self, policy: &Policy, now: i64) -> Wanted {
        let mut wanted = Wanted::default();
        for stray in &self.strays {
            wanted.cut.extend(stray.cut.iter().map(|cut| (cut.clone(), None)));
            wanted.lists.push(List {
                pins: stray.pins.clone(),
                gone: stray.gone.clone(),
                key: None,
                counts: false,
                doubtful: true,
            });
        }
        for account in &self.accounts {
            let standing = self.standing(account, policy, now);
            let doubtful = account.is_doubtful() || standing == Standing::OldTeam;
            if doubtful {
                let cut = account.log.cut.iter();
                wanted.cut.extend(cut.map(|cut| (cut.clone(), Some(account.key.clone()))));
            }
            match standing {
                Standing::Inactive => drop(wanted.inactive.insert(account.key.clone())),
                Standing::OldTeam => wanted.old_teams.push(account.key.clone()),
                Standing::Kept => {}
            }
            if standing != Standing::Inactive || doubtful {
                wanted.lists.push(List {
                    pins: account.log.pins.clone(),
                    gone: account.log.gone.clone(),
                    key: Some(account.key.clone()),
                    counts: standing == Standing::Kept,
                    doubtful,
                });
            }
        }
        wanted.index();
        wanted
    }

    /// Judges an account (`docs/OPERATIONS.md` 3).
    pub fn standing(&self, account: &Account, policy: &Policy, now: i64) -> Standing {
        let Some(before) = policy.account_before(now) else { return Standing::Kept };
        let recent = account.log.latest.is_some_and(|latest| latest > before);
        if recent
            || policy.premium.contains(&account.key)
            || account.log.pins.iter().any(|id| self.is_active(&id, policy, now))
        {
            Standing::Kept
        } else if account.log.looks_like_team() {
            Standing::OldTeam
        } else {
            Standing::Inactive
        }
    }
}

impl Wanted {
    fn index(&mut self) {
        let names = self.lists.iter().map(|list| list.pins.len() + list.gone.len()).sum();
        self.index = Vec::with_capacity(names);
        for (n, list) in (0..).zip(&self.lists) {
            self.index.extend(list.pins.iter().chain(list.gone.iter()).map(|id| (beginning(&id), n)));
        }
        self.index.sort_unstable();
    }

    /// The lists that name an id, in the order of accounts.
    fn lists(&self, id: &ItemId) -> impl Iterator<Item = &List> {
        let first = beginning(id);
        let from = self.index.partition_point(|(begins, _)| *begins < first);
        let mut last = None;
        let rows =
            self.index.get(from..).unwrap_or_default().iter().take_while(move |(begins, _)| *begins == first);
        // Two ids of one list may begin alike.
        let lists = rows.filter(move |(_, n)| last.replace(*n) != Some(*n));
        let lists = lists.filter_map(|(_, n)| self.lists.get(usize::try_from(*n).ok()?));
        lists.filter(move |list| list.pins.contains(id) || list.gone.contains(id))
    }

    /// The account by whose list an id stays, the last one where there are more: pinned, or by a doubtful log that ever named it.
    pub(crate) fn list_of(&self, id: &ItemId) -> Option<Listed<'_>> {
        let (mut pinned, mut doubtful) = (None, None);
        for list in self.lists(id) {
            if list.counts && list.pins.contains(id) {
                pinned = Some(Listed::Pinned(list.key.as_ref()));
            }
            if list.doubtful {
                doubtful = Some(Listed::Doubtful(list.key.as_ref()));
            }
        }
        pinned.or(doubtful)
    }

    /// Which accounts ever named an id, those left out that are inactive by the rule of accounts.
    pub(crate) fn named_by(&self, id: &ItemId) -> Vec<KeyName> {
        let keys = self.lists(id).filter_map(|list| list.key.as_ref());
        keys.filter(|key| !self.inactive.contains(*key)).cloned().collect()
    }
}

#[cfg(test)]
mod tests;
