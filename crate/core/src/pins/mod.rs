//! Pin lists.

pub mod hash;
pub mod log;
