//! Small histories, written as clients write them.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod losses;
mod support;
mod timelines;
mod verdicts;
