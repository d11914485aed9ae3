//! What a run would do, id by id, written down before anything moves (A12, A26).
//!
//! A plan is a file of lines: a head, one line for each document (those that stay too), and a digest over all of them. A run
//! carries out that file and nothing else, less where something changed, never more.

use crate::journal::{Journal, Target};
use crate::policy::{DAY, Policy};
use crate::survey::{Refusal, Survey, Wanted};
use crate::verdict::{Keep, Verdict, judge};
use crate::waits::{Wait, WalkRecord, wait};
use pinfold_datadir::disk::Stat;
use pinfold_datadir::id::{ItemId, KeyName};
use pinfold_datadir::paths::Paths;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::io;

/// The head of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// The version of this format.
    pub version: u32,
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
    /// What it comes to.
    pub totals: Totals,
}

/// What a plan comes to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// How many documents there are.
    pub ids: u64,
    /// How many bytes they have.
    pub bytes: u64,
    /// How many would be taken.
    pub take_ids: u64,
    /// How many bytes those have.
    pub take_bytes: u64,
    /// How many are marked by this run.
    pub mark_ids: u64,
    /// How many wait, by what they wait for, with their bytes.
    pub waits: BTreeMap<String, (u64, u64)>,
    /// How many stay, by reason, with their bytes.
    pub kept: BTreeMap<Keep, (u64, u64)>,
}

impl Totals {
    /// Whether the plan takes more than the cap allows without consent.
    pub fn is_over(&self, policy: &Policy) -> bool {
        let over =
            |part: u64, whole: u64| part.saturating_mul(1000) > whole.saturating_mul(policy.cap_per_mille);
        over(self.take_ids, self.ids) || over(self.take_bytes, self.bytes)
    }
}

/// What the run does with one id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
    /// The size, the time of the last change in ms, and the number of its main file. What differs later is skipped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<(u64, i64, u64)>,
}

/// A whole plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Its head.
    pub head: Head,
    /// Its lines.
    pub entries: Vec<Entry>,
    /// The SHA-256 over head and lines in hex: what consent is given to.
    pub digest: String,
}

/// Why a plan file is not carried out.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// It cannot be read as a plan of this version.
    #[error("the file is no plan of version 1: {0}")]
    Malformed(String),
    /// It was changed after it was made, or cut short.
    #[error("the plan does not fit its digest")]
    Digest,
}

/// Everything that a plan rests on.
pub struct Grounds<'a> {
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
    /// The operator says that the store has no pin logs.
    pub declared: bool,
    /// The time in ms.
    pub now: i64,
}

impl Plan {
    /// Judges every document of a survey.
    pub fn make(grounds: &Grounds<'_>) -> Self {
        let Grounds { survey, policy, now, .. } = *grounds;
        let wanted = survey.wanted(policy, now);
        let restored: BTreeSet<ItemId> =
            grounds.journal.restored_after(policy.inactive_before(now)).cloned().collect();
        let named = named_by(survey, &wanted);
        let mut entries = Vec::with_capacity(survey.live.len());
        for item in survey.live.iter().filter(|item| item.parts().next().is_some()) {
            let id = Target::Item(item.id.clone());
            let does = match judge(item, &wanted, policy, now, &restored) {
                Verdict::Keep { reason, account } => Does::Keep { reason, account },
                Verdict::Inactive => {
                    grounds.candidate(&id, named.get(&item.id).map_or(&[][..], Vec::as_slice))
                }
            };
            let seen = item.body.as_ref().or(item.metadata.as_ref()).map(seen);
            entries.push(Entry { id, does, bytes: item.bytes(), seen });
        }
        for account in survey.accounts.iter().filter(|account| wanted.inactive.contains(&account.key)) {
            let does = if account.is_doubtful() {
                Does::Keep { reason: Keep::Doubtful, account: Some(account.key.clone()) }
            } else {
                grounds.candidate(&Target::PinLog(account.key.clone()), &[])
            };
            entries.push(Entry {
                id: Target::PinLog(account.key.clone()),
                does,
                bytes: account.stat.size,
                seen: Some(seen(&account.stat)),
            });
        }
        let head = Head {
            version: 1,
            made: now,
            expires: now.saturating_add(DAY),
            policy: policy.clone(),
            paths: grounds.paths.clone(),
            state: survey.state(),
            refusals: survey.refusals(grounds.paths, grounds.declared),
            totals: totals(&entries),
        };
        Self::sealed(head, entries)
    }

    /// Adds a reason why nothing may be taken.
    pub fn refuse(&mut self, refusal: Option<Refusal>) {
        if let Some(refusal) = refusal {
            self.head.refusals.push(refusal);
            *self = Self::sealed(self.head.clone(), std::mem::take(&mut self.entries));
        }
    }

    fn sealed(head: Head, entries: Vec<Entry>) -> Self {
        let mut plan = Self { head, entries, digest: String::new() };
        let mut hash = Sha256::new();
        // Values of our own types always have a form as JSON; a plan that had none would have the digest of an empty text and be refused.
        let _ = plan.lines(&mut |line| {
            hash.update(line);
            Ok(())
        });
        plan.digest = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        plan
    }

    fn lines(&self, write: &mut dyn FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
        let mut line = |json: serde_json::Result<Vec<u8>>| {
            let mut line = json.map_err(io::Error::other)?;
            line.push(b'\n');
            write(&line)
        };
        line(serde_json::to_vec(&self.head))?;
        self.entries.iter().try_for_each(|entry| line(serde_json::to_vec(entry)))
    }

    /// Writes the plan, the digest as its last line.
    ///
    /// # Errors
    /// An error of the writer.
    pub fn write(&self, to: &mut dyn io::Write) -> io::Result<()> {
        self.lines(&mut |line| to.write_all(line))?;
        writeln!(to, "{{\"digest\":\"{}\"}}", self.digest)
    }

    /// Reads a plan back.
    ///
    /// # Errors
    /// [`PlanError`].
    pub fn read(bytes: &[u8]) -> Result<Self, PlanError> {
        let malformed = |error: serde_json::Error| PlanError::Malformed(error.to_string());
        let mut lines: Vec<&[u8]> =
            bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).collect();
        #[derive(Deserialize)]
        struct Last {
            digest: String,
        }
        let last: Last =
            serde_json::from_slice(lines.pop().unwrap_or_default()).map_err(|_| PlanError::Digest)?;
        let (head, entries) = lines.split_first().ok_or(PlanError::Digest)?;
        let head: Head = serde_json::from_slice(head).map_err(malformed)?;
        if head.version != 1 {
            return Err(PlanError::Malformed(format!("version {}", head.version)));
        }
        let entries: Result<Vec<Entry>, _> =
            entries.iter().map(|line| serde_json::from_slice(line)).collect();
        let plan = Self::sealed(head, entries.map_err(malformed)?);
        if plan.digest == last.digest { Ok(plan) } else { Err(PlanError::Digest) }
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

/// Which accounts ever named an id, those left out that are inactive by the rule of accounts.
fn named_by(survey: &Survey, wanted: &Wanted) -> BTreeMap<ItemId, Vec<KeyName>> {
    let mut named: BTreeMap<ItemId, Vec<KeyName>> = BTreeMap::new();
    for account in survey.accounts.iter().filter(|account| !wanted.inactive.contains(&account.key)) {
        for id in &account.log.named {
            named.entry(id.clone()).or_default().push(account.key.clone());
        }
    }
    named
}

fn seen(stat: &Stat) -> (u64, i64, u64) {
    (stat.size, stat.mtime, stat.inode)
}

fn totals(entries: &[Entry]) -> Totals {
    let mut totals = Totals { ids: entries.len() as u64, ..Totals::default() };
    let add =
        |(ids, bytes): &mut (u64, u64), entry: &Entry| (*ids, *bytes) = (*ids + 1, *bytes + entry.bytes);
    for entry in entries {
        totals.bytes += entry.bytes;
        match &entry.does {
            Does::Keep { reason, .. } => add(totals.kept.entry(*reason).or_default(), entry),
            Does::Take { .. } => {
                (totals.take_ids, totals.take_bytes) = (totals.take_ids + 1, totals.take_bytes + entry.bytes)
            }
            Does::Wait { wait } => {
                totals.mark_ids += u64::from(*wait == Wait::Mark);
                let name = match wait {
                    Wait::Mark => "mark",
                    Wait::Until(_) => "time",
                    Wait::Walk => "walk",
                    Wait::Accounts(_) => "accounts",
                };
                add(totals.waits.entry(name.into()).or_default(), entry);
            }
        }
    }
    totals
}
