//! The server from outside: real sockets, real directories.

// The lints let tests panic, but do not see that the helpers here are tests too.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod account;
mod answers;
mod auth;
mod channels;
mod disk;
mod faults;
mod hostile;
mod page;
mod pins;
mod ranges;
mod relaying;
mod support;
mod transcripts;
mod upstream;
