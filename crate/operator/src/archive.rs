//! Moving one document to cold storage and back, so that one whole copy exists at every moment (`docs/OPERATIONS.md` 5.3, 5.4).
//!
//! ```text
//! archive:  intent ─▶ older copy to generations ─▶ placeholder ─▶ link metadata, body ─▶ placed ─▶ unlink body, metadata ─▶ done
//! restore:  intent ─▶ link metadata, body ─▶ placed ─▶ index and placeholder go ─▶ unlink the archived names ─▶ done
//! ```
//!
//! A run that was cut goes on from its last line in the journal: each step is harmless when it was done before.

use crate::journal::{Act, Journal, Record, Step, Target};
use pinfold_datadir::archive::free;
use pinfold_datadir::disk::{Disk, Stat, stat_if_there, unlink_if_there};
use pinfold_datadir::id::{ItemId, KeyName};
use pinfold_datadir::moves::{MoveError, at, is_same, place, take, write_whole};
use pinfold_datadir::paths::{ItemFiles, Paths};
use std::io;
use std::path::{Path, PathBuf};

/// Why a document was not moved. Everything that it had is still there.
#[derive(Debug, thiserror::Error)]
pub enum ActError {
    /// A move was refused.
    #[error(transparent)]
    Move(#[from] MoveError),
    /// The journal could not be written, so nothing was begun.
    #[error("the journal cannot be written: {0}")]
    Journal(io::Error),
    /// There is nothing of it at the place it should be moved from.
    #[error("there is nothing to move")]
    Nothing,
    /// Both places hold something: only a conflict can be settled, never overwritten.
    #[error("both places hold something")]
    Conflict,
    /// It is not what the plan saw: somebody wrote, or it was replaced.
    #[error("it changed since the plan was made")]
    Changed,
}

/// The hands of one run on one store.
pub struct Hands<'a> {
    /// The disk.
    pub disk: &'a dyn Disk,
    /// The folders.
    pub paths: &'a Paths,
    /// The name of the run.
    pub run: String,
    /// The time in ms.
    pub now: i64,
}

impl Hands<'_> {
    /// Moves a channel or blob to cold storage. `reason` becomes its placeholder. `seen`: size, time of the last
    /// change in ms and number of the body (or, where there is none, of the metadata) as the plan saw them.
    ///
    /// # Errors
    /// [`ActError`].
    pub fn archive(
        &self,
        journal: &mut Journal<'_>,
        id: &ItemId,
        reason: &str,
        seen: Option<(u64, i64, u64)>,
    ) -> Result<(), ActError> {
        let target = Target::Item(id.clone());
        let (live, archived) = (self.paths.live(id), self.paths.archived(id));
        let (generation, placed) = match journal.intent(&target, Act::Archive) {
            Some((intent, placed)) => (intent.generation, placed),
            None => {
                let now = self.main(&live)?.ok_or(ActError::Nothing)?;
                if seen.is_some_and(|seen| seen != (now.size, now.mtime, now.inode)) {
                    return Err(ActError::Changed);
                }
                let generation = if self.is_any(&archived)? { Some(self.free_generation(id)?) } else { None };
                let bytes = self.bytes(&live)?;
                self.note(journal, Act::Archive, &target, Step::Intent, reason, generation, bytes)?;
                (generation, false)
            }
        };
        if !placed {
            if let Some(n) = generation {
                self.to_generation(&live, &archived, &self.generation(id, n))?;
            }
            // Without a metadata file, a placeholder beside a live log makes the server believe the placeholder.
            if self.is_there(&live.metadata)? {
                self.placeholder(&live, reason)?;
            }
            for (from, to) in live.moved().zip(archived.moved()) {
                if self.is_there(from)? {
                    place(self.disk, from, to)?;
                }
            }
            self.note(journal, Act::Archive, &target, Step::Placed, reason, generation, 0)?;
        }
        if let Some(index) = &live.index {
            unlink_if_there(self.disk, index).map_err(at(index))?;
        }
        // The body first: while only metadata is left, newcomers are told the reason.
        for (from, to) in pairs_body_first(&live, &archived) {
            if self.is_there(from)? && self.is_there(to)? {
                take(self.disk, from, to)?;
            }
        }
        self.placeholder(&live, reason)?;
        self.note(journal, Act::Archive, &target, Step::Done, reason, generation, self.bytes(&archived)?)
    }

    /// Moves a channel or blob back from cold storage. Nothing may stand at its live place.
    ///
    /// # Errors
    /// [`ActError`]; [`ActError::Conflict`] when something is live.
    pub fn restore(&self, journal: &mut Journal<'_>, id: &ItemId) -> Result<(), ActError> {
        let target = Target::Item(id.clone());
        let (live, archived) = (self.paths.live(id), self.paths.archived(id));
        let placed = match journal.intent(&target, Act::Restore) {
            Some((_, placed)) => placed,
            None => {
                self.main(&archived)?.ok_or(ActError::Nothing)?;
                if self.is_conflict(&live, &archived)? {
                    return Err(ActError::Conflict);
                }
                self.note(journal, Act::Restore, &target, Step::Intent, "", None, self.bytes(&archived)?)?;
                false
            }
        };
        if !placed {
            // Metadata first: owners and keys are in force before anybody can write.
            let mut done: Vec<(&Path, &Path)> = Vec::new();
            for (from, to) in archived.moved().zip(live.moved()) {
                if !self.is_there(from)? {
                    continue;
                }
                if let Err(error) = place(self.disk, from, to) {
                    // Somebody made the document anew in this moment. What was linked goes again, and it is a conflict.
                    for (from, to) in done {
                        take(self.disk, to, from)?;
                    }
                    self.note(journal, Act::Restore, &target, Step::Undone, "", None, 0)?;
                    return Err(if matches!(error, MoveError::Occupied(_)) {
                        ActError::Conflict
                    } else {
                        error.into()
                    });
                }
                done.push((from, to));
            }
            self.note(journal, Act::Restore, &target, Step::Placed, "", None, 0)?;
        }
        if let Some(index) = &live.index {
            unlink_if_there(self.disk, index).map_err(at(index))?;
        }
        unlink_if_there(self.disk, &live.placeholder).map_err(at(&live.placeholder))?;
        for (from, to) in pairs_body_first(&archived, &live) {
            if self.is_there(from)? && self.is_there(to)? {
                self.take_back(from, to)?;
            }
        }
        self.note(journal, Act::Restore, &target, Step::Done, "", None, self.bytes(&live)?)
    }

    /// Moves the live side of a conflict into a generation, so that the archived side can return. Nothing is deleted.
    ///
    /// # Errors
    /// [`ActError`].
    pub fn aside(&self, journal: &mut Journal<'_>, id: &ItemId) -> Result<u32, ActError> {
        let target = Target::Item(id.clone());
        let live = self.paths.live(id);
        let n = match journal.intent(&target, Act::Aside) {
            Some((intent, _)) => intent.generation.unwrap_or(1),
            None => {
                self.main(&live)?.ok_or(ActError::Nothing)?;
                let n = self.free_generation(id)?;
                self.note(journal, Act::Aside, &target, Step::Intent, "", Some(n), self.bytes(&live)?)?;
                n
            }
        };
        let generation = self.generation(id, n);
        // The body first: without it the server tells newcomers why it is not there.
        for (from, name) in parts_body_first(&live) {
            self.set_apart(from, &generation.join(name))?;
        }
        if let Some(index) = &live.index {
            unlink_if_there(self.disk, index).map_err(at(index))?;
        }
        self.note(journal, Act::Aside, &target, Step::Done, "", Some(n), 0)?;
        Ok(n)
    }

    /// Moves a pin log to cold storage. An older archived one becomes a generation.
    ///
    /// # Errors
    /// [`ActError`].
    pub fn archive_pin_log(&self, journal: &mut Journal<'_>, key: &KeyName) -> Result<(), ActError> {
        let target = Target::PinLog(key.clone());
        let (live, archived) = (self.paths.pin_log(key), self.paths.archived_pin_log(key));
        let (generation, placed) = match journal.intent(&target, Act::Archive) {
            Some((intent, placed)) => (intent.generation, placed),
            None => {
                let stat = stat_if_there(self.disk, &live).map_err(at(&live))?.ok_or(ActError::Nothing)?;
                let generation = if self.is_there(&archived)? {
                    Some(free(self.disk, &self.paths.pin_log_generations(key))?)
                } else {
                    None
                };
                self.note(journal, Act::Archive, &target, Step::Intent, "", generation, stat.size)?;
                (generation, false)
            }
        };
        if !placed {
            if let Some(n) = generation
                && self.is_there(&archived)?
                && !is_same(self.disk, &live, &archived)?
            {
                self.set_apart(
                    &archived,
                    &self.paths.pin_log_generations(key).join(n.to_string()).join("log.ndjson"),
                )?;
            }
            place(self.disk, &live, &archived)?;
            self.note(journal, Act::Archive, &target, Step::Placed, "", generation, 0)?;
        }
        take(self.disk, &live, &archived)?;
        self.note(journal, Act::Archive, &target, Step::Done, "", generation, 0)
    }

    fn generation(&self, id: &ItemId, n: u32) -> PathBuf {
        self.paths.generations(id).join(n.to_string())
    }

    fn free_generation(&self, id: &ItemId) -> Result<u32, ActError> {
        Ok(free(self.disk, &self.paths.generations(id))?)
    }

    /// Moves the older archived copy into a generation, both files of it, also where only one would be replaced: halves of two
    /// generations never become one document.
    fn to_generation(
        &self,
        live: &ItemFiles,
        archived: &ItemFiles,
        generation: &Path,
    ) -> Result<(), ActError> {
        for ((old, name), (new, _)) in parts_body_first(archived).into_iter().zip(parts_body_first(live)) {
            // After a cut, the same bytes in both places are what this run has placed already.
            if self.is_there(old)? && !(self.is_there(new)? && is_same(self.disk, old, new)?) {
                self.set_apart(old, &generation.join(name))?;
            }
        }
        Ok(())
    }

    fn set_apart(&self, from: &Path, to: &Path) -> Result<(), ActError> {
        if self.is_there(from)? {
            place(self.disk, from, to)?;
            take(self.disk, from, to)?;
        }
        Ok(())
    }

    /// Takes an archived name away once its live twin holds at least the same bytes. Somebody may write to the live name already.
    fn take_back(&self, archived: &Path, live: &Path) -> Result<(), ActError> {
        let (old, new) =
            (self.disk.stat(archived).map_err(at(archived))?, self.disk.stat(live).map_err(at(live))?);
        if old.is_same_file(&new) || is_same(self.disk, archived, live)? {
            take(self.disk, archived, live)?;
        }
        Ok(())
    }

    fn placeholder(&self, live: &ItemFiles, reason: &str) -> Result<(), ActError> {
        if self.is_there(&live.placeholder)? {
            return Ok(());
        }
        let folder = live.placeholder.parent().unwrap_or(Path::new("."));
        self.disk.make_folder(folder).map_err(at(folder))?;
        Ok(write_whole(self.disk, &live.placeholder, reason.as_bytes()).map_err(at(&live.placeholder))?)
    }

    fn main(&self, files: &ItemFiles) -> Result<Option<Stat>, ActError> {
        Ok(match stat_if_there(self.disk, &files.body).map_err(at(&files.body))? {
            None => stat_if_there(self.disk, &files.metadata).map_err(at(&files.metadata))?,
            body => body,
        })
    }

    fn is_there(&self, path: &Path) -> Result<bool, ActError> {
        Ok(stat_if_there(self.disk, path).map_err(at(path))?.is_some())
    }

    fn is_any(&self, files: &ItemFiles) -> Result<bool, ActError> {
        files.moved().try_fold(false, |any, path| Ok(any || self.is_there(path)?))
    }

    /// Whether a live part would stand in the way. One that is the archived part itself does not.
    fn is_conflict(&self, live: &ItemFiles, archived: &ItemFiles) -> Result<bool, ActError> {
        for (live, archived) in [(&live.body, &archived.body), (&live.metadata, &archived.metadata)] {
            if self.is_there(live)? && !(self.is_there(archived)? && is_same(self.disk, live, archived)?) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn bytes(&self, files: &ItemFiles) -> Result<u64, ActError> {
        files.moved().try_fold(0, |sum, path| {
            Ok(sum + stat_if_there(self.disk, path).map_err(at(path))?.map_or(0, |stat| stat.size))
        })
    }

    #[allow(clippy::too_many_arguments, reason = "one line of the journal, field by field")]
    fn note(
        &self,
        journal: &mut Journal<'_>,
        act: Act,
        id: &Target,
        step: Step,
        reason: &str,
        generation: Option<u32>,
        bytes: u64,
    ) -> Result<(), ActError> {
        let record = Record {
            at: self.now,
            run: self.run.clone(),
            act,
            id: id.clone(),
            step,
            reason: reason.into(),
            generation,
            bytes,
        };
        journal.note(record).map_err(ActError::Journal)
    }
}

fn parts_body_first(files: &ItemFiles) -> Vec<(&Path, &'static str)> {
    let mut parts = vec![(files.body.as_path(), "log.ndjson"), (files.metadata.as_path(), "metadata.ndjson")];
    parts.extend(files.activity.as_ref().map(|path| (path.as_path(), "activity")));
    parts
}

fn pairs_body_first<'a>(
    from: &'a ItemFiles,
    to: &'a ItemFiles,
) -> impl Iterator<Item = (&'a Path, &'a Path)> {
    parts_body_first(from).into_iter().zip(parts_body_first(to)).map(|((from, _), (to, _))| (from, to))
}
