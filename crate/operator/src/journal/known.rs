//! What the journal says of one target: no more than its rules need, so that a journal of years fits into memory.

use super::short::Short;
use super::{Act, Step};
use std::collections::BTreeMap;

/// What the journal says of one target. Most have been marked, or moved once: the last line says all of that.
#[derive(Debug, Default)]
pub(super) struct Known {
    last: Option<Short>,
    /// Since when it is marked without a break. An act that was taken back does not end that.
    pub(super) marked: Option<i64>,
    cold: Cold,
    more: Option<Box<More>>,
}

/// The line that put the copy at the classic place of cold storage there, as long as nothing took that copy away. A restore that failed left
/// it there.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Cold {
    #[default]
    None,
    /// It is the last line.
    Last,
    /// It stands in [`More`].
    Before,
}

/// What is known of few targets, or for a short time.
#[derive(Debug, Default)]
struct More {
    intent: Option<Short>,
    cold: Option<Short>,
    generations: BTreeMap<u32, i64>,
}

impl Known {
    pub(super) fn last(&self) -> Option<&Short> {
        self.last.as_ref()
    }

    pub(super) fn intent(&self) -> Option<&Short> {
        self.more.as_ref()?.intent.as_ref()
    }

    pub(super) fn cold(&self) -> Option<&Short> {
        match self.cold {
            Cold::None => None,
            Cold::Last => self.last.as_ref(),
            Cold::Before => self.more.as_ref()?.cold.as_ref(),
        }
    }

    pub(super) fn generation(&self, n: u32) -> Option<i64> {
        self.more.as_ref()?.generations.get(&n).copied()
    }

    /// Whether an act was begun and did not end.
    pub(super) fn is_under_way(&self) -> bool {
        self.last.as_ref().is_some_and(Short::is_under_way)
    }

    pub(super) fn take(&mut self, line: Short) {
        let generation = line.generation();
        if let Some(n) = generation {
            self.more().generations.insert(n, line.at);
        }
        match (line.act, line.step) {
            (Act::Mark, _) => self.marked = Some(line.at),
            (Act::Archive, Step::Intent | Step::Apart | Step::Placed | Step::Undone) => {}
            _ => self.marked = None,
        }
        // That something is a candidate, or is none, says nothing of an act that did not end.
        if matches!(line.act, Act::Mark | Act::Unmark) && self.is_under_way() {
            return;
        }
        if self.cold == Cold::Last {
            let cold = self.last.take();
            self.more().cold = cold;
            self.cold = Cold::Before;
        }
        match (line.act, line.step) {
            (Act::Archive, Step::Done) => self.cold = Cold::Last,
            // The copy that lay there is a generation now.
            (Act::Archive, Step::Apart | Step::Placed | Step::Undone) if generation.is_some() => {
                self.cold = Cold::None;
            }
            (Act::Trim | Act::Replace, Step::Apart | Step::Placed | Step::Done)
            | (Act::Restore | Act::ColdAside, Step::Done) => self.cold = Cold::None,
            (Act::Remove, Step::Done) if generation.is_none() => self.cold = Cold::None,
            _ => {}
        }
        match line.step {
            Step::Intent => self.more().intent = Some(line.clone()),
            Step::Apart | Step::Placed => {}
            Step::Done | Step::Undone => self.forget_intent(),
        }
        self.last = Some(line);
    }

    fn more(&mut self) -> &mut More {
        self.more.get_or_insert_default()
    }

    fn forget_intent(&mut self) {
        let Some(more) = &mut self.more else { return };
        more.intent = None;
        if self.cold != Cold::Before {
            more.cold = None;
        }
        if more.cold.is_none() && more.generations.is_empty() {
            self.more = None;
        }
    }
}
