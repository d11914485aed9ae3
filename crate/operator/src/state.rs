//! The state that a plan is bound to: every pin log with its length and its beginning.
//!
//! Users go on while a plan waits, so logs may grow, and what they name then is looked at again. A log that is shorter, begins
//! otherwise, or is gone was replaced, and with it what the plan knew.

use crate::survey::{Refusal, Survey};
use pinfold_datadir::disk::Disk;
use pinfold_datadir::id::KeyName;
use pinfold_datadir::paths::Paths;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::io::{self, Read};
use std::path::Path;

/// How much of a log counts as its beginning, in bytes.
const HEAD: u64 = 4096;

/// A pin log as a plan saw it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogSeen {
    /// Whose it is.
    pub log: KeyName,
    /// Its length in bytes.
    pub size: u64,
    /// The SHA-256 of its beginning, in hex, cut to 16 digits.
    pub head: String,
}

/// Notes every pin log of a survey.
///
/// # Errors
/// [`Refusal::Incomplete`] for one that cannot be read.
pub(crate) fn logs_seen(disk: &dyn Disk, paths: &Paths, survey: &Survey) -> Result<Vec<LogSeen>, Refusal> {
    let seen = survey.accounts.iter().map(|account| {
        let path = account.path(paths);
        let head = head(disk, &path, account.stat.size)
            .map_err(|error| Refusal::Incomplete(path, error.to_string()))?;
        Ok(LogSeen { log: account.key.clone(), size: account.stat.size, head })
    });
    seen.collect()
}

/// The first pin log that is not what a plan saw, or grown from it.
///
/// # Errors
/// [`Refusal::Incomplete`] for one that cannot be read.
pub(crate) fn first_replaced(
    disk: &dyn Disk,
    paths: &Paths,
    survey: &Survey,
    logs: &[LogSeen],
) -> Result<Option<KeyName>, Refusal> {
    let mut accounts: BTreeMap<&KeyName, Vec<_>> = BTreeMap::new();
    for account in &survey.accounts {
        accounts.entry(&account.key).or_default().push(account);
    }
    for seen in logs {
        let mut same = false;
        // Two logs of one key, one of them at a wrong place: either may be the one that was seen.
        for account in accounts.get(&seen.log).into_iter().flatten() {
            let path = account.path(paths);
            let incomplete = |error: io::Error| Refusal::Incomplete(path.clone(), error.to_string());
            same |= account.stat.size >= seen.size
                && head(disk, &path, seen.size).map_err(incomplete)? == seen.head;
        }
        if !same {
            return Ok(Some(seen.log.clone()));
        }
    }
    Ok(None)
}

fn head(disk: &dyn Disk, path: &Path, size: u64) -> io::Result<String> {
    let mut bytes = Vec::new();
    disk.open(path)?.take(size.min(HEAD)).read_to_end(&mut bytes)?;
    Ok(Sha256::digest(&bytes).iter().take(8).map(|byte| format!("{byte:02x}")).collect())
}
