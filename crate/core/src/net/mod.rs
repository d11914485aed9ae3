//! One connection and the channels read over it, as machines without a socket.
//!
//! [`link`] turns frames into what was heard, [`document`] reads one list-map channel to its end and
//! follows it, or says why it is [`unavailable`]. Neither knows the other; [`session`](crate::session) carries between them.

pub mod document;
mod history;
pub mod link;
pub mod unavailable;
