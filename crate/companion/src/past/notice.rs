//! The notice that an operator wrote for the account, from a file.

use std::path::Path;

use pinfold_core::error::{Code, Error};
use pinfold_recovery::NoticeFile;

/// The longest notice that is read, in bytes.
const LONGEST: u64 = 64 << 20;

/// Reads a notice.
///
/// # Errors
/// `misuse/bad-argument` for a file that cannot be read, is too long or is no notice.
pub(crate) fn read(path: &Path) -> Result<NoticeFile, Error> {
    let unreadable = |reason: &dyn std::fmt::Display| {
        let error = Error::new(Code::MisuseBadArgument, "the notice cannot be read");
        error.with("path", path.display()).with("reason", reason)
    };
    let length = std::fs::metadata(path).map_err(|error| unreadable(&error))?.len();
    if length > LONGEST {
        return Err(unreadable(&"it is too long"));
    }
    NoticeFile::read(&std::fs::read_to_string(path).map_err(|error| unreadable(&error))?)
}
