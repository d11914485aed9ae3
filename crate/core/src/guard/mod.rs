//! The guard: a set that never shrinks by mistake, and nothing given up on a server's word.
//!
//! [`policy`] is how careful to be, [`ledger`] remembers what was sent and what each document last held, [`plan`] compares that with what was
//! seen, [`consent`] binds the user's agreement to one difference, and [`guarded`] makes of all three the
//! only set that may replace the server's list. [`changes`] logs what the server carried out. [`vault`] keeps keys and tombstones, [`evidence`] what the
//! server was caught at, [`sampling`] asks after a few pins each session. [`form`] writes them as JSON for the local
//! store, [`packed`] in few bytes for the drive, where [`entry`] keeps them for other devices; [`sealed`] encrypts both.

pub mod accident;
pub mod cause;
pub mod changes;
pub mod consent;
pub mod entry;
pub mod evidence;
pub mod form;
pub mod guarded;
mod join;
pub mod ledger;
pub mod packed;
pub mod plan;
pub mod policy;
pub mod sampling;
pub mod sealed;
pub mod vault;
