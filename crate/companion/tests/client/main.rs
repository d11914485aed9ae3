//! The client and the command line against the embedded server, over real sockets, on recorded accounts and
//! on accounts made from a seed.

// The lints let tests panic, but do not see that the helpers here are tests too.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod anonymous;
#[cfg(feature = "lost")]
mod archived;
mod built;
mod carol;
mod cli;
#[cfg(feature = "lost")]
mod conflicts;
mod cut;
mod deleting;
#[allow(dead_code, reason = "the tests of the server use all of it")]
#[path = "../../../server/tests/suite/support.rs"]
mod device;
#[cfg(feature = "lost")]
mod diagnosing;
mod elsewhere;
mod fixture;
mod handle;
mod hostile;
#[cfg(feature = "lost")]
mod kept;
mod made_anew;
mod missing;
mod operating;
mod past;
mod pins;
mod registering;
mod relayed;
#[cfg(feature = "lost")]
mod restoring;
mod signing_in;
mod slow;
mod state;
mod support;
