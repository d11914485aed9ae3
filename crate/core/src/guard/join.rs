//! Joining sorted lists by key: what makes two devices' knowledge one, whoever speaks first.

use core::cmp::Ordering;

use crate::json::Text;

/// Every key of both lists, which are sorted by it and hold each once. Where both have one, `both` decides;
/// if that is a join (commutative, associative, idempotent), so is this.
pub fn join<V>(a: Vec<(Text, V)>, b: Vec<(Text, V)>, both: &dyn Fn(V, V) -> V) -> Vec<(Text, V)> {
    if a.is_empty() {
        return b;
    }
    let mut joined = Vec::with_capacity(a.len().max(b.len()));
    let (mut a, mut b) = (a.into_iter().peekable(), b.into_iter().peekable());
    while let (Some((left, _)), Some((right, _))) = (a.peek(), b.peek()) {
        match left.cmp(right) {
            Ordering::Less => joined.extend(a.next()),
            Ordering::Greater => joined.extend(b.next()),
            Ordering::Equal => {
                if let (Some((key, ours)), Some((_, theirs))) = (a.next(), b.next()) {
                    joined.push((key, both(ours, theirs)));
                }
            }
        }
    }
    joined.extend(a);
    joined.extend(b);
    joined
}

/// The value under a key of such a list.
pub fn find<'l, V>(list: &'l [(Text, V)], key: &Text) -> Option<&'l V> {
    let place = list.binary_search_by(|(held, _)| held.cmp(key)).ok()?;
    list.get(place).map(|(_, value)| value)
}

/// Puts rows in the order of their keys; of rows with the same key `both` makes one.
pub fn ordered<V>(rows: Vec<(Text, V)>, both: &dyn Fn(V, V) -> V) -> Vec<(Text, V)> {
    let mut ordered: Vec<(Text, V)> = Vec::with_capacity(rows.len());
    for (key, value) in crate::compact::sorted(rows, &|(a, _), (b, _)| a.cmp(b)) {
        match ordered.pop() {
            Some((last, held)) if last == key => ordered.push((key, both(held, value))),
            before => {
                ordered.extend(before);
                ordered.push((key, value));
            }
        }
    }
    ordered
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn rows() -> impl Strategy<Value = Vec<(Text, u8)>> {
        proptest::collection::vec(("[a-d]{1,2}".prop_map(Text::from), any::<u8>()), 0..12)
    }

    proptest! {
        #[test]
        fn it_is_the_union_of_the_keys(a in rows(), b in rows()) {
            let (a, b) = (ordered(a, &u8::max), ordered(b, &u8::max));
            let mut expected: BTreeMap<Text, u8> = BTreeMap::new();
            for (key, value) in a.iter().chain(&b) {
                let held = expected.entry(key.clone()).or_default();
                *held = (*held).max(*value);
            }
            let joined = join(a, b, &u8::max);
            prop_assert!(joined.iter().all(|(key, value)| find(&joined, key) == Some(value)));
            prop_assert_eq!(joined, expected.into_iter().collect::<Vec<_>>());
        }
    }
}
