//! What outlasts a session, as files of a directory: one for each key, replaced as a whole.
//!
//! Logs of channels can be had again from the server: of those, the ones that were written longest ago go first when
//! there are too many. The ledger and the vault stay, whatever their size.

use pinfold_core::error::{Code, Error};
use std::cell::Cell;
use std::fs::{self, Metadata};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

/// The longest file that is read, in bytes.
const LIMIT: u64 = 64 * 1024 * 1024;

/// What the name of each log begins with.
const LOG: &str = "log-";
/// The most bytes that all logs of a directory may have, and how many there may be.
const LOGS: Bound = Bound { bytes: 512 * 1024 * 1024, files: 8192 };

#[derive(Clone, Copy)]
struct Bound {
    bytes: u64,
    files: usize,
}

/// A directory that is made when something is stored.
pub(super) struct Files {
    directory: PathBuf,
    bound: Bound,
    /// What the logs have at most, as far as this session knows; nothing before it has looked.
    logs: Cell<Option<Bound>>,
}

impl Files {
    pub(super) fn in_directory(directory: PathBuf) -> Self {
        let files = Self { directory, bound: LOGS, logs: Cell::new(None) };
        files.clean();
        files
    }

    /// What was stored under a key.
    ///
    /// # Errors
    /// `host/storage`.
    pub(super) fn fetch(&self, key: &str) -> Result<Option<Vec<u8>>, Error> {
        let path = self.path(key)?;
        match fs::metadata(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Ok(found) if found.len() > LIMIT => {
                return Err(Error::new(
                    Code::HostStorage,
                    "a stored file is larger than any this program writes",
                ));
            }
            _ => {}
        }
        fs::read(&path).map(Some).map_err(|error| failed(&error))
    }

    /// Writes beside the old file, then takes its place: a crash leaves one of the two whole.
    ///
    /// # Errors
    /// `host/storage`.
    pub(super) fn store(&self, key: &str, bytes: &[u8]) -> Result<(), Error> {
        let path = self.path(key)?;
        write(&self.directory, &path, bytes).map_err(|error| failed(&error))?;
        if key.starts_with(LOG) {
            self.make_room(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        }
        Ok(())
    }

    /// Removes the file of a key. A file that cannot be removed is of no use, and does no harm.
    pub(super) fn forget(&self, key: &str) {
        if let Ok(path) = self.path(key) {
            let _ = fs::remove_file(path);
        }
    }

    /// Takes away what version 0.1 kept: logs whose names hold the ids of channels.
    fn clean(&self) {
        for (path, _) in self.all_logs() {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            if name.ends_with("-base") || name.ends_with("-tail") {
                let _ = fs::remove_file(path);
            }
        }
    }

    /// A log of so many bytes was written. Looks at the directory only when there may be too much in it.
    fn make_room(&self, bytes: u64) {
        let more = |known: Bound| Bound { bytes: known.bytes.saturating_add(bytes), files: known.files + 1 };
        let estimate = self.logs.get().map(more);
        if estimate.is_some_and(|all| all.bytes <= self.bound.bytes && all.files <= self.bound.files) {
            return self.logs.set(estimate);
        }
        let mut logs = self.all_logs();
        logs.sort_by_key(|(_, found)| found.modified().ok());
        let sum = |logs: &[(PathBuf, Metadata)]| logs.iter().map(|(_, found)| found.len()).sum::<u64>();
        let (mut bytes, mut files) = (sum(&logs), logs.len());
        // A little more than is needed: the next log comes soon.
        let room = Bound {
            bytes: self.bound.bytes - self.bound.bytes / 10,
            files: self.bound.files - self.bound.files / 10,
        };
        if bytes > self.bound.bytes || files > self.bound.files {
            for (path, found) in logs {
                if bytes <= room.bytes && files <= room.files {
                    break;
                }
                if fs::remove_file(path).is_ok() {
                    (bytes, files) = (bytes.saturating_sub(found.len()), files.saturating_sub(1));
                }
            }
        }
        self.logs.set(Some(Bound { bytes, files }));
    }

    fn all_logs(&self) -> Vec<(PathBuf, Metadata)> {
        let entries = fs::read_dir(&self.directory).into_iter().flatten().flatten();
        let logs = entries.filter(|entry| entry.file_name().as_encoded_bytes().starts_with(LOG.as_bytes()));
        logs.filter_map(|entry| Some((entry.path(), entry.metadata().ok()?))).collect()
    }

    fn path(&self, key: &str) -> Result<PathBuf, Error> {
        let plain = !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        let refused = || Error::new(Code::HostStorage, "a key is no file name");
        plain.then(|| self.directory.join(key)).ok_or_else(refused)
    }
}

fn write(directory: &Path, path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    fs::create_dir_all(directory)?;
    let mut file = tempfile::NamedTempFile::new_in(directory)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

fn failed(error: &std::io::Error) -> Error {
    Error::new(Code::HostStorage, "the store cannot be used").with("reason", error)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use super::*;

    #[test]
    fn what_was_stored_last_is_fetched() {
        let directory = tempfile::tempdir().unwrap();
        let files = Files::in_directory(directory.path().join("made/when/needed"));
        assert_eq!(files.fetch("a1-x").unwrap(), None);
        for bytes in [&b"one"[..], b"two, longer", b""] {
            files.store("a1-x", bytes).unwrap();
            assert_eq!(files.fetch("a1-x").unwrap().as_deref(), Some(bytes));
        }
        assert_eq!(fs::read_dir(directory.path().join("made/when/needed")).unwrap().count(), 1);
    }

    #[test]
    fn a_key_is_no_path_and_a_file_no_directory() {
        let directory = tempfile::tempdir().unwrap();
        let files = Files::in_directory(directory.path().to_owned());
        for key in ["", "../x", "a/b", "."] {
            assert_eq!(files.fetch(key).unwrap_err().code(), Code::HostStorage);
        }
        fs::create_dir(directory.path().join("taken")).unwrap();
        assert_eq!(files.fetch("taken").unwrap_err().code(), Code::HostStorage);
        assert_eq!(files.store("taken", b"x").unwrap_err().code(), Code::HostStorage);
    }

    #[test]
    fn the_oldest_logs_go_first_and_nothing_else_does() {
        let directory = tempfile::tempdir().unwrap();
        let mut files = Files::in_directory(directory.path().to_owned());
        files.bound = Bound { bytes: 1000, files: 5 };
        files.store("ledger", &[0; 5000]).unwrap();
        for (bytes, left) in [(10, 4), (300, 3)] {
            for n in 0..9 {
                let name = format!("log-{n}");
                files.store(&name, &vec![0; bytes]).unwrap();
                let at = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(n);
                fs::File::open(directory.path().join(&name)).unwrap().set_modified(at).unwrap();
            }
            let kept: Vec<u64> =
                (0..9).filter(|n| files.fetch(&format!("log-{n}")).unwrap().is_some()).collect();
            assert!(kept.len() >= left - 1 && kept.len() <= 5, "{kept:?}");
            assert!(kept.contains(&8) && !kept.contains(&0), "{kept:?}");
            assert!(kept.len() * bytes <= 1000, "{kept:?}");
        }
        assert_eq!(files.fetch("ledger").unwrap().unwrap().len(), 5000);
        files.forget("log-8");
        files.forget("log-8");
        assert_eq!(files.fetch("log-8").unwrap(), None);
    }

    #[test]
    fn logs_of_version_0_1_are_taken_away() {
        let directory = tempfile::tempdir().unwrap();
        let old = ["log-00112233445566778899aabbccddeeff-base", "log-00112233445566778899aabbccddeeff-tail"];
        for name in old.into_iter().chain(["log-ab", "ledger-base"]) {
            fs::write(directory.path().join(name), "x").unwrap();
        }
        let files = Files::in_directory(directory.path().to_owned());
        assert!(old.iter().all(|name| files.fetch(name).unwrap().is_none()));
        assert!(files.fetch("log-ab").unwrap().is_some() && files.fetch("ledger-base").unwrap().is_some());
    }
}
