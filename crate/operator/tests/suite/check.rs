//! The look after a run (A27): each thing that is not as it should be is told, and a store that is well has no problem.

use crate::rules::{carry, plan, policy};
use crate::store::{DAY, KEY, NOW, Store, TrialClock, TrialDisk, id};
use pinfold_datadir::id::KeyName;
use pinfold_operator::archive::Hands;
use pinfold_operator::check::{Before, Problem, check};
use pinfold_operator::going::Quietly;
use pinfold_operator::journal::{Act, Journal, Record, Step, Target};
use pinfold_operator::survey::{Refusal, survey};
use pinfold_operator::waits::WalkRecord;
use std::fs;

fn problems(store: &Store, disk: &TrialDisk, before: Before<'_>) -> Vec<Problem> {
    let seen = survey(disk, &store.paths, NOW, &mut |_, _| ()).unwrap();
    let journal = Journal::open(disk, &store.paths.state).unwrap();
    check(disk, &store.paths, &seen, &journal, before).unwrap()
}

fn key() -> KeyName {
    KEY.parse().unwrap()
}

fn pins(store: &Store, labels: &[&str]) {
    let ids: Vec<String> = labels.iter().map(|label| format!("\"{}\"", id(label))).collect();
    store.pin_log(&format!("[\"PIN\",[{}],1779000000000]\n", ids.join(",")));
}

/// Archives a document with a digest in the journal.
fn archived(store: &Store, disk: &TrialDisk, label: &str) {
    let id = store.old_channel(label);
    let mut journal = Journal::open(disk, &store.paths.state).unwrap();
    let hands = Hands { disk, paths: &store.paths, run: "run".into(), now: NOW, going: &Quietly };
    hands.archive_sampled(&mut journal, &id, "INACTIVE", None, true).unwrap();
}

#[test]
fn what_an_account_pins_is_live_or_explained() {
    let (store, disk) = (Store::new(), TrialDisk::default());
    store.old_channel("live");
    pins(&store, &["live", "nowhere", "removed by its owner", "cold", "cold by its owner"]);
    for (label, reason) in [("cold", "INACTIVE"), ("cold by its owner", "ARCHIVE_OWNED")] {
        store.archived_twin(label);
        store.write(&store.paths.live(&id(label)).placeholder, reason);
    }
    store.write(&store.paths.live(&id("removed by its owner")).placeholder, "ARCHIVE_OWNED");
    let mut found = problems(&store, &disk, Before::default());
    found.sort_by_key(|problem| matches!(problem, Problem::PinnedInColdStorage { .. }));
    let (missing, cold) = (
        Problem::Missing { id: id("nowhere"), account: key() },
        Problem::PinnedInColdStorage { id: id("cold"), account: key() },
    );
    assert_eq!(found, [missing, cold]);
    // A copy in cold storage that no placeholder speaks of: nobody can say that it was meant.
    fs::remove_file(store.paths.live(&id("cold by its owner")).placeholder).unwrap();
    assert_eq!(problems(&store, &disk, Before::default()).len(), 3);
}

#[test]
fn what_was_archived_is_there_whole() {
    let (store, disk) = (Store::new(), TrialDisk::default());
    ["a", "b", "c", "d"].iter().for_each(|label| archived(&store, &disk, label));
    assert_eq!(problems(&store, &disk, Before::default()), []);
    let place = |label: &str| store.paths.archived(&id(label));
    fs::remove_file(place("a").body).unwrap();
    fs::remove_file(place("a").metadata).unwrap();
    let longer = fs::read_to_string(place("b").body).unwrap() + "more\n";
    let expected =
        fs::metadata(place("b").body).unwrap().len() + fs::metadata(place("b").metadata).unwrap().len();
    store.write(&place("b").body, &longer);
    let other = fs::read_to_string(place("c").body).unwrap().replace("MSG", "GSM");
    store.write(&place("c").body, &other);
    let mut found = problems(&store, &disk, Before::default());
    found.sort_by_key(|problem| match problem {
        Problem::ArchiveLost(_) => 0,
        Problem::ArchiveSize { .. } => 1,
        _ => 2,
    });
    let item = |label| Target::Item(id(label));
    let size = Problem::ArchiveSize { id: item("b"), expected, found: expected + 5 };
    assert_eq!(found, [Problem::ArchiveLost(item("a")), size, Problem::ArchiveDamaged(item("c"))]);
}

#[test]
fn what_a_killed_run_left_is_told() {
    let (store, disk) = (Store::new(), TrialDisk::default());
    archived(&store, &disk, "a");
    let mut journal = Journal::open(&disk, &store.paths.state).unwrap();
    let last = journal.last(&Target::Item(id("a"))).unwrap().clone();
    journal.note(Record { act: Act::Restore, step: Step::Intent, ..last }).unwrap();
    assert_eq!(problems(&store, &disk, Before::default()), [Problem::Unfinished(Target::Item(id("a")))]);
}

#[test]
fn less_than_at_the_last_walk_is_told_unless_we_took_it() {
    let (store, disk) = (Store::new(), TrialDisk::default());
    ["a", "b"].iter().for_each(|label| drop(store.old_channel(label)));
    pins(&store, &["b"]);
    let seen = survey(&disk, &store.paths, NOW, &mut |_, _| ()).unwrap();
    let walk = WalkRecord::of(&seen, NOW - DAY, NOW - DAY + 1);
    let before = Before { walk: Some(&walk), plan: None };
    assert_eq!(problems(&store, &disk, before), []);
    archived(&store, &disk, "a");
    assert_eq!(problems(&store, &disk, before), []);
    pins(&store, &[]);
    let found = problems(&store, &disk, before);
    assert!(
        matches!(&found[..], [Problem::Fewer(Refusal::Fewer { what, now: 0, before: 1 })] if what == "pins"),
        "{found:?}"
    );
}

#[test]
fn what_a_plan_left_is_still_there() {
    let (store, disk) = (Store::new(), TrialDisk::default());
    ["kept", "gone", "taken back by its owner", "ours"]
        .iter()
        .for_each(|label| drop(store.old_channel(label)));
    let made = plan(&store, &disk, NOW, &policy(90.0), None);
    carry(&store, &disk, &made, &TrialClock::at(NOW), true).unwrap();
    let before = Before { walk: None, plan: Some(&made) };
    assert_eq!(problems(&store, &disk, before), []);
    archived(&store, &disk, "ours");
    for label in ["gone", "taken back by its owner"] {
        fs::remove_file(store.paths.live(&id(label)).body).unwrap();
        fs::remove_file(store.paths.live(&id(label)).metadata).unwrap();
    }
    store.write(&store.paths.live(&id("taken back by its owner")).placeholder, "ARCHIVE_OWNED");
    assert_eq!(problems(&store, &disk, before), [Problem::Gone(id("gone"))]);
}
