//! Which of a few documents an account names now: the pin logs read anew, one at a time, and nothing else of the store.

use crate::refusal::Refusal;
use crate::survey::{is_stray, misplaced_log, read};
use pinfold_datadir::disk::Disk;
use pinfold_datadir::id::ItemId;
use pinfold_datadir::paths::Paths;
use pinfold_datadir::pin_log::PinLog;
use pinfold_datadir::walk::{Found, walk_pins};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// A log that was changed so shortly before a run may be one that it did not see: two clocks differ by no more, in ms.
const SKEW: i64 = 5 * 60_000;

/// The documents that are named, each with the latest time, in ms, at which a log that names it changed.
#[derive(Debug)]
pub(crate) struct Named(BTreeMap<ItemId, i64>);

impl Named {
    /// Reads all pin logs.
    ///
    /// # Errors
    /// [`Refusal`], when something among the pin logs cannot be read: any of the documents may be named then.
    pub(crate) fn now(
        disk: &dyn Disk,
        paths: &Paths,
        now: i64,
        ids: &BTreeSet<ItemId>,
    ) -> Result<Self, Refusal> {
        let (mut logs, mut odd) = (Vec::new(), Vec::new());
        walk_pins(disk, paths, &mut |found| match found {
            Found::PinLog(key, stat) => logs.push((paths.pin_log(&key), Some(stat.mtime))),
            Found::Odd(finding) => odd.push(finding),
            _ => {}
        });
        if let Some(finding) = odd.iter().find(|finding| finding.what.is_incomplete()) {
            return Err(Refusal::Incomplete(
                finding.path.clone(),
                finding.reason.clone().unwrap_or_default(),
            ));
        }
        logs.extend(odd.iter().filter_map(|finding| Some((misplaced_log(disk, paths, finding)?.0, None))));
        logs.extend(
            odd.iter().filter(|finding| is_stray(paths, finding)).map(|finding| (finding.path.clone(), None)),
        );
        let mut named = Self(BTreeMap::new());
        for (path, changed) in logs {
            let log = read(disk, &path, now, &mut |_| ())
                .map_err(|error| Refusal::Incomplete(Path::to_path_buf(&path), error.to_string()))?;
            named.add(&log, changed, ids);
        }
        Ok(named)
    }

    fn add(&mut self, log: &PinLog, changed: Option<i64>, ids: &BTreeSet<ItemId>) {
        // A log that is doubtful, or lies where no reader looks for it, holds all that it ever named, at any time.
        let (list, at) = match changed.filter(|_| !log.is_doubtful()) {
            Some(changed) => (&log.pins, changed.max(log.latest.unwrap_or(i64::MIN))),
            None => (&log.named, i64::MAX),
        };
        for id in ids {
            let cut = at == i64::MAX && log.cut.iter().any(|cut| id.begins_with(cut));
            if cut || list.contains(id) {
                let latest = self.0.entry(id.clone()).or_insert(at);
                *latest = at.max(*latest);
            }
        }
    }

    /// Whether any account names a document.
    pub(crate) fn any(&self, id: &ItemId) -> bool {
        self.0.contains_key(id)
    }

    /// Whether a document is named by a log that changed since a run began. What the others say, that run had seen.
    pub(crate) fn since(&self, id: &ItemId, began: i64) -> bool {
        self.0.get(id).is_some_and(|changed| *changed >= began.saturating_sub(SKEW))
    }
}
