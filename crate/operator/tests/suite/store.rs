//! A small store on a scratch disk.

use pinfold_datadir::id::ItemId;
use pinfold_datadir::paths::Paths;
pub use pinfold_testkit::operators::clock::TrialClock;
pub use pinfold_testkit::operators::disk::{NOW, Times, TrialDisk};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

pub const DAY: i64 = 86_400_000;

pub fn id(label: &str) -> ItemId {
    let hash: String = Sha256::digest(label).iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    hash.parse().unwrap()
}

pub const KEY: &str = "HSFw-mSe13urwJ97HvTzw4QbbxgS3QMYQrcuKGRA8fE=";

/// A store in a folder that goes with it.
pub struct Store {
    pub folder: tempfile::TempDir,
    pub paths: Paths,
}

impl Store {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let paths = Paths::example(folder.path());
        fs::create_dir_all(&paths.channels).unwrap();
        fs::create_dir_all(&paths.pins).unwrap();
        Self { folder, paths }
    }

    pub fn write(&self, path: &Path, text: &str) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// A channel that nobody touched for 200 days.
    pub fn old_channel(&self, label: &str) -> ItemId {
        let id = id(label);
        let live = self.paths.live(&id);
        self.write(&live.body, &format!("[0,\"s\",\"MSG\",\"c\",\"{label}\",1]\n"));
        self.write(&live.metadata, &format!("{{\"channel\":\"{id}\",\"owners\":[\"{label}\"]}}\n"));
        id
    }

    pub fn archived_twin(&self, label: &str) {
        let archived = self.paths.archived(&id(label));
        self.write(&archived.body, &format!("older {label}\n"));
        self.write(&archived.metadata, &format!("older metadata {label}\n"));
    }

    pub fn pin_log(&self, lines: &str) {
        self.write(&self.paths.pin_log(&KEY.parse().unwrap()), lines);
    }

    /// The contents of all files but placeholders and those of pinfold's own state.
    pub fn contents(&self) -> BTreeSet<Vec<u8>> {
        let mut found = BTreeSet::new();
        each_file(self.folder.path(), &mut |path| {
            if !path.starts_with(&self.paths.state) && path.extension().is_none_or(|end| end != "placeholder")
            {
                found.insert(fs::read(path).unwrap());
            }
        });
        found
    }

    /// All names with their contents, those of pinfold's own state and of unfinished writes left out.
    pub fn names(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut found = BTreeMap::new();
        each_file(self.folder.path(), &mut |path| {
            let hidden = path.file_name().unwrap().to_string_lossy().starts_with('.');
            if !path.starts_with(&self.paths.state) && !hidden {
                found.insert(path.strip_prefix(self.folder.path()).unwrap().into(), fs::read(path).unwrap());
            }
        });
        found
    }
}

fn each_file(folder: &Path, visit: &mut dyn FnMut(&Path)) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { each_file(&path, visit) } else { visit(&path) }
    }
}
