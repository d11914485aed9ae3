//! The rows of an object: a list while there are few of them, a table of hashes once there are more.

use core::hash::Hash;

use super::{Text, Value};
use indexmap::{Equivalent, IndexMap};

/// The most rows that are looked through one by one. An entry of a drive has about eight, and a drive has many thousand entries: a table of
/// hashes for each of them is not worth its memory.
const FEW: usize = 16;

/// Rows in the order of their keys, which each stand there once.
#[derive(Clone)]
pub(in crate::json) enum Rows {
    /// At most [`FEW`].
    Few(Vec<(Text, Value)>),
    /// However many there are.
    Many(IndexMap<Text, Value>),
}

impl Default for Rows {
    fn default() -> Self {
        Self::Few(Vec::new())
    }
}

impl FromIterator<(Text, Value)> for Rows {
    /// Of keys that are each there once.
    fn from_iter<I: IntoIterator<Item = (Text, Value)>>(rows: I) -> Self {
        let mut all = Self::default();
        rows.into_iter().for_each(|(key, value)| all.push(key, value));
        all
    }
}

impl Rows {
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Few(rows) => rows.len(),
            Self::Many(rows) => rows.len(),
        }
    }

    /// Where a key stands.
    pub(super) fn find(&self, key: &(impl Equivalent<Text> + Hash + ?Sized)) -> Option<usize> {
        match self {
            Self::Few(rows) => rows.iter().position(|(held, _)| key.equivalent(held)),
            Self::Many(rows) => rows.get_index_of(key),
        }
    }

    pub(super) fn at(&self, place: usize) -> Option<(&Text, &Value)> {
        match self {
            Self::Few(rows) => rows.get(place).map(|(key, value)| (key, value)),
            Self::Many(rows) => rows.get_index(place),
        }
    }

    pub(super) fn at_mut(&mut self, place: usize) -> Option<&mut Value> {
        match self {
            Self::Few(rows) => rows.get_mut(place).map(|(_, value)| value),
            Self::Many(rows) => rows.get_index_mut(place).map(|(_, value)| value),
        }
    }

    /// Puts a row at the end, or, where its key stands already, its value in the place of the other.
    pub(in crate::json) fn push(&mut self, key: Text, value: Value) {
        if let Self::Many(rows) = self {
            rows.insert(key, value);
        } else if let Some(held) = self.find(&key).and_then(|place| self.at_mut(place)) {
            *held = value;
        } else {
            self.insert(self.len(), key, value);
        }
    }

    /// Puts a row at a place, which may be the end. Its key must not be there.
    pub(super) fn insert(&mut self, place: usize, key: Text, value: Value) {
        if let Self::Few(rows) = self {
            if rows.len() < FEW {
                return rows.insert(place.min(rows.len()), (key, value));
            }
            *self = Self::Many(core::mem::take(rows).into_iter().collect());
        }
        if let Self::Many(rows) = self {
            rows.shift_insert(place.min(rows.len()), key, value);
        }
    }

    /// Takes a row out; the order of the others stays.
    pub(super) fn remove(&mut self, place: usize) -> Option<Value> {
        match self {
            Self::Few(rows) => (place < rows.len()).then(|| rows.remove(place).1),
            Self::Many(rows) => rows.shift_remove_index(place).map(|(_, value)| value),
        }
    }

    pub(super) fn into_vec(self) -> Vec<(Text, Value)> {
        match self {
            Self::Few(rows) => rows,
            Self::Many(rows) => rows.into_iter().collect(),
        }
    }

    /// The rows in their order.
    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = (&Text, &Value)> + ExactSizeIterator {
        match self {
            Self::Few(rows) => Iter::Few(rows.iter()),
            Self::Many(rows) => Iter::Many(rows.iter()),
        }
    }
}

enum Iter<'r> {
    Few(core::slice::Iter<'r, (Text, Value)>),
    Many(indexmap::map::Iter<'r, Text, Value>),
}

impl<'r> Iterator for Iter<'r> {
    type Item = (&'r Text, &'r Value);

    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Self::Few(rows) => rows.next().map(|(key, value)| (key, value)),
            Self::Many(rows) => rows.next(),
        }
    }

    // So that the rest of a large table can be gone on with at once.
    fn nth(&mut self, place: usize) -> Option<Self::Item> {
        match self {
            Self::Few(rows) => rows.nth(place).map(|(key, value)| (key, value)),
            Self::Many(rows) => rows.nth(place),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = match self {
            Self::Few(rows) => rows.len(),
            Self::Many(rows) => rows.len(),
        };
        (left, Some(left))
    }
}

impl DoubleEndedIterator for Iter<'_> {
    fn next_back(&mut self) -> Option<Self::Item> {
        match self {
            Self::Few(rows) => rows.next_back().map(|(key, value)| (key, value)),
            Self::Many(rows) => rows.next_back(),
        }
    }
}

impl ExactSizeIterator for Iter<'_> {}
