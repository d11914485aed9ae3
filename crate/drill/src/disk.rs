//! The disk of this machine with the times of a story.

use crate::calendar::Calendar;
use pinfold_datadir::disk::{Disk, Listed, Stat};
use pinfold_datadir::real::RealDisk;
use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::path::Path;

/// The disk, on which everything has the story's time. Nobody cuts the power of a drill, so nothing waits for the platters: with
/// that left out, half a year of daily runs takes seconds.
#[derive(Debug, Clone)]
pub struct StoryDisk(pub Calendar);

impl Disk for StoryDisk {
    fn list(&self, folder: &Path) -> io::Result<Vec<Listed>> {
        RealDisk.list(folder)
    }

    fn stat(&self, path: &Path) -> io::Result<Stat> {
        let stat = RealDisk.stat(path)?;
        let story = |ms| self.0.story(ms);
        Ok(Stat { mtime: story(stat.mtime), atime: story(stat.atime), ctime: story(stat.ctime), ..stat })
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
        let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
        io::copy(content, &mut file).map(drop)
    }

    fn append(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        OpenOptions::new().append(true).create(true).open(path)?.write_all(bytes)
    }

    fn rename_over(&self, from: &Path, to: &Path) -> io::Result<()> {
        RealDisk.rename_over(from, to)
    }

    fn set_times(&self, path: &Path, mtime: i64, atime: i64) -> io::Result<()> {
        RealDisk.set_times(path, self.0.machine(mtime), self.0.machine(atime))
    }

    fn sync_folder(&self, _: &Path) -> io::Result<()> {
        Ok(())
    }
}
