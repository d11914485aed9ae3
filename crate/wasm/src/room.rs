//! Room in the memory before it is needed.
//!
//! The allocator asks the engine for no more pages than it is short of, mostly one, and that costs an engine a third of a
//! millisecond each time: half a second for an account that needs a hundred megabytes. So whenever the memory has grown,
//! a larger piece is taken and given back: it stays with the allocator.

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
            drop(std::hint::black_box(Vec::<u8>::with_capacity(piece)));
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
