//! Spoiled lines of the journal that somebody looked at. Who, when and why is kept beside the journal; nothing of the journal is deleted.

use super::Damage;
use pinfold_datadir::disk::{Disk, read_if_there};
use serde::{Deserialize, Serialize};
use std::io;
use std::path::Path;

/// A spoiled line that somebody looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acknowledged {
    /// The number of the line, from one.
    pub line: usize,
    /// The SHA-256 of what cannot be read, in hex: of the very bytes that were looked at.
    pub sha256: String,
    /// Who looked.
    pub by: String,
    /// What became of it.
    pub why: String,
    /// When, in ms.
    pub at: i64,
}

impl Acknowledged {
    /// Those of a state folder.
    ///
    /// # Errors
    /// An error of the file system. A line that cannot be read acknowledges nothing.
    pub fn read(disk: &dyn Disk, state: &Path) -> io::Result<Vec<Self>> {
        let bytes = read_if_there(disk, &state.join(FILE), 1 << 28)?.unwrap_or_default();
        let lines = bytes.split(|byte| *byte == b'\n');
        Ok(lines.filter_map(|line| serde_json::from_slice(line).ok()).collect())
    }

    /// Notes this one.
    ///
    /// # Errors
    /// An error of the file system.
    pub fn note(&self, disk: &dyn Disk, state: &Path) -> io::Result<()> {
        // A torn last line of an earlier one must not swallow this.
        let mut line = b"\n".to_vec();
        line.extend(serde_json::to_vec(self).map_err(io::Error::other)?);
        line.push(b'\n');
        disk.append(&state.join(FILE), &line)
    }

    /// Whether this is about a damage, as it was when somebody looked.
    pub fn is_about(&self, damage: &Damage) -> bool {
        self.line == damage.line && self.sha256 == damage.sha256
    }
}

const FILE: &str = "acknowledged.ndjson";
