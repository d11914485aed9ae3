//! What must be kept, and how the server is told (PROTOCOL.md sections 11.3 and 17).
//!
//! [`rules`] says which ids an account names, [`set`] holds them with the proof that they are all.
//! [`trail`] finds lists that shrank and grew again. [`pin_run`](crate::pin_run) brings the server's list there.

pub mod entry;
pub mod hash;
pub mod log;
pub mod rules;
pub mod seen;
pub mod set;
pub mod trail;
