//! Pin logs (PROTOCOL.md 11.3): one line per command. What they say is read by `pinfold_datadir`.

use super::append::{append_line, move_if_there};
use super::id::KeyName;
use super::layout::Layout;
use super::reports::Reports;
use pinfold_core::pins::log::PinLog;
use pinfold_datadir::pin_log::served::Served;
use serde_json::{Value, json};
use std::fs::{self, File};
use std::io::{self, BufReader};

/// All pin logs.
#[derive(Clone)]
pub(crate) struct PinFiles {
    layout: Layout,
    reports: Reports,
}

impl PinFiles {
    pub(super) fn new(layout: Layout, reports: Reports) -> Self {
        Self { layout, reports }
    }

    /// What one log comes to; an empty list when there is no log. Lines that do not count are reported.
    pub(crate) fn state(&self, key: &KeyName) -> io::Result<PinLog> {
        let path = self.layout.pins(key);
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
        append_line(&self.layout.pins(key), &json!([command, ids, now]).to_string())?;
        Ok(())
    }

    /// Moves a log into the archive.
    pub(crate) fn archive(&self, key: &KeyName) -> io::Result<()> {
        move_if_there(&self.layout.pins(key), &self.layout.archive().pins(key))
    }

    /// The keys that have a log.
    pub(crate) fn keys(&self) -> io::Result<Vec<KeyName>> {
        let mut keys = Vec::new();
        let shelves = match fs::read_dir(self.layout.all_pins()) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(keys),
            shelves => shelves?,
        };
        for shelf in shelves {
            let Ok(files) = fs::read_dir(shelf?.path()) else { continue };
            for file in files {
                let name = file?.file_name();
                let name = name.to_str().and_then(|name| name.strip_suffix(".ndjson"));
                keys.extend(name.and_then(KeyName::parse));
            }
        }
        keys.sort_by(|a, b| a.as_str().cmp(b.as_str()));
        Ok(keys)
    }
}
