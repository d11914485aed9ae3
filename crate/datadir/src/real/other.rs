//! A system that is not Unix. No operator's program is meant to run there; the embedded server is, for developers.

use crate::disk::{Kind, Stat};
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Files have no number here that `std` tells. So that two names are never taken for one file, each has its own.
pub(super) fn stat(path: &Path) -> io::Result<Stat> {
    let found = fs::symlink_metadata(path)?;
    let ms = |time: io::Result<SystemTime>| {
        let since = time.ok().and_then(|time| time.duration_since(SystemTime::UNIX_EPOCH).ok());
        since.and_then(|since| i64::try_from(since.as_millis()).ok()).unwrap_or(0)
    };
    let mut name = DefaultHasher::new();
    path.hash(&mut name);
    Ok(Stat {
        kind: super::kind(found.file_type()),
        size: found.len(),
        mtime: ms(found.modified()),
        atime: ms(found.accessed()),
        ctime: ms(found.modified()),
        inode: name.finish(),
        device: 0,
    })
}

pub(super) fn open_without_a_trace(_: &Path) -> io::Result<Option<File>> {
    Ok(None)
}

/// Waits for what these files hold, and for the names in these folders.
pub(super) fn sync(folders: &BTreeSet<PathBuf>, files: &BTreeSet<PathBuf>) -> io::Result<()> {
    files.iter().try_for_each(|file| fs::OpenOptions::new().write(true).open(file)?.sync_all())?;
    folders.iter().try_for_each(|folder| sync_folder(folder))
}

/// Opens a file for reading, and nothing in place of a link.
pub(super) fn open(path: &Path) -> io::Result<File> {
    match stat(path)?.kind {
        Kind::Link => Err(io::Error::other("it is a link")),
        _ => File::open(path),
    }
}

/// There is no such call.
pub(super) fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

pub(super) fn free_bytes(_: &Path) -> io::Result<Option<u64>> {
    Ok(None)
}
