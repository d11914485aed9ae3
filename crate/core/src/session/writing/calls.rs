//! Edits, for the host.

use super::writers::unread;
use crate::document::Tables;
use crate::drive::edit::{Edit, EntryId};
use crate::error::Error;
use crate::ports::UnixMillis;
use crate::session::Session;
use crate::session::effect::Ticket;
use crate::session::writing::Target;

impl Session {
    /// Edits a document: all of the edits, or none. Ends with [`Outcome::Written`](crate::session::effect::Outcome::Written). Several calls may be
    /// under way at once, beside any other operation; those of one document are done in their order.
    ///
    /// # Errors
    /// `crypto/read-only`, `edit/absent` for a folder that the drive does not declare, `drive/incomplete` for a
    /// document that was not read, `team/viewer` and the other `team/*`, `misuse/closed` at once; `edit/*`,
    /// `mailbox/absent`, `misuse/bad-argument`, `net/*`, `host/no-entropy`, and `drive/incomplete` for a document
    /// that stays in doubt, at the end. Nothing is changed then, except that after `edit/unconfirmed` it may have been.
    pub fn edit(&mut self, now: UnixMillis, target: Target, edits: Vec<Edit>) -> Result<Ticket, Error> {
        self.check_open()?;
        let place = self.parts.place(&target)?;
        let meaning = self.parts.meaning(&place, &edits);
        self.parts.note_placed(&edits);
        let ticket = self.parts.edit_place(now, place, edits, meaning);
        self.hand_up(now);
        ticket
    }

    /// An id for a new entry, that nobody has drawn before.
    ///
    /// # Errors
    /// `host/no-entropy`.
    pub fn draw_entry(&mut self) -> Result<EntryId, Error> {
        EntryId::draw(&mut &mut *self.parts.entropy)
    }

    /// Whether something is on its way into a document: an edit, or the guard's note. Who closes now gives it up.
    pub fn is_writing(&self) -> bool {
        !self.parts.writers.each.is_empty()
    }

    /// The entries in the trash of the user's own drive, or of a team's: what [`Edit::EmptyTrash`] may name.
    ///
    /// # Errors
    /// `drive/incomplete` for a document that was not read, `team/*`.
    pub fn trash(&mut self, team: Option<&str>) -> Result<Vec<EntryId>, Error> {
        let mut root = self.parts.document().ok_or_else(unread)?;
        if let Some(id) = team {
            let team = self.parts.team(root.document(), id)?;
            root = self.parts.as_it_stands(&team.channel)?;
        }
        Ok(Tables::of_drive(root.document()).trashed())
    }
}
