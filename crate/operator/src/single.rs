//! Moving what is one file: a pin log, a log-in block, a report, a task.

use crate::archive::{ActError, Hands};
use crate::journal::{Act, Journal, Record, Seen, Step, Target};
use pinfold_datadir::disk::stat_if_there;
use pinfold_datadir::id::KeyName;
use pinfold_datadir::moves::{MoveError, at, drop_name, place, take, temporary_name};
use std::path::PathBuf;

/// Where a single file lies, live and in cold storage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Single {
    pub(crate) target: Target,
    pub(crate) live: PathBuf,
    pub(crate) cold: PathBuf,
    /// The folder of its older copies.
    pub(crate) generations: PathBuf,
    /// Its name in a generation.
    pub(crate) name: &'static str,
    /// Where it is said why it is not there.
    pub(crate) placeholder: Option<PathBuf>,
}

impl Hands<'_> {
    pub(crate) fn pin_log(&self, key: &KeyName) -> Single {
        Single {
            target: Target::PinLog(key.clone()),
            live: self.paths.pin_log(key),
            cold: self.paths.archived_pin_log(key),
            generations: self.paths.key_generations("pins", key),
            name: "log.ndjson",
            placeholder: None,
        }
    }

    pub(crate) fn block(&self, key: &KeyName) -> Single {
        Single {
            target: Target::Block(key.clone()),
            live: self.paths.block(key),
            cold: self.paths.archived_block(key),
            generations: self.paths.key_generations("block", key),
            name: "block",
            placeholder: Some(self.paths.block_placeholder(key)),
        }
    }

    /// Moves a pin log to cold storage. An older archived one becomes a generation.
    ///
    /// # Errors
    /// [`ActError`].
    pub fn archive_pin_log(&self, journal: &mut Journal<'_>, key: &KeyName) -> Result<(), ActError> {
        self.archive_seen_pin_log(journal, key, None)
    }

    /// The same, provided that it is what a plan saw.
    ///
    /// # Errors
    /// [`ActError`]; [`ActError::Changed`] when its account wrote to it since.
    pub fn archive_seen_pin_log(
        &self,
        journal: &mut Journal<'_>,
        key: &KeyName,
        seen: Option<Seen>,
    ) -> Result<(), ActError> {
        self.archive_single(journal, &self.pin_log(key), "", seen)
    }

    /// Moves a pin log back from cold storage.
    ///
    /// # Errors
    /// [`ActError`]; [`ActError::Conflict`] when there is a live one.
    pub fn restore_pin_log(&self, journal: &mut Journal<'_>, key: &KeyName) -> Result<(), ActError> {
        self.restore_single(journal, &self.pin_log(key))
    }

    /// Moves a log-in block to cold storage, and says why in its placeholder.
    ///
    /// # Errors
    /// [`ActError`].
    pub fn archive_block(
        &self,
        journal: &mut Journal<'_>,
        key: &KeyName,
        reason: &str,
    ) -> Result<(), ActError> {
        self.archive_single(journal, &self.block(key), reason, None)
    }

    /// Moves a log-in block back from cold storage.
    ///
    /// # Errors
    /// [`ActError`]; [`ActError::Conflict`] when there is a live one.
    pub fn restore_block(&self, journal: &mut Journal<'_>, key: &KeyName) -> Result<(), ActError> {
        self.restore_single(journal, &self.block(key))
    }

    pub(crate) fn archive_single(
        &self,
        journal: &mut Journal<'_>,
        file: &Single,
        reason: &str,
        seen: Option<Seen>,
    ) -> Result<(), ActError> {
        let (intent, step) = match journal.begun(&file.target, Act::Archive, None)? {
            Some(begun) => begun,
            None => {
                let now = self.single_seen(file)?.ok_or(ActError::Nothing)?;
                if seen.is_some_and(|seen| seen != now) {
                    return Err(ActError::Changed);
                }
                let generation =
                    if self.is_there(&file.cold)? { Some(self.free(&file.generations)?) } else { None };
                let before = file.placeholder.as_ref().map(|path| self.text_of(path)).transpose()?.flatten();
                let intent = Record {
                    reason: reason.into(),
                    generation,
                    bytes: now.0,
                    placeholder: before,
                    seen: Some(now),
                    ..self.record(Act::Archive, &file.target, Step::Intent)
                };
                self.note(journal, intent.clone())?;
                (intent, Step::Intent)
            }
        };
        let later = |step| Record { step, at: self.now, seen: None, ..intent.clone() };
        if let (Step::Intent, Some(n)) = (step, intent.generation) {
            self.set_apart(&file.cold, &file.generations.join(n.to_string()).join(file.name))?;
            self.note(journal, later(Step::Apart))?;
        }
        if step != Step::Placed {
            if let Err(error) = place(self.disk, &file.live, &file.cold) {
                self.take_back_single(journal, file, &intent)?;
                return Err(error.into());
            }
            self.note(journal, later(Step::Placed))?;
        }
        // As late as can be: an account that came back in this moment keeps its list.
        if self.is_there(&file.live)? && self.single_seen(file)? != intent.seen {
            self.take_back_single(journal, file, &intent)?;
            return Err(ActError::Changed);
        }
        if let Some(placeholder) = &file.placeholder {
            self.placeholder(placeholder, reason)?;
        }
        take(self.disk, &file.live, &file.cold)?;
        self.note(journal, later(Step::Done))
    }

    /// A live file's size, time and number. If they are the same later, the file did not change.
    pub(crate) fn single_seen(&self, file: &Single) -> Result<Option<Seen>, ActError> {
        let stat = stat_if_there(self.disk, &file.live).map_err(at(&file.live))?;
        Ok(stat.map(|stat| (stat.size, stat.mtime, stat.inode)))
    }

    /// Takes back a move to cold storage that was begun: the live file is there. Where the other place holds something else by now, both
    /// are kept.
    pub(crate) fn take_back_single(
        &self,
        journal: &mut Journal<'_>,
        file: &Single,
        intent: &Record,
    ) -> Result<(), ActError> {
        drop_name(self.disk, &temporary_name(&file.cold))?;
        let as_before = self.drop_second(&[(&file.live, &file.cold)])?;
        if let Some(placeholder) = &file.placeholder
            && self.text_of(placeholder)?.is_some_and(|text| text == intent.reason)
        {
            match &intent.placeholder {
                Some(before) => self.placeholder(placeholder, before)?,
                None => drop_name(self.disk, placeholder)?,
            }
        }
        self.note(journal, Record { step: Step::Undone, at: self.now, seen: None, ..intent.clone() })?;
        if as_before { Ok(()) } else { Err(ActError::Conflict) }
    }

    pub(crate) fn restore_single(&self, journal: &mut Journal<'_>, file: &Single) -> Result<(), ActError> {
        let placed = match journal.begun(&file.target, Act::Restore, Some(Act::Archive))? {
            Some((_, step)) => step == Step::Placed,
            None => {
                let stat = stat_if_there(self.disk, &file.cold).map_err(at(&file.cold))?;
                let bytes = stat.ok_or(ActError::Nothing)?.size;
                if self.is_there(&file.live)? {
                    return Err(ActError::Conflict);
                }
                let said = file.placeholder.as_ref().map(|path| self.text_of(path)).transpose()?.flatten();
                let seen = self.ground(&file.target)?;
                let intent = self.record(Act::Restore, &file.target, Step::Intent);
                self.note(journal, Record { bytes, placeholder: said, seen, ..intent })?;
                false
            }
        };
        let undone = |journal: &mut Journal<'_>, why| {
            self.note(journal, self.record(Act::Restore, &file.target, Step::Undone))?;
            Err(why)
        };
        let (live, cold) = (self.is_there(&file.live)?, self.is_there(&file.cold)?);
        match (placed, live, cold) {
            // Somebody took it away meanwhile, from where it was or from where it went.
            (_, false, false) => return undone(journal, ActError::Nothing),
            (true, false, true) => return undone(journal, ActError::Changed),
            (false, _, true) => {
                match place(self.disk, &file.cold, &file.live) {
                    Err(MoveError::Occupied(_)) => return undone(journal, ActError::Conflict),
                    placed => placed?,
                };
                self.note(journal, self.record(Act::Restore, &file.target, Step::Placed))?;
            }
            // Somebody else moved it back, or this had.
            (false, true, false) | (true, true, _) => {}
        }
        if let Some(placeholder) = &file.placeholder {
            drop_name(self.disk, placeholder)?;
        }
        if self.is_there(&file.cold)? {
            self.take_back(&file.cold, &file.live)?;
            if self.is_there(&file.cold)? {
                return undone(journal, ActError::Conflict);
            }
        }
        self.note(journal, self.record(Act::Restore, &file.target, Step::Done))
    }
}
