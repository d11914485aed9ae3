//! Whose lists hold documents that came back, and whose held them once: what nobody pins is taken again.

use crate::refusal::Refusal;
use crate::survey::read;
use pinfold_datadir::disk::Disk;
use pinfold_datadir::id::{ItemId, KeyName};
use pinfold_datadir::paths::Paths;
use pinfold_datadir::walk::{Found, walk_pins};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// A document that no account pins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Unpinned {
    /// Which.
    pub id: ItemId,
    /// The accounts and teams that once had it in their lists: they can pin it again.
    pub named_by: Vec<KeyName>,
}

/// Which of some documents no account pins, in the order of their ids.
///
/// # Errors
/// [`Refusal::Incomplete`], when a pin log cannot be read: it may pin any of them.
pub fn unpinned(
    disk: &dyn Disk,
    paths: &Paths,
    now: i64,
    ids: impl IntoIterator<Item = ItemId>,
) -> Result<Vec<Unpinned>, Refusal> {
    let mut named: BTreeMap<ItemId, Vec<KeyName>> = ids.into_iter().map(|id| (id, Vec::new())).collect();
    let (mut logs, mut bad) = (Vec::new(), None);
    walk_pins(disk, paths, &mut |found| match found {
        Found::PinLog(key, _) => logs.push(key),
        Found::Odd(finding) if finding.what.is_incomplete() => {
            bad = Some(Refusal::Incomplete(finding.path, finding.reason.unwrap_or_default()));
        }
        _ => {}
    });
    bad.map_or(Ok(()), Err)?;
    let mut pinned = BTreeSet::new();
    if named.is_empty() {
        return Ok(Vec::new());
    }
    for key in logs {
        let path = paths.pin_log(&key);
        let (mut held, mut once) = (BTreeSet::new(), BTreeSet::new());
        read(disk, &path, now, &mut |change| {
            for id in change.added.iter().filter(|id| named.contains_key(id)) {
                held.insert(id.clone());
                once.insert(id.clone());
            }
            for id in &change.removed {
                held.remove(id);
            }
        })
        .map_err(|error| Refusal::Incomplete(path, error.to_string()))?;
        for id in once {
            named.entry(id).or_default().push(key.clone());
        }
        pinned.extend(held);
    }
    let unpinned = named.into_iter().filter(|(id, _)| !pinned.contains(id));
    Ok(unpinned.map(|(id, named_by)| Unpinned { id, named_by }).collect())
}
