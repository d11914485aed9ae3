//! Visits everything in a store, and names everything that is not as it should be (INVARIANTS A11).
//!
//! A name that this walk does not know is a finding, never skipped. A folder that cannot be listed to its end is a finding that
//! forbids any removal: an item that was not seen may be one that a list names.

use crate::disk::{Disk, Kind, Listed, Stat};
use crate::id::{ItemId, KeyName};
use crate::paths::Paths;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

/// What is odd about a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Odd {
    /// A name that nothing in this place should have.
    Name,
    /// A folder of a store whose name is not the first two characters of ids.
    Folder,
    /// A folder of old proofs of ownership of blobs, named by three characters. It may be the only record of who owns a blob.
    OldProofs,
    /// A file directly in the root of a store. Among pin logs it keeps the server's loader from reading any.
    InRoot,
    /// A file whose id does not begin with the name of its folder.
    WrongFolder,
    /// A link, a folder or a device in place of a file.
    NotAFile,
    /// The folder could not be listed.
    Unlistable,
    /// The file system says nothing of a name that was listed.
    Unreadable,
    /// A rewrite that was broken off.
    Unfinished,
    /// Files that belong to a body that is not there.
    Lone,
    /// The time of the last change lies in the future.
    Future,
    /// Another name in the same folder differs only by upper and lower case: on some disks both are one file.
    CaseCollision,
}

impl Odd {
    /// Whether the walk may have missed something, so that nothing can be taken after it.
    pub fn is_incomplete(self) -> bool {
        matches!(self, Self::Unlistable | Self::Unreadable)
    }
}

/// Something odd, with its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The whole path.
    pub path: PathBuf,
    /// What is odd.
    pub what: Odd,
    /// What the file system said, if it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// One channel or blob at one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Its id.
    pub id: ItemId,
    /// The log or the body.
    pub body: Option<Stat>,
    /// The metadata log.
    pub metadata: Option<Stat>,
    /// The activity file of a blob.
    pub activity: Option<Stat>,
    /// Whether a placeholder stands beside it.
    pub has_placeholder: bool,
}

impl Item {
    /// The parts that are there, with the placeholder left out.
    pub fn parts(&self) -> impl Iterator<Item = &Stat> {
        [&self.body, &self.metadata, &self.activity].into_iter().flatten()
    }

    /// The size of all parts in bytes.
    pub fn bytes(&self) -> u64 {
        self.parts().map(|stat| stat.size).sum()
    }
}

/// What a walk finds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// A live channel or blob; also one of which only the placeholder is left.
    Live(Item),
    /// The archived copy at its classic place.
    Archived(Item),
    /// A pin log.
    PinLog(KeyName, Stat),
    /// An archived pin log.
    ArchivedPinLog(KeyName, Stat),
    /// A log-in block. Blocks are never evicted.
    Block(KeyName, Stat),
    /// A log-in block in cold storage.
    ArchivedBlock(KeyName, Stat),
    /// A task, in the folder of its day.
    Task(PathBuf),
    /// Something odd.
    Odd(Finding),
}

/// Visits the whole store, folder after folder, in the order of names.
pub fn walk(disk: &dyn Disk, paths: &Paths, visit: &mut dyn FnMut(Found)) {
    walk_until(disk, paths, visit, &|| false);
}

/// The same, until somebody wants it to end: asked before every folder. What was visited by then is not the whole store.
pub fn walk_until(disk: &dyn Disk, paths: &Paths, visit: &mut dyn FnMut(Found), ends: &dyn Fn() -> bool) {
    let mut walk = Walk { disk, visit, ends };
    walk.items(&paths.channels, Store::Channels, Found::Live);
    walk.items(&paths.blobs, Store::Blobs, Found::Live);
    walk.items(&paths.archive.join("datastore"), Store::Channels, Found::Archived);
    walk.items(&paths.archive.join("blob"), Store::Blobs, Found::Archived);
    walk.keys(&paths.pins, ".ndjson", Found::PinLog);
    walk.keys(&paths.archive.join("pins"), ".ndjson", Found::ArchivedPinLog);
    walk.keys(&paths.archive.join("block"), "", Found::ArchivedBlock);
    walk.keys(&paths.blocks, "", Found::Block);
    walk.tasks(&paths.tasks);
}

/// Visits the pin logs alone.
pub fn walk_pins(disk: &dyn Disk, paths: &Paths, visit: &mut dyn FnMut(Found)) {
    Walk { disk, visit, ends: &|| false }.keys(&paths.pins, ".ndjson", Found::PinLog);
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Store {
    Channels,
    Blobs,
}

/// What a file of a channel or blob is, by the end of its name.
pub(crate) enum Part {
    Body,
    Metadata,
    Activity,
    Placeholder,
    Index,
    Rewrite,
}

impl Store {
    pub(crate) fn part(self, name: &str) -> Option<(ItemId, Part)> {
        let length = if self == Self::Channels { 32 } else { 48 };
        let (id, suffix) = name.split_at_checked(length)?;
        let part = match (self, suffix) {
            (Self::Channels, ".ndjson") | (Self::Blobs, "") => Part::Body,
            (_, ".metadata.ndjson") => Part::Metadata,
            (Self::Blobs, ".activity") => Part::Activity,
            (Self::Channels, ".ndjson.placeholder") | (Self::Blobs, ".placeholder") => Part::Placeholder,
            (Self::Channels, ".ndjson.offset") => Part::Index,
            (Self::Channels, ".ndjson.temp") => Part::Rewrite,
            _ => return None,
        };
        Some((id.parse().ok()?, part))
    }
}

struct Walk<'a> {
    disk: &'a dyn Disk,
    visit: &'a mut dyn FnMut(Found),
    ends: &'a dyn Fn() -> bool,
}

impl Walk<'_> {
    fn odd(&mut self, path: PathBuf, what: Odd, reason: Option<&io::Error>) {
        (self.visit)(Found::Odd(Finding { path, what, reason: reason.map(ToString::to_string) }));
    }

    /// The names in a folder in order; none when it is missing or cannot be listed, which is a finding then.
    fn list(&mut self, folder: &Path) -> Vec<Listed> {
        if (self.ends)() {
            return Vec::new();
        }
        match self.disk.list(folder) {
            Ok(mut names) => {
                names.sort_unstable_by(|a, b| a.name.cmp(&b.name));
                names
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => {
                self.odd(folder.into(), Odd::Unlistable, Some(&error));
                Vec::new()
            }
        }
    }

    fn stat(&mut self, path: &Path) -> Option<Stat> {
        match self.disk.stat(path) {
            Ok(stat) if stat.kind == Kind::File => Some(stat),
            Ok(_) => {
                self.odd(path.into(), Odd::NotAFile, None);
                None
            }
            // It was there a moment ago, and somebody took it: the running server, or its scripts.
            Err(error) => {
                self.odd(path.into(), Odd::Unreadable, Some(&error));
                None
            }
        }
    }

    /// The folders of a store that are named like the beginnings of ids. With `every`, also those with another name, which are
    /// findings all the same: the server's reader of pin logs looks into every folder.
    fn shards(&mut self, root: &Path, proofs: bool, every: bool) -> Vec<(String, PathBuf)> {
        let mut shards = Vec::new();
        for Listed { name, kind } in self.list(root) {
            let path = root.join(&name);
            match (kind, name.to_str()) {
                (Kind::Folder, Some(name)) if name.chars().count() == 2 => shards.push((name.into(), path)),
                (Kind::Folder, Some(name)) if name.chars().count() == 3 && proofs => {
                    self.odd(path, Odd::OldProofs, None);
                }
                (Kind::Folder, name) => {
                    if every {
                        shards.push((name.unwrap_or_default().into(), path.clone()));
                    }
                    self.odd(path, Odd::Folder, None);
                }
                // The server itself writes this file into the roots of its blobs and blocks.
                (Kind::File, Some("placeholder.txt")) => {}
                _ => self.odd(path, Odd::InRoot, None),
            }
        }
        shards
    }

    fn items(&mut self, root: &Path, store: Store, found: fn(Item) -> Found) {
        for (shard, folder) in self.shards(root, store == Store::Blobs, false) {
            let mut items: BTreeMap<ItemId, Item> = BTreeMap::new();
            for Listed { name, kind } in self.list(&folder) {
                let path = folder.join(&name);
                let Some((id, part)) = name.to_str().and_then(|name| store.part(name)) else {
                    self.odd(path, Odd::Name, None);
                    continue;
                };
                if kind != Kind::File {
                    self.odd(path, Odd::NotAFile, None);
                    continue;
                }
                if !name.to_str().is_some_and(|name| name.starts_with(&shard)) {
                    self.odd(path, Odd::WrongFolder, None);
                    continue;
                }
                self.part(&mut items, id, part, path);
            }
            let collides = |id: &ItemId| {
                let lower = id.to_string().to_ascii_lowercase();
                matches!(id, ItemId::OddChannel(_) | ItemId::OddBlob(_))
                    && lower.parse().is_ok_and(|lower| items.contains_key(&lower))
            };
            for id in items.keys().filter(|id| collides(id)) {
                self.odd(folder.join(id.to_string()), Odd::CaseCollision, None);
            }
            for item in items.into_values() {
                if item.body.is_none() && item.parts().next().is_some() {
                    self.odd(folder.join(item.id.to_string()), Odd::Lone, None);
                }
                (self.visit)(found(item));
            }
        }
    }

    fn part(&mut self, items: &mut BTreeMap<ItemId, Item>, id: ItemId, part: Part, path: PathBuf) {
        let item = items.entry(id.clone()).or_insert(Item {
            id,
            body: None,
            metadata: None,
            activity: None,
            has_placeholder: false,
        });
        match part {
            Part::Body => item.body = self.stat(&path),
            Part::Metadata => item.metadata = self.stat(&path),
            Part::Activity => item.activity = self.stat(&path),
            Part::Placeholder => item.has_placeholder = true,
            Part::Rewrite => self.odd(path, Odd::Unfinished, None),
            Part::Index => {}
        }
    }

    fn keys(&mut self, root: &Path, suffix: &str, found: fn(KeyName, Stat) -> Found) {
        for (shard, folder) in self.shards(root, false, suffix == ".ndjson") {
            let mut seen = BTreeSet::new();
            for Listed { name, kind } in self.list(&folder) {
                let path = folder.join(&name);
                let name = name.to_str().unwrap_or_default();
                if suffix.is_empty()
                    && name.strip_suffix(".placeholder").is_some_and(|key| key.parse::<KeyName>().is_ok())
                {
                    continue;
                }
                let key = name.strip_suffix(suffix).and_then(|key| key.parse::<KeyName>().ok());
                match key {
                    None => self.odd(path, Odd::Name, None),
                    Some(_) if kind != Kind::File => self.odd(path, Odd::NotAFile, None),
                    Some(key) if key.shard() != shard => self.odd(path, Odd::WrongFolder, None),
                    Some(key) => {
                        if !seen.insert(key.as_str().to_ascii_lowercase()) {
                            self.odd(path.clone(), Odd::CaseCollision, None);
                        }
                        if let Some(stat) = self.stat(&path) {
                            (self.visit)(found(key, stat));
                        }
                    }
                }
            }
        }
    }

    fn tasks(&mut self, root: &Path) {
        for Listed { name, kind } in self.list(root) {
            let day = root.join(&name);
            if kind != Kind::Folder {
                self.odd(day, Odd::InRoot, None);
                continue;
            }
            for Listed { name, kind } in self.list(&day) {
                let path = day.join(&name);
                if kind == Kind::File && name.to_str().is_some_and(|name| name.ends_with(".ndjson")) {
                    (self.visit)(Found::Task(path));
                } else {
                    self.odd(path, Odd::Name, None);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
