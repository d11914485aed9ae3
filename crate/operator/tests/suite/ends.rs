//! Every act that was cut comes to an end, whatever somebody did meanwhile: it is done, taken back, or told as a conflict. None is lost
//! from sight, and none stays under way for ever.

use crate::cut::{Act, archive, plain, run, with_a_twin};
use crate::rules::{plan, policy};
use crate::since::{KINDS, each_cut, finished, hold, removed_by_its_owner};
use crate::store::{DAY, KEY, NOW, Store, Times, TrialClock, TrialDisk, id};
use pinfold_datadir::id::{ItemId, KeyName};
use pinfold_operator::archive::{ActError, Hands};
use pinfold_operator::finish::finish;
use pinfold_operator::going::Quietly;
use pinfold_operator::journal::{Act as Did, Journal, Record, Step, Target};
use pinfold_operator::run::carry_out;
use pinfold_operator::settle::{Decision, Right};
use std::fs;

pub(crate) fn hands<'a>(store: &'a Store, disk: &'a TrialDisk, run: &str) -> Hands<'a> {
    Hands { disk, paths: &store.paths, run: run.into(), now: NOW, going: &Quietly }
}

pub(crate) fn key() -> KeyName {
    KEY.parse().unwrap()
}

pub(crate) fn with_a_pin_log() -> (Store, ItemId) {
    let (store, id) = plain();
    store.pin_log("[\"PIN\",[],1779000000000]\n");
    (store, id)
}

#[test]
fn what_ends_with_both_sides_is_told_as_a_conflict() {
    let mut met = 0;
    for make in KINDS {
        for two_devices in [false, true] {
            for n in 0.. {
                let (store, id) = make();
                let disk = TrialDisk::cut_before(n);
                disk.two_devices.set(two_devices);
                if run(&store, &disk, archive, &id).is_ok() {
                    break;
                }
                disk.left.set(None);
                let live = store.paths.live(&id).body;
                if !live.exists() {
                    continue;
                }
                // Its owner trimmed it: another file, and not what it was before.
                let other = live.with_extension("other");
                fs::write(&other, "another history\n").unwrap();
                fs::rename(&other, &live).unwrap();
                let older = store.paths.archived(&id).body;
                let twin = fs::read_to_string(&older).is_ok_and(|text| text.contains("older"));
                let (all, open) = finished(&store, &disk);
                let when = format!("cut before write {n}: {all:?}");
                assert_eq!(open, [], "{when}");
                let both = older.exists() && !twin;
                assert_eq!(all.conflicts.len(), usize::from(both), "{when}");
                assert_eq!(fs::read_to_string(&live).unwrap(), "another history\n", "{when}");
                met += usize::from(both);
            }
        }
    }
    assert!(met > 2, "{met}");
}

/// The older copy is whole, at one place or at the other, whatever was taken back.
#[test]
fn halves_of_an_older_copy_stay_together() {
    each_cut(
        with_a_twin,
        archive,
        &|store, _, _| {
            hold(store);
            true
        },
        &|store, id, _, when| {
            let (cold, folder) = (store.paths.archived(id), store.paths.generations(id).join("1"));
            let older = [folder.join("log.ndjson"), folder.join("metadata.ndjson")];
            let there = [cold.body.exists(), cold.metadata.exists(), older[0].exists(), older[1].exists()];
            assert!(
                there == [true, true, false, false] || there == [false, false, true, true],
                "{when} {there:?}"
            );
        },
    );
}

/// An act that announced a generation, and nothing more: what its owner removes then is not an older copy of ours.
#[test]
fn what_its_owner_removes_before_the_move_is_not_set_apart() {
    for n in 0.. {
        let (store, id) = with_a_twin();
        let disk = TrialDisk::cut_before(n);
        if run(&store, &disk, archive, &id).is_ok() {
            break;
        }
        disk.left.set(None);
        removed_by_its_owner(&store, &id);
        let (all, open) = finished(&store, &disk);
        let when = format!("cut before write {n}: {all:?}");
        assert_eq!(open, [], "{when}");
        let cold = store.paths.archived(&id);
        assert!(cold.metadata.exists(), "{when}");
        assert!(fs::read_to_string(cold.body).unwrap().contains("MSG"), "{when}");
    }
}

#[test]
fn a_side_that_was_made_anew_stays_beside_what_was_set_aside() {
    let aside: Act = |hands, journal, id| hands.aside(journal, id).map(drop);
    each_cut(
        with_a_twin,
        aside,
        &|store, disk, id| {
            let live = store.paths.live(id);
            !live.body.exists()
                && !Journal::open(disk, &store.paths.state).unwrap().unfinished().is_empty()
                && {
                    store.write(&live.body, "[0,\"s\",\"MSG\",\"c\",\"anew\",2]\n");
                    disk.set(&live.body, Times::all(NOW));
                    true
                }
        },
        &|store, id, all, when| {
            assert!(fs::read_to_string(store.paths.live(id).body).unwrap().contains("anew"), "{when}");
            assert_eq!(all.conflicts.len(), 1, "{when}");
        },
    );
}

/// The place that an act announced may be taken by the time it goes on.
#[test]
fn an_act_whose_generation_is_taken_gets_another_one() {
    let (store, disk) = (Store::new(), TrialDisk::default());
    let a = store.old_channel("a");
    store.archived_twin("a");
    store.write(&store.paths.generations(&a).join("1/log.ndjson"), "somebody else's");
    for act in [Did::ColdAside, Did::Archive] {
        let mut journal = Journal::open(&disk, &store.paths.state).unwrap();
        let line = hands(&store, &disk, "cut").record(act, &Target::Item(a.clone()), Step::Intent);
        let live = fs::metadata(store.paths.live(&a).body).unwrap();
        let seen = (live.len(), NOW - 200 * DAY, std::os::unix::fs::MetadataExt::ino(&live));
        let line = Record { generation: Some(1), reason: "EXPIRED".into(), seen: Some(seen), ..line };
        journal.note(line).unwrap();
        store.write(&store.paths.live(&a).placeholder, "EXPIRED");
        let (all, open) = finished(&store, &disk);
        assert_eq!((all.finished.len(), open.len()), (1, 0), "{act:?}: {all:?}");
        let newest = if act == Did::ColdAside { "2" } else { "3" };
        let folder = store.paths.generations(&a).join(newest);
        assert!(fs::read_to_string(folder.join("log.ndjson")).unwrap().contains("older a"), "{act:?}");
        assert!(folder.join("metadata.ndjson").exists());
        store.archived_twin("a");
    }
    assert_eq!(
        fs::read_to_string(store.paths.generations(&a).join("1/log.ndjson")).unwrap(),
        "somebody else's"
    );
}

/// Somebody takes the log away from where it lies, or from where it went.
#[test]
fn a_single_file_that_is_gone_ends_its_act() {
    for cold_goes in [true, false] {
        for live_goes in [true, false] {
            for n in 0.. {
                let (store, _) = plain();
                store.write(&store.paths.archived_pin_log(&key()), "[\"PIN\",[],0]\n");
                let disk = TrialDisk::cut_before(n);
                let restore: Act = |hands, journal, _| hands.restore_pin_log(journal, &KEY.parse().unwrap());
                if run(&store, &disk, restore, &id("a")).is_ok() {
                    break;
                }
                disk.left.set(None);
                // The folder as such is there.
                fs::create_dir_all(store.paths.pins.join("HS")).unwrap();
                if cold_goes {
                    let _ = fs::remove_file(store.paths.archived_pin_log(&key()));
                }
                if live_goes {
                    let _ = fs::remove_file(store.paths.pin_log(&key()));
                }
                let (all, open) = finished(&store, &disk);
                assert_eq!(open, [], "cold {cold_goes}, live {live_goes}, cut before write {n}: {all:?}");
            }
        }
    }
}

#[test]
fn what_cannot_end_can_be_given_up_and_nothing_moves() {
    let (store, disk) = (Store::new(), TrialDisk::default());
    let a = store.old_channel("a");
    std::os::unix::fs::symlink("/nowhere", store.folder.path().join("link")).unwrap();
    let cold = store.paths.archived(&a);
    fs::create_dir_all(cold.body.parent().unwrap()).unwrap();
    std::os::unix::fs::symlink("/nowhere", &cold.body).unwrap();
    let mut journal = Journal::open(&disk, &store.paths.state).unwrap();
    let target = Target::Item(a.clone());
    let line = hands(&store, &disk, "cut").record(Did::ColdAside, &target, Step::Intent);
    journal.note(Record { generation: Some(1), ..line }).unwrap();
    let (all, open) = finished(&store, &disk);
    assert_eq!((all.left.len(), open.len()), (1, 1), "{all:?}");
    let mut journal = Journal::open(&disk, &store.paths.state).unwrap();
    let hands = hands(&store, &disk, "next");
    hands.give_up_by(&mut journal, &target, "anna", "a link lies there").unwrap();
    assert!(matches!(hands.give_up_by(&mut journal, &target, "anna", ""), Err(ActError::Nothing)));
    let (all, open) = finished(&store, &disk);
    assert!(all.is_empty() && open.is_empty());
    assert!(fs::symlink_metadata(&cold.body).is_ok());
    let lines = fs::read_to_string(store.paths.state.join("acts.ndjson")).unwrap();
    assert!(lines.contains("\"given_up\":\"anna: a link lies there\""), "{lines}");
}

#[test]
fn a_verdict_that_was_cut_is_carried_out_by_the_next_run() {
    for right in [Right::ArchivedWins, Right::LiveWins] {
        let settle = |store: &Store, disk: &TrialDisk| -> Result<(), ActError> {
            let live = pinfold_datadir::moves::digest(disk, &with_a_twin().0.paths.live(&id("a")).body)?;
            let live = Some(live.iter().map(|byte| format!("{byte:02x}")).collect());
            let hands = hands(store, disk, "settle");
            let mut journal = Journal::open(disk, &store.paths.state).map_err(ActError::Journal)?;
            finish(&hands, &mut journal)?;
            hands.settle(&mut journal, &Decision { id: id("a"), right, live })
        };
        let (whole, _) = with_a_twin();
        settle(&whole, &TrialDisk::default()).unwrap();
        let mut cuts = 0;
        for n in 0.. {
            let (store, _) = with_a_twin();
            let disk = TrialDisk::cut_before(n);
            if settle(&store, &disk).is_ok() {
                break;
            }
            disk.left.set(None);
            settle(&store, &disk).unwrap_or_else(|error| panic!("{right:?}, cut before write {n}: {error}"));
            assert_eq!(store.names(), whole.names(), "{right:?}, cut before write {n}");
            cuts += 1;
        }
        assert!(cuts > 4, "{cuts}");
    }
}

#[test]
fn a_mark_hides_no_act_that_is_under_way() {
    let (store, disk) = (Store::new(), TrialDisk::default());
    let a = store.old_channel("a");
    let target = Target::Item(a.clone());
    let hands = hands(&store, &disk, "run");
    let mut journal = Journal::open(&disk, &store.paths.state).unwrap();
    let intent = hands.record(Did::ColdAside, &target, Step::Intent);
    journal.note(intent.clone()).unwrap();
    // Neither a line nor another act.
    for act in [Did::Mark, Did::Unmark] {
        journal.note(hands.record(act, &target, Step::Done)).unwrap();
        assert_eq!(journal.unfinished(), std::slice::from_ref(&intent));
        assert_eq!(Journal::open(&disk, &store.paths.state).unwrap().unfinished().len(), 1);
    }
    let before = store.names();
    assert!(matches!(hands.archive(&mut journal, &a, "INACTIVE", None), Err(ActError::UnderWay(_))));
    assert!(matches!(hands.aside(&mut journal, &a), Err(ActError::UnderWay(_))));
    assert!(matches!(hands.trim(&mut journal, &a, "x"), Err(ActError::UnderWay(_))));
    let made = plan(&store, &disk, NOW, &policy(90.0), None);
    let done = carry_out(&hands, &TrialClock::at(NOW), &mut journal, &made, Some(&made.digest)).unwrap();
    assert_eq!((done.marked, store.names()), (0, before));
    assert_eq!(journal.unfinished().len(), 1);
}
