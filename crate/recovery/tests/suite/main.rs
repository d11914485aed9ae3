//! Small histories, written as clients write them.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod affected;
mod damage;
mod losses;
mod support;
mod timelines;
mod verdicts;
