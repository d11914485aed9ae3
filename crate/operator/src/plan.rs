//! What a run would do, id by id, written down before anything moves (A12, A26).
//!
//! A plan is a file of lines: a head, one line for each document (those that stay too), and a digest over all of them. A run
//! carries out that file and nothing else, less where something changed, never more.

mod entries;
mod file;
mod totals;

use crate::documents::Document;
use crate::journal::{Journal, Target};
use crate::policy::{DAY, Policy};
use crate::state::{LogSeen, logs_seen};
use crate::survey::{Declared, Refusal, Survey};
use crate::verdict::{Keep, Verdict, judge};
use crate::waits::{Wait, WalkRecord, wait};
use pinfold_datadir::disk::{Disk, Stat};
use pinfold_datadir::id::{ItemId, KeyName};
use pinfold_datadir::paths::Paths;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

pub use entries::Entries;
pub use totals::Totals;
use totals::totals;

/// What a plan is for. No run takes one id through two of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// Marking, and moving to cold storage.
    Archive,
    /// Emptying cold storage.
    Purge,
}

/// The head of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// The version of this format.
    pub version: u32,
    /// What it is for.
    pub purpose: Purpose,
    /// What the operator said of the store.
    pub declared: Declared,
    /// When the plan was made, in ms.
    pub made: i64,
    /// When it ends to be valid, in ms: a day later.
    pub expires: i64,
    /// By which times it judged.
    pub policy: Policy,
    /// Of which folders.
    pub paths: Paths,
    /// A digest of the pin logs it saw.
    pub state: String,
    /// Why nothing may be taken at all.
    pub refusals: Vec<Refusal>,
    /// Its sums.
    pub totals: Totals,
}

/// What the run does with one id.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "does")]
pub enum Does {
    /// Nothing.
    Keep {
        /// Why it stays.
        reason: Keep,
        /// The account that is the reason.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        account: Option<KeyName>,
    },
    /// Nothing yet, or a mark.
    Wait {
        /// For what.
        wait: Wait,
    },
    /// The move to cold storage.
    Take {
        /// What the placeholder will say.
        reason: String,
    },
    /// Deletion from cold storage, for ever.
    Remove {
        /// Since when it lies there, in ms.
        since: i64,
    },
}

/// One line of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The channel, blob or pin log.
    pub id: Target,
    /// What is done.
    #[serde(flatten)]
    pub does: Does,
    /// Its size in bytes.
    pub bytes: u64,
    /// The size of its main file, when any part of it was last changed, in ms, and the number of its main file. What differs later is
    /// skipped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<(u64, i64, u64)>,
    /// Which older copy it is about; `None`: the document itself, or the newest copy in cold storage.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generation: Option<u32>,
}

/// A whole plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Its head.
    pub head: Head,
    /// The pin logs it saw: the state it is bound to.
    pub logs: Vec<LogSeen>,
    /// Its lines.
    pub entries: Entries,
    /// The SHA-256 over head and lines in hex: what consent is given to.
    pub digest: String,
}

/// Why a plan file is not carried out.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// It cannot be read as a plan of this version.
    #[error("the file is no plan of version 2: {0}")]
    Malformed(String),
    /// It was changed after it was made, or cut short.
    #[error("the plan does not fit its digest")]
    Digest,
}

/// Everything that a plan rests on.
pub struct Grounds<'a> {
    /// The disk.
    pub disk: &'a dyn Disk,
    /// The look at the store.
    pub survey: &'a Survey,
    /// The folders.
    pub paths: &'a Paths,
    /// The times.
    pub policy: &'a Policy,
    /// What was done before.
    pub journal: &'a Journal<'a>,
    /// Complete walks, the present one included.
    pub walks: &'a [WalkRecord],
    /// When each account last reported a complete load, in ms.
    pub reports: &'a BTreeMap<KeyName, i64>,
    /// What the operator says of the store.
    pub declared: Declared,
    /// The time in ms.
    pub now: i64,
}

impl Plan {
    /// Judges every document of a survey.
    ///
    /// # Errors
    /// [`Refusal::Incomplete`] when a pin log cannot be read again.
    pub fn make(grounds: &Grounds<'_>) -> Result<Self, Refusal> {
        let Grounds { survey, policy, now, .. } = *grounds;
        let wanted = survey.wanted(policy, now);
        let restored: BTreeSet<ItemId> =
            grounds.journal.restored_after(policy.restored_before(now)).collect();
        let judged = |document: &Document| match judge(document, &wanted, policy, now, &restored) {
            Verdict::Keep { reason, account } => Does::Keep { reason, account },
            Verdict::Inactive => {
                grounds.candidate(&Target::Item(document.id.clone()), &wanted.named_by(&document.id))
            }
        };
        let mut entries = Entries::of(&survey.live, judged);
        let mut known = entries::Known::default();
        let old = |key: &KeyName| wanted.inactive.contains(key) || wanted.old_teams.contains(key);
        for account in survey.accounts.iter().filter(|account| old(&account.key)) {
            let does = if account.is_doubtful() || !wanted.inactive.contains(&account.key) {
                Does::Keep { reason: Keep::Doubtful, account: Some(account.key.clone()) }
            } else {
                grounds.candidate(&Target::PinLog(account.key.clone()), &[])
            };
            let entry = Entry {
                id: Target::PinLog(account.key.clone()),
                does,
                bytes: account.stat.size,
                seen: Some(seen(&account.stat)),
                generation: None,
            };
            entries.push(&mut known, entry);
        }
        Self::of(grounds, Purpose::Archive, entries)
    }

    /// A plan of these lines.
    pub(crate) fn of(grounds: &Grounds<'_>, purpose: Purpose, entries: Entries) -> Result<Self, Refusal> {
        let Grounds { survey, policy, now, .. } = *grounds;
        let head = Head {
            version: 2,
            purpose,
            declared: grounds.declared,
            made: now,
            expires: now.saturating_add(DAY),
            policy: policy.clone(),
            paths: grounds.paths.clone(),
            state: survey.state(grounds.paths),
            refusals: survey.refusals(grounds.paths, grounds.declared),
            totals: totals(&entries),
        };
        Ok(Self::sealed(head, logs_seen(grounds.disk, grounds.paths, survey)?, entries))
    }

    /// Whether carrying it out needs consent to its digest: it takes more than the cap, deletes for ever, or calls documents
    /// inactive sooner than this project does.
    pub fn needs_consent(&self) -> bool {
        let Totals { take_ids, remove_ids, .. } = self.head.totals;
        self.head.totals.is_over(&self.head.policy)
            || (self.head.policy.is_short() && take_ids + remove_ids > 0)
    }

    /// Adds a reason why nothing may be taken.
    pub fn refuse(&mut self, refusal: Option<Refusal>) {
        if let Some(refusal) = refusal {
            self.head.refusals.push(refusal);
            let (logs, entries) = (std::mem::take(&mut self.logs), std::mem::take(&mut self.entries));
            *self = Self::sealed(self.head.clone(), logs, entries);
        }
    }
}

impl Grounds<'_> {
    fn candidate(&self, id: &Target, named: &[KeyName]) -> Does {
        let marked = self.journal.marked_since(id);
        let reported = |key: &&KeyName| {
            marked.is_some_and(|marked| self.reports.get(*key).is_some_and(|at| *at > marked))
        };
        let unreported: Vec<KeyName> = named.iter().filter(|key| !reported(key)).cloned().collect();
        match wait(marked, self.walks, &unreported, self.policy, self.now) {
            Some(wait) => Does::Wait { wait },
            None => Does::Take { reason: "INACTIVE".into() },
        }
    }
}

pub(crate) fn seen(stat: &Stat) -> (u64, i64, u64) {
    (stat.size, stat.mtime, stat.inode)
}
