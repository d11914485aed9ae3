//! What could safely go, what is doubtful and why, and how fast the disk fills: the look before anybody decides (A25).

use crate::audit::Audit;
use crate::journal::Target;
use crate::plan::{Does, Plan};
use crate::policy::DAY;
use crate::survey::Survey;
use crate::verdict::Keep;
use crate::waits::WalkRecord;
use pinfold_datadir::id::KeyName;
use pinfold_datadir::pin_log::{Change, Oddity};
use pinfold_datadir::walk::Finding;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// A count with its bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Sum {
    /// How many.
    pub count: u64,
    /// How many bytes.
    pub bytes: u64,
}

impl Sum {
    fn add(&mut self, bytes: u64) {
        self.count += 1;
        self.bytes = self.bytes.saturating_add(bytes);
    }
}

/// A named part of a picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Part {
    /// What it is.
    pub name: &'static str,
    /// How much of it there is.
    pub sum: Sum,
}

/// An account whose log is doubtful, and what its doubt protects.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Doubt {
    /// The account.
    pub key: KeyName,
    /// What is odd, by kind.
    pub why: BTreeSet<Oddity>,
    /// How many documents stay because of it alone.
    pub protects: u64,
    /// Whether it is the log of a team that is old by its date, which says nothing of its members.
    pub old_team: bool,
}

/// A figure of one month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Month {
    /// The beginning of thirty days, in ms.
    pub from: i64,
    /// Pins that came.
    pub added: u64,
    /// Pins that went.
    pub removed: u64,
}

/// How the store grows.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Trend {
    /// Over how many days.
    pub days: f64,
    /// Bytes a day, cold storage included.
    pub bytes_a_day: f64,
    /// In how many days the disk is full at this rate; `None` when it does not grow or nobody knows what is free.
    pub full_in_days: Option<f64>,
}

/// The whole report.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Preflight {
    /// When it was made, in ms.
    pub made: i64,
    /// What there is, by kind.
    pub kinds: Vec<Part>,
    /// Live documents by age of the last change.
    pub ages: Vec<Part>,
    /// Live documents by size.
    pub sizes: Vec<Part>,
    /// Accounts by the last line of their pin logs.
    pub visits: Vec<Part>,
    /// The plan in short: which ids could go now, which wait and for what, which stay and why.
    pub could_go: Sum,
    /// What could go now, by kind.
    pub could_go_kinds: Vec<Part>,
    /// What could go now, by age of the last change.
    pub could_go_ages: Vec<Part>,
    /// By what they wait for.
    pub waits: BTreeMap<String, (u64, u64)>,
    /// By why they stay.
    pub stays: BTreeMap<Keep, (u64, u64)>,
    /// Accounts that have to report or be consented to, with the bytes that wait for them: the work list.
    pub work_list: Vec<(KeyName, Sum)>,
    /// Those of the work list that look like teams: nobody reports for a team, so they need consent.
    pub teams: BTreeSet<KeyName>,
    /// Doubtful accounts.
    pub doubts: Vec<Doubt>,
    /// Pins by month.
    pub pins: Vec<Month>,
    /// Why no run would begin.
    pub refusals: Vec<String>,
    /// What is odd about names.
    pub findings: Vec<Finding>,
    /// Accounts that had more than one document taken off within ten seconds.
    pub bursts: usize,
    /// Free bytes of the disk.
    pub free: Option<u64>,
    /// How it grows, when earlier walks are known.
    pub trend: Option<Trend>,
}

/// Months that the picture of pins goes back.
const MONTHS: i64 = 24;

/// Counts pins by month while pin logs are read.
#[derive(Debug)]
pub struct Months {
    now: i64,
    months: BTreeMap<i64, (u64, u64)>,
}

impl Months {
    /// Counts the months before a time in ms.
    pub fn before(now: i64) -> Self {
        Self { now, months: BTreeMap::new() }
    }

    /// Takes a change.
    pub fn hear(&mut self, change: &Change) {
        let Some(time) = change.time.filter(|time| *time <= self.now) else { return };
        let ago = (self.now - time) / (30 * DAY);
        if ago < MONTHS {
            let (added, removed) = self.months.entry(ago).or_default();
            *added += change.added.len() as u64;
            *removed += change.removed.len() as u64;
        }
    }

    fn told(self) -> Vec<Month> {
        let now = self.now;
        let all = (0..MONTHS).rev().map(|ago| {
            let (added, removed) = self.months.get(&ago).copied().unwrap_or_default();
            Month { from: now - (ago + 1) * 30 * DAY, added, removed }
        });
        all.skip_while(|month| month.added == 0 && month.removed == 0).collect()
    }
}

/// Puts the report together. `walks`: earlier complete walks; `free`: what the disk has left.
pub fn preflight(
    survey: &Survey,
    plan: &Plan,
    audit: &Audit,
    months: Months,
    walks: &[WalkRecord],
    free: Option<u64>,
) -> Preflight {
    let now = plan.head.made;
    let waits_for = work_list(plan);
    let is_team = |key: &KeyName| {
        survey.accounts.iter().any(|account| account.key == *key && account.log.looks_like_team())
    };
    let goes = || plan.entries.iter().filter(|entry| matches!(entry.does, Does::Take { .. }));
    Preflight {
        made: now,
        kinds: kinds(survey),
        ages: by(
            survey.live.iter().filter_map(|item| Some((item.changed()?, item.bytes()))),
            &AGES,
            |time| now - time,
        ),
        sizes: by(
            survey.live.there().map(|item| (i64::try_from(item.bytes()).unwrap_or(i64::MAX), item.bytes())),
            &SIZES,
            |size| size,
        ),
        visits: by(
            survey.accounts.iter().filter_map(|account| Some((account.log.latest?, account.stat.size))),
            &AGES,
            |time| now - time,
        ),
        could_go: Sum { count: plan.head.totals.take_ids, bytes: plan.head.totals.take_bytes },
        could_go_kinds: going_kinds(goes().map(|entry| (entry.id, entry.bytes))),
        could_go_ages: by(goes().filter_map(|entry| Some((entry.seen?.1, entry.bytes))), &AGES, |time| {
            now - time
        }),
        teams: waits_for.iter().map(|(key, _)| key).filter(|key| is_team(key)).cloned().collect(),
        waits: plan.head.totals.waits.clone(),
        stays: plan.head.totals.kept.clone(),
        work_list: waits_for,
        doubts: doubts(survey, plan),
        pins: months.told(),
        refusals: plan.head.refusals.iter().map(ToString::to_string).collect(),
        findings: survey.findings.clone(),
        bursts: audit.accounts.iter().filter(|account| !account.bursts.is_empty()).count(),
        free,
        trend: trend(walks, free),
    }
}

const AGES: [(&str, i64); 7] = [
    ("under a week", 7 * DAY),
    ("under a month", 30 * DAY),
    ("under 90 days", 90 * DAY),
    ("under 180 days", 180 * DAY),
    ("under a year", 365 * DAY),
    ("under two years", 730 * DAY),
    ("older", i64::MAX),
];
const SIZES: [(&str, i64); 6] = [
    ("under 1 KB", 1_000),
    ("under 10 KB", 10_000),
    ("under 100 KB", 100_000),
    ("under 1 MB", 1_000_000),
    ("under 10 MB", 10_000_000),
    ("larger", i64::MAX),
];

fn by(
    items: impl Iterator<Item = (i64, u64)>,
    classes: &[(&'static str, i64)],
    measure: impl Fn(i64) -> i64,
) -> Vec<Part> {
    let mut parts: Vec<Part> = classes.iter().map(|(name, _)| Part { name, sum: Sum::default() }).collect();
    for (value, bytes) in items {
        let value = measure(value);
        let class = classes.iter().position(|(_, below)| value < *below).unwrap_or(classes.len() - 1);
        if let Some(part) = parts.get_mut(class) {
            part.sum.add(bytes);
        }
    }
    parts
}

fn kinds(survey: &Survey) -> Vec<Part> {
    let mut sums = [Sum::default(); 5];
    let [channels, blobs, cold_channels, cold_blobs, logs] = &mut sums;
    for item in survey.live.there() {
        if item.id.is_blob() { blobs.add(item.bytes()) } else { channels.add(item.bytes()) }
    }
    for item in survey.archived.there() {
        if item.id.is_blob() { cold_blobs.add(item.bytes()) } else { cold_channels.add(item.bytes()) }
    }
    for account in &survey.accounts {
        logs.add(account.stat.size);
    }
    let names = [
        "documents",
        "uploaded files",
        "documents in cold storage",
        "uploaded files in cold storage",
        "pin logs",
    ];
    names.into_iter().zip(sums).map(|(name, sum)| Part { name, sum }).collect()
}

fn going_kinds(entries: impl Iterator<Item = (Target, u64)>) -> Vec<Part> {
    let mut sums = [Sum::default(); 3];
    let [channels, blobs, logs] = &mut sums;
    for (id, bytes) in entries {
        match id {
            Target::Item(id) if id.is_blob() => blobs.add(bytes),
            Target::Item(_) => channels.add(bytes),
            _ => logs.add(bytes),
        }
    }
    ["documents", "uploaded files", "pin logs"]
        .into_iter()
        .zip(sums)
        .map(|(name, sum)| Part { name, sum })
        .collect()
}

fn work_list(plan: &Plan) -> Vec<(KeyName, Sum)> {
    let mut sums: BTreeMap<KeyName, Sum> = BTreeMap::new();
    for entry in plan.entries.iter() {
        if let Does::Wait { wait: crate::waits::Wait::Accounts(keys) } = &entry.does {
            for key in keys {
                sums.entry(key.clone()).or_default().add(entry.bytes);
            }
        }
    }
    let mut list: Vec<_> = sums.into_iter().collect();
    list.sort_by_key(|(_, sum)| std::cmp::Reverse(sum.bytes));
    list
}

fn doubts(survey: &Survey, plan: &Plan) -> Vec<Doubt> {
    let mut protects: BTreeMap<KeyName, u64> = BTreeMap::new();
    let mut listed = BTreeSet::new();
    for entry in plan.entries.iter() {
        match (entry.id, entry.does) {
            (Target::PinLog(key), Does::Keep { reason: Keep::Doubtful, .. }) => drop(listed.insert(key)),
            (_, Does::Keep { reason: Keep::Doubtful | Keep::Cut, account: Some(key) }) => {
                *protects.entry(key).or_default() += 1;
            }
            _ => {}
        }
    }
    let listed = |key: &KeyName| listed.contains(key);
    let doubtful = survey.accounts.iter().filter(|account| account.is_doubtful() || listed(&account.key));
    doubtful
        .map(|account| Doubt {
            key: account.key.clone(),
            why: account
                .log
                .findings
                .iter()
                .map(|finding| finding.what)
                .filter(|what| what.is_doubt())
                .collect(),
            protects: protects.get(&account.key).copied().unwrap_or(0),
            old_team: !account.is_doubtful(),
        })
        .collect()
}

/// From the first known walk to the last, cold storage included: what is only moved frees nothing.
pub fn trend(walks: &[WalkRecord], free: Option<u64>) -> Option<Trend> {
    let (first, last) = (walks.first()?, walks.last()?);
    let days = (last.began.saturating_sub(first.began)) as f64 / DAY as f64;
    if days < 1.0 {
        return None;
    }
    let all = |walk: &WalkRecord| walk.bytes.saturating_add(walk.cold_bytes) as f64;
    let bytes_a_day = (all(last) - all(first)) / days;
    let full = free.filter(|_| bytes_a_day > 0.0).map(|free| free as f64 / bytes_a_day);
    Some(Trend { days, bytes_a_day, full_in_days: full })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_disk_is_full_when_what_is_free_is_used_up() {
        let walk = |days: i64, bytes| WalkRecord {
            began: days * DAY,
            bytes,
            cold_bytes: 5,
            ..WalkRecord::default()
        };
        let told = trend(&[walk(0, 1000), walk(10, 2000)], Some(4000)).unwrap();
        assert_eq!((told.days, told.bytes_a_day, told.full_in_days), (10.0, 100.0, Some(40.0)));
        assert_eq!(trend(&[walk(0, 2000), walk(10, 1000)], Some(4000)).unwrap().full_in_days, None);
        assert_eq!(trend(&[walk(0, 2000)], Some(4000)), None);
    }

    #[test]
    fn months_are_counted_from_now() {
        let now = 1_780_000_000_000;
        let mut months = Months::before(now);
        let change = |time, added: usize| Change {
            line: 1,
            time: Some(time),
            command: pinfold_datadir::pin_log::Command::Pin,
            added: vec!["0958d568c112a2db6bf1993043ab77f1".parse().unwrap(); added],
            removed: Vec::new(),
        };
        months.hear(&change(now - DAY, 2));
        months.hear(&change(now - 31 * DAY, 1));
        months.hear(&change(now + DAY, 5));
        let told: Vec<u64> = months.told().iter().map(|month| month.added).collect();
        assert_eq!(told, [1, 2]);
    }
}
