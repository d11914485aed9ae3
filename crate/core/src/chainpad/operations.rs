//! The operations of a remembered message. Most are never looked at again, and take less room then.

use super::Operation;
use crate::json::Text;
use std::borrow::Cow;

/// See the module.
pub(super) enum Operations {
    /// As they are applied.
    Open(Vec<Operation>),
    /// Each with its insertion as a text.
    Packed(Box<[Packed]>),
}

pub(super) struct Packed {
    offset: f64,
    remove: f64,
    insert: Text,
}

impl Operations {
    /// All of them.
    pub(super) fn all(&self) -> Cow<'_, [Operation]> {
        match self {
            Self::Open(operations) => operations.into(),
            Self::Packed(packed) => packed.iter().map(Packed::open).collect(),
        }
    }

    pub(super) fn into_all(self) -> Vec<Operation> {
        match self {
            Self::Open(operations) => operations,
            Self::Packed(packed) => packed.iter().map(Packed::open).collect(),
        }
    }

    pub(super) const fn is_empty(&self) -> bool {
        match self {
            Self::Open(operations) => operations.is_empty(),
            Self::Packed(packed) => packed.is_empty(),
        }
    }

    /// Takes less room, until somebody asks for them.
    pub(super) fn pack(&mut self) {
        if let Self::Open(operations) = self {
            *self = Self::Packed(operations.iter().map(Packed::of).collect());
        }
    }
}

impl Packed {
    fn of(operation: &Operation) -> Self {
        let Operation { offset, remove, insert } = operation;
        Self { offset: *offset, remove: *remove, insert: Text::from_utf16(insert) }
    }

    fn open(&self) -> Operation {
        Operation { offset: self.offset, remove: self.remove, insert: self.insert.to_utf16() }
    }
}
