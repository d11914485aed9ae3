//! When pin logs last named some documents, also those that do not name them any more. Whoever took a document into a list, and off it
//! again, wanted it until then: what lies in cold storage is left there for its whole time from that moment on.

use crate::named::archived_logs;
use crate::refusal::Refusal;
use crate::survey::read;
use pinfold_datadir::disk::Disk;
use pinfold_datadir::id::ItemId;
use pinfold_datadir::paths::Paths;
use pinfold_datadir::pin_log::Change;
use pinfold_datadir::walk::{Found, walk_pins};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// When each of some documents was last named, in ms.
#[derive(Debug, Default)]
pub(crate) struct LastNamed(BTreeMap<ItemId, i64>);

impl LastNamed {
    /// Reads all pin logs, those in cold storage as well: one at a time, and of each no more than these documents.
    ///
    /// # Errors
    /// [`Refusal::Incomplete`], when a log cannot be read: it may have named any of them a moment ago.
    pub(crate) fn read(
        disk: &dyn Disk,
        paths: &Paths,
        now: i64,
        ids: &BTreeSet<ItemId>,
    ) -> Result<Self, Refusal> {
        let mut last = Self::default();
        if ids.is_empty() {
            return Ok(last);
        }
        let (mut logs, mut bad) = (Vec::new(), None);
        walk_pins(disk, paths, &mut |found| match found {
            Found::PinLog(key, _) => logs.push(paths.pin_log(&key)),
            Found::Odd(finding) if finding.what.is_incomplete() => {
                bad = Some(Refusal::Incomplete(finding.path, finding.reason.unwrap_or_default()));
            }
            // A log at a wrong place, or under a strange name, keeps all that it ever named.
            _ => {}
        });
        bad.map_or(Ok(()), Err)?;
        for path in logs {
            last.hear_all(disk, &path, now, ids)?;
        }
        for key in archived_logs(disk, &paths.archive.join("pins"))? {
            last.hear_archived(disk, &paths.archived_pin_log(&key), now, ids)?;
        }
        Ok(last)
    }

    /// When a document was last named, if any log says it.
    pub(crate) fn at(&self, id: &ItemId) -> Option<i64> {
        self.0.get(id).copied()
    }

    fn hear_all(
        &mut self,
        disk: &dyn Disk,
        path: &Path,
        now: i64,
        ids: &BTreeSet<ItemId>,
    ) -> Result<(), Refusal> {
        // A line without a date makes its log doubtful, and what that one ever named stays anyway.
        read(disk, path, now, &mut |change| self.hear(&change, ids, None)).map_err(incomplete(path))?;
        Ok(())
    }

    /// What a list held when it was moved to cold storage it named until then.
    fn hear_archived(
        &mut self,
        disk: &dyn Disk,
        path: &Path,
        now: i64,
        ids: &BTreeSet<ItemId>,
    ) -> Result<(), Refusal> {
        let went = disk.stat(path).map(|stat| stat.ctime.max(stat.mtime)).map_err(incomplete(path))?;
        let mut held = BTreeSet::new();
        let log = read(disk, path, now, &mut |change| {
            self.hear(&change, ids, Some(went));
            held.extend(change.added.iter().filter(|id| ids.contains(id)).cloned());
            for id in &change.removed {
                held.remove(id);
            }
        })
        .map_err(incomplete(path))?;
        if log.is_doubtful() {
            held.extend(ids.iter().filter(|id| log.pins.contains(id) || log.gone.contains(id)).cloned());
        }
        held.into_iter().for_each(|id| self.note(id, went));
        Ok(())
    }

    fn hear(&mut self, change: &Change, ids: &BTreeSet<ItemId>, undated: Option<i64>) {
        let Some(at) = change.time.or(undated) else { return };
        for id in change.added.iter().chain(&change.removed).filter(|id| ids.contains(id)) {
            self.note(id.clone(), at);
        }
    }

    fn note(&mut self, id: ItemId, at: i64) {
        let last = self.0.entry(id).or_insert(at);
        *last = at.max(*last);
    }
}

fn incomplete(path: &Path) -> impl Fn(std::io::Error) -> Refusal {
    let path: PathBuf = path.into();
    move |error| Refusal::Incomplete(path.clone(), error.to_string())
}
