//! What a power cut takes from a disk: names that were given or taken, and whose folder nobody waited for, and what files hold that nobody
//! waited for. Each name stands by itself: after a cut it leads to what it led to at any moment since its folder was last waited for.

use super::chance::Chance;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// What a name led to at some moment.
#[derive(Debug)]
enum Led {
    Nowhere,
    /// To a file, which is kept under this name.
    File(PathBuf),
    Folder,
}

/// The names that the disk may not have yet.
#[derive(Debug)]
pub(super) struct Forgetful {
    /// Where files stay that lost their last name.
    attic: tempfile::TempDir,
    kept: u64,
    names: BTreeMap<PathBuf, Vec<Led>>,
    /// With a name that was given or taken goes the third time of its file: its number, and what the time was before.
    times: BTreeMap<PathBuf, (u64, i64)>,
    /// Files, by the name that they were written under, of which the disk may have nothing but the names. Each is kept under another name.
    written: BTreeMap<PathBuf, PathBuf>,
    /// How long files were before something was added that nobody waited for.
    added: BTreeMap<PathBuf, u64>,
    pub(super) chance: Chance,
}

impl Forgetful {
    pub(super) fn new(seed: u64) -> io::Result<Self> {
        Ok(Self {
            attic: tempfile::tempdir()?,
            kept: 0,
            names: BTreeMap::new(),
            times: BTreeMap::new(),
            written: BTreeMap::new(),
            added: BTreeMap::new(),
            chance: Chance(seed),
        })
    }

    fn led(&mut self, path: &Path) -> io::Result<Led> {
        match fs::symlink_metadata(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Led::Nowhere),
            Err(error) => Err(error),
            Ok(found) if found.is_dir() => Ok(Led::Folder),
            Ok(_) => {
                self.kept += 1;
                let kept = self.attic.path().join(self.kept.to_string());
                fs::hard_link(path, &kept)?;
                Ok(Led::File(kept))
            }
        }
    }

    /// A name is about to change.
    pub(super) fn before(&mut self, path: &Path) -> io::Result<()> {
        if !self.names.contains_key(path) {
            let led = self.led(path)?;
            self.names.insert(path.to_path_buf(), vec![led]);
        }
        Ok(())
    }

    /// A name changed.
    pub(super) fn after(&mut self, path: &Path) -> io::Result<()> {
        let led = self.led(path)?;
        self.names.entry(path.to_path_buf()).or_default().push(led);
        Ok(())
    }

    /// A change of this name changes the third time of a file.
    pub(super) fn touches(&mut self, path: &Path, inode: u64, ctime: i64) {
        self.times.entry(path.to_path_buf()).or_insert((inode, ctime));
    }

    /// A file was written, and nobody waited for what it holds.
    pub(super) fn wrote(&mut self, path: &Path) -> io::Result<()> {
        if let Led::File(kept) = self.led(path)? {
            self.written.insert(path.to_path_buf(), kept);
        }
        Ok(())
    }

    /// Something is about to be added to a file, and the power goes before anybody waited for it.
    pub(super) fn adds(&mut self, path: &Path) {
        let length = fs::metadata(path).map_or(0, |file| file.len());
        self.added.entry(path.to_path_buf()).or_insert(length);
    }

    /// Somebody waited for what these files hold.
    pub(super) fn waited(&mut self, files: &BTreeSet<PathBuf>) {
        self.written.retain(|path, _| !files.contains(path));
        self.added.retain(|path, _| !files.contains(path));
    }

    /// Somebody waited for a folder: the disk has its names.
    pub(super) fn settled(&mut self, folder: &Path) {
        self.times.retain(|path, _| path.parent() != Some(folder));
        self.names.retain(|path, _| path.parent() != Some(folder));
    }

    /// The power is gone. With `all`, nothing that nobody waited for is on the disk; else chance decides for each name. Answers the third
    /// times, by the numbers of the files, that are what they were before.
    pub(super) fn forget(&mut self, all: bool) -> io::Result<Vec<(u64, i64)>> {
        for kept in std::mem::take(&mut self.written).into_values() {
            if all || self.chance.below(2) == 0 {
                fs::write(kept, "")?;
            }
        }
        for (path, length) in std::mem::take(&mut self.added) {
            if (all || self.chance.below(2) == 0)
                && let Ok(file) = fs::OpenOptions::new().write(true).open(path)
            {
                file.set_len(length)?;
            }
        }
        // A time is what it was before if nothing is left of what changed it.
        let mut times: BTreeMap<u64, (i64, bool)> = BTreeMap::new();
        // Folders before what lies in them: what is in a folder goes with its name.
        for (path, led) in std::mem::take(&mut self.names) {
            let chosen = if all { 0 } else { self.chance.below(led.len() as u64) as usize };
            let now = fs::symlink_metadata(&path).ok();
            if let Some((inode, before)) = self.times.remove(&path) {
                let (earliest, forgotten) = times.entry(inode).or_insert((before, true));
                *earliest = before.min(*earliest);
                // What is in a folder goes with its name.
                *forgotten &= chosen == 0 || !path.parent().is_some_and(Path::exists);
            }
            match led.into_iter().nth(chosen) {
                Some(Led::Folder) if now.is_some() => {}
                Some(Led::Folder) => drop(fs::create_dir(&path)),
                other => {
                    self.kept += 1;
                    if now.is_some() {
                        fs::rename(&path, self.attic.path().join(self.kept.to_string()))?;
                    }
                    if let Some(Led::File(kept)) = other
                        && path.parent().is_some_and(Path::exists)
                    {
                        fs::hard_link(kept, &path)?;
                    }
                }
            }
        }
        let times = times.into_iter().filter(|(_, (_, forgotten))| *forgotten);
        Ok(times.map(|(inode, (before, _))| (inode, before)).collect())
    }
}
