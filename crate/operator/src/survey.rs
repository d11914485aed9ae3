//! One complete look at a store: every document, every account, everything odd.

use crate::policy::Policy;
use pinfold_datadir::disk::{Disk, Kind, Stat};
use pinfold_datadir::id::{ItemId, KeyName};
use pinfold_datadir::paths::Paths;
use pinfold_datadir::pin_log::{Change, PinLog};
use pinfold_datadir::walk::{Finding, Found, Item, Odd, walk};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};

/// What a survey found.
#[derive(Debug, Default)]
pub struct Survey {
    /// Channels and blobs at their live places.
    pub live: Vec<Item>,
    /// Channels and blobs at the classic place of cold storage.
    pub archived: Vec<Item>,
    /// Every account and team that has a pin log.
    pub accounts: Vec<Account>,
    /// Whether the folder of pin logs exists.
    pub has_pins_folder: bool,
    /// How many log-in blocks there are.
    pub blocks: usize,
    /// Pin logs in cold storage.
    pub archived_pin_logs: Vec<KeyName>,
    /// What is odd about names and folders.
    pub findings: Vec<Finding>,
}

/// An account or a team, as its pin log shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The name of its log.
    pub key: KeyName,
    /// Where the log lies.
    pub path: PathBuf,
    /// The log as the file system has it.
    pub stat: Stat,
    /// What the log says.
    pub log: PinLog,
    /// Whether the log lies in a folder where no reader looks for it.
    pub misplaced: bool,
}

impl Account {
    /// Whether all that this account ever named must stay.
    pub fn is_doubtful(&self) -> bool {
        self.misplaced || self.log.is_doubtful()
    }
}

/// Why nothing may be taken after this survey.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Refusal {
    /// Something could not be listed or read.
    #[error("{path} could not be read: {reason}", path = .0.display(), reason = .1)]
    Incomplete(PathBuf, String),
    /// A folder that was named does not exist.
    #[error("{} does not exist or is not a folder", .0.display())]
    NoFolder(PathBuf),
    /// There is not a single pin log.
    #[error("there is no pin log at all below {}", .0.display())]
    NoPinLogs(PathBuf),
    /// There are accounts, and none of them has a pin log.
    #[error("there are {0} log-in blocks and no pin log")]
    BlocksWithoutLogs(usize),
    /// Much less is there than at the last run.
    #[error("there are {now} {what}, and there were {before} at the last run")]
    Fewer {
        /// What there is less of.
        what: String,
        /// How many there are.
        now: u64,
        /// How many there were.
        before: u64,
    },
}

/// Looks at the whole store. `heard` is told of every change that a pin log records, account by account.
///
/// # Errors
/// [`Refusal::NoFolder`] when the channels are not where they should be, and [`Refusal::Incomplete`] for a pin log that cannot be read to its end.
pub fn survey(
    disk: &dyn Disk,
    paths: &Paths,
    now: i64,
    heard: &mut dyn FnMut(&KeyName, Change),
) -> Result<Survey, Refusal> {
    let is_folder = |path: &Path| disk.stat(path).is_ok_and(|stat| stat.kind == Kind::Folder);
    if !is_folder(&paths.channels) {
        return Err(Refusal::NoFolder(paths.channels.clone()));
    }
    let mut survey = Survey { has_pins_folder: is_folder(&paths.pins), ..Survey::default() };
    let mut logs = Vec::new();
    walk(disk, paths, &mut |found| match found {
        Found::Live(item) => survey.live.push(item),
        Found::Archived(item) => survey.archived.push(item),
        Found::PinLog(key, stat) => logs.push((key.clone(), paths.pin_log(&key), stat, false)),
        Found::ArchivedPinLog(key, _) => survey.archived_pin_logs.push(key),
        Found::Block(..) => survey.blocks += 1,
        Found::Task(_) => {}
        Found::Odd(finding) => survey.findings.push(finding),
    });
    logs.extend(survey.findings.iter().filter_map(|finding| misplaced_log(disk, paths, finding)));
    for (key, path, stat, misplaced) in logs {
        let log = read(disk, &path, now, &mut |change| heard(&key, change))
            .map_err(|error| Refusal::Incomplete(path.clone(), error.to_string()))?;
        survey.accounts.push(Account { key, path, stat, log, misplaced });
    }
    Ok(survey)
}

/// Reads one pin log.
///
/// # Errors
/// An error of the file system.
pub fn read(disk: &dyn Disk, path: &Path, now: i64, heard: &mut dyn FnMut(Change)) -> io::Result<PinLog> {
    PinLog::read(BufReader::new(disk.open(path)?), now, heard)
}

/// A pin log that lies in another folder than its name says, or in the root. No reader of the server finds it, and all that it names
/// must stay.
fn misplaced_log(
    disk: &dyn Disk,
    paths: &Paths,
    finding: &Finding,
) -> Option<(KeyName, PathBuf, Stat, bool)> {
    let key = finding.path.file_name()?.to_str()?.strip_suffix(".ndjson")?.parse().ok()?;
    let fits =
        finding.path.starts_with(&paths.pins) && matches!(finding.what, Odd::WrongFolder | Odd::InRoot);
    fits.then(|| disk.stat(&finding.path).ok()).flatten().map(|stat| (key, finding.path.clone(), stat, true))
}

impl Survey {
    /// Why nothing may be taken, judged by this look alone. `declared`: the operator says that there are no pin logs.
    pub fn refusals(&self, paths: &Paths, declared: bool) -> Vec<Refusal> {
        let incomplete = self.findings.iter().filter(|finding| finding.what.is_incomplete());
        let mut refusals: Vec<Refusal> = incomplete
            .map(|f| Refusal::Incomplete(f.path.clone(), f.reason.clone().unwrap_or_default()))
            .collect();
        if self.accounts.is_empty() && !declared {
            refusals.push(match self.blocks {
                _ if !self.has_pins_folder => Refusal::NoFolder(paths.pins.clone()),
                0 => Refusal::NoPinLogs(paths.pins.clone()),
                blocks => Refusal::BlocksWithoutLogs(blocks),
            });
        }
        refusals
    }

    /// What must stay because an account wants it, or may want it.
    pub fn wanted(&self, policy: &Policy, now: i64) -> Wanted {
        let active = self.active(policy, now);
        let mut wanted = Wanted::default();
        for account in &self.accounts {
            if account.is_doubtful() {
                wanted.doubtful.extend(account.log.named.iter().map(|id| (id.clone(), account.key.clone())));
                wanted.cut.extend(account.log.cut.iter().map(|cut| (cut.clone(), account.key.clone())));
            }
            match standing(account, policy, now, &active) {
                Standing::Inactive => wanted.inactive.push(account.key.clone()),
                Standing::OldTeam => {
                    wanted
                        .doubtful
                        .extend(account.log.named.iter().map(|id| (id.clone(), account.key.clone())));
                }
                Standing::Kept => {
                    wanted.pinned.extend(account.log.pins.iter().map(|id| (id.clone(), account.key.clone())))
                }
            }
        }
        wanted
    }

    /// The live documents that somebody changed within the time of inactivity.
    pub fn active(&self, policy: &Policy, now: i64) -> BTreeSet<&ItemId> {
        let before = policy.inactive_before(now);
        self.live
            .iter()
            .filter(|item| changed(item).is_some_and(|at| at > before))
            .map(|item| &item.id)
            .collect()
    }

    /// A digest of which pin logs there are and how long they are: a plan holds for this state alone.
    pub fn state(&self) -> String {
        let mut hash = Sha256::new();
        for account in &self.accounts {
            hash.update(format!("{} {} {}\n", account.path.display(), account.stat.size, account.stat.mtime));
        }
        hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// When a document was last changed, in ms: the newest of its parts. A blob's activity file and its body both count, so that an old
/// activity file does not outweigh a new body.
pub fn changed(item: &Item) -> Option<i64> {
    // A blob without a body is never active: nobody can ask for it.
    if item.id.is_blob() && item.body.is_none() {
        return None;
    }
    item.parts().map(|stat| stat.mtime).max()
}

/// Whether an account's list counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Its list counts.
    Kept,
    /// Nobody was there for the time of accounts.
    Inactive,
    /// The log of a team, old by its date. Its members may be active every day, so the date says nothing.
    OldTeam,
}

/// Judges an account (`docs/OPERATIONS.md` 3).
pub fn standing(account: &Account, policy: &Policy, now: i64, active: &BTreeSet<&ItemId>) -> Standing {
    let Some(before) = policy.account_before(now) else { return Standing::Kept };
    let recent = account.log.latest.is_some_and(|latest| latest > before);
    if recent
        || policy.premium.contains(&account.key)
        || account.log.pins.iter().any(|id| active.contains(id))
    {
        Standing::Kept
    } else if account.log.looks_like_team() {
        Standing::OldTeam
    } else {
        Standing::Inactive
    }
}

/// What accounts want, with one account that wants it.
#[derive(Debug, Default)]
pub struct Wanted {
    /// Pinned by an account whose list counts.
    pub pinned: BTreeMap<ItemId, KeyName>,
    /// Named, at any time, by an account whose log is doubtful.
    pub doubtful: BTreeMap<ItemId, KeyName>,
    /// Beginnings of ids in damaged lines.
    pub cut: BTreeMap<Box<str>, KeyName>,
    /// Accounts whose list does not count.
    pub inactive: Vec<KeyName>,
}
