//! What is gone is zeros: the memory that the module gives back, and the stack below a call that ended something.
//! After `close()` nothing of an account is left in the module (tests/packaging/secrets.test.mjs looks for it).

use std::alloc::System;
use std::hint::black_box;

use zeroize::Zeroize;
use zeroizing_alloc::ZeroAlloc;

/// Keys and the password wipe themselves. This is for the rest: the text of documents and letters, frames, and what a
/// vector leaves behind when it grows.
#[global_allocator]
static MEMORY: ZeroAlloc<System> = ZeroAlloc(System);

/// Half of the stack, which has a mebibyte. Calls from JavaScript begin at its top.
const DEPTH: usize = 512 * 1024;

/// Overwrites what earlier, deeper calls have left on the stack: keys on their way into a computation, for instance.
#[inline(never)]
pub(crate) fn wipe_stack() {
    let mut below = [0_u8; DEPTH];
    black_box(&mut below).zeroize();
}
