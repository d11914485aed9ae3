//! What tests of several crates share. Not published.
//!
//! - [`vectors`] runs recorded vectors; it does no I/O, so that it runs in a browser as well.
//! - [`server`] is a CryptPad server in memory, [`account`] builds whole accounts on it from a seed,
//!   [`device`] is somebody else who writes to them.
//! - [`chains`] answers tests in JavaScript that compare ChainPad with the published package.
//! - [`harness`] runs a session against it under a chosen schedule of replies; [`explore`] chooses all of them.

pub mod account;
pub mod chains;
pub mod device;
pub mod entropy;
pub mod explore;
pub mod harness;
pub mod server;
pub mod vectors;
