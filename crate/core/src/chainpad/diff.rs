//! The difference of two documents as operations of a patch (PROTOCOL.md section 12.5). Any difference
//! will do for readers; this one is small for what clients do: a few changes in a large JSON text.

use super::Operation;
use crate::compact::sorted;

/// Units in a block that is looked for in the other document. Shorter common parts are not seen.
const BLOCK: usize = 32;

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
    for common in common_parts(old, new).into_iter().chain([end]) {
        let removed = old.get(done.old..common.old).unwrap_or_default();
        let inserted = new.get(done.new..common.new).unwrap_or_default();
        let operation =
            Operation { offset: done.old as u64, remove: removed.len() as u64, insert: inserted.to_vec() };
        operations.extend(operation.simplify(old));
        done = Common { old: common.old + common.len, new: common.new + common.len, len: 0 };
    }
    operations
}

/// Parts that both documents have, in the order of both, not beginning or ending inside a surrogate pair.
fn common_parts(old: &[u16], new: &[u16]) -> Vec<Common> {
    let prefix = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let (_, old_rest) = old.split_at(prefix);
    let (_, new_rest) = new.split_at(prefix);
    let suffix = old_rest.iter().rev().zip(new_rest.iter().rev()).take_while(|(a, b)| a == b).count();
    let old_middle = prefix..old.len() - suffix;
    let new_middle = prefix..new.len() - suffix;

    let mut parts = vec![Common { old: 0, new: 0, len: prefix }];
    parts.extend(blocks_in_common(old, old_middle.clone(), new, new_middle.clone()));
    parts.push(Common { old: old_middle.end, new: new_middle.end, len: suffix });
    parts.into_iter().filter_map(|part| part.outside_pairs(old)).collect()
}

/// Looks for blocks of `old` everywhere in `new`, and follows each find as far as it goes.
fn blocks_in_common(
    old: &[u16],
    old_range: core::ops::Range<usize>,
    new: &[u16],
    new_range: core::ops::Range<usize>,
) -> Vec<Common> {
    let places = old_range.clone().step_by(BLOCK);
    let blocks = places.filter_map(|at| Some((old.get(at..at + BLOCK)?, at)));
    let places: Vec<(&[u16], usize)> = blocks.filter(|(_, at)| at + BLOCK <= old_range.end).collect();
    let places = sorted(places, &|(a, _), (b, _)| a.cmp(b));
    // Of blocks that repeat, the last place counts: it leaves the earlier ones to what was matched before.
    let last_place = |window: &[u16]| {
        let behind = places.partition_point(|(block, _)| *block <= window);
        places.get(behind.checked_sub(1)?).filter(|(block, _)| *block == window).map(|(_, at)| *at)
    };

    let mut found = Vec::new();
    let (mut old_done, mut at) = (old_range.start, new_range.start);
    while let Some(window) = new.get(at..at + BLOCK).filter(|_| at + BLOCK <= new_range.end) {
        let Some(place) = last_place(window).filter(|place| *place >= old_done) else {
            at += 1;
            continue;
        };
        let ahead = old.iter().take(old_range.end).skip(place).zip(new.iter().take(new_range.end).skip(at));
        let len = ahead.take_while(|(a, b)| a == b).count();
        found.push(Common { old: place, new: at, len });
        old_done = place + len;
        at += len;
    }
    found
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
        document.units().to_vec()
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
