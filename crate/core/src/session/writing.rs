//! Writing into the account document and the folders: beside everything else, each channel on its own.
//!
//! An edit ends with [`Outcome::Written`] once the server has stored it and the document that everybody reads holds
//! it. It waits while there is no connection, for a while also for a document in doubt, and is done again when
//! somebody else was first. What can never be written ends with a code.

use std::any::Any;

use crate::document::{AccountDoc, Tables};
use crate::drive::declared::folder_of;
use crate::drive::edit::{Edit, EntryId, Shape};
use crate::error::{Code, Error};
use crate::href::HrefCipher;
use crate::ids::ChannelId;
use crate::json::Value;
use crate::net::document::{Progress, SyncedDoc};
use crate::net::writer::{Change, Writer};
use crate::ports::{Due, Millis};
use crate::roster::Role;
use crate::session::Session;
use crate::session::effect::{Effect, Outcome, Ticket};
use crate::session::guard::edited::Meaning;
use crate::session::operation::News;
use crate::session::parts::Parts;

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

/// Where a target is, and how its links are encrypted.
pub(super) struct Place {
    pub(super) channel: ChannelId,
    pub(super) shape: Shape,
    pub(super) links: Option<HrefCipher>,
}

/// An edit of a document of this shape, whose links are encrypted like this.
pub(super) struct Shaped(pub(super) Edit, pub(super) Shape, pub(super) Option<HrefCipher>);

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

impl Session {
    /// Edits a document: all of the edits, or none. Ends with [`Outcome::Written`]. Several calls may be
    /// under way at once, beside any other operation; those of one document are done in their order.
    ///
    /// # Errors
    /// `crypto/read-only`, `edit/absent` for a folder that the drive does not declare, `drive/incomplete` for a
    /// document that was not read, `team/viewer` and the other `team/*`, `misuse/closed` at once; `edit/*`,
    /// `mailbox/absent`, `misuse/bad-argument`, `net/*`, `host/no-entropy`, and `drive/incomplete` for a document
    /// that stays in doubt, at the end. Nothing is changed then, except that after `edit/unconfirmed` it may have been.
    pub fn edit(&mut self, now: Millis, target: Target, edits: Vec<Edit>) -> Result<Ticket, Error> {
        self.check_open()?;
        let place = self.parts.place(&target)?;
        let meaning = self.parts.meaning(&place, &edits);
        self.parts.edit_place(now, place, edits, meaning)
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
        !self.parts.writers.is_empty()
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

impl Parts {
    /// Edits a document, and remembers what that means to the guard once it is done.
    pub(super) fn edit_place(
        &mut self,
        now: Millis,
        place: Place,
        edits: Vec<Edit>,
        meaning: Option<Meaning>,
    ) -> Result<Ticket, Error> {
        let mut changes: Vec<Box<dyn Change>> = Vec::with_capacity(edits.len());
        for edit in edits {
            let edit = edit.sealed(place.links.as_ref(), &mut &mut *self.entropy)?;
            changes.push(Box::new(Shaped(edit, place.shape, place.links.clone())));
        }
        let ticket = self.out.ticket();
        self.edit_means(ticket, meaning);
        self.queue(now, place.channel, Author::Edit(ticket), changes);
        Ok(ticket)
    }

    /// Queues changes of a channel for whoever is told their end.
    pub(super) fn queue(
        &mut self,
        now: Millis,
        channel: ChannelId,
        author: Author,
        changes: Vec<Box<dyn Change>>,
    ) {
        if !self.writers.contains_key(&channel) {
            self.writers.insert(channel.clone(), Default::default());
        }
        if let Some(writer) = self.writers.get_mut(&channel) {
            writer.push(author, changes);
        }
        self.write_into(now, &channel);
    }

    pub(super) fn place(&mut self, target: &Target) -> Result<Place, Error> {
        let signed_in = self.signed_in.as_ref();
        let root = signed_in.map(|signed_in| signed_in.channel.clone());
        let channel = root.ok_or_else(|| Error::new(Code::MisuseClosed, "the session is not signed in"))?;
        let own = Place { channel: channel.clone(), shape: Shape::Account, links: None };
        let place = match target {
            Target::Account => own,
            Target::Folder(id) => self.folder_in(&own, *id)?,
            Target::Team { id, folder } => {
                let team = self.team_place(id)?;
                match folder {
                    Some(folder) => self.folder_in(&team, *folder)?,
                    None => team,
                }
            }
        };
        // A folder or a team whose link leads to the account document is none.
        if place.shape != Shape::Account && place.channel == channel {
            return Err(Error::new(Code::EditUnfit, "its link leads to the account document"));
        }
        let reading = self.readers.get(&place.channel).ok_or_else(unread)?;
        if reading.reader.progress() == Progress::Unavailable {
            return Err(unread());
        }
        if reading.reader.read_only() {
            return Err(Error::new(Code::CryptoReadOnly, "the keys at hand can read and not write"));
        }
        Ok(place)
    }

    /// The drive of a team whose roster, as far as it was read, lets this account write.
    fn team_place(&mut self, id: &str) -> Result<Place, Error> {
        let root = self.document().ok_or_else(unread)?;
        let team = self.team(root.document(), id)?;
        let viewer = || Error::new(Code::TeamViewer, "the account may read in this team and not write");
        if team.read_only {
            return Err(viewer());
        }
        let roster = self.readers.get(&team.roster.channel).and_then(|reading| reading.reader.roster());
        if let Some(Ok(synced)) = roster {
            // Somebody who was made a viewer may still hold the keys.
            let own = AccountDoc::of(root.document()).curve_public().unwrap_or_default();
            match synced.roster().role(own) {
                None => return Err(Error::new(Code::TeamNotMember, "the roster does not name this account")),
                Some(Role::Viewer) => return Err(viewer()),
                Some(Role::Member | Role::Admin | Role::Owner) => {}
            }
        }
        Ok(Place { channel: team.channel, shape: Shape::Team, links: team.links })
    }

    fn folder_in(&mut self, drive: &Place, id: EntryId) -> Result<Place, Error> {
        let document = self.as_it_stands(&drive.channel)?;
        let content = Tables::of_drive(document.document());
        let declared = folder_of(content, &id.key(), drive.links.as_ref(), None);
        let declared =
            declared.ok_or_else(|| Error::new(Code::EditAbsent, "the drive declares no such folder"))?;
        let opens = declared
            .opens
            .ok_or_else(|| Error::new(Code::FolderNoKeys, "the folder's entry holds no key"))?;
        Ok(Place { channel: opens.channel, shape: Shape::Folder, links: opens.links })
    }

    pub(super) fn as_it_stands(&mut self, channel: &ChannelId) -> Result<SyncedDoc, Error> {
        self.readers.get_mut(channel).and_then(|reading| reading.reader.last()).ok_or_else(unread)
    }

    /// Sends what can be sent, and tells what ended.
    pub(super) fn write(&mut self, now: Millis) {
        self.each_writer(|session, channel| session.write_into(now, channel));
    }

    fn each_writer(&mut self, step: impl Fn(&mut Self, &ChannelId)) {
        let channels: Vec<ChannelId> = self.writers.iter().map(|(channel, _)| channel.clone()).collect();
        channels.iter().for_each(|channel| step(self, channel));
    }

    fn write_into(&mut self, now: Millis, channel: &ChannelId) {
        let Some(writer) = self.writers.get_mut(channel) else { return };
        let reading = self.readers.get_mut(channel);
        match reading.filter(|reading| reading.reader.progress() != Progress::Unavailable) {
            None => writer.give_up(&Error::new(Code::DriveIncomplete, "the document is no longer followed")),
            Some(reading) => {
                let due = Due::within(now, self.deadlines.answer);
                match writer.next(&mut reading.reader, due, &mut *self.entropy) {
                    Ok(Some(text)) => {
                        if let Some(link) = self.wire.link() {
                            self.out.push(Effect::Send(link.write(channel, &text)));
                        }
                    }
                    Ok(None) => {}
                    Err(error) => writer.give_up(&error),
                }
            }
        }
        self.tell_written(now, channel);
    }

    fn tell_written(&mut self, now: Millis, channel: &ChannelId) {
        while let Some((author, result)) = self.writers.get_mut(channel).and_then(Writer::next_end) {
            match author {
                Author::Edit(ticket) => {
                    self.edit_ended(now, ticket, result.is_ok());
                    self.out.push(Effect::Done(ticket, result.map(|()| Outcome::Written)));
                }
                Author::Operation(ticket) => self.tell(ticket, News::Written(result)),
                Author::Aside => {}
            }
        }
        if self.writers.get(channel).is_some_and(Writer::is_idle) {
            self.writers.remove(channel);
        }
    }

    /// The server has stored what was in flight in a channel.
    pub(super) fn written(&mut self, now: Millis, channel: &ChannelId) {
        let (Some(writer), Some(reading)) = (self.writers.get_mut(channel), self.readers.get_mut(channel))
        else {
            return;
        };
        if writer.acknowledged(&mut reading.reader) {
            // The document is another one now: a pin set of before does not describe it.
            self.version = self.version.wrapping_add(1);
            self.keep_soon(now);
        }
        self.note_trouble(now, channel);
        self.store_log(channel);
        self.write_into(now, channel);
    }

    pub(super) fn write_refused(&mut self, now: Millis, channel: &ChannelId, code: &str) {
        let Some(writer) = self.writers.get_mut(channel) else { return };
        if code != "enoent" {
            writer.refused(code);
            self.tell_written(now, channel);
            return;
        }
        // The server has forgotten that we are in the channel (10.7): join again, and read what we missed.
        let mut reading = self.readers.get_mut(channel);
        writer.lost(reading.as_mut().map(|reading| &mut reading.reader));
        if !reading.is_some_and(|reading| reading.suspend()) {
            self.readers.remove(channel);
            self.write_into(now, channel);
        }
    }

    /// What somebody wants written, and what was not sent, is not written any more.
    pub(super) fn cancel_writes(&mut self, now: Millis, author: &Author, error: &Error) {
        self.writers.values_mut().for_each(|writer| writer.cancel(author, error));
        self.each_writer(|session, channel| session.tell_written(now, channel));
    }

    pub(super) fn expire_writers(&mut self, now: Millis) -> Result<(), Error> {
        let late =
            self.writers.values_mut().map(|writer| writer.expire(now)).filter(|in_time| !in_time).count();
        self.each_writer(|session, channel| session.tell_written(now, channel));
        match late {
            0 => Ok(()),
            // Whether it was stored can only be read: the connection is made anew, and then the history tells.
            _ => Err(Error::new(Code::NetTimeout, "the server did not answer to what was written")),
        }
    }

    /// The connection is gone. What waits is written once its channel is followed again; where it will not
    /// be, this is the end.
    pub(super) fn lose_writers(&mut self, now: Millis, error: &Error) {
        self.each_writer(|session, channel| {
            let reading = session.readers.get_mut(channel);
            let followed = reading.is_some();
            if let Some(writer) = session.writers.get_mut(channel) {
                writer.lost(reading.map(|reading| &mut reading.reader));
                if !followed {
                    writer.give_up(error);
                }
            }
            session.tell_written(now, channel);
        });
    }

    pub(super) fn end_writers(&mut self, now: Millis, error: &Error) {
        self.each_writer(|session, channel| {
            if let Some(writer) = session.writers.get_mut(channel) {
                writer.give_up(error);
            }
            session.tell_written(now, channel);
        });
    }
}

fn unread() -> Error {
    Error::new(Code::DriveIncomplete, "the document was not read to its end")
}
