//! What the journal says of one target: no more than its rules need, so that a journal of years fits into memory.

use super::{Act, Record, Step};
use std::collections::BTreeMap;
use std::rc::Rc;

#[derive(Debug, Default)]
pub(super) struct Known {
    pub(super) intent: Option<Rc<Record>>,
    pub(super) last: Option<Rc<Record>>,
    /// The line that put the copy at the classic place of cold storage there, as long as nothing took that copy away. A restore that failed
    /// left it there.
    pub(super) cold: Option<Rc<Record>>,
    /// Since when it is marked without a break. An act that was taken back does not end that.
    pub(super) marked: Option<i64>,
    pub(super) generations: BTreeMap<u32, i64>,
}

impl Known {
    /// Whether an act was begun and did not end.
    pub(super) fn is_under_way(&self) -> bool {
        self.last.as_ref().is_some_and(|last| !matches!(last.step, Step::Done | Step::Undone))
    }

    pub(super) fn take(&mut self, record: Record) {
        let record = Rc::new(record);
        if let Some(n) = record.generation {
            self.generations.insert(n, record.at);
        }
        match (record.act, record.step) {
            (Act::Mark, _) => self.marked = Some(record.at),
            (Act::Archive, Step::Intent | Step::Apart | Step::Placed | Step::Undone) => {}
            _ => self.marked = None,
        }
        // That something is a candidate, or is none, says nothing of an act that did not end.
        if matches!(record.act, Act::Mark | Act::Unmark) && self.is_under_way() {
            return;
        }
        match (record.act, record.step) {
            (Act::Archive, Step::Done) => self.cold = Some(Rc::clone(&record)),
            // The copy that lay there is a generation now.
            (Act::Archive, Step::Apart | Step::Placed | Step::Undone) if record.generation.is_some() => {
                self.cold = None;
            }
            (Act::Trim | Act::Replace, Step::Apart | Step::Placed | Step::Done)
            | (Act::Restore | Act::ColdAside, Step::Done) => self.cold = None,
            (Act::Remove, Step::Done) if record.generation.is_none() => self.cold = None,
            _ => {}
        }
        match record.step {
            Step::Intent => self.intent = Some(Rc::clone(&record)),
            Step::Apart | Step::Placed => {}
            Step::Done | Step::Undone => self.intent = None,
        }
        self.last = Some(record);
    }
}
