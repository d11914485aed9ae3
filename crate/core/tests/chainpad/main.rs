//! ChainPad against itself: editors that write at once, hostile writers, and a second implementation
//! that takes PROTOCOL.md section 12.3 word by word.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

mod editors;
mod edits;
mod hostile;
mod kept;
mod plain;
mod published;
