//! The file system of this machine.

use crate::disk::{Disk, Kind, Listed, Stat};
use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
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
        let stat = rustix::fs::statat(CWD, path, AtFlags::SYMLINK_NOFOLLOW)?;
        let ms = |seconds: i64, nanos: u64| {
            seconds.saturating_mul(1000).saturating_add((nanos / 1_000_000) as i64)
        };
        Ok(Stat {
            kind: match FileType::from_raw_mode(stat.st_mode) {
                FileType::RegularFile => Kind::File,
                FileType::Directory => Kind::Folder,
                FileType::Symlink => Kind::Link,
                _ => Kind::Other,
            },
            size: u64::try_from(stat.st_size).unwrap_or(0),
            mtime: ms(stat.st_mtime, stat.st_mtime_nsec),
            atime: ms(stat.st_atime, stat.st_atime_nsec),
            ctime: ms(stat.st_ctime, stat.st_ctime_nsec),
            inode: stat.st_ino,
            device: stat.st_dev,
        })
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn io::Read>> {
        let plain = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        match rustix::fs::open(path, plain | OFlags::NOATIME, Mode::empty()) {
            Ok(file) => Ok(Box::new(File::from(file))),
            // Only the owner of a file and root may read it without a trace.
            Err(rustix::io::Errno::PERM) => {
                let before = self.stat(path)?;
                let file = File::from(rustix::fs::open(path, plain, Mode::empty())?);
                Ok(Box::new(PutBack { file, atime: at(before.atime) }))
            }
            Err(error) => Err(error.into()),
        }
    }

    fn make_folder(&self, folder: &Path) -> io::Result<()> {
        fs::create_dir_all(folder)
    }

    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::hard_link(from, to)
    }

    fn unlink(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn create(&self, path: &Path, content: &mut dyn io::Read) -> io::Result<()> {
        let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
        let written = io::copy(content, &mut file).and_then(|_| file.sync_all());
        if written.is_err() {
            // A part of a file must not stand under a name that somebody may believe.
            let _ = fs::remove_file(path);
        }
        written
    }

    fn append(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let mut file = OpenOptions::new().append(true).create(true).open(path)?;
        file.write_all(bytes)?;
        file.sync_all()
    }

    fn rename_over(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn set_times(&self, path: &Path, mtime: i64, atime: i64) -> io::Result<()> {
        let times = fs::FileTimes::new().set_modified(at(mtime)).set_accessed(at(atime));
        // Opened for reading: that is enough for the owner, and a file that nobody may write keeps its mode.
        let file = File::from(rustix::fs::open(
            path,
            OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC,
            Mode::empty(),
        )?);
        file.set_times(times)
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        File::open(folder)?.sync_all()
    }
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
