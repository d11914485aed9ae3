//! One recorded run: its folder, copied to a scratch folder with its times.

use super::disk::{Times, TrialDisk};
use pinfold_datadir::config::{Config, Plain};
use pinfold_datadir::paths::Paths;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// A recorded run as it lies on the disk.
pub(super) struct Recorded {
    pub(super) name: String,
    pub(super) folder: PathBuf,
    /// `run.json`.
    pub(super) run: Value,
    times: Value,
    /// `after.json`; null when there is none.
    pub(super) after: Value,
    /// `log.ndjson`.
    pub(super) log: Vec<Value>,
}

fn invalid(path: &Path, error: impl std::fmt::Display) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("{}: {error}", path.display()))
}

impl Recorded {
    pub(super) fn open(folder: &Path) -> io::Result<Self> {
        let json = |name: &str| -> io::Result<Value> {
            let path = folder.join(name);
            match fs::read(&path) {
                Ok(bytes) => serde_json::from_slice(&bytes).map_err(|error| invalid(&path, error)),
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Value::Null),
                Err(error) => Err(error),
            }
        };
        let path = folder.join("log.ndjson");
        let text = if path.exists() { fs::read_to_string(&path)? } else { String::new() };
        let log: Result<Vec<Value>, _> =
            text.lines().filter(|line| !line.trim().is_empty()).map(serde_json::from_str).collect();
        let run = json("run.json")?;
        if run["now"].as_i64().is_none() {
            return Err(invalid(&folder.join("run.json"), "no clock"));
        }
        Ok(Self {
            name: folder.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            folder: folder.into(),
            run,
            times: json("times.json")?,
            after: json("after.json")?,
            log: log.map_err(|error| invalid(&path, error))?,
        })
    }

    /// The steps; a run without any is one step.
    pub(super) fn steps(&self) -> Vec<&Value> {
        match self.run["steps"].as_array() {
            Some(steps) => steps.iter().collect(),
            None => vec![&self.run],
        }
    }

    /// The clock of a step.
    pub(super) fn now(&self, step: &Value) -> i64 {
        step["now"].as_i64().or(self.run["now"].as_i64()).unwrap_or_default()
    }
}

/// A copy of what was there before, with its times, on a disk that stands still.
pub(super) struct World {
    pub(super) root: tempfile::TempDir,
    pub(super) disk: TrialDisk,
    /// What lay there, by path.
    pub(super) before: BTreeMap<PathBuf, Vec<u8>>,
    /// Files that a step of the recording itself wrote to: their old content is the beginning of the new one.
    pub(super) grown: Vec<PathBuf>,
}

impl World {
    pub(super) fn of(recorded: &Recorded) -> io::Result<Self> {
        let root = tempfile::tempdir()?;
        let before = recorded.folder.join("before");
        if before.is_dir() {
            copy(&before, root.path())?;
        }
        // A small case may hold no channel at all.
        fs::create_dir_all(root.path().join("datastore"))?;
        let now = recorded.run["now"].as_i64().unwrap_or_default();
        let disk = TrialDisk::aged(now, Times::all(now));
        for (path, times) in recorded.times.as_object().into_iter().flatten() {
            let time = |name: &str| times[name].as_i64().unwrap_or(now);
            let times = Times { mtime: time("mtime"), atime: time("atime"), ctime: time("ctime") };
            disk.set(&root.path().join(path), times);
        }
        let before = contents(root.path())?;
        Ok(Self { root, disk, before, grown: Vec::new() })
    }

    /// The configuration of a step: the example's paths, and the step's options.
    pub(super) fn config(step: &Value) -> Result<Config, String> {
        let mut config = Config::default();
        let example = [
            ("filePath", "datastore"),
            ("archivePath", "data/archive"),
            ("pinPath", "data/pins"),
            ("taskPath", "data/tasks"),
            ("blockPath", "block"),
            ("blobPath", "blob"),
            ("decreePath", "data/decrees"),
        ];
        for (key, path) in example {
            config.set(key, Plain::Text(path.into()));
        }
        for (key, value) in step["options"].as_object().into_iter().flatten() {
            let plain = match value {
                Value::Number(number) => Plain::Number(number.as_f64().unwrap_or(f64::NAN)),
                Value::String(text) => Plain::Text(text.clone()),
                Value::Bool(truth) => Plain::Truth(*truth),
                Value::Object(keys) => Plain::Keys(keys.keys().cloned().collect()),
                // In JavaScript neither is a number of days.
                Value::Null | Value::Array(_) => Plain::Text(value.to_string()),
            };
            config.set(key, plain);
        }
        Ok(config)
    }

    pub(super) fn paths(&self, step: &Value) -> Result<Paths, String> {
        Self::config(step)?.paths(self.root.path()).map_err(|error| error.to_string())
    }

    pub(super) fn now_lies(&self) -> io::Result<BTreeMap<PathBuf, Vec<u8>>> {
        contents(self.root.path())
    }

    /// Whether there is a pin log where the example configuration has them, whatever the options say.
    pub(super) fn has_pin_logs(&self) -> bool {
        self.before.keys().any(|path| path.starts_with("data/pins"))
    }

    pub(super) fn has_blocks(&self) -> bool {
        self.before.keys().any(|path| path.starts_with("block"))
    }
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        let kind = entry.file_type()?;
        if kind.is_dir() {
            copy(&entry.path(), &target)?;
        } else if kind.is_symlink() {
            std::os::unix::fs::symlink(fs::read_link(entry.path())?, target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

/// The content of every file below a folder. A link counts as the text of where it leads.
fn contents(root: &Path) -> io::Result<BTreeMap<PathBuf, Vec<u8>>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder)? {
            let entry = entry?;
            let (path, kind) = (entry.path(), entry.file_type()?);
            if kind.is_dir() {
                folders.push(path);
                continue;
            }
            let content = if kind.is_symlink() {
                fs::read_link(&path)?.to_string_lossy().into_owned().into_bytes()
            } else {
                fs::read(&path)?
            };
            let name = path.strip_prefix(root).unwrap_or(&path).to_path_buf();
            found.insert(name, content);
        }
    }
    Ok(found)
}
