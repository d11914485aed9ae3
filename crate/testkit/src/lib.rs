//! What tests of several crates share. Not published.
//!
//! [`vectors`] runs recorded vectors; it does no I/O, so that it runs in a browser as well.

pub mod vectors;
