//! What accounts told their operator: signed reports that everything was read (`docs/reports.md`). Whoever agreed to it has their client
//! write one into a channel that follows from the account's public key; nothing pins that channel.
//!
//! Anybody can write there. So only what the account signed counts, only from when the server first stored it, and only where the list
//! that it names is the one in the pin log at that time. The worst that a stranger can do is that a report is missing or old: then the
//! document waits.

use crate::going::Going;
use crate::survey::{Account, Survey};
use pinfold_core::ids::EdPublic;
use pinfold_core::pins::hash::list_hash;
use pinfold_core::pins::log::{Date, Line, PinLog, Problem, Unread};
use pinfold_core::report::{Report, Signed, channel_of};
use pinfold_datadir::disk::Disk;
use pinfold_datadir::id::KeyName;
use pinfold_datadir::paths::Paths;
use pinfold_datadir::store_id::StoreId;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

/// The longest line that can be a report, in bytes. A real one has less than a thousand.
const LINE: usize = 64 * 1024;
/// So much of a channel is read, in bytes: whoever writes more into it hides the account's reports, and the documents wait.
const CHANNEL: u64 = 64 * 1024 * 1024;
/// The longest line of a pin log, in bytes, as every reader of one has it.
const PINS: u64 = 64 << 20;
/// So far the clock of a device may be ahead of the server's, in ms.
const AHEAD: u64 = 5 * 60 * 1000;
/// Whoever watches is told after so many.
const TOLD: usize = 256;

/// When each account last reported a complete load, in ms: when its client began to look, and not later than the server stored it. Only
/// accounts that once named more than they pin now are looked at: nothing waits for the others.
///
/// A channel that cannot be read holds no report.
pub fn reports(
    disk: &dyn Disk,
    paths: &Paths,
    survey: &Survey,
    now: i64,
    going: &dyn Going,
) -> BTreeMap<KeyName, i64> {
    let waited_for = |account: &&Account| !account.is_doubtful() && !account.log.gone.is_empty();
    let accounts: Vec<&Account> = survey.accounts.iter().filter(waited_for).collect();
    let mut found = BTreeMap::new();
    for (n, account) in accounts.iter().enumerate() {
        if going.ends() {
            break;
        }
        if n.is_multiple_of(TOLD) {
            going.told("looking for reports", n, accounts.len());
        }
        if let Some(at) = reported(disk, paths, account, now) {
            found.insert(account.key.clone(), at);
        }
    }
    going.told("looking for reports", accounts.len(), accounts.len());
    found
}

fn reported(disk: &dyn Disk, paths: &Paths, account: &Account, now: i64) -> Option<i64> {
    // In names of files `/` is `-`.
    let key = EdPublic::parse(&account.key.as_str().replace('-', "/"))?;
    let channel = StoreId::channel(channel_of(&key)?.as_str())?;
    let now = u64::try_from(now).ok()?;
    let mut stored = signed_by(disk, &paths.live(&channel).body, &key).ok()?;
    // The newest first: mostly it is the one that counts.
    stored.sort_by_key(|(_, at)| std::cmp::Reverse(*at));
    let counts = |(report, at): &(Report, u64)| {
        // A time that lies ahead is no time. It also keeps a report from being written again when its time has come.
        let in_time = *at <= now && report.made <= at.saturating_add(AHEAD);
        in_time && report.complete && is_of_log(disk, &account.path(paths), report, *at)
    };
    let counted = stored.iter().filter(|stored| counts(stored));
    let newest = counted.map(|(report, at)| report.begun.min(*at)).max()?;
    i64::try_from(newest).ok()
}

/// The reports in a channel that the account signed, each with the time at which the server first stored it.
fn signed_by(disk: &dyn Disk, path: &Path, key: &EdPublic) -> io::Result<Vec<(Report, u64)>> {
    let mut log = BufReader::new(disk.open(path)?.take(CHANNEL));
    let (mut found, mut seen, mut line) = (Vec::new(), BTreeSet::new(), Vec::new());
    loop {
        line.clear();
        let length = log.by_ref().take(LINE as u64).read_until(b'\n', &mut line)?;
        if length == 0 {
            return Ok(found);
        }
        if line.pop() != Some(b'\n') {
            // It is too long, or torn: the rest of it is passed over.
            if skip_line(&mut log)? {
                continue;
            }
            return Ok(found);
        }
        if let Some((signed, at)) = read_line(&line)
            && signed.report().account == key.as_str()
            && seen.insert(signed.signature().to_owned())
        {
            found.push((signed.report().without_rows(), at));
        }
    }
}

/// Whether there is anything behind the end of this line.
fn skip_line(log: &mut impl BufRead) -> io::Result<bool> {
    loop {
        let bytes = log.fill_buf()?;
        if bytes.is_empty() {
            return Ok(false);
        }
        match bytes.iter().position(|byte| *byte == b'\n') {
            Some(at) => {
                log.consume(at + 1);
                return Ok(true);
            }
            None => {
                let length = bytes.len();
                log.consume(length);
            }
        }
    }
}

/// A stored line: `[0, author, "MSG", channel, message, time]` (PROTOCOL.md 9.1).
fn read_line(line: &[u8]) -> Option<(Signed, u64)> {
    let line: Value = serde_json::from_slice(line).ok()?;
    let at = line.get(5)?.as_u64()?;
    Some((Signed::read(line.get(4)?.as_str()?).ok()?, at))
}

/// Whether the list that a report names, and the server confirmed, is what the pin log came to when the report was stored.
fn is_of_log(disk: &dyn Disk, path: &Path, report: &Report, at: u64) -> bool {
    let list = report.lists.iter().find(|list| list.key == report.account && list.confirmed);
    let digest = disk.open(path).and_then(|log| digest_at(BufReader::new(log), at));
    list.is_some_and(|list| digest.is_ok_and(|digest| list.digest == digest))
}

/// The digest of the list that a pin log comes to with its lines up to a time, as the server reads them.
fn digest_at(mut log: impl BufRead, at: u64) -> io::Result<String> {
    let (mut list, mut line) = (PinLog::default(), Vec::new());
    loop {
        line.clear();
        log.by_ref().take(PINS).read_until(b'\n', &mut line)?;
        if line.pop() != Some(b'\n') {
            break;
        }
        let no_text = Unread { problem: Problem::Parse, date: Date::Missing };
        let read = std::str::from_utf8(&line).map_or(Err(no_text), Line::read);
        let is_later = |line: &Line| matches!(line.date, Date::At(time) if time.0 > at);
        if read.as_ref().is_ok_and(|line| line.as_ref().is_some_and(is_later)) {
            break;
        }
        list.line(read);
    }
    let pins: Vec<String> = list.pins.iter().map(|id| id.to_string_lossy().into_owned()).collect();
    Ok(list_hash(pins.iter().map(String::as_str)))
}
