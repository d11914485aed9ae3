//! One change inside a document, and its simplest form (PROTOCOL.md sections 12.1 and 12.4).

use core::ops::Range;

/// Removes `remove` units at `offset` and puts `insert` there. Positions beyond the end of a document
/// mean its end, those before the start its start, and of a fraction the whole part counts: so the real library
/// reads numbers that no client writes. Units may be halves of surrogate pairs.
#[derive(Debug, Clone, PartialEq)]
pub struct Operation {
    /// Where, in UTF-16 units.
    pub offset: f64,
    /// How many units go. Never below zero.
    pub remove: f64,
    /// What comes instead.
    pub insert: Vec<u16>,
}

impl Operation {
    /// Where the removed units end.
    pub(super) fn end(&self) -> f64 {
        self.offset + self.remove
    }

    /// Whether both numbers are counts, as clients write them.
    pub(super) fn counts(&self) -> bool {
        let count = |number: f64| number >= 0.0 && number.fract() == 0.0;
        count(self.offset) && count(self.remove)
    }

    /// The range of `document` that goes.
    pub(super) fn range(&self, document: &[u16]) -> Range<usize> {
        self.range_of(document.len())
    }

    /// As [`Operation::range`], of a document with so many units.
    pub(super) fn range_of(&self, len: usize) -> Range<usize> {
        // To make an integer of a number cuts the fraction off, and ends at the ends of what an integer can be.
        let clamp = |position: f64| (position as usize).min(len);
        let start = clamp(self.offset);
        start..clamp(self.end()).max(start)
    }

    /// The simplest form of the operation on a document; `None` if it changes nothing.
    pub fn simplify(&self, document: &[u16]) -> Option<Operation> {
        let old = document.get(self.range(document)).unwrap_or_default();
        let prefix = common_prefix(old, &self.insert);
        let (_, old) = old.split_at(prefix);
        let (_, new) = self.insert.split_at(prefix);
        let mut simplest = Operation {
            offset: self.offset + prefix as f64,
            remove: self.remove - prefix as f64,
            insert: new.to_vec(),
        };
        if old.len() == new.len() {
            let suffix = old.iter().rev().zip(new.iter().rev()).take_while(|(a, b)| a == b).count();
            simplest.insert.truncate(new.len() - suffix);
            simplest.remove = simplest.insert.len() as f64;
        }
        let changes = simplest.remove > 0.0 || !simplest.insert.is_empty();
        changes.then_some(simplest)
    }

    /// Whether [`Operation::simplify`] would leave it as it is.
    pub fn is_simplest(&self, document: &[u16]) -> bool {
        self.is_simplest_of(document.get(self.range(document)).unwrap_or_default())
    }

    /// As [`Operation::is_simplest`], given the units that are removed. Only the first `insert.len() + 2` of them are needed.
    pub(super) fn is_simplest_of(&self, old: &[u16]) -> bool {
        let new = self.insert.as_slice();
        if common_prefix(old, new) > 0 || (self.remove == 0.0 && new.is_empty()) {
            return false;
        }
        old.len() != new.len() || (self.remove == old.len() as f64 && old.last() != new.last())
    }
}

/// How many units both begin with, not ending between the halves of a surrogate pair.
fn common_prefix(old: &[u16], new: &[u16]) -> usize {
    let shorter = old.len().min(new.len());
    let mut at = 0;
    while at < shorter && old.get(at) == new.get(at) {
        let surrogate = old.get(at).is_some_and(|unit| unit & 0xF800 == 0xD800);
        if !surrogate {
            at += 1;
        } else if old.get(at + 1) == new.get(at + 1) {
            at += 2;
        } else {
            break;
        }
    }
    at.min(shorter)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn units() -> impl Strategy<Value = Vec<u16>> {
        proptest::collection::vec(
            prop_oneof![Just(0xD83Du16), Just(0xDE00), Just(0xDE01), 0x61u16..0x63],
            0..6,
        )
    }

    proptest! {
        #[test]
        fn the_simplest_form_does_the_same_and_is_simplest(
            document in units(), offset in 0u8..8, remove in 0u8..8, insert in units(),
        ) {
            let operation = Operation { offset: offset.into(), remove: remove.into(), insert };
            let applied = |operation: &Operation| {
                let mut result = document.clone();
                result.splice(operation.range(&document), operation.insert.clone());
                result
            };
            let simplest = operation.simplify(&document);
            prop_assert_eq!(simplest.as_ref().map_or(document.clone(), applied), applied(&operation));
            prop_assert_eq!(operation.is_simplest(&document), simplest.as_ref() == Some(&operation));
            if let Some(simplest) = simplest {
                prop_assert!(simplest.is_simplest(&document), "{:?}", simplest);
            }
        }
    }
}
