//! The port to a place for copies on another machine: an object store. The product uses `pinfold-cold`; tests record, cut and spoil.
//!
//! This crate knows no network. Whoever gives a [`Shelf`] brings it along.

use std::io::{self, Read};

/// What this project does to an object store.
///
/// Names have `/` between their parts. What is there is never replaced: an object is written if nothing has its name.
pub trait Shelf {
    /// Where it is, as an operator names it. It holds no credentials: it stands in the journal and is printed.
    fn address(&self) -> &str;

    /// Writes an object that did not exist. When this returns the store keeps it.
    ///
    /// # Errors
    /// `AlreadyExists` when the name is taken, and what the store or the way to it says. After an error the object may be there all the
    /// same: a lost answer looks like a lost question.
    fn put(&self, name: &str, bytes: Vec<u8>) -> io::Result<()>;

    /// The size of an object in bytes; `None` when there is none.
    ///
    /// # Errors
    /// What the store or the way to it says.
    fn size(&self, name: &str) -> io::Result<Option<u64>>;

    /// The content of an object, from its beginning.
    ///
    /// # Errors
    /// `NotFound`, and what the store or the way to it says.
    fn open(&self, name: &str) -> io::Result<Box<dyn Read + '_>>;

    /// Takes an object away. One that is not there is fine.
    ///
    /// # Errors
    /// What the store or the way to it says.
    fn remove(&self, name: &str) -> io::Result<()>;
}
