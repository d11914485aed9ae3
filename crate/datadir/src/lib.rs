//! The data directory of a CryptPad server, as it lies on disk (`docs/OPERATIONS.md` sections 1 and 5).
//!
//! This crate knows names, folders and logs, and it knows how to move a file so that nothing is ever overwritten. It knows
//! no network and decides nothing: which document may go is the business of `pinfold-operator`.
//!
//! Everything that touches the disk goes through [`disk::Disk`], so that a test can record each change and cut the power
//! before any of them.
//!
//! Its public enums can be matched in full, on purpose: whoever moves files must decide about a new finding or error before it
//! compiles. So a new case is a new version.

pub mod archive;
pub mod both;
pub mod config;
pub mod decrees;
pub mod deferred;
pub mod disk;
pub mod id;
pub mod id_set;
pub mod lines;
pub mod metadata;
pub mod moves;
pub mod paths;
pub mod pin_log;
pub mod real;
pub mod shelf;
pub mod store_id;
pub mod walk;
