//! The files of a channel: log, metadata, placeholder, archive.

use super::append::{
    append_line, move_if_there, read_small, remove_if_there, replace_file, size, whole_lines,
};
use super::id::StoreId;
use super::index::Index;
use super::layout::Layout;
use super::lines::LineReader;
use super::metadata::Metadata;
use super::reports::Reports;
use serde_json::{Value, json};
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};

/// A metadata log or a first line longer than this is not read further.
const METADATA_LIMIT: u64 = 16 * 1024 * 1024;

/// All channels and the owners' metadata of blobs.
#[derive(Clone)]
pub(crate) struct ChannelFiles {
    layout: Layout,
    reports: Reports,
}

impl ChannelFiles {
    pub(super) fn new(layout: Layout, reports: Reports) -> Self {
        Self { layout, reports }
    }

    /// The metadata: of its own log, or of the first line of a very old channel log.
    pub(crate) fn metadata(&self, id: &StoreId) -> io::Result<Option<Metadata>> {
        let path = self.layout.metadata(id);
        if let Some(log) = read_small(&path, METADATA_LIMIT)? {
            let damaged =
                |at: usize| self.reports.damaged(&path, at as u64, "not a metadata object or command");
            return Ok(Metadata::replay(whole_lines(&log), damaged));
        }
        if id.is_blob() {
            return Ok(None);
        }
        let Some(log) = self.open(id)? else { return Ok(None) };
        let mut first = Vec::new();
        BufReader::new(log).take(METADATA_LIMIT).read_until(b'\n', &mut first)?;
        if first.last() != Some(&b'\n') {
            return Ok(None);
        }
        Ok(match serde_json::from_slice(&first) {
            Ok(Value::Object(fields)) => Some(Metadata::new(fields)),
            _ => None,
        })
    }

    /// Stores a channel's first metadata, over whatever an earlier channel of that id left.
    pub(crate) fn create(&self, id: &StoreId, metadata: &Metadata) -> io::Result<()> {
        replace_file(&self.layout.metadata(id), format!("{}\n", metadata.to_json()).as_bytes())?;
        remove_if_there(&self.layout.placeholder(id))
    }

    /// Notes a metadata command.
    pub(crate) fn append_command(
        &self,
        id: &StoreId,
        command: &str,
        value: &Value,
        now: u64,
    ) -> io::Result<()> {
        append_line(&self.layout.metadata(id), &json!([command, value, now]).to_string())?;
        Ok(())
    }

    /// Appends a message line; returns where it starts and where the log now ends.
    pub(crate) fn append(&self, id: &StoreId, line: &str) -> io::Result<(u64, u64)> {
        let start = append_line(&self.layout.log(id), line)?;
        Ok((start, start + line.len() as u64 + 1))
    }

    /// The index of the log; `None` when there is no log.
    pub(crate) fn index(&self, id: &StoreId) -> io::Result<Option<Index>> {
        let end = size(&self.layout.log(id))?;
        let reader = self.read(id, 0, end)?;
        reader.map(|reader| Index::load(reader, end)).transpose()
    }

    /// A reader of the log between two offsets; `None` when there is no log.
    pub(crate) fn read(&self, id: &StoreId, from: u64, end: u64) -> io::Result<Option<LineReader>> {
        let opened = LineReader::open(self.layout.log(id), from, Some(end), self.reports.clone());
        found(opened)
    }

    /// Where the message with this hash starts, searching backwards in favour of the newest.
    pub(crate) fn search(&self, id: &StoreId, hash: &str, end: u64) -> io::Result<Option<u64>> {
        let Some(mut reader) = self.read(id, 0, end)? else { return Ok(None) };
        let mut place = None;
        while let Some(line) = reader.next()? {
            if line.hash() == hash {
                place = Some(line.offset);
            }
        }
        Ok(place)
    }

    /// Whether a message is stored.
    pub(crate) fn has_messages(&self, id: &StoreId) -> io::Result<bool> {
        match self.read(id, 0, u64::MAX)? {
            Some(mut reader) => Ok(reader.next()?.is_some()),
            None => Ok(false),
        }
    }

    /// Why the channel or blob was archived, if it was with a reason.
    pub(crate) fn placeholder(&self, id: &StoreId) -> io::Result<Option<String>> {
        read_small(&self.layout.placeholder(id), 4096)
    }

    /// Bytes of log and metadata, or of a blob; 0 when there is nothing.
    pub(crate) fn size(&self, id: &StoreId) -> io::Result<u64> {
        if id.is_blob() {
            return size(&self.layout.blob(id));
        }
        Ok(size(&self.layout.log(id))? + size(&self.layout.metadata(id))?)
    }

    /// Moves everything of a channel or blob into the archive and leaves the reason.
    pub(crate) fn archive(&self, id: &StoreId, reason: &str) -> io::Result<()> {
        let archive = self.layout.archive();
        replace_file(&self.layout.placeholder(id), reason.as_bytes())?;
        if id.is_blob() {
            move_if_there(&self.layout.blob(id), &archive.blob(id))?;
        } else {
            move_if_there(&self.layout.log(id), &archive.log(id))?;
            remove_if_there(&self.layout.offset_hint(id))?;
        }
        move_if_there(&self.layout.metadata(id), &archive.metadata(id))
    }

    /// Empties the log; the old one goes into the archive, the metadata stays.
    pub(crate) fn clear(&self, id: &StoreId) -> io::Result<()> {
        move_if_there(&self.layout.log(id), &self.layout.archive().log(id))?;
        remove_if_there(&self.layout.offset_hint(id))?;
        replace_file(&self.layout.log(id), b"")
    }

    /// Keeps the log from `offset` on; the whole old one goes into the archive.
    pub(crate) fn trim(&self, id: &StoreId, offset: u64) -> io::Result<()> {
        let Some(mut log) = self.open(id)? else { return Ok(()) };
        log.seek(SeekFrom::Start(offset))?;
        let path = self.layout.log(id);
        let directory = path.parent().map_or_else(Default::default, ToOwned::to_owned);
        let mut kept = tempfile::NamedTempFile::new_in(directory)?;
        io::copy(&mut log, &mut kept)?;
        move_if_there(&path, &self.layout.archive().log(id))?;
        remove_if_there(&self.layout.offset_hint(id))?;
        kept.persist(&path).map_err(|failed| failed.error)?;
        Ok(())
    }

    /// The hash of the newest message.
    pub(crate) fn last_hash(&self, id: &StoreId) -> io::Result<Option<String>> {
        let Some(mut reader) = self.read(id, 0, u64::MAX)? else { return Ok(None) };
        let mut last = None;
        while let Some(line) = reader.next()? {
            last = Some(line.hash().to_owned());
        }
        Ok(last)
    }

    fn open(&self, id: &StoreId) -> io::Result<Option<File>> {
        found(fs::File::open(self.layout.log(id)))
    }
}

fn found<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files() -> (tempfile::TempDir, ChannelFiles, StoreId) {
        let directory = tempfile::tempdir().unwrap();
        let files = ChannelFiles::new(Layout::new(directory.path()), Reports::default());
        (directory, files, StoreId::parse(&"a".repeat(32)).unwrap())
    }

    fn line(id: &StoreId, message: &str) -> String {
        json!([0, null, "MSG", id.as_str(), message, 1]).to_string()
    }

    #[test]
    fn trimming_keeps_the_tail_and_archives_the_whole() {
        let (_directory, files, id) = files();
        for message in ["one", "two", "three"] {
            files.append(&id, &line(&id, message)).unwrap();
        }
        let at = files.search(&id, "two", u64::MAX).unwrap().unwrap();
        files.trim(&id, at).unwrap();
        assert_eq!(files.search(&id, "one", u64::MAX).unwrap(), None);
        assert_eq!(files.search(&id, "two", u64::MAX).unwrap(), Some(0));
        assert!(size(&files.layout.archive().log(&id)).unwrap() > size(&files.layout.log(&id)).unwrap());
    }

    #[test]
    fn archiving_leaves_the_reason_and_creation_takes_it_away() {
        let (_directory, files, id) = files();
        files.create(&id, &Metadata::default()).unwrap();
        files.append(&id, &line(&id, "one")).unwrap();
        files.archive(&id, "PASSWORD_CHANGE").unwrap();
        assert_eq!(files.size(&id).unwrap(), 0);
        assert!(!files.has_messages(&id).unwrap());
        assert_eq!(files.placeholder(&id).unwrap().as_deref(), Some("PASSWORD_CHANGE"));
        files.create(&id, &Metadata::default()).unwrap();
        assert_eq!(files.placeholder(&id).unwrap(), None);
    }

    #[test]
    fn a_very_old_log_carries_its_metadata_in_front() {
        let (_directory, files, id) = files();
        files.append(&id, r#"{"validateKey":"k"}"#).unwrap();
        files.append(&id, &line(&id, "one")).unwrap();
        assert_eq!(files.metadata(&id).unwrap().unwrap().to_json(), r#"{"validateKey":"k"}"#);
        assert!(files.has_messages(&id).unwrap());
    }
}
