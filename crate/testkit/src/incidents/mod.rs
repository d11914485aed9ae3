//! Recorded incidents: each is a server's data directory and a manifest that says what happened. The product reads the
//! directory with the credentials of the users, and what it finds is compared with the manifest.

mod conflicts;
mod data;
mod dates;
mod logins;
#[cfg(not(target_family = "wasm"))]
pub mod made;
mod operators;
mod score;

use std::fmt;
use std::io;
use std::path::Path;

use pinfold_core::json::Value;

/// The result of one incident.
#[derive(Debug, Default)]
pub struct Report {
    /// The name of its folder.
    pub name: String,
    /// How many facts of the manifest the product found.
    pub found: usize,
    /// Facts of the manifest that it did not find, or found otherwise.
    pub missed: Vec<String>,
    /// What it found and the manifest does not have.
    pub false_alarms: Vec<String>,
    /// Facts that this program cannot compare: they count as missed.
    pub not_scored: Vec<String>,
}

impl Report {
    /// Whether everything was found, and nothing else.
    pub fn is_good(&self) -> bool {
        self.missed.is_empty() && self.false_alarms.is_empty() && self.not_scored.is_empty() && self.found > 0
    }

    fn compare(&mut self, what: impl fmt::Display, wanted: &str, given: &str) {
        if wanted == given {
            self.found += 1;
        } else {
            self.missed.push(format!("{what}: recorded {wanted}, found {given}"));
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = if self.is_good() { "ok" } else { "FAILED" };
        write!(
            f,
            "{:24} {word}: {} found, {} missed, {} false alarms, {} not scored",
            self.name,
            self.found,
            self.missed.len(),
            self.false_alarms.len(),
            self.not_scored.len(),
        )?;
        let lists =
            [("missed", &self.missed), ("false alarm", &self.false_alarms), ("not scored", &self.not_scored)];
        lists
            .iter()
            .try_for_each(|(word, list)| list.iter().try_for_each(|line| write!(f, "\n  {word}: {line}")))
    }
}

/// Runs every incident of a folder, in the order of their names.
///
/// # Errors
/// A folder or manifest that cannot be read.
pub fn run_all(folder: &Path) -> io::Result<Vec<Report>> {
    let entries = std::fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
    let mut paths: Vec<_> = entries.into_iter().map(|entry| entry.path()).collect();
    paths.retain(|path| path.join("manifest.json").is_file());
    paths.sort();
    paths.iter().map(|path| run(path)).collect()
}

/// Runs one incident.
///
/// # Errors
/// A manifest that cannot be read, or is no JSON.
pub fn run(path: &Path) -> io::Result<Report> {
    let text = std::fs::read_to_string(path.join("manifest.json"))?;
    let manifest = Value::parse(&text).map_err(|error| io::Error::other(error.to_string()))?;
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut report = Report { name, ..Report::default() };
    score::score(&manifest, &path.join("data"), &mut report)?;
    Ok(report)
}
