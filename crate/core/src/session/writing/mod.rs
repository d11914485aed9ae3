//! Writing into the account document and the folders: beside everything else, each channel on its own.
//!
//! An edit ends with [`Outcome::Written`](crate::session::effect::Outcome::Written) once the server has stored it and the document that everybody reads holds
//! it. It waits while there is no connection, for a while also for a document in doubt, and is done again when
//! somebody else was first. What can never be written ends with a code.

mod calls;
mod writers;

use crate::compact::SortedMap;
use crate::drive::edit::{Edit, EntryId, Shape};
use crate::error::Error;
use crate::href::HrefCipher;
use crate::ids::ChannelId;
use crate::json::Value;
use crate::net::change::Change;
use crate::net::writer::Writer;
use crate::ports::{Delay, UnixMillis};
use crate::session::effect::Ticket;
use core::time::Duration;
use std::any::Any;

/// Which document is edited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// The account document with the user's own drive.
    Account,
    /// A shared folder of the user's own drive, by its entry.
    Folder(EntryId),
    /// The drive of a team, by the team's key in the account document, or a shared folder in it.
    Team {
        /// Which team.
        id: String,
        /// The folder's entry in the team's drive.
        folder: Option<EntryId>,
    },
}

/// Who wants a write, and is told how it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Author {
    /// The host, under the ticket of its edit.
    Edit(Ticket),
    /// The operation of this ticket, which writes one thing at a time.
    Operation(Ticket),
    /// The session itself, for others' sake: nobody waits for it.
    Aside,
}

/// What is written into the followed documents.
#[derive(Debug, Default)]
pub(super) struct Writers {
    each: SortedMap<ChannelId, Writer<Author>>,
}

impl Writers {
    /// Whether nothing waits and nothing is in flight.
    pub(super) fn are_idle(&self) -> bool {
        self.each.values().all(Writer::is_idle)
    }

    /// Whether an edit is not in its document for sure. What the session notes for others' sake nobody asked for.
    pub(super) fn owe(&self) -> bool {
        self.each.values().any(|writer| writer.owes(|author| !matches!(author, Author::Aside)))
    }

    pub(super) fn deadline(&self) -> Option<UnixMillis> {
        self.each.values().filter_map(Writer::deadline).min()
    }

    /// See [`Due::put_off`](crate::ports::Due::put_off).
    pub(super) fn put_off(&mut self, delay: Delay, answer: Duration) {
        self.each.values_mut().for_each(|writer| writer.put_off(delay, answer));
    }
}

/// Where a target is, and how its links are encrypted.
pub(super) struct Place {
    channel: ChannelId,
    shape: Shape,
    links: Option<HrefCipher>,
}

impl Place {
    pub(super) const fn channel(&self) -> &ChannelId {
        &self.channel
    }

    pub(super) const fn shape(&self) -> Shape {
        self.shape
    }

    /// How the links of the document are encrypted, where they are.
    pub(super) const fn links(&self) -> Option<&HrefCipher> {
        self.links.as_ref()
    }
}

/// An edit of a document of this shape, whose links are encrypted like this.
pub(super) struct Shaped(Edit, Shape, Option<HrefCipher>);

impl Shaped {
    /// An edit of a document of this shape, whose links are left as they are.
    pub(super) const fn beside_links(edit: Edit, shape: Shape) -> Self {
        Self(edit, shape, None)
    }
}

impl Change for Shaped {
    fn apply(&self, document: &mut Value) -> Result<bool, Error> {
        self.0.apply_with(document, self.1, self.2.as_ref())
    }

    fn apply_with(
        &self,
        behind: &mut dyn Iterator<Item = &dyn Change>,
        document: &mut Value,
    ) -> (usize, Result<bool, Error>) {
        let Edit::MarkViewed(viewed) = &self.0 else { return (0, self.apply(document)) };
        let mut all = viewed.clone();
        let joined = all.join(behind.map_while(|change| {
            let change: &dyn Any = change;
            let Edit::MarkViewed(viewed) = &change.downcast_ref::<Self>()?.0 else { return None };
            Some(viewed)
        }));
        (joined, Edit::MarkViewed(all).apply_with(document, self.1, self.2.as_ref()))
    }
}
