//! Whether a changing text is JSON, without reading all of it again after each change.

use crate::json::Validator;
use core::ops::Range;
use std::iter::Peekable;
use std::vec::IntoIter;

/// Distance of the notes in units, at most about twice that.
const STRIDE: usize = 4096;

/// Around a change the notes are closer: the next change is often close, too.
const NEAR: usize = 128;

/// So many close notes are kept.
const CLOSE: usize = 32;

/// More changes than this are taken for one that spans them all.
const MAX_DIRTY: usize = 32;

/// States of the JSON machine here and there in a text.
///
/// The notes were taken when the text was last read, and `dirty` is what changed since. Notes up to the
/// first change are true. Those behind a change were true of the text as it was, and follow from one
/// another up to the next change: if the machine, having read a change, comes to one of them in the state
/// that is noted, then all up to the next change are true again.
#[derive(Default, Clone)]
pub(super) struct JsonNotes {
    notes: Vec<Note>,
    /// Ascending and apart. No note lies within one; a note at the start of one belongs to what is before.
    dirty: Vec<Range<usize>>,
    /// Whether the text was JSON when it was last read.
    accepted: bool,
    /// How many units were read: what a test counts instead of time.
    #[cfg(test)]
    read: usize,
}

#[derive(Clone)]
struct Note {
    /// How many units were read.
    at: usize,
    state: Validator,
}

enum End {
    /// At a note that turned out to be true.
    Met(usize),
    /// The text is JSON, or it is not.
    Accepted(bool),
}

impl JsonNotes {
    /// Nothing is known about a text of this length.
    pub(super) fn unknown(len: usize) -> Self {
        Self { notes: Vec::new(), dirty: vec![Range { start: 0, end: len }], ..Self::default() }
    }

    /// `range` of the text was replaced by `inserted` units.
    pub(super) fn edited(&mut self, range: Range<usize>, inserted: usize) {
        // What the change touches joins it.
        let touches = |dirty: &Range<usize>| dirty.start <= range.end && range.start <= dirty.end;
        let joined = self.dirty.iter().filter(|dirty| touches(dirty));
        let whole = joined.clone().fold(range.clone(), |a, b| a.start.min(b.start)..a.end.max(b.end));
        // A note where a change starts is before it, also where the change only took something away and ends there.
        let last = joined.map(|dirty| dirty.start + 1).max().unwrap_or(0);
        let moved = |position: usize| position - range.len() + inserted;

        self.dirty.retain(|dirty| !touches(dirty));
        let place = self.dirty.partition_point(|dirty| dirty.end < whole.start);
        for dirty in self.dirty.iter_mut().skip(place) {
            *dirty = moved(dirty.start)..moved(dirty.end);
        }
        self.dirty.insert(place, whole.start..moved(whole.end));
        self.notes.retain_mut(|note| {
            if note.at <= whole.start {
                return true;
            }
            let behind = note.at >= whole.end.max(last) && moved(note.at) > whole.start;
            if behind {
                note.at = moved(note.at);
            }
            behind
        });
        if self.dirty.len() > MAX_DIRTY {
            self.join_all();
        }
    }

    /// Whether the text was JSON when it was last read, if nothing changed since.
    pub(super) fn known(&self) -> Option<bool> {
        self.dirty.is_empty().then_some(self.accepted)
    }

    /// Whether the text is JSON.
    pub(super) fn check(&mut self, units: &[u16]) -> bool {
        let dirty = core::mem::take(&mut self.dirty);
        let mut old = core::mem::take(&mut self.notes).into_iter().peekable();
        let mut changes = dirty.iter();
        let mut met = 0;
        while let Some(change) = changes.find(|change| change.start >= met) {
            while let Some(note) = old.next_if(|note| note.at <= change.start) {
                self.notes.push(note);
            }
            match self.read_on(units, change, &mut old) {
                End::Met(at) => met = at,
                End::Accepted(accepted) => {
                    self.accepted = accepted;
                    self.thin_out(units.len());
                    return accepted;
                }
            }
        }
        self.notes.extend(old);
        self.thin_out(units.len());
        self.accepted
    }

    /// Reads from the last true note over a change, until one of the old notes turns out to be true.
    fn read_on(&mut self, units: &[u16], change: &Range<usize>, old: &mut Peekable<IntoIter<Note>>) -> End {
        let (mut at, mut state) = match self.notes.last() {
            Some(note) => (note.at, note.state.clone()),
            None => (0, Validator::default()),
        };
        loop {
            let next_old = old.peek().map_or(usize::MAX, |note| note.at);
            let end = place_of_next(at, change, next_old).min(units.len());
            let alive = state.feed(units.get(at..end).unwrap_or_default());
            #[cfg(test)]
            {
                self.read += end - at;
            }
            at = end;
            if let Some(note) = old.next_if(|note| note.at == at)
                && alive
                && note.state == state
            {
                self.notes.push(note);
                return End::Met(at);
            }
            if !alive || at == units.len() {
                return End::Accepted(alive && state.is_complete());
            }
            // A note of a place that nests very deeply is large, and nobody's document has one.
            if state.depth() <= STRIDE {
                self.notes.push(Note { at, state: state.clone() });
            }
        }
    }

    /// Drops close notes where there are many: each costs something at each change.
    fn thin_out(&mut self, len: usize) {
        if self.notes.len() <= 2 * len / STRIDE + CLOSE {
            return;
        }
        let mut last = 0;
        self.notes.retain(|note| {
            let far = note.at - last >= STRIDE / 2;
            if far {
                last = note.at;
            }
            far
        });
    }

    fn join_all(&mut self) {
        let (Some(first), Some(last)) = (self.dirty.first(), self.dirty.last()) else { return };
        let (whole, behind) = (first.start..last.end, last.end.max(last.start + 1));
        self.notes.retain(|note| note.at <= whole.start || note.at >= behind);
        self.dirty = vec![whole];
    }
}

/// Where the machine stops next, to take a note or to compare it with an old one.
fn place_of_next(at: usize, change: &Range<usize>, old: usize) -> usize {
    if at + NEAR < change.start {
        return change.start.min(at + STRIDE);
    }
    // Closely behind the change, then twice as far each time.
    let far = if at < change.end { change.end - at + NEAR } else { (at - change.end).max(NEAR) }.min(STRIDE);
    // Where an old one is near enough, no other is needed before it.
    if old <= at + 2 * far { old } else { at + far }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::validate_utf16;
    use proptest::prelude::*;

    /// Pieces of JSON long enough that several notes fall into a text of a few of them.
    fn piece() -> impl Strategy<Value = Vec<u16>> {
        let text = prop_oneof![
            Just("1,".to_owned()),
            Just("\"".to_owned()),
            Just("]".to_owned()),
            Just("[".to_owned()),
            Just("{\"a\":".to_owned()),
            Just("}".to_owned()),
            Just("\\".to_owned()),
            (1usize..4000).prop_map(|n| "7,".repeat(n)),
            (1usize..9000).prop_map(|n| format!("\"{}\",", "x".repeat(n))),
            (1usize..3000).prop_map(|n| format!("{}0{},", "[".repeat(n), "]".repeat(n))),
        ];
        text.prop_map(|text| text.encode_utf16().collect())
    }

    #[derive(Debug, Clone)]
    struct Change {
        /// Where and how much, in parts of 10000 of the text; `None` snaps to a multiple of the stride.
        at: usize,
        remove: Option<usize>,
        insert: Vec<u16>,
        check: bool,
    }

    fn change() -> impl Strategy<Value = Change> {
        let remove =
            prop_oneof![Just(Some(0)), (0usize..3).prop_map(Some), (0usize..5000).prop_map(Some), Just(None)];
        let insert = prop_oneof![Just(Vec::new()), piece()];
        (0usize..=10_000, remove, insert, any::<bool>()).prop_map(|(at, remove, insert, check)| Change {
            at,
            remove,
            insert,
            check,
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]
        #[test]
        fn says_what_reading_from_the_start_says(
            pieces in proptest::collection::vec(piece(), 0..8),
            changes in proptest::collection::vec(change(), 1..12),
        ) {
            let mut units = [&[0x5B], pieces.concat().as_slice(), &[0x30, 0x5D]].concat();
            let mut notes = JsonNotes::unknown(units.len());
            prop_assert_eq!(notes.check(&units), validate_utf16(&units));
            for change in changes {
                let start = change.at * units.len() / 10_000;
                let (start, end) = match change.remove {
                    Some(remove) => (start, start + remove),
                    None => (start / STRIDE * STRIDE, start.next_multiple_of(STRIDE)),
                };
                let range = start..end.min(units.len());
                notes.edited(range.clone(), change.insert.len());
                units.splice(range, change.insert);
                if change.check {
                    prop_assert_eq!(notes.check(&units), validate_utf16(&units));
                }
            }
            prop_assert_eq!(notes.check(&units), validate_utf16(&units));
        }
    }

    #[test]
    fn a_note_between_two_changes_says_nothing_of_the_second() {
        for joined in [1, MAX_DIRTY] {
            let text = format!("[\"{}\",0]", "x".repeat(2 * STRIDE - 3));
            let mut units: Vec<u16> = text.encode_utf16().collect();
            let mut notes = JsonNotes::unknown(units.len());
            assert!(notes.check(&units));
            let note = notes.notes.first().unwrap().at;
            // All behind the note goes, then much of what is before it, then the changes are joined.
            let mut edit = |range: Range<usize>, insert: &[u16]| {
                notes.edited(range.clone(), insert.len());
                units.splice(range, insert.iter().copied());
            };
            edit(note..2 * STRIDE + 3, &[]);
            (1..joined).for_each(|change| edit(note - 9 * change..note - 9 * change + 1, &[0x79]));
            edit(3..note - 9 * (joined - 1), &[0x79, 0x79]);
            assert_eq!(notes.check(&units), validate_utf16(&units));
        }
    }

    #[test]
    fn only_what_is_around_a_change_is_read_again() {
        let mut units: Vec<u16> = format!("[{}0]", "\"abcdefgh\",".repeat(100_000)).encode_utf16().collect();
        let mut notes = JsonNotes::unknown(units.len());
        assert!(notes.check(&units));
        let noted = notes.notes.len();
        // Two changes far apart; what is unreadable between them shows that nobody looks there.
        for at in [900_001, 100_005] {
            notes.edited(at..at, 1);
            units.insert(at, 0x78);
        }
        units[500_000..600_000].fill(0x0);
        assert!(notes.check(&units));
        assert!(notes.notes.len() <= noted + CLOSE);
        notes.edited(550_000..550_000, 0);
        assert!(!notes.check(&units));
    }

    #[test]
    fn changes_in_one_place_leave_few_notes_and_read_little() {
        const CHANGES: usize = 12_000;
        let mut units: Vec<u16> = format!("[{}0]", "\"abcdefgh\",".repeat(1000)).encode_utf16().collect();
        for at in [1, 5502, units.len() - 1] {
            let mut notes = JsonNotes::unknown(units.len());
            assert!(notes.check(&units));
            for change in 0..CHANGES {
                notes.edited(at..at, 1);
                units.insert(at, 0x20);
                assert!(notes.check(&units), "change {change} at {at}");
                assert!(notes.notes.len() <= 2 * units.len() / STRIDE + CLOSE + 1);
            }
            assert!(validate_utf16(&units));
            assert!(notes.read < CHANGES * 4 * NEAR, "{} units for {CHANGES} changes at {at}", notes.read);
        }
    }
}
