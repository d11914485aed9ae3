//! Keys that no server and no other device can take away, and tombstones for what is said to be deleted (I3).
//!
//! An entry of a drive is the only copy of a document's keys. When one vanishes from the drive, or the server
//! says that its channel was deleted, the entry is kept here until the user decides. Nothing is ever dropped to
//! make room, except from the copy in the drive. The vault merges like the ledger.

use core::cmp::Reverse;

use crate::compact::sorted;
use crate::error::{Code, Error};
use crate::guard::join::{find, join, ordered};
use crate::json::{Object, Text, Value, canonical, stringify};
use crate::ports::Millis;
use crate::secret::SecretText;
use zeroize::Zeroizing;

/// The most rows that are read back.
const ROWS: usize = 1_000_000;
/// The longest reason that is kept of a server's notice, in characters.
const REASON: usize = 64;

/// What the user decided about a key. In this order when two devices decided in the same moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Decision {
    /// The user gave it up; the key itself is gone from the vault.
    Discarded,
    /// It was put back into the drive.
    Restored,
    /// Nothing yet.
    Open,
}

/// A key that is kept.
#[derive(Debug, Clone)]
pub struct KeptKey {
    /// When it was put here or decided about.
    pub at: Millis,
    /// What the user decided.
    pub decision: Decision,
    /// The document whose entry it was.
    pub folder: Text,
    /// Whether it is the entry of a shared folder.
    pub shared_folder: bool,
    /// The entry as it stood, as canonical JSON: links, password, channel, title.
    entry: SecretText,
}

impl KeptKey {
    /// The entry as it stood in the drive; `null` once it was discarded.
    pub fn entry(&self) -> Value {
        Value::parse(self.entry.expose()).unwrap_or_default()
    }

    fn order(&self) -> (Millis, Decision, &Text, bool, &str) {
        (self.at, self.decision, &self.folder, self.shared_folder, self.entry.expose())
    }

    fn later(self, other: Self) -> Self {
        if self.order() >= other.order() { self } else { other }
    }
}

/// What somebody said about a channel: that it was deleted, and why.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tombstone {
    /// When it was said.
    pub at: Millis,
    /// The word for it, as the server gave it: `ARCHIVE_OWNED`, `EXPIRED`, `INACTIVE`, or any other.
    pub reason: Text,
    /// Who said so: `server`, or the device and session that saw its entry vanish.
    pub by: Text,
}

/// Kept keys and tombstones by channel.
#[derive(Debug, Clone, Default)]
pub struct Vault {
    keys: Vec<(Text, KeptKey)>,
    tombstones: Vec<(Text, Tombstone)>,
}

/// An entry of a drive, with the channel it is kept under.
#[derive(Debug, Clone)]
pub struct Vanished {
    /// The channel its link leads to.
    pub channel: Text,
    /// The entry.
    pub entry: Value,
    /// Whether it is that of a shared folder.
    pub shared_folder: bool,
}

/// The entries that `before` has and `after` has not, by channel. An entry that moved or changed its title is
/// still there; one whose channel is now named by another entry is not lost, unless it alone held an edit link.
pub fn vanished(before: &Value, after: &Value) -> Vec<Vanished> {
    let (mut all, mut edited) = (Vec::new(), Vec::new());
    for (channel, entry, _) in entries(after) {
        if has_edit_link(entry) {
            edited.push(channel.clone());
        }
        all.push(channel);
    }
    let (all, edited) = (sorted(all, &Text::cmp), sorted(edited, &Text::cmp));
    let gone = entries(before).into_iter().filter(|(channel, entry, _)| {
        let there = if has_edit_link(entry) { &edited } else { &all };
        there.binary_search(channel).is_err()
    });
    gone.map(|(channel, entry, shared_folder)| Vanished { channel, entry: entry.clone(), shared_folder })
        .collect()
}

/// Whether an entry holds more than a view link. Old drives have view links in either field.
fn has_edit_link(entry: &Value) -> bool {
    let href = entry.get("href").and_then(Value::as_str);
    href.is_some_and(|href| !href.is_empty() && !href.contains("/view/"))
}

/// The entries of a drive object or of a folder's document, each under its channel; under its link where it
/// names none.
fn entries(drive: &Value) -> Vec<(Text, &Value, bool)> {
    let mut found = Vec::new();
    for (map, shared_folder) in [("filesData", false), ("sharedFolders", true)] {
        let entries = drive.get(map).and_then(Value::as_object);
        found.extend(entries.into_iter().flat_map(|entries| entries.values()).filter_map(|entry| {
            let name = ["channel", "href", "roHref"].into_iter().find_map(|field| {
                entry.get(field).and_then(Value::as_text).filter(|text| !text.is_empty())
            })?;
            Some((name.clone(), entry, shared_folder))
        }));
    }
    found
}

impl Vault {
    /// Somebody says that a channel was deleted. The reason changes nothing but what is shown.
    /// Whether that is news.
    pub fn bury(&mut self, channel: &Text, at: Millis, reason: &str, by: &Text) -> bool {
        let reason: String = reason.chars().take(REASON).collect();
        let known = find(&self.tombstones, channel);
        // The first notice stands; the same words every session are no news.
        if known.is_some_and(|known| known.reason == *reason.as_str()) {
            return false;
        }
        let stone = Tombstone { at, reason: reason.into(), by: by.clone() };
        self.tombstones =
            join(std::mem::take(&mut self.tombstones), vec![(channel.clone(), stone)], &Ord::max);
        true
    }

    /// Keeps the entry of a channel. One that is kept already stays as it is, unless it was decided about
    /// before: then it is open again. Whether that changed anything.
    pub fn keep(&mut self, vanished: &Vanished, folder: &Text, at: Millis) -> bool {
        if self.key(&vanished.channel).is_some_and(|key| key.decision == Decision::Open) {
            return false;
        }
        let at = self.after(&vanished.channel, at);
        let key = KeptKey {
            at,
            decision: Decision::Open,
            folder: folder.clone(),
            shared_folder: vanished.shared_folder,
            entry: SecretText::new(canonical(&vanished.entry)),
        };
        self.put(&vanished.channel, key);
        true
    }

    /// The user decided. A discarded key is wiped; there is no other way for a key to leave (I3).
    ///
    /// # Errors
    /// `misuse/bad-argument` when there is no such key, or it was discarded before.
    pub fn decide(&mut self, channel: &Text, decision: Decision, at: Millis) -> Result<(), Error> {
        let mut key = self
            .key(channel)
            .filter(|key| key.decision != Decision::Discarded)
            .cloned()
            .ok_or_else(|| Error::new(Code::MisuseBadArgument, "the vault holds no such key"))?;
        key.at = self.after(channel, at);
        key.decision = decision;
        if decision == Decision::Discarded {
            key.entry = SecretText::new("null".to_owned());
        }
        self.put(channel, key);
        Ok(())
    }

    /// Whether nothing was ever kept or said.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty() && self.tombstones.is_empty()
    }

    /// The key of a channel, also one that was decided about.
    pub fn key(&self, channel: &Text) -> Option<&KeptKey> {
        find(&self.keys, channel)
    }

    /// Every key, in the order of the channels.
    pub fn keys(&self) -> impl Iterator<Item = (&Text, &KeptKey)> {
        self.keys.iter().map(|(channel, key)| (channel, key))
    }

    /// Every tombstone, in the order of the channels.
    pub fn tombstones(&self) -> impl Iterator<Item = (&Text, &Tombstone)> {
        self.tombstones.iter().map(|(channel, stone)| (channel, stone))
    }

    /// What either kept, and the later decision.
    #[must_use]
    pub fn merge(self, other: Self) -> Self {
        Self {
            keys: join(self.keys, other.keys, &KeptKey::later),
            tombstones: join(self.tombstones, other.tombstones, &Ord::max),
        }
    }

    fn after(&self, channel: &Text, at: Millis) -> Millis {
        self.key(channel).map_or(at, |key| at.max(key.at.saturating_add(1)))
    }

    fn put(&mut self, channel: &Text, key: KeptKey) {
        self.keys = join(std::mem::take(&mut self.keys), vec![(channel.clone(), key)], &KeptKey::later);
    }

    /// As JSON, secrets included: to be sealed.
    pub fn write(&self) -> Value {
        self.write_within(usize::MAX)
    }

    /// As [`Self::write`], as much as there is room for, in bytes: first what is not decided yet, the newest before
    /// the older, and in what is left the notices.
    #[allow(clippy::cast_precision_loss, reason = "times stay far below 2^53")]
    pub fn write_within(&self, room: usize) -> Value {
        let mut left = room.saturating_sub(40);
        let mut fits = |row: &Value| {
            let rest = left.checked_sub(Zeroizing::new(stringify(row)).len() + 1);
            left = rest.unwrap_or_default();
            rest.is_some()
        };
        let rank = |key: &KeptKey| Reverse((key.decision, key.at));
        let keys = sorted(self.keys.iter().collect(), &|(_, a), (_, b)| rank(a).cmp(&rank(b)));
        let keys = keys.into_iter().map(|(channel, key)| {
            let decision = match key.decision {
                Decision::Discarded => "discarded",
                Decision::Restored => "restored",
                Decision::Open => "open",
            };
            let (at, folder) = (Value::from(key.at as f64), key.folder.clone().into());
            vec![channel.clone().into(), at, decision.into(), folder, key.shared_folder.into(), key.entry()]
                .into()
        });
        let keys: Vec<Value> = keys.take_while(&mut fits).collect();
        let stones = sorted(self.tombstones.iter().collect(), &|(_, a), (_, b)| b.at.cmp(&a.at));
        let stones = stones.into_iter().map(|(channel, stone)| {
            let at = Value::from(stone.at as f64);
            vec![channel.clone().into(), at, stone.reason.clone().into(), stone.by.clone().into()].into()
        });
        let stones: Vec<Value> = stones.take_while(&mut fits).collect();
        let mut object = Object::new();
        object.insert("v", 1.0);
        object.insert("keys", keys);
        object.insert("tombstones", stones);
        object.into()
    }

    /// Reads what [`Self::write`] wrote.
    ///
    /// # Errors
    /// `guard/unreadable` for anything else.
    pub fn read(value: &Value) -> Result<Self, Error> {
        read(value)
            .ok_or_else(|| Error::new(Code::GuardUnreadable, "the vault is not one this version wrote"))
    }
}

fn read(value: &Value) -> Option<Vault> {
    if value.get("v").and_then(Value::as_f64) != Some(1.0) {
        return None;
    }
    let rows = |name| value.get(name)?.as_array().filter(|rows| rows.len() <= ROWS);
    let mut keys = Vec::new();
    for row in rows("keys")? {
        let decision = match row.at(2)?.as_str()? {
            "discarded" => Decision::Discarded,
            "restored" => Decision::Restored,
            "open" => Decision::Open,
            _ => return None,
        };
        let key = KeptKey {
            at: row.at(1)?.as_u64()?,
            decision,
            folder: row.at(3)?.as_text()?.clone(),
            shared_folder: row.at(4)?.as_bool()?,
            entry: SecretText::new(stringify(row.at(5)?)),
        };
        keys.push((row.at(0)?.as_text()?.clone(), key));
    }
    let mut tombstones = Vec::new();
    for row in rows("tombstones")? {
        let (at, reason, by) = (row.at(1)?.as_u64()?, row.at(2)?.as_text()?.clone(), row.at(3)?.as_text()?);
        tombstones.push((row.at(0)?.as_text()?.clone(), Tombstone { at, reason, by: by.clone() }));
    }
    Some(Vault { keys: ordered(keys, &KeptKey::later), tombstones: ordered(tombstones, &Ord::max) })
}
