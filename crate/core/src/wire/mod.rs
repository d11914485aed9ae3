//! Bytes on the connection: netflux frames and what the history keeper says inside them.

pub mod frame;
pub mod keeper;
