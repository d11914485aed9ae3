//! Mailboxes: append-only channels that anybody can write to and one person can read.

pub mod letter;
