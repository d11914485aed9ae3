//! What is true, whoever says what: everybody's documents are looked for on the disk with everybody's keys. None of the programs of the
//! story knows as much, and none of them is asked.

use crate::failed::Done;
use crate::town::{Person, Town};
use pinfold_core::chainpad::checkpoint::strip_prefix;
use pinfold_core::chainpad::{Chain, Mode};
use pinfold_core::href::secrets_from_hash;
use pinfold_core::json::Value;
use pinfold_datadir::disk::{Disk, read_if_there, stat_if_there};
use pinfold_datadir::id::ItemId;
use pinfold_datadir::paths::Paths;
use pinfold_datadir::pin_log::served::Served;
use pinfold_datadir::walk::{Found, walk, walk_pins};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::BufReader;

/// The longest file of a drill, in bytes.
const LONGEST: u64 = 1 << 24;

/// The state of the whole town at one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Truth {
    /// Documents that each person wants and cannot read, by number.
    pub unreadable: Vec<usize>,
    /// Ids of which an archived and a live copy exist.
    pub conflicts: usize,
    /// Bytes at live places.
    pub live: u64,
    /// Bytes in cold storage, older copies of what is live among them.
    pub cold: u64,
    /// Ids that somebody wants.
    pub wanted: usize,
    /// How many of them some list of pins names.
    pub believed: usize,
    /// Bytes of documents that nobody wants and that lie at their live places.
    pub unwanted_live: u64,
    /// The same in cold storage.
    pub unwanted_cold: u64,
}

impl Truth {
    /// Documents that somebody cannot read, counted for each person.
    pub fn lost(&self) -> usize {
        self.unreadable.iter().sum()
    }

    /// People who cannot read something.
    pub fn people(&self) -> usize {
        self.unreadable.iter().filter(|count| **count > 0).count()
    }
}

/// Looks at everything. `added`: documents that were put into folders since, by folder.
///
/// # Errors
/// Those of the disk.
pub fn look(
    disk: &dyn Disk,
    paths: &Paths,
    town: &Town,
    added: &BTreeMap<usize, Vec<String>>,
) -> Done<Truth> {
    let looker = Looker { disk, paths, town };
    let mut truth = Truth::default();
    let mut held = Vec::new();
    for (number, folder) in town.folders.iter().enumerate() {
        let more = added.get(&number).into_iter().flatten();
        let wanted: Vec<&String> = folder.documents.iter().chain(more).collect();
        let content = looker.document(&folder.channel, &folder.hash)?;
        let named = content.as_ref().map(channels_in).unwrap_or_default();
        let mut missing = 0;
        for document in &wanted {
            missing += usize::from(!named.contains(document.as_str()) || !looker.is_whole(document)?);
        }
        held.push((wanted.len(), missing));
    }
    let mut wanted: BTreeSet<&str> = BTreeSet::new();
    for person in &town.people {
        let drive = looker.drive(person)?;
        let entries = |name: &str| {
            drive.as_ref().and_then(|drive| drive.get(name)).map(channels_of).unwrap_or_default()
        };
        let (folders, files) = (entries("sharedFolders"), entries("filesData"));
        let mut unreadable = 0;
        for document in &person.own {
            unreadable += usize::from(!files.contains(document.as_str()) || !looker.is_whole(document)?);
        }
        for number in &person.folders {
            let (Some(folder), Some((all, missing))) = (town.folders.get(*number), held.get(*number)) else {
                continue;
            };
            unreadable += if folders.contains(folder.channel.as_str()) { *missing } else { *all };
            let inside = folder.documents.iter().chain(added.get(number).into_iter().flatten());
            wanted.extend(inside.chain([&folder.channel]).map(String::as_str));
        }
        wanted.extend(person.own.iter().map(String::as_str));
        wanted.insert(&person.built.drive_channel);
        truth.unreadable.push(unreadable);
    }
    let pinned = pinned(paths)?;
    truth.wanted = wanted.len();
    truth.believed = wanted.iter().filter(|id| pinned.contains(**id)).count();
    looker.sizes(&wanted, &mut truth)?;
    Ok(truth)
}

/// Folders that returned to a drive, at any of its messages, before they had a tag that begins so.
///
/// # Errors
/// Those of the disk.
pub fn untagged(disk: &dyn Disk, paths: &Paths, town: &Town, tag: &str) -> Done<usize> {
    let looker = Looker { disk, paths, town };
    let mut count = 0;
    for person in &town.people {
        // Whether each entry was there, after the message before, and whether it ever had left.
        let mut there: BTreeMap<String, bool> = BTreeMap::new();
        looker.each_state(&person.built.drive_channel, person.built.user_hash(), &mut |document| {
            let folders =
                document.get("drive").and_then(|drive| drive.get("sharedFolders")).and_then(Value::as_object);
            let Some(folders) = folders else { return };
            let channel = |entry: &Value| entry.get("channel").and_then(Value::as_str).map(str::to_owned);
            for entry in folders.values() {
                let Some(channel) = channel(entry) else { continue };
                let tags = entry.get("tags").and_then(Value::as_array).into_iter().flatten();
                let is_tagged = tags.filter_map(Value::as_str).any(|held| held.starts_with(tag));
                let returned = there.insert(channel, true) == Some(false);
                count += usize::from(returned && !is_tagged);
            }
            let now: BTreeSet<String> = folders.values().filter_map(channel).collect();
            there.iter_mut().for_each(|(channel, is_there)| *is_there = now.contains(channel));
        })?;
    }
    Ok(count)
}

/// Every id that some list of pins names.
///
/// # Errors
/// Those of the disk.
pub fn pinned(paths: &Paths) -> Done<BTreeSet<String>> {
    let mut all = BTreeSet::new();
    let mut logs = Vec::new();
    walk_pins(&pinfold_datadir::real::RealDisk, paths, &mut |found| {
        if let Found::PinLog(key, _) = found {
            logs.push(paths.pin_log(&key));
        }
    });
    for log in logs {
        let served = Served::read(BufReader::new(File::open(log)?))?;
        all.extend(served.log.pins.iter().map(|id| id.to_string_lossy().into_owned()));
    }
    Ok(all)
}

struct Looker<'l> {
    disk: &'l dyn Disk,
    paths: &'l Paths,
    town: &'l Town,
}

impl Looker<'_> {
    fn drive(&self, person: &Person) -> Done<Option<Value>> {
        let document = self.document(&person.built.drive_channel, person.built.user_hash())?;
        Ok(document.and_then(|document| document.get("drive").cloned()))
    }

    /// A list-map document as its live log has it.
    fn document(&self, channel: &str, hash: &str) -> Done<Option<Value>> {
        let chain = self.chain(channel, hash, &mut |_| ())?;
        Ok(chain.and_then(|chain| chain.to_json().ok()))
    }

    /// A document after each of its messages.
    fn each_state(&self, channel: &str, hash: &str, state: &mut dyn FnMut(&Value)) -> Done<()> {
        let mut after = |chain: &Chain| {
            if let Ok(document) = chain.to_json() {
                state(&document);
            }
        };
        self.chain(channel, hash, &mut after).map(drop)
    }

    fn chain(&self, channel: &str, hash: &str, after: &mut dyn FnMut(&Chain)) -> Done<Option<Chain>> {
        let body = self.paths.live(&channel.parse::<ItemId>()?).body;
        let Some(log) = read_if_there(self.disk, &body, LONGEST)? else { return Ok(None) };
        let keys = secrets_from_hash("drive", hash, None)?.message_keys()?;
        let mut chain = Chain::new(Mode::ListMap);
        for line in log.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            let line: serde_json::Value = serde_json::from_slice(line)?;
            let message = line.get(4).and_then(serde_json::Value::as_str).unwrap_or_default();
            chain.push(&keys.open(strip_prefix(message).0)?);
            after(&chain);
        }
        Ok(Some(chain))
    }

    /// Whether a document is where it was, as it was.
    fn is_whole(&self, id: &str) -> Done<bool> {
        let body = self.paths.live(&id.parse::<ItemId>()?).body;
        let Some(bytes) = read_if_there(self.disk, &body, LONGEST)? else { return Ok(false) };
        let digest: [u8; 32] = Sha256::digest(&bytes).into();
        Ok(self.town.bodies.get(id) == Some(&digest))
    }

    fn sizes(&self, wanted: &BTreeSet<&str>, truth: &mut Truth) -> Done<()> {
        let mut live = BTreeSet::new();
        let mut both = BTreeSet::new();
        walk(self.disk, self.paths, &mut |found| match found {
            Found::Live(item) if item.parts().next().is_some() => {
                let is_stray = self.town.strays.contains(&item.id.to_string());
                truth.live += item.bytes();
                truth.unwanted_live += if is_stray { item.bytes() } else { 0 };
                live.insert(item.id);
            }
            Found::Archived(item) => {
                let is_stray = self.town.strays.contains(&item.id.to_string());
                truth.cold += item.bytes();
                truth.unwanted_cold += if is_stray { item.bytes() } else { 0 };
                both.insert(item.id);
            }
            _ => {}
        });
        truth.conflicts = both.intersection(&live).count();
        for id in wanted {
            let copies = self.paths.generations(&id.parse::<ItemId>()?);
            if stat_if_there(self.disk, &copies)?.is_some() {
                truth.cold += self.below(&copies)?;
            }
        }
        Ok(())
    }

    fn below(&self, folder: &std::path::Path) -> Done<u64> {
        let mut bytes = 0;
        for entry in self.disk.list(folder)? {
            let path = folder.join(&entry.name);
            bytes += match entry.kind {
                pinfold_datadir::disk::Kind::Folder => self.below(&path)?,
                _ => self.disk.stat(&path)?.size,
            };
        }
        Ok(bytes)
    }
}

fn channels_in(content: &Value) -> BTreeSet<String> {
    content.get("filesData").map(channels_of).unwrap_or_default()
}

/// The channels that the entries of a table name.
fn channels_of(table: &Value) -> BTreeSet<String> {
    let entries = table.as_object().into_iter().flat_map(|table| table.values());
    entries.filter_map(|entry| entry.get("channel")?.as_str().map(str::to_owned)).collect()
}
