//! The port to the file system. The product uses [`crate::real::RealDisk`]; tests record, cut and freeze.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

/// What a name leads to. Links are never followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A regular file.
    File,
    /// A folder.
    Folder,
    /// A symbolic link, whatever it leads to.
    Link,
    /// A socket, a device or something else that no store holds.
    Other,
}

/// What the file system says of a name. All times are in ms since 1970 UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stat {
    /// What it is.
    pub kind: Kind,
    /// Its length in bytes.
    pub size: u64,
    /// When its content was last changed.
    pub mtime: i64,
    /// When it was last read, as far as the file system notes that.
    pub atime: i64,
    /// When its content, name, owner or mode was last changed.
    pub ctime: i64,
    /// The number of the file on its device. Two names with one number are one file.
    pub inode: u64,
    /// The device.
    pub device: u64,
}

impl Stat {
    /// Whether two names are one and the same file.
    pub fn is_same_file(&self, other: &Self) -> bool {
        self.inode == other.inode && self.device == other.device
    }
}

/// One name in a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The name, which may be no text at all.
    pub name: OsString,
    /// What it is.
    pub kind: Kind,
}

/// Everything this project does to a file system.
///
/// Each method either does the whole of what it says or nothing; none of them replaces a file that exists, except
/// [`Disk::rename_over`], which is only used on files of pinfold's own and on placeholders.
pub trait Disk {
    /// The names in a folder, in any order.
    ///
    /// # Errors
    /// The error of the file system. A listing that breaks off half-way is an error, never a shorter list.
    fn list(&self, folder: &Path) -> io::Result<Vec<Listed>>;

    /// What a name leads to, without following links.
    ///
    /// # Errors
    /// The error of the file system, `NotFound` among them.
    fn stat(&self, path: &Path) -> io::Result<Stat>;

    /// The content of a file, from its beginning. Where the system permits it the access time does not change; elsewhere it is put
    /// back, because CryptPad's own eviction decides by it.
    ///
    /// # Errors
    /// The error of the file system.
    fn open(&self, path: &Path) -> io::Result<Box<dyn io::Read>>;

    /// Makes one folder.
    ///
    /// # Errors
    /// `AlreadyExists` when the name is taken, `NotFound` when the folder above is missing, or another error of the file system.
    fn make_one_folder(&self, folder: &Path) -> io::Result<()>;

    /// Makes a folder and those above it that are missing. What lies in a folder is lost with its name, so the disk has the names of all of
    /// them before anything is put there.
    ///
    /// # Errors
    /// The error of the file system. A folder that exists is fine.
    fn make_folder(&self, folder: &Path) -> io::Result<()> {
        let above = folder.parent().filter(|above| !above.as_os_str().is_empty());
        let made = match (self.make_one_folder(folder), above) {
            (Err(error), Some(above)) if error.kind() == io::ErrorKind::NotFound => {
                self.make_folder(above)?;
                self.make_one_folder(folder)
            }
            (made, _) => made,
        };
        match made {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            made => made.and_then(|()| self.sync_folder(above.unwrap_or(Path::new(".")))),
        }
    }

    /// Gives a file a second name.
    ///
    /// # Errors
    /// `AlreadyExists` when `to` is taken, `CrossesDevices` when it lies elsewhere, or another error of the file system.
    fn link(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Takes a name away.
    ///
    /// # Errors
    /// The error of the file system.
    fn unlink(&self, path: &Path) -> io::Result<()>;

    /// Writes a file that did not exist, and waits until the disk has what it holds. Its name is safe after [`Disk::sync_folder`].
    ///
    /// # Errors
    /// `AlreadyExists` when the name is taken, or another error of the file system.
    fn create(&self, path: &Path, content: &mut dyn io::Read) -> io::Result<()>;

    /// Writes a file that did not exist, and does not wait: neither what it holds nor its name is safe before [`Disk::sync`]. A disk that
    /// does not say otherwise waits as [`Disk::create`] does.
    ///
    /// # Errors
    /// Those of [`Disk::create`].
    fn write(&self, path: &Path, content: &mut dyn io::Read) -> io::Result<()> {
        self.create(path, content)
    }

    /// Waits until the disk has the names in these folders, and what these files hold.
    ///
    /// # Errors
    /// The error of the file system. Nothing may rest on any of them then.
    fn sync(&self, folders: &BTreeSet<PathBuf>, _files: &BTreeSet<PathBuf>) -> io::Result<()> {
        folders.iter().try_for_each(|folder| self.sync_folder(folder))
    }

    /// Adds bytes to the end of a file, which is made if it is missing, and waits until the disk has them, and the name of a file that
    /// was made.
    ///
    /// # Errors
    /// The error of the file system.
    fn append(&self, path: &Path, bytes: &[u8]) -> io::Result<()>;

    /// Gives a file another name, in place of what had that name.
    ///
    /// # Errors
    /// The error of the file system.
    fn rename_over(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Sets both times of a file, in ms since 1970 UTC, and waits until the disk has them: eviction decides by them.
    ///
    /// # Errors
    /// The error of the file system.
    fn set_times(&self, path: &Path, mtime: i64, atime: i64) -> io::Result<()>;

    /// Waits until the names in a folder are on the disk.
    ///
    /// # Errors
    /// The error of the file system.
    fn sync_folder(&self, folder: &Path) -> io::Result<()>;
}

/// What a name leads to; `None` when it is free.
///
/// # Errors
/// Every error of the file system but `NotFound` and `NotADirectory`.
pub fn stat_if_there(disk: &dyn Disk, path: &Path) -> io::Result<Option<Stat>> {
    match disk.stat(path) {
        Ok(stat) => Ok(Some(stat)),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// Takes a name away; one that is free is fine.
///
/// # Errors
/// Every error of the file system but `NotFound`.
pub fn unlink_if_there(disk: &dyn Disk, path: &Path) -> io::Result<()> {
    match disk.unlink(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        done => done,
    }
}

/// The whole content of a file; `None` when it is missing.
///
/// # Errors
/// `FileTooLarge` when it holds more than `limit` bytes; every error of the file system but `NotFound`.
pub fn read_if_there(disk: &dyn Disk, path: &Path, limit: u64) -> io::Result<Option<Vec<u8>>> {
    use io::Read;
    let file = match disk.open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut bytes = Vec::new();
    file.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        return Err(io::Error::from(io::ErrorKind::FileTooLarge));
    }
    Ok(Some(bytes))
}
