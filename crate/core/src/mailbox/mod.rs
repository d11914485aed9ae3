//! Encrypted mailboxes, read in strict order (PROTOCOL.md section 18).
//!
//! [`letter`] opens one message, [`message`] is what it says and who says so, [`reader`] puts the messages of a
//! channel into one order, once each, [`delivery`] hands them out one at a time, [`cursor`] is the state of
//! what was dismissed, as CryptPad's own client keeps it, [`trail`] the end of it that the client forgets, [`habits`] the things
//! that client does by itself with some kinds.

mod begin;
pub mod cursor;
pub mod delivery;
pub mod display;
pub mod habits;
pub mod letter;
pub mod letters;
mod line;
mod log;
pub mod message;
pub mod quarantine;
pub mod reader;
pub mod trail;

pub use line::WINDOW;
pub use log::{Dismissal, Dismissed};
