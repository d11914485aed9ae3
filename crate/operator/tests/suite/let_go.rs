//! Whoever takes a document into a list and off it again, while it lies in cold storage, wanted it until then: its time counts anew.

use crate::rules::{carry, does, plan, policy};
use crate::store::{DAY, KEY, NOW, Store, Times, TrialClock, TrialDisk, id};
use pinfold_operator::archive::Hands;
use pinfold_operator::cold::FirstSeen;
use pinfold_operator::finish::{Finished, finish};
use pinfold_operator::going::Quietly;
use pinfold_operator::journal::{Act, Journal, Record, Step, Target};
use pinfold_operator::plan::Does;
use pinfold_operator::survey::survey;
use pinfold_operator::verdict::Keep;
use pinfold_operator::waits::Wait;
use std::fs;

/// A copy whose time is over, and which is removed unless a list says something.
fn over() -> (Store, TrialDisk, FirstSeen) {
    let (store, disk) = (Store::new(), TrialDisk::default());
    store.archived_twin("a");
    store.write(&store.paths.live(&id("a")).placeholder, "INACTIVE");
    let mut first_seen = FirstSeen::default();
    let seen = survey(&disk, &store.paths, NOW, &mut |_, _| ()).unwrap();
    first_seen.remember(&disk, &store.paths.state, &seen, NOW - 100 * DAY).unwrap();
    (store, disk, first_seen)
}

/// A list that had the document until a time.
fn named_until(at: i64) -> String {
    let a = id("a");
    format!("[\"PIN\",[\"{a}\"],{}]\n[\"UNPIN\",[\"{a}\"],{at}]\n", at - DAY)
}

#[test]
fn the_time_counts_from_when_a_list_let_it_go() {
    let (store, disk, first_seen) = over();
    let now = || does(&plan(&store, &disk, NOW, &policy(90.0), Some(&first_seen)), "a");
    assert!(matches!(now(), Does::Remove { .. }));
    store.pin_log(&named_until(NOW - 91 * DAY));
    assert!(matches!(now(), Does::Remove { .. }), "that was before");
    store.pin_log(&named_until(NOW - 89 * DAY));
    assert_eq!(now(), Does::Wait { wait: Wait::Until(NOW + DAY) });
    // What its owner removed is not held by other people's lists.
    store.write(&store.paths.live(&id("a")).placeholder, "ARCHIVE_OWNED");
    assert!(matches!(now(), Does::Remove { .. }));
}

/// An account that is closed has its list moved to cold storage: it named what stood there until that moment.
#[test]
fn a_list_in_cold_storage_named_what_it_held_until_it_went() {
    let (store, disk, first_seen) = over();
    let now = || does(&plan(&store, &disk, NOW, &policy(90.0), Some(&first_seen)), "a");
    let log = store.paths.archived_pin_log(&KEY.parse().unwrap());
    store.write(&log, &format!("[\"PIN\",[\"{}\"],{}]\n", id("a"), NOW - 300 * DAY));
    disk.set(&log, Times::all(NOW - 95 * DAY));
    assert!(matches!(now(), Does::Remove { .. }));
    disk.set(&log, Times { ctime: NOW - 10 * DAY, ..Times::all(NOW - 300 * DAY) });
    assert_eq!(now(), Does::Wait { wait: Wait::Until(NOW + 80 * DAY) });
    // One that cannot be read may have named it a moment ago.
    disk.failing.borrow_mut().insert(log, 5);
    assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(now)).is_err(), "there is no plan");
}

#[test]
fn what_was_named_and_let_go_after_the_plan_stays() {
    let (store, disk, first_seen) = over();
    let made = plan(&store, &disk, NOW, &policy(90.0), Some(&first_seen));
    store.pin_log(&named_until(NOW - 1));
    let done = carry(&store, &disk, &made, &TrialClock::at(NOW), true).unwrap();
    assert!(done.removed.is_empty() && done.skipped[0].1.contains("not long ago"), "{done:?}");
    assert!(store.paths.archived(&id("a")).body.exists());
}

/// A removal was announced, and the power went.
fn removal(list: &str) -> (Store, Finished) {
    let (store, disk, _) = over();
    let copy = fs::metadata(store.paths.archived(&id("a")).body).unwrap();
    let seen = (copy.len(), NOW - 200 * DAY, std::os::unix::fs::MetadataExt::ino(&copy));
    let mut journal = Journal::open(&disk, &store.paths.state).unwrap();
    let hands =
        |run: &str, now| Hands { disk: &disk, paths: &store.paths, run: run.into(), now, going: &Quietly };
    let intent = hands("cut", NOW - 2 * DAY).record(Act::Remove, &Target::Item(id("a")), Step::Intent);
    journal.note(Record { seen: Some(seen), logs: Some(0), ..intent }).unwrap();
    store.pin_log(list);
    let all = finish(&hands("next", NOW), &mut journal).unwrap();
    drop(journal);
    (store, all)
}

#[test]
fn a_removal_that_was_cut_does_not_go_on_when_a_list_named_it_since() {
    let (store, all) = removal(&named_until(NOW - 10 * DAY));
    assert!(all.finished.len() == 1 && !store.paths.archived(&id("a")).body.exists(), "{all:?}");
    let (store, all) = removal(&named_until(NOW - DAY));
    assert!(store.paths.archived(&id("a")).body.exists(), "{all:?}");
    assert!(all.taken_back.len() == 1 && all.taken_back[0].1.contains("let it go"), "{all:?}");
}

/// A copy that was set aside was never inactive: nothing of it goes before 149 days.
#[test]
fn what_was_written_to_not_long_ago_stays_whatever_brought_it_there() {
    let (store, disk, first_seen) = over();
    let body = store.paths.archived(&id("a")).body;
    let now = |mtime| {
        disk.set(&body, Times { mtime, ..Times::all(NOW - 200 * DAY) });
        does(&plan(&store, &disk, NOW, &policy(90.0), Some(&first_seen)), "a")
    };
    assert_eq!(now(NOW - 148 * DAY), Does::Keep { reason: Keep::Cold, account: None });
    assert!(matches!(now(NOW - 150 * DAY), Does::Remove { .. }));
}
