//! Teams: the roster's keys and envelopes (PROTOCOL.md sections 7.2 and 16).

pub mod keys;

pub use keys::TeamKeys;
