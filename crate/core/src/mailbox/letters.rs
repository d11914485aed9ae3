//! The letters of a log in their order, and stretches of it.
//!
//! A dismissal needs the log as it was when it was asked for, also while the log goes on growing. A stretch shares the
//! letters with the log and copies none: they stand in parts, each of which is longer than the next. A part is never
//! changed. So a letter is copied from one part to the next larger one a few times, however many stretches there are.

use std::cell::Cell;
use std::sync::Arc;

use crate::ids::MessageHash;
use crate::mailbox::trail::Mark;
use crate::ports::UnixMillis;

/// A letter in its place.
#[derive(Debug, PartialEq, Eq)]
pub struct Letter {
    /// Which.
    pub hash: MessageHash,
    pub(super) mark: Mark,
    /// When the server stored it, in milliseconds since the epoch; `None` where it did not say.
    pub time: Option<UnixMillis>,
}

impl Letter {
    pub(super) fn new(hash: MessageHash, time: Option<UnixMillis>) -> Self {
        Self { mark: Mark::of(&hash), hash, time }
    }
}

/// Letters in their order.
#[derive(Debug, Clone, Default)]
pub(super) struct Letters {
    parts: Vec<Arc<Vec<Arc<Letter>>>>,
    /// Behind the parts: what no stretch has asked for yet.
    last: Vec<Arc<Letter>>,
    len: usize,
    /// One for each log, the same for all of its stretches.
    name: Arc<()>,
    /// Letters that were looked up or copied so far.
    steps: Cell<u64>,
}

impl Letters {
    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub(super) fn push(&mut self, letter: Arc<Letter>) {
        self.last.push(letter);
        self.len += 1;
    }

    pub(super) fn get(&self, at: usize) -> Option<&Arc<Letter>> {
        self.count(1);
        let mut rest = at;
        for part in &self.parts {
            match part.get(rest) {
                None => rest -= part.len(),
                found => return found,
            }
        }
        self.last.get(rest)
    }

    pub(super) fn first(&self) -> Option<&Arc<Letter>> {
        self.get(0)
    }

    pub(super) fn last(&self) -> Option<&Arc<Letter>> {
        self.get(self.len.checked_sub(1)?)
    }

    /// The letters from a place on.
    pub(super) fn from(&self, at: usize) -> impl DoubleEndedIterator<Item = &Arc<Letter>> {
        (at..self.len).filter_map(|at| self.get(at))
    }

    /// The log from a place on, as it is now.
    pub(super) fn stretch(&mut self, from: usize) -> Stretch {
        let mut part = std::mem::take(&mut self.last);
        while !part.is_empty()
            && let Some(before) = self.parts.pop_if(|before| before.len() <= part.len())
        {
            self.count(before.len());
            part = before.iter().cloned().chain(part).collect();
        }
        if !part.is_empty() {
            self.parts.push(Arc::new(part));
        }
        Stretch { letters: self.clone(), from }
    }

    fn count(&self, steps: usize) {
        self.steps.set(self.steps.get() + steps as u64);
    }
}

/// A part of a log, up to where it was read when the stretch was made.
#[derive(Debug, Clone)]
pub struct Stretch {
    letters: Letters,
    from: usize,
}

impl Stretch {
    /// Letters that stand in no log: the order in which they come is theirs.
    pub fn of(letters: impl IntoIterator<Item = (MessageHash, Option<UnixMillis>)>) -> Self {
        let mut all = Letters::default();
        letters.into_iter().for_each(|(hash, time)| all.push(Arc::new(Letter::new(hash, time))));
        all.stretch(0)
    }

    /// The letter at a place of the log.
    pub fn get(&self, at: usize) -> Option<&Letter> {
        self.letters.get(at).filter(|_| at >= self.from).map(AsRef::as_ref)
    }

    /// The place of a letter in the log: a search from the beginning of the stretch on.
    pub fn find(&self, hash: &MessageHash) -> Option<usize> {
        let found = |at: &usize| self.letters.get(*at).is_some_and(|letter| letter.hash == *hash);
        (self.from..self.letters.len()).find(found)
    }

    /// Where it begins in the log.
    pub fn begins(&self) -> usize {
        self.from
    }

    /// Its letters in their order.
    pub fn iter(&self) -> impl Iterator<Item = &Letter> {
        self.letters.from(self.from).map(AsRef::as_ref)
    }

    /// Whether it is a part of the same log.
    pub fn is_of_one_log_with(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.letters.name, &other.letters.name)
    }

    /// Both together, if they are of one log.
    #[must_use]
    pub fn with(&self, other: &Self) -> Self {
        let longer = if self.letters.len() < other.letters.len() { other } else { self };
        Self { letters: longer.letters.clone(), from: self.from.min(other.from) }
    }

    /// How many letters were looked up in it so far, or copied for it and earlier ones of its log: the measure of its
    /// work.
    pub fn steps(&self) -> u64 {
        self.letters.steps.get()
    }
}

/// Two are equal that show the same letters.
impl PartialEq for Stretch {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Stretch {}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter(number: usize) -> Arc<Letter> {
        Arc::new(Letter::new(MessageHash::parse(&number.to_string()).unwrap(), None))
    }

    fn numbers(stretch: &Stretch) -> Vec<usize> {
        stretch.iter().map(|letter| letter.hash.as_str().parse().unwrap()).collect()
    }

    #[test]
    fn a_stretch_shows_the_log_as_it_was() {
        let mut letters = Letters::default();
        assert!(letters.is_empty() && letters.first().is_none() && letters.last().is_none());
        let mut stretches = Vec::new();
        for number in 0..50 {
            letters.push(letter(number));
            stretches.push(letters.stretch(number / 2));
        }
        for (number, stretch) in stretches.iter().enumerate() {
            assert_eq!(numbers(stretch), (number / 2..=number).collect::<Vec<_>>());
            assert_eq!(stretch.find(&letter(number).hash), Some(number));
            assert_eq!(stretch.find(&letter(number + 1).hash), None);
            assert!(stretch.get(number + 1).is_none());
            assert!(number < 2 || stretch.get(stretch.begins() - 1).is_none());
        }
        let both = stretches[40].with(&stretches[10]);
        assert_eq!(numbers(&both), (5..=40).collect::<Vec<_>>());
        assert!(both.is_of_one_log_with(&stretches[0]));
        assert!(!both.is_of_one_log_with(&Stretch::of([])));
        assert_eq!(Stretch::of([(letter(0).hash.clone(), None)]), stretches[0]);
        let all: Vec<_> = letters.from(48).map(|letter| letter.hash.as_str()).collect();
        assert_eq!((all, letters.len()), (vec!["48", "49"], 50));
    }

    /// A copy of the log for each would be millions.
    #[test]
    fn many_stretches_of_a_growing_log_copy_each_letter_a_few_times() {
        const MANY: u64 = 1 << 13;
        let mut letters = Letters::default();
        for number in 0..MANY as usize {
            letters.push(letter(number));
            letters.stretch(0);
        }
        assert!(letters.steps.get() <= MANY * 13, "{}", letters.steps.get());
    }
}
