//! The drive document with a type: read-only views of the JSON, which borrow it and copy nothing.
//!
//! ```text
//! AccountDoc ──▶ Tables (its drive) ──▶ Entry, one for each row of a table
//!     │             ▲        │
//!     ├─ TeamEntry   │        └──▶ Tree: where each entry stands
//!     └─ Mailbox     │
//! TeamDoc ───────────┤
//! FolderDoc ─────────┘  Diff: two states of the same tables
//! ```
//!
//! There is one iterator over entries ([`Tables::of_kind`], and [`Tables::entries`] over all kinds), and one identity:
//! the table an entry is in and its number there. Whoever asks another question says so by a filter over these:
//! which entries CryptPad's client keeps ([`crate::pins::entry`]), which keys a document holds
//! ([`crate::guard::vault::gone`]), which folders are declared ([`crate::drive::declared`]).
//!
//! Nothing here fails. A field that is missing, or of another kind than it should be, is not there. Only code in this
//! folder names the fields; a test holds that.

mod account;
mod diff;
mod entry;
pub(crate) mod field;
mod folder;
mod link;
pub mod new;
mod part;
mod tables;
mod team;
mod tree;

pub use account::{AccountDoc, Mailbox};
pub use diff::Diff;
pub use entry::{Entry, EntryId, Kind};
pub use folder::FolderDoc;
pub use link::{LONGEST, Link, Links, Worth};
pub use part::Part;
pub use tables::{Shape, Tables};
pub use team::{TeamDoc, TeamEntry};
pub(crate) use tree::is_folder;
pub use tree::{Branch, Place, Tree};

#[cfg(test)]
mod tests;
