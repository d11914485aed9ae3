//! The account document, the folders it declares, and the proof that all of them were loaded.
//!
//! [`account`] reads the document, [`declared`] lists its folders, [`loader`] takes one outcome for each
//! and yields a [`complete::CompleteDrive`] or a [`complete::PartialDrive`]. [`edit`] says what may be
//! written.

pub mod account;
pub mod complete;
pub mod declared;
pub mod edit;
pub mod loader;
pub mod team;
