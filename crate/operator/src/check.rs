//! The look after a run, and every day: is everything that was to stay still there? (A27)

use crate::journal::{Acknowledged, Act, Journal, Target};
use crate::plan::{Does, Plan};
use crate::survey::{Refusal, Survey};
use crate::waits::WalkRecord;
use pinfold_datadir::disk::{Disk, read_if_there, stat_if_there};
use pinfold_datadir::id::{ItemId, KeyName};
use pinfold_datadir::moves::at;
use pinfold_datadir::paths::Paths;
use serde::Serialize;

/// What is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
pub enum Problem {
    /// An account pins it, and it is neither live nor archived, and no placeholder says that somebody decided so.
    #[error("{id} is nowhere, and {account} pins it")]
    Missing {
        /// The document.
        id: ItemId,
        /// One account that pins it.
        account: KeyName,
    },
    /// An account pins it, and it lies in cold storage for want of activity.
    #[error("{id} lies in cold storage for want of activity, and {account} pins it: restore it")]
    PinnedInColdStorage {
        /// The document.
        id: ItemId,
        /// One account that pins it.
        account: KeyName,
    },
    /// The journal says that it was archived, and it is not there.
    #[error("{0} was moved to cold storage by this program, and its copy there is gone")]
    ArchiveLost(Target),
    /// The archived copy has another size than the journal says.
    #[error("{id} had {expected} bytes when it was archived, and its copy has {found}")]
    ArchiveSize {
        /// The document.
        id: Target,
        /// What the journal says, in bytes.
        expected: u64,
        /// What is there, in bytes.
        found: u64,
    },
    /// The archived copy has as many bytes as the journal says, and not the same.
    #[error("{0}: the copy in cold storage is not what was archived")]
    ArchiveDamaged(Target),
    /// An act was begun and not finished: a run has to finish it.
    #[error("{0}: a run began to move it and did not end. `finish` goes on")]
    Unfinished(Target),
    /// A line of the journal was spoiled. Every other line counts.
    #[error(
        "line {line} of the journal is damaged: look at the disk it lies on, then say so: `journal acknowledge {line} --digest {digest}`"
    )]
    JournalDamaged {
        /// The number of the line.
        line: usize,
        /// The SHA-256 of what cannot be read.
        digest: String,
    },
    /// There is less of something than at the last complete walk, and this project took none of that away.
    #[error("{0}")]
    Fewer(Refusal),
    /// A plan said that it stays. It is not live, the journal says nothing of it, and no placeholder explains it.
    #[error("{0} was to stay by the plan, and is gone")]
    Gone(ItemId),
}

/// What a store is compared with, beside its journal.
#[derive(Debug, Clone, Copy, Default)]
pub struct Before<'a> {
    /// The last complete walk.
    pub walk: Option<&'a WalkRecord>,
    /// A plan that was carried out.
    pub plan: Option<&'a Plan>,
}

/// Compares accounts, places and journal, and the store with what it was before.
///
/// # Errors
/// An error of the file system.
pub fn check(
    disk: &dyn Disk,
    paths: &Paths,
    survey: &Survey,
    journal: &Journal<'_>,
    before: Before<'_>,
) -> Result<Vec<Problem>, crate::archive::ActError> {
    let is_live = |id: &ItemId| survey.live.find(id).is_some_and(|document| document.has_body());
    let is_archived = |id: &ItemId| survey.archived.find(id).is_some_and(|document| document.has_body());
    let mut problems = Vec::new();
    for account in &survey.accounts {
        for id in account.log.pins.iter().filter(|id| !is_live(id)) {
            let account = account.key.clone();
            // What its owner, a moderator or a date removed stays pinned by others until they look: that is no fault. That it was inactive
            // explains nothing of what is not in cold storage.
            if is_decided(disk, paths, &id)? {
                continue;
            }
            problems.push(match is_archived(&id) {
                true => Problem::PinnedInColdStorage { id, account },
                false => Problem::Missing { id, account },
            });
        }
    }
    for record in journal.archived() {
        let found = match &record.id {
            Target::Item(id) => survey.archived.find(id).map(|document| document.bytes()),
            Target::PinLog(key) => size(disk, &paths.archived_pin_log(key))?,
            Target::Block(key) => size(disk, &paths.archived_block(key))?,
            // A report goes when everything that it names is back, and a task is done. No older copy is archived by itself.
            Target::Report(_) | Target::Task(_) | Target::Older(..) => continue,
        };
        match found {
            None => problems.push(Problem::ArchiveLost(record.id.clone())),
            Some(found) if record.bytes > 0 && found != record.bytes => {
                problems.push(Problem::ArchiveSize { id: record.id.clone(), expected: record.bytes, found });
            }
            Some(_) => {
                // Those of which the journal has a digest are read back.
                if let Target::Item(id) = &record.id
                    && !record.is_whole(disk, &paths.archived(id).body)?
                {
                    problems.push(Problem::ArchiveDamaged(record.id.clone()));
                }
            }
        }
    }
    problems.extend(journal.unfinished().into_iter().map(|record| Problem::Unfinished(record.id)));
    // Half a line is what a cut leaves, and says nothing against the disk.
    let seen = Acknowledged::read(disk, &paths.state).map_err(at(&paths.state))?;
    let spoiled = journal.damage().iter().filter(|damage| !damage.torn);
    let spoiled = spoiled.filter(|damage| !seen.iter().any(|seen| seen.is_about(damage)));
    problems.extend(
        spoiled.map(|damage| Problem::JournalDamaged { line: damage.line, digest: damage.sha256.clone() }),
    );
    if let Some(walk) = before.walk {
        let now = WalkRecord::of(survey, walk.began, walk.ended);
        problems.extend(now.fewer_than(walk, journal.bytes_taken_after(walk.began)).map(Problem::Fewer));
    }
    for entry in before.plan.into_iter().flat_map(|plan| plan.entries.iter()) {
        let (Does::Keep { .. } | Does::Wait { .. }, Target::Item(id)) = (&entry.does, &entry.id) else {
            continue;
        };
        let found = survey.live.find(id);
        let stays = found.is_some_and(|document| document.is_there() || document.has_placeholder());
        if !stays && journal.last(&entry.id).is_none_or(|last| matches!(last.act, Act::Mark | Act::Unmark)) {
            problems.push(Problem::Gone(id.clone()));
        }
    }
    Ok(problems)
}

/// Whether a placeholder says that somebody, and not the want of activity, decided that a document goes.
fn is_decided(disk: &dyn Disk, paths: &Paths, id: &ItemId) -> Result<bool, crate::archive::ActError> {
    let placeholder = paths.live(id).placeholder;
    let text = read_if_there(disk, &placeholder, 1 << 16).map_err(at(&placeholder))?;
    Ok(text.is_some_and(|text| text != b"INACTIVE"))
}

fn size(disk: &dyn Disk, path: &std::path::Path) -> Result<Option<u64>, crate::archive::ActError> {
    Ok(stat_if_there(disk, path).map_err(at(path))?.map(|stat| stat.size))
}
