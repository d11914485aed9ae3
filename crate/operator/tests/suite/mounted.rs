//! A disk that is not mounted: its folder is missing, or empty. Nothing is moved there, and nothing is concluded from it.

use crate::cut::{Act, a_blob, archive, plain, restore, run};
use crate::ends::{key, with_a_pin_log};
use crate::program;
use crate::since::finished;
use crate::store::{KEY, Store, TrialDisk, id};
use pinfold_datadir::id::ItemId;
use pinfold_operator::journal::{Journal, Record, Step};
use std::fs;
use std::path::PathBuf;

fn is_placed(open: &[Record]) -> bool {
    open.iter().any(|record| matches!(record.step, Step::Apart | Step::Placed))
}

/// An archive is cut, and then the disk of cold storage is away. The act stays under way, and is finished when the disk is back.
#[test]
fn an_act_waits_until_cold_storage_is_there_again() {
    let mut waited = 0;
    for n in 0.. {
        let (store, item) = with_a_pin_log();
        if run(&store, &TrialDisk::cut_before(n), archive, &item).is_ok() {
            break;
        }
        let disk = TrialDisk::default();
        if !is_placed(&Journal::open(&disk, &store.paths.state).unwrap().unfinished()) {
            continue;
        }
        let contents = store.contents();
        let away = store.folder.path().join("away");
        fs::rename(&store.paths.archive, &away).unwrap();
        fs::create_dir(&store.paths.archive).unwrap();
        let (all, open) = finished(&store, &disk);
        assert_eq!((all.left.len(), open.len()), (1, 1), "cut before write {n}: {all:?}");
        assert!(all.left[0].1.contains("cold storage"), "{all:?}");
        fs::remove_dir(&store.paths.archive).unwrap();
        fs::rename(&away, &store.paths.archive).unwrap();
        let (all, open) = finished(&store, &disk);
        assert_eq!((all.left.len(), open.len()), (0, 0), "cut before write {n}: {all:?}");
        assert_eq!(contents.difference(&store.contents()).count(), 0, "cut before write {n}");
        waited += 1;
    }
    assert!(waited > 1, "{waited}");
}

/// Somebody removed the copy in cold storage before the live one was taken: the live one stays, with what belongs to it.
#[test]
fn a_live_copy_stays_where_the_other_one_went_away() {
    let mut met = 0;
    for n in 0.. {
        let (store, item) = with_a_pin_log();
        if run(&store, &TrialDisk::cut_before(n), archive, &item).is_ok() {
            break;
        }
        let disk = TrialDisk::default();
        let (live, cold) = (store.paths.live(&item), store.paths.archived(&item));
        let open = Journal::open(&disk, &store.paths.state).unwrap().unfinished();
        if !is_placed(&open) || !live.body.exists() || !cold.body.exists() {
            continue;
        }
        fs::remove_file(&cold.body).unwrap();
        let (all, _) = finished(&store, &disk);
        let there = [live.body.exists(), live.metadata.exists(), live.placeholder.exists()];
        assert_eq!(there, [true, true, false], "cut before write {n}: {all:?}");
        met += 1;
    }
    assert!(met > 0);
}

#[test]
fn nothing_is_restored_to_where_a_disk_is_missing() {
    let store = program::configured();
    let item = store.old_channel("a");
    store.archived_twin("b");
    store.pin_log("[\"PIN\",[],1779000000000]\n");
    let base = store.folder.path();
    // An earlier walk saw documents.
    let (code, said) = program::run(base, &["preflight"]);
    assert_eq!(code, 0, "{said}");
    let walks = store.paths.state.join("walks.ndjson");
    if !walks.exists() {
        store.write(&walks, "{\"began\":1,\"ended\":2,\"logs\":1,\"pins\":0,\"bytes\":0,\"documents\":1}\n");
    }
    let away = base.join("away");
    fs::rename(&store.paths.channels, &away).unwrap();
    fs::create_dir(&store.paths.channels).unwrap();
    let b = id("b").to_string();
    let report = format!("{{\"key\":\"{}\",\"channels\":[\"{b}\"]}}", KEY.replace('-', "/"));
    store.write(&store.paths.account_report(&key()), &report);
    let verdicts = base.join("verdicts");
    store.write(
        &verdicts,
        &format!("{{\"version\":1,\"verdicts\":[{{\"id\":\"{b}\",\"right\":\"archived-wins\"}}]}}"),
    );
    for back in [&["restore", &b][..], &["restore-account", KEY], &["settle", verdicts.to_str().unwrap()]] {
        let (code, said) = program::run(base, back);
        assert!(code == 3 && said.contains("is its disk mounted?"), "{back:?}: {code} {said}");
        assert_eq!(fs::read_dir(&store.paths.channels).unwrap().count(), 0, "{back:?}");
    }
    assert!(store.paths.archived(&id("b")).body.exists());
    fs::remove_dir(&store.paths.channels).unwrap();
    fs::rename(&away, &store.paths.channels).unwrap();
    let (code, said) = program::run(base, &["restore", &b]);
    assert_eq!(code, 0, "{said}");
    assert!(store.paths.live(&id("b")).body.exists() && store.paths.live(&item).body.exists());
}

/// An account comes back in parts, and each of them may have a disk of its own.
#[test]
fn no_pin_log_is_restored_to_where_its_disk_is_missing() {
    let store = program::configured();
    store.old_channel("a");
    store.write(&store.paths.archived_pin_log(&key()), "[\"PIN\",[],1779000000000]\n");
    store.write(&store.paths.account_report(&key()), &format!("{{\"key\":\"{}\"}}", KEY.replace('-', "/")));
    let walks = store.paths.state.join("walks.ndjson");
    store.write(&walks, "{\"began\":1,\"ended\":2,\"logs\":1,\"pins\":0,\"bytes\":0,\"documents\":1}\n");
    let back = || program::run(store.folder.path(), &["restore-account", KEY]);
    let (code, said) = back();
    assert!(code == 3 && said.contains("pins is missing or empty: is its disk mounted?"), "{code} {said}");
    assert!(store.paths.archived_pin_log(&key()).exists());
    fs::create_dir(store.paths.pins.join("zz")).unwrap();
    let (code, said) = back();
    assert!(code == 0 && store.paths.pin_log(&key()).exists(), "{code} {said}");
}

/// Something of which only cold storage has a copy, and the folder of its kind, which holds nothing or is missing.
fn only_in_cold_storage(kind: &str) -> (Store, ItemId, PathBuf) {
    let (store, item) = if kind == "blob" { a_blob() } else { plain() };
    run(&store, &TrialDisk::default(), archive, &item).unwrap();
    store.write(&store.paths.archived_pin_log(&key()), "[\"PIN\",[],0]\n");
    let (pins, channels, blobs) = (&store.paths.pins, &store.paths.channels, &store.paths.blobs);
    let folder = [("pin log", pins), ("channel", channels), ("blob", blobs)]
        .into_iter()
        .find(|(name, _)| *name == kind);
    let folder = folder.unwrap().1.clone();
    fs::remove_dir_all(&store.paths.state).unwrap();
    fs::remove_dir_all(&folder).unwrap();
    if kind != "blob" {
        fs::create_dir(&folder).unwrap();
    }
    (store, item, folder)
}

/// What comes back first makes the folder that it lies in. A power cut takes that, and no disk is away.
#[test]
fn a_folder_that_a_power_cut_took_is_no_disk_that_is_away() {
    let pin_log: Act = |hands, journal, _| hands.restore_pin_log(journal, &key());
    for (kind, back) in [("channel", restore as Act), ("blob", restore), ("pin log", pin_log)] {
        let mut met = 0;
        for (n, seed) in (0..).flat_map(|n| (0..4).map(move |seed| (n, seed))) {
            let (store, item, folder) = only_in_cold_storage(kind);
            let before = store.contents();
            let disk = TrialDisk::cut_before(n);
            disk.forgets(seed).unwrap();
            if run(&store, &disk, back, &item).is_ok() {
                break;
            }
            disk.power_cut(seed == 0).unwrap();
            let (disk, when) = (TrialDisk::default(), format!("{kind}, cut before write {n}, seed {seed}"));
            let is_empty = fs::read_dir(&folder).map_or(true, |mut names| names.next().is_none());
            if !is_empty || Journal::open(&disk, &store.paths.state).unwrap().unfinished().is_empty() {
                continue;
            }
            if folder.exists() && kind != "blob" {
                let away = store.folder.path().join("away");
                fs::rename(&folder, &away).unwrap();
                fs::create_dir(&folder).unwrap();
                let (all, open) = finished(&store, &disk);
                assert_eq!((all.left.len(), open.len()), (1, 1), "{when}: {all:?}");
                fs::remove_dir(&folder).unwrap();
                fs::rename(&away, &folder).unwrap();
            }
            let (all, open) = finished(&store, &disk);
            assert_eq!((all.finished.len(), open.len()), (1, 0), "{when}: {all:?}");
            assert_eq!(before.difference(&store.contents()).count(), 0, "{when}");
            met += 1;
        }
        assert!(met > 2, "{kind}: {met}");
    }
}
