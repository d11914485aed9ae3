//! The archival script of June 2019 and the script that moves back. The first was right, its input was not.

use crate::calendar::DAY;
use crate::failed::Done;
use crate::truth::pinned;
use pinfold_datadir::decrees::Decrees;
use pinfold_datadir::disk::{Disk, read_if_there, stat_if_there, unlink_if_there};
use pinfold_datadir::id::ItemId;
use pinfold_datadir::paths::Paths;
use pinfold_datadir::walk::{Found, walk};
use std::collections::BTreeSet;
use std::fs;

/// A document is inactive after so many days.
const INACTIVE: i64 = 90;
/// What lies in the archive goes after so many days, unless a decree says otherwise.
pub const KEPT: i64 = 7;

/// Moves what nobody pins and nobody wrote for ninety days to the archive, in place of what lies there. `word`: what it leaves behind that
/// says why; in 2019 nothing. A decree can stop it.
///
/// # Errors
/// Those of the disk.
pub fn archive(disk: &dyn Disk, paths: &Paths, now: i64, word: Option<&str>) -> Done<BTreeSet<ItemId>> {
    let decrees = Decrees::read(&read_if_there(disk, &paths.decree_log(), 1 << 20)?.unwrap_or_default());
    if decrees.inactive_days == Some(0) {
        return Ok(BTreeSet::new());
    }
    let pinned = pinned(paths)?;
    let mut taken = BTreeSet::new();
    let mut visit = |found| {
        if let Found::Live(item) = found
            && let Some(last) = item.parts().map(|stat| stat.mtime).max()
            && last < now - INACTIVE * DAY
            && !item.id.is_blob()
            && !pinned.contains(&item.id.to_string())
        {
            taken.insert(item.id);
        }
    };
    walk(disk, paths, &mut visit);
    for id in &taken {
        let (live, archived) = (paths.live(id), paths.archived(id));
        for (from, to) in live.moved().zip(archived.moved()) {
            if stat_if_there(disk, from)?.is_some() {
                fs::create_dir_all(to.parent().unwrap_or(to))?;
                fs::rename(from, to)?;
            }
        }
        if let Some(word) = word {
            fs::write(&live.placeholder, word)?;
        }
    }
    Ok(taken)
}

/// Empties the archive of what lies there for longer than a decree says, or than seven days. Answers how much that was.
///
/// # Errors
/// Those of the disk.
pub fn empty(disk: &dyn Disk, paths: &Paths, now: i64) -> Done<usize> {
    let decrees = Decrees::read(&read_if_there(disk, &paths.decree_log(), 1 << 20)?.unwrap_or_default());
    let before = now - decrees.archive_days.unwrap_or(KEPT) * DAY;
    let mut old = Vec::new();
    walk(disk, paths, &mut |found| {
        if let Found::Archived(item) = found
            && item.parts().all(|stat| stat.ctime < before)
        {
            old.push(item.id);
        }
    });
    for id in &old {
        for part in paths.archived(id).moved() {
            unlink_if_there(disk, part)?;
        }
    }
    Ok(old.len())
}

/// What nobody should have: moves archived copies over live ones.
///
/// # Errors
/// Those of the disk.
pub fn overwrite(disk: &dyn Disk, paths: &Paths, ids: &[String]) -> Done<usize> {
    for id in ids {
        let id: ItemId = id.parse()?;
        for (from, to) in paths.archived(&id).moved().zip(paths.live(&id).moved()) {
            if stat_if_there(disk, from)?.is_some() {
                fs::rename(from, to)?;
            }
        }
    }
    Ok(ids.len())
}

/// Moves everything back, but never over anything. Answers what came back, and what it refused.
///
/// # Errors
/// Those of the disk.
pub fn restore(disk: &dyn Disk, paths: &Paths) -> Done<(BTreeSet<ItemId>, BTreeSet<ItemId>)> {
    let mut there = Vec::new();
    walk(disk, paths, &mut |found| {
        if let Found::Archived(item) = found {
            there.push(item.id);
        }
    });
    let (mut restored, mut refused) = (BTreeSet::new(), BTreeSet::new());
    for id in there {
        let (live, archived) = (paths.live(&id), paths.archived(&id));
        if stat_if_there(disk, &live.body)?.is_some() || stat_if_there(disk, &live.metadata)?.is_some() {
            refused.insert(id);
            continue;
        }
        for (from, to) in archived.moved().zip(live.moved()) {
            if stat_if_there(disk, from)?.is_some() {
                fs::create_dir_all(to.parent().unwrap_or(to))?;
                fs::rename(from, to)?;
            }
        }
        restored.insert(id);
    }
    Ok((restored, refused))
}
