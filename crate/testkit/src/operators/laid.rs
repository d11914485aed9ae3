//! Recorded stores as they lay before anything was done, with their times, for whoever wants to look at them.

use super::case::{Recorded, World};
use super::disk::TrialDisk;
use pinfold_datadir::decrees::Decrees;
use pinfold_datadir::disk::read_if_there;
use pinfold_datadir::paths::Paths;
use pinfold_operator::policy::Policy;
use std::io;
use std::path::Path;

/// A store that can be looked at.
#[derive(Debug)]
pub struct Laid<'a> {
    /// The name of the recording.
    pub name: &'a str,
    /// The disk, on which time stands still.
    pub disk: &'a TrialDisk,
    /// The folders.
    pub paths: &'a Paths,
    /// The times of its configuration.
    pub policy: &'a Policy,
    /// The time in ms.
    pub now: i64,
}

/// Lays out a recording and looks at it. `None` when its configuration is one that no run accepts.
///
/// # Errors
/// An error of the file system, a recording that cannot be read, or what `look` answers.
pub fn laid<T>(folder: &Path, look: impl FnOnce(&Laid<'_>) -> io::Result<T>) -> io::Result<Option<T>> {
    let recorded = Recorded::open(folder)?;
    let steps = recorded.steps();
    let step = steps.first().copied().unwrap_or(&recorded.run);
    let world = World::of(&recorded)?;
    let (Ok(paths), Ok(config)) = (world.paths(step), World::config(step)) else { return Ok(None) };
    let decrees = read_if_there(&world.disk, &paths.decree_log(), 1 << 24)?.unwrap_or_default();
    let Ok(policy) = Policy::of(&config, &Decrees::read(&decrees)) else { return Ok(None) };
    let (disk, now) = (&world.disk, recorded.now(step));
    look(&Laid { name: &recorded.name, disk, paths: &paths, policy: &policy, now }).map(Some)
}
