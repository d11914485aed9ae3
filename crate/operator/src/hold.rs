//! The switch that stops every removal, and the lock against a second run.

use pinfold_datadir::decrees::Decrees;
use pinfold_datadir::disk::{Disk, read_if_there, unlink_if_there};
use pinfold_datadir::moves::temporary_name;
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
    /// The days of inactivity and of cold storage that CryptPad's own scripts went by, when this hold stopped those as well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<(i64, i64)>,
}

impl std::fmt::Display for Hold {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} (by {}, since {} UTC)", self.why, self.by, crate::when::moment(self.since))
    }
}

/// The decree by which `evict-inactive` refuses to run, and the one by which `evict-archived` finds nothing.
const HELD: (i64, i64) = (0, 36_500);

fn path(paths: &Paths) -> PathBuf {
    paths.state.join("HOLD")
}

/// The hold of a store. A file that cannot be understood holds as well: its presence is what counts.
///
/// # Errors
/// An error of the file system. Whoever wants to remove must treat it as a hold.
pub fn read(disk: &dyn Disk, paths: &Paths) -> io::Result<Option<Hold>> {
    let Some(bytes) = read_if_there(disk, &path(paths), 1 << 16)? else { return Ok(None) };
    let unknown = || Hold {
        by: "unknown".into(),
        why: "the file HOLD cannot be understood".into(),
        since: 0,
        before: None,
    };
    Ok(Some(serde_json::from_slice(&bytes).unwrap_or_else(|_| unknown())))
}

/// Sets the hold. One that is set already stays as it is.
///
/// # Errors
/// An error of the file system.
pub fn set(disk: &dyn Disk, paths: &Paths, hold: &Hold) -> io::Result<()> {
    disk.make_folder(&paths.state)?;
    let bytes = serde_json::to_vec_pretty(hold).map_err(io::Error::other)?;
    // A run that reads it in this moment must see all of it, with the reason.
    let temporary = temporary_name(&path(paths));
    unlink_if_there(disk, &temporary)?;
    disk.create(&temporary, &mut bytes.as_slice())?;
    let set = match disk.link(&temporary, &path(paths)) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        done => done.and_then(|()| disk.sync_folder(&paths.state)),
    };
    unlink_if_there(disk, &temporary)?;
    set
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

/// Stops CryptPad's own scripts as well: the one hold that they understand is two decrees. A server that runs reads them at its next start.
/// Owners, administrators and tasks are not stopped by them.
///
/// # Errors
/// An error of the file system.
pub fn stop_scripts(disk: &dyn Disk, paths: &Paths, now: i64) -> io::Result<()> {
    decree(disk, paths, HELD, now)
}

/// Lets CryptPad's own scripts go by their former times again, if this hold had stopped them and nobody decreed anything since.
///
/// # Errors
/// An error of the file system.
pub fn release_scripts(disk: &dyn Disk, paths: &Paths, hold: &Hold, now: i64) -> io::Result<bool> {
    let Some(before) = hold.before else { return Ok(false) };
    if decreed(disk, paths)? != (Some(HELD.0), Some(HELD.1)) {
        return Ok(false);
    }
    decree(disk, paths, before, now)?;
    Ok(true)
}

fn decreed(disk: &dyn Disk, paths: &Paths) -> io::Result<(Option<i64>, Option<i64>)> {
    let bytes = read_if_there(disk, &paths.decree_log(), 1 << 28)?.unwrap_or_default();
    let decrees = Decrees::read(&bytes);
    Ok((decrees.inactive_days, decrees.archive_days))
}

fn decree(disk: &dyn Disk, paths: &Paths, (inactive, archive): (i64, i64), now: i64) -> io::Result<()> {
    if decreed(disk, paths)? == (Some(inactive), Some(archive)) {
        return Ok(());
    }
    disk.make_folder(&paths.decrees)?;
    let log = paths.decree_log();
    let bytes = read_if_there(disk, &log, 1 << 28)?.unwrap_or_default();
    // A line without its end would swallow the next one.
    let mut lines = if bytes.last().is_none_or(|last| *last == b'\n') { String::new() } else { "\n".into() };
    for (command, days) in [("SET_INACTIVE_TIME", inactive), ("SET_ARCHIVE_RETENTION_TIME", archive)] {
        lines.push_str(&format!("[\"{command}\",[{days}],\"pinfold-operator\",{now}]\n"));
    }
    disk.append(&log, lines.as_bytes())
}
