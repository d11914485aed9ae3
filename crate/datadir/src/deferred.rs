//! A disk that waits for folders later: for steps that many files take together, each step before the next.

use crate::disk::{Disk, Listed, Stat};
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

/// Another disk, whose folders are waited for once, and not after each file. What a file holds is waited for as before, but for files that
/// are written with [`Disk::write`].
pub struct Deferred<'a> {
    disk: &'a dyn Disk,
    folders: RefCell<BTreeSet<PathBuf>>,
    files: RefCell<BTreeSet<PathBuf>>,
    /// Folders that are there: each is asked for by many files.
    there: RefCell<BTreeSet<PathBuf>>,
}

impl<'a> Deferred<'a> {
    /// Nothing is waited for yet.
    pub fn new(disk: &'a dyn Disk) -> Self {
        Self { disk, folders: RefCell::default(), files: RefCell::default(), there: RefCell::default() }
    }

    /// Waits until all names that were given and taken since the last time are on the disk, and all that was written. Before that nothing may
    /// rest on them.
    ///
    /// # Errors
    /// The error of the file system.
    pub fn settle(&self) -> io::Result<()> {
        let (folders, files) = (self.folders.take(), self.files.take());
        if folders.is_empty() && files.is_empty() { Ok(()) } else { self.disk.sync(&folders, &files) }
    }
}

impl Disk for Deferred<'_> {
    fn list(&self, folder: &Path) -> io::Result<Vec<Listed>> {
        self.disk.list(folder)
    }

    fn stat(&self, path: &Path) -> io::Result<Stat> {
        self.disk.stat(path)
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn io::Read>> {
        self.disk.open(path)
    }

    fn make_one_folder(&self, folder: &Path) -> io::Result<()> {
        if self.there.borrow().contains(folder) {
            return Err(io::Error::from(io::ErrorKind::AlreadyExists));
        }
        let made = self.disk.make_one_folder(folder);
        let there =
            made.as_ref().map_or_else(|error| error.kind() == io::ErrorKind::AlreadyExists, |()| true);
        if there {
            self.there.borrow_mut().insert(folder.to_path_buf());
        }
        made
    }

    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.disk.link(from, to)
    }

    fn unlink(&self, path: &Path) -> io::Result<()> {
        self.disk.unlink(path)
    }

    fn create(&self, path: &Path, content: &mut dyn io::Read) -> io::Result<()> {
        self.disk.create(path, content)
    }

    fn write(&self, path: &Path, content: &mut dyn io::Read) -> io::Result<()> {
        self.disk.write(path, content)?;
        self.files.borrow_mut().insert(path.to_path_buf());
        Ok(())
    }

    fn append(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        self.disk.append(path, bytes)
    }

    fn rename_over(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.disk.rename_over(from, to)
    }

    fn set_times(&self, path: &Path, mtime: i64, atime: i64) -> io::Result<()> {
        self.disk.set_times(path, mtime, atime)
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        self.folders.borrow_mut().insert(folder.to_path_buf());
        Ok(())
    }
}
