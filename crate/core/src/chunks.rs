//! Bytes in pieces: a record of megabytes is written step by step and handed on, and is never there twice.

/// The most bytes of a piece.
const MOST: usize = 64 * 1024;
/// The least bytes of a piece to begin with.
const LEAST: usize = 1024;

/// Bytes in pieces, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Chunks {
    pieces: Vec<Vec<u8>>,
    len: usize,
}

impl Chunks {
    /// How many bytes there are.
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Adds bytes at the end.
    pub fn extend(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let last = self.pieces.last_mut().filter(|last| last.len() < last.capacity());
            let Some(last) = last else {
                // As much as there is already, within bounds: most records are small, and there are hundreds.
                self.pieces.push(Vec::with_capacity(self.len.clamp(LEAST, MOST)));
                continue;
            };
            let (now, later) = bytes.split_at(bytes.len().min(last.capacity() - last.len()));
            last.extend_from_slice(now);
            self.len += now.len();
            bytes = later;
        }
    }

    /// All of them in one piece.
    pub fn into_vec(mut self) -> Vec<u8> {
        match self.pieces.as_mut_slice() {
            [whole] => std::mem::take(whole),
            pieces => pieces.concat(),
        }
    }
}

/// In one piece.
impl From<Vec<u8>> for Chunks {
    fn from(bytes: Vec<u8>) -> Self {
        Self { len: bytes.len(), pieces: vec![bytes] }
    }
}

/// The pieces. Each can go as soon as it was used.
impl IntoIterator for Chunks {
    type Item = Vec<u8>;
    type IntoIter = std::vec::IntoIter<Vec<u8>>;

    fn into_iter(self) -> Self::IntoIter {
        self.pieces.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn pieces_are_what_was_added_and_none_is_large(parts in proptest::collection::vec(0usize..200_000, 0..6)) {
            let (mut chunks, mut whole) = (Chunks::default(), Vec::new());
            for (at, len) in parts.into_iter().enumerate() {
                let part: Vec<u8> = (0..len).map(|n| (n * 7 + at) as u8).collect();
                chunks.extend(&part);
                whole.extend(part);
            }
            prop_assert_eq!(chunks.len(), whole.len());
            prop_assert_eq!(chunks.is_empty(), whole.is_empty());
            prop_assert!(chunks.clone().into_vec() == whole);
            let room: usize = chunks.pieces.iter().map(Vec::capacity).sum();
            prop_assert!(room <= 2 * whole.len() + LEAST, "{} bytes take {}", whole.len(), room);
            prop_assert!(chunks.into_iter().all(|piece| piece.len() <= MOST));
        }
    }
}
