//! The look after a run, and every day: is everything that was to stay still there? (A27)

use crate::journal::{Journal, Target};
use crate::survey::Survey;
use pinfold_datadir::disk::{Disk, stat_if_there};
use pinfold_datadir::id::{ItemId, KeyName};
use pinfold_datadir::moves::{at, digest};
use pinfold_datadir::paths::Paths;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// What is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Problem {
    /// An account pins it, and it is neither live nor archived nor explained by a placeholder.
    Missing {
        /// The document.
        id: ItemId,
        /// One account that pins it.
        account: KeyName,
    },
    /// An account pins it, and it lies in cold storage for want of activity.
    PinnedInColdStorage {
        /// The document.
        id: ItemId,
        /// One account that pins it.
        account: KeyName,
    },
    /// The journal says that it was archived, and it is not there.
    ArchiveLost(Target),
    /// The archived copy has another size than the journal says.
    ArchiveSize {
        /// The document.
        id: Target,
        /// What the journal says, in bytes.
        expected: u64,
        /// What is there, in bytes.
        found: u64,
    },
    /// The archived copy has as many bytes as the journal says, and not the same.
    ArchiveDamaged(Target),
    /// An act was begun and not finished: a run has to finish it.
    Unfinished(Target),
}

/// Compares accounts, places and journal.
///
/// # Errors
/// An error of the file system.
pub fn check(
    disk: &dyn Disk,
    paths: &Paths,
    survey: &Survey,
    journal: &Journal<'_>,
) -> Result<Vec<Problem>, crate::archive::ActError> {
    let live: BTreeSet<&ItemId> =
        survey.live.iter().filter(|item| item.body.is_some()).map(|item| &item.id).collect();
    let explained: BTreeSet<&ItemId> =
        survey.live.iter().filter(|item| item.has_placeholder).map(|item| &item.id).collect();
    let archived: BTreeSet<&ItemId> =
        survey.archived.iter().filter(|item| item.body.is_some()).map(|item| &item.id).collect();
    let mut problems = Vec::new();
    for account in &survey.accounts {
        for id in account.log.pins.iter().filter(|id| !live.contains(id)) {
            let (id, account) = (id.clone(), account.key.clone());
            if archived.contains(&id) {
                problems.push(Problem::PinnedInColdStorage { id, account });
            } else if !explained.contains(&id) {
                problems.push(Problem::Missing { id, account });
            }
        }
    }
    let sizes: BTreeMap<&ItemId, u64> = survey.archived.iter().map(|item| (&item.id, item.bytes())).collect();
    for record in journal.archived() {
        let found = match &record.id {
            Target::Item(id) => sizes.get(id).copied(),
            Target::PinLog(key) => size(disk, &paths.archived_pin_log(key))?,
            Target::Block(key) => size(disk, &paths.archived_block(key))?,
            // A report goes when everything that it names is back, and a task is done.
            Target::Report(_) | Target::Task(_) => continue,
        };
        match found {
            None => problems.push(Problem::ArchiveLost(record.id.clone())),
            Some(found) if record.bytes > 0 && found != record.bytes => {
                problems.push(Problem::ArchiveSize { id: record.id.clone(), expected: record.bytes, found });
            }
            Some(_) => {
                // Those of which the journal has a digest are read back.
                if let (Some(before), Target::Item(id)) = (&record.sha256, &record.id)
                    && crate::archive::hex(&digest(disk, &paths.archived(id).body)?) != *before
                {
                    problems.push(Problem::ArchiveDamaged(record.id.clone()));
                }
            }
        }
    }
    problems.extend(journal.unfinished().into_iter().map(|record| Problem::Unfinished(record.id)));
    Ok(problems)
}

fn size(disk: &dyn Disk, path: &std::path::Path) -> Result<Option<u64>, crate::archive::ActError> {
    Ok(stat_if_there(disk, path).map_err(at(path))?.map(|stat| stat.size))
}
