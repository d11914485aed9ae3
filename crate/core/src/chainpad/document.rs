//! A document under change: its units, its hash and whether it is JSON, kept up to date cheaply.
//!
//! The protocol asks for the hash and for a JSON check after every patch, over documents that may have a
//! million units, while a patch changes a few. So states are noted every few thousand units: SHA-256 goes
//! on from the last one before the change, and the JSON machine stops as soon as it comes back to a state
//! noted behind the change.

use super::hash::LowBytes;
use super::json_notes::JsonNotes;
use super::pieces::Pieces;
use super::units::Units;
use super::{Hash, Operation};
use crate::json::Text;
use core::ops::Range;
use std::borrow::Cow;

/// Distance of the noted hash states in units. A multiple of SHA-256's 64-byte block.
const STRIDE: usize = 4096;

/// Operations that see one another are applied one by one to the whole document if there are no more than these.
const FEW: usize = 16;

/// A replacement inside a document, in bounds.
struct Edit<'a> {
    at: usize,
    remove: usize,
    insert: &'a [u16],
}

#[derive(Default, Clone)]
pub(super) struct Document {
    units: Units,
    /// The state after every `STRIDE` units, as far as it is known.
    hash_states: Vec<LowBytes>,
    hash: Option<Hash>,
    json: JsonNotes,
}

impl Document {
    pub(super) fn new(units: Vec<u16>) -> Self {
        let json = JsonNotes::unknown(units.len());
        Self { units: Units::new(units), json, ..Self::default() }
    }

    /// A text whose hash is known.
    pub(super) fn known(text: Text, hash: Hash) -> Self {
        let units = Units::packed(text);
        let json = JsonNotes::unknown(units.len());
        Self { units, json, hash: Some(hash), ..Self::default() }
    }

    pub(super) fn units(&self) -> Cow<'_, [u16]> {
        self.units.all()
    }

    pub(super) fn text(&self) -> Text {
        self.units.text()
    }

    /// How many units it has.
    pub(super) const fn len(&self) -> usize {
        self.units.len()
    }

    /// Takes as little room as it can, until it changes.
    pub(super) fn pack(&mut self) {
        self.units.pack();
    }

    /// The document's hash.
    pub(super) fn hash(&mut self) -> Hash {
        if let Some(hash) = self.hash {
            return hash;
        }
        let mut state = self.hash_states.last().cloned().unwrap_or_default();
        let done = self.hash_states.len() * STRIDE;
        let (strides, rest) = self.units.unpacked().get(done..).unwrap_or_default().as_chunks::<STRIDE>();
        for stride in strides {
            state.update(stride);
            self.hash_states.push(state.clone());
        }
        state.update(rest);
        *self.hash.insert(state.finish())
    }

    /// Whether `JSON.parse` accepts the document.
    pub(super) fn is_json(&mut self) -> bool {
        self.json.known().unwrap_or_else(|| self.json.check(self.units.unpacked()))
    }

    /// Whether no operation of a patch sees what another one did: they are in order, apart and inside the
    /// document. Clients write nothing else.
    pub(super) fn is_plain(&self, operations: &[Operation]) -> bool {
        self.plain_part(operations) == operations.len()
    }

    /// How many operations at the start of a patch can be applied at once. Those beyond the end or on top
    /// of each other see one another: each finds what those behind it left.
    fn plain_part(&self, operations: &[Operation]) -> usize {
        let len = self.units.len() as f64;
        let apart = operations.is_sorted_by(|a, b| a.end() <= b.offset);
        let apart = apart && operations.iter().all(Operation::counts);
        if apart { operations.partition_point(|operation| operation.end() <= len) } else { 0 }
    }

    /// Whether it has just these units.
    pub(super) fn is(&mut self, units: &[u16]) -> bool {
        self.len() == units.len() && self.units.unpacked() == units
    }

    /// Whether they put the whole document in the place of itself, as a true checkpoint does.
    pub(super) fn is_repeated_by(&self, operations: &[Operation]) -> bool {
        let [whole] = operations else { return false };
        let len = self.len();
        whole.offset == 0.0
            && whole.remove == len as f64
            && whole.insert.len() == len
            && whole.insert == *self.units()
    }

    /// Applies the operations of a patch, from the last to the first.
    pub(super) fn apply(&mut self, operations: &[Operation]) {
        let (plain, single) = operations.split_at(self.plain_part(operations));
        if single.len() > FEW {
            let mut pieces = Pieces::of(&self.units());
            single.iter().rev().for_each(|operation| drop(pieces.apply(operation)));
            self.become_units(pieces.into_units());
        } else {
            single.iter().rev().for_each(|operation| self.replace(core::slice::from_ref(operation)));
        }
        self.replace(plain);
    }

    /// What changed at either end stays noted.
    fn become_units(&mut self, insert: Vec<u16>) {
        self.replace(&[Operation { offset: 0.0, remove: self.units.len() as f64, insert }]);
    }

    /// As [`Document::apply`]. Returns the operations that the real library goes back by: they take the
    /// patch back if it was [plain](Document::is_plain), and otherwise may leave something behind.
    pub(super) fn apply_noting(&mut self, operations: &[Operation]) -> Vec<Operation> {
        let (plain, single) = operations.split_at(self.plain_part(operations));
        let mut removed = Vec::with_capacity(operations.len());
        let old = |units: &[u16], operation: &Operation| {
            units.get(operation.range(units)).unwrap_or_default().to_vec()
        };
        if single.len() > FEW {
            let mut pieces = Pieces::of(&self.units());
            removed.extend(single.iter().rev().map(|operation| pieces.apply(operation)));
            self.become_units(pieces.into_units());
        } else {
            for operation in single.iter().rev() {
                removed.push(old(self.units.unpacked(), operation));
                self.replace(core::slice::from_ref(operation));
            }
        }
        let units = self.units.unpacked();
        removed.extend(plain.iter().rev().map(|operation| old(units, operation)));
        self.replace(plain);
        let mut moved = 0.0;
        let inverse = operations.iter().zip(removed.into_iter().rev()).map(|(operation, removed)| {
            let (offset, remove) = (operation.offset + moved, operation.insert.len() as f64);
            moved += remove - removed.len() as f64;
            Operation { offset, remove, insert: removed }
        });
        inverse.collect()
    }

    /// Whether each operation of a patch is in simplest form where it applies.
    pub(super) fn is_simplest(&mut self, operations: &[Operation]) -> bool {
        let (plain, single) = operations.split_at(self.plain_part(operations));
        if single.is_empty() {
            let units = self.units.unpacked();
            return plain.iter().all(|operation| operation.is_simplest(units));
        }
        let mut scratch = Pieces::of(&self.units());
        operations.iter().rev().all(|operation| {
            let simplest = operation.is_simplest_of(&scratch.removed(operation, operation.insert.len() + 2));
            drop(scratch.apply(operation));
            simplest
        })
    }

    /// Makes all replacements at once: a single one, or such that are [plain](Document::is_plain).
    fn replace(&mut self, operations: &[Operation]) {
        let units = self.units.unpacked();
        let mut edits: Vec<_> = operations.iter().map(|operation| Edit::new(operation, units)).collect();
        edits.retain(|edit| edit.remove > 0 || !edit.insert.is_empty());
        let (Some(first), Some(last)) = (edits.first(), edits.last()) else { return };
        let (start, end) = (first.at, last.at + last.remove);

        let mut middle = Vec::new();
        let mut kept_from = start;
        for edit in &edits {
            middle.extend_from_slice(units.get(kept_from..edit.at).unwrap_or_default());
            kept_from = edit.at + edit.remove;
            middle.extend_from_slice(edit.insert);
        }
        for edit in edits.iter().rev() {
            self.json.edited(edit.at..edit.at + edit.remove, edit.insert.len());
        }
        self.hash_states.truncate(start / STRIDE);
        self.hash = None;
        self.replace_range(start..end, &middle);
    }

    /// As `Vec::splice`, which copies unit by unit.
    fn replace_range(&mut self, range: Range<usize>, middle: &[u16]) {
        let units = self.units.unpacked();
        let (len, end) = (units.len(), range.start + middle.len());
        if middle.len() > units.capacity() - len {
            // Not twice the size, as vectors grow: the rest is moved anyway, and there are many documents.
            units.reserve_exact(middle.len() + len / 16);
        }
        units.resize(len.max(len - range.len() + middle.len()), 0);
        units.copy_within(range.end..len, end);
        units.truncate(len - range.len() + middle.len());
        if let Some(target) = units.get_mut(range.start..end) {
            target.copy_from_slice(middle);
        }
    }
}

impl<'a> Edit<'a> {
    /// Leaves out what is replaced by itself at either end, which for a checkpoint is all of it.
    fn new(operation: &'a Operation, document: &[u16]) -> Self {
        let range = operation.range(document);
        let old = document.get(range.clone()).unwrap_or_default();
        let prefix = common_prefix(old, &operation.insert);
        let (_, old) = old.split_at(prefix);
        let (_, new) = operation.insert.split_at(prefix);
        let suffix = old.iter().rev().zip(new.iter().rev()).take_while(|(a, b)| a == b).count();
        let (insert, _) = new.split_at(new.len() - suffix);
        Self { at: range.start + prefix, remove: old.len() - suffix, insert }
    }
}

/// How many units both begin with, compared in blocks first: a checkpoint repeats a whole document.
fn common_prefix(old: &[u16], new: &[u16]) -> usize {
    const BLOCK: usize = 64;
    let blocks = old.chunks_exact(BLOCK).zip(new.chunks_exact(BLOCK)).take_while(|(a, b)| a == b).count();
    let start = blocks * BLOCK;
    let rest = old.iter().skip(start).zip(new.iter().skip(start));
    start + rest.take_while(|(a, b)| a == b).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::validate_utf16;
    use proptest::prelude::*;

    /// Operations as a hostile writer may send them: on top of each other, beyond the end.
    fn operations() -> impl Strategy<Value = Vec<Operation>> {
        let count = |range: core::ops::Range<u32>| range.prop_map(f64::from);
        let odd = prop_oneof![Just(1e300), Just(4095.5), Just(-3.0), Just(-0.5), -9e3..9e3];
        let place = prop_oneof![count(0..40_000), count(4090..4100), count(8180..8200), odd];
        let remove = prop_oneof![count(0..4), count(0..9000), Just(1e300), Just(0.5), Just(4100.25)];
        let insert = prop_oneof![
            Just(Vec::new()),
            proptest::collection::vec(any::<u16>(), 1..4),
            (1usize..10_000).prop_map(|len| vec![0x20; len]),
        ];
        let operation =
            (place, remove, insert).prop_map(|(offset, remove, insert)| Operation { offset, remove, insert });
        (
            prop_oneof![
                proptest::collection::vec(operation.clone(), 1..5),
                proptest::collection::vec(operation, 20..40)
            ],
            any::<bool>(),
        )
            .prop_map(|(mut operations, sorted)| {
                if sorted {
                    operations.sort_by(|a, b| a.offset.total_cmp(&b.offset));
                }
                operations
            })
    }

    fn one_by_one(units: &[u16], operations: &[Operation]) -> Vec<u16> {
        operations.iter().rev().fold(units.to_vec(), |mut units, operation| {
            let range = operation.range(&units);
            units.splice(range, operation.insert.iter().copied());
            units
        })
    }

    proptest! {
        #[test]
        fn what_is_kept_up_to_date_is_what_is_computed_anew(
            // Units that fit into a byte each, or not.
            most in prop_oneof![Just(251u32), Just(501)],
            patches in proptest::collection::vec((operations(), any::<[bool; 3]>()), 1..6),
        ) {
            let start: Vec<u16> = (0..30_000u32).map(|n| (n * 7 % most) as u16).collect();
            let mut document = Document::new(start.clone());
            let mut expected = vec![start];
            let mut undos = Vec::new();
            for (patch, [hash, json, packed]) in patches {
                let last = expected.last().unwrap();
                expected.push(one_by_one(last, &patch));
                let plain = document.is_plain(&patch);
                undos.push((document.apply_noting(&patch), plain));
                prop_assert_eq!(&*document.units(), expected.last().unwrap().as_slice());
                // Asking in between fills the notes that the next change has to mend.
                prop_assert!(!hash || document.hash() == Hash::of_units(&document.units()));
                if packed {
                    document.pack();
                }
                prop_assert!(!json || document.is_json() == validate_utf16(&document.units()));
            }
            prop_assert_eq!(document.hash(), Hash::of_units(&document.units()));
            while let Some((undo, plain)) = undos.pop() {
                let after = expected.pop().unwrap();
                document.apply(&undo);
                prop_assert_eq!(document.units(), one_by_one(&after, &undo));
                prop_assert_eq!(document.hash(), Hash::of_units(&document.units()));
                if *document.units() != *expected.last().unwrap().as_slice() {
                    prop_assert!(!plain);
                    break;
                }
            }
        }

        #[test]
        fn a_patch_is_in_simplest_form_if_each_operation_is_where_it_applies(patch in operations()) {
            let start: Vec<u16> = (0..30_000u32).map(|n| (n * 7 % 501) as u16).collect();
            let mut units = start.clone();
            let simplest = patch.iter().rev().all(|operation| {
                let simplest = operation.simplify(&units).as_ref() == Some(operation);
                units = one_by_one(&units, core::slice::from_ref(operation));
                simplest
            });
            prop_assert_eq!(Document::new(start).is_simplest(&patch), simplest);
        }
    }

    #[test]
    fn a_checkpoint_that_repeats_the_document_costs_no_hash() {
        let units: Vec<u16> = "[1,2,3]".encode_utf16().collect();
        let mut document = Document::new(units.clone());
        document.hash();
        document.apply(&[Operation { offset: 0.0, remove: 7.0, insert: units }]);
        assert!(document.hash.is_some());
    }

    #[test]
    fn what_lies_beyond_the_end_is_not_taken_back() {
        let operation = |offset: u32, remove: u32, insert: &str| Operation {
            offset: offset.into(),
            remove: remove.into(),
            insert: insert.encode_utf16().collect(),
        };
        let mut document = Document::new(vec![0x61, 0x62]);
        let inverse = document.apply_noting(&[operation(9, 0, "x")]);
        assert_eq!(inverse, [operation(9, 1, "")]);
        document.apply(&inverse);
        assert_eq!(*document.units(), [0x61, 0x62, 0x78]);
        let inverse = document.apply_noting(&[operation(0, 3, ""), operation(1, 0, "y")]);
        let before_the_start = Operation { offset: -2.0, remove: 1.0, insert: Vec::new() };
        assert_eq!(inverse, [operation(0, 0, "ayb"), before_the_start]);
    }
}
