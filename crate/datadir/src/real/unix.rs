//! What Unix says of files.

mod waiting;

use crate::disk::Stat;
use rustix::fs::OFlags;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;
pub(super) use waiting::sync;

pub(super) fn stat(path: &Path) -> io::Result<Stat> {
    let found = fs::symlink_metadata(path)?;
    let ms = |seconds: i64, nanos: i64| seconds.saturating_mul(1000).saturating_add(nanos / 1_000_000);
    Ok(Stat {
        kind: super::kind(found.file_type()),
        size: found.len(),
        mtime: ms(found.mtime(), found.mtime_nsec()),
        atime: ms(found.atime(), found.atime_nsec()),
        ctime: ms(found.ctime(), found.ctime_nsec()),
        inode: found.ino(),
        device: found.dev(),
    })
}

/// Opens a file for reading so that its access time stays. `None` where that is not permitted or not possible.
#[cfg(target_os = "linux")]
pub(super) fn open_without_a_trace(path: &Path) -> io::Result<Option<File>> {
    match with(path, OFlags::NOATIME) {
        // Only the owner of a file and root may.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(None),
        opened => opened.map(Some),
    }
}

/// Opens a file for reading so that its access time stays. `None` where that is not permitted or not possible.
#[cfg(not(target_os = "linux"))]
pub(super) fn open_without_a_trace(_: &Path) -> io::Result<Option<File>> {
    Ok(None)
}

/// Opens a file for reading, and nothing in place of a link.
pub(super) fn open(path: &Path) -> io::Result<File> {
    with(path, OFlags::empty())
}

fn with(path: &Path, flags: OFlags) -> io::Result<File> {
    let flags = (OFlags::NOFOLLOW | flags).bits();
    OpenOptions::new().read(true).custom_flags(flags.cast_signed()).open(path)
}

pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// How many bytes are free for us on the disk of a path.
pub(super) fn free_bytes(path: &Path) -> io::Result<Option<u64>> {
    let stat = rustix::fs::statvfs(path)?;
    Ok(Some(stat.f_bavail.saturating_mul(stat.f_frsize)))
}
