//! Encrypted mailboxes, read in strict order (PROTOCOL.md section 18).
//!
//! [`letter`] opens one message, [`reader`] puts the messages of a channel into one order, once each,
//! [`cursor`] is the state of what was dismissed, as CryptPad's own client keeps it.

pub mod cursor;
pub mod display;
pub mod letter;
pub mod reader;
