//! The pinfold protocol engine.
//!
//! Everything here is a function of its inputs: no clock, no randomness, no socket, no storage and no
//! platform switch. A host feeds frames, replies and the time in, and carries effects out
//! (see [`session`]); the four things a host provides are the traits in [`ports`].
//!
//! Read the modules in the order of the table in `ARCHITECTURE.md`: each uses only those above it.

pub mod chainpad;
pub mod error;
pub mod ids;
pub mod json;
pub mod ports;
pub mod roster;
pub mod secret;
