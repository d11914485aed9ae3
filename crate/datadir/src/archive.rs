//! The archive: the newest copy lies where the server's own tools look for it, older ones in numbered folders
//! (`docs/OPERATIONS.md` 5.2, 5.3).
//!
//! ```text
//! archive:  make_room: older copy ─▶ generation n      nothing is ever overwritten, and a copy moves as a whole
//!           place:     link metadata, activity, body   from here on both names are one file
//!           take:      unlink body, activity, metadata each only while the archive holds the same bytes
//! keep:     make_room ─▶ copy metadata, activity, body   for a live log that is about to be replaced
//! ```
//!
//! Each step is harmless when it was done before, so that a run that was cut can be repeated. What it needs beside this, a
//! journal and a reason, is the caller's.

use crate::disk::{Disk, stat_if_there, unlink_if_there};
use crate::id::{KeyName, Stored};
use crate::moves::{MoveError, at, copy, is_same, place, take, temporary_name};
use crate::paths::Paths;
use std::io;
use std::path::{Path, PathBuf};

/// One file of what is archived as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Part {
    live: PathBuf,
    archived: PathBuf,
    /// Its name in a generation.
    name: &'static str,
}

/// What is archived as a whole: a channel, a blob, a pin log, a log-in block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bundle {
    /// In the order in which they are placed; the body last.
    parts: Vec<Part>,
    generations: PathBuf,
}

impl Bundle {
    /// A channel or a blob.
    pub fn item(paths: &Paths, id: &impl Stored) -> Self {
        let (live, archived) = (paths.live(id), paths.archived(id));
        let part = |live, archived, name| Part { live, archived, name };
        let mut parts = vec![part(live.metadata, archived.metadata, "metadata.ndjson")];
        if let (Some(live), Some(archived)) = (live.activity, archived.activity) {
            parts.push(part(live, archived, "activity"));
        }
        parts.push(part(live.body, archived.body, "log.ndjson"));
        Self { parts, generations: paths.generations(id) }
    }

    /// The pin log of an account or a team.
    pub fn pin_log(paths: &Paths, key: &KeyName) -> Self {
        let part =
            Part { live: paths.pin_log(key), archived: paths.archived_pin_log(key), name: "log.ndjson" };
        Self { parts: vec![part], generations: paths.pin_log_generations(key) }
    }

    /// A log-in block.
    pub fn block(paths: &Paths, key: &KeyName) -> Self {
        let part = Part { live: paths.block(key), archived: paths.archived_block(key), name: "block" };
        Self { parts: vec![part], generations: paths.block_generations(key) }
    }

    /// Moves all of it into the archive. What is not there is fine.
    ///
    /// # Errors
    /// [`MoveError`]; each file is then at one of its places, whole.
    pub fn archive(&self, disk: &dyn Disk) -> Result<(), MoveError> {
        self.make_room(disk)?;
        self.place(disk)?;
        self.take(disk)
    }

    /// Moves the older archived copy, all files of it, to a number of its own, unless there is nothing new to archive.
    ///
    /// # Errors
    /// [`MoveError`].
    pub fn make_room(&self, disk: &dyn Disk) -> Result<(), MoveError> {
        let mut older = Vec::new();
        // Whether all that is archived is what is live, and whether all that is live is archived.
        let (mut only_this, mut nothing_new) = (true, true);
        for part in &self.parts {
            let live = stat_if_there(disk, &part.live).map_err(at(&part.live))?;
            let archived = stat_if_there(disk, &part.archived).map_err(at(&part.archived))?;
            older.extend(archived.map(|_| part));
            match (live, archived) {
                // A run that was cut has placed it already, and had made room before.
                (Some(live), Some(archived)) if live.is_same_file(&archived) => return Ok(()),
                (Some(_), Some(_)) => {
                    let same = is_same(disk, &part.live, &part.archived)?;
                    (only_this, nothing_new) = (only_this && same, nothing_new && same);
                }
                (Some(_), None) => nothing_new = false,
                (None, Some(_)) => only_this = false,
                (None, None) => {}
            }
        }
        if only_this || nothing_new {
            return Ok(());
        }
        let generation = self.generation(disk, &older)?;
        for part in &older {
            place(disk, &part.archived, &generation.join(part.name))?;
        }
        older.iter().rev().try_for_each(|part| take(disk, &part.archived, &generation.join(part.name)))
    }

    /// The folder for an older copy: the last one when a run that was cut had begun to fill it, else the next number.
    fn generation(&self, disk: &dyn Disk, older: &[&Part]) -> Result<PathBuf, MoveError> {
        let next = free(disk, &self.generations)?;
        let last = self.generations.join(next.saturating_sub(1).to_string());
        if next > 1 && disk.list(&last).map_err(at(&last))?.is_empty() {
            return Ok(last);
        }
        for part in older {
            let there = last.join(part.name);
            let (old, begun) = (disk.stat(&part.archived), stat_if_there(disk, &there).map_err(at(&there))?);
            if begun.is_some_and(|begun| old.is_ok_and(|old| old.is_same_file(&begun))) {
                return Ok(last);
            }
        }
        Ok(self.generations.join(next.to_string()))
    }

    /// Gives what is live a second name in the archive. Room has been made.
    ///
    /// # Errors
    /// [`MoveError`], [`MoveError::Occupied`] when something else came there in between.
    pub fn place(&self, disk: &dyn Disk) -> Result<(), MoveError> {
        self.there(disk)?.try_for_each(|part| place(disk, &part.live, &part.archived).map(drop))
    }

    /// Takes the live names away, the body first: while only metadata is left, owners and keys are in force.
    ///
    /// # Errors
    /// [`MoveError`], [`MoveError::Differs`] when the archive holds something else.
    pub fn take(&self, disk: &dyn Disk) -> Result<(), MoveError> {
        self.there(disk)?.rev().try_for_each(|part| take(disk, &part.live, &part.archived))
    }

    /// Archives a copy, and leaves everything where it is: for what is about to be replaced.
    ///
    /// # Errors
    /// [`MoveError`].
    pub fn keep(&self, disk: &dyn Disk) -> Result<(), MoveError> {
        self.make_room(disk)?;
        for part in self.there(disk)? {
            // Room was made, so what is there is the same, or was copied by a run that was cut.
            if stat_if_there(disk, &part.archived).map_err(at(&part.archived))?.is_none() {
                copy(disk, &part.live, &part.archived)?;
            } else {
                let left = temporary_name(&part.archived);
                unlink_if_there(disk, &left).map_err(at(&left))?;
            }
        }
        Ok(())
    }

    fn there(&self, disk: &dyn Disk) -> Result<impl DoubleEndedIterator<Item = &Part>, MoveError> {
        let mut there = Vec::new();
        for part in &self.parts {
            if stat_if_there(disk, &part.live).map_err(at(&part.live))?.is_some() {
                there.push(part);
            }
        }
        Ok(there.into_iter())
    }
}

/// The first number that no older copy has in a folder of them.
///
/// # Errors
/// An error of the file system; a folder that is missing is empty.
pub fn free(disk: &dyn Disk, generations: &Path) -> Result<u32, MoveError> {
    let taken = match disk.list(generations) {
        Ok(listed) => listed.iter().filter_map(|entry| entry.name.to_str()?.parse::<u32>().ok()).max(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(at(generations)(error)),
    };
    Ok(taken.unwrap_or(0).saturating_add(1))
}

#[cfg(test)]
mod tests;
