//! The letters of one mailbox as far as they arrived: each once, in the server's order, and which of them the
//! account has dismissed.

use std::cell::Cell;
use std::collections::{HashMap, HashSet};

use crate::ids::MessageHash;
use crate::mailbox::begin::Begin;
use crate::mailbox::trail::{Mark, Trail};

/// What the account document says of a mailbox (PROTOCOL.md 18.2).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Dismissed {
    /// Everything up to and including this is dismissed.
    pub last_known: Option<MessageHash>,
    /// What is dismissed after it.
    pub viewed: Vec<MessageHash>,
    /// The end of the dismissed prefix.
    pub trail: Trail,
}

/// One letter of the log.
#[derive(Debug, Clone)]
struct Entry {
    hash: MessageHash,
    mark: Mark,
    time: Option<u64>,
}

/// What a message is that arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Arrival {
    /// Never seen before.
    New,
    /// Seen before, and here in its order again: the log is being read anew.
    Again,
    /// Seen before, and now at an earlier place than it had.
    Moved,
    /// Seen before, and this is another copy: it was stored later than the one that was seen.
    Replayed,
    /// Already in the log as it is being read: a replay, or the seam between history and live.
    Repeated,
}

/// How many letters are not dismissed, and how many of those are news.
#[derive(Debug, Clone, Copy)]
struct Counts {
    open: usize,
    news: usize,
}

/// One reading of the log.
#[derive(Debug, Default)]
struct Order {
    entries: Vec<Entry>,
    /// How many entries from the first on are dismissed as a prefix.
    prefix: usize,
    /// The document's `lastKnownHash` was met.
    anchored: bool,
    /// It was not, and the log was read to its end.
    lost: Option<MessageHash>,
}

/// Where a letter stands: in the order that holds, and in the one that is being read anew. In neither when the
/// log no longer holds it.
#[derive(Debug, Clone, Copy, Default)]
struct Place {
    at: Option<usize>,
    anew: Option<usize>,
}

/// See the module.
#[derive(Debug)]
pub(super) struct Log {
    dismissed: Dismissed,
    viewed: HashSet<Mark>,
    /// Dismissed here, and not yet in the document.
    pending: HashSet<Mark>,
    /// What was dismissed as a prefix in earlier readings: it stays so, wherever it appears again.
    passed: HashSet<Mark>,
    order: Order,
    /// The log is being read anew; the order so far holds until that is done.
    anew: Option<Order>,
    /// Every letter that was seen.
    places: HashMap<Mark, Place>,
    /// Letters that are no news. They are not counted, and nothing else.
    quiet: HashSet<Mark>,
    /// While the log is read anew: the place that the last known letter had before.
    followed: Option<usize>,
    /// How many are not dismissed, while that is known: counting takes as long as the log is.
    counted: Cell<Option<Counts>>,
}

impl Log {
    pub(super) fn new(dismissed: Dismissed) -> Self {
        let viewed = dismissed.viewed.iter().map(Mark::of).collect();
        Self {
            dismissed,
            viewed,
            pending: HashSet::new(),
            passed: HashSet::new(),
            order: Order::default(),
            anew: None,
            places: HashMap::new(),
            quiet: HashSet::new(),
            followed: None,
            counted: Cell::new(None),
        }
    }

    pub(super) fn dismissed(&self) -> &Dismissed {
        &self.dismissed
    }

    pub(super) fn is_empty(&self) -> bool {
        self.order.entries.is_empty()
    }

    /// From where reading goes on: the letter that came last, or else the end of the dismissed prefix. `None` when
    /// it begins at the beginning.
    pub(super) fn resumes_at(&self) -> Option<Begin> {
        if let Some(entry) = self.anew.as_ref().unwrap_or(&self.order).entries.last() {
            return Some(Begin { hash: entry.hash.clone(), time: entry.time });
        }
        let hash = self.dismissed.last_known.clone().filter(|_| self.anew.is_none())?;
        let time = self.dismissed.trail.until(Mark::of(&hash));
        Some(Begin { hash, time })
    }

    /// Whether this is the very letter that the log as it was read begins with, and not a copy of it.
    pub(super) fn is_first(&self, hash: &MessageHash, time: Option<u64>) -> bool {
        let first = self.order.entries.first();
        first.is_some_and(|entry| entry.hash == *hash && time.is_some() && entry.time == time)
    }

    /// The whole log comes again: its order is built anew, and holds from [`Log::read`] on.
    pub(super) fn read_anew(&mut self) {
        self.counted.take();
        if self.order.entries.is_empty() {
            self.order = Order::default();
            return;
        }
        // What an interrupted reading found behind the rest can be dismissed until the next one is done.
        for entry in self.anew.replace(Order::default()).map(|anew| anew.entries).unwrap_or_default() {
            if let Some(place) = self.places.get_mut(&entry.mark).filter(|place| place.at.is_none()) {
                place.at = Some(self.order.entries.len());
                self.order.entries.push(entry);
            }
        }
        self.places.values_mut().for_each(|place| place.anew = None);
        self.followed = None;
    }

    /// A letter was held back and is lost with the reading that it belonged to: it is new when it comes again.
    pub(super) fn forget(&mut self, hash: &MessageHash) {
        self.places.remove(&Mark::of(hash));
    }

    /// The log was read to its end. `false` when the end of the dismissed prefix should have been in it and was
    /// not; where the prefix was is then told by what is left of the trail.
    /// `ahead` says that the end is known to come yet.
    pub(super) fn read(&mut self, ahead: bool) -> bool {
        self.counted.take();
        if let Some(anew) = self.anew.take() {
            let old = std::mem::replace(&mut self.order, anew);
            self.passed.extend(old.entries.iter().take(old.prefix).map(|entry| entry.mark));
            self.places.values_mut().for_each(|place| *place = Place { at: place.anew, anew: None });
        }
        self.followed = None;
        let anchored = self.order.anchored || self.dismissed.last_known.is_none();
        if !anchored && !ahead {
            let trail = &self.dismissed.trail;
            let left = self.order.entries.iter().rposition(|entry| trail.places(entry.mark, entry.time));
            self.order.prefix = self.order.prefix.max(left.map_or(0, |at| at + 1));
            self.order.lost = self.dismissed.last_known.clone();
        }
        anchored || ahead
    }

    /// Whether the log as it is read holds a letter.
    pub(super) fn holds(&self, hash: &MessageHash) -> bool {
        let place = self.places.get(&Mark::of(hash)).copied().unwrap_or_default();
        if self.anew.is_some() { place.anew.is_some() } else { place.at.is_some() }
    }

    /// Takes a letter in at the end. `stale` says that the log no longer holds it.
    pub(super) fn take(&mut self, hash: &MessageHash, time: Option<u64>, stale: bool) -> Arrival {
        let mark = Mark::of(hash);
        let anchor = !stale && self.is_anchor(hash, time);
        let known = self.places.get(&mark).copied();
        let mut place = known.unwrap_or_default();
        let (order, slot) = match &mut self.anew {
            Some(anew) => (anew, &mut place.anew),
            None => (&mut self.order, &mut place.at),
        };
        if slot.is_some() {
            return Arrival::Repeated;
        }
        *slot = Some(order.entries.len());
        order.entries.push(Entry { hash: hash.clone(), mark, time });
        if anchor {
            self.counted.take();
            order.prefix = order.entries.len();
            order.anchored = true;
            order.lost = None;
        }
        self.places.insert(mark, place);
        if self.anew.is_none() {
            self.recount(mark, 1, false);
        }
        if known.is_none() {
            return Arrival::New;
        }
        let before = place.at.filter(|_| self.anew.is_some());
        let seen = before.and_then(|at| self.order.entries.get(at).map(|entry| (at, entry.time)));
        let later = |seen: Option<u64>| seen.is_some_and(|seen| time.is_some_and(|time| time > seen));
        let Some((at, _)) = seen.filter(|(_, seen)| !later(*seen)) else { return Arrival::Replayed };
        let ordered = self.followed.is_none_or(|last| last <= at);
        self.followed = Some(at);
        if ordered { Arrival::Again } else { Arrival::Moved }
    }

    /// Whether a stored letter is the end of the dismissed prefix: and not the same one played again later.
    pub(super) fn is_anchor(&self, hash: &MessageHash, time: Option<u64>) -> bool {
        let until = || self.dismissed.trail.until(Mark::of(hash));
        self.dismissed.last_known.as_ref() == Some(hash)
            && time.is_none_or(|time| until().is_none_or(|until| time <= until))
    }

    /// Everything before the first letter that was seen before is dismissed: it is older than where reading began.
    pub(super) fn rest_is_old(&mut self) {
        self.counted.take();
        let Some(order) = &mut self.anew else { return };
        let seen = |entry: &Entry| self.places.get(&entry.mark).is_some_and(|place| place.at.is_some());
        order.prefix = order.prefix.max(order.entries.iter().position(seen).unwrap_or(0));
    }

    /// Whether a letter is dismissed, or asked to be.
    pub(super) fn is_dismissed(&self, hash: &MessageHash) -> bool {
        let mark = Mark::of(hash);
        self.is_marked(mark) || self.pending.contains(&mark) || self.is_passed(mark)
    }

    /// Whether a letter lies in the dismissed prefix.
    pub(super) fn is_past(&self, hash: &MessageHash) -> bool {
        self.is_passed(Mark::of(hash))
    }

    fn is_passed(&self, mark: Mark) -> bool {
        let place = self.places.get(&mark).copied().unwrap_or_default();
        let anew = self.anew.as_ref().map_or(0, |anew| anew.prefix);
        place.at.is_some_and(|at| at < self.order.prefix) || place.anew.is_some_and(|at| at < anew)
    }

    fn is_marked(&self, mark: Mark) -> bool {
        self.viewed.contains(&mark) || self.passed.contains(&mark) || self.dismissed.trail.holds(mark)
    }

    /// How many letters are not dismissed.
    pub(super) fn unread(&self) -> usize {
        self.counts().open
    }

    /// How many of those are news.
    pub(super) fn news(&self) -> usize {
        self.counts().news
    }

    fn counts(&self) -> Counts {
        self.counted.get().unwrap_or_else(|| {
            let rest = self.order.entries.get(self.order.prefix..).unwrap_or_default();
            let (mut open, mut news) = (0, 0);
            for entry in rest.iter().filter(|entry| self.is_open(entry.mark)) {
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
    fn recount(&self, mark: Mark, by: isize, as_news_only: bool) {
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

    /// A letter is no news.
    pub(super) fn hush(&mut self, mark: Mark) {
        self.recount(mark, -1, true);
        self.quiet.insert(mark);
    }

    /// A letter is to be dismissed; what the document has to be told. `None` when there is nothing to tell:
    /// it is dismissed, or no longer in the log.
    pub(super) fn dismiss(&mut self, hash: &MessageHash) -> Option<Dismissal> {
        let mark = Mark::of(hash);
        let place = self.places.get(&mark).copied()?;
        if self.is_marked(mark) || self.is_passed(mark) {
            return None;
        }
        let held = place.at.is_some() || (place.anew.is_some() && self.anew.is_some());
        if !held || self.pending.contains(&mark) {
            return None;
        }
        self.recount(mark, -1, false);
        self.pending.insert(mark);
        let (order, at) = match (place.at, place.anew, &self.anew) {
            (Some(at), _, _) => (&self.order, at),
            (None, Some(at), Some(anew)) => (anew, at),
            _ => return None,
        };
        let from = order.prefix.saturating_sub(usize::from(order.anchored));
        // As far as the prefix can move: over the letter, and over what is dismissed behind it.
        let behind = order.entries.iter().skip(at + 1);
        let run = behind.take_while(|e| self.is_marked(e.mark) || self.pending.contains(&e.mark)).count();
        let span = order.entries.get(from..=at + run).unwrap_or_default();
        Some(Dismissal {
            letter: hash.clone(),
            log: span.iter().map(|entry| (entry.hash.clone(), entry.time.unwrap_or(0))).collect(),
            lost: order.lost.clone(),
        })
    }

    /// A dismissal did not come into the document.
    pub(super) fn not_dismissed(&mut self, hash: &MessageHash) {
        let mark = Mark::of(hash);
        if self.pending.remove(&mark) {
            self.recount(mark, 1, false);
        }
    }

    /// The document changed: by us or by another device (PROTOCOL.md 18.5). A prefix that ends at a letter we have
    /// not seen is ahead of us: it counts when that letter comes.
    pub(super) fn document_says(&mut self, dismissed: Dismissed) {
        self.counted.take();
        self.viewed = dismissed.viewed.iter().map(Mark::of).collect();
        self.dismissed = dismissed;
        let last = self.dismissed.last_known.as_ref().map(Mark::of);
        let place = last.and_then(|last| self.places.get(&last).copied()).unwrap_or_default();
        let until = last.and_then(|last| self.dismissed.trail.until(last));
        self.order.end_prefix(place.at, until);
        if let Some(anew) = &mut self.anew {
            anew.end_prefix(place.anew, until);
        }
        let mut pending = std::mem::take(&mut self.pending);
        pending.retain(|mark| !self.is_marked(*mark) && !self.is_passed(*mark));
        self.pending = pending;
    }
}

impl Order {
    /// The prefix ends at a letter, if that is the one that was stored then and not a later copy.
    fn end_prefix(&mut self, at: Option<usize>, until: Option<u64>) {
        let time = |at: usize| self.entries.get(at).and_then(|entry| entry.time);
        let copy = |at: usize| time(at).is_some_and(|time| until.is_some_and(|until| time > until));
        if let Some(at) = at.filter(|at| !copy(*at)) {
            self.prefix = self.prefix.max(at + 1);
            self.anchored = true;
            self.lost = None;
        }
    }
}

/// One letter to be dismissed, with what the document needs to know of the log (PROTOCOL.md 18.4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dismissal {
    /// Which.
    pub letter: MessageHash,
    /// The log from the end of the dismissed prefix on, that letter included where the log holds it, as far
    /// as the prefix can move; with the time at which the server stored each, 0 where it did not say.
    pub log: Vec<(MessageHash, u64)>,
    /// The document's `lastKnownHash`, if the log no longer holds it.
    pub lost: Option<MessageHash>,
}

#[cfg(test)]
mod tests;
