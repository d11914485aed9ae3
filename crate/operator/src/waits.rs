//! How long a document waits before it may be moved: marks, walks, accounts that have to report.
//!
//! The server cannot see what a folder or a drive holds, so "nobody names it" is only true once everybody who ever named it has
//! loaded everything and did not name it again.

use crate::policy::{DAY, Policy};
use crate::survey::{Refusal, Survey};
use pinfold_datadir::disk::{Disk, read_if_there};
use pinfold_datadir::id::KeyName;
use serde::{Deserialize, Serialize};
use std::io;
use std::path::Path;

const HOUR: i64 = 3_600_000;
/// Two walks must lie at least so far apart to count as two.
const APART: i64 = DAY;

/// One complete, successful walk.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WalkRecord {
    /// When it began, in ms.
    pub began: i64,
    /// When it ended, in ms.
    pub ended: i64,
    /// How many pin logs there were.
    pub logs: u64,
    /// How many ids accounts pinned.
    pub pins: u64,
    /// How many bytes lay at live places.
    pub bytes: u64,
    /// How many pin logs lay in cold storage.
    #[serde(default)]
    pub archived_logs: u64,
    /// How many live documents there were.
    #[serde(default)]
    pub documents: u64,
    /// How many bytes lay in cold storage.
    #[serde(default)]
    pub cold_bytes: u64,
}

impl WalkRecord {
    /// The sums of a survey.
    pub fn of(survey: &Survey, began: i64, ended: i64) -> Self {
        Self {
            began,
            ended,
            logs: survey.accounts.len() as u64,
            pins: survey.accounts.iter().map(|account| account.log.pins.len() as u64).sum(),
            bytes: survey.live.iter().map(|document| document.bytes()).sum(),
            archived_logs: survey.archived_pin_logs.len() as u64,
            documents: survey.live.iter().filter(|document| document.has_body()).count() as u64,
            cold_bytes: survey.archived.iter().map(|document| document.bytes()).sum(),
        }
    }

    /// What there is less of than at an earlier walk, by more than one in a hundred: lists do not shrink like that by themselves.
    /// `taken`: the bytes that this project itself took away in between.
    pub fn fewer_than(&self, before: &Self, taken: u64) -> Option<Refusal> {
        // A log that lies in cold storage now is explained.
        let moved = self.archived_logs.saturating_sub(before.archived_logs);
        let figures = [
            ("pin logs", self.logs.saturating_add(moved), before.logs),
            ("pins", self.pins, before.pins),
            ("bytes", self.bytes.saturating_add(taken), before.bytes),
        ];
        let less =
            figures.into_iter().find(|(_, now, before)| now.saturating_mul(100) < before.saturating_mul(99));
        less.map(|(what, now, before)| Refusal::Fewer { what: what.into(), now, before })
    }
}

/// What a candidate still waits for.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Wait {
    /// It is seen as a candidate for the first time, and is marked by this run.
    Mark,
    /// The time of marks is not over; in ms.
    Until(i64),
    /// A second walk, a day after the first, both after the mark.
    Walk,
    /// It was in cold storage before this project looked, and is seen there for the first time.
    FirstSeen,
    /// These accounts named it once, and have not reported a complete load since the mark.
    Accounts(Vec<KeyName>),
}

/// What a marked candidate waits for; `None` when nothing stands in the way but the cap and the hold.
///
/// `walks`: complete ones, in order, the present one included. `unreported`: accounts that named the id and have not reported since.
pub fn wait(
    marked: Option<i64>,
    walks: &[WalkRecord],
    unreported: &[KeyName],
    policy: &Policy,
    now: i64,
) -> Option<Wait> {
    let Some(marked) = marked else { return Some(Wait::Mark) };
    let until = marked.saturating_add(policy.marked_days.saturating_mul(DAY));
    if marked > now || until > now {
        return Some(Wait::Until(until));
    }
    if !two_walks_after(marked, walks) {
        return Some(Wait::Walk);
    }
    (!unreported.is_empty()).then(|| Wait::Accounts(unreported.to_vec()))
}

/// Whether two complete walks, a day apart, began after a time. It must be older than the start of the first one by an hour, so that no
/// walk was under way at that time.
pub(crate) fn two_walks_after(time: i64, walks: &[WalkRecord]) -> bool {
    let mut after = walks.iter().filter(|walk| walk.began >= time.saturating_add(HOUR));
    let older = after.next();
    older.is_some_and(|older| after.any(|newer| newer.began >= older.ended.saturating_add(APART)))
}

/// The walks that the state folder remembers, in the order of their beginnings.
///
/// # Errors
/// An error of the file system. Damaged lines are walks that did not end.
pub fn walks(disk: &dyn Disk, state: &Path) -> io::Result<Vec<WalkRecord>> {
    let bytes = read_if_there(disk, &state.join("walks.ndjson"), 1 << 28)?.unwrap_or_default();
    let mut walks: Vec<WalkRecord> =
        bytes.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice(line).ok()).collect();
    walks.sort_unstable_by_key(|walk| walk.began);
    Ok(walks)
}

/// Remembers a walk.
///
/// # Errors
/// An error of the file system.
pub fn remember(disk: &dyn Disk, state: &Path, walk: &WalkRecord) -> io::Result<()> {
    disk.make_folder(state)?;
    let mut line = b"\n".to_vec();
    line.extend(serde_json::to_vec(walk).map_err(io::Error::other)?);
    line.push(b'\n');
    disk.append(&state.join("walks.ndjson"), &line)
}

#[cfg(test)]
mod tests {
    use super::*;
    use pinfold_datadir::config::Config;
    use pinfold_datadir::decrees::Decrees;

    const NOW: i64 = 1_780_000_000_000;

    fn walk(days_ago: i64) -> WalkRecord {
        let began = NOW - days_ago * DAY;
        WalkRecord { began, ended: began + HOUR, ..WalkRecord::default() }
    }

    fn waits(marked_days_ago: i64, walks: &[WalkRecord], accounts: &[KeyName]) -> Option<Wait> {
        let policy = Policy::of(&Config::default(), &Decrees::default()).unwrap();
        wait(Some(NOW - marked_days_ago * DAY), walks, accounts, &policy, NOW)
    }

    #[test]
    fn less_than_last_time_is_a_refusal_unless_it_is_explained() {
        let before = WalkRecord { logs: 200, pins: 1000, bytes: 10_000, ..walk(10) };
        let what = |now: WalkRecord, taken| match now.fewer_than(&before, taken) {
            Some(Refusal::Fewer { what, .. }) => what,
            _ => String::new(),
        };
        assert_eq!(what(before, 0), "");
        assert_eq!(what(WalkRecord { logs: 198, ..before }, 0), "");
        assert_eq!(what(WalkRecord { logs: 197, ..before }, 0), "pin logs");
        assert_eq!(what(WalkRecord { logs: 197, archived_logs: 3, ..before }, 0), "");
        assert_eq!(what(WalkRecord { pins: 989, ..before }, 0), "pins");
        assert_eq!(what(WalkRecord { bytes: 9_000, ..before }, 0), "bytes");
        assert_eq!(what(WalkRecord { bytes: 9_000, ..before }, 950), "");
    }

    #[test]
    fn every_wait_holds_by_itself() {
        let two = [walk(10), walk(5)];
        assert_eq!(waits(20, &two, &[]), None);
        assert!(matches!(waits(13, &two, &[]), Some(Wait::Until(_))));
        assert!(matches!(waits(-1, &two, &[]), Some(Wait::Until(_))), "a mark of the future");
        assert_eq!(waits(20, &[walk(10)], &[]), Some(Wait::Walk));
        assert_eq!(waits(20, &[walk(10), walk(10)], &[]), Some(Wait::Walk), "less than a day apart");
        let a_day_after = |ms: i64| WalkRecord { began: walk(10).ended + DAY + ms, ..walk(5) };
        assert_eq!(waits(20, &[walk(10), a_day_after(-1)], &[]), Some(Wait::Walk), "nearly a day apart");
        assert_eq!(waits(20, &[walk(10), a_day_after(0)], &[]), None);
        assert_eq!(
            waits(20, &[walk(25), walk(20), walk(5)], &[]),
            Some(Wait::Walk),
            "two of them began before the mark was an hour old"
        );
        let key: KeyName = "bcMKLaV661gr09CanmLPF9WGFN0CUUQCRlxMLutT7/A=".parse().unwrap();
        assert_eq!(waits(20, &two, std::slice::from_ref(&key)), Some(Wait::Accounts(vec![key])));
    }
}
