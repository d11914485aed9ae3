//! Writes stores as columns, each with the plan that this project makes of it: `columns OUT RECORDINGS COUNT SEED`. Every recording in a
//! folder is one, and so many from seeds, in which every reason and every wait comes up. `tests/elsewhere` compares the plan that another
//! engine makes of the columns.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a tool of the tests"
)]

use pinfold_datadir::config::{Config, Plain};
use pinfold_datadir::decrees::Decrees;
use pinfold_datadir::id::{ItemId, KeyName};
use pinfold_datadir::paths::Paths;
use pinfold_operator::columns::export;
use pinfold_operator::journal::{Act, Journal, Record, Step, Target};
use pinfold_operator::plan::{Does, Grounds, Plan};
use pinfold_operator::policy::Policy;
use pinfold_operator::survey::{Declared, survey};
use pinfold_operator::waits::WalkRecord;
use pinfold_testkit::operators::chance::Chance;
use pinfold_testkit::operators::disk::{NOW, Times, TrialDisk};
use pinfold_testkit::operators::{Laid, laid, recordings};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

const DAY: i64 = 86_400_000;

/// What a plan rests on beside the store itself.
#[derive(Default)]
struct Known {
    walks: Vec<WalkRecord>,
    reports: BTreeMap<KeyName, i64>,
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [out, recorded, count, seed] = words.as_slice() else { panic!("columns OUT RECORDINGS COUNT SEED") };
    let out = Path::new(out);
    let mut stores = 0;
    for folder in recordings(Path::new(recorded)).unwrap() {
        let wrote = laid(&folder, |store| write(store, &Known::default(), out));
        stores += u32::from(wrote.unwrap().is_some_and(|wrote| wrote));
    }
    let (count, seed): (u64, u64) = (count.parse().unwrap(), seed.parse().unwrap());
    for seed in seed..seed + count {
        stores += u32::from(generated(seed, out).unwrap());
    }
    println!("{stores}");
}

/// Answers whether the store can be looked at.
fn write(store: &Laid<'_>, known: &Known, out: &Path) -> io::Result<bool> {
    let Laid { name, disk, paths, policy, now } = *store;
    let Ok(seen) = survey(disk, paths, now, &mut |_, _| ()) else { return Ok(false) };
    let journal = Journal::open(disk, &paths.state)?;
    let grounds = Grounds {
        disk,
        survey: &seen,
        paths,
        policy,
        journal: &journal,
        walks: &known.walks,
        reports: &known.reports,
        declared: Declared::default(),
        now,
    };
    export(&grounds, &out.join(name))?;
    let plan = Plan::make(&grounds).unwrap();
    let lines: Vec<Value> = plan
        .entries
        .iter()
        .map(|entry| {
            let (does, why) = match &entry.does {
                Does::Keep { reason, .. } => ("keep", json!(reason)),
                // A wait with something in it is an object: its name is the key.
                Does::Wait { wait } => (
                    "wait",
                    match json!(wait) {
                        Value::Object(of) => of.keys().next().unwrap().as_str().into(),
                        name => name,
                    },
                ),
                Does::Take { reason } => ("take", json!(reason)),
                Does::Remove { .. } => panic!("a plan to archive removes nothing"),
            };
            json!({ "id": entry.id, "does": does, "why": why, "bytes": entry.bytes })
        })
        .collect();
    fs::write(out.join(format!("{name}.plan.json")), serde_json::to_vec(&lines)?)?;
    Ok(true)
}

fn hex(chance: &mut Chance, digits: usize) -> String {
    (0..digits).map(|_| char::from_digit(chance.below(16) as u32, 16).unwrap()).collect()
}

/// A time in ms, so that each side of each limit comes up.
fn time(chance: &mut Chance) -> i64 {
    let days = [-2, 1, 30, 89, 91, 120, 200, 364, 366, 500, 9_900, 20_000];
    NOW - days[chance.below(days.len() as u64) as usize] * DAY + chance.below(1000) as i64
}

fn generated(seed: u64, out: &Path) -> io::Result<bool> {
    let mut chance = Chance(seed);
    let root = tempfile::tempdir()?;
    let paths = Paths::example(root.path());
    let disk = TrialDisk::default();
    let put = |path: &Path, text: &str, chance: &mut Chance| {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        // Mostly untouched for long: only then does anything but the age decide.
        let old = NOW - 400 * DAY;
        let mut of = || if chance.once_in(3) { time(chance) } else { old };
        disk.set(path, Times { mtime: of(), atime: of(), ctime: of() });
    };
    fs::create_dir_all(&paths.channels)?;
    fs::create_dir_all(&paths.pins)?;
    let ids: Vec<ItemId> = (0..40 + chance.below(80))
        .map(|_| {
            let digits = if chance.once_in(4) { 48 } else { 32 };
            hex(&mut chance, digits).parse().unwrap()
        })
        .collect();
    for id in &ids {
        let live = paths.live(id);
        for (path, often) in [(Some(&live.body), 8), (Some(&live.metadata), 3), (live.activity.as_ref(), 2)] {
            if let Some(path) = path.filter(|_| !chance.once_in(often)) {
                put(path, &"x".repeat(1 + chance.below(50) as usize), &mut chance);
            }
        }
        if chance.once_in(9) {
            put(&paths.archived(id).body, "older", &mut chance);
        }
    }
    let mut keys = Vec::new();
    for _ in 0..3 + chance.below(12) {
        let key: KeyName = format!("{}=", &hex(&mut chance, 43)).parse().unwrap();
        let log = pin_log(&mut chance, &ids);
        let path = match chance.below(12) {
            0 => paths.pins.join("__").join(format!("{key}.ndjson")),
            1 => paths.pins.join(key.shard()).join(format!("{key}.ndjson.bak")),
            _ => paths.pin_log(&key),
        };
        put(&path, &log, &mut chance);
        keys.push(key);
    }
    let known = past(&mut chance, &disk, &paths, &ids, &keys)?;
    let mut config = Config::default();
    if !chance.once_in(3) {
        config.set("accountRetentionTime", Plain::Number(365.0));
    }
    config.set("inactiveTime", Plain::Number([30.0, 90.0, 180.0][chance.below(3) as usize]));
    let policy = Policy::of(&config, &Decrees::default()).unwrap();
    let name = format!("seed-{seed}");
    write(&Laid { name: &name, disk: &disk, paths: &paths, policy: &policy, now: NOW }, &known, out)
}

fn pin_log(chance: &mut Chance, ids: &[ItemId]) -> String {
    let mut log = String::new();
    if chance.once_in(4) {
        log.push_str(&format!("[\"RESET\",[],{}]\n", NOW - 500 * DAY));
    }
    let mut at = time(chance).min(NOW - DAY);
    for _ in 0..chance.below(6) {
        let some: Vec<String> = (0..1 + chance.below(5))
            .map(|_| format!("\"{}\"", ids[chance.below(ids.len() as u64) as usize]))
            .collect();
        let some = some.join(",");
        at = (at + chance.below(100) as i64 * DAY / 10).min(NOW);
        log.push_str(&match chance.below(14) {
            0 => format!("[\"RESET\",[{some}],{at}]\n"),
            1 => format!("[\"PIN\",[{some}]]\n"),
            2 => format!("[\"PIN\",[{}\n", &some[..some.len() / 2]),
            3 | 4 => format!("[\"UNPIN\",[{some}],{at}]\n"),
            _ => format!("[\"PIN\",[{some}],{at}]\n"),
        });
    }
    log
}

/// Marks, restores, walks and reports.
fn past(
    chance: &mut Chance,
    disk: &TrialDisk,
    paths: &Paths,
    ids: &[ItemId],
    keys: &[KeyName],
) -> io::Result<Known> {
    let mut journal = Journal::open(disk, &paths.state)?;
    let targets = ids.iter().cloned().map(Target::Item).chain(keys.iter().cloned().map(Target::PinLog));
    for id in targets {
        let act = match chance.below(8) {
            0 | 1 => continue,
            2 => Act::Restore,
            _ => Act::Mark,
        };
        let days = [-1, 1, 13, 15, 20, 60, 100][chance.below(7) as usize];
        let line = json!({ "at": NOW - days * DAY, "run": "r", "act": act, "id": id, "step": Step::Done });
        let record: Record = serde_json::from_value(line)?;
        journal.note(record)?;
    }
    let mut began: Vec<i64> =
        (0..chance.below(6)).map(|_| NOW - chance.below(30 * 24) as i64 * DAY / 24).collect();
    began.sort_unstable();
    let walks = began
        .into_iter()
        .map(|began| WalkRecord {
            began,
            ended: began + chance.below(4) as i64 * DAY / 8,
            ..WalkRecord::default()
        })
        .collect();
    let mut reports = BTreeMap::new();
    for key in keys {
        if !chance.once_in(3) {
            reports.insert(key.clone(), NOW - chance.below(40) as i64 * DAY);
        }
    }
    Ok(Known { walks, reports })
}
