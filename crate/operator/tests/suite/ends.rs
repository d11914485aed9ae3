//! Every act that was cut comes to an end, whatever somebody did meanwhile: it is done, taken back, or told as a conflict. None is lost
//! from sight, and none stays under way for ever.

use crate::cut::{Act, archive, plain, run, with_a_twin};
use crate::rules::{plan, policy};
use crate::since::{KINDS, append, each_cut, finished, hold, is_whole, removed_by_its_owner};
use crate::store::{DAY, KEY, NOW, Store, Times, TrialClock, TrialDisk, id};
use pinfold_datadir::id::{ItemId, KeyName};
use pinfold_operator::account::Left;
use pinfold_operator::archive::{ActError, Hands};
use pinfold_operator::finish::finish;
use pinfold_operator::going::{Going, Quietly};
use pinfold_operator::journal::{Act as Did, Journal, Record, Step, Target};
use pinfold_operator::restore::Choice;
use pinfold_operator::run::carry_out;
use pinfold_operator::settle::{Decision, Right};
use std::cell::Cell;
use std::fs;

fn hands<'a>(store: &'a Store, disk: &'a TrialDisk, run: &str) -> Hands<'a> {
    Hands { disk, paths: &store.paths, run: run.into(), now: NOW, going: &Quietly }
}

fn key() -> KeyName {
    KEY.parse().unwrap()
}

fn with_a_pin_log() -> (Store, ItemId) {
    let (store, id) = plain();
    store.pin_log("[\"PIN\",[],1779000000000]\n");
    (store, id)
}

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

fn with_lines() -> (Store, ItemId) {
    let (store, id) = with_a_twin();
    let lines = ["one", "two", "three"].map(|text| format!("[0,\"s\",\"MSG\",\"c\",\"{text}\",1]\n"));
    store.write(&store.paths.live(&id).body, &lines.concat());
    (store, id)
}

#[test]
fn a_trim_ends_though_somebody_wrote_or_removed_meanwhile() {
    let trim: Act = |hands, journal, id| hands.trim(journal, id, "two");
    each_cut(
        with_lines,
        trim,
        &|store, disk, id| {
            append(disk, &store.paths.live(id).body, "[0,\"s\",\"MSG\",\"c\",\"since\",2]\n");
            !Journal::open(disk, &store.paths.state).unwrap().unfinished().is_empty()
        },
        &|store, id, all, when| {
            let live = fs::read_to_string(store.paths.live(id).body).unwrap();
            assert!(live.contains("since") && live.contains("two") && !live.contains("one"), "{when}");
            let cold = fs::read_to_string(store.paths.archived(id).body).unwrap();
            assert!(cold.contains("one") && cold.contains("three"), "{when}");
            assert_eq!(all.finished.len(), 1, "{when}");
        },
    );
    for n in 0.. {
        let (store, id) = with_lines();
        let disk = TrialDisk::cut_before(n);
        if run(&store, &disk, trim, &id).is_ok() {
            break;
        }
        disk.left.set(None);
        removed_by_its_owner(&store, &id);
        let (all, open) = finished(&store, &disk);
        assert_eq!(open, [], "cut before write {n}: {all:?}");
        assert!(!store.paths.live(&id).body.exists() && store.paths.archived(&id).body.exists());
    }
}

/// A message may arrive between the reading of the whole log and the trimmed one taking its place.
#[test]
fn a_trim_keeps_the_line_that_comes_in_its_middle() {
    for cut in [None, Some(0), Some(1), Some(2), Some(3)] {
        let (store, id) = with_lines();
        let disk = TrialDisk::default();
        let late = "[0,\"s\",\"MSG\",\"c\",\"late\",2]\n";
        *disk.renaming.0.borrow_mut() = Some(Box::new(move |path| {
            let mut log = fs::OpenOptions::new().append(true).open(path).unwrap();
            std::io::Write::write_all(&mut log, late.as_bytes()).unwrap();
        }));
        let mut journal = Journal::open(&disk, &store.paths.state).unwrap();
        // The power goes so many writes after the whole log got its second name.
        if let Some(cut) = cut {
            let (other, _) = with_lines();
            let dry = TrialDisk::default();
            let mut journal = Journal::open(&dry, &other.paths.state).unwrap();
            hands(&other, &dry, "dry").trim(&mut journal, &id, "two").unwrap();
            disk.left.set(Some(dry.writes.get().saturating_sub(cut + 1)));
        }
        let done = hands(&store, &disk, "run").trim(&mut journal, &id, "two");
        assert_eq!(done.is_ok(), cut.is_none());
        disk.left.set(None);
        let (all, open) = finished(&store, &disk);
        assert_eq!(open, [], "{cut:?}: {all:?}");
        let live = fs::read_to_string(store.paths.live(&id).body).unwrap();
        assert_eq!(live.matches("late").count(), 1, "{cut:?}: {live}");
        assert!(live.starts_with("[0,\"s\",\"MSG\",\"c\",\"two\"") && live.contains("three"), "{live}");
        let names = fs::read_dir(store.paths.live(&id).body.parent().unwrap()).unwrap();
        assert!(names.flatten().all(|name| !name.file_name().to_string_lossy().starts_with('.')));
    }
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
fn what_could_not_be_moved_back_is_chosen_again() {
    let (store, disk) = (Store::new(), TrialDisk::default());
    let a = store.old_channel("a");
    let mut journal = Journal::open(&disk, &store.paths.state).unwrap();
    hands(&store, &disk, "run").archive(&mut journal, &a, "INACTIVE", None).unwrap();
    let live = store.paths.live(&a).body;
    disk.refusing.borrow_mut().insert(live.clone(), 28);
    let hands = hands(&store, &disk, "restore");
    assert!(hands.restore(&mut journal, &a).is_err());
    assert_eq!(journal.last(&Target::Item(a.clone())).map(|last| last.step), Some(Step::Undone));
    disk.refusing.borrow_mut().clear();
    assert_eq!(hands.choose(&journal, &Choice::Run("run")).unwrap().ids, std::slice::from_ref(&a));
    hands.restore(&mut journal, &a).unwrap();
    assert!(live.exists() && hands.choose(&journal, &Choice::Run("run")).unwrap().ids.is_empty());
}

#[test]
fn a_folder_that_cannot_be_listed_is_told_and_takes_no_other_with_it() {
    let (store, disk) = (Store::new(), TrialDisk::default());
    let mut journal = Journal::open(&disk, &store.paths.state).unwrap();
    let all = ["a", "b"].map(|label| store.old_channel(label));
    for id in &all {
        hands(&store, &disk, "run").archive(&mut journal, id, "INACTIVE", None).unwrap();
    }
    let folder = store.paths.archived(&all[0]).body.parent().unwrap().to_path_buf();
    disk.failing.borrow_mut().insert(folder.clone(), 5);
    let chosen = hands(&store, &disk, "next").choose(&journal, &Choice::Reason("INACTIVE")).unwrap();
    assert_eq!(chosen.ids, std::slice::from_ref(&all[1]));
    assert_eq!(chosen.unread.iter().map(|found| &found.path).collect::<Vec<_>>(), [&folder]);
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

#[test]
fn a_week_counts_from_what_was_removed() {
    let (store, disk) = (Store::new(), TrialDisk::default());
    let mut journal = Journal::open(&disk, &store.paths.state).unwrap();
    let target = Target::Item(id("a"));
    let line = |step| hands(&store, &disk, "before").record(Did::Remove, &target, step);
    journal.note(line(Step::Undone)).unwrap();
    assert_eq!(journal.removed_by_others("now"), None, "nothing was removed");
    journal.note(line(Step::Done)).unwrap();
    journal.note(hands(&store, &disk, "later").record(Did::Archive, &target, Step::Done)).unwrap();
    assert_eq!((journal.removed_by_others("now"), journal.removed_by_others("before")), (Some(NOW), None));
}

fn owned(store: &Store, labels: &[&str]) -> Vec<ItemId> {
    let owner = KEY.replace('-', "/");
    let ids: Vec<ItemId> = labels.iter().map(|label| store.old_channel(label)).collect();
    for id in &ids {
        let text = format!("{{\"channel\":\"{id}\",\"owners\":[\"{owner}\"]}}\n");
        store.write(&store.paths.live(id).metadata, &text);
    }
    let pins: Vec<String> = ids.iter().map(|id| format!("\"{id}\"")).collect();
    store.pin_log(&format!("[\"PIN\",[{}],1779000000000]\n", pins.join(",")));
    ids
}

#[test]
fn what_its_owner_removed_after_a_first_try_does_not_come_back_with_the_account() {
    let (store, disk) = (Store::new(), TrialDisk::default());
    let ids = owned(&store, &["a", "b"]);
    let mut journal = Journal::open(&disk, &store.paths.state).unwrap();
    let hands = hands(&store, &disk, "run");
    hands.archive_account(&mut journal, &key(), None, "spam").unwrap();
    store.old_channel("b");
    let first = hands.restore_account(&mut journal, &key()).unwrap();
    assert_eq!((first.moved.len(), first.failed.len()), (2, 1), "{first:?}");
    removed_by_its_owner(&store, &ids[0]);
    store.paths.live(&ids[1]).moved().for_each(|path| drop(fs::remove_file(path)));
    let second = hands.restore_account(&mut journal, &key()).unwrap();
    assert_eq!(second.left, [(ids[0].clone(), Left::Removed)]);
    assert!(second.failed.is_empty() && !store.paths.live(&ids[0]).body.exists());
    assert!(store.paths.live(&ids[1]).body.exists());
}

/// Lets something happen at the question with this number.
struct At<'a> {
    left: Cell<u32>,
    does: &'a dyn Fn(),
}

impl Going for At<'_> {
    fn told(&self, _: &'static str, _: usize, _: usize) {}

    fn ends(&self) -> bool {
        if self.left.get() == 0 {
            (self.does)();
        }
        self.left.set(self.left.get().wrapping_sub(1));
        false
    }
}

#[test]
fn an_error_in_the_middle_of_an_account_loses_nothing_of_what_was_done() {
    let (store, disk) = (Store::new(), TrialDisk::default());
    let ids = owned(&store, &["a", "b", "c"]);
    let order: Vec<ItemId> =
        ids.iter().cloned().collect::<std::collections::BTreeSet<_>>().into_iter().collect();
    let bad = store.paths.live(&order[1]);
    let going = At {
        left: Cell::new(2),
        does: &|| {
            disk.failing.borrow_mut().insert(bad.metadata.clone(), 5);
        },
    };
    let mut journal = Journal::open(&disk, &store.paths.state).unwrap();
    let hands = Hands { going: &going, ..hands(&store, &disk, "run") };
    let done = hands.archive_account(&mut journal, &key(), None, "spam").unwrap();
    assert!(done.moved.contains(&Target::Item(order[0].clone())), "{done:?}");
    assert!(done.moved.contains(&Target::Item(order[2].clone())), "{done:?}");
    assert_eq!(done.failed.iter().map(|(id, _)| id).collect::<Vec<_>>(), [&Target::Item(order[1].clone())]);
    disk.failing.borrow_mut().clear();
    let done = hands.archive_account(&mut journal, &key(), None, "spam").unwrap();
    assert!(done.failed.is_empty(), "{done:?}");
    disk.failing.borrow_mut().insert(store.paths.live(&order[1]).placeholder, 5);
    let done = hands.restore_account(&mut journal, &key()).unwrap();
    assert_eq!(done.failed.iter().map(|(id, _)| id).collect::<Vec<_>>(), [&Target::Item(order[1].clone())]);
    assert!(store.paths.live(&order[0]).body.exists() && store.paths.live(&order[2]).body.exists());
}

/// An account begins to name two documents while they move, and one of them cannot be moved back.
#[test]
fn what_could_not_be_moved_back_at_once_is_told_and_hides_nothing_else() {
    struct Pins<'a>(&'a Store, &'a TrialDisk, [ItemId; 3]);
    impl Going for Pins<'_> {
        fn told(&self, doing: &'static str, done: usize, of: usize) {
            if doing == "carrying out the plan" && done == of {
                let [a, b, c] = &self.2;
                self.0.pin_log(&format!("[\"PIN\",[\"{a}\",\"{b}\"],{NOW}]\n"));
                self.1.refusing.borrow_mut().insert(self.0.paths.live(a).body, 28);
                self.0.write(&self.0.paths.live(c).body, "written on\n");
            }
        }

        fn ends(&self) -> bool {
            false
        }
    }
    let (store, disk) = (Store::new(), TrialDisk::default());
    let ids = ["a", "b", "c"].map(|label| store.old_channel(label));
    let mut journal = Journal::open(&disk, &store.paths.state).unwrap();
    for id in &ids {
        let mark = hands(&store, &disk, "mark").record(Did::Mark, &Target::Item(id.clone()), Step::Done);
        journal.note(Record { at: NOW - 20 * DAY, ..mark }).unwrap();
    }
    let made = plan(&store, &disk, NOW, &policy(90.0), None);
    let going = Pins(&store, &disk, ids.clone());
    let hands = Hands { going: &going, ..hands(&store, &disk, "run") };
    let done = carry_out(&hands, &TrialClock::at(NOW), &mut journal, &made, Some(&made.digest)).unwrap();
    assert_eq!(done.moved_back, [Target::Item(ids[1].clone())], "{done:?}");
    assert!(matches!(&done.not_moved_back[..], [(id, _)] if *id == Target::Item(ids[0].clone())), "{done:?}");
    assert_eq!(done.late_writes, [Target::Item(ids[2].clone())], "the last look was made all the same");
}
