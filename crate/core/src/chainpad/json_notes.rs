//! Whether a changing text is JSON, without reading all of it again after each change.

use crate::json::Validator;
use core::ops::Range;

/// Distance of the notes in units.
const STRIDE: usize = 4096;

/// States of the JSON machine here and there in a text.
///
/// All notes were true of one text that was read to its end, or as far as it was JSON. Changes since then
/// lie within `dirty`. Notes up to its start are true of the text as it is now. Notes from its end on
/// follow from one another; if the machine reaches one of them in the same state, all behind it are true
/// again and the text ends as it did before.
#[derive(Debug, Clone, Default)]
pub(super) struct JsonNotes {
    notes: Vec<Note>,
    dirty: Option<Range<usize>>,
    /// Whether the text that the notes are of was JSON.
    accepted: bool,
}

#[derive(Debug, Clone)]
struct Note {
    /// How many units were read.
    at: usize,
    state: Validator,
}

impl JsonNotes {
    /// Nothing is known about a text of this length.
    pub(super) fn unknown(len: usize) -> Self {
        Self { notes: Vec::new(), dirty: Some(0..len), accepted: false }
    }

    /// `range` of the text was replaced by `inserted` units.
    pub(super) fn edited(&mut self, range: Range<usize>, inserted: usize) {
        let dirty = self.dirty.take().unwrap_or_else(|| range.clone());
        let (start, end) = (dirty.start.min(range.start), dirty.end.max(range.end));
        let moved = |position: usize| position - range.len() + inserted;
        self.notes.retain_mut(|note| {
            let before = note.at <= start;
            if !before && note.at >= end {
                note.at = moved(note.at);
                return true;
            }
            before
        });
        self.dirty = Some(start..moved(end));
    }

    /// Whether the text is JSON.
    pub(super) fn check(&mut self, units: &[u16]) -> bool {
        let Some(dirty) = self.dirty.take() else { return self.accepted };
        let behind = self.notes.partition_point(|note| note.at <= dirty.start);
        let mut old = self.notes.split_off(behind).into_iter().peekable();
        let (mut at, mut state) = match self.notes.last() {
            Some(note) => (note.at, note.state.clone()),
            None => (0, Validator::default()),
        };
        loop {
            while old.next_if(|note| note.at <= at).is_some() {}
            let next_old = old.peek().map_or(usize::MAX, |note| note.at);
            let end = next_old.min(at + STRIDE).min(units.len());
            let alive = state.feed(units.get(at..end).unwrap_or_default());
            at = end;
            if let Some(note) = old.next_if(|note| alive && note.at == at && note.state == state) {
                self.notes.push(note);
                self.notes.extend(old);
                return self.accepted;
            }
            if !alive || at == units.len() {
                self.accepted = alive && state.is_complete();
                return self.accepted;
            }
            self.notes.push(Note { at, state: state.clone() });
        }
    }
}
