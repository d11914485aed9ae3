//! Pin logs (PROTOCOL.md 11.3): one line per command. What they say is read by `pinfold_datadir`.

use super::append::append_line;
use super::reports::Reports;
use pinfold_core::pins::log::PinLog;
use pinfold_datadir::archive::Bundle;
use pinfold_datadir::id::KeyName;
use pinfold_datadir::paths::Paths;
use pinfold_datadir::pin_log::served::Served;
use pinfold_datadir::real::RealDisk;
use serde_json::{Value, json};
use std::fs::{self, File};
use std::io::{self, BufReader};
use std::sync::Arc;

/// All pin logs.
#[derive(Clone)]
pub(crate) struct PinFiles {
    paths: Arc<Paths>,
    reports: Reports,
}

impl PinFiles {
    pub(super) fn new(paths: Arc<Paths>, reports: Reports) -> Self {
        Self { paths, reports }
    }

    /// The list that one log results in; an empty list when there is no log. Lines that do not count are reported.
    pub(crate) fn state(&self, key: &KeyName) -> io::Result<PinLog> {
        let path = self.paths.pin_log(key);
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(PinLog::default()),
            Err(error) => return Err(error),
        };
        let served = Served::read(BufReader::new(file))?;
        for damage in &served.damage {
            self.reports.damaged(&path, damage.offset, &damage.what.to_string());
        }
        Ok(served.log)
    }

    /// Notes a command.
    pub(crate) fn append(&self, key: &KeyName, command: &str, ids: &[Value], now: u64) -> io::Result<()> {
        append_line(&self.paths.pin_log(key), &json!([command, ids, now]).to_string())?;
        Ok(())
    }

    /// Moves a log into the archive. Where the real server overwrites an older one, that becomes a generation.
    pub(crate) fn archive(&self, key: &KeyName) -> io::Result<()> {
        Ok(Bundle::pin_log(&self.paths, key).archive(&RealDisk)?)
    }

    /// The keys that have a log.
    pub(crate) fn keys(&self) -> io::Result<Vec<KeyName>> {
        let mut keys = Vec::new();
        let shelves = match fs::read_dir(&self.paths.pins) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(keys),
            shelves => shelves?,
        };
        for shelf in shelves {
            let Ok(files) = fs::read_dir(shelf?.path()) else { continue };
            for file in files {
                let name = file?.file_name();
                let name = name.to_str().and_then(|name| name.strip_suffix(".ndjson"));
                keys.extend(name.and_then(KeyName::of_file));
            }
        }
        keys.sort_by(|a, b| a.as_str().cmp(b.as_str()));
        Ok(keys)
    }
}
