//! The program on a real disk, killed with -9 at moments from a seed while it carries out a plan and while it moves all of it back.
//! `PINFOLD_KILLS=N` goes on until so many were killed; `PINFOLD_SEED` takes other moments.

use crate::program::{command, configured, run};
use crate::rules::policy;
use crate::store::{DAY, Store, id};
use pinfold_datadir::disk::Disk as _;
use pinfold_datadir::id::ItemId;
use pinfold_datadir::real::RealDisk;
use pinfold_operator::clock::{Clock, RealClock};
use pinfold_operator::journal::{Act, Journal, Record, Step, Target};
use pinfold_operator::plan::{Grounds, Plan};
use pinfold_operator::survey::{Declared, survey};
use pinfold_operator::waits::WalkRecord;
use pinfold_testkit::operators::aged::AgedDisk;
use pinfold_testkit::operators::chance::Chance;
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

pub const COUNT: usize = 40;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

pub fn ids() -> Vec<ItemId> {
    (0..COUNT).map(|n| id(&n.to_string())).collect()
}

/// Old documents, some with an older copy in cold storage, all marked long ago, and a plan that takes them.
fn planned() -> (Store, PathBuf, String) {
    planned_in(configured())
}

/// The same in a store that is still empty.
pub fn planned_in(store: Store) -> (Store, PathBuf, String) {
    let now = RealClock::default().wall();
    let old = now - 200 * DAY;
    for n in 0..COUNT {
        let id = store.old_channel(&n.to_string());
        if n % 5 == 0 {
            store.archived_twin(&n.to_string());
        }
        for path in store.paths.live(&id).moved().chain(store.paths.archived(&id).moved()) {
            if path.exists() {
                RealDisk.set_times(path, old, old).unwrap();
            }
        }
    }
    store.pin_log(&format!("[\"PIN\",[],{}]\n", now - DAY));
    let mut journal = Journal::open(&AgedDisk(0), &store.paths.state).unwrap();
    for id in ids() {
        let mark = Record::new(now - 20 * DAY, "mark".into(), Act::Mark, Target::Item(id), Step::Done);
        journal.note(mark).unwrap();
    }
    let seen = survey(&AgedDisk(0), &store.paths, now, &mut |_, _| ()).unwrap();
    let walks = [5, 3].map(|days| WalkRecord {
        began: now - days * DAY,
        ended: now - days * DAY,
        ..WalkRecord::default()
    });
    let made = Plan::make(&Grounds {
        disk: &AgedDisk(0),
        survey: &seen,
        paths: &store.paths,
        policy: &policy(90.0),
        journal: &journal,
        walks: &walks,
        reports: &BTreeMap::new(),
        declared: Declared::default(),
        now,
    })
    .unwrap();
    assert_eq!(made.head.totals.take_ids as usize, COUNT);
    let file = store.paths.state.join("plan");
    made.write(&mut fs::File::create(&file).unwrap()).unwrap();
    (store, file, made.digest)
}

/// Both parts of a document lie together at one place at least.
pub fn assert_whole(store: &Store, when: &str) {
    for id in ids() {
        let whole = [store.paths.live(&id), store.paths.archived(&id)].iter().any(|files| {
            files.body.exists()
                && files.metadata.exists()
                && fs::read(&files.body).unwrap().starts_with(b"[0")
        });
        assert!(whole, "{when}: no whole copy of {id}");
    }
}

#[test]
fn a_run_that_is_killed_anywhere_is_finished_by_the_next() {
    let wanted = number("PINFOLD_KILLS").unwrap_or(12);
    let seed = number("PINFOLD_SEED").unwrap_or(1);
    let (mut chance, mut killed) = (Chance(seed), 0);
    while killed < wanted {
        let (store, plan, digest) = planned();
        let base = store.folder.path();
        let (before, journal) = (store.contents(), store.paths.state.join("acts.ndjson"));
        let plan = plan.to_str().unwrap();
        for arguments in [&["archive", plan, "--consent", &digest][..], &["restore", "--plan", plan]] {
            loop {
                let length = || fs::metadata(&journal).map_or(0, |file| file.len());
                // By the journal and not by the clock: a busy machine is killed at the same steps as a quiet one. The 40 documents
                // go as one group, whose lines are some 20,000 bytes: less than that each time, and no run would ever come further.
                let moment = length() + chance.below(30_000);
                let mut child =
                    command(base, arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
                let ended = loop {
                    if child.try_wait().unwrap().is_some() {
                        break true;
                    }
                    if length() >= moment {
                        std::thread::sleep(Duration::from_micros(chance.below(900)));
                        child.kill().unwrap();
                        child.wait().unwrap();
                        break false;
                    }
                    std::thread::sleep(Duration::from_micros(100));
                };
                let when = format!("PINFOLD_SEED={seed}, {killed} killed, {}", arguments[0]);
                let lost = before.difference(&store.contents()).count();
                assert_eq!(lost, 0, "{when}: so many files are nowhere");
                assert_whole(&store, &when);
                let all = ids().iter().filter(|id| store.paths.live(*id).body.exists()).count();
                if ended || all == if arguments[0] == "archive" { 0 } else { COUNT } {
                    break;
                }
                killed += 1;
            }
            // Beside what an earlier run had moved there is nothing to do, and the exit code says that those were left.
            assert_eq!(run(base, &["finish"]).0, 0);
            let live = ids().iter().filter(|id| store.paths.live(*id).body.exists()).count();
            assert_eq!(live, if arguments[0] == "archive" { 0 } else { COUNT }, "{arguments:?}");
            assert_eq!(Journal::open(&RealDisk, &store.paths.state).unwrap().unfinished(), []);
        }
        let (code, said) = run(base, &["check"]);
        assert_eq!(code, 0, "{said}");
    }
}
