//! A disk for tests: time stands still on it, its power goes before a chosen write, it counts, it lies on two devices, it forgets what
//! nobody waited for, and it fails where a test says so.

use super::forgetful::Forgetful;
use pinfold_datadir::disk::{Disk, Kind, Listed, Stat};
use pinfold_datadir::real::RealDisk;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

/// Thursday, 28 May 2026.
pub const NOW: i64 = 1_780_000_000_000;
const DAY: i64 = 86_400_000;

/// The times of a file in ms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Times {
    /// When its content was last changed.
    pub mtime: i64,
    /// When it was last read.
    pub atime: i64,
    /// When anything of it was last changed.
    pub ctime: i64,
}

impl Times {
    /// All three alike.
    pub fn all(time: i64) -> Self {
        Self { mtime: time, atime: time, ctime: time }
    }
}

/// What somebody does to a path, once.
pub type Happens = Box<dyn FnOnce(&Path)>;

/// What somebody else does in the middle of something.
#[derive(Default)]
pub struct Meanwhile(pub RefCell<Option<Happens>>);

impl std::fmt::Debug for Meanwhile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Meanwhile")
    }
}

/// The disk.
#[derive(Debug)]
pub struct TrialDisk {
    /// The time of everything that is written, in ms.
    pub now: Cell<i64>,
    /// The times of files whose times nobody said.
    pub unknown: Cell<Times>,
    /// Times, by the number of the file.
    times: RefCell<BTreeMap<u64, Times>>,
    /// The times of the last change, where a test says another one.
    pub mtimes: RefCell<BTreeMap<PathBuf, i64>>,
    /// How many writes are still carried out; `None`: all.
    pub left: Cell<Option<u32>>,
    /// How many were carried out.
    pub writes: Cell<u32>,
    /// How many files were waited for by themselves, right after they were written.
    pub waited: Cell<u32>,
    /// Whether the power is gone already: only the write that it went in may be half on the disk.
    dark: Cell<bool>,
    /// Whether names in cold storage lie on another device.
    pub two_devices: Cell<bool>,
    /// Paths at which every reading call fails, with the number of the error.
    pub failing: RefCell<BTreeMap<PathBuf, i32>>,
    /// Paths at which every writing call fails, with the number of the error.
    pub refusing: RefCell<BTreeMap<PathBuf, i32>>,
    /// What happens right before a file gets the name of another one.
    pub renaming: Meanwhile,
    /// The names that a power cut may take.
    forgetful: RefCell<Option<Forgetful>>,
}

impl Default for TrialDisk {
    /// A disk on which every file is 200 days old, also what is written.
    fn default() -> Self {
        Self::aged(NOW, Times::all(NOW - 200 * DAY))
    }
}

impl TrialDisk {
    /// A disk whose files have these times unless something else is said.
    pub fn aged(now: i64, unknown: Times) -> Self {
        Self {
            now: Cell::new(now),
            unknown: Cell::new(unknown),
            times: RefCell::default(),
            mtimes: RefCell::default(),
            left: Cell::default(),
            writes: Cell::default(),
            waited: Cell::default(),
            dark: Cell::default(),
            two_devices: Cell::default(),
            failing: RefCell::default(),
            refusing: RefCell::default(),
            renaming: Meanwhile::default(),
            forgetful: RefCell::default(),
        }
    }

    /// The default disk, with a cut before a write.
    pub fn cut_before(write: u32) -> Self {
        let disk = Self::default();
        disk.left.set(Some(write));
        disk
    }

    /// Says the times of a file.
    pub fn set(&self, path: &Path, times: Times) {
        if let Ok(stat) = RealDisk.stat(path) {
            self.times.borrow_mut().insert(stat.inode, times);
        }
    }

    /// From now on a cut takes names that nobody waited for. Waiting counts as a write.
    ///
    /// # Errors
    /// An error of the file system.
    pub fn forgets(&self, seed: u64) -> io::Result<()> {
        *self.forgetful.borrow_mut() = Some(Forgetful::new(seed)?);
        Ok(())
    }

    /// The power is gone: what nobody waited for is gone, all of it or by chance. Without this a cut is the end of a process.
    ///
    /// # Errors
    /// An error of the file system.
    pub fn power_cut(&self, all: bool) -> io::Result<()> {
        let forgotten = self.forgetful.borrow_mut().as_mut().map(|forgetful| forgetful.forget(all));
        for (inode, ctime) in forgotten.transpose()?.into_iter().flatten() {
            if let Some(times) = self.times.borrow_mut().get_mut(&inode) {
                times.ctime = ctime;
            }
        }
        Ok(())
    }

    /// Changes some names.
    fn rename<T>(&self, names: &[&Path], does: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
        self.refused(names)?;
        self.change(|| {
            let mut forgetful = self.forgetful.borrow_mut();
            let Some(forgetful) = forgetful.as_mut() else { return does() };
            names.iter().try_for_each(|name| forgetful.before(name))?;
            let done = does()?;
            names.iter().try_for_each(|name| forgetful.after(name))?;
            Ok(done)
        })
    }

    fn refused(&self, names: &[&Path]) -> io::Result<()> {
        let refusing = self.refusing.borrow();
        let error = names.iter().find_map(|name| refusing.get(*name));
        error.map_or(Ok(()), |error| Err(io::Error::from_raw_os_error(*error)))
    }

    fn is_forgetful(&self) -> bool {
        self.forgetful.borrow().is_some()
    }

    /// How much of so many bytes is on the disk when the power goes: half; on a disk that forgets all, half or nothing.
    fn torn(&self, bytes: usize) -> usize {
        match self.forgetful.borrow_mut().as_mut().map(|forgetful| forgetful.chance.below(3)) {
            Some(_) if self.dark.get() => 0,
            Some(0) => 0,
            Some(1) => bytes,
            _ => bytes / 2,
        }
    }

    fn change<T>(&self, does: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
        match self.left.get() {
            Some(0) => {
                self.dark.set(true);
                return Err(io::Error::other("the power is gone"));
            }
            Some(left) => self.left.set(Some(left - 1)),
            None => {}
        }
        self.dark.set(false);
        self.writes.set(self.writes.get() + 1);
        does()
    }

    fn read<T>(&self, path: &Path, does: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
        match self.failing.borrow().get(path) {
            Some(error) => Err(io::Error::from_raw_os_error(*error)),
            None => does(),
        }
    }

    /// A change of names changes the third time.
    fn touch(&self, path: &Path) {
        if let Ok(stat) = RealDisk.stat(path)
            && let Some(times) = self.times.borrow_mut().get_mut(&stat.inode)
        {
            if let Some(forgetful) = self.forgetful.borrow_mut().as_mut() {
                forgetful.touches(path, stat.inode, times.ctime);
            }
            times.ctime = self.now.get();
        }
    }

    /// The number of a file that has no other name. A later file may get it.
    fn last_name(&self, path: &Path) -> Option<u64> {
        let stat = std::fs::symlink_metadata(path).ok()?;
        (std::os::unix::fs::MetadataExt::nlink(&stat) == 1)
            .then(|| std::os::unix::fs::MetadataExt::ino(&stat))
    }

    fn forget(&self, gone: Option<u64>) {
        // A disk that forgets may give the name back.
        if self.is_forgetful() {
            return;
        }
        if let Some(inode) = gone {
            self.times.borrow_mut().remove(&inode);
        }
    }

    /// Makes a file. Without waiting for the disk: a cut is one between two calls, and a test has thousands of them.
    fn made(&self, path: &Path, content: &mut dyn io::Read) -> io::Result<()> {
        if self.left.get() == Some(0) && self.is_forgetful() && !path.exists() {
            // The power goes in the middle of it.
            let mut bytes = Vec::new();
            content.read_to_end(&mut bytes)?;
            std::fs::write(path, bytes.get(..self.torn(bytes.len())).unwrap_or_default())?;
        }
        self.rename(&[path], || {
            let mut file = std::fs::OpenOptions::new().write(true).create_new(true).open(path)?;
            io::copy(content, &mut file).map(drop)
        })?;
        self.written(path);
        Ok(())
    }

    fn written(&self, path: &Path) {
        self.set(path, Times::all(self.now.get()));
    }
}

fn append(path: &Path, bytes: &[u8]) -> io::Result<()> {
    io::Write::write_all(&mut std::fs::OpenOptions::new().append(true).create(true).open(path)?, bytes)
}

impl Disk for TrialDisk {
    fn list(&self, folder: &Path) -> io::Result<Vec<Listed>> {
        self.read(folder, || RealDisk.list(folder))
    }

    fn stat(&self, path: &Path) -> io::Result<Stat> {
        let stat = self.read(path, || RealDisk.stat(path))?;
        if stat.kind != Kind::File {
            return Ok(stat);
        }
        let Times { mtime, atime, ctime } =
            self.times.borrow().get(&stat.inode).copied().unwrap_or(self.unknown.get());
        let mtime = self.mtimes.borrow().get(path).copied().unwrap_or(mtime);
        Ok(Stat { mtime, atime, ctime, ..stat })
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn io::Read>> {
        self.read(path, || RealDisk.open(path))
    }

    fn make_one_folder(&self, folder: &Path) -> io::Result<()> {
        if self.is_forgetful() && !folder.exists() && folder.parent().is_some_and(Path::exists) {
            return self.rename(&[folder], || RealDisk.make_one_folder(folder));
        }
        RealDisk.make_one_folder(folder)
    }

    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        let cold = |path: &Path| path.components().any(|part| part.as_os_str() == "archive");
        // The kernel looks at the new name first.
        if self.two_devices.get() && cold(from) != cold(to) && !to.exists() {
            return Err(io::Error::from(io::ErrorKind::CrossesDevices));
        }
        self.rename(&[to], || RealDisk.link(from, to))?;
        self.touch(to);
        Ok(())
    }

    fn unlink(&self, path: &Path) -> io::Result<()> {
        self.touch(path);
        let gone = self.last_name(path);
        self.rename(&[path], || RealDisk.unlink(path))?;
        self.forget(gone);
        Ok(())
    }

    fn create(&self, path: &Path, content: &mut dyn io::Read) -> io::Result<()> {
        self.waited.set(self.waited.get() + 1);
        self.made(path, content)
    }

    fn write(&self, path: &Path, content: &mut dyn io::Read) -> io::Result<()> {
        self.made(path, content)?;
        self.forgetful.borrow_mut().as_mut().map_or(Ok(()), |forgetful| forgetful.wrote(path))
    }

    fn sync(&self, folders: &BTreeSet<PathBuf>, files: &BTreeSet<PathBuf>) -> io::Result<()> {
        if !files.is_empty() && self.is_forgetful() {
            self.change(|| {
                self.forgetful.borrow_mut().iter_mut().for_each(|forgetful| forgetful.waited(files));
                Ok(())
            })?;
        }
        folders.iter().try_for_each(|folder| self.sync_folder(folder))
    }

    fn append(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        if self.left.get() == Some(0) {
            // The power goes in the middle of the line.
            self.forgetful.borrow_mut().iter_mut().for_each(|forgetful| forgetful.adds(path));
            append(path, bytes.get(..self.torn(bytes.len())).unwrap_or_default())?;
        }
        self.refused(&[path])?;
        self.change(|| append(path, bytes))?;
        self.forgetful
            .borrow_mut()
            .iter_mut()
            .for_each(|forgetful| forgetful.waited(&BTreeSet::from([path.into()])));
        self.written(path);
        Ok(())
    }

    fn rename_over(&self, from: &Path, to: &Path) -> io::Result<()> {
        if let Some(happens) = self.renaming.0.take() {
            happens(to);
        }
        let gone = self.last_name(to);
        self.rename(&[from, to], || RealDisk.rename_over(from, to))?;
        self.forget(gone);
        self.touch(to);
        Ok(())
    }

    fn set_times(&self, path: &Path, mtime: i64, atime: i64) -> io::Result<()> {
        self.change(|| RealDisk.set_times(path, mtime, atime))?;
        self.set(path, Times { mtime, atime, ctime: self.now.get() });
        Ok(())
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        self.refused(&[folder])?;
        if !self.is_forgetful() {
            return Ok(());
        }
        if !folder.exists() {
            return Err(io::Error::from(io::ErrorKind::NotFound));
        }
        self.change(|| {
            self.forgetful.borrow_mut().iter_mut().for_each(|forgetful| forgetful.settled(folder));
            Ok(())
        })
    }
}
