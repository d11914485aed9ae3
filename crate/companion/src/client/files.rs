//! What outlasts a session, as files of a directory: one for each key, replaced as a whole.

use pinfold_core::error::{Code, Error};
use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

/// The longest file that is read, in bytes.
const LIMIT: u64 = 64 * 1024 * 1024;

/// A directory that is made when something is stored.
pub(super) struct Files {
    directory: PathBuf,
}

impl Files {
    pub(super) fn in_directory(directory: PathBuf) -> Self {
        Self { directory }
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
        write(&self.directory, &path, bytes).map_err(|error| failed(&error))
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
}
