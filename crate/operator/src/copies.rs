//! The copies that lie in cold storage here, and the judgement on a copy, wherever it lies.

use crate::documents::Documents;
use crate::journal::{Act, Target};
use crate::last_named::LastNamed;
use crate::plan::{Does, Grounds};
use crate::policy::DAY;
use crate::survey::{Refusal, Survey};
use crate::verdict::{EARLIEST, Keep, Verdict};
use crate::waits::{Wait, two_walks_after};
use crate::wanted::Wanted;
use pinfold_datadir::disk::{Disk, Kind, Stat, stat_if_there};
use pinfold_datadir::id::ItemId;
use pinfold_datadir::paths::Paths;
use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;

/// One copy in cold storage.
pub(crate) struct Copy {
    pub(crate) id: ItemId,
    pub(crate) generation: Option<u32>,
    pub(crate) parts: Vec<(PathBuf, Stat)>,
}

/// Every copy: the newest ones at the classic place, and the older ones.
pub(crate) fn copies(disk: &dyn Disk, paths: &Paths, survey: &Survey) -> io::Result<Vec<Copy>> {
    let mut copies = Vec::new();
    for item in survey.archived.there() {
        let files = paths.archived(&item.id);
        copies.push(Copy { id: item.id.clone(), generation: None, parts: parts(disk, files.moved())? });
    }
    let root = paths.archive.join("generations");
    for shard in folders(disk, &root)?.into_iter().filter(|name| name.chars().count() == 2) {
        for name in folders(disk, &root.join(&shard))? {
            let Ok(id) = name.parse::<ItemId>() else { continue };
            for n in folders(disk, &root.join(&shard).join(&name))? {
                let Ok(n) = n.parse::<u32>() else { continue };
                let files = files_of(paths, &id, Some(n));
                let parts = parts(disk, files.iter().map(PathBuf::as_path))?;
                if !parts.is_empty() {
                    copies.push(Copy { id: id.clone(), generation: Some(n), parts });
                }
            }
        }
    }
    Ok(copies)
}

/// The older copies of channels and blobs that lie here.
pub(crate) fn older(disk: &dyn Disk, paths: &Paths) -> io::Result<Vec<(ItemId, u32)>> {
    let none = Survey::default();
    Ok(copies(disk, paths, &none)?.into_iter().filter_map(|copy| Some((copy.id, copy.generation?))).collect())
}

fn folders(disk: &dyn Disk, root: &std::path::Path) -> io::Result<Vec<String>> {
    match disk.list(root) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        listed => {
            let mut names: Vec<String> = listed?
                .into_iter()
                .filter(|entry| entry.kind == Kind::Folder)
                .filter_map(|entry| entry.name.into_string().ok())
                .collect();
            names.sort_unstable();
            Ok(names)
        }
    }
}

/// The files of a copy, the body last.
pub(crate) fn files_of(paths: &Paths, id: &ItemId, generation: Option<u32>) -> Vec<PathBuf> {
    match generation {
        None => paths.archived(id).moved().map(Into::into).collect(),
        Some(n) => {
            let folder = paths.generations(id).join(n.to_string());
            ["metadata.ndjson", "activity", "log.ndjson"].map(|name| folder.join(name)).into()
        }
    }
}

fn parts<'a>(
    disk: &dyn Disk,
    files: impl Iterator<Item = &'a std::path::Path>,
) -> io::Result<Vec<(PathBuf, Stat)>> {
    let mut parts = Vec::new();
    for file in files {
        if let Some(stat) = stat_if_there(disk, file)? {
            parts.push((file.to_path_buf(), stat));
        }
    }
    Ok(parts)
}

/// What copies are judged by.
pub(crate) struct Judging<'a> {
    pub(crate) wanted: Wanted,
    pub(crate) last_named: LastNamed,
    /// When the content of any copy of a document was last changed, in ms: they go together.
    pub(crate) written: BTreeMap<ItemId, i64>,
    pub(crate) live: &'a Documents,
}

/// A copy in cold storage, wherever it lies.
#[derive(Clone, Copy)]
pub(crate) struct Judged<'a> {
    pub(crate) id: &'a ItemId,
    /// When anything of it was last changed or moved, in ms.
    pub(crate) changed: i64,
    /// When its content was last changed, in ms.
    pub(crate) written: i64,
    /// Since when it is known to be a copy, in ms.
    pub(crate) since: Option<i64>,
}

impl Judging<'_> {
    pub(crate) fn judge(&self, grounds: &Grounds<'_>, copy: Judged<'_>) -> Result<Does, Refusal> {
        if self.live.find(copy.id).is_some_and(|document| document.is_there()) {
            return Ok(Does::Keep { reason: Keep::Conflict, account: None });
        }
        let placeholder = grounds.paths.live(copy.id).placeholder;
        let reason = pinfold_datadir::disk::read_if_there(grounds.disk, &placeholder, 1 << 16)
            .map_err(|error| Refusal::Incomplete(placeholder, error.to_string()))?;
        // What an owner or a moderator removed is not held by other people's lists.
        let for_activity = reason.is_none_or(|reason| reason == b"INACTIVE");
        // Whoever took it into a list and off it again wanted it until then, and whoever set one side of it aside has not ended with the other:
        // its time counts from there.
        let handled = grounds.journal.last(&Target::Item(copy.id.clone()));
        let handled =
            handled.filter(|last| matches!(last.act, Act::Aside | Act::ColdAside)).map(|last| last.at);
        let later = self.last_named.at(copy.id).max(handled).filter(|_| for_activity);
        let since = copy.since.map(|since| later.map_or(since, |later| since.max(later)));
        let written = self.written.get(copy.id).map_or(copy.written, |written| copy.written.max(*written));
        let copy = Judged { since, written, ..copy };
        Ok(judge(grounds, copy, &self.wanted, for_activity))
    }
}

fn judge(grounds: &Grounds<'_>, copy: Judged<'_>, wanted: &Wanted, for_activity: bool) -> Does {
    let Grounds { policy, now, .. } = *grounds;
    let Judged { id, changed, written, since } = copy;
    let keep = |reason| Does::Keep { reason, account: None };
    if let Some(Verdict::Keep { reason, account }) = wanted.wants(id).filter(|_| for_activity) {
        return Does::Keep { reason, account };
    }
    let before = now.saturating_sub(policy.cold_days.saturating_mul(DAY));
    if changed > now || since.is_some_and(|since| since > now) {
        return keep(Keep::Future);
    }
    if changed < EARLIEST {
        return keep(Keep::NoTime);
    }
    if changed > before || written > policy.removable_before(now) {
        return keep(Keep::Cold);
    }
    let Some(since) = since else { return Does::Wait { wait: Wait::FirstSeen } };
    if since > before {
        return Does::Wait { wait: Wait::Until(since.saturating_add(policy.cold_days.saturating_mul(DAY))) };
    }
    if !two_walks_after(since, grounds.walks) {
        return Does::Wait { wait: Wait::Walk };
    }
    Does::Remove { since }
}
