//! What may go, and why everything else stays (`docs/OPERATIONS.md` 3, 5.7).

use crate::policy::Policy;
use crate::survey::{Wanted, changed};
use pinfold_datadir::id::{ItemId, KeyName};
use pinfold_datadir::walk::Item;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What a survey says of one document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "verdict")]
pub enum Verdict {
    /// It stays.
    Keep {
        /// Why.
        reason: Keep,
        /// The account that is the reason, where one is.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        account: Option<KeyName>,
    },
    /// Nobody wants it, and nobody changed or read it for long enough.
    Inactive,
}

/// Why a document stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Keep {
    /// An account's list names it.
    Pinned,
    /// An account whose log is doubtful named it at some time.
    Doubtful,
    /// A damaged line of a pin log holds the beginning of its id.
    Cut,
    /// It was changed within the time of inactivity.
    Changed,
    /// Its last change lies in the future: the clock was wrong, and nothing is known.
    Future,
    /// It was read, renamed or put back within the time of inactivity.
    Spared,
    /// It was restored on purpose, and its owner has had no time to pin it.
    Restored,
    /// Only metadata or only an activity file is there: a body may be missing.
    Lone,
}

impl Verdict {
    fn keep(reason: Keep, account: Option<&KeyName>) -> Self {
        Self::Keep { reason, account: account.cloned() }
    }

    /// Whether the document may go.
    pub fn may_go(&self) -> bool {
        *self == Self::Inactive
    }
}

/// Judges one document. `restored`: what this project put back within the time of inactivity.
pub fn judge(
    item: &Item,
    wanted: &Wanted,
    policy: &Policy,
    now: i64,
    restored: &BTreeSet<ItemId>,
) -> Verdict {
    if let Some(account) = wanted.pinned.get(&item.id) {
        return Verdict::keep(Keep::Pinned, Some(account));
    }
    if let Some(account) = wanted.doubtful.get(&item.id) {
        return Verdict::keep(Keep::Doubtful, Some(account));
    }
    if let Some((_, account)) = wanted.cut.iter().find(|(cut, _)| item.id.begins_with(cut)) {
        return Verdict::keep(Keep::Cut, Some(account));
    }
    // The metadata of a channel alone is the trace of a document that never had a line. A blob's is the trace of a body.
    let Some(changed) = changed(item) else { return Verdict::keep(Keep::Lone, None) };
    if changed > now {
        Verdict::keep(Keep::Future, None)
    } else if changed > policy.inactive_before(now) {
        Verdict::keep(Keep::Changed, None)
    } else if item.parts().any(|stat| stat.mtime.max(stat.atime).max(stat.ctime) > policy.spared_after(now)) {
        Verdict::keep(Keep::Spared, None)
    } else if restored.contains(&item.id) {
        Verdict::keep(Keep::Restored, None)
    } else {
        Verdict::Inactive
    }
}
