//! An account as a server keeps it on disk (PROTOCOL.md sections 9.1, 9.6 and 11.3).

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use pinfold_core::json::{Value, canonical, stringify};

use super::Built;
use crate::server::Channel;

impl Built {
    /// Writes `data`, a server's directory, and `manifest.json`, which says what is in it, into a directory
    /// that does not exist or is empty. The account has pinned nothing yet.
    ///
    /// # Errors
    /// Those of the disk; `AlreadyExists` when something is there.
    pub fn write(&self, directory: &Path) -> io::Result<()> {
        fs::create_dir_all(directory)?;
        if fs::read_dir(directory)?.next().is_some() {
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, "the directory is not empty"));
        }
        let data = directory.join("data");
        for part in ["datastore", "block", "blob", "pins"] {
            fs::create_dir_all(data.join(part))?;
        }
        for (id, channel) in &self.server.channels {
            write_channel(&data, id, channel)?;
        }
        for (id, bytes) in &self.blobs {
            fs::write(shelved(&data, "blob", id, "")?, bytes)?;
        }
        if let Some(block) = &self.block {
            fs::write(shelved(&data, "block", &block.id, "")?, &block.bytes)?;
        }
        fs::write(directory.join("manifest.json"), canonical(&self.manifest()) + "\n")
    }
}

fn write_channel(data: &Path, id: &str, channel: &Channel) -> io::Result<()> {
    if let Some(reason) = &channel.placeholder {
        return fs::write(shelved(data, "datastore", id, ".ndjson.placeholder")?, reason);
    }
    if let Some(metadata) = &channel.metadata {
        fs::write(shelved(data, "datastore", id, ".metadata.ndjson")?, format!("{metadata}\n"))?;
    }
    let mut log = io::BufWriter::new(fs::File::create(shelved(data, "datastore", id, ".ndjson")?)?);
    for stored in &channel.messages {
        let message = [
            Value::from(0.0),
            Value::Null,
            "MSG".into(),
            id.into(),
            stored.message.as_str().into(),
            Value::from(stored.time as f64),
        ];
        writeln!(log, "{}", stringify(&Value::from(message.to_vec())))?;
    }
    log.flush()
}

/// Where something lies: in the directory that its first two characters name.
fn shelved(data: &Path, part: &str, id: &str, suffix: &str) -> io::Result<PathBuf> {
    let shelf = data.join(part).join(id.get(..2).unwrap_or_default());
    fs::create_dir_all(&shelf)?;
    Ok(shelf.join(format!("{id}{suffix}")))
}
