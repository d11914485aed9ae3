//! What this project did to a store, line by line. Marks, dates and the unfinished steps of a killed run follow from it.
//!
//! The journal lies outside the server's folders, is only ever added to, and a line is on the disk before what it announces begins.

mod acknowledged;
mod away;
mod damage;
mod known;
mod short;

pub use crate::target::{Elsewhere, Target};
pub use acknowledged::Acknowledged;
pub use damage::Damage;
use known::{Known, Table};
use pinfold_datadir::disk::Disk;
use pinfold_datadir::id::ItemId;
use serde::{Deserialize, Serialize};
use short::{Line, Told, Words};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

/// No line of ours is so long, in bytes. What has no line break for so long is read in pieces.
const LONGEST: u64 = 1 << 20;
/// Why nothing more is noted.
const FAILED: &str = "the journal could not be written before, and nothing is added to it in this run";

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
    /// The archived side of a conflict moved to a numbered place.
    ColdAside,
    /// Deleted from cold storage, for ever.
    Remove,
    /// The history of a channel trimmed by its owner; all of it is in cold storage.
    Trim,
    /// A log-in block written over; the old one is in cold storage.
    Replace,
    /// An older copy put into an object store; the local one goes.
    Send,
    /// An older copy brought back from an object store, which keeps it.
    Fetch,
    /// An older copy that is the newest one again, at the classic place of cold storage.
    Promote,
}

/// How far an act is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// About to begin.
    Intent,
    /// The older copy is a generation; nothing else was moved yet.
    Apart,
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
    /// What the placeholder said before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub placeholder: Option<String>,
    /// The SHA-256 of what is moved, in hex, where it is read back afterwards.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// Of how many bytes of the body, from its beginning, that is the SHA-256. Of all, where an older journal does not say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digested: Option<u64>,
    /// With an intent: what was looked at when it was written. A run that finishes what another began compares. Of what is moved back it is
    /// the folder that it goes to: the device, zero, and the number (inode).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<Seen>,
    /// Where an object store holds it, from the moment on when the store was read back and compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub elsewhere: Option<Elsewhere>,
    /// With an intent that rests on nobody wanting a document: how many pin logs its run saw, those in cold storage counted. Zero: there were
    /// none, and the operator said that this is right.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logs: Option<u64>,
    /// Who gave an act up that could not be finished, and why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub given_up: Option<String>,
}

/// A document when it was looked at: the size of its main file in bytes, the last change of any of its parts in ms, and the number
/// (inode) of its main file. If all three are the same later, the document did not change.
pub type Seen = (u64, i64, u64);

/// Another act on the same target did not end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an earlier act on it did not end: run `finish`, which says why")]
pub struct UnderWay;

/// The journal of a store.
pub struct Journal<'a> {
    disk: &'a dyn Disk,
    path: PathBuf,
    known: Table,
    words: Words,
    /// Lines that cannot be read.
    damage: Vec<Damage>,
    /// There is no file yet. Its folder may be new as well.
    new: bool,
    /// The last line has no end: a line break comes before the next one.
    torn: bool,
    /// What the disk has is not known any more. Nothing is added in this run: it could be joined to half a line, and what is known here
    /// may not be what the disk has.
    failed: bool,
    /// Lines of a group, until the disk has them.
    waiting: Option<Vec<u8>>,
    /// How many pin logs this run saw.
    logs: Option<u64>,
    /// When each run last removed something for ever, in ms.
    removals: BTreeMap<String, i64>,
}

impl<'a> Journal<'a> {
    /// Reads the journal of a state folder. Half a line is left by a power cut or a full disk: the act that it announced had not begun.
    /// Every other line counts, and [`Self::damage`] tells of those that cannot be read.
    ///
    /// # Errors
    /// An error of the file system.
    pub fn open(disk: &'a dyn Disk, state: &Path) -> io::Result<Self> {
        disk.make_folder(state)?;
        let path = state.join("acts.ndjson");
        let file = match disk.open(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            opened => Some(opened?),
        };
        let mut journal = Self {
            disk,
            path,
            new: file.is_none(),
            known: Table::default(),
            words: Words::default(),
            damage: Vec::new(),
            torn: false,
            failed: false,
            waiting: None,
            logs: None,
            removals: BTreeMap::new(),
        };
        if let Some(file) = file {
            // A run that was killed may not have waited for its last lines, nor for the name of the file, and what follows rests on them.
            disk.sync(&BTreeSet::from([state.to_path_buf()]), &BTreeSet::from([journal.path.clone()]))?;
            journal.read(BufReader::new(file))?;
        }
        Ok(journal)
    }

    fn read(&mut self, mut from: impl BufRead) -> io::Result<()> {
        let (mut line, mut n) = (Vec::new(), 1);
        while from.by_ref().take(LONGEST).read_until(b'\n', &mut line)? > 0 {
            self.torn = line.last() != Some(&b'\n');
            if !self.torn {
                line.pop();
            }
            match serde_json::from_slice::<Record>(&line) {
                _ if line.is_empty() => {}
                Ok(record) => self.take(record),
                Err(_) => self.read_damaged(n, &line),
            }
            n += usize::from(!self.torn);
            line.clear();
        }
        Ok(())
    }

    fn read_damaged(&mut self, n: usize, line: &[u8]) {
        let (damage, whole) = Damage::read(n, line);
        // A line that may have said that something is no candidate any more says so.
        for id in &damage.unmarked {
            if let Some(known) = self.known.get_mut(id) {
                known.unmark();
            }
        }
        self.damage.push(damage);
        whole.into_iter().for_each(|record| self.take(record));
    }

    fn take(&mut self, record: Record) {
        if (record.act, record.step) == (Act::Remove, Step::Done) {
            let last = self.removals.entry(record.run.clone()).or_insert(record.at);
            *last = record.at.max(*last);
        }
        let (id, line) = Line::of(record, &mut self.words);
        self.known.of(id).take(line);
    }

    /// Lines that cannot be read, with what could be seen in them.
    pub fn damage(&self) -> &[Damage] {
        &self.damage
    }

    /// Says how many pin logs this run saw, those in cold storage counted; zero, when the operator said that there are none. Every intent
    /// that rests on nobody wanting a document has it from now on.
    pub fn saw_logs(&mut self, logs: u64) {
        self.logs = Some(logs);
    }

    /// Notes a line, and returns once the disk has it.
    ///
    /// # Errors
    /// An error of the file system. The act must not go on then, and nothing more is noted in this run.
    pub fn note(&mut self, mut record: Record) -> io::Result<()> {
        if record.step == Step::Intent && matches!(record.act, Act::Archive | Act::Remove) {
            record.logs = record.logs.or(self.logs);
        }
        let mut line = serde_json::to_vec(&record).map_err(io::Error::other)?;
        line.push(b'\n');
        match &mut self.waiting {
            _ if self.failed => return Err(io::Error::other(FAILED)),
            Some(waiting) => waiting.append(&mut line),
            None => self.append(&line)?,
        }
        self.take(record);
        Ok(())
    }

    /// Notes the lines of a group at once: when this returns the disk has all of them, and nothing that they announce may begin before.
    ///
    /// # Errors
    /// Those of what is done, and an error of the file system. None of the lines counts then, nothing more is noted, and the run must end.
    pub fn together<T>(&mut self, does: impl FnOnce(&mut Self) -> io::Result<T>) -> io::Result<T> {
        self.waiting = Some(Vec::new());
        let done = does(self);
        let lines = self.waiting.take().unwrap_or_default();
        match done {
            // What was noted is known here, and not on the disk.
            Err(error) => {
                self.failed |= !lines.is_empty();
                Err(error)
            }
            Ok(done) if lines.is_empty() => Ok(done),
            Ok(done) => self.append(&lines).map(|()| done),
        }
    }

    fn append(&mut self, lines: &[u8]) -> io::Result<()> {
        if self.failed {
            return Err(io::Error::other(FAILED));
        }
        if std::mem::take(&mut self.new)
            && let Some(above) = self.path.parent().and_then(Path::parent)
        {
            // A run that was killed may have made the folder and not waited for its name.
            self.disk.sync_folder(above)?;
        }
        let broken = std::mem::take(&mut self.torn).then(|| [b"\n", lines].concat());
        let appended = self.disk.append(&self.path, broken.as_deref().unwrap_or(lines));
        self.failed = appended.is_err();
        appended
    }

    /// The last line about a target.
    pub fn last(&self, id: &Target) -> Option<Record> {
        Some(self.known.get(id)?.last()?.record(id, &self.words))
    }

    /// Whether any line is about a target.
    pub fn knows(&self, id: &Target) -> bool {
        self.known.get(id).is_some()
    }

    /// Whether an act on a target was begun and did not end.
    pub fn is_under_way(&self, id: &Target) -> bool {
        self.known.get(id).is_some_and(Known::is_under_way)
    }

    /// What a killed run left half-done: the last lines that are neither done nor undone.
    pub fn unfinished(&self) -> Vec<Record> {
        let open = self.known.iter().filter(|(_, known)| known.is_under_way());
        open.filter_map(|(id, known)| Some(known.last()?.record(&id, &self.words))).collect()
    }

    /// Where an unfinished act stands: the line of its intent, and how far it came.
    pub fn intent(&self, id: &Target, act: Act) -> Option<(Record, Step)> {
        let known = self.known.get(id)?;
        let last = known.last().filter(|last| last.short.act == act && last.short.is_under_way())?;
        Some((known.intent()?.record(id, &self.words), last.short.step))
    }

    /// What was begun of an act on a target, so that it goes on: its intent, and how far it came. `over`: an act that this one may take the
    /// place of.
    ///
    /// # Errors
    /// [`UnderWay`] when another act on it did not end: with a line of this one nobody would finish that.
    pub(crate) fn begun(
        &self,
        id: &Target,
        act: Act,
        over: Option<Act>,
    ) -> Result<Option<(Record, Step)>, UnderWay> {
        if let Some(begun) = self.intent(id, act) {
            return Ok(Some(begun));
        }
        let last = self.known.get(id).and_then(Known::last);
        let other = last.filter(|last| last.short.is_under_way()).map(|last| last.short.act);
        if other.is_none() || other == over { Ok(None) } else { Err(UnderWay) }
    }

    /// Since when, in ms, a target is marked without a break.
    pub fn marked_since(&self, id: &Target) -> Option<i64> {
        let known = self.known.get(id)?;
        let last = known.last()?.short;
        known.marked().filter(|_| last.act == Act::Mark || last.step == Step::Undone)
    }

    /// When the copy that lies at the classic place of cold storage was put there by this project, in ms.
    pub fn archived_at(&self, id: &Target) -> Option<i64> {
        Some(self.known.get(id)?.cold()?.short.at)
    }

    /// The line that put the copy at the classic place of cold storage there, if this project did.
    pub fn cold(&self, id: &Target) -> Option<Record> {
        Some(self.known.get(id)?.cold()?.record(id, &self.words))
    }

    /// When another run last removed something for ever, in ms.
    pub fn removed_by_others(&self, run: &str) -> Option<i64> {
        self.removals.iter().filter(|(other, _)| *other != run).map(|(_, at)| *at).max()
    }

    /// When an older copy became a generation, in ms.
    pub fn generation_at(&self, id: &Target, n: u32) -> Option<i64> {
        self.known.get(id)?.generation(n)
    }

    /// What was restored after a time in ms.
    pub fn restored_after(&self, time: i64) -> impl Iterator<Item = ItemId> {
        self.known.iter().filter_map(move |(id, known)| match (id, known.last()?.short) {
            (Target::Item(id), last) => (last.act == Act::Restore && last.at > time).then_some(id),
            _ => None,
        })
    }

    /// What this project moved to cold storage and did not move back. What is under way is left out.
    fn in_cold_storage(&self) -> impl Iterator<Item = (Target, Told<'_>)> {
        let known = self.known.iter().filter(|(_, known)| !known.is_under_way());
        known.filter_map(|(id, known)| Some((id, known.cold()?)))
    }

    /// What this project moved to cold storage and did not move back, with the line that says so. What is under way is left out.
    pub fn archived(&self) -> impl Iterator<Item = Record> {
        self.in_cold_storage().map(|(id, line)| line.record(&id, &self.words))
    }

    /// The bytes that this project moved to cold storage from a time in ms on, and did not move back.
    pub fn bytes_taken_after(&self, time: i64) -> u64 {
        self.in_cold_storage()
            .map(|(_, line)| line.short)
            .filter(|line| line.at >= time)
            .map(|line| line.bytes)
            .sum()
    }

    /// The last line about every target.
    pub fn lasts(&self) -> impl Iterator<Item = Record> {
        self.known.iter().filter_map(|(id, known)| Some(known.last()?.record(&id, &self.words)))
    }
}
