//! Room in the memory before it is needed.
//!
//! The allocator asks the engine for no more pages than it is short of, mostly one, and that costs Node a third of a
//! millisecond each time (docs/benchmarks.md). So whenever the memory has grown, a larger piece is taken and given back: it stays
//! with the allocator. Where the engine has no such piece left, nothing is taken.

use std::cell::Cell;

/// The smallest piece in bytes, and which part of the memory one is.
const LEAST: usize = 1 << 20;
const PART: usize = 32;

/// How many pages there were when this was looked at last.
#[derive(Default)]
pub(crate) struct Room(Cell<usize>);

impl Room {
    /// Makes room, if the memory has grown since.
    pub(crate) fn make(&self) {
        let before = self.0.replace(pages());
        if before != 0 && before != pages() {
            let piece = LEAST.max(pages() * (64 << 10) / PART);
            let mut room = Vec::<u8>::new();
            let _ = room.try_reserve_exact(piece);
            drop(std::hint::black_box(room));
            self.0.set(pages());
        }
    }
}

#[cfg(target_arch = "wasm32")]
fn pages() -> usize {
    core::arch::wasm32::memory_size::<0>()
}

/// Natively this module is compiled and not used.
#[cfg(not(target_arch = "wasm32"))]
fn pages() -> usize {
    0
}
