//! The switch that stops every removal, and the lock against a second run.

use pinfold_datadir::disk::{Disk, read_if_there};
use pinfold_datadir::paths::Paths;
use serde::{Deserialize, Serialize};
use std::io;
use std::path::PathBuf;

/// A hold: who, why, since when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// Who set it.
    pub by: String,
    /// Why.
    pub why: String,
    /// Since when, in ms.
    pub since: i64,
}

fn path(paths: &Paths) -> PathBuf {
    paths.state.join("HOLD")
}

/// The hold of a store. A file that cannot be understood holds as well: its presence is what counts.
///
/// # Errors
/// An error of the file system. Whoever wants to remove must treat it as a hold.
pub fn read(disk: &dyn Disk, paths: &Paths) -> io::Result<Option<Hold>> {
    let Some(bytes) = read_if_there(disk, &path(paths), 1 << 16)? else { return Ok(None) };
    let unknown =
        || Hold { by: "unknown".into(), why: "the file HOLD cannot be understood".into(), since: 0 };
    Ok(Some(serde_json::from_slice(&bytes).unwrap_or_else(|_| unknown())))
}

/// Sets the hold. One that is set already stays as it is.
///
/// # Errors
/// An error of the file system.
pub fn set(disk: &dyn Disk, paths: &Paths, hold: &Hold) -> io::Result<()> {
    disk.make_folder(&paths.state)?;
    let bytes = serde_json::to_vec_pretty(hold).map_err(io::Error::other)?;
    match disk.create(&path(paths), &mut bytes.as_slice()) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        done => done.and_then(|()| disk.sync_folder(&paths.state)),
    }
}

/// Ends the hold. The file is kept under another name, so that it can be told later that there was one.
///
/// # Errors
/// An error of the file system.
pub fn release(disk: &dyn Disk, paths: &Paths, now: i64) -> io::Result<()> {
    match disk.rename_over(&path(paths), &paths.state.join(format!("HOLD.ended-{now}"))) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        done => done.and_then(|()| disk.sync_folder(&paths.state)),
    }
}
