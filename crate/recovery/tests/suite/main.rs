//! Small histories, written as clients write them.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod affected;
mod again;
mod beside;
mod damage;
mod deleting;
mod kept;
mod losses;
mod merging;
mod noticed;
mod reasons;
mod restoring;
mod returning;
mod support;
mod timelines;
mod verdicts;
