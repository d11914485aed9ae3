//! What is done to a live file: a line is added, or it is replaced as a whole.

use pinfold_datadir::moves;
use pinfold_datadir::real::RealDisk;
use std::fs::{self, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::Path;

/// Appends `line` (which holds no line break) and returns the offset at which it starts.
///
/// As the real server does, without a look at how the log ends: to a last line that was torn by a crash the new one
/// is glued, and neither can be read again. The list in memory then differs from the disk.
pub(super) fn append_line(path: &Path, line: &str) -> io::Result<u64> {
    if let Some(directory) = path.parent() {
        fs::create_dir_all(directory)?;
    }
    let mut file = OpenOptions::new().append(true).create(true).open(path)?;
    let length = file.seek(SeekFrom::End(0))?;
    // One write, so that a crash cannot leave the line without its line break.
    file.write_all(format!("{line}\n").as_bytes())?;
    Ok(length)
}

/// Writes a small file whole, and makes its folder.
pub(super) fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    fs::create_dir_all(path.parent().unwrap_or(Path::new(".")))?;
    moves::write_whole(&RealDisk, path, bytes)
}

/// The length of a file in bytes; 0 when the file is missing.
pub(super) fn size(path: &Path) -> io::Result<u64> {
    match fs::metadata(path) {
        Ok(metadata) => Ok(metadata.len()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_glued_to_a_torn_one() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("xx").join("log");
        assert_eq!(append_line(&path, "one").unwrap(), 0);
        fs::OpenOptions::new().append(true).open(&path).unwrap().write_all(b"to").unwrap();
        assert_eq!(append_line(&path, "three").unwrap(), 6);
        assert_eq!(append_line(&path, "four").unwrap(), 12);
        assert_eq!(fs::read_to_string(&path).unwrap(), "one\ntothree\nfour\n");
    }
}
