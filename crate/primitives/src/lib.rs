//! Ciphers, curves, hashes and base64 over plain bytes: the only crate that names RustCrypto and dalek.
//!
//! It is a crate of its own because of how it is compiled. Most of those libraries is generic code, which
//! takes the settings of the crate that uses it; here it becomes functions that are built for speed, while
//! everything above is built to be small (docs/adr/0004). Nothing in here knows the protocol, an error code
//! or a secret's owner: `pinfold_core::crypto` does, and is what others use.

pub mod base64;
pub mod curve;
pub mod hash;
pub mod kdf;
pub mod secretbox;
pub mod sign;
