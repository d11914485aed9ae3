//! Staying current: what appears in a followed drive is pinned by itself, within a second.
//!
//! This part only adds pins. It never removes one: removals go through a plan.

mod calls;
mod completing;
mod pinned;

use core::time::Duration;

use crate::compact::SortedMap;
use crate::drive::edit::EntryId;
use crate::ids::{ChannelId, EdPublic, IdSet};
use crate::json::Text;
use crate::pins::set::Additions;
use crate::ports::{UnixMillis, after};
use crate::session::refusals::Refusals;
use crate::session::scope::Scope;
use crate::session::writing::Target;

/// Changes come in bursts (a document and its first save): one PIN for all of them.
const BURST: Duration = Duration::from_millis(200);

/// What is pinned, and how the session stays current.
#[derive(Debug, Default)]
pub(super) struct Keeping {
    /// What is pinned under each key, or on its way, as far as this session saw to it.
    pinned: SortedMap<EdPublic, IdSet>,
    /// Whether, and how, the session stays current.
    current: Option<Current>,
}

/// What a session that stays current remembers.
#[derive(Debug, Default)]
struct Current {
    /// When to look at the drives again.
    due: Option<UnixMillis>,
    /// When to look at them again although nothing happened.
    again: Option<UnixMillis>,
    /// What the server did not take.
    refusals: Refusals,
    /// What was last told of each drive.
    told: SortedMap<Scope, (bool, Additions)>,
    /// Entries of office documents that lack something.
    lacking: Vec<Lacking>,
}

impl Current {
    /// The drives are looked at when the burst is over.
    fn soon(&mut self, now: UnixMillis) {
        self.due.get_or_insert(after(now, BURST));
    }

    fn deadline(&self) -> Option<UnixMillis> {
        self.due.into_iter().chain(self.again).chain(self.refusals.deadline()).min()
    }
}

impl Keeping {
    /// Whether the session stays current.
    pub(super) const fn is_on(&self) -> bool {
        self.current.is_some()
    }

    /// Something was read or written: the drives are looked at when the burst is over.
    pub(super) fn soon(&mut self, now: UnixMillis) {
        if let Some(current) = &mut self.current {
            current.soon(now);
        }
    }

    pub(super) fn deadline(&self) -> Option<UnixMillis> {
        self.current.as_ref().and_then(Current::deadline)
    }

    /// No more than these ids may still be pinned under a key.
    pub(super) fn at_most(&mut self, signer: &EdPublic, ids: &IdSet) {
        if let Some(pinned) = self.pinned.get_mut(signer) {
            pinned.keep_only(ids);
        }
    }

    /// It is not known what is pinned under a key.
    pub(super) fn unknown(&mut self, signer: &EdPublic) {
        self.pinned.remove(signer);
    }
}

/// An entry without its real-time channel, and what became of it.
#[derive(Debug)]
struct Lacking {
    target: Target,
    /// The channel of the document that it stands in.
    place: ChannelId,
    entry: EntryId,
    attempts: u8,
    step: Step,
}

#[derive(Debug)]
enum Step {
    Waits,
    /// This document is looked into; the second is what the entry says of its channel.
    Looks(ChannelId, Option<Text>),
    Over,
}
