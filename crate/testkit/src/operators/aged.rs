//! The disk of this machine, on which nobody looked at anything since it was written, and on which all of that is as long ago as a test
//! says: no program can set the time of the last change of anything, and on a store that a test just made it would keep every document.

use pinfold_datadir::disk::{Disk, Kind, Listed, Stat};
use pinfold_datadir::real::RealDisk;
use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

/// The disk itself. Of a file's three times the first counts for all, and it lies so many ms further back; but not that of this
/// project's own files, by which clocks are compared.
#[derive(Debug, Clone, Copy, Default)]
pub struct AgedDisk(pub i64);

impl Disk for AgedDisk {
    fn list(&self, folder: &Path) -> io::Result<Vec<Listed>> {
        RealDisk.list(folder)
    }

    fn stat(&self, path: &Path) -> io::Result<Stat> {
        let stat = RealDisk.stat(path)?;
        let own = path.parent().is_some_and(|folder| folder.ends_with("pinfold"));
        if stat.kind != Kind::File || own {
            return Ok(stat);
        }
        let time = stat.mtime.saturating_sub(self.0);
        Ok(Stat { mtime: time, ctime: time, atime: time, ..stat })
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn io::Read>> {
        RealDisk.open(path)
    }

    fn make_one_folder(&self, folder: &Path) -> io::Result<()> {
        RealDisk.make_one_folder(folder)
    }

    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        RealDisk.link(from, to)
    }

    fn unlink(&self, path: &Path) -> io::Result<()> {
        RealDisk.unlink(path)
    }

    fn create(&self, path: &Path, content: &mut dyn io::Read) -> io::Result<()> {
        RealDisk.create(path, content)
    }

    fn write(&self, path: &Path, content: &mut dyn io::Read) -> io::Result<()> {
        RealDisk.write(path, content)
    }

    fn sync(&self, folders: &BTreeSet<PathBuf>, files: &BTreeSet<PathBuf>) -> io::Result<()> {
        RealDisk.sync(folders, files)
    }

    fn append(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        RealDisk.append(path, bytes)
    }

    fn rename_over(&self, from: &Path, to: &Path) -> io::Result<()> {
        RealDisk.rename_over(from, to)
    }

    fn set_times(&self, path: &Path, mtime: i64, atime: i64) -> io::Result<()> {
        RealDisk.set_times(path, mtime, atime)
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        RealDisk.sync_folder(folder)
    }
}
