//! The file system of this machine.

#[cfg_attr(unix, path = "real/unix.rs")]
#[cfg_attr(not(unix), path = "real/other.rs")]
mod platform;

use crate::disk::{Disk, Kind, Listed, Stat};
use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// The disk itself.
#[derive(Debug, Clone, Copy, Default)]
pub struct RealDisk;

impl Disk for RealDisk {
    fn list(&self, folder: &Path) -> io::Result<Vec<Listed>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            names.push(Listed { kind: kind(entry.file_type()?), name: entry.file_name() });
        }
        Ok(names)
    }

    fn stat(&self, path: &Path) -> io::Result<Stat> {
        platform::stat(path)
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn io::Read>> {
        if let Some(file) = platform::open_without_a_trace(path)? {
            return Ok(Box::new(file));
        }
        let before = self.stat(path)?;
        Ok(Box::new(PutBack { file: platform::open(path)?, atime: at(before.atime) }))
    }

    fn make_one_folder(&self, folder: &Path) -> io::Result<()> {
        fs::create_dir(folder)
    }

    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::hard_link(from, to)
    }

    fn unlink(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn create(&self, path: &Path, content: &mut dyn io::Read) -> io::Result<()> {
        written(path, content, File::sync_all)
    }

    fn write(&self, path: &Path, content: &mut dyn io::Read) -> io::Result<()> {
        written(path, content, |_| Ok(()))
    }

    fn sync(&self, folders: &BTreeSet<PathBuf>, files: &BTreeSet<PathBuf>) -> io::Result<()> {
        platform::sync(folders, files)
    }

    fn append(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let (mut file, made) = match OpenOptions::new().append(true).open(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                (OpenOptions::new().append(true).create(true).open(path)?, true)
            }
            opened => (opened?, false),
        };
        file.write_all(bytes)?;
        file.sync_all()?;
        if made { self.sync_folder(path.parent().unwrap_or(Path::new("."))) } else { Ok(()) }
    }

    fn rename_over(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn set_times(&self, path: &Path, mtime: i64, atime: i64) -> io::Result<()> {
        let times = fs::FileTimes::new().set_modified(at(mtime)).set_accessed(at(atime));
        // Opened for reading: that is enough for the owner, and a file that nobody may write keeps its mode.
        let file = platform::open(path)?;
        file.set_times(times)?;
        file.sync_all()
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        // The folder above a name without one is the present folder.
        platform::sync_folder(if folder.as_os_str().is_empty() { Path::new(".") } else { folder })
    }
}

/// How many bytes are free for us on the disk of a path; `None` on a system that is not asked.
///
/// # Errors
/// The error of the file system.
pub fn free_bytes(path: &Path) -> io::Result<Option<u64>> {
    platform::free_bytes(path)
}

/// A file whose access time is what it was, once it has been read.
struct PutBack {
    file: File,
    atime: SystemTime,
}

impl io::Read for PutBack {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.file.read(buffer)
    }
}

impl Drop for PutBack {
    fn drop(&mut self) {
        // Without the right to do it the time stays: the reading was still right.
        let _ = self.file.set_times(fs::FileTimes::new().set_accessed(self.atime));
    }
}

fn written(
    path: &Path,
    content: &mut dyn io::Read,
    wait: impl FnOnce(&File) -> io::Result<()>,
) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
    let written = io::copy(content, &mut file).and_then(|_| wait(&file));
    if written.is_err() {
        // A part of a file must not stand under a name that somebody may believe.
        let _ = fs::remove_file(path);
    }
    written
}

fn kind(found: fs::FileType) -> Kind {
    if found.is_file() {
        Kind::File
    } else if found.is_dir() {
        Kind::Folder
    } else if found.is_symlink() {
        Kind::Link
    } else {
        Kind::Other
    }
}

fn at(ms: i64) -> SystemTime {
    let span = Duration::from_millis(ms.unsigned_abs());
    if ms < 0 { SystemTime::UNIX_EPOCH - span } else { SystemTime::UNIX_EPOCH + span }
}
