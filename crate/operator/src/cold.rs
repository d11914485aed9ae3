//! Since when what lies in cold storage: the journal says it for what this project moved. Everything else counts from the first
//! complete walk that saw it, because a backup that was put back makes every time of the file system new, or old.

use crate::journal::Target;
use crate::survey::Survey;
use pinfold_datadir::disk::{Disk, read_if_there};
use pinfold_datadir::id::ItemId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io;
use std::path::Path;

/// What was seen in cold storage, and since when, in ms.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FirstSeen(BTreeMap<ItemId, i64>);

#[derive(Serialize, Deserialize)]
struct Line {
    id: ItemId,
    at: i64,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    gone: bool,
}

impl FirstSeen {
    /// Reads what earlier walks noted.
    ///
    /// # Errors
    /// An error of the file system. Damaged lines are left out: what they named counts as seen later.
    pub fn read(disk: &dyn Disk, state: &Path) -> io::Result<Self> {
        let bytes = read_if_there(disk, &state.join("cold.ndjson"), 1 << 36)?.unwrap_or_default();
        let mut seen = BTreeMap::new();
        for line in bytes.split(|byte| *byte == b'\n') {
            match serde_json::from_slice(line) {
                Ok(Line { id, gone: true, .. }) => drop(seen.remove(&id)),
                Ok(Line { id, at, .. }) => drop(seen.entry(id).or_insert(at)),
                Err(_) => {}
            }
        }
        Ok(Self(seen))
    }

    /// Since when a document is known to lie in cold storage.
    pub fn since(&self, id: &ItemId) -> Option<i64> {
        self.0.get(id).copied()
    }

    /// Notes which copies a complete walk saw, and which are gone.
    ///
    /// # Errors
    /// An error of the file system.
    pub fn remember(&mut self, disk: &dyn Disk, state: &Path, survey: &Survey, now: i64) -> io::Result<()> {
        let there = &survey.archived;
        let gone = self.0.keys().filter(|id| there.find(id).is_none()).cloned().map(|id| Line {
            id,
            at: now,
            gone: true,
        });
        let fresh = there
            .iter()
            .map(|document| document.id)
            .filter(|id| !self.0.contains_key(id))
            .map(|id| Line { id, at: now, gone: false });
        let lines: Vec<Line> = gone.chain(fresh).collect();
        if lines.is_empty() {
            return Ok(());
        }
        // A torn last line of an earlier run must not swallow the first of this one.
        let mut bytes = b"\n".to_vec();
        for line in &lines {
            bytes.extend(serde_json::to_vec(line).map_err(io::Error::other)?);
            bytes.push(b'\n');
        }
        disk.make_folder(state)?;
        disk.append(&state.join("cold.ndjson"), &bytes)?;
        for Line { id, at, gone } in lines {
            if gone {
                self.0.remove(&id);
            } else {
                self.0.insert(id, at);
            }
        }
        Ok(())
    }
}

/// The document that a target is about.
pub(crate) fn item(target: &Target) -> Option<&ItemId> {
    if let Target::Item(id) = target { Some(id) } else { None }
}
