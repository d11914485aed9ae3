//! Entries: adding one, putting one back, and its title.

use std::fmt;

use super::better::{self, Fit};
use super::{absent, elsewhere, object_in, set, trash, tree};
use crate::document::{Entry, EntryId, Kind, Links, Tables, field};
use crate::error::Error;
use crate::href::{HrefCipher, entry_links, is_plain};
use crate::json::{Object, Text, Value};
use crate::ports::{Entropy, UnixMillis};

/// An entry with all its fields at a place: new, or one that was lost.
///
/// If the drive holds an entry of the same channel, that one stays and only gains what it lacks: fields, and a link or
/// password that can do more than its own. An entry that is shown stays where it is; one in the trash comes out of it.
#[derive(Clone, PartialEq)]
pub struct Put {
    /// What it is.
    pub kind: Kind,
    /// The wanted id; the next free one is taken if another entry has it.
    pub id: EntryId,
    /// The entry, keys included.
    pub entry: Object,
    /// Names of the folders that lead to it, from below `root`; they are made where they are missing.
    pub folders: Vec<Text>,
    /// Its name in the last of them.
    pub name: Text,
}

impl Put {
    /// An entry below `root` with these fields. The real client names files by 16 random bytes and shows
    /// their title; so any name will do.
    pub fn new(kind: Kind, id: EntryId, entry: Object) -> Self {
        Self { kind, id, entry, folders: Vec::new(), name: Text::from(id.key()) }
    }

    /// The entry of a document or file, from its link, with the channel and the view link that follow from it.
    ///
    /// # Errors
    /// `href/malformed` or `href/no-keys` when the link leads to no channel.
    pub fn document(
        id: EntryId,
        link: &str,
        password: Option<&str>,
        title: &Text,
        now: UnixMillis,
    ) -> Result<Self, Error> {
        let mut put = Self::linked(Kind::File, id, entry_of(link, password)?, title, now);
        put.entry.insert(field::OPENED, now.0 as f64);
        Ok(put)
    }

    /// The entry of a shared folder, from its link.
    ///
    /// # Errors
    /// As [`Put::document`].
    pub fn shared_folder(
        id: EntryId,
        link: &str,
        password: Option<&str>,
        title: &Text,
        now: UnixMillis,
    ) -> Result<Self, Error> {
        Ok(Self::linked(Kind::SharedFolder, id, entry_of(link, password)?, title, now))
    }

    fn linked(kind: Kind, id: EntryId, mut entry: Object, title: &Text, now: UnixMillis) -> Self {
        entry.insert(kind.title(), title.clone());
        entry.insert(field::CREATED, now.0 as f64);
        Self::new(kind, id, entry)
    }

    /// Names the owners: public Ed25519 keys.
    #[must_use]
    pub fn owned_by<'k>(mut self, owners: impl IntoIterator<Item = &'k str>) -> Self {
        let owners: Vec<Value> = owners.into_iter().map(Value::from).collect();
        self.entry.insert(field::OWNERS, owners);
        self
    }

    /// Puts it into folders of the tree.
    #[must_use]
    pub fn within(mut self, folders: Vec<Text>) -> Self {
        self.folders = folders;
        self
    }

    /// As it may stand in a drive whose links are plain: `links` is what encrypted them where it stood. Without that key
    /// the view link is left. `None` when no link is.
    #[must_use]
    pub fn in_plain(mut self, links: Option<&HrefCipher>) -> Option<Self> {
        let entry = Entry::with_fields(self.kind, &self.entry);
        let sealed = entry.href().filter(|href| !is_plain(href));
        let opened = sealed.map(|href| links.and_then(|links| links.decrypt(href).ok()));
        match opened {
            None => {}
            Some(Some(href)) => drop(self.entry.insert(field::HREF, href)),
            Some(None) => drop(self.entry.remove(field::HREF)),
        }
        let left = Entry::with_fields(self.kind, &self.entry).links();
        (left != [None; 2]).then_some(self)
    }

    pub(super) fn seal(&mut self, links: &HrefCipher, entropy: &mut impl Entropy) -> Result<(), Error> {
        let plain = Entry::with_fields(self.kind, &self.entry).href().filter(|href| is_plain(href));
        if let (Some(href), Kind::File | Kind::SharedFolder) = (plain, self.kind) {
            let sealed = links.encrypt(href, entropy)?;
            self.entry.insert(field::HREF, sealed);
        }
        Ok(())
    }

    /// Everything that can fail comes before the first change.
    pub(super) fn check(&self, drive: &Object) -> Result<(), Error> {
        let mut parts = [self.kind.table(), field::ROOT].into_iter();
        if parts.any(|key| drive.get(key).is_some_and(|held| held.as_object().is_none())) {
            return Err(super::unfit());
        }
        Ok(())
    }

    pub(super) fn apply(&self, drive: &mut Object, links: Links<'_>) -> Result<bool, Error> {
        self.check(drive)?;
        let known = self.known_as(drive, links);
        let id = known.unwrap_or_else(|| self.free_id(drive));
        let table = object_in(drive, self.kind.table())?;
        let mut changed = known.is_none();
        if changed {
            table.insert(id.key(), Object::new());
        }
        let held = table.get_mut(&id.key()).and_then(Value::as_object_mut).ok_or_else(super::unfit)?;
        changed |= better::improve(held, &self.entry, links);
        for (field, value) in self.entry.iter() {
            let lacks = match held.get_text(field) {
                None => true,
                // Only a text that is not empty is a key.
                Some(held) => {
                    better::is_key(field) && held.as_text().is_none_or(Text::is_empty) && held != value
                }
            };
            if lacks {
                held.insert(field.clone(), value.clone());
                changed = true;
            }
        }
        if !Tables::within(drive).shows(id) {
            trash::forget(drive, id);
            tree::show(object_in(drive, field::ROOT)?, &self.folders, &self.name, id)?;
            changed = true;
        }
        Ok(changed)
    }

    /// The id under which the drive holds this entry: one that can do as much, else one that can be given what it
    /// lacks. Beside one of the same channel with another key, neither of which is certain, it is an entry of its own.
    pub(super) fn known_as(&self, drive: &Object, links: Links<'_>) -> Option<EntryId> {
        let given = Entry::with_fields(self.kind, &self.entry);
        let mut fitting = None;
        for held in Tables::within(drive).of_kind(self.kind).filter(|held| self.is_same(*held)) {
            let Some(id) = held.id() else { continue };
            match better::compare(held, given, links) {
                Fit::Enough => return Some(id),
                Fit::Lacks => fitting = fitting.or(Some(id)),
                Fit::Other => {}
            }
        }
        fitting
    }

    fn is_same(&self, held: Entry<'_>) -> bool {
        let given = Entry::with_fields(self.kind, &self.entry);
        let agrees = |a: Option<&Text>, b: Option<&Text>| a.zip(b).map(|(a, b)| a == b);
        agrees(held.channel(), given.channel()).unwrap_or_else(|| {
            held.links().into_iter().zip(given.links()).any(|(a, b)| agrees(a, b) == Some(true))
        })
    }

    pub(super) fn free_id(&self, drive: &Object) -> EntryId {
        let mut id = self.id;
        while Tables::within(drive).holds(id) {
            id = id.next();
        }
        id
    }
}

/// Shows no field of the entry: there are keys among them.
impl fmt::Debug for Put {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Put").field("kind", &self.kind).field("id", &self.id).finish_non_exhaustive()
    }
}

/// The fields that follow from a link.
fn entry_of(link: &str, password: Option<&str>) -> Result<Object, Error> {
    let links = entry_links(link, password)?;
    let password = password.filter(|password| !password.is_empty()).map(str::to_owned);
    let mut entry = Object::new();
    let fields = [
        (field::HREF, links.edit),
        (field::RO_HREF, links.view),
        (field::CHANNEL, Some(links.channel)),
        (field::PASSWORD, password),
    ];
    for (field, value) in fields {
        value.map(|value| entry.insert(field, value));
    }
    Ok(entry)
}

pub(super) fn rename(drive: &mut Object, id: EntryId, title: &Text) -> Result<bool, Error> {
    if Tables::within(drive).entry(Kind::SharedFolder, id).is_some() {
        return Err(elsewhere("the title of a shared folder is in the folder"));
    }
    for (table, field) in [Kind::File, Kind::Link].map(|kind| (kind.table(), kind.title())) {
        let entry = drive.get_mut(table).and_then(Value::as_object_mut).and_then(|t| t.get_mut(&id.key()));
        let Some(entry) = entry.and_then(Value::as_object_mut) else { continue };
        // The name that the user gave it is shown in place of its title.
        let own_name = entry.contains_key(field::FILE_NAME) && set(entry, field::FILE_NAME, title);
        return Ok(set(entry, field, title) || own_name);
    }
    Err(absent())
}
