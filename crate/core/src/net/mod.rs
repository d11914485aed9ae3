//! One connection and the channels read over it, as machines without a socket.
//!
//! [`link`] turns frames into what was heard, [`document`] reads one list-map channel to its end and
//! follows it, or says why it is [`unavailable`]; what was read to its end is [`synced`], and [`departures`] tells what left it since
//! it was read before. [`writer`] writes
//! into it. None of them knows the connection; [`session`](crate::session) carries between them.

pub mod change;
mod content;
pub mod departures;
pub mod document;
mod history;
pub mod kept_log;
mod kept_state;
pub mod link;
mod mark;
pub mod place;
mod roster;
pub mod synced;
pub mod unavailable;
pub mod writer;
