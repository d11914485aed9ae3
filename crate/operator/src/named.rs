//! Which of a few documents an account names now: the pin logs read anew, one at a time, and nothing else of the store.

use crate::refusal::Refusal;
use crate::survey::{Survey, is_stray, misplaced_log, read};
use pinfold_datadir::disk::{Disk, Kind};
use pinfold_datadir::id::{ItemId, KeyName};
use pinfold_datadir::paths::Paths;
use pinfold_datadir::pin_log::PinLog;
use pinfold_datadir::walk::{Found, walk_pins};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path;

/// A log that was changed so shortly before a run may be one that it did not see: two clocks differ by no more, in ms.
pub(crate) const SKEW: i64 = 5 * 60_000;

/// What the pin logs say of a few documents.
#[derive(Debug)]
pub(crate) struct Named {
    /// Those that are named, each with the latest time, in ms, at which a log that names it changed.
    latest: BTreeMap<ItemId, i64>,
    /// How many accounts have a log, here or in cold storage.
    logs: u64,
}

/// How many accounts a look at the store found a log of, here or in cold storage.
pub(crate) fn logs_of(survey: &Survey) -> u64 {
    let here = survey.accounts.iter().map(|account| &account.key);
    here.chain(&survey.archived_pin_logs).collect::<BTreeSet<_>>().len() as u64
}

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
        let (mut logs, mut odd, mut keys) = (Vec::new(), Vec::new(), BTreeSet::new());
        walk_pins(disk, paths, &mut |found| match found {
            // A log that was moved away and back kept the time of its content.
            Found::PinLog(key, stat) => {
                logs.push((paths.pin_log(&key), Some(stat.mtime.max(stat.ctime))));
                keys.insert(key);
            }
            Found::Odd(finding) => odd.push(finding),
            _ => {}
        });
        if let Some(finding) = odd.iter().find(|finding| finding.what.is_incomplete()) {
            return Err(Refusal::Incomplete(
                finding.path.clone(),
                finding.reason.clone().unwrap_or_default(),
            ));
        }
        for (path, key, ..) in odd.iter().filter_map(|finding| misplaced_log(disk, paths, finding)) {
            logs.push((path, None));
            keys.insert(key);
        }
        keys.extend(archived_logs(disk, &paths.archive.join("pins"))?);
        logs.extend(
            odd.iter().filter(|finding| is_stray(paths, finding)).map(|finding| (finding.path.clone(), None)),
        );
        let mut named = Self { latest: BTreeMap::new(), logs: keys.len() as u64 };
        for (path, changed) in logs {
            let log = read(disk, &path, now, &mut |_| ())
                .map_err(|error| Refusal::Incomplete(Path::to_path_buf(&path), error.to_string()))?;
            named.add(&log, changed, ids);
        }
        Ok(named)
    }

    fn add(&mut self, log: &PinLog, changed: Option<i64>, ids: &BTreeSet<ItemId>) {
        // A log that is doubtful, or lies where no reader looks for it, holds all that it ever named, at any time.
        let at = match changed.filter(|_| !log.is_doubtful()) {
            Some(changed) => changed.max(log.latest.unwrap_or(i64::MIN)),
            None => i64::MAX,
        };
        for id in ids {
            let cut = at == i64::MAX && log.cut.iter().any(|cut| id.begins_with(cut));
            if cut || log.pins.contains(id) || at == i64::MAX && log.gone.contains(id) {
                let latest = self.latest.entry(id.clone()).or_insert(at);
                *latest = at.max(*latest);
            }
        }
    }

    /// Whether any account names a document.
    pub(crate) fn any(&self, id: &ItemId) -> bool {
        self.latest.contains_key(id)
    }

    /// Whether a document is named by a log that changed since a run began. What the others say, that run had seen.
    pub(crate) fn since(&self, id: &ItemId, began: i64) -> bool {
        self.latest.get(id).is_some_and(|changed| *changed >= began.saturating_sub(SKEW))
    }

    /// Why nothing follows from a document not being named: there are fewer logs than the run saw that began the act. A folder whose disk is
    /// not mounted looks as if nobody wanted anything.
    pub(crate) fn fewer_than(&self, before: Option<u64>) -> Option<String> {
        match before {
            Some(before) if self.logs.saturating_mul(100) < before.saturating_mul(99) => Some(format!(
                "there are {} pin logs, and its run saw {before}: is the disk of the pin logs mounted?",
                self.logs
            )),
            None if self.logs == 0 => {
                Some("there is no pin log, and its run did not say that this is right".to_owned())
            }
            _ => None,
        }
    }
}

/// The keys of the pin logs in cold storage.
pub(crate) fn archived_logs(disk: &dyn Disk, root: &Path) -> Result<BTreeSet<KeyName>, Refusal> {
    let list = |folder: &Path| match disk.list(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        listed => listed.map_err(|error| Refusal::Incomplete(folder.to_path_buf(), error.to_string())),
    };
    let mut keys = BTreeSet::new();
    for shard in list(root)?.into_iter().filter(|shard| shard.kind == Kind::Folder) {
        let names = list(&root.join(shard.name))?.into_iter();
        keys.extend(names.filter_map(|entry| entry.name.to_str()?.strip_suffix(".ndjson")?.parse().ok()));
    }
    Ok(keys)
}
