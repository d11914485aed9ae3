//! One complete look at a store: every document, every account, everything odd.

use crate::clock::{Clock, Watch};
use crate::documents::Documents;
use crate::going::{Going, Quietly};
use crate::policy::Policy;
pub use crate::refusal::Refusal;
use pinfold_datadir::disk::{Disk, Kind, Stat};
use pinfold_datadir::id::{ItemId, KeyName};
use pinfold_datadir::paths::Paths;
use pinfold_datadir::pin_log::{Change, PinLog};
use pinfold_datadir::walk::{Finding, Found, Item, Odd, walk_pins, walk_until};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};

/// So many doubtful pin logs may be accidents of single accounts.
const FEW: usize = 5;
/// Whoever watches is told after so many.
const TOLD: usize = 256;

/// What a survey found.
#[derive(Debug, Default)]
pub struct Survey {
    /// Channels and blobs at their live places; also those of which only the placeholder is left.
    pub live: Documents,
    /// Channels and blobs at the classic place of cold storage.
    pub archived: Documents,
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
    /// What lies among the pin logs under a name that no pin log has, as far as ids can be seen in it.
    pub strays: Vec<PinLog>,
    /// Log-in blocks in cold storage, and tasks.
    pub others: (usize, usize),
}

/// What an operator says of a store that it cannot say of itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Declared {
    /// That there are no pin logs, or fewer than log-in blocks, and that this is right.
    pub no_pin_logs: bool,
    /// That every strange name among the pin logs was looked at.
    pub strays: bool,
    /// That it is known why so many pin logs are doubtful.
    pub doubtful: bool,
}

/// An account or a team, as its pin log shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The name of its log.
    pub key: KeyName,
    /// The log as the file system has it.
    pub stat: Stat,
    /// What the log says.
    pub log: PinLog,
    /// Where the log lies, if that is a folder where no reader looks for it.
    pub misplaced: Option<Box<Path>>,
}

impl Account {
    /// Whether all that this account ever named must stay.
    pub fn is_doubtful(&self) -> bool {
        self.misplaced.is_some() || self.log.is_doubtful()
    }

    /// Where the log lies.
    pub fn path(&self, paths: &Paths) -> PathBuf {
        self.misplaced.as_ref().map_or_else(|| paths.pin_log(&self.key), |path| path.to_path_buf())
    }
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
    looked(disk, paths, now, heard, &Quietly)
}

/// The same, and somebody watches.
///
/// # Errors
/// Those of [`survey`], and [`Refusal::Ended`].
pub fn looked(
    disk: &dyn Disk,
    paths: &Paths,
    now: i64,
    heard: &mut dyn FnMut(&KeyName, Change),
    going: &dyn Going,
) -> Result<Survey, Refusal> {
    surveyed(disk, paths, now, heard, going, &Watched { tick: &|| (), keeps: &|_| true })
}

/// The same with an eye on the clocks: what was seen before the process slept is thrown away.
///
/// # Errors
/// Those of [`survey`], [`Refusal::Ended`] and [`Refusal::Clock`].
pub fn watched(
    disk: &dyn Disk,
    paths: &Paths,
    clock: &dyn Clock,
    going: &dyn Going,
) -> Result<Survey, Refusal> {
    watched_keeping(disk, paths, clock, going, &|_| true)
}

/// The same for a run at a time in ms, which needs of the documents no more than which accounts are active by them.
///
/// # Errors
/// Those of [`watched`].
pub(crate) fn watched_for_a_run(
    disk: &dyn Disk,
    paths: &Paths,
    clock: &dyn Clock,
    going: &dyn Going,
    (policy, now): (&Policy, i64),
) -> Result<Survey, Refusal> {
    let before = policy.account_before(now).map(|_| policy.inactive_before(now));
    let keeps = |item: &Item| before.is_some_and(|before| item.parts().any(|stat| stat.mtime > before));
    watched_keeping(disk, paths, clock, going, &keeps)
}

fn watched_keeping(
    disk: &dyn Disk,
    paths: &Paths,
    clock: &dyn Clock,
    going: &dyn Going,
    keeps: &dyn Fn(&Item) -> bool,
) -> Result<Survey, Refusal> {
    let watch = Watch::begin(clock);
    let watched = Watched { tick: &|| watch.tick(), keeps };
    let survey = surveyed(disk, paths, clock.wall(), &mut |_, _| (), going, &watched)?;
    watch.awake().map_err(|error| Refusal::Clock(error.to_string()))?;
    Ok(survey)
}

/// What is done, and what is kept, of everything that is seen.
struct Watched<'a> {
    tick: &'a dyn Fn(),
    keeps: &'a dyn Fn(&Item) -> bool,
}

fn surveyed(
    disk: &dyn Disk,
    paths: &Paths,
    now: i64,
    heard: &mut dyn FnMut(&KeyName, Change),
    going: &dyn Going,
    Watched { tick, keeps }: &Watched<'_>,
) -> Result<Survey, Refusal> {
    if !is_folder(disk, &paths.channels) {
        return Err(Refusal::NoFolder(paths.channels.clone()));
    }
    let mut survey = Survey { has_pins_folder: is_folder(disk, &paths.pins), ..Survey::default() };
    let mut logs = Vec::new();
    let mut seen = 0_usize;
    let mut visit = |found| {
        tick();
        seen += 1;
        if seen.is_multiple_of(TOLD) {
            going.told("looking at the store", seen, 0);
        }
        match found {
            Found::Live(item) if keeps(&item) => survey.live.push(&item),
            Found::Archived(item) if keeps(&item) => survey.archived.push(&item),
            Found::Live(_) | Found::Archived(_) => {}
            Found::PinLog(key, stat) => logs.push((key, stat, None)),
            Found::ArchivedPinLog(key, _) => survey.archived_pin_logs.push(key),
            Found::Block(..) => survey.blocks += 1,
            Found::ArchivedBlock(..) => survey.others.0 += 1,
            Found::Task(_) => survey.others.1 += 1,
            Found::Odd(finding) => survey.findings.push(finding),
        }
    };
    walk_until(disk, paths, &mut visit, &|| going.ends());
    going.told("looking at the store", seen, seen);
    survey.live.sort();
    survey.archived.sort();
    let misplaced = survey.findings.iter().filter_map(|finding| misplaced_log(disk, paths, finding));
    logs.extend(misplaced.map(|(path, key, stat)| (key, stat, Some(path.into_boxed_path()))));
    let of = logs.len();
    survey.accounts.reserve_exact(of);
    for (read_so_far, (key, stat, misplaced)) in logs.into_iter().enumerate() {
        tick();
        if going.ends() {
            return Err(Refusal::Ended);
        }
        if read_so_far.is_multiple_of(TOLD) {
            going.told("reading pin logs", read_so_far, of);
        }
        let mut account = Account { key, stat, log: PinLog::default(), misplaced };
        let path = account.path(paths);
        account.log = read(disk, &path, now, &mut |change| heard(&account.key, change))
            .map_err(|error| Refusal::Incomplete(path, error.to_string()))?;
        survey.accounts.push(account);
    }
    if going.ends() {
        return Err(Refusal::Ended);
    }
    going.told("reading pin logs", of, of);
    for finding in survey.findings.iter().filter(|finding| is_stray(paths, finding)) {
        // What cannot be read is refused by its finding.
        survey.strays.extend(read(disk, &finding.path, now, &mut |_| ()));
    }
    Ok(survey)
}

fn is_folder(disk: &dyn Disk, path: &Path) -> bool {
    disk.stat(path).is_ok_and(|stat| stat.kind == Kind::Folder)
}

/// Whether a file among the pin logs is not a pin log. A folder alone is harmless: its files were looked at.
pub(crate) fn is_stray(paths: &Paths, finding: &Finding) -> bool {
    finding.path.starts_with(&paths.pins)
        && finding.path != paths.pins
        && !matches!(finding.what, Odd::Folder | Odd::CaseCollision)
        && key_of(finding).is_none()
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
pub(crate) fn misplaced_log(
    disk: &dyn Disk,
    paths: &Paths,
    finding: &Finding,
) -> Option<(PathBuf, KeyName, Stat)> {
    let key = key_of(finding).filter(|_| finding.path.starts_with(&paths.pins))?;
    let stat = disk.stat(&finding.path).ok().filter(|stat| stat.kind == Kind::File)?;
    Some((finding.path.clone(), key, stat))
}

/// The key in the name of a pin log at a wrong place.
fn key_of(finding: &Finding) -> Option<KeyName> {
    let fits = matches!(finding.what, Odd::WrongFolder | Odd::InRoot);
    fits.then(|| finding.path.file_name()?.to_str()?.strip_suffix(".ndjson")?.parse().ok()).flatten()
}

impl Survey {
    /// Why nothing may be taken, judged by this look alone.
    pub fn refusals(&self, paths: &Paths, declared: Declared) -> Vec<Refusal> {
        let incomplete = self.findings.iter().filter(|finding| finding.what.is_incomplete());
        let mut refusals: Vec<Refusal> = incomplete
            .map(|f| Refusal::Incomplete(f.path.clone(), f.reason.clone().unwrap_or_default()))
            .collect();
        // A link, a folder or a device under the name of a log hides what an account wants, whatever the operator says.
        let strays = self.findings.iter().filter(|finding| is_stray(paths, finding));
        let strays =
            strays.filter(|f| !f.what.is_incomplete() && (!declared.strays || f.what == Odd::NotAFile));
        refusals.extend(strays.map(|f| Refusal::AmongPins(f.path.clone(), f.what)));
        let logs = self.accounts.len() + self.archived_pin_logs.len();
        if self.accounts.is_empty() && !declared.no_pin_logs {
            refusals.push(match self.blocks {
                _ if !self.has_pins_folder => Refusal::NoFolder(paths.pins.clone()),
                0 => Refusal::NoPinLogs(paths.pins.clone()),
                blocks => Refusal::BlocksWithoutLogs(blocks),
            });
        } else if logs * 100 < self.blocks * 99 && !declared.no_pin_logs {
            refusals.push(Refusal::FewerLogsThanBlocks { blocks: self.blocks, logs });
        }
        let doubtful = self.accounts.iter().filter(|account| account.is_doubtful()).count();
        if doubtful > FEW && doubtful * 100 > self.accounts.len() && !declared.doubtful {
            refusals.push(Refusal::Doubtful { doubtful, logs: self.accounts.len() });
        }
        refusals
    }

    /// Looks at the pin logs again, and reads those that changed. A log that is gone counts as it was. Answers whether any changed.
    ///
    /// # Errors
    /// [`Refusal`], when something among the pin logs cannot be read.
    pub fn look_at_pins_again(&mut self, disk: &dyn Disk, paths: &Paths, now: i64) -> Result<bool, Refusal> {
        let mut found = Vec::new();
        let mut bad = None;
        walk_pins(disk, paths, &mut |seen| match seen {
            Found::PinLog(key, stat) => found.push((key, stat)),
            Found::Odd(finding) if finding.what.is_incomplete() => {
                bad = Some(Refusal::Incomplete(finding.path, finding.reason.unwrap_or_default()));
            }
            _ => {}
        });
        bad.map_or(Ok(()), Err)?;
        let in_place = self.accounts.iter().enumerate().filter(|(_, account)| account.misplaced.is_none());
        let places: BTreeMap<KeyName, usize> =
            in_place.map(|(n, account)| (account.key.clone(), n)).collect();
        let mut changed = false;
        for (key, stat) in found {
            let known = places.get(&key).and_then(|n| self.accounts.get_mut(*n));
            // Whoever puts another log in its place may give it the same size and time; the file system notes that something was done.
            let seen = |stat: &Stat| (stat.size, stat.mtime, stat.ctime, stat.inode);
            if known.as_ref().is_some_and(|known| seen(&known.stat) == seen(&stat)) {
                continue;
            }
            changed = true;
            let path = paths.pin_log(&key);
            let log = read(disk, &path, now, &mut |_| ())
                .map_err(|error| Refusal::Incomplete(path, error.to_string()))?;
            match known {
                Some(known) => (known.stat, known.log) = (stat, log),
                None => self.accounts.push(Account { key, stat, log, misplaced: None }),
            }
        }
        Ok(changed)
    }

    /// Whether somebody changed a live document within the time of inactivity.
    pub fn is_active(&self, id: &ItemId, policy: &Policy, now: i64) -> bool {
        let found = self.live.find(id);
        found.and_then(|document| document.changed()).is_some_and(|at| at > policy.inactive_before(now))
    }

    /// A digest of which pin logs there are and how long they are: a plan holds for this state alone.
    pub fn state(&self, paths: &Paths) -> String {
        let mut hash = Sha256::new();
        for account in &self.accounts {
            let path = account.path(paths);
            hash.update(format!("{} {} {}\n", path.display(), account.stat.size, account.stat.mtime));
        }
        hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}
