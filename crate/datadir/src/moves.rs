//! Giving a file another place without ever overwriting, and without a moment at which no whole copy exists.
//!
//! ```text
//! place(from, to):   link ──ok──▶ one file, two names
//!                      │ to is taken ──▶ the same file or equal bytes: done before, and its folder is waited for; else Occupied
//!                      │ other device ─▶ copy to a temporary name ─▶ compare ─▶ set times ─▶ link ─▶ drop the temporary name
//! take(from, to):    only while `to` holds the same bytes: unlink(from)
//! ```

use crate::disk::{Disk, Stat, stat_if_there, unlink_if_there};
use sha2::{Digest, Sha256};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// How a file came to its second place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Placed {
    /// Both names are one file.
    Linked,
    /// A copy on another device, compared byte by byte.
    Copied,
    /// An earlier run had done it already.
    Before,
}

/// Why a file was not placed. Nothing was overwritten.
#[derive(Debug, thiserror::Error)]
pub enum MoveError {
    /// Another file has the name.
    #[error("{0} exists and holds something else")]
    Occupied(PathBuf),
    /// The copy on the other device does not hold the same bytes.
    #[error("the copy at {0} differs from what was read")]
    Differs(PathBuf),
    /// What should be moved is a link, a folder or something else.
    #[error("{0} is not a regular file")]
    NotAFile(PathBuf),
    /// The file system refused.
    #[error("{path}: {source}")]
    Disk {
        /// What was being done it to.
        path: PathBuf,
        /// What the file system said.
        source: io::Error,
    },
}

impl From<MoveError> for io::Error {
    fn from(error: MoveError) -> Self {
        match error {
            MoveError::Disk { path, source } => {
                Self::new(source.kind(), format!("{}: {source}", path.display()))
            }
            other => Self::other(other),
        }
    }
}

/// Names the path in an error of the file system.
pub fn at(path: &Path) -> impl FnOnce(io::Error) -> MoveError + '_ {
    move |source| MoveError::Disk { path: path.into(), source }
}

/// Gives the file at `from` the second name `to`, or a compared copy there. The folder of `to` is made.
///
/// # Errors
/// [`MoveError`]; `from` is untouched in every case, and what stood at `to` as well.
pub fn place(disk: &dyn Disk, from: &Path, to: &Path) -> Result<Placed, MoveError> {
    let source = disk.stat(from).map_err(at(from))?;
    place_seen(disk, from, to, &source)
}

/// The same, where something is at `from`. Answers whether it is.
///
/// # Errors
/// Those of [`place`].
pub fn place_if_there(disk: &dyn Disk, from: &Path, to: &Path) -> Result<bool, MoveError> {
    match stat_if_there(disk, from).map_err(at(from))? {
        Some(source) => place_seen(disk, from, to, &source).map(|_| true),
        None => Ok(false),
    }
}

fn place_seen(disk: &dyn Disk, from: &Path, to: &Path, source: &Stat) -> Result<Placed, MoveError> {
    if source.kind != crate::disk::Kind::File {
        return Err(MoveError::NotAFile(from.into()));
    }
    let folder = to.parent().unwrap_or(Path::new("."));
    disk.make_folder(folder).map_err(at(folder))?;
    let placed = match disk.link(from, to) {
        Ok(()) => Placed::Linked,
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return already(disk, from, to),
        Err(error) if error.kind() == io::ErrorKind::CrossesDevices => {
            copy_as(disk, from, to, (source.mtime, source.atime))?;
            Placed::Copied
        }
        Err(error) => return Err(at(to)(error)),
    };
    disk.sync_folder(folder).map_err(at(folder))?;
    Ok(placed)
}

/// Takes the name `from` away, provided that `to` holds the same file or the same bytes. A `from` that is gone is fine.
///
/// # Errors
/// [`MoveError::Differs`] when `to` does not hold what `from` holds now, for instance because somebody wrote in between on another device.
pub fn take(disk: &dyn Disk, from: &Path, to: &Path) -> Result<(), MoveError> {
    let Some(first) = stat_if_there(disk, from).map_err(at(from))? else { return Ok(()) };
    let second = disk.stat(to).map_err(at(to))?;
    take_seen(disk, (from, &first), (to, &second))
}

/// The same, where something is at both.
///
/// # Errors
/// Those of [`take`].
pub fn take_if_both(disk: &dyn Disk, from: &Path, to: &Path) -> Result<(), MoveError> {
    let Some(first) = stat_if_there(disk, from).map_err(at(from))? else { return Ok(()) };
    let Some(second) = stat_if_there(disk, to).map_err(at(to))? else { return Ok(()) };
    take_seen(disk, (from, &first), (to, &second))
}

fn take_seen(disk: &dyn Disk, from: (&Path, &Stat), to: (&Path, &Stat)) -> Result<(), MoveError> {
    if !is_same_as_seen(disk, from, to)? {
        return Err(MoveError::Differs(to.0.into()));
    }
    drop_name(disk, from.0)
}

/// Takes a name away, and waits until the disk knows it. A name that is free is fine.
///
/// # Errors
/// [`MoveError::Disk`].
pub fn drop_name(disk: &dyn Disk, path: &Path) -> Result<(), MoveError> {
    match disk.unlink(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        taken => taken.map_err(at(path))?,
    }
    let folder = path.parent().unwrap_or(Path::new("."));
    disk.sync_folder(folder).map_err(at(folder))
}

/// Takes a name away, provided that another one holds all that it holds, and perhaps more. Where either is free nothing is done, and where
/// the other one holds something else both stay.
///
/// # Errors
/// [`MoveError::Disk`].
pub fn drop_if_held(disk: &dyn Disk, part: &Path, whole: &Path) -> Result<(), MoveError> {
    let Some(less) = stat_if_there(disk, part).map_err(at(part))? else { return Ok(()) };
    let Some(more) = stat_if_there(disk, whole).map_err(at(whole))? else { return Ok(()) };
    if begins_with_seen(disk, (whole, &more), (part, &less))? { drop_name(disk, part) } else { Ok(()) }
}

/// Whether a file begins with all that another one holds: what it holds is not needed beside it.
///
/// # Errors
/// An error of the file system; a missing file is one too.
pub fn begins_with(disk: &dyn Disk, whole: &Path, part: &Path) -> Result<bool, MoveError> {
    let (a, b) = (disk.stat(whole).map_err(at(whole))?, disk.stat(part).map_err(at(part))?);
    begins_with_seen(disk, (whole, &a), (part, &b))
}

fn begins_with_seen(
    disk: &dyn Disk,
    (whole, a): (&Path, &Stat),
    (part, b): (&Path, &Stat),
) -> Result<bool, MoveError> {
    if a.is_same_file(b) {
        return Ok(true);
    }
    Ok(a.kind == b.kind && a.size >= b.size && digest_of_first(disk, whole, b.size)? == digest(disk, part)?)
}

/// The name is taken. Whoever gave it may have been cut before the disk had it, and what follows rests on it.
fn already(disk: &dyn Disk, from: &Path, to: &Path) -> Result<Placed, MoveError> {
    if !is_same(disk, from, to)? {
        return Err(MoveError::Occupied(to.into()));
    }
    let folder = to.parent().unwrap_or(Path::new("."));
    disk.sync_folder(folder).map_err(at(folder))?;
    Ok(Placed::Before)
}

/// Whether two names lead to one file, or to files with the same bytes.
///
/// # Errors
/// An error of the file system; a missing file is one too.
pub fn is_same(disk: &dyn Disk, one: &Path, other: &Path) -> Result<bool, MoveError> {
    let (a, b) = (disk.stat(one).map_err(at(one))?, disk.stat(other).map_err(at(other))?);
    is_same_as_seen(disk, (one, &a), (other, &b))
}

fn is_same_as_seen(
    disk: &dyn Disk,
    (one, a): (&Path, &Stat),
    (other, b): (&Path, &Stat),
) -> Result<bool, MoveError> {
    if a.is_same_file(b) {
        return Ok(true);
    }
    Ok(a.kind == b.kind && a.size == b.size && digest(disk, one)? == digest(disk, other)?)
}

/// The SHA-256 of a file.
///
/// # Errors
/// An error of the file system.
pub fn digest(disk: &dyn Disk, path: &Path) -> Result<[u8; 32], MoveError> {
    digest_of_first(disk, path, u64::MAX)
}

/// The SHA-256 of the first `bytes` of a file, or of all of it where it is shorter. Logs only ever grow, so it is the same as long as nothing
/// is damaged.
///
/// # Errors
/// An error of the file system.
pub fn digest_of_first(disk: &dyn Disk, path: &Path, bytes: u64) -> Result<[u8; 32], MoveError> {
    let mut file = disk.open(path).map_err(at(path))?.take(bytes);
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        match file.read(&mut buffer).map_err(at(path))? {
            0 => return Ok(hash.finalize().into()),
            read => hash.update(buffer.get(..read).unwrap_or_default()),
        }
    }
}

/// Gives `to` the bytes of `from` as a file of its own, compared, with its times. The folder of `to` is made, and nothing is overwritten.
///
/// # Errors
/// [`MoveError`]. A `to` that holds the same bytes already is fine.
pub fn duplicate(disk: &dyn Disk, from: &Path, to: &Path) -> Result<Placed, MoveError> {
    let source = disk.stat(from).map_err(at(from))?;
    if source.kind != crate::disk::Kind::File {
        return Err(MoveError::NotAFile(from.into()));
    }
    let folder = to.parent().unwrap_or(Path::new("."));
    disk.make_folder(folder).map_err(at(folder))?;
    if stat_if_there(disk, to).map_err(at(to))?.is_some() {
        return already(disk, from, to);
    }
    copy_as(disk, from, to, (source.mtime, source.atime))?;
    disk.sync_folder(folder).map_err(at(folder))?;
    Ok(Placed::Copied)
}

/// Makes a compared copy with the same times, on any device. The folder of `to` is made.
///
/// # Errors
/// [`MoveError`]; what stood at `to` is untouched.
pub fn copy(disk: &dyn Disk, from: &Path, to: &Path) -> Result<(), MoveError> {
    let source = disk.stat(from).map_err(at(from))?;
    let folder = to.parent().unwrap_or(Path::new("."));
    disk.make_folder(folder).map_err(at(folder))?;
    copy_as(disk, from, to, (source.mtime, source.atime))?;
    disk.sync_folder(folder).map_err(at(folder))
}

fn copy_as(disk: &dyn Disk, from: &Path, to: &Path, (mtime, atime): (i64, i64)) -> Result<(), MoveError> {
    let temporary = temporary_name(to);
    // What a killed run left under this name is a part of a copy, and ours alone.
    unlink_if_there(disk, &temporary).map_err(at(&temporary))?;
    let mut source = disk.open(from).map_err(at(from))?;
    disk.create(&temporary, &mut source).map_err(at(&temporary))?;
    if digest(disk, from)? != digest(disk, &temporary)? {
        unlink_if_there(disk, &temporary).map_err(at(&temporary))?;
        return Err(MoveError::Differs(temporary));
    }
    disk.set_times(&temporary, mtime, atime).map_err(at(&temporary))?;
    match disk.link(&temporary, to) {
        Ok(()) => unlink_if_there(disk, &temporary).map_err(at(&temporary)),
        Err(error) => {
            unlink_if_there(disk, &temporary).map_err(at(&temporary))?;
            Err(if error.kind() == io::ErrorKind::AlreadyExists {
                MoveError::Occupied(to.into())
            } else {
                at(to)(error)
            })
        }
    }
}

/// Writes a small file whole, in place of an older one: a temporary name, then the name. Not for what anybody may still need.
///
/// # Errors
/// An error of the file system; the older file stands then.
pub fn write_whole(disk: &dyn Disk, path: &Path, bytes: &[u8]) -> io::Result<()> {
    replace(disk, path, &mut { bytes })
}

/// Gives a file new content, in place of the old: a temporary name, then the name. Whoever reads sees one or the other.
///
/// # Errors
/// An error of the file system; the older file stands then.
pub fn replace(disk: &dyn Disk, path: &Path, content: &mut dyn Read) -> io::Result<()> {
    let temporary = temporary_name(path);
    unlink_if_there(disk, &temporary)?;
    disk.create(&temporary, content)?;
    disk.rename_over(&temporary, path)?;
    disk.sync_folder(path.parent().unwrap_or(Path::new(".")))
}

/// Writes what a file will hold, under a [`temporary_name`], and does not wait. [`named`] gives it its name, once the disk has it.
///
/// # Errors
/// [`MoveError::Disk`].
pub fn written_beside(disk: &dyn Disk, path: &Path, bytes: &[u8]) -> Result<(), MoveError> {
    let temporary = temporary_name(path);
    let written = match disk.write(&temporary, &mut { bytes }) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            // What a killed run left, and ours alone.
            unlink_if_there(disk, &temporary).and_then(|()| disk.write(&temporary, &mut { bytes }))
        }
        written => written,
    };
    written.map_err(at(&temporary))
}

/// Gives the name to what was [`written_beside`] it, in place of what has the name.
///
/// # Errors
/// [`MoveError::Disk`].
pub fn named(disk: &dyn Disk, path: &Path) -> Result<(), MoveError> {
    disk.rename_over(&temporary_name(path), path).map_err(at(path))?;
    let folder = path.parent().unwrap_or(Path::new("."));
    disk.sync_folder(folder).map_err(at(folder))
}

/// A name beside `path` that listings of the server skip: it begins with a dot.
pub fn temporary_name(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.pinfold"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::real::RealDisk;
    use std::fs;

    #[test]
    fn a_taken_name_is_never_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("from"), folder.path().join("to"));
        fs::write(&from, "new").unwrap();
        fs::write(&to, "old").unwrap();
        assert!(matches!(place(&RealDisk, &from, &to), Err(MoveError::Occupied(_))));
        assert!(matches!(take(&RealDisk, &from, &to), Err(MoveError::Differs(_))));
        assert_eq!(
            (fs::read_to_string(&from).unwrap(), fs::read_to_string(&to).unwrap()),
            ("new".into(), "old".into())
        );
    }

    #[test]
    fn a_second_run_finishes_what_a_first_began() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("from"), folder.path().join("deep/er/to"));
        fs::write(&from, "text").unwrap();
        assert_eq!(place(&RealDisk, &from, &to).unwrap(), Placed::Linked);
        assert_eq!(place(&RealDisk, &from, &to).unwrap(), Placed::Before);
        take(&RealDisk, &from, &to).unwrap();
        take(&RealDisk, &from, &to).unwrap();
        assert!(!from.exists());
        assert_eq!(fs::read_to_string(&to).unwrap(), "text");
    }

    #[test]
    fn a_link_is_not_moved_in_place_of_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join("link");
        std::os::unix::fs::symlink(folder.path().join("nowhere"), &link).unwrap();
        assert!(matches!(place(&RealDisk, &link, &folder.path().join("to")), Err(MoveError::NotAFile(_))));
    }
}
