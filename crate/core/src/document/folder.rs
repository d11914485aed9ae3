//! The document of a shared folder (PROTOCOL.md 15.2).

use super::{Tables, field};
use crate::json::Value;

/// The document of a shared folder.
#[derive(Debug, Clone, Copy)]
pub struct FolderDoc<'d>(&'d Value);

impl<'d> FolderDoc<'d> {
    /// The document as it was read.
    pub const fn of(document: &'d Value) -> Self {
        Self(document)
    }

    /// Its entries and its tree.
    pub fn tables(self) -> Tables<'d> {
        Tables::of(self.0)
    }

    /// Whether it lacks all that a client writes into a folder that somebody makes: a version and a title. A client that
    /// made a folder anew, where the server had lost it, wrote neither, and nothing adds them later.
    pub(crate) fn is_bare(self) -> bool {
        self.title().is_none() && !self.0.get(field::VERSION).is_some_and(Value::truthy)
    }

    /// Its title.
    pub fn title(self) -> Option<&'d str> {
        self.0.get(field::METADATA)?.get(field::TITLE)?.as_str()
    }
}
