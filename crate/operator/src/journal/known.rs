//! What the journal says of one target: no more than its rules need, so that a journal of years fits into memory.

use super::short::{Cold, Line, Rest, Short, Told};
use super::{Act, Step, Target};
use pinfold_core::exchange::MOST_TIMES;
use pinfold_datadir::id::ItemId;
use std::collections::BTreeMap;

/// What is known of each target. Channels, of which there are millions, have a table of their own: a shorter name does for them.
#[derive(Debug, Default)]
pub(super) struct Table {
    channels: BTreeMap<[u8; 16], Known>,
    others: BTreeMap<Target, Known>,
}

impl Table {
    pub(super) fn get(&self, id: &Target) -> Option<&Known> {
        match id {
            Target::Item(ItemId::Channel(id)) => self.channels.get(id),
            other => self.others.get(other),
        }
    }

    pub(super) fn get_mut(&mut self, id: &Target) -> Option<&mut Known> {
        match id {
            Target::Item(ItemId::Channel(id)) => self.channels.get_mut(id),
            other => self.others.get_mut(other),
        }
    }

    /// What is known of a target from now on, if it was nothing before.
    pub(super) fn of(&mut self, id: Target) -> &mut Known {
        match id {
            Target::Item(ItemId::Channel(id)) => self.channels.entry(id).or_default(),
            other => self.others.entry(other).or_default(),
        }
    }

    /// All of them, in the order of targets: channels are the first.
    pub(super) fn iter(&self) -> impl Iterator<Item = (Target, &Known)> {
        let channels = self.channels.iter().map(|(id, known)| (Target::Item(ItemId::Channel(*id)), known));
        channels.chain(self.others.iter().map(|(id, known)| (id.clone(), known)))
    }
}

/// What the journal says of one target. Most have been marked, or moved once: the last line says all of that.
#[derive(Debug)]
pub(super) struct Known {
    last: Option<Short>,
    /// Since when it is marked, or [`UNMARKED`].
    marked: i64,
    more: Option<Box<More>>,
}

const UNMARKED: i64 = i64::MIN;

impl Default for Known {
    fn default() -> Self {
        Self { last: None, marked: UNMARKED, more: None }
    }
}

/// What is known of few targets, or for a short time.
#[derive(Debug, Default)]
struct More {
    /// What the last line says beside the short form.
    rest: Option<Box<Rest>>,
    intent: Option<Line>,
    cold: Option<Line>,
    generations: BTreeMap<u32, i64>,
    /// From when to when it lay in cold storage, each time that it was moved back: the last ones.
    away: Vec<(i64, i64)>,
}

impl Known {
    pub(super) fn last(&self) -> Option<Told<'_>> {
        Some(Told {
            short: self.last.as_ref()?,
            rest: self.more.as_ref().and_then(|more| more.rest.as_deref()),
        })
    }

    pub(super) fn intent(&self) -> Option<Told<'_>> {
        Some(self.more.as_ref()?.intent.as_ref()?.told())
    }

    pub(super) fn cold(&self) -> Option<Told<'_>> {
        match self.last?.cold {
            Cold::None => None,
            Cold::Last => self.last(),
            Cold::Before => Some(self.more.as_ref()?.cold.as_ref()?.told()),
        }
    }

    pub(super) fn generation(&self, n: u32) -> Option<i64> {
        self.more.as_ref()?.generations.get(&n).copied()
    }

    /// Since when it is marked without a break, in ms. An act that was taken back does not end that.
    pub(super) fn marked(&self) -> Option<i64> {
        Some(self.marked).filter(|at| *at != UNMARKED)
    }

    pub(super) fn away(&self) -> &[(i64, i64)] {
        self.more.as_ref().map(|more| more.away.as_slice()).unwrap_or_default()
    }

    pub(super) fn unmark(&mut self) {
        self.marked = UNMARKED;
    }

    /// Whether an act was begun and did not end.
    pub(super) fn is_under_way(&self) -> bool {
        self.last.is_some_and(|last| last.is_under_way())
    }

    pub(super) fn take(&mut self, line: Line) {
        let (Short { at, act, step, .. }, generation) = (line.short, line.generation());
        if let Some(n) = generation {
            self.more().generations.insert(n, at);
        }
        match (act, step) {
            (Act::Mark, _) => self.marked = at,
            (Act::Archive, Step::Intent | Step::Apart | Step::Placed | Step::Undone) => {}
            _ => self.unmark(),
        }
        // That something is a candidate, or is none, says nothing of an act that did not end.
        if matches!(act, Act::Mark | Act::Unmark) && self.is_under_way() {
            return;
        }
        if (act, step) == (Act::Restore, Step::Done)
            && let Some(from) = self.cold().map(|cold| cold.short.at)
        {
            let away = &mut self.more().away;
            if away.len() == MOST_TIMES {
                away.remove(0);
            }
            away.push((from, at));
        }
        let cold = match (act, step) {
            (Act::Archive, Step::Done) => Cold::Last,
            // The copy that lay there is a generation now.
            (Act::Archive, Step::Apart | Step::Placed | Step::Undone) if generation.is_some() => Cold::None,
            (Act::Trim | Act::Replace, Step::Apart | Step::Placed | Step::Done)
            | (Act::Restore | Act::ColdAside, Step::Done) => Cold::None,
            (Act::Remove, Step::Done) if generation.is_none() => Cold::None,
            _ => self.keep_cold(),
        };
        let ends = matches!(step, Step::Done | Step::Undone);
        if step == Step::Intent {
            self.more().intent = Some(line.clone());
        }
        self.last = Some(Short { cold, ..line.short });
        if line.rest.is_some() {
            self.more().rest = line.rest;
        } else if let Some(more) = &mut self.more {
            more.rest = None;
        }
        if ends {
            self.forget(cold);
        }
    }

    /// Where the line about cold storage stands once another one is the last.
    fn keep_cold(&mut self) -> Cold {
        let Some(last) = self.last else { return Cold::None };
        if last.cold == Cold::Last {
            let more = self.more();
            let rest = more.rest.take();
            more.cold = Some(Line { short: last, rest });
            return Cold::Before;
        }
        last.cold
    }

    fn more(&mut self) -> &mut More {
        self.more.get_or_insert_default()
    }

    /// An act ended: what was kept for it goes.
    fn forget(&mut self, cold: Cold) {
        let Some(more) = &mut self.more else { return };
        more.intent = None;
        if cold != Cold::Before {
            more.cold = None;
        }
        let holds = more.rest.is_some() || more.cold.is_some();
        if !holds && more.generations.is_empty() && more.away.is_empty() {
            self.more = None;
        }
    }
}
