//! The difference of two documents as operations of a patch (PROTOCOL.md section 12.5). Any difference
//! will do for readers; this one is small for what clients do: changes here and there in a large JSON text whose
//! parts look alike.

use super::Operation;
use crate::compact::sorted;

/// Units in a block that is looked for in the other document, at first.
const LARGEST: usize = 32;
/// Where no larger block is in both. Shorter common parts are not seen: an operation costs as much.
const SMALLEST: usize = 16;
/// How often what lies between two finds is looked at again.
const DEPTH: usize = 6;

/// What was found to be the same in both documents.
#[derive(Clone, Copy)]
struct Common {
    old: usize,
    new: usize,
    len: usize,
}

/// Operations that make `new` out of `old`: ascending, apart, each in simplest form.
pub(super) fn diff(old: &[u16], new: &[u16]) -> Vec<Operation> {
    let mut operations = Vec::new();
    let mut done = Common { old: 0, new: 0, len: 0 };
    let end = Common { old: old.len(), new: new.len(), len: 0 };
    let mut found = Vec::new();
    Pair { old, new, at: done }.compare(LARGEST, DEPTH, &mut found);
    for common in found.into_iter().filter_map(|part| part.outside_pairs(old)).chain([end]) {
        let removed = old.get(done.old..common.old).unwrap_or_default();
        let inserted = new.get(done.new..common.new).unwrap_or_default();
        let operation =
            Operation { offset: done.old as f64, remove: removed.len() as f64, insert: inserted.to_vec() };
        operations.extend(operation.simplify(old));
        done = Common { old: common.old + common.len, new: common.new + common.len, len: 0 };
    }
    operations
}

/// A piece of each document, and where they begin.
#[derive(Clone, Copy)]
struct Pair<'a> {
    old: &'a [u16],
    new: &'a [u16],
    at: Common,
}

impl<'a> Pair<'a> {
    /// Finds what both have, in the order of both.
    fn compare(self, block: usize, depth: usize, found: &mut Vec<Common>) {
        let len = common(self.old.iter(), self.new.iter());
        found.push(Common { len, ..self.at });
        let rest = self.between(len, self.old.len(), len, self.new.len());
        let suffix = common(rest.old.iter().rev(), rest.new.iter().rev());
        let (old_end, new_end) = (rest.old.len() - suffix, rest.new.len() - suffix);
        let middle = rest.between(0, old_end, 0, new_end);
        if block >= SMALLEST && depth > 0 && old_end.min(new_end) >= block {
            let parts = longest_chain(&middle.unique_blocks(block));
            let block = if parts.is_empty() { block / 2 } else { block };
            let (mut old, mut new) = (0, 0);
            for part in parts {
                middle.between(old, part.old, new, part.new).compare(block, depth - 1, found);
                found.push(Common { old: middle.at.old + part.old, new: middle.at.new + part.new, ..part });
                (old, new) = (part.old + part.len, part.new + part.len);
            }
            middle.between(old, old_end, new, new_end).compare(block, depth - 1, found);
        }
        found.push(Common { old: rest.at.old + old_end, new: rest.at.new + new_end, len: suffix });
    }

    fn between(self, old: usize, old_end: usize, new: usize, new_end: usize) -> Self {
        Self {
            old: self.old.get(old..old_end).unwrap_or_default(),
            new: self.new.get(new..new_end).unwrap_or_default(),
            at: Common { old: self.at.old + old, new: self.at.new + new, len: 0 },
        }
    }

    /// Blocks of the old piece that occur in it once, wherever they are in the new one, each followed as far as
    /// it goes. In the order of the new piece. One that repeats says nothing of where it belongs: entries of a drive
    /// have much in common.
    fn unique_blocks(&self, block: usize) -> Vec<Common> {
        let blocks =
            self.old.chunks_exact(block).enumerate().map(|(at, units)| (units, at * block)).collect();
        let blocks: Vec<(&[u16], usize)> = sorted(blocks, &|(a, _), (b, _)| a.cmp(b));
        let place_of = |window: &[u16]| {
            let behind = blocks.partition_point(|(known, _)| *known < window);
            let mut same = blocks.iter().skip(behind).take_while(|(known, _)| *known == window);
            same.next().filter(|_| same.next().is_none()).map(|(_, at)| *at)
        };
        let (mut found, mut at) = (Vec::new(), 0);
        while let Some(window) = self.new.get(at..at + block) {
            let Some(old) = place_of(window) else {
                at += 1;
                continue;
            };
            let len = common(self.old.iter().skip(old), self.new.iter().skip(at));
            found.push(Common { old, new: at, len });
            at += len;
        }
        found
    }
}

fn common<'u>(old: impl Iterator<Item = &'u u16>, new: impl Iterator<Item = &'u u16>) -> usize {
    old.zip(new).take_while(|(a, b)| a == b).count()
}

/// Of parts in the order of the new document, those that are in the order of the old one as well and cover most of it.
fn longest_chain(parts: &[Common]) -> Vec<Common> {
    // For each chain that may go on: where it ends, what it covers, its last part. No chain covers less and
    // ends later than another: the first two ascend.
    let mut chains: Vec<(usize, usize, usize)> = Vec::new();
    let mut before = Vec::with_capacity(parts.len());
    for (index, part) in parts.iter().enumerate() {
        let last = chains.partition_point(|(end, ..)| *end <= part.old).checked_sub(1);
        let last = last.and_then(|last| chains.get(last));
        before.push(last.map(|(_, _, part)| *part));
        let (end, covers) = (part.old + part.len, part.len + last.map_or(0, |(_, covers, _)| *covers));
        let place = chains.partition_point(|(_, known, _)| *known < covers);
        let worse = chains.iter().take(place).rev().take_while(|(known, ..)| *known >= end).count();
        // Another chain that covers as much and ends as early makes this one useless.
        if chains.get(place).is_none_or(|(known, ..)| *known > end) {
            chains.splice(place - worse..place, [(end, covers, index)]);
        }
    }
    let mut chain = Vec::new();
    let mut last = chains.last().map(|(_, _, part)| *part);
    while let Some(index) = last {
        chain.extend(parts.get(index));
        last = before.get(index).copied().flatten();
    }
    chain.reverse();
    chain
}

impl Common {
    /// Leaves out the half of a pair at either end.
    fn outside_pairs(mut self, old: &[u16]) -> Option<Self> {
        let low = |at: usize| old.get(at).is_some_and(|unit| unit & 0xFC00 == 0xDC00);
        let high = |at: usize| old.get(at).is_some_and(|unit| unit & 0xFC00 == 0xD800);
        if self.len > 0 && low(self.old) {
            self.old += 1;
            self.new += 1;
            self.len -= 1;
        }
        if self.len > 0 && high(self.old + self.len - 1) {
            self.len -= 1;
        }
        (self.len > 0).then_some(self)
    }
}

#[cfg(test)]
mod tests {
    use super::super::document::Document;
    use super::*;
    use proptest::prelude::*;

    fn applied(old: &[u16], operations: &[Operation]) -> Vec<u16> {
        let mut document = Document::new(old.to_vec());
        assert!(document.is_simplest(operations), "not in simplest form: {operations:?}");
        document.apply(operations);
        document.units().into_owned()
    }

    fn text(alphabet: &'static str, len: core::ops::Range<usize>) -> impl Strategy<Value = Vec<u16>> {
        let chars: Vec<char> = alphabet.chars().collect();
        proptest::collection::vec(proptest::sample::select(chars), len)
            .prop_map(|text| text.into_iter().collect::<String>().encode_utf16().collect())
    }

    proptest! {
        #[test]
        fn makes_the_new_document_out_of_the_old(
            pieces in proptest::collection::vec((text("ab😀😁é", 0..90), any::<[bool; 2]>()), 0..8),
        ) {
            let pick = |which: usize| -> Vec<u16> {
                pieces.iter().filter(|(_, keep)| keep[which]).flat_map(|(piece, _)| piece.clone()).collect()
            };
            let (old, new) = (pick(0), pick(1));
            let operations = diff(&old, &new);
            prop_assert!(operations.is_sorted_by(|a, b| a.end() <= b.offset));
            prop_assert_eq!(applied(&old, &operations), new);
        }

        #[test]
        fn any_units_will_do(
            old in proptest::collection::vec(prop_oneof![Just(0xD83Du16), Just(0xDE00), Just(0x61)], 0..80),
            new in proptest::collection::vec(prop_oneof![Just(0xD83Du16), Just(0xDE00), Just(0x61)], 0..80),
        ) {
            prop_assert_eq!(applied(&old, &diff(&old, &new)), new);
        }
    }

    #[test]
    fn changes_far_apart_stay_apart() {
        let old: Vec<u16> =
            (0..5000).map(|n| format!("\"key {n}\":{n},")).collect::<String>().encode_utf16().collect();
        let mut new = old.clone();
        new.splice(60_000..60_000, [0x61; 100]);
        new.splice(100..105, [0x62; 3]);
        let operations = diff(&old, &new);
        assert_eq!(applied(&old, &operations), new);
        assert_eq!(operations.len(), 2);
        assert!(operations.iter().map(|operation| operation.insert.len()).sum::<usize>() < 200);
    }
}
