//! What this project did to a store, line by line, and what follows from it: marks, dates, what a killed run left half-done.
//!
//! The journal lies outside the server's folders, is only ever added to, and a line is on the disk before what it announces begins.

use pinfold_datadir::disk::{Disk, read_if_there};
use pinfold_datadir::id::{ItemId, KeyName};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// Larger than any journal: a thousand million ids would not fill it.
const LARGEST: u64 = 1 << 38;

/// What an action is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Target {
    /// A channel or a blob.
    Item(ItemId),
    /// A pin log.
    PinLog(KeyName),
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Item(id) => id.fmt(f),
            Self::PinLog(key) => key.fmt(f),
        }
    }
}

/// What is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Act {
    /// Noted as a candidate.
    Mark,
    /// No candidate any more.
    Unmark,
    /// Moved to cold storage.
    Archive,
    /// Moved back.
    Restore,
    /// The live side of a conflict moved to a numbered place.
    Aside,
}

/// How far an act is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// About to begin.
    Intent,
    /// The second place holds everything; the first may go.
    Placed,
    /// Finished.
    Done,
    /// Given up, and everything is as it was before.
    Undone,
}

/// One line of the journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// When, in ms.
    pub at: i64,
    /// Which run.
    pub run: String,
    /// What is done.
    pub act: Act,
    /// To what.
    pub id: Target,
    /// How far it is.
    pub step: Step,
    /// Why, in the server's words for its placeholders.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// The number of the generation that an older copy is moved to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generation: Option<u32>,
    /// The size of what is moved, in bytes.
    #[serde(default)]
    pub bytes: u64,
}

/// The journal of a store.
pub struct Journal<'a> {
    disk: &'a dyn Disk,
    path: PathBuf,
    records: BTreeMap<Target, Vec<Record>>,
}

impl<'a> Journal<'a> {
    /// Reads the journal of a state folder. A torn last line is what a power cut leaves: what it announced had not begun.
    ///
    /// # Errors
    /// An error of the file system, and `InvalidData` when a line before the last cannot be read.
    pub fn open(disk: &'a dyn Disk, state: &Path) -> io::Result<Self> {
        disk.make_folder(state)?;
        let path = state.join("acts.ndjson");
        let bytes = read_if_there(disk, &path, LARGEST)?.unwrap_or_default();
        let mut journal = Self { disk, path, records: BTreeMap::new() };
        let mut lines = bytes.split(|byte| *byte == b'\n').peekable();
        while let Some(line) = lines.next() {
            match serde_json::from_slice::<Record>(line) {
                Ok(record) => journal.records.entry(record.id.clone()).or_default().push(record),
                Err(_) if line.is_empty() || lines.peek().is_none() => {}
                // A line that was torn by a cut, and closed by the line break that the next run put before its own first line.
                Err(_) if !line.ends_with(b"}") => {}
                Err(error) => return Err(io::Error::new(io::ErrorKind::InvalidData, error)),
            }
        }
        if !bytes.is_empty() && bytes.last() != Some(&b'\n') {
            disk.append(&journal.path, b"\n")?;
        }
        Ok(journal)
    }

    /// Notes a line, and returns once the disk has it.
    ///
    /// # Errors
    /// An error of the file system. The act must not go on then.
    pub fn note(&mut self, record: Record) -> io::Result<()> {
        let mut line = serde_json::to_vec(&record).map_err(io::Error::other)?;
        line.push(b'\n');
        self.disk.append(&self.path, &line)?;
        self.records.entry(record.id.clone()).or_default().push(record);
        Ok(())
    }

    /// The last line about a target.
    pub fn last(&self, id: &Target) -> Option<&Record> {
        self.records.get(id).and_then(|records| records.last())
    }

    /// What a killed run left half-done: the last lines that are neither done nor undone.
    pub fn unfinished(&self) -> Vec<Record> {
        let last = self.records.values().filter_map(|records| records.last());
        last.filter(|record| !matches!(record.step, Step::Done | Step::Undone)).cloned().collect()
    }

    /// Where the intent of an unfinished act stands: its line, and whether the second place is complete.
    pub fn intent(&self, id: &Target, act: Act) -> Option<(&Record, bool)> {
        let records = self.records.get(id)?;
        let last = records
            .last()
            .filter(|last| last.act == act && matches!(last.step, Step::Intent | Step::Placed))?;
        let intent = records.iter().rev().find(|record| record.step == Step::Intent)?;
        Some((intent, last.step == Step::Placed))
    }

    /// Since when, in ms, a target is marked without a break.
    pub fn marked_since(&self, id: &Target) -> Option<i64> {
        let last = self.last(id)?;
        (last.act == Act::Mark).then_some(last.at)
    }

    /// What was restored after a time in ms.
    pub fn restored_after(&self, time: i64) -> impl Iterator<Item = &ItemId> {
        self.records.iter().filter_map(move |(id, records)| match (id, records.last()?) {
            (Target::Item(id), last) => (last.act == Act::Restore && last.at > time).then_some(id),
            _ => None,
        })
    }

    /// What this project moved to cold storage and did not move back, with the last line about it.
    pub fn archived(&self) -> impl Iterator<Item = &Record> {
        self.records
            .values()
            .filter_map(|records| records.last())
            .filter(|last| last.act == Act::Archive && last.step == Step::Done)
    }
}
