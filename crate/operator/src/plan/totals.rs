//! The sums of a plan.

use super::{Does, Entries, Entry};
use crate::policy::Policy;
use crate::verdict::Keep;
use crate::waits::Wait;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The sums of a plan.
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
    /// How many would be deleted from cold storage.
    #[serde(default)]
    pub remove_ids: u64,
    /// How many bytes those have.
    #[serde(default)]
    pub remove_bytes: u64,
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
        over(self.take_ids + self.remove_ids, self.ids)
            || over(self.take_bytes + self.remove_bytes, self.bytes)
    }
}

/// Counts the lines of a plan.
pub(super) fn totals(entries: &Entries) -> Totals {
    let mut totals = Totals::default();
    let add =
        |(ids, bytes): &mut (u64, u64), entry: &Entry| (*ids, *bytes) = (*ids + 1, *bytes + entry.bytes);
    for entry in entries.iter() {
        totals.ids += 1;
        totals.bytes += entry.bytes;
        match &entry.does {
            Does::Keep { reason, .. } => add(totals.kept.entry(*reason).or_default(), &entry),
            Does::Take { .. } => {
                (totals.take_ids, totals.take_bytes) = (totals.take_ids + 1, totals.take_bytes + entry.bytes)
            }
            Does::Remove { .. } => {
                totals.remove_ids += 1;
                totals.remove_bytes += entry.bytes;
            }
            Does::Wait { wait } => {
                totals.mark_ids += u64::from(*wait == Wait::Mark);
                let name = match wait {
                    Wait::Mark => "mark",
                    Wait::Until(_) => "time",
                    Wait::Walk => "walk",
                    Wait::FirstSeen => "first-seen",
                    Wait::Accounts(_) => "accounts",
                };
                add(totals.waits.entry(name.into()).or_default(), &entry);
            }
        }
    }
    totals
}
