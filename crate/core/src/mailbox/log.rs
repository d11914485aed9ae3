//! The letters of one mailbox as far as they arrived: each once, in the server's order, and which of them the
//! account has dismissed.

mod counts;

use std::cell::Cell;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use counts::Counts;

use crate::ids::MessageHash;
use crate::mailbox::begin::Begin;
use crate::mailbox::letters::{Letter, Letters, Stretch};
use crate::mailbox::trail::{Mark, Trail};
use crate::ports::UnixMillis;

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

/// One reading of the log.
#[derive(Debug, Default)]
struct Order {
    entries: Letters,
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
    /// What the document lists as dismissed, and how often.
    viewed: HashMap<Mark, usize>,
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
        let mut log = Self {
            dismissed: Dismissed::default(),
            viewed: HashMap::new(),
            pending: HashSet::new(),
            passed: HashSet::new(),
            order: Order::default(),
            anew: None,
            places: HashMap::new(),
            quiet: HashSet::new(),
            followed: None,
            counted: Cell::new(None),
        };
        log.document_says(dismissed);
        log
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
    pub(super) fn is_first(&self, hash: &MessageHash, time: Option<UnixMillis>) -> bool {
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
        let interrupted = self.anew.replace(Order::default()).map(|anew| anew.entries).unwrap_or_default();
        for entry in interrupted.from(0) {
            if let Some(place) = self.places.get_mut(&entry.mark).filter(|place| place.at.is_none()) {
                place.at = Some(self.order.entries.len());
                self.order.entries.push(entry.clone());
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
            self.passed.extend(old.entries.from(0).take(old.prefix).map(|entry| entry.mark));
            self.places.values_mut().for_each(|place| *place = Place { at: place.anew, anew: None });
        }
        self.followed = None;
        let anchored = self.order.anchored || self.dismissed.last_known.is_none();
        if !anchored && !ahead {
            let trail = &self.dismissed.trail;
            let placed = |entry: &&Arc<Letter>| trail.places(entry.mark, entry.time);
            let behind = self.order.entries.from(0).rev().take_while(|entry| !placed(entry)).count();
            self.order.prefix = self.order.prefix.max(self.order.entries.len() - behind);
            self.order.lost = self.dismissed.last_known.clone();
        }
        self.settle_pending();
        anchored || ahead
    }

    /// Whether the log as it is read holds a letter.
    pub(super) fn holds(&self, hash: &MessageHash) -> bool {
        let place = self.places.get(&Mark::of(hash)).copied().unwrap_or_default();
        if self.anew.is_some() { place.anew.is_some() } else { place.at.is_some() }
    }

    /// Takes a letter in at the end. `stale` says that the log no longer holds it.
    pub(super) fn take(&mut self, hash: &MessageHash, time: Option<UnixMillis>, stale: bool) -> Arrival {
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
        order.entries.push(Arc::new(Letter { hash: hash.clone(), mark, time }));
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
        let later = |seen: Option<UnixMillis>| seen.is_some_and(|seen| time.is_some_and(|time| time > seen));
        let Some((at, _)) = seen.filter(|(_, seen)| !later(*seen)) else { return Arrival::Replayed };
        let ordered = self.followed.is_none_or(|last| last <= at);
        self.followed = Some(at);
        if ordered { Arrival::Again } else { Arrival::Moved }
    }

    /// Whether a stored letter is the end of the dismissed prefix: and not the same one played again later.
    pub(super) fn is_anchor(&self, hash: &MessageHash, time: Option<UnixMillis>) -> bool {
        let until = || self.dismissed.trail.until(Mark::of(hash));
        self.dismissed.last_known.as_ref() == Some(hash)
            && time.is_none_or(|time| until().is_none_or(|until| time <= until))
    }

    /// Everything before the first letter that was seen before is dismissed: it is older than where reading began.
    pub(super) fn rest_is_old(&mut self) {
        self.counted.take();
        let Some(order) = &mut self.anew else { return };
        let seen = |entry: &Arc<Letter>| self.places.get(&entry.mark).is_some_and(|place| place.at.is_some());
        order.prefix = order.prefix.max(order.entries.from(0).position(seen).unwrap_or(0));
        self.settle_pending();
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
        self.viewed.contains_key(&mark) || self.passed.contains(&mark) || self.dismissed.trail.holds(mark)
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
        let (order, at) = match (place.at, place.anew, &mut self.anew) {
            (Some(at), _, _) => (&mut self.order, at),
            (None, Some(at), Some(anew)) => (anew, at),
            _ => return None,
        };
        let from = order.prefix.saturating_sub(usize::from(order.anchored));
        Some(Dismissal {
            letter: hash.clone(),
            at,
            log: order.entries.stretch(from),
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
}

impl Order {
    /// The prefix ends at a letter, if that is the one that was stored then and not a later copy.
    fn end_prefix(&mut self, at: Option<usize>, until: Option<UnixMillis>) {
        if let Some(at) = self.end(at, until) {
            self.prefix = self.prefix.max(at + 1);
            self.anchored = true;
            self.lost = None;
        }
    }

    fn end(&self, at: Option<usize>, until: Option<UnixMillis>) -> Option<usize> {
        let time = self.entries.get(at?).and_then(|entry| entry.time);
        let copy = time.is_some_and(|time| until.is_some_and(|until| time > until));
        at.filter(|_| !copy)
    }
}

/// One letter to be dismissed, with what the document needs to know of the log (PROTOCOL.md 18.4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dismissal {
    /// Which.
    pub letter: MessageHash,
    /// Its place in the log.
    pub at: usize,
    /// The log from the end of the dismissed prefix on, that letter included where the log holds it, as far as it was
    /// read.
    pub log: Stretch,
    /// The document's `lastKnownHash`, if the log no longer holds it.
    pub lost: Option<MessageHash>,
}

#[cfg(test)]
mod tests;
