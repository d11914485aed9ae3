//! Objects with the property order of JavaScript.

mod rows;

use super::{Text, Value};
use crate::compact::sorted;
use core::fmt;
use core::hash::Hash;
use indexmap::Equivalent;
pub(super) use rows::Rows;

/// A JSON object. Iterates as JavaScript does: keys that are array indexes (`0` to `4294967294`) first and
/// ascending, then the others in the order they were first set. Setting a key again keeps its place.
///
/// One pointer: the rows of an object are larger than every other [`Value`], and they all would be as large.
#[derive(Clone, Default)]
pub struct Object(Box<Entries>);

#[derive(Clone, Default)]
struct Entries {
    /// Always in the order of iteration.
    rows: Rows,
    /// How many entries at the front have array indexes as keys.
    indexed: usize,
}

impl Object {
    /// An object without keys.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many keys there are.
    pub fn len(&self) -> usize {
        self.0.rows.len()
    }

    /// Whether there is no key.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The value under a key.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.row(key).map(|(_, value)| value)
    }

    /// The value under a key, to be changed.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Value> {
        let place = self.0.rows.find(key)?;
        self.0.rows.at_mut(place)
    }

    /// The value under a key that may hold lone surrogates.
    pub fn get_text(&self, key: &Text) -> Option<&Value> {
        self.row(key).map(|(_, value)| value)
    }

    /// The key as it is held, and its value.
    pub fn row(&self, key: &(impl Equivalent<Text> + Hash + ?Sized)) -> Option<(&Text, &Value)> {
        self.0.rows.at(self.0.rows.find(key)?)
    }

    /// As [`Object::get_text`], to be changed.
    pub fn get_text_mut(&mut self, key: &Text) -> Option<&mut Value> {
        let place = self.0.rows.find(key)?;
        self.0.rows.at_mut(place)
    }

    /// Whether the key is there, whatever its value.
    pub fn contains_key(&self, key: &str) -> bool {
        self.0.rows.find(key).is_some()
    }

    /// Sets a key and returns what it held before.
    pub fn insert(&mut self, key: impl Into<Text>, value: impl Into<Value>) -> Option<Value> {
        let (key, value) = (key.into(), value.into());
        if let Some(held) = self.get_text_mut(&key) {
            return Some(core::mem::replace(held, value));
        }
        let Entries { rows, indexed } = &mut *self.0;
        let mut place = rows.len();
        if let Some(index) = array_index(&key) {
            place = partition_point(*indexed, |at| {
                rows.at(at).is_some_and(|(key, _)| array_index(key) < Some(index))
            });
            *indexed += 1;
        }
        rows.insert(place, key, value);
        None
    }

    /// Takes a key out; the order of the others stays.
    pub fn remove(&mut self, key: &str) -> Option<Value> {
        self.remove_text(&Text::from(key))
    }

    /// As [`Object::remove`], for a key that may hold lone surrogates.
    pub fn remove_text(&mut self, key: &Text) -> Option<Value> {
        let place = self.0.rows.find(key)?;
        if place < self.0.indexed {
            self.0.indexed -= 1;
        }
        self.0.rows.remove(place)
    }

    /// Keys and values in JavaScript's order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&Text, &Value)> + ExactSizeIterator {
        self.0.rows.iter()
    }

    /// Keys in JavaScript's order, as `Object.keys` gives them.
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &Text> + ExactSizeIterator {
        self.iter().map(|(key, _)| key)
    }

    /// Values in JavaScript's order.
    pub fn values(&self) -> impl DoubleEndedIterator<Item = &Value> + ExactSizeIterator {
        self.iter().map(|(_, value)| value)
    }

    /// Builds an object from keys in the order of a text, which a hostile one may have chosen so that
    /// inserting them one by one would take quadratic time.
    pub(super) fn from_parsed(mut rows: Rows) -> Self {
        let indexed = rows.iter().filter(|(key, _)| array_index(key).is_some()).count();
        let rank = |key: &Text| array_index(key).unwrap_or(u32::MAX);
        if indexed > 0 && !rows.iter().is_sorted_by_key(|(key, _)| rank(key)) {
            rows = sorted(rows.into_vec(), &|(a, _), (b, _)| rank(a).cmp(&rank(b))).into_iter().collect();
        }
        Self(Box::new(Entries { rows, indexed }))
    }
}

/// The order of the keys does not count.
impl PartialEq for Object {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().all(|(key, value)| other.get_text(key) == Some(value))
    }
}

/// How many of the first places a condition holds for, if it holds for none behind one where it does not.
fn partition_point(places: usize, holds: impl Fn(usize) -> bool) -> usize {
    let (mut low, mut high) = (0, places);
    while low < high {
        let middle = low + (high - low) / 2;
        if holds(middle) { low = middle + 1 } else { high = middle }
    }
    low
}

/// Shows how many entries there are, as [`Text`] shows its length.
impl fmt::Debug for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Object({})", self.len())
    }
}

/// The key as an array index, which is what makes it come first.
fn array_index(key: &Text) -> Option<u32> {
    let text = key.as_str()?;
    let canonical = text == "0" || (text.bytes().next()? != b'0' && text.bytes().all(|b| b.is_ascii_digit()));
    text.parse().ok().filter(|index| canonical && *index < u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn keys(object: &Object) -> Vec<String> {
        object.keys().map(|key| key.to_string_lossy().into_owned()).collect()
    }

    #[test]
    fn array_indexes_come_first_and_ascending() {
        let mut object = Object::new();
        for key in ["b", "10", "4294967295", "9", "01", "4294967294", "-0", "a"] {
            object.insert(key, 0.0);
        }
        assert_eq!(keys(&object), ["9", "10", "4294967294", "b", "4294967295", "01", "-0", "a"]);
        assert!(object.remove("9").is_some());
        object.insert("7", 0.0);
        assert_eq!(keys(&object), ["7", "10", "4294967294", "b", "4294967295", "01", "-0", "a"]);
    }

    #[test]
    fn a_key_set_twice_keeps_its_place_and_the_last_value() {
        let mut object = Object::new();
        for (key, value) in [("a", 1.0), ("b", 2.0), ("a", 3.0)] {
            object.insert(key, value);
        }
        assert_eq!(keys(&object), ["a", "b"]);
        assert_eq!(object.get("a").and_then(Value::as_f64), Some(3.0));
    }

    proptest! {
        #[test]
        fn parsing_and_inserting_give_the_same_order(keys_in in proptest::collection::vec("[0-9]{1,2}|[a-c]|42949672[89][0-9]", 0..40)) {
            let mut inserted = Object::new();
            let mut parsed = Rows::default();
            for (value, key) in keys_in.iter().enumerate() {
                inserted.insert(key.as_str(), value as f64);
                parsed.push(Text::from(key.as_str()), Value::from(value as f64));
            }
            let parsed = Object::from_parsed(parsed);
            prop_assert_eq!(keys(&inserted), keys(&parsed));
            prop_assert_eq!(inserted, parsed);
        }
    }
}
