//! What may be written into a drive or folder, as values (PROTOCOL.md sections 14, 15 and 18.4).
//!
//! An [`Edit`] says what shall be so, not which characters to change: it is applied to the newest document
//! and applied again when somebody else was first. Applied to a document in which it has already happened it
//! changes nothing, fields that it does not know stay, and one that cannot be carried out changes nothing and
//! says why. Only [`Edit::Erase`], [`Edit::EmptyTrash`], [`Edit::TakeOut`], [`Edit::TakeBack`] and [`Edit::TakeBeside`] destroy, and all of them
//! name what they destroy.

#[cfg(feature = "recovery")]
mod beside;
mod better;
mod entry;
mod office;
#[cfg(feature = "recovery")]
mod places;
#[cfg(feature = "recovery")]
mod restore;
#[cfg(feature = "recovery")]
mod take_back;
#[cfg(feature = "recovery")]
mod take_out;
mod trash;
mod tree;
mod viewed;

use std::fmt;

use crate::document::{Links, field};
use crate::error::{Code, Error};
use crate::href::HrefCipher;
use crate::json::{Object, Text, Value};
use crate::ports::Entropy;

pub use crate::document::{EntryId, Kind, Shape};
#[cfg(feature = "recovery")]
pub use beside::{Beside, PutBeside, TakeBeside};
pub use entry::Put;
pub use office::{RealTime, lacking};
#[cfg(feature = "recovery")]
pub use restore::Restore;
#[cfg(feature = "recovery")]
pub use take_back::{Before, TakeBack};
#[cfg(feature = "recovery")]
pub use take_out::TakeOut;
pub use viewed::{MailboxPlace, Viewed};

/// One change of a document.
#[derive(Clone, PartialEq)]
pub enum Edit {
    /// Dismisses letters of a mailbox, in the account document.
    MarkViewed(Viewed),
    /// Adds an entry, or puts one back.
    Put(Put),
    /// Puts back what was lost, marked with a tag.
    #[cfg(feature = "recovery")]
    Restore(Restore),
    /// Puts back a team or a calendar, in the account document.
    #[cfg(feature = "recovery")]
    PutBeside(PutBeside),
    /// Takes such a team or calendar out again, if nobody touched it since; otherwise it changes nothing.
    #[cfg(feature = "recovery")]
    TakeBeside(TakeBeside),
    /// Deletes by place what somebody was shown.
    #[cfg(feature = "recovery")]
    TakeOut(TakeOut),
    /// Takes a restored entry back, if nobody touched it since; otherwise it changes nothing.
    #[cfg(feature = "recovery")]
    TakeBack(TakeBack),
    /// Gives an entry another title: `title`, and `filename` where the user had chosen one; `name` of an
    /// external link. The title of a shared folder is in the folder: [`Edit::FolderTitle`].
    Rename {
        /// Which.
        entry: EntryId,
        /// The new title.
        title: Text,
    },
    /// Moves an entry to the trash from wherever it is shown. Keeps its keys.
    Remove {
        /// Which.
        entry: EntryId,
    },
    /// Destroys one entry with its keys, wherever it is shown. The only way out of a shared folder, which has
    /// no trash of its own.
    Erase {
        /// Which.
        entry: EntryId,
    },
    /// Destroys these entries with their keys, as far as they are in the trash and nowhere else. What the
    /// list does not name stays in the trash. [`Tables::trashed`](crate::document::Tables::trashed) makes the list.
    EmptyTrash {
        /// Every entry that shall go.
        entries: Vec<EntryId>,
    },
    /// Sets the title of a shared folder.
    FolderTitle(Text),
    /// Enters the real-time channel of an office document where the entry has none. A session that stays current
    /// makes it.
    RealTime(RealTime),
}

impl Edit {
    /// Encrypts the edit link of an entry for a document whose links are encrypted (PROTOCOL.md 6.2); done
    /// once, so that applying the edit again gives the same document. A link that is ciphertext stays.
    ///
    /// # Errors
    /// `host/no-entropy`.
    pub fn sealed(mut self, links: Option<&HrefCipher>, entropy: &mut impl Entropy) -> Result<Self, Error> {
        let put = match &mut self {
            Self::Put(put) => Some(put),
            #[cfg(feature = "recovery")]
            Self::Restore(lost) => Some(&mut lost.put),
            _ => None,
        };
        if let (Some(put), Some(links)) = (put, links) {
            put.seal(links, entropy)?;
        }
        Ok(self)
    }

    /// The channel of the entry that it enters, where the entry names it.
    pub(crate) fn enters(&self) -> Option<&Text> {
        let put = match self {
            Self::Put(put) => put,
            #[cfg(feature = "recovery")]
            Self::Restore(lost) => &lost.put,
            _ => return None,
        };
        put.entry.get(field::CHANNEL)?.as_text()
    }

    /// Whether it may take the data of an entry out of the document.
    pub(crate) const fn destroys(&self) -> bool {
        match self {
            Self::Erase { .. } | Self::EmptyTrash { .. } => true,
            #[cfg(feature = "recovery")]
            Self::TakeOut(_) | Self::TakeBack(_) | Self::TakeBeside(_) => true,
            _ => false,
        }
    }

    /// Carries the edit out. `false` when the document already was as it asks.
    ///
    /// # Errors
    /// `edit/absent` when what it is about is not there, `mailbox/absent`, `edit/unfit` when the document is not built
    /// as the edit expects, `misuse/bad-argument` for an edit of another kind of document. The document is
    /// then unchanged.
    pub fn apply(&self, document: &mut Value, shape: Shape) -> Result<bool, Error> {
        self.apply_with(document, shape, None)
    }

    /// As [`Self::apply`], in a document whose links are encrypted: with that key it can be told which link can do more.
    ///
    /// # Errors
    /// As there.
    pub fn apply_with(
        &self,
        document: &mut Value,
        shape: Shape,
        links: Option<&HrefCipher>,
    ) -> Result<bool, Error> {
        let links = links.map_or(Links::Plain, Links::Keyed);
        match (self, shape) {
            (Self::MarkViewed(viewed), Shape::Account) => viewed.apply(document),
            (Self::FolderTitle(title), Shape::Folder) => folder_title(document, title),
            (Self::Remove { .. } | Self::EmptyTrash { .. }, Shape::Folder) => {
                Err(elsewhere("a shared folder has no trash"))
            }
            #[cfg(feature = "recovery")]
            (Self::PutBeside(PutBeside { what, .. }) | Self::TakeBeside(TakeBeside { what, .. }), shape)
                if !what.is_in(shape) =>
            {
                Err(elsewhere("teams are in the account document, calendars there and in that of a team"))
            }
            #[cfg(feature = "recovery")]
            (Self::PutBeside(lost), _) => lost.apply(document.as_object_mut().ok_or_else(unfit)?),
            #[cfg(feature = "recovery")]
            (Self::TakeBeside(restored), _) => {
                Ok(restored.apply(document.as_object_mut().ok_or_else(unfit)?))
            }
            (Self::MarkViewed(_), _) => Err(elsewhere("mailboxes are in the account document")),
            (Self::FolderTitle(_), _) => Err(elsewhere("only a shared folder has a title of its own")),
            (Self::Put(put), _) => put.apply(drive_of(document, shape)?, links),
            #[cfg(feature = "recovery")]
            (Self::Restore(lost), _) => lost.apply(drive_of(document, shape)?, shape, links),
            #[cfg(feature = "recovery")]
            (Self::TakeOut(named), _) => named.apply(drive_of(document, shape)?, shape),
            #[cfg(feature = "recovery")]
            (Self::TakeBack(restored), _) => Ok(restored.apply(drive_of(document, shape)?)),
            (Self::RealTime(found), _) => found.apply(drive_of(document, shape)?),
            (Self::Rename { entry, title }, _) => entry::rename(drive_of(document, shape)?, *entry, title),
            (Self::Remove { entry }, _) => trash::remove(drive_of(document, shape)?, *entry),
            (Self::Erase { entry }, _) => trash::erase(drive_of(document, shape)?, *entry),
            (Self::EmptyTrash { entries }, _) => trash::empty(drive_of(document, shape)?, entries),
        }
    }
}

/// Shows which edit, and none of what it writes: entries hold keys.
impl fmt::Debug for Edit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::MarkViewed(_) => "MarkViewed",
            Self::Put(_) => "Put",
            #[cfg(feature = "recovery")]
            Self::Restore(_) => "Restore",
            #[cfg(feature = "recovery")]
            Self::PutBeside(_) => "PutBeside",
            #[cfg(feature = "recovery")]
            Self::TakeBeside(_) => "TakeBeside",
            #[cfg(feature = "recovery")]
            Self::TakeOut(_) => "TakeOut",
            #[cfg(feature = "recovery")]
            Self::TakeBack(_) => "TakeBack",
            Self::Rename { .. } => "Rename",
            Self::Remove { .. } => "Remove",
            Self::Erase { .. } => "Erase",
            Self::EmptyTrash { .. } => "EmptyTrash",
            Self::FolderTitle(_) => "FolderTitle",
            Self::RealTime(_) => "RealTime",
        })
    }
}

/// The object that holds `root` and `filesData`.
fn drive_of(document: &mut Value, shape: Shape) -> Result<&mut Object, Error> {
    let document = document.as_object_mut().ok_or_else(unfit)?;
    match shape {
        Shape::Folder => Ok(document),
        Shape::Account | Shape::Team => {
            document.get_mut(field::DRIVE).and_then(Value::as_object_mut).ok_or_else(unfit)
        }
    }
}

fn folder_title(document: &mut Value, title: &Text) -> Result<bool, Error> {
    let document = document.as_object_mut().ok_or_else(unfit)?;
    let metadata = object_in(document, field::METADATA)?;
    Ok(set(metadata, field::TITLE, title))
}

/// The object under a key, made where nothing is.
fn object_in<'a>(holder: &'a mut Object, key: &str) -> Result<&'a mut Object, Error> {
    if !holder.contains_key(key) {
        holder.insert(key, Object::new());
    }
    holder.get_mut(key).and_then(Value::as_object_mut).ok_or_else(unfit)
}

/// Sets a text; whether that changed it.
fn set(object: &mut Object, key: &str, text: &Text) -> bool {
    let changed = object.get(key).and_then(Value::as_text) != Some(text);
    if changed {
        object.insert(key, text.clone());
    }
    changed
}

fn unfit() -> Error {
    Error::new(Code::EditUnfit, "the document is not built as the edit expects")
}

fn absent() -> Error {
    Error::new(Code::EditAbsent, "the entry is not in the document")
}

fn elsewhere(why: &'static str) -> Error {
    Error::new(Code::MisuseBadArgument, why)
}

#[cfg(test)]
mod tests;
