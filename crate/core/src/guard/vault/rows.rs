//! The vault as JSON, secrets included: to be sealed.
//!
//! A row that this version does not know is no reason to lose it or those beside it: it is written back as it came.

use super::gone::kind;
use super::{KeptKey, ROOM, Tombstone, Vault, opens, room};
use crate::compact::sorted;
use crate::crypto::hash::sha256;
use crate::document::{Entry, Link, Links, Worth};
use crate::encoding::encode_hex;
use crate::error::{Code, Error};
use crate::guard::join::ordered;
use crate::json::{Object, Text, Value, canonical, stringify};
use crate::ports::UnixMillis;
use crate::secret::SecretText;
use zeroize::Zeroizing;

/// The most rows that are read back.
const ROWS: usize = 1_000_000;
/// The most bytes of rows that are not known.
const UNKNOWN: usize = 64 * 1024;
/// What a row takes beside the entry, about.
pub(super) const REST: usize = 160;
/// What stands around the rows.
const FRAME: usize = 40;

impl Vault {
    /// All of it.
    pub fn write(&self) -> Value {
        self.write_within(2 * ROOM)
    }

    /// As [`Self::write`], as much as there is room for, in bytes: first the keys, by the rule of `room`, and in what
    /// is left the notices, the newest first. What does not fit takes nothing else with it.
    pub fn write_within(&self, room: usize) -> Value {
        let mut left = room.saturating_sub(FRAME);
        let unknown = self.unknown.iter().filter_map(|(_, row)| Value::parse(row.expose()).ok());
        let mut keys: Vec<Value> = unknown.filter(|row| fits(&mut left, row)).collect();
        for key in room::fill(self, left, usize::MAX, &|key| size(&key_row(key))) {
            let row = key_row(key);
            if fits(&mut left, &row) {
                keys.push(row);
            }
        }
        let stones = sorted(self.tombstones.iter().collect(), &|(_, a), (_, b)| b.at.cmp(&a.at));
        let stones = stones.into_iter().map(stone_row);
        let stones: Vec<Value> = stones.filter(|row| fits(&mut left, row)).collect();
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

fn size(row: &Value) -> usize {
    Zeroizing::new(stringify(row)).len() + 1
}

fn fits(left: &mut usize, row: &Value) -> bool {
    let rest = left.checked_sub(size(row));
    *left = rest.unwrap_or(*left);
    rest.is_some()
}

#[allow(clippy::cast_precision_loss, reason = "times stay far below 2^53")]
fn key_row(key: &KeptKey) -> Value {
    let worth = Worth::ALL.iter().position(|worth| *worth == key.worth).unwrap_or_default();
    vec![
        key.channel.clone().into(),
        Value::from(key.at.0 as f64),
        key.decision.as_str().into(),
        key.folder.clone().into(),
        key.shared_folder.into(),
        key.entry(),
        key.link.clone().into(),
        Value::from(worth as f64),
    ]
    .into()
}

#[allow(clippy::cast_precision_loss, reason = "times stay far below 2^53")]
fn stone_row((channel, stone): &(Text, Tombstone)) -> Value {
    let Tombstone { at, reason, by } = stone;
    vec![channel.clone().into(), Value::from(at.0 as f64), reason.clone().into(), by.clone().into()].into()
}

fn read(value: &Value) -> Option<Vault> {
    if value.get("v").and_then(Value::as_f64) != Some(1.0) {
        return None;
    }
    let rows = |name| value.get(name)?.as_array().filter(|rows| rows.len() <= ROWS);
    let (mut keys, mut tombstones) = (Vec::new(), Vec::new());
    let (mut unknown, mut left) = (Vec::new(), UNKNOWN);
    let mut not_known = |row: &Value| {
        let kept = fits(&mut left, row).then(|| canonical(row))?;
        unknown.push((encode_hex(&sha256(kept.as_bytes())).into(), SecretText::new(kept)));
        Some(())
    };
    for row in rows("keys")? {
        match read_key(row) {
            Some(key) => keys.push((key.place(), key)),
            None => not_known(row)?,
        }
    }
    for row in rows("tombstones")? {
        match read_stone(row) {
            Some(stone) => tombstones.push(stone),
            None => not_known(row)?,
        }
    }
    Some(Vault {
        keys: ordered(keys, &KeptKey::later),
        tombstones: ordered(tombstones, &Ord::max),
        unknown: ordered(unknown, &|ours, _| ours),
        home: None,
    })
}

fn read_stone(row: &Value) -> Option<(Text, Tombstone)> {
    let (at, reason, by) =
        (UnixMillis(row.at(1)?.as_u64()?), row.at(2)?.as_text()?.clone(), row.at(3)?.as_text()?);
    Some((row.at(0)?.as_text()?.clone(), Tombstone { at, reason, by: by.clone() }))
}

fn read_key(row: &Value) -> Option<KeptKey> {
    let decision = row.at(2)?.as_str()?.parse().ok()?;
    let (channel, shared_folder) = (row.at(0)?.as_text()?, row.at(4)?.as_bool()?);
    let entry = opens::opening(Entry::alone(kind(shared_folder), row.at(5)?));
    // An earlier version kept one key of a channel, with all of its entry.
    let (link, worth) = match (row.at(6), row.at(7)) {
        (Some(link), Some(worth)) => {
            let worth = usize::try_from(worth.as_u64()?).ok()?;
            (link.as_text()?.clone(), *Worth::ALL.get(worth)?)
        }
        _ => {
            let link = Link::of(channel, Entry::alone(kind(shared_folder), &entry), Links::Plain);
            (link.name(), link.worth())
        }
    };
    Some(KeptKey {
        at: UnixMillis(row.at(1)?.as_u64()?),
        decision,
        folder: row.at(3)?.as_text()?.clone(),
        shared_folder,
        channel: channel.clone(),
        link,
        worth,
        entry: SecretText::new(canonical(&entry)),
    })
}
