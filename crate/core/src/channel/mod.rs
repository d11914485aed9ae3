//! Reading one channel: one machine for everything that is stored in channels (PROTOCOL.md sections 8 and 9).
//!
//! A reader tells it what came from the connection ([`Input`]) and carries out what it asks for ([`Ask`]). A request for
//! stored messages goes out under a number that only [`TxIds`] draws, so that no two answers can be mixed up.

mod events;
mod txid;

pub use crate::wire::keeper::Existence;
pub use events::{Ask, Input, Line, Progress};
pub use txid::{TxIds, TxPair};
