//! The pinfold protocol engine.
//!
//! Everything here is a function of its inputs: no clock, no randomness, no socket, no storage and no
//! platform switch. A host feeds frames, replies and the time in, and carries effects out
//! (see [`session`]). Randomness is the one thing that the engine asks for in the middle of a step: the trait in [`ports`].
//!
//! Read the modules in the order of the table in `ARCHITECTURE.md`: each uses only those above it.

pub mod account;
pub mod blob;
pub mod chainpad;
pub mod channel;
pub mod chat;
pub mod compact;
pub mod crypto;
pub mod document;
pub mod drive;
pub mod encoding;
pub mod error;
pub mod guard;
pub mod href;
pub mod ids;
pub mod json;
pub mod mailbox;
pub mod net;
pub mod pin_run;
pub mod pins;
pub mod ports;
pub mod roster;
pub mod rpc;
pub mod secret;
pub mod session;
pub mod team;
pub mod wire;
