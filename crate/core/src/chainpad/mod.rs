//! ChainPad: a document as the longest branch of a graph of patches (PROTOCOL.md section 12).
//!
//! [`Chain`] replays decrypted messages into a document. Positions count UTF-16 units, and a patch may put
//! one half of a surrogate pair somewhere, so documents are `u16` units here and become text at the end.

mod ancestors;
mod asides;
mod branch;
mod chain;
pub mod checkpoint;
mod diff;
mod document;
mod doubt;
mod graph;
mod hash;
mod json_notes;
mod message;
mod operation;
mod operations;
mod pieces;
mod roots;
mod step;
mod still;
mod units;
mod write;

pub use chain::Chain;
pub use doubt::Doubt;
pub use hash::Hash;
pub use message::{Malformed, Message};
pub use operation::Operation;
pub use step::{Fault, Standing, Step};
pub use still::Still;
pub use write::CHECKPOINT_INTERVAL;

/// What a reader assumes and checks (PROTOCOL.md section 12.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Account, drive, shared folder, team, profile, calendar: starts as `{}` and stays JSON.
    ListMap,
    /// Pad: starts empty, then is JSON.
    Pad,
    /// Starts empty and may hold any text.
    Text,
}

impl Mode {
    fn checks_json(self) -> bool {
        self != Self::Text
    }
}
