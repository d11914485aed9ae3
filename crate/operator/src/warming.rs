//! Moving documents back from cold storage, some at once, so that one whole copy of each exists at every moment (`docs/OPERATIONS.md` 5.4).
//!
//! ```text
//! intent ─▶ link metadata, then body ─▶ placed ─▶ index and placeholder go ─▶ unlink the archived names ─▶ done
//! ```
//!
//! As in `cooling.rs`, a group takes each step together.

use crate::archive::{ActError, Hands, is_activity, pairs_body_first};
use crate::cooling::each;
use crate::journal::{Act, Journal, Record, Step, Target};
use pinfold_datadir::deferred::Deferred;
use pinfold_datadir::id::ItemId;
use pinfold_datadir::moves::{MoveError, drop_if_held, drop_name, place_if_there, take};
use pinfold_datadir::paths::ItemFiles;
use std::io;
use std::path::PathBuf;

/// A document under way.
struct Warming {
    target: Target,
    live: ItemFiles,
    archived: ItemFiles,
    /// What its placeholder said when this began.
    said: Option<String>,
    /// Whether both places hold everything.
    placed: bool,
    /// What this run gave a live name, from where.
    given: Vec<(PathBuf, PathBuf)>,
}

impl Hands<'_> {
    /// Moves a channel or blob back from cold storage. Nothing may stand at its live place.
    ///
    /// # Errors
    /// [`ActError`]; [`ActError::Conflict`] when something is live.
    pub fn restore(&self, journal: &mut Journal<'_>, id: &ItemId) -> Result<(), ActError> {
        let mut each = self.restore_together(journal, std::slice::from_ref(id)).map_err(ActError::Journal)?;
        each.pop().unwrap_or(Err(ActError::Nothing))
    }

    /// Moves some back at once. Answers in the order of the ids.
    ///
    /// # Errors
    /// When the journal or a folder cannot be written: what was begun is finished by the next run.
    pub fn restore_together(
        &self,
        journal: &mut Journal<'_>,
        ids: &[ItemId],
    ) -> io::Result<Vec<Result<(), ActError>>> {
        let late = Deferred::new(self.disk);
        let hands = Hands { disk: &late, run: self.run.clone(), ..*self };
        let mut all: Vec<Result<Warming, ActError>> =
            journal.together(|journal| Ok(ids.iter().map(|id| self.begin_warming(journal, id)).collect()))?;
        journal.together(|journal| {
            // Metadata first: owners and keys are in force before anybody can write.
            each(&mut all, |one| hands.put_back(journal, one, false));
            late.settle()?;
            each(&mut all, |one| hands.put_back(journal, one, true));
            late.settle()?;
            each(&mut all, |one| match one.placed {
                true => Ok(()),
                false => self.note(journal, self.record(Act::Restore, &one.target, Step::Placed)),
            });
            Ok(())
        })?;
        each(&mut all, |one| hands.leave_cold_storage(one));
        late.settle()?;
        journal.together(|journal| {
            each(&mut all, |one| {
                if self.main(&one.live)?.is_none() {
                    self.note(journal, self.record(Act::Restore, &one.target, Step::Undone))?;
                    return Err(ActError::Changed);
                }
                let bytes = self.bytes(&one.live)?;
                self.note(journal, Record { bytes, ..self.record(Act::Restore, &one.target, Step::Done) })
            });
            Ok(())
        })?;
        Ok(all.into_iter().map(|one| one.map(drop)).collect())
    }

    fn begin_warming(&self, journal: &mut Journal<'_>, id: &ItemId) -> Result<Warming, ActError> {
        let target = Target::Item(id.clone());
        let (live, archived) = (self.paths.live(id), self.paths.archived(id));
        if let Some((intent, step)) = journal.begun(&target, Act::Restore, Some(Act::Archive))? {
            let (said, placed) = (intent.placeholder, step == Step::Placed);
            return Ok(Warming { target, live, archived, said, placed, given: Vec::new() });
        }
        self.main(&archived)?.ok_or(ActError::Nothing)?;
        if self.is_conflict(&live, &archived)?
            && !self.is_half_restored(&live, &archived)?
            && !self.is_half_archived(&live, &archived)?
        {
            return Err(ActError::Conflict);
        }
        let said = self.text_of(&live.placeholder)?;
        let intent = Record {
            bytes: self.bytes(&archived)?,
            placeholder: said.clone(),
            seen: self.ground(&target)?,
            ..self.record(Act::Restore, &target, Step::Intent)
        };
        self.note(journal, intent)?;
        Ok(Warming { target, live, archived, said, placed: false, given: Vec::new() })
    }

    /// Gives the body, or everything else, its live name again.
    fn put_back(&self, journal: &mut Journal<'_>, one: &mut Warming, body: bool) -> Result<(), ActError> {
        if one.placed {
            return Ok(());
        }
        for (from, to) in one.archived.moved().zip(one.live.moved()) {
            if (to == one.live.body) != body {
                continue;
            }
            // Somebody asked for the blob since a run was cut: that is the later time.
            if is_activity(to) && self.is_there(to)? {
                continue;
            }
            let placed = place_if_there(self.disk, from, to);
            if let Ok(there) = placed {
                one.given.extend(there.then(|| (from.into(), to.into())));
            }
            if let Err(error) = placed {
                // Somebody made the document anew in this moment: a conflict. A log that is live keeps the metadata that it was given; without
                // one, what was linked goes again.
                if !self.is_there(&one.live.body)? {
                    for (from, to) in &one.given {
                        take(self.disk, to, from)?;
                    }
                }
                self.note(journal, self.record(Act::Restore, &one.target, Step::Undone))?;
                return Err(match error {
                    MoveError::Occupied(_) => ActError::Conflict,
                    error => error.into(),
                });
            }
        }
        Ok(())
    }

    fn leave_cold_storage(&self, one: &mut Warming) -> Result<(), ActError> {
        if let Some(index) = &one.live.index {
            drop_name(self.disk, index)?;
        }
        // Another word than before is an owner's or a moderator's, who removed it in this moment.
        if self.main(&one.live)?.is_none() {
            return Ok(());
        }
        if self.text_of(&one.live.placeholder)? == one.said {
            drop_name(self.disk, &one.live.placeholder)?;
        }
        for (from, to) in pairs_body_first(&one.archived, &one.live) {
            // On another device the server writes the live one anew whenever somebody asks for its blob. It goes where the body went.
            if !self.is_there(&one.archived.body)? && self.is_outlived(from, to)? {
                drop_name(self.disk, from)?;
            } else {
                // Somebody may write to the live name already.
                drop_if_held(self.disk, from, to)?;
            }
        }
        Ok(())
    }
}
