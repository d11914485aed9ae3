//! A disk on which time stands still: every file has the times of a recording, and what is changed has the time of the run.

use pinfold_datadir::disk::{Disk, Kind, Listed, Stat};
use pinfold_datadir::real::RealDisk;
use serde_json::Value;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io;
use std::path::Path;

pub struct FrozenDisk {
    /// The time of the run in ms.
    pub now: i64,
    /// Times of the last change, of reading, and of the last change of anything, by the number of the file.
    times: RefCell<BTreeMap<u64, (i64, i64, i64)>>,
}

impl FrozenDisk {
    /// `times`: for each path below `root` an object with `mtime`, `atime` and `ctime` in ms.
    pub fn new(root: &Path, times: &Value, now: i64) -> Self {
        let mut known = BTreeMap::new();
        for (path, times) in times.as_object().unwrap() {
            if let Ok(stat) = RealDisk.stat(&root.join(path)) {
                let time = |name: &str| times[name].as_i64().unwrap();
                known.insert(stat.inode, (time("mtime"), time("atime"), time("ctime")));
            }
        }
        Self { now, times: RefCell::new(known) }
    }

    /// A change of names changes the third time.
    fn touch(&self, path: &Path) {
        if let Ok(stat) = RealDisk.stat(path)
            && let Some(times) = self.times.borrow_mut().get_mut(&stat.inode)
        {
            times.2 = self.now;
        }
    }
}

impl Disk for FrozenDisk {
    fn list(&self, folder: &Path) -> io::Result<Vec<Listed>> {
        RealDisk.list(folder)
    }

    fn stat(&self, path: &Path) -> io::Result<Stat> {
        let stat = RealDisk.stat(path)?;
        if stat.kind != Kind::File {
            return Ok(stat);
        }
        let (mtime, atime, ctime) =
            self.times.borrow().get(&stat.inode).copied().unwrap_or((self.now, self.now, self.now));
        Ok(Stat { mtime, atime, ctime, ..stat })
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn io::Read>> {
        RealDisk.open(path)
    }

    fn make_folder(&self, folder: &Path) -> io::Result<()> {
        RealDisk.make_folder(folder)
    }

    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        RealDisk.link(from, to)?;
        self.touch(to);
        Ok(())
    }

    fn unlink(&self, path: &Path) -> io::Result<()> {
        self.touch(path);
        RealDisk.unlink(path)
    }

    fn create(&self, path: &Path, content: &mut dyn io::Read) -> io::Result<()> {
        RealDisk.create(path, content)
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

    fn sync_folder(&self, _: &Path) -> io::Result<()> {
        Ok(())
    }
}
