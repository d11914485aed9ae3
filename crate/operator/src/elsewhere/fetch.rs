//! Bringing an older copy back from an object store, and making one the newest one again, so that it can be restored.

use super::{Listed, MARKER, Part, PartName, kept_of, listed};
use crate::archive::{ActError, Hands};
use crate::hex::hex;
use crate::journal::{Act, Journal, Record, Step, Target};
use pinfold_datadir::disk::unlink_if_there;
use pinfold_datadir::id::ItemId;
use pinfold_datadir::moves::{MoveError, at, digest, drop_name, place, take, temporary_name};
use pinfold_datadir::shelf::Shelf;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// The number of the newest copy of a document that an object store holds.
pub fn newest(journal: &Journal<'_>, id: &ItemId) -> Option<u32> {
    super::kept(journal).filter(|kept| kept.id == *id).map(|kept| kept.generation).max()
}

impl Hands<'_> {
    /// Brings an older copy back to the folder that it left. The store keeps its own.
    ///
    /// # Errors
    /// [`ActError::Nothing`] when no store holds it; [`ActError::Conflict`] when other bytes lie there; [`ActError::Changed`] when the store
    /// has something else than the journal says; others of [`ActError`].
    pub fn fetch(
        &self,
        journal: &mut Journal<'_>,
        shelf: &dyn Shelf,
        id: &ItemId,
        n: u32,
    ) -> Result<(), ActError> {
        let target = Target::Older(id.clone(), n);
        let kept = kept_of(journal, id, n).ok_or(ActError::Nothing)?;
        let copy = listed(shelf, &kept)?;
        let intent = Record {
            generation: Some(n),
            bytes: copy.parts.iter().map(|part| part.bytes).sum(),
            elsewhere: Some(kept.elsewhere.clone()),
            ..self.record(Act::Fetch, &target, Step::Intent)
        };
        self.note(journal, intent.clone())?;
        let fetched = self.fetch_parts(shelf, &copy);
        let step = if fetched.is_ok() { Step::Done } else { Step::Undone };
        self.note(journal, Record { step, at: self.now, ..intent })?;
        fetched
    }

    fn fetch_parts(&self, shelf: &dyn Shelf, copy: &Listed) -> Result<(), ActError> {
        let folder = self.generation(&copy.id, copy.generation);
        self.disk.make_folder(&folder).map_err(at(&folder))?;
        for part in &copy.parts {
            self.fetch_part(shelf, &copy.object(part.name), &folder.join(part.name.file()), part)?;
        }
        Ok(drop_name(self.disk, &folder.join(MARKER))?)
    }

    fn fetch_part(&self, shelf: &dyn Shelf, name: &str, to: &Path, part: &Part) -> Result<(), ActError> {
        if self.is_there(to)? {
            return match hex(&digest(self.disk, to)?) == part.sha256 {
                true => Ok(()),
                false => Err(MoveError::Occupied(to.into()).into()),
            };
        }
        let content = shelf.open(name).map_err(ActError::Shelf)?;
        let temporary = temporary_name(to);
        // What a killed run left under this name is a part of a copy, and ours alone.
        unlink_if_there(self.disk, &temporary).map_err(at(&temporary))?;
        // One byte more than there should be is enough to know that it is not that.
        let mut content = content.take(part.bytes.saturating_add(1));
        self.disk.create(&temporary, &mut content).map_err(at(&temporary))?;
        if hex(&digest(self.disk, &temporary)?) != part.sha256 {
            unlink_if_there(self.disk, &temporary).map_err(at(&temporary))?;
            return Err(MoveError::Differs(PathBuf::from(format!("{}/{name}", shelf.address()))).into());
        }
        self.disk.set_times(&temporary, part.mtime, part.mtime).map_err(at(&temporary))?;
        match self.disk.link(&temporary, to) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                unlink_if_there(self.disk, &temporary).map_err(at(&temporary))?;
                return Err(MoveError::Occupied(to.into()).into());
            }
            linked => linked.map_err(at(to))?,
        }
        drop_name(self.disk, &temporary)?;
        let folder = to.parent().unwrap_or(Path::new("."));
        Ok(self.disk.sync_folder(folder).map_err(at(folder))?)
    }

    /// Brings a copy back and makes it the newest one here, where nothing else of the document is.
    ///
    /// # Errors
    /// [`ActError::Conflict`] when something of it is live or in cold storage here; others of [`ActError`].
    pub fn bring_back(
        &self,
        journal: &mut Journal<'_>,
        shelf: &dyn Shelf,
        id: &ItemId,
        n: u32,
    ) -> Result<(), ActError> {
        if self.is_any(&self.paths.live(id))? || self.is_any(&self.paths.archived(id))? {
            return Err(ActError::Conflict);
        }
        self.fetch(journal, shelf, id, n)?;
        self.promote(journal, id, n)
    }

    /// The numbers of the older copies of a document that lie here.
    ///
    /// # Errors
    /// [`ActError`] with an error of the file system.
    pub fn older_copies(&self, id: &ItemId) -> Result<Vec<u32>, ActError> {
        let mut there = Vec::new();
        for n in 1..self.free_generation(id)? {
            let folder = self.generation(id, n);
            if PartName::ALL.iter().try_fold(false, |any, name| {
                Ok::<_, ActError>(any || self.is_there(&folder.join(name.file()))?)
            })? {
                there.push(n);
            }
        }
        Ok(there)
    }

    /// Makes an older copy the newest one: it goes to the classic place of cold storage, from where it can be restored. Nothing may stand
    /// there. Whether something is live does not matter: then both sides are a conflict, as they were before a verdict.
    ///
    /// # Errors
    /// [`ActError::Conflict`] when something stands there; others of [`ActError`].
    pub fn promote(&self, journal: &mut Journal<'_>, id: &ItemId, n: u32) -> Result<(), ActError> {
        let target = Target::Older(id.clone(), n);
        let archived = self.paths.archived(id);
        let folder = self.generation(id, n);
        let to = |name: PartName| match name {
            PartName::Metadata => Some(&archived.metadata),
            PartName::Activity => archived.activity.as_ref(),
            PartName::Body => Some(&archived.body),
        };
        let pairs: Vec<(PathBuf, &Path)> = PartName::ALL
            .into_iter()
            .filter_map(|name| Some((folder.join(name.file()), to(name)?.as_path())))
            .collect();
        let begun = journal.intent(&target, Act::Promote).map(|(intent, _)| intent);
        let intent = match begun {
            Some(intent) => intent,
            None => {
                if self.is_any(&archived)? {
                    return Err(ActError::Conflict);
                }
                let there = pairs
                    .iter()
                    .try_fold(false, |any, (from, _)| Ok::<_, ActError>(any || self.is_there(from)?))?;
                if !there {
                    return Err(ActError::Nothing);
                }
                let elsewhere = kept_of(journal, id, n).map(|kept| kept.elsewhere);
                let intent = Record {
                    generation: Some(n),
                    elsewhere,
                    ..self.record(Act::Promote, &target, Step::Intent)
                };
                self.note(journal, intent.clone())?;
                intent
            }
        };
        for (from, to) in &pairs {
            if !self.is_there(from)? {
                continue;
            }
            if let Err(error) = place(self.disk, from, to) {
                // Somebody archived another copy in this moment: both are kept, whole.
                let second: Vec<_> = pairs.iter().map(|(from, to)| (from.as_path(), *to)).collect();
                self.drop_second(&second)?;
                self.note(journal, Record { step: Step::Undone, at: self.now, ..intent })?;
                return Err(match error {
                    MoveError::Occupied(_) => ActError::Conflict,
                    error => error.into(),
                });
            }
        }
        // The body last: the folder is what was looked at as long as it holds that.
        for (from, to) in &pairs {
            if self.is_there(from)? {
                take(self.disk, from, to)?;
            }
        }
        self.note(journal, Record { step: Step::Done, at: self.now, ..intent })
    }
}
