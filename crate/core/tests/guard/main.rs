//! The guard's rules, over made-up sets of ids: no session, no server.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

mod in_the_drive;
mod made_up;
mod merging;
mod packing;
mod planning;
mod scenarios;
mod vault;
