//! A document under change: its units, its hash and whether it is JSON, kept up to date cheaply.
//!
//! The protocol asks for the hash and for a JSON check after every patch, over documents that may have a
//! million units, while a patch changes a few. So states are noted every few thousand units: SHA-256 goes
//! on from the last one before the change, and the JSON machine stops as soon as it comes back to a state
//! noted behind the change.

use super::hash::LowBytes;
use super::json_notes::JsonNotes;
use super::{Hash, Operation};
use core::ops::Range;
use std::borrow::Cow;

/// Distance of the noted hash states in units. A multiple of SHA-256's 64-byte block.
const STRIDE: usize = 4096;

/// A replacement inside a document, in bounds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Edit<'a> {
    pub(super) at: usize,
    pub(super) remove: usize,
    pub(super) insert: Cow<'a, [u16]>,
}

/// What takes a patch back: lists of edits, to be applied from the last list to the first.
pub(super) type Undo = Vec<Vec<Edit<'static>>>;

#[derive(Default)]
pub(super) struct Document {
    units: Vec<u16>,
    /// The state after every `STRIDE` units, as far as it is known.
    hash_states: Vec<LowBytes>,
    hash: Option<Hash>,
    json: JsonNotes,
}

impl Document {
    pub(super) fn new(units: Vec<u16>) -> Self {
        let json = JsonNotes::unknown(units.len());
        Self { units, json, ..Self::default() }
    }

    pub(super) fn units(&self) -> &[u16] {
        &self.units
    }

    /// The document's hash.
    pub(super) fn hash(&mut self) -> Hash {
        if let Some(hash) = self.hash {
            return hash;
        }
        let mut state = self.hash_states.last().cloned().unwrap_or_default();
        let done = self.hash_states.len() * STRIDE;
        let (strides, rest) = self.units.get(done..).unwrap_or_default().as_chunks::<STRIDE>();
        for stride in strides {
            state.update(stride);
            self.hash_states.push(state.clone());
        }
        state.update(rest);
        *self.hash.insert(state.finish())
    }

    /// Whether `JSON.parse` accepts the document.
    pub(super) fn is_json(&mut self) -> bool {
        self.json.check(&self.units)
    }

    /// Applies the operations of a patch, from the last to the first.
    pub(super) fn apply(&mut self, operations: &[Operation]) -> Undo {
        self.apply_each(operations, false).unwrap_or_default()
    }

    /// As [`Document::apply`]; if some operation is not in simplest form, nothing changes.
    pub(super) fn apply_simplest(&mut self, operations: &[Operation]) -> Option<Undo> {
        self.apply_each(operations, true)
    }

    fn apply_each(&mut self, operations: &[Operation], only_simplest: bool) -> Option<Undo> {
        // In order, apart and inside the document, operations do not see one another. Those beyond the
        // end or on top of each other do: each finds what those behind it left.
        let len = self.units.len() as u64;
        let apart = operations.is_sorted_by(|a, b| a.end() <= b.offset);
        let inside = if apart { operations.partition_point(|operation| operation.end() <= len) } else { 0 };
        let (batch, single) = operations.split_at(inside);

        let mut undo = Undo::with_capacity(single.len() + 1);
        for operations in single.iter().rev().map(core::slice::from_ref).chain([batch]) {
            if only_simplest && !operations.iter().all(|operation| operation.is_simplest(&self.units)) {
                self.revert(undo);
                return None;
            }
            let edits = operations.iter().map(|operation| self.edit(operation)).collect();
            undo.push(self.replace(edits));
        }
        Some(undo)
    }

    /// Takes a patch back.
    pub(super) fn revert(&mut self, undo: Undo) {
        for edits in undo.into_iter().rev() {
            self.replace(edits);
        }
    }

    fn edit<'a>(&self, operation: &'a Operation) -> Edit<'a> {
        let range = operation.range(&self.units);
        Edit { at: range.start, remove: range.len(), insert: Cow::Borrowed(&operation.insert) }
    }

    /// Makes all replacements at once; they are in ascending order and do not overlap. Returns those that
    /// take them back, in the same form.
    fn replace(&mut self, mut edits: Vec<Edit<'_>>) -> Vec<Edit<'static>> {
        edits.iter_mut().for_each(|edit| edit.trim(&self.units));
        edits.retain(|edit| edit.remove > 0 || !edit.insert.is_empty());
        let (Some(first), Some(last)) = (edits.first(), edits.last()) else { return Vec::new() };
        let (start, end) = (first.at, last.at + last.remove);

        let mut undo = Vec::with_capacity(edits.len());
        let mut middle = Vec::new();
        let mut kept_from = start;
        for edit in &edits {
            middle.extend_from_slice(self.units.get(kept_from..edit.at).unwrap_or_default());
            kept_from = edit.at + edit.remove;
            let old = self.units.get(edit.at..kept_from).unwrap_or_default();
            undo.push(Edit {
                at: start + middle.len(),
                remove: edit.insert.len(),
                insert: Cow::Owned(old.to_vec()),
            });
            middle.extend_from_slice(&edit.insert);
        }
        for edit in edits.iter().rev() {
            self.json.edited(edit.at..edit.at + edit.remove, edit.insert.len());
        }
        self.hash_states.truncate(start / STRIDE);
        self.hash = None;
        self.replace_range(start..end, &middle);
        undo
    }

    /// As `Vec::splice`, which copies unit by unit.
    fn replace_range(&mut self, range: Range<usize>, middle: &[u16]) {
        let (len, end) = (self.units.len(), range.start + middle.len());
        if middle.len() > self.units.capacity() - len {
            // Not twice the size, as vectors grow: the rest is moved anyway, and there are many documents.
            self.units.reserve_exact(middle.len() + len / 16);
        }
        self.units.resize(len.max(len - range.len() + middle.len()), 0);
        self.units.copy_within(range.end..len, end);
        self.units.truncate(len - range.len() + middle.len());
        if let Some(target) = self.units.get_mut(range.start..end) {
            target.copy_from_slice(middle);
        }
    }
}

impl Edit<'_> {
    /// Leaves out what is replaced by itself at either end, which for a checkpoint is all of it.
    fn trim(&mut self, document: &[u16]) {
        let old = document.get(self.at..self.at + self.remove).unwrap_or_default();
        let prefix = common_prefix(old, &self.insert);
        let (_, old) = old.split_at(prefix);
        let (_, new) = self.insert.split_at(prefix);
        let suffix = old.iter().rev().zip(new.iter().rev()).take_while(|(a, b)| a == b).count();
        let kept = prefix..self.insert.len() - suffix;
        self.at += prefix;
        self.remove -= prefix + suffix;
        match &mut self.insert {
            Cow::Borrowed(insert) => *insert = insert.get(kept).unwrap_or_default(),
            Cow::Owned(insert) => {
                insert.truncate(kept.end);
                insert.drain(..kept.start);
            }
        }
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
        let place = prop_oneof![0u64..40_000, 4090u64..4100, 8180u64..8200, Just((1 << 53) - 1)];
        let remove = prop_oneof![0u64..4, 0u64..9000, Just((1 << 53) - 1)];
        let insert = prop_oneof![
            Just(Vec::new()),
            proptest::collection::vec(any::<u16>(), 1..4),
            (1usize..10_000).prop_map(|len| vec![0x20; len]),
        ];
        let operation =
            (place, remove, insert).prop_map(|(offset, remove, insert)| Operation { offset, remove, insert });
        (proptest::collection::vec(operation, 1..5), any::<bool>()).prop_map(|(mut operations, sorted)| {
            if sorted {
                operations.sort_by_key(|operation| operation.offset);
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
            patches in proptest::collection::vec((operations(), any::<[bool; 2]>()), 1..6),
        ) {
            let start: Vec<u16> = (0..30_000u32).map(|n| (n * 7 % 501) as u16).collect();
            let mut document = Document::new(start.clone());
            let mut expected = vec![start];
            let mut undos = Vec::new();
            for (patch, [hash, json]) in patches {
                let last = expected.last().unwrap();
                expected.push(one_by_one(last, &patch));
                undos.push(document.apply(&patch));
                prop_assert_eq!(document.units(), expected.last().unwrap().as_slice());
                // Asking in between fills the notes that the next change has to mend.
                prop_assert!(!hash || document.hash() == Hash::of_units(document.units()));
                prop_assert!(!json || document.is_json() == validate_utf16(document.units()));
            }
            prop_assert_eq!(document.hash(), Hash::of_units(document.units()));
            while let Some(undo) = undos.pop() {
                expected.pop();
                document.revert(undo);
                prop_assert_eq!(document.units(), expected.last().unwrap().as_slice());
                prop_assert_eq!(document.hash(), Hash::of_units(document.units()));
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
            let mut document = Document::new(start.clone());
            prop_assert_eq!(document.apply_simplest(&patch).is_some(), simplest);
            prop_assert_eq!(document.units(), if simplest { units } else { start });
        }
    }

    #[test]
    fn a_checkpoint_that_repeats_the_document_costs_neither_hash_nor_undo() {
        let units: Vec<u16> = "[1,2,3]".encode_utf16().collect();
        let mut document = Document::new(units.clone());
        document.hash();
        let undo = document.apply(&[Operation { offset: 0, remove: 7, insert: units }]);
        assert!(undo.iter().all(Vec::is_empty));
        assert!(document.hash.is_some());
    }
}
