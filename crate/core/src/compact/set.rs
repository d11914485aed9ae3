//! A set of things that are in order and each there once, from the moment it exists.

use core::borrow::Borrow;
use core::ops::Deref;

use super::sorted;

/// A sorted list without repetition. It is read as a slice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SortedSet<T>(Vec<T>);

impl<T> SortedSet<T> {
    /// An empty set.
    pub const fn new() -> Self {
        Self(Vec::new())
    }
}

impl<T: Ord> SortedSet<T> {
    fn of(items: Vec<T>) -> Self {
        if items.is_sorted_by(|a, b| a < b) {
            return Self(items);
        }
        let mut items = sorted(items, &T::cmp);
        items.dedup();
        Self(items)
    }

    /// Whether this is in it.
    pub fn contains<Q: Ord + ?Sized>(&self, item: &Q) -> bool
    where
        T: Borrow<Q>,
    {
        self.find(item).is_ok()
    }

    /// Puts one where it belongs. Costs time in proportion to the size.
    pub fn insert(&mut self, item: T) {
        if let Err(place) = self.find(&item) {
            self.0.insert(place, item);
        }
    }

    /// What is in it, and these.
    #[must_use]
    pub fn union(mut self, more: impl IntoIterator<Item = T>) -> Self {
        self.0.extend(more);
        Self::of(self.0)
    }

    /// What is in it and not among these.
    #[must_use]
    pub fn minus(&self, others: &Self) -> Self
    where
        T: Clone,
    {
        Self(self.0.iter().filter(|item| !others.contains(*item)).cloned().collect())
    }

    /// Takes these out.
    pub fn remove_all(&mut self, others: &Self) {
        self.0.retain(|item| !others.contains(item));
    }

    /// Takes out what is not among these.
    pub fn keep_only(&mut self, others: &Self) {
        self.0.retain(|item| others.contains(item));
    }

    fn find<Q: Ord + ?Sized>(&self, item: &Q) -> Result<usize, usize>
    where
        T: Borrow<Q>,
    {
        self.0.binary_search_by(|held| held.borrow().cmp(item))
    }
}

impl<T> Default for SortedSet<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Deref for SortedSet<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<T: Ord> FromIterator<T> for SortedSet<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        Self::of(items.into_iter().collect())
    }
}

impl<T> IntoIterator for SortedSet<T> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'s, T> IntoIterator for &'s SortedSet<T> {
    type Item = &'s T;
    type IntoIter = core::slice::Iter<'s, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::cell::Cell;
    use core::cmp::Ordering;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn it_does_what_a_tree_does(a: Vec<u8>, b: Vec<u8>, more: u8) {
            let set = |items: &[u8]| items.iter().copied().collect::<SortedSet<u8>>();
            let tree = |items: &[u8]| items.iter().copied().collect::<BTreeSet<u8>>();
            let (ours, theirs) = (set(&a), set(&b));
            let (left, right) = (tree(&a), tree(&b));
            prop_assert!(ours.iter().eq(left.iter()));
            prop_assert!(ours.clone().union(b.iter().copied()).iter().eq(left.union(&right)));
            prop_assert!(ours.minus(&theirs).iter().eq(left.difference(&right)));
            prop_assert_eq!(ours.contains(&more), left.contains(&more));
            let mut rest = ours.clone();
            rest.remove_all(&theirs);
            prop_assert_eq!(rest, ours.minus(&theirs));
            let mut inserted = ours.clone();
            inserted.insert(more);
            prop_assert_eq!(inserted, set(&[a, vec![more]].concat()));
        }
    }

    /// A number that counts how often it is compared.
    #[derive(Clone, PartialEq, Eq)]
    struct Counted(u32);

    thread_local! {
        static COMPARED: Cell<u32> = const { Cell::new(0) };
    }

    impl Ord for Counted {
        fn cmp(&self, other: &Self) -> Ordering {
            COMPARED.set(COMPARED.get() + 1);
            self.0.cmp(&other.0)
        }
    }

    impl PartialOrd for Counted {
        fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
            Some(self.cmp(other))
        }
    }

    /// Comparisons are counted, never time.
    #[test]
    fn sets_are_made_and_compared_in_n_log_n() {
        for size in [1_000, 4_000, 16_000_u32] {
            // No two alike, and in no order.
            let numbers = |from: u32| (0..size).map(move |at| Counted((at * 7_919) % size * 2 + from));
            let most = size * (size.ilog2() + 2);
            let counted = |what: &str, most: u32| {
                let compared = COMPARED.take();
                assert!(compared <= most, "{what}: {compared} comparisons of {size}");
            };
            COMPARED.take();
            let even: SortedSet<Counted> = numbers(0).collect();
            counted("made", most);
            let odd: SortedSet<Counted> = numbers(1).collect();
            counted("made", most);
            let both = even.clone().union(numbers(1));
            counted("united", 2 * most + 2 * size);
            assert!(both.minus(&odd) == even);
            counted("without", 2 * most);
            let mut rest = both;
            rest.remove_all(&even);
            assert!(rest == odd);
            counted("taken out", 2 * most);
        }
    }
}
