//! Damage found while reading: told once to the log, and kept for `GET /pinfold/status`.

use pinfold_datadir::disk::read_if_there;
use pinfold_datadir::real::RealDisk;
use serde::Serialize;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

/// How many are kept; later ones only count.
const KEPT: usize = 100;

/// No placeholder is longer.
const LONGEST_REASON: u64 = 4096;

/// One damaged place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Report {
    /// The file's name, without its directory.
    pub(crate) file: String,
    /// Bytes from the start of the file.
    pub(crate) offset: u64,
    /// What is wrong there.
    pub(crate) what: String,
}

/// The damage seen since the start.
#[derive(Clone, Default)]
pub(crate) struct Reports(Arc<Mutex<Vec<Report>>>);

impl Reports {
    /// Notes a damaged place; the same place counts once however often it is read.
    pub(crate) fn damaged(&self, path: &Path, offset: u64, what: &str) {
        let file = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let report = Report { file, offset, what: what.into() };
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() < KEPT && !kept.contains(&report) {
            tracing::warn!(file = report.file, offset, what, "damaged line skipped");
            kept.push(report);
        }
    }

    /// The reason in a placeholder, if there is one. Bytes that are no UTF-8 are told, and shown as U+FFFD, as by the real server.
    pub(super) fn reason(&self, path: &Path) -> io::Result<Option<String>> {
        let Some(bytes) = read_if_there(&RealDisk, path, LONGEST_REASON)? else { return Ok(None) };
        Ok(Some(String::from_utf8(bytes).unwrap_or_else(|error| {
            self.damaged(path, error.utf8_error().valid_up_to() as u64, "not UTF-8");
            String::from_utf8_lossy(error.as_bytes()).into_owned()
        })))
    }

    /// What is kept, oldest first.
    pub(crate) fn all(&self) -> Vec<Report> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
