//! Making a data directory ready: ours, another server's, or a temporary one.

use pinfold_core::error::{Code, Error};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// Says that pinfold made the directory. `--fresh` deletes nothing where it is missing.
const MARKER: &str = ".pinfold-data";
const MARKER_TEXT: &str = "Made by pinfold-companion, which may empty this directory with --fresh.\n";
const LOCK: &str = ".pinfold-lock";
/// What this server makes inside, and all that `--fresh` removes.
const PARTS: [&str; 5] = ["datastore", "block", "blob", "pins", "archive"];

/// A directory this process may write, until it is dropped.
pub(crate) struct DataDir {
    path: PathBuf,
    // Held for its effect: another server on the same directory is refused.
    _lock: Option<File>,
    _temporary: Option<tempfile::TempDir>,
}

impl DataDir {
    /// A directory that is removed at the end.
    pub(crate) fn temporary() -> Result<Self, Error> {
        let directory = tempfile::Builder::new().prefix("pinfold-").tempdir().map_err(|e| storage(&e))?;
        fs::write(directory.path().join(MARKER), MARKER_TEXT).map_err(|e| storage(&e))?;
        Ok(Self { path: directory.path().into(), _lock: None, _temporary: Some(directory) })
    }

    /// Opens or makes a directory; `fresh` empties it first.
    ///
    /// # Errors
    /// `misuse/bad-argument` when `fresh` is asked for a directory without pinfold's marker, or when the
    /// directory holds something else than a server's data; `misuse/busy` when another server uses it;
    /// `host/storage` when the disk fails.
    pub(crate) fn open(path: &Path, fresh: bool) -> Result<Self, Error> {
        fs::create_dir_all(path).map_err(|e| storage(&e))?;
        let path = path.canonicalize().map_err(|e| storage(&e))?;
        let ours = path.join(MARKER).is_file();
        let empty = fs::read_dir(&path).map_err(|e| storage(&e))?.next().is_none();
        if !ours && !empty {
            if fresh {
                return Err(Error::new(
                    Code::MisuseBadArgument,
                    "the data directory was not made by pinfold, so it is not emptied",
                ));
            }
            if !path.join("datastore").is_dir() {
                return Err(Error::new(
                    Code::MisuseBadArgument,
                    "the data directory holds files but no datastore: choose an empty one",
                ));
            }
        }
        if empty {
            fs::write(path.join(MARKER), MARKER_TEXT).map_err(|e| storage(&e))?;
        }
        let lock = lock(&path)?;
        if fresh {
            for part in PARTS {
                remove_part(&path.join(part)).map_err(|e| storage(&e))?;
            }
        }
        Ok(Self { path, _lock: Some(lock), _temporary: None })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Copies a recorded account in, unless something is stored already. `from` is a data directory or
    /// one that holds it as `data`.
    ///
    /// # Errors
    /// `misuse/bad-argument` when `from` holds no datastore, `host/storage` when the disk fails.
    pub(crate) fn seed(&self, from: &Path) -> Result<bool, Error> {
        let nested = from.join("data");
        let from = if nested.is_dir() { nested } else { from.into() };
        if !from.join("datastore").is_dir() {
            return Err(Error::new(Code::MisuseBadArgument, "the account to copy holds no datastore"));
        }
        let stored =
            |part: &str| fs::read_dir(self.path.join(part)).is_ok_and(|mut entries| entries.next().is_some());
        if PARTS.iter().any(|part| stored(part)) {
            return Ok(false);
        }
        for part in PARTS {
            let source = from.join(part);
            if source.is_dir() {
                copy_tree(&source, &self.path.join(part), 8).map_err(|e| storage(&e))?;
            }
        }
        Ok(true)
    }
}

fn lock(directory: &Path) -> Result<File, Error> {
    let file = File::create(directory.join(LOCK)).map_err(|e| storage(&e))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(fs::TryLockError::WouldBlock) => {
            Err(Error::new(Code::MisuseBusy, "another server uses the data directory"))
        }
        Err(fs::TryLockError::Error(error)) => Err(storage(&error)),
    }
}

/// Removes a directory of ours; a link in its place is removed, never followed.
fn remove_part(path: &Path) -> io::Result<()> {
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
        Ok(metadata) if metadata.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
    }
}

/// Copies files and directories; links are left out, so that nothing from elsewhere is taken along.
fn copy_tree(from: &Path, to: &Path, depth: usize) -> io::Result<()> {
    if depth == 0 {
        return Err(io::Error::other("directories nested too deeply"));
    }
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        let target = to.join(entry.file_name());
        if kind.is_dir() {
            copy_tree(&entry.path(), &target, depth - 1)?;
        } else if kind.is_file() {
            // Not `fs::copy`: that would copy a read-only mode along.
            io::copy(&mut File::open(entry.path())?, &mut File::create(&target)?)?;
        }
    }
    Ok(())
}

fn storage(error: &io::Error) -> Error {
    Error::new(Code::HostStorage, "the data directory cannot be used").with("reason", error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fresh_empties_only_what_pinfold_made() {
        let parent = tempfile::tempdir().unwrap();
        let ours = parent.path().join("ours");
        drop(DataDir::open(&ours, true).unwrap());
        fs::create_dir_all(ours.join("datastore/aa")).unwrap();
        fs::write(ours.join("datastore/aa/log"), "x").unwrap();
        fs::write(ours.join("notes.txt"), "mine").unwrap();
        drop(DataDir::open(&ours, true).unwrap());
        assert!(!ours.join("datastore").exists());
        assert!(ours.join("notes.txt").exists());

        let foreign = parent.path().join("foreign");
        fs::create_dir_all(foreign.join("datastore")).unwrap();
        fs::write(foreign.join("datastore/log"), "x").unwrap();
        assert_eq!(DataDir::open(&foreign, true).err().unwrap().code(), Code::MisuseBadArgument);
        drop(DataDir::open(&foreign, false).unwrap());
        assert_eq!(DataDir::open(&foreign, true).err().unwrap().code(), Code::MisuseBadArgument);
        assert!(foreign.join("datastore/log").exists());
    }

    #[test]
    fn a_directory_of_other_things_is_refused() {
        let parent = tempfile::tempdir().unwrap();
        fs::write(parent.path().join("letter.txt"), "x").unwrap();
        assert_eq!(DataDir::open(parent.path(), false).err().unwrap().code(), Code::MisuseBadArgument);
    }

    #[test]
    fn two_servers_cannot_share_a_directory() {
        let parent = tempfile::tempdir().unwrap();
        let first = DataDir::open(parent.path(), false).unwrap();
        assert_eq!(DataDir::open(parent.path(), false).err().unwrap().code(), Code::MisuseBusy);
        drop(first);
        assert!(DataDir::open(parent.path(), false).is_ok());
    }

    #[cfg(unix)]
    #[test]
    fn fresh_does_not_follow_a_link() {
        let parent = tempfile::tempdir().unwrap();
        let precious = parent.path().join("precious");
        fs::create_dir(&precious).unwrap();
        fs::write(precious.join("file"), "x").unwrap();
        let ours = parent.path().join("ours");
        drop(DataDir::open(&ours, false).unwrap());
        std::os::unix::fs::symlink(&precious, ours.join("datastore")).unwrap();
        drop(DataDir::open(&ours, true).unwrap());
        assert!(precious.join("file").exists());
        assert!(!ours.join("datastore").exists());
    }

    #[test]
    fn an_account_is_copied_once() {
        let parent = tempfile::tempdir().unwrap();
        let recorded = parent.path().join("recorded");
        fs::create_dir_all(recorded.join("data/datastore/aa")).unwrap();
        fs::write(recorded.join("data/datastore/aa/log"), "x").unwrap();
        let ours = DataDir::open(&parent.path().join("ours"), false).unwrap();
        assert!(ours.seed(&recorded).unwrap());
        assert!(ours.path().join("datastore/aa/log").exists());
        fs::write(ours.path().join("datastore/aa/log"), "changed").unwrap();
        assert!(!ours.seed(&recorded).unwrap());
        assert_eq!(fs::read_to_string(ours.path().join("datastore/aa/log")).unwrap(), "changed");
        assert_eq!(ours.seed(parent.path()).unwrap_err().code(), Code::MisuseBadArgument);
    }
}
