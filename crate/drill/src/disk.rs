//! The disk of this machine with the times of a story.

use crate::calendar::Calendar;
use pinfold_datadir::disk::{Disk, Listed, Stat};
use pinfold_datadir::pin_log::PinLog;
use pinfold_datadir::real::RealDisk;
use std::fs::OpenOptions;
use std::io::{self, BufReader, Write as _};
use std::path::{Path, PathBuf};

/// The disk, on which everything has the story's time. Nobody cuts the power of a drill, so nothing waits for the platters: with
/// that left out, half a year of daily runs takes seconds.
#[derive(Debug, Clone)]
pub struct StoryDisk {
    /// The story's days.
    pub calendar: Calendar,
    /// The folder of pin logs, where damage in them shall not be seen: what CryptPad's own scripts make of a damaged log is all that it
    /// seems to hold.
    pub hides_damage_in: Option<PathBuf>,
}

impl StoryDisk {
    /// The disk of a story.
    pub const fn new(calendar: Calendar) -> Self {
        Self { calendar, hides_damage_in: None }
    }

    fn seems(&self, path: &Path) -> io::Result<Option<Vec<u8>>> {
        let hides = self.hides_damage_in.as_ref().is_some_and(|pins| path.starts_with(pins));
        if !hides || path.extension().is_none_or(|extension| extension != "ndjson") {
            return Ok(None);
        }
        let read = PinLog::read(BufReader::new(RealDisk.open(path)?), i64::MAX, |_| ())?;
        if !read.is_doubtful() {
            return Ok(None);
        }
        let pins: Vec<String> = read.pins.iter().map(|id| format!("\"{id}\"")).collect();
        let line = format!("[\"PIN\",[{}],{}]\n", pins.join(","), read.latest.unwrap_or(0));
        Ok(Some(line.into_bytes()))
    }
}

impl Disk for StoryDisk {
    fn list(&self, folder: &Path) -> io::Result<Vec<Listed>> {
        RealDisk.list(folder)
    }

    fn stat(&self, path: &Path) -> io::Result<Stat> {
        let stat = RealDisk.stat(path)?;
        let story = |ms| self.calendar.story(ms);
        Ok(Stat { mtime: story(stat.mtime), atime: story(stat.atime), ctime: story(stat.ctime), ..stat })
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn io::Read>> {
        match self.seems(path)? {
            Some(bytes) => Ok(Box::new(io::Cursor::new(bytes))),
            None => RealDisk.open(path),
        }
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
        RealDisk.set_times(path, self.calendar.machine(mtime), self.calendar.machine(atime))
    }

    fn sync_folder(&self, _: &Path) -> io::Result<()> {
        Ok(())
    }
}
