//! Staying current: what appears in a followed drive is pinned by itself, within a second.
//!
//! This part only adds pins. It never removes one: removals go through a plan.

mod calls;
mod completing;
mod pinned;

use core::time::Duration;

use crate::compact::SortedMap;
use crate::drive::edit::EntryId;
use crate::ids::ChannelId;
use crate::json::Text;
use crate::pins::set::Additions;
use crate::ports::{UnixMillis, after};
use crate::session::refusals::Refusals;
use crate::session::scope::Scope;
use crate::session::writing::Target;

/// Changes come in bursts (a document and its first save): one PIN for all of them.
const BURST: Duration = Duration::from_millis(200);

/// What a session that stays current remembers.
#[derive(Debug, Default)]
pub(super) struct Keeping {
    /// When to look at the drives again.
    due: Option<UnixMillis>,
    /// When to look at them again although nothing happened.
    again: Option<UnixMillis>,
    /// What the server did not take.
    refusals: Refusals,
    /// What was last told of each drive.
    told: SortedMap<Scope, (bool, Additions)>,
    /// Entries of office documents that lack something.
    pub(super) lacking: Vec<Lacking>,
}

impl Keeping {
    /// The drives are looked at when the burst is over.
    pub(super) fn soon(&mut self, now: UnixMillis) {
        self.due.get_or_insert(after(now, BURST));
    }

    pub(super) fn deadline(&self) -> Option<UnixMillis> {
        self.due.into_iter().chain(self.again).chain(self.refusals.deadline()).min()
    }
}

/// An entry without its real-time channel, and what became of it.
#[derive(Debug)]
pub(super) struct Lacking {
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
