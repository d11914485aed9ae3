//! A small store on a scratch disk, and a disk that records, cuts and freezes.

use pinfold_datadir::disk::{Disk, Kind, Listed, Stat};
use pinfold_datadir::id::ItemId;
use pinfold_datadir::paths::Paths;
use pinfold_datadir::real::RealDisk;
use sha2::{Digest, Sha256};
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Thursday, 28 May 2026.
pub const NOW: i64 = 1_780_000_000_000;
pub const DAY: i64 = 86_400_000;

pub fn id(label: &str) -> ItemId {
    let hash: String = Sha256::digest(label).iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    hash.parse().unwrap()
}

pub const KEY: &str = "HSFw-mSe13urwJ97HvTzw4QbbxgS3QMYQrcuKGRA8fE=";

/// A store in a folder that goes with it.
pub struct Store {
    pub folder: tempfile::TempDir,
    pub paths: Paths,
}

impl Store {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let paths = Paths::example(folder.path());
        fs::create_dir_all(&paths.channels).unwrap();
        fs::create_dir_all(&paths.pins).unwrap();
        Self { folder, paths }
    }

    pub fn write(&self, path: &Path, text: &str) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// A channel that nobody touched for 200 days.
    pub fn old_channel(&self, label: &str) -> ItemId {
        let id = id(label);
        let live = self.paths.live(&id);
        self.write(&live.body, &format!("[0,\"s\",\"MSG\",\"c\",\"{label}\",1]\n"));
        self.write(&live.metadata, &format!("{{\"channel\":\"{id}\",\"owners\":[\"{label}\"]}}\n"));
        id
    }

    pub fn archived_twin(&self, label: &str) {
        let archived = self.paths.archived(&id(label));
        self.write(&archived.body, &format!("older {label}\n"));
        self.write(&archived.metadata, &format!("older metadata {label}\n"));
    }

    pub fn pin_log(&self, lines: &str) {
        self.write(&self.paths.pin_log(&KEY.parse().unwrap()), lines);
    }

    /// The contents of all files but placeholders and those of pinfold's own state.
    pub fn contents(&self) -> BTreeSet<Vec<u8>> {
        let mut found = BTreeSet::new();
        each_file(self.folder.path(), &mut |path| {
            if !path.starts_with(&self.paths.state) && path.extension().is_none_or(|end| end != "placeholder")
            {
                found.insert(fs::read(path).unwrap());
            }
        });
        found
    }

    /// All names with their contents, those of pinfold's own state and of unfinished writes left out.
    pub fn names(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut found = BTreeMap::new();
        each_file(self.folder.path(), &mut |path| {
            let hidden = path.file_name().unwrap().to_string_lossy().starts_with('.');
            if !path.starts_with(&self.paths.state) && !hidden {
                found.insert(path.strip_prefix(self.folder.path()).unwrap().into(), fs::read(path).unwrap());
            }
        });
        found
    }
}

fn each_file(folder: &Path, visit: &mut dyn FnMut(&Path)) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { each_file(&path, visit) } else { visit(&path) }
    }
}

/// A disk on which every time is 200 days ago unless a test says otherwise, and whose power goes before a chosen write.
#[derive(Default)]
pub struct TestDisk {
    /// How many writes are still carried out; `None`: all.
    pub left: Cell<Option<u32>>,
    /// How many were carried out.
    pub writes: Cell<u32>,
    /// The times of the last change, where they differ.
    pub mtimes: RefCell<BTreeMap<PathBuf, i64>>,
    /// Whether names in cold storage lie on another device.
    pub two_devices: Cell<bool>,
}

impl TestDisk {
    pub fn cut_before(write: u32) -> Self {
        Self { left: Cell::new(Some(write)), ..Self::default() }
    }

    fn write<T>(&self, does: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
        match self.left.get() {
            Some(0) => return Err(io::Error::other("the power is gone")),
            Some(left) => self.left.set(Some(left - 1)),
            None => {}
        }
        self.writes.set(self.writes.get() + 1);
        does()
    }
}

impl Disk for TestDisk {
    fn list(&self, folder: &Path) -> io::Result<Vec<Listed>> {
        RealDisk.list(folder)
    }

    fn stat(&self, path: &Path) -> io::Result<Stat> {
        let stat = RealDisk.stat(path)?;
        if stat.kind != Kind::File {
            return Ok(stat);
        }
        let mtime = self.mtimes.borrow().get(path).copied().unwrap_or(NOW - 200 * DAY);
        Ok(Stat { mtime, atime: NOW - 200 * DAY, ctime: NOW - 200 * DAY, ..stat })
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn io::Read>> {
        RealDisk.open(path)
    }

    fn make_folder(&self, folder: &Path) -> io::Result<()> {
        RealDisk.make_folder(folder)
    }

    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        let cold = |path: &Path| path.components().any(|part| part.as_os_str() == "archive");
        // The kernel looks at the new name first.
        if self.two_devices.get() && cold(from) != cold(to) && !to.exists() {
            return Err(io::Error::from(io::ErrorKind::CrossesDevices));
        }
        self.write(|| RealDisk.link(from, to))
    }

    fn unlink(&self, path: &Path) -> io::Result<()> {
        self.write(|| RealDisk.unlink(path))
    }

    fn create(&self, path: &Path, content: &mut dyn io::Read) -> io::Result<()> {
        self.write(|| RealDisk.create(path, content))
    }

    fn append(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        if self.left.get() == Some(0) {
            // The power goes in the middle of the line.
            RealDisk.append(path, &bytes[..bytes.len() / 2])?;
        }
        self.write(|| RealDisk.append(path, bytes))
    }

    fn rename_over(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.write(|| RealDisk.rename_over(from, to))
    }

    fn set_times(&self, path: &Path, mtime: i64, atime: i64) -> io::Result<()> {
        self.write(|| RealDisk.set_times(path, mtime, atime))
    }

    fn sync_folder(&self, _: &Path) -> io::Result<()> {
        Ok(())
    }
}
