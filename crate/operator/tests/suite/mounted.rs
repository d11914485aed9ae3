//! A disk that is not mounted: its folder is missing, or empty. Nothing is moved there, and nothing is concluded from it.

use crate::cut::{archive, run};
use crate::ends::with_a_pin_log;
use crate::program;
use crate::since::finished;
use crate::store::{TrialDisk, id};
use pinfold_operator::journal::{Journal, Record, Step};
use std::fs;

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
    let (code, said) = program::run(base, &["restore", &b]);
    assert!(code != 0 && said.contains("is its disk mounted?"), "{code} {said}");
    assert_eq!(fs::read_dir(&store.paths.channels).unwrap().count(), 0);
    assert!(store.paths.archived(&id("b")).body.exists());
    fs::remove_dir(&store.paths.channels).unwrap();
    fs::rename(&away, &store.paths.channels).unwrap();
    let (code, said) = program::run(base, &["restore", &b]);
    assert_eq!(code, 0, "{said}");
    assert!(store.paths.live(&id("b")).body.exists() && store.paths.live(&item).body.exists());
}
