//! A run is cut, something happens, and only then the next one comes: what somebody pinned, wrote or removed meanwhile, and a hold, count.

use crate::cut::{
    Act, a_blob, archive, archived, plain, restore, run, with_a_twin, with_two_pin_logs, without_metadata,
};
use crate::store::{DAY, KEY, NOW, Store, Times, TrialDisk, id};
use pinfold_datadir::id::ItemId;
use pinfold_operator::archive::Hands;
use pinfold_operator::finish::{Finished, finish};
use pinfold_operator::going::Quietly;
use pinfold_operator::hold::{self, Hold};
use pinfold_operator::journal::{Act as Did, Journal, Record, Step, Target};
use pinfold_operator::restore::Choice;
use std::fs;
use std::io::Write;
use std::path::Path;

pub fn append(disk: &TrialDisk, path: &Path, line: &str) {
    fs::OpenOptions::new().append(true).open(path).unwrap().write_all(line.as_bytes()).unwrap();
    disk.set(path, Times::all(NOW));
}

fn pin(store: &Store, id: &ItemId) {
    store.pin_log(&format!("[\"PIN\",[\"{id}\"],{NOW}]\n"));
}

pub fn hold(store: &Store) {
    let hold = Hold { by: "anna".into(), why: "wait".into(), since: NOW, before: None };
    hold::set(&TrialDisk::default(), &store.paths, &hold).unwrap();
}

/// What the server does when an owner deletes a document.
pub fn removed_by_its_owner(store: &Store, id: &ItemId) {
    let (live, archived) = (store.paths.live(id), store.paths.archived(id));
    for (from, to) in live.moved().zip(archived.moved()) {
        if from.exists() {
            let _ = fs::remove_file(to);
            fs::create_dir_all(to.parent().unwrap()).unwrap();
            fs::rename(from, to).unwrap();
        }
    }
    store.write(&live.placeholder, "ARCHIVE_OWNED");
}

pub fn finished(store: &Store, disk: &TrialDisk) -> (Finished, Vec<Record>) {
    let mut journal = Journal::open(disk, &store.paths.state).unwrap();
    let hands = Hands { disk, paths: &store.paths, run: "next".into(), now: NOW, going: &Quietly };
    let all = finish(&hands, &mut journal).unwrap();
    (all, journal.unfinished())
}

/// Cuts an act before every write, lets something happen, finishes, and looks. `happens` answers whether it could happen at that moment.
pub fn each_cut(
    make: fn() -> (Store, ItemId),
    act: Act,
    happens: &dyn Fn(&Store, &TrialDisk, &ItemId) -> bool,
    look: &dyn Fn(&Store, &ItemId, &Finished, &str),
) {
    for two_devices in [false, true] {
        let (mut n, mut happened) = (0, 0);
        loop {
            let (store, id) = make();
            let before = store.contents();
            let disk = TrialDisk::cut_before(n);
            disk.two_devices.set(two_devices);
            if run(&store, &disk, act, &id).is_ok() {
                break;
            }
            disk.left.set(None);
            if happens(&store, &disk, &id) {
                happened += 1;
                let (all, open) = finished(&store, &disk);
                let when = format!("two devices {two_devices}, cut before write {n}: {all:?}");
                assert_eq!(open, [], "{when}");
                let after = store.contents();
                let lost = before.iter().filter(|old| !after.iter().any(|new| new.starts_with(old))).count();
                assert_eq!(lost, 0, "{when}");
                look(&store, &id, &all, &when);
            }
            n += 1;
        }
        assert!(happened > 2, "{happened} of {n}");
    }
}

pub const KINDS: [fn() -> (Store, ItemId); 4] = [plain, with_a_twin, without_metadata, a_blob];

/// Whether a document is live with all that it had.
pub fn is_whole(store: &Store, make: fn() -> (Store, ItemId), id: &ItemId) -> bool {
    let (before, _) = make();
    store.paths.live(id).moved().zip(before.paths.live(id).moved()).all(|(now, then)| {
        !then.exists() || now.exists() && fs::read(now).unwrap().starts_with(&fs::read(then).unwrap())
    })
}

#[test]
fn what_was_pinned_since_stays_whole() {
    for make in KINDS {
        each_cut(
            make,
            archive,
            &|store, _, id| {
                pin(store, id);
                true
            },
            &|store, id, _, when| {
                assert!(is_whole(store, make, id), "{when}");
                assert!(!store.paths.live(id).placeholder.exists(), "{when}");
            },
        );
    }
}

#[test]
fn with_a_hold_everything_is_put_back() {
    for make in KINDS {
        each_cut(
            make,
            archive,
            &|store, _, _| {
                hold(store);
                true
            },
            &|store, id, all, when| {
                assert!(is_whole(store, make, id), "{when}");
                assert_eq!(all.finished, [], "{when}");
            },
        );
    }
}

#[test]
fn what_was_written_to_since_stays_live() {
    for make in KINDS {
        each_cut(
            make,
            archive,
            &|store, disk, id| {
                let body = store.paths.live(id).body;
                body.exists() && {
                    append(disk, &body, "[0,\"s\",\"MSG\",\"c\",\"since\",2]\n");
                    true
                }
            },
            &|store, id, all, when| {
                assert!(is_whole(store, make, id), "{when}");
                assert!(fs::read_to_string(store.paths.live(id).body).unwrap().contains("since"), "{when}");
                assert_eq!(all.finished, [], "{when}");
                // No older state of it is left in cold storage, where it would be a conflict.
                let archived = store.paths.archived(id).body;
                assert!(
                    !archived.exists() || fs::read_to_string(&archived).unwrap().contains("older"),
                    "{when}"
                );
            },
        );
    }
}

/// Whoever asks for a blob makes the server write its activity file anew: that is no conflict, and no older one of it is left behind.
#[test]
fn a_blob_that_somebody_asked_for_since_is_taken_back_whole() {
    each_cut(
        a_blob,
        archive,
        &|store, disk, id| {
            let activity = store.paths.live(id).activity.unwrap();
            store.paths.live(id).body.exists() && {
                // The server loses the older one; here it is kept, so that nothing is missed in the end.
                store.write(&store.folder.path().join("kept"), "1");
                fs::write(activity.with_extension("new"), "2").unwrap();
                fs::rename(activity.with_extension("new"), &activity).unwrap();
                disk.set(&activity, Times::all(NOW));
                true
            }
        },
        &|store, id, all, when| {
            let (live, archived) = (store.paths.live(id), store.paths.archived(id));
            assert!(live.moved().all(|path| path.exists()), "{when}");
            // Before the body had its second name nothing tells whose the one of the activity file is.
            if all.conflicts.is_empty() {
                assert!(!archived.moved().any(|path| path.exists()), "{when}");
            } else {
                assert!(!archived.body.exists(), "{when}");
            }
        },
    );
}

#[test]
fn what_its_owner_removed_since_stays_removed() {
    for (make, act) in [(plain as fn() -> _, archive as Act), (a_blob, archive), (archived, restore)] {
        each_cut(
            make,
            act,
            &|store, _, id| {
                pin(store, id);
                removed_by_its_owner(store, id);
                true
            },
            &|store, id, _, when| {
                let live = store.paths.live(id);
                assert!(!live.body.exists() && !live.metadata.exists(), "{when}");
                assert_eq!(fs::read_to_string(&live.placeholder).unwrap(), "ARCHIVE_OWNED", "{when}");
            },
        );
    }
}

#[test]
fn an_account_that_came_back_since_keeps_its_list() {
    let key = KEY.parse().unwrap();
    for held in [false, true] {
        each_cut(
            with_two_pin_logs,
            |hands, journal, _| hands.archive_pin_log(journal, &KEY.parse().unwrap()),
            &|store, disk, _| {
                let log = store.paths.pin_log(&key);
                log.exists() && {
                    if held {
                        hold(store)
                    } else {
                        append(disk, &log, "[\"PIN\",[],2]\n")
                    }
                    true
                }
            },
            &|store, _, all, when| {
                let log = fs::read_to_string(store.paths.pin_log(&key)).unwrap();
                assert!(log.starts_with("[\"PIN\",[],1]\n") && (held || log.contains("],2]")), "{when}");
                assert_eq!(all.finished, [], "{when}");
            },
        );
    }
}

/// It was made anew after a run had moved it, and its owner removed that: what the run moved comes back by its name, and this does not.
#[test]
fn what_its_owner_removed_after_a_run_does_not_come_back_with_the_run() {
    let (store, disk) = (Store::new(), TrialDisk::default());
    let ids = ["a", "b", "c"].map(|label| store.old_channel(label));
    let mut journal = Journal::open(&disk, &store.paths.state).unwrap();
    let hands = Hands { disk: &disk, paths: &store.paths, run: "run".into(), now: NOW, going: &Quietly };
    hands.archive(&mut journal, &ids[0], "INACTIVE", None).unwrap();
    hands.archive(&mut journal, &ids[1], "INACTIVE", None).unwrap();
    hands.archive(&mut journal, &ids[2], "MODERATION_ACCOUNT:x", None).unwrap();
    store.old_channel("a");
    removed_by_its_owner(&store, &ids[0]);
    let mut chosen = hands.choose(&journal, &Choice::Run("run")).unwrap().ids;
    chosen.sort();
    let mut expected = [ids[1].clone(), ids[2].clone()];
    expected.sort();
    assert_eq!(chosen, expected);
}

/// A removal that was announced, and what comes before it is finished.
fn removal(happens: impl FnOnce(&Store, &ItemId)) -> (Store, ItemId, Finished, Vec<Record>) {
    let (store, disk, id) = (Store::new(), TrialDisk::default(), id("a"));
    store.archived_twin("a");
    let copy = fs::metadata(store.paths.archived(&id).body).unwrap();
    let seen = (copy.len(), NOW - 200 * DAY, std::os::unix::fs::MetadataExt::ino(&copy));
    let mut journal = Journal::open(&disk, &store.paths.state).unwrap();
    let hands = Hands { disk: &disk, paths: &store.paths, run: "cut".into(), now: NOW, going: &Quietly };
    let intent = Record {
        seen: Some(seen),
        logs: Some(0),
        ..hands.record(Did::Remove, &Target::Item(id.clone()), Step::Intent)
    };
    journal.note(intent).unwrap();
    happens(&store, &id);
    let (all, open) = finished(&store, &disk);
    (store, id, all, open)
}

#[test]
fn a_removal_goes_on_only_when_nobody_wants_it_and_nothing_is_held() {
    let (store, id, all, open) = removal(|_, _| ());
    assert!(!store.paths.archived(&id).body.exists() && all.finished.len() == 1 && open.is_empty());
    // Also by a list that is old: nothing brings back what is removed.
    let (store, id, all, open) =
        removal(|store, id| store.pin_log(&format!("[\"PIN\",[\"{id}\"],1779000000000]\n")));
    assert!(store.paths.archived(&id).body.exists() && all.taken_back.len() == 1 && open.is_empty());
    let (store, id, all, open) = removal(|store, _| hold(store));
    assert!(store.paths.archived(&id).body.exists() && all.left.len() == 1 && open.len() == 1);
    let (store, id, all, open) = removal(|store, _| drop(store.old_channel("a")));
    assert!(store.paths.archived(&id).body.exists() && all.conflicts.len() == 1 && open.is_empty());
    let (store, id, all, open) =
        removal(|store, id| fs::write(store.paths.archived(id).body, "another copy").unwrap());
    assert!(store.paths.archived(&id).body.exists() && all.taken_back.len() == 1 && open.is_empty());
    // Logs that cannot be read may name anything.
    let (store, id, all, _) = removal(|store, _| {
        fs::create_dir_all(store.paths.pins.join("HS")).unwrap();
        std::os::unix::fs::symlink("/nowhere", store.paths.pin_log(&KEY.parse().unwrap())).unwrap();
    });
    assert!(store.paths.archived(&id).body.exists() && all.finished.is_empty(), "{all:?}");
}

/// One act that cannot be finished takes no other with it.
#[test]
fn what_cannot_be_finished_is_told_and_the_rest_is_finished() {
    let (store, disk) = (Store::new(), TrialDisk::default());
    let (a, b) = (store.old_channel("a"), store.old_channel("b"));
    let mut journal = Journal::open(&disk, &store.paths.state).unwrap();
    let hands = Hands { disk: &disk, paths: &store.paths, run: "cut".into(), now: NOW, going: &Quietly };
    for id in [&a, &b] {
        let intent = Record {
            generation: Some(1),
            ..hands.record(Did::ColdAside, &Target::Item(id.clone()), Step::Intent)
        };
        journal.note(intent).unwrap();
    }
    store.archived_twin("b");
    // A link is moved by nobody.
    let cold = store.paths.archived(&a).body;
    fs::create_dir_all(cold.parent().unwrap()).unwrap();
    std::os::unix::fs::symlink("/nowhere", cold).unwrap();
    let (all, open) = finished(&store, &disk);
    assert_eq!((all.finished, all.left.len(), open.len()), (vec![Target::Item(b)], 1, 1));
}

/// A mount point without its disk looks like a store from which everything has left.
#[test]
fn with_an_empty_folder_of_documents_nothing_goes_on() {
    let mut met = 0;
    for n in 0.. {
        let (store, id) = plain();
        let before = store.contents();
        let disk = TrialDisk::cut_before(n);
        if run(&store, &disk, archive, &id).is_ok() {
            break;
        }
        disk.left.set(None);
        let away = store.paths.channels.with_extension("away");
        fs::rename(&store.paths.channels, &away).unwrap();
        fs::create_dir(&store.paths.channels).unwrap();
        let (all, _) = finished(&store, &disk);
        let when = format!("cut before write {n}: {all:?}");
        assert!(all.finished.is_empty() && all.taken_back.is_empty(), "{when}");
        assert_eq!(before.difference(&store.contents()).count(), 0, "{when}");
        met += all.left.len();
        fs::remove_dir_all(&store.paths.channels).unwrap();
        fs::rename(&away, &store.paths.channels).unwrap();
        let (all, open) = finished(&store, &disk);
        assert_eq!(open, [], "{when}, then {all:?}");
        assert_eq!(before.difference(&store.contents()).count(), 0, "{when}, then {all:?}");
    }
    assert!(met > 2, "{met}");
}
