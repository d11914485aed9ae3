//! A document in pieces, for patches whose operations see one another: each costs about the square root of the document,
//! and not a pass over it. Clients write no such patch; the real library takes it.

use super::Operation;
use core::ops::Range;

/// About how many units a piece has.
const PIECE: usize = 2048;

pub(super) struct Pieces {
    pieces: Vec<Vec<u16>>,
    len: usize,
}

impl Pieces {
    pub(super) fn of(units: &[u16]) -> Self {
        Self { pieces: units.chunks(PIECE).map(<[u16]>::to_vec).collect(), len: units.len() }
    }

    pub(super) fn into_units(self) -> Vec<u16> {
        self.pieces.concat()
    }

    /// What an operation removes, of that the first so many units.
    pub(super) fn removed(&self, operation: &Operation, most: usize) -> Vec<u16> {
        let Range { start, end } = operation.range_of(self.len);
        let (at, within) = self.place(start);
        let pieces = self.pieces.iter().skip(at).flatten();
        pieces.skip(within).take((end - start).min(most)).copied().collect()
    }

    /// Applies an operation, and returns what it removed.
    pub(super) fn apply(&mut self, operation: &Operation) -> Vec<u16> {
        let Range { start, end } = operation.range_of(self.len);
        let removed = self.removed(operation, usize::MAX);
        self.len = self.len - removed.len() + operation.insert.len();
        let (first, from) = self.place(start);
        let (last, to) = self.place(end);
        let before = self.pieces.get(first).and_then(|piece| piece.get(..from)).unwrap_or_default();
        let after = self.pieces.get(last).and_then(|piece| piece.get(to..)).unwrap_or_default();
        let whole = [before, &operation.insert, after].concat();
        // What grew too large becomes pieces again; what shrank stays as small as it is, and nothing is no piece.
        let size = if whole.len() > 2 * PIECE { PIECE } else { 2 * PIECE };
        let end = self.pieces.len().min(last + 1);
        self.pieces.splice(first.min(end)..end, whole.chunks(size).map(<[u16]>::to_vec));
        removed
    }

    /// The piece in which a place lies, and where in it.
    fn place(&self, mut at: usize) -> (usize, usize) {
        for (number, piece) in self.pieces.iter().enumerate() {
            if at < piece.len() {
                return (number, at);
            }
            at -= piece.len();
        }
        // The end lies in the last piece: what is put there again and again shall not make a piece each time.
        self.pieces.split_last().map_or((0, 0), |(last, before)| (before.len(), last.len()))
    }
}
