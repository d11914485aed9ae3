//! Adding a line to a log, and the few things done with whole files.

use std::fs::{self, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
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

/// Removes a file; one that is not there is fine.
pub(super) fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Moves a file, over an older one of the same name; one that is not there is fine.
pub(super) fn move_if_there(from: &Path, to: &Path) -> io::Result<()> {
    if let Some(directory) = to.parent() {
        fs::create_dir_all(directory)?;
    }
    match fs::rename(from, to) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Writes a whole file so that a reader sees the old content or the new one, never a part.
pub(super) fn replace_file(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let directory = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(directory)?;
    let mut file = tempfile::NamedTempFile::new_in(directory)?;
    file.write_all(bytes)?;
    file.persist(path).map_err(|failed| failed.error)?;
    Ok(())
}

/// The lines of a log that count: without a last one that does not end in a line break.
pub(super) fn whole_lines(log: &str) -> &str {
    log.rfind('\n').and_then(|end| log.get(..=end)).unwrap_or_default()
}

/// The length of a file in bytes; 0 when there is none.
pub(super) fn size(path: &Path) -> io::Result<u64> {
    match fs::metadata(path) {
        Ok(metadata) => Ok(metadata.len()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
        Err(error) => Err(error),
    }
}

/// The text of a small file; `None` when there is none. Bytes that are no UTF-8 become U+FFFD.
pub(super) fn read_small(path: &Path, limit: u64) -> io::Result<Option<String>> {
    let file = match fs::File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut bytes = Vec::new();
    file.take(limit).read_to_end(&mut bytes)?;
    Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
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

    #[test]
    fn a_last_line_without_its_line_break_does_not_count() {
        for (log, whole) in [("", ""), ("a", ""), ("a\n", "a\n"), ("a\nb", "a\n"), ("\n", "\n")] {
            assert_eq!(whole_lines(log), whole);
        }
    }
}
