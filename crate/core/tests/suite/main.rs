//! The core's tests from outside, one program: it is linked once, and its slow tests share the cores.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

mod answers;
mod architecture;
mod chainpad;
mod channel;
mod circles;
mod codes;
mod documents;
mod fields;
mod guard;
mod histories;
mod hostile;
mod kept_state;
mod mailbox;
mod mutated;
mod parts;
mod rooms;
mod seeds;
mod sources;
