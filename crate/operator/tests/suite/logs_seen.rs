//! The pin logs that a run saw: an act that it began goes on only where as many are there.

use crate::cut::{Act, archive, plain};
use crate::ends::{hands, key, with_a_pin_log};
use crate::rules::{plan, policy};
use crate::since::{each_cut, finished, is_whole};
use crate::store::{DAY, NOW, Store, Times, TrialClock, TrialDisk, id};
use pinfold_operator::journal::{Act as Did, Journal, Record, Step, Target};
use pinfold_operator::run::carry_out;
use std::fs;

/// A mount point without its disk looks as if nobody wanted anything.
#[test]
fn without_the_pin_logs_that_its_run_saw_nothing_goes_on() {
    let act: Act = |hands, journal, id| {
        journal.saw_logs(1);
        archive(hands, journal, id)
    };
    for empty in [false, true] {
        each_cut(
            with_a_pin_log,
            act,
            &|store, _, _| {
                fs::remove_dir_all(&store.paths.pins).unwrap();
                if empty {
                    fs::create_dir(&store.paths.pins).unwrap();
                }
                // Only the log itself is not counted as lost.
                store.write(&store.folder.path().join("elsewhere"), "[\"PIN\",[],1779000000000]\n");
                true
            },
            &|store, id, all, when| {
                assert!(is_whole(store, plain, id) && all.finished.is_empty(), "{when}");
            },
        );
    }
}

/// A journal of before does not say what its run saw: then no log at all says nothing.
#[test]
fn an_older_journal_is_believed_as_long_as_there_is_a_pin_log() {
    for (logs, pins, goes_on) in [(None, false, false), (None, true, true), (Some(0), false, true)] {
        let (store, disk) = (Store::new(), TrialDisk::default());
        store.archived_twin("a");
        if pins {
            store.pin_log("[\"PIN\",[],1779000000000]\n");
        }
        let copy = fs::metadata(store.paths.archived(&id("a")).body).unwrap();
        let seen = (copy.len(), NOW - 200 * DAY, std::os::unix::fs::MetadataExt::ino(&copy));
        let mut journal = Journal::open(&disk, &store.paths.state).unwrap();
        let target = Target::Item(id("a"));
        let line = hands(&store, &disk, "cut").record(Did::Remove, &target, Step::Intent);
        journal.note(Record { seen: Some(seen), logs, ..line }).unwrap();
        let (all, open) = finished(&store, &disk);
        assert_eq!((all.finished.len(), open.len()), (usize::from(goes_on), 0), "{logs:?} {pins}: {all:?}");
        assert_eq!(store.paths.archived(&id("a")).body.exists(), !goes_on);
    }
}

#[test]
fn a_run_notes_how_many_pin_logs_it_saw() {
    let (store, disk) = (Store::new(), TrialDisk::default());
    let a = store.old_channel("a");
    store.pin_log("[\"PIN\",[],1779000000000]\n");
    let mut journal = Journal::open(&disk, &store.paths.state).unwrap();
    let mark = hands(&store, &disk, "mark").record(Did::Mark, &Target::Item(a.clone()), Step::Done);
    journal.note(Record { at: NOW - 20 * DAY, ..mark }).unwrap();
    let made = plan(&store, &disk, NOW, &policy(90.0), None);
    let done = carry_out(
        &hands(&store, &disk, "run"),
        &TrialClock::at(NOW),
        &mut journal,
        &made,
        Some(&made.digest),
    )
    .unwrap();
    assert_eq!(done.archived, [Target::Item(a)]);
    let lines = fs::read_to_string(store.paths.state.join("acts.ndjson")).unwrap();
    let intents: Vec<&str> = lines.lines().filter(|line| line.contains("\"intent\"")).collect();
    assert!(intents.len() == 1 && intents[0].contains("\"logs\":1"), "{lines}");
}

/// A log that was moved away and back has the time that it had.
#[test]
fn a_pin_log_that_came_back_meanwhile_counts() {
    each_cut(
        plain,
        archive,
        &|store, disk, id| {
            store.pin_log(&format!("[\"PIN\",[\"{id}\"],1700000000000]\n"));
            let old = NOW - 200 * DAY;
            disk.set(&store.paths.pin_log(&key()), Times { mtime: old, atime: old, ctime: NOW });
            true
        },
        &|store, id, _, when| assert!(is_whole(store, plain, id), "{when}"),
    );
}
