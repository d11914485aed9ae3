//! What may go, and why everything else stays (`docs/OPERATIONS.md` 3, 5.7).

use crate::documents::Document;
use crate::policy::Policy;
use crate::wanted::{Listed, Wanted};
use pinfold_datadir::id::{ItemId, KeyName};
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
    /// Its last change has a time before there were any such documents: the clock was wrong, or a copy lost the times.
    NoTime,
    /// A live document has the same id. A side of a conflict is never removed.
    Conflict,
    /// Its time in cold storage is not over.
    Cold,
}

impl Keep {
    /// The reason for people.
    pub fn words(self) -> &'static str {
        match self {
            Self::Pinned => "an account pins it",
            Self::Doubtful => "an account named it whose pin log is doubtful",
            Self::Cut => "a damaged pin log holds the beginning of its id",
            Self::Changed => "it was changed not long ago",
            Self::Future => "it has a time of the future",
            Self::NoTime => "it has no time that makes sense",
            Self::Spared => "it was read or moved not long ago",
            Self::Restored => "it was restored on purpose",
            Self::Lone => "only a part of it is there",
            Self::Conflict => "a live document has the same id",
            Self::Cold => "its time in cold storage is not over",
        }
    }
}

/// The year 2001: a time before this is no time at all.
pub(crate) const EARLIEST: i64 = 978_307_200_000;

impl Wanted {
    /// Why a document stays, as far as accounts say it.
    pub fn wants(&self, id: &ItemId) -> Option<Verdict> {
        match self.list_of(id) {
            Some(Listed::Pinned(account)) => return Some(Verdict::keep(Keep::Pinned, account)),
            Some(Listed::Doubtful(account)) => return Some(Verdict::keep(Keep::Doubtful, account)),
            None => {}
        }
        let (_, account) = self.cut.iter().find(|(cut, _)| id.begins_with(cut))?;
        Some(Verdict::keep(Keep::Cut, account.as_ref()))
    }
}

impl Verdict {
    pub(crate) fn keep(reason: Keep, account: Option<&KeyName>) -> Self {
        Self::Keep { reason, account: account.cloned() }
    }

    /// Whether the document may go.
    pub fn may_go(&self) -> bool {
        *self == Self::Inactive
    }
}

/// Judges one document. `restored`: what this project put back within the time of inactivity.
pub fn judge(
    document: &Document,
    wanted: &Wanted,
    policy: &Policy,
    now: i64,
    restored: &BTreeSet<ItemId>,
) -> Verdict {
    if let Some(keep) = wanted.wants(&document.id) {
        return keep;
    }
    // The metadata of a channel alone is the trace of a document that never had a line. A blob's is the trace of a body.
    let Some(changed) = document.changed() else { return Verdict::keep(Keep::Lone, None) };
    if changed > now {
        Verdict::keep(Keep::Future, None)
    } else if changed < EARLIEST {
        Verdict::keep(Keep::NoTime, None)
    } else if changed > policy.inactive_before(now) {
        Verdict::keep(Keep::Changed, None)
    } else if document.touched() > policy.spared_after(now) {
        Verdict::keep(Keep::Spared, None)
    } else if restored.contains(&document.id) {
        Verdict::keep(Keep::Restored, None)
    } else {
        Verdict::Inactive
    }
}
