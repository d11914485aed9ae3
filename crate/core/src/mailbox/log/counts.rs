//! How many letters are not dismissed. Taking in a change of the account document costs work for the changed letters only,
//! not for the whole log: a user who dismisses many letters changes the document many times.

use std::collections::HashSet;

use super::{Dismissed, Log, Order};
use crate::ids::MessageHash;
use crate::mailbox::trail::Mark;
use crate::ports::UnixMillis;

/// How many letters are not dismissed, and how many of those are news.
#[derive(Debug, Clone, Copy)]
pub(super) struct Counts {
    open: usize,
    news: usize,
}

impl Log {
    /// How many letters are not dismissed.
    pub(in crate::mailbox) fn unread(&self) -> usize {
        self.counts().open
    }

    /// How many of those are news.
    pub(in crate::mailbox) fn news(&self) -> usize {
        self.counts().news
    }

    /// A letter is no news.
    pub(in crate::mailbox) fn hush(&mut self, mark: Mark) {
        self.recount(mark, -1, true);
        self.quiet.insert(mark);
    }

    /// The document changed: by us or by another device (PROTOCOL.md 18.5). A prefix that ends at a letter we have
    /// not seen is ahead of us: it counts when that letter comes.
    pub(in crate::mailbox) fn document_says(&mut self, dismissed: Dismissed) {
        let (gone, come) = difference(&self.dismissed.viewed, &dismissed.viewed);
        let gone: Vec<Mark> = gone.iter().map(Mark::of).collect();
        let come: Vec<Mark> = come.iter().map(Mark::of).collect();
        let trails = self.dismissed.trail.marks().chain(dismissed.trail.marks());
        let touched: HashSet<Mark> = gone.iter().chain(&come).copied().chain(trails).collect();
        touched.iter().for_each(|mark| self.recount(*mark, -1, false));
        for mark in gone {
            if let Some(times) = self.viewed.get_mut(&mark) {
                *times -= 1;
                if *times == 0 {
                    self.viewed.remove(&mark);
                }
            }
        }
        come.into_iter().for_each(|mark| *self.viewed.entry(mark).or_default() += 1);
        self.dismissed = dismissed;
        let passed = self.move_prefix(&touched);
        touched.iter().for_each(|mark| self.recount(*mark, 1, false));
        for mark in touched.into_iter().chain(passed) {
            if self.is_marked(mark) || self.is_passed(mark) {
                self.pending.remove(&mark);
            }
        }
    }

    /// The prefix goes to where the document ends it. Which letters it went over; those of `touched` are not counted
    /// at this time.
    fn move_prefix(&mut self, touched: &HashSet<Mark>) -> Vec<Mark> {
        let last = self.dismissed.last_known.as_ref().map(Mark::of);
        let place = last.and_then(|last| self.places.get(&last).copied()).unwrap_or_default();
        let until = last.and_then(|last| self.dismissed.trail.until(last));
        let mut passed = self.order.passes(place.at, until);
        let counted = passed.iter().filter(|mark| !touched.contains(mark));
        counted.for_each(|mark| self.recount(*mark, -1, false));
        self.order.end_prefix(place.at, until);
        if let Some(anew) = &mut self.anew {
            passed.extend(anew.passes(place.anew, until));
            anew.end_prefix(place.anew, until);
        }
        passed
    }

    /// Letters that are dismissed by now need no dismissal any more.
    pub(super) fn settle_pending(&mut self) {
        let mut pending = std::mem::take(&mut self.pending);
        pending.retain(|mark| !self.is_marked(*mark) && !self.is_passed(*mark));
        self.pending = pending;
    }

    fn counts(&self) -> Counts {
        self.counted.get().unwrap_or_else(|| {
            let (mut open, mut news) = (0, 0);
            for entry in self.order.entries.from(self.order.prefix).filter(|entry| self.is_open(entry.mark)) {
                open += 1;
                news += usize::from(!self.quiet.contains(&entry.mark));
            }
            let counts = Counts { open, news };
            self.counted.set(Some(counts));
            counts
        })
    }

    fn is_open(&self, mark: Mark) -> bool {
        !self.is_marked(mark) && !self.pending.contains(&mark)
    }

    /// One letter is counted from now on, or no longer: all others are as they were, and need not be counted again.
    pub(super) fn recount(&self, mark: Mark, by: isize, as_news_only: bool) {
        let at = self.places.get(&mark).and_then(|place| place.at);
        let counts = at.is_some_and(|at| at >= self.order.prefix) && self.is_open(mark);
        if let Some(Counts { mut open, mut news }) = self.counted.get().filter(|_| counts) {
            if !as_news_only {
                open = open.saturating_add_signed(by);
            }
            if !self.quiet.contains(&mark) {
                news = news.saturating_add_signed(by);
            }
            self.counted.set(Some(Counts { open, news }));
        }
    }
}

impl Order {
    /// The letters that the prefix goes over when it goes as far as [`Self::end_prefix`] lets it.
    fn passes(&self, at: Option<usize>, until: Option<UnixMillis>) -> Vec<Mark> {
        let end = self.end(at, until).map_or(0, |at| at + 1);
        let passed = self.entries.from(self.prefix).take(end.saturating_sub(self.prefix));
        passed.map(|entry| entry.mark).collect()
    }
}

/// What stands in one list and not in the other, if the two begin alike and end alike.
fn difference<'a>(
    before: &'a [MessageHash],
    after: &'a [MessageHash],
) -> (&'a [MessageHash], &'a [MessageHash]) {
    let alike = before.iter().zip(after).take_while(|(a, b)| a == b).count();
    let (before, after) = (before.get(alike..).unwrap_or_default(), after.get(alike..).unwrap_or_default());
    let alike = before.iter().rev().zip(after.iter().rev()).take_while(|(a, b)| a == b).count();
    let rest = |list: &'a [MessageHash]| list.get(..list.len() - alike).unwrap_or_default();
    (rest(before), rest(after))
}
