//! One change inside a document, and its simplest form (PROTOCOL.md sections 12.1 and 12.4).

/// Removes `remove` units at `offset` and puts `insert` there. Positions beyond the end of a document
/// mean its end. Units may be halves of surrogate pairs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    /// Where, in UTF-16 units. Below 2^53.
    pub offset: u64,
    /// How many units go. Below 2^53.
    pub remove: u64,
    /// What comes instead.
    pub insert: Vec<u16>,
}

impl Operation {
    /// Where the removed units end.
    pub(super) fn end(&self) -> u64 {
        self.offset.saturating_add(self.remove)
    }

    /// The range of `document` that goes.
    pub(super) fn range(&self, document: &[u16]) -> core::ops::Range<usize> {
        let clamp =
            |position: u64| usize::try_from(position).map_or(document.len(), |p| p.min(document.len()));
        clamp(self.offset)..clamp(self.end())
    }

    /// The simplest form of the operation on a document; `None` if it changes nothing.
    pub fn simplify(&self, document: &[u16]) -> Option<Operation> {
        let old = document.get(self.range(document)).unwrap_or_default();
        let prefix = common_prefix(old, &self.insert);
        let (_, old) = old.split_at(prefix);
        let (_, new) = self.insert.split_at(prefix);
        let mut simplest = Operation {
            offset: self.offset + prefix as u64,
            remove: self.remove - prefix as u64,
            insert: new.to_vec(),
        };
        if old.len() == new.len() {
            let suffix = old.iter().rev().zip(new.iter().rev()).take_while(|(a, b)| a == b).count();
            simplest.insert.truncate(new.len() - suffix);
            simplest.remove = simplest.insert.len() as u64;
        }
        let changes = simplest.remove > 0 || !simplest.insert.is_empty();
        changes.then_some(simplest)
    }

    /// Whether [`Operation::simplify`] would leave it as it is.
    pub fn is_simplest(&self, document: &[u16]) -> bool {
        let old = document.get(self.range(document)).unwrap_or_default();
        let new = self.insert.as_slice();
        if common_prefix(old, new) > 0 || (self.remove == 0 && new.is_empty()) {
            return false;
        }
        old.len() != new.len() || (self.remove == old.len() as u64 && old.last() != new.last())
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
            document in units(), offset in 0u64..8, remove in 0u64..8, insert in units(),
        ) {
            let operation = Operation { offset, remove, insert };
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
