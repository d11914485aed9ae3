//! From a name and a password to the account's channel (PROTOCOL.md section 4).

pub mod block;
pub mod challenge;
pub mod login;
mod username;

pub use username::Username;
