//! Each channel is written into on its own; who wants a write is told its end.

use crate::session::notices::Notice;
use crate::session::writing::{Author, Place, Shaped, Target};

use crate::document::{AccountDoc, Tables};
use crate::drive::declared::folder_of;
use crate::drive::edit::{Edit, EntryId, Shape};
use crate::error::{Code, Error};
use crate::ids::ChannelId;
use crate::net::change::Change;
use crate::net::document::{DocumentReader, Progress, SyncedDoc};
use crate::net::writer::Writer;
use crate::ports::{Due, UnixMillis};
use crate::roster::Role;
use crate::session::effect::{Effect, Ticket};
use crate::session::guard::Meaning;
use crate::session::news::News;
use crate::session::parts::Parts;

impl Parts {
    /// Edits a document, and remembers what that means to the guard once it is done.
    pub(in crate::session) fn edit_place(
        &mut self,
        now: UnixMillis,
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
        self.guard.edit_means(ticket, meaning);
        self.queue(now, place.channel, Author::Edit(ticket), changes);
        Ok(ticket)
    }

    /// Queues changes of a channel for whoever is told their end.
    pub(in crate::session) fn queue(
        &mut self,
        now: UnixMillis,
        channel: ChannelId,
        author: Author,
        changes: Vec<Box<dyn Change>>,
    ) {
        if !self.writers.each.contains_key(&channel) {
            self.writers.each.insert(channel.clone(), Default::default());
        }
        if let Some(writer) = self.writers.each.get_mut(&channel) {
            writer.push(author, changes);
        }
        self.write_into(now, &channel);
    }

    pub(in crate::session) fn place(&mut self, target: &Target) -> Result<Place, Error> {
        let root = self.who.home().cloned();
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
        // A link to the account document makes no folder and no team.
        if place.shape != Shape::Account && place.channel == channel {
            return Err(Error::new(Code::EditUnfit, "its link leads to the account document"));
        }
        let reader = self.readers.get(&place.channel).ok_or_else(unread)?;
        if reader.progress() == Progress::Unavailable {
            return Err(unread());
        }
        if reader.read_only() {
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
        let roster = self.readers.get(&team.roster.channel).and_then(DocumentReader::roster);
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

    pub(in crate::session) fn as_it_stands(&mut self, channel: &ChannelId) -> Result<SyncedDoc, Error> {
        self.readers.last(channel).ok_or_else(unread)
    }

    /// Sends the writes that can go now, and tells which ended.
    pub(in crate::session) fn write(&mut self, now: UnixMillis) {
        self.each_writer(|session, channel| session.write_into(now, channel));
    }

    fn each_writer(&mut self, step: impl Fn(&mut Self, &ChannelId)) {
        let channels: Vec<ChannelId> = self.writers.each.iter().map(|(channel, _)| channel.clone()).collect();
        channels.iter().for_each(|channel| step(self, channel));
    }

    fn write_into(&mut self, now: UnixMillis, channel: &ChannelId) {
        let Some(writer) = self.writers.each.get_mut(channel) else { return };
        let reader = self.readers.get_mut(channel);
        match reader.filter(|reader| reader.progress() != Progress::Unavailable) {
            None => writer.give_up(&Error::new(Code::DriveIncomplete, "the document is no longer followed")),
            Some(reader) => {
                let due = Due::within(now, self.deadlines.answer);
                match writer.next(reader, due, &mut *self.entropy) {
                    Ok(Some(text)) => {
                        if let Some(link) = self.wiring.link() {
                            self.out.push(Effect::Send(link.write(channel, &text)));
                        }
                    }
                    Ok(None) => {}
                    Err(error) => writer.give_up(&error),
                }
            }
        }
        self.tell_written(channel);
    }

    fn tell_written(&mut self, channel: &ChannelId) {
        while let Some((author, result)) = self.writers.each.get_mut(channel).and_then(Writer::next_end) {
            match author {
                Author::Edit(ticket) => self.notices.leave(Notice::Edited(ticket, result)),
                Author::Operation(ticket) => self.tell(ticket, News::Written(result)),
                Author::Aside => {}
            }
        }
        if self.writers.each.get(channel).is_some_and(Writer::is_idle) {
            self.writers.each.remove(channel);
        }
    }

    /// The server has stored what was in flight in a channel.
    pub(in crate::session) fn written(&mut self, now: UnixMillis, channel: &ChannelId) {
        let (Some(writer), Some(reader)) =
            (self.writers.each.get_mut(channel), self.readers.get_mut(channel))
        else {
            return;
        };
        if writer.acknowledged(reader) {
            self.readers.changed();
            self.keep_soon(now);
        }
        self.note_trouble(now, channel);
        self.store_log(channel);
        self.write_into(now, channel);
    }

    pub(in crate::session) fn write_refused(&mut self, now: UnixMillis, channel: &ChannelId, code: &str) {
        let Some(writer) = self.writers.each.get_mut(channel) else { return };
        if code != "enoent" {
            writer.refused(code);
            self.tell_written(channel);
            return;
        }
        // The server has forgotten that we are in the channel (10.7): join again, and read what we missed.
        writer.lost(self.readers.get_mut(channel));
        if !self.readers.suspend(channel) {
            self.write_into(now, channel);
        }
    }

    /// A write that somebody asked for and that was not sent yet is dropped.
    pub(in crate::session) fn cancel_writes(&mut self, _now: UnixMillis, author: &Author, error: &Error) {
        self.writers.each.values_mut().for_each(|writer| writer.cancel(author, error));
        self.each_writer(|session, channel| session.tell_written(channel));
    }

    pub(in crate::session) fn expire_writers(&mut self, now: UnixMillis) -> Result<(), Error> {
        let late = self
            .writers
            .each
            .values_mut()
            .map(|writer| writer.expire(now))
            .filter(|in_time| !in_time)
            .count();
        self.each_writer(|session, channel| session.tell_written(channel));
        match late {
            0 => Ok(()),
            // Whether it was stored can only be read: the connection is made anew, and then the history tells.
            _ => Err(Error::new(Code::NetTimeout, "the server did not answer to what was written")),
        }
    }

    /// The connection is gone. What waits is written once its channel is followed again; where it will not
    /// be, this is the end.
    pub(in crate::session) fn lose_writers(&mut self, _now: UnixMillis, error: &Error) {
        self.each_writer(|session, channel| {
            let reader = session.readers.get_mut(channel);
            let followed = reader.is_some();
            if let Some(writer) = session.writers.each.get_mut(channel) {
                writer.lost(reader);
                if !followed {
                    writer.give_up(error);
                }
            }
            session.tell_written(channel);
        });
    }
}

pub(super) fn unread() -> Error {
    Error::new(Code::DriveIncomplete, "the document was not read to its end")
}
