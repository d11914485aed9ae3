//! The files of a channel: log, metadata, placeholder, archive.

use super::append::{append_line, size, write_whole};
use super::index::Index;
use super::lines::LineReader;
use super::metadata::Metadata;
use super::reports::Reports;
use pinfold_datadir::archive::Bundle;
use pinfold_datadir::disk::{read_if_there, unlink_if_there};
use pinfold_datadir::moves::replace;
use pinfold_datadir::paths::Paths;
use pinfold_datadir::real::RealDisk;
use pinfold_datadir::store_id::StoreId;
use serde_json::{Value, json};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A longer metadata log is an error, and a longer first line of a log is no metadata.
const METADATA_LIMIT: u64 = 16 * 1024 * 1024;

/// All channels and the owners' metadata of blobs.
#[derive(Clone)]
pub(crate) struct ChannelFiles {
    paths: Arc<Paths>,
    reports: Reports,
}

impl ChannelFiles {
    pub(super) fn new(paths: Arc<Paths>, reports: Reports) -> Self {
        Self { paths, reports }
    }

    /// The metadata: of its own log, or of the first line of a very old channel log.
    pub(crate) fn metadata(&self, id: &StoreId) -> io::Result<Option<Metadata>> {
        let path = self.metadata_path(id);
        if let Some(log) = read_if_there(&RealDisk, &path, METADATA_LIMIT)? {
            let damaged = |at: usize, what: &str| self.reports.damaged(&path, at as u64, what);
            return Ok(Metadata::replay(&log, damaged));
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

    /// Stores a channel's first metadata. What an earlier channel of that id left, damaged metadata for instance, is archived.
    pub(crate) fn create(&self, id: &StoreId, metadata: &Metadata) -> io::Result<()> {
        let path = self.metadata_path(id);
        if size(&path)? > 0 {
            Bundle::item(&self.paths, id).keep(&RealDisk)?;
        }
        write_whole(&path, format!("{}\n", metadata.to_json()).as_bytes())?;
        unlink_if_there(&RealDisk, &self.paths.live(id).placeholder)
    }

    /// Notes a metadata command.
    pub(crate) fn append_command(
        &self,
        id: &StoreId,
        command: &str,
        value: &Value,
        now: u64,
    ) -> io::Result<()> {
        append_line(&self.metadata_path(id), &json!([command, value, now]).to_string())?;
        Ok(())
    }

    /// Appends a message line; returns where it starts and where the log now ends.
    pub(crate) fn append(&self, id: &StoreId, line: &str) -> io::Result<(u64, u64)> {
        let start = append_line(&self.log_path(id), line)?;
        Ok((start, start + line.len() as u64 + 1))
    }

    /// The index of the log; `None` when there is no log.
    pub(crate) fn index(&self, id: &StoreId) -> io::Result<Option<Index>> {
        let end = size(&self.log_path(id))?;
        let reader = self.read(id, 0, end)?;
        reader.map(|reader| Index::load(reader, end)).transpose()
    }

    /// A reader of the log between two offsets; `None` when there is no log.
    pub(crate) fn read(&self, id: &StoreId, from: u64, end: u64) -> io::Result<Option<LineReader>> {
        let opened = LineReader::open(self.log_path(id), from, Some(end), self.reports.clone());
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
        self.reports.reason(&self.paths.live(id).placeholder)
    }

    /// Bytes of log and metadata, or of a blob; 0 when there is nothing.
    pub(crate) fn size(&self, id: &StoreId) -> io::Result<u64> {
        let files = self.paths.live(id);
        let metadata = if id.is_blob() { 0 } else { size(&files.metadata)? };
        Ok(size(&files.body)? + metadata)
    }

    /// Moves everything of a channel or blob into the archive and leaves the reason. The real server deletes an older archived
    /// copy first; no client can see that, and here it stays, under a number.
    pub(crate) fn archive(&self, id: &StoreId, reason: &str) -> io::Result<()> {
        let bundle = Bundle::item(&self.paths, id);
        bundle.make_room(&RealDisk)?;
        bundle.place(&RealDisk)?;
        write_whole(&self.paths.live(id).placeholder, reason.as_bytes())?;
        self.drop_index(id)?;
        Ok(bundle.take(&RealDisk)?)
    }

    /// Empties the log; the metadata stays. The real server keeps no copy of what it clears; this one does, and no client can see it.
    pub(crate) fn clear(&self, id: &StoreId) -> io::Result<()> {
        self.cut(id, &mut io::empty())
    }

    /// Keeps the log from `offset` on; a copy of the whole old one goes into the archive.
    pub(crate) fn trim(&self, id: &StoreId, offset: u64) -> io::Result<()> {
        let Some(mut log) = self.open(id)? else { return Ok(()) };
        log.seek(SeekFrom::Start(offset))?;
        self.cut(id, &mut log)
    }

    /// Gives the log another content. Whoever is reading goes on in the old one.
    fn cut(&self, id: &StoreId, content: &mut dyn Read) -> io::Result<()> {
        let path = self.log_path(id);
        Bundle::item(&self.paths, id).keep(&RealDisk)?;
        self.drop_index(id)?;
        std::fs::create_dir_all(path.parent().unwrap_or(Path::new(".")))?;
        replace(&RealDisk, &path, content)
    }

    /// CryptPad notes here how far into the log a reader may skip: wrong as soon as the log shrinks.
    fn drop_index(&self, id: &StoreId) -> io::Result<()> {
        self.paths.live(id).index.map_or(Ok(()), |index| unlink_if_there(&RealDisk, &index))
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
        found(File::open(self.log_path(id)))
    }

    fn log_path(&self, id: &StoreId) -> PathBuf {
        self.paths.live(id).body
    }

    fn metadata_path(&self, id: &StoreId) -> PathBuf {
        self.paths.live(id).metadata
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
        let files = ChannelFiles::new(Arc::new(Paths::below(directory.path())), Reports::default());
        (directory, files, "a".repeat(32).parse().unwrap())
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
        assert!(size(&files.paths.archived(&id).body).unwrap() > size(&files.log_path(&id)).unwrap());
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

    /// The recorded server overwrites, so that of two archived copies the first is lost (F3). What clients see is the same.
    #[test]
    fn nothing_that_was_archived_is_overwritten() {
        let (directory, files, id) = files();
        for (message, reason) in [("one", "FIRST"), ("two", "SECOND"), ("three", "THIRD")] {
            files.create(&id, &Metadata::default()).unwrap();
            files.append(&id, &line(&id, message)).unwrap();
            if reason == "SECOND" {
                files.clear(&id).unwrap();
            }
            files.archive(&id, reason).unwrap();
            assert_eq!(files.placeholder(&id).unwrap().as_deref(), Some(reason));
        }
        let archive = directory.path().join("archive");
        let newest = std::fs::read_to_string(files.paths.archived(&id).body).unwrap();
        let older = |n: u32, name: &str| {
            let path = files.paths.generations(&id).join(n.to_string()).join(name);
            std::fs::read_to_string(path).unwrap()
        };
        assert!(newest.contains("three"));
        assert!(older(1, "log.ndjson").contains("one") && older(2, "log.ndjson").contains("two"));
        assert_eq!((older(3, "log.ndjson").as_str(), older(3, "metadata.ndjson").as_str()), ("", "{}\n"));
        assert!(archive.join("generations").is_dir());
    }

    /// A damaged file is evidence: whoever makes the channel anew does not wipe it away.
    #[test]
    fn damaged_metadata_is_kept_when_the_channel_is_made_anew() {
        let (_directory, files, id) = files();
        let path = files.metadata_path(&id);
        write_whole(&path, br#"{"owners":["k"]"#).unwrap();
        assert_eq!(files.metadata(&id).unwrap(), None);
        assert_eq!(files.reports.all().len(), 1);
        files.create(&id, &Metadata::default()).unwrap();
        let kept = std::fs::read_to_string(files.paths.archived(&id).metadata).unwrap();
        assert_eq!(kept, r#"{"owners":["k"]"#);
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
