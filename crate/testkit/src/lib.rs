//! What tests of several crates share. Not published.
//!
//! - [`vectors`] runs recorded vectors; it does no I/O, so that it runs in a browser as well.
//! - [`server`] is a CryptPad server in memory, [`account`] builds whole accounts on it from a seed,
//!   [`device`] is somebody else who writes to them, [`peer`] one who hears of the others late.
//! - [`chains`] answers tests in JavaScript that compare ChainPad with the published package.
//! - [`incidents`] runs recorded incidents: it compares what the product finds with what happened.
//! - `operators` runs recorded runs of CryptPad's own scripts through this project's rules, on a disk that freezes, cuts and fails.
//! - [`harness`] runs a session against it under a chosen schedule of replies.
//! - [`world`] runs any client, several of them, with faults, and checks the invariants after every step;
//!   [`explore`] takes every order of what can happen, [`schedule`] some from a seed, [`trial`] makes all of a
//!   run from one, [`replay`] shows it.

pub mod account;
pub mod chains;
pub mod device;
pub mod entropy;
pub mod explore;
pub mod harness;
pub mod histories;
pub mod incidents;
#[cfg(not(target_family = "wasm"))]
pub mod operators;
pub mod peer;
pub mod replay;
pub mod schedule;
#[cfg(not(target_family = "wasm"))]
pub mod seeds;
pub mod server;
pub mod trial;
pub mod vectors;
pub mod world;
