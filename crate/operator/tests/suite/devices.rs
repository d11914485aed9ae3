//! Cold storage on a device of its own, for real: copies keep their times, and a device that is full loses nothing.

use crate::killed::{COUNT, assert_whole, ids, planned_in};
use crate::program::{configured, run};
use crate::store::Store;
use pinfold_datadir::id::ItemId;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// A store whose cold storage lies below a folder.
fn with_cold_storage_in(folder: &Path) -> Store {
    let mut store = configured();
    store.paths.archive = folder.to_path_buf();
    store
}

fn live(store: &Store) -> usize {
    ids().iter().filter(|id| store.paths.live(*id).body.exists()).count()
}

/// The program on this store.
fn on(store: &Store, arguments: &[&str]) -> (i32, String) {
    let archive = format!("archivePath={}", store.paths.archive.display());
    run(store.folder.path(), &[&["--set", &archive], arguments].concat())
}

fn mtimes(store: &Store) -> Vec<i64> {
    let place = |id: &ItemId| {
        if store.paths.live(id).body.exists() { store.paths.live(id) } else { store.paths.archived(id) }
    };
    ids().iter().map(|id| fs::metadata(place(id).body).unwrap().mtime()).collect()
}

#[test]
fn cold_storage_on_another_device_gives_back_what_it_got() {
    let memory = Path::new("/dev/shm");
    let other = tempfile::tempdir_in(memory).ok().map(|cold| (cold.path().join("archive"), cold));
    let same = |a: &Path, b: &Path| fs::metadata(a).unwrap().dev() == fs::metadata(b).unwrap().dev();
    // Where there is no second device that anybody may write to, the port plays it alone (`cut.rs`).
    let Some((archive, _cold)) = other.filter(|(_, cold)| !same(cold.path(), &std::env::temp_dir())) else {
        return;
    };
    let (store, plan, digest) = planned_in(with_cold_storage_in(&archive));
    let (before, times) = (store.contents(), mtimes(&store));
    let plan = plan.to_str().unwrap();
    let (code, said) = on(&store, &["archive", plan, "--consent", &digest]);
    assert_eq!((code, live(&store)), (0, 0), "{said}");
    assert_eq!(mtimes(&store), times, "in cold storage");
    let (code, said) = on(&store, &["check"]);
    assert_eq!(code, 0, "{said}");
    let (code, said) = on(&store, &["restore", "--plan", plan]);
    assert_eq!((code, live(&store)), (0, COUNT), "{said}");
    assert_eq!(mtimes(&store), times, "back again");
    let after = store.contents();
    let older = |bytes: &&Vec<u8>| bytes.starts_with(b"older");
    assert!(before.iter().filter(|bytes| !older(bytes)).all(|bytes| after.contains(bytes)));
    assert_whole(&store, "at the end");
}

/// `PINFOLD_SMALL_DISK` names a folder with nothing in it on a device on which 256 KiB are free: nobody but root can make one
/// (`mount -t tmpfs -o size=256k`).
#[test]
fn a_device_that_is_full_loses_nothing() {
    let Some(small) = std::env::var_os("PINFOLD_SMALL_DISK") else { return };
    let small = Path::new(&small);
    let (store, plan, digest) = planned_in(with_cold_storage_in(&small.join("archive")));
    let (code, said) = on(&store, &["archive", plan.to_str().unwrap(), "--consent", &digest]);
    assert!(code != 0 && live(&store) > 0, "{code} {said}");
    assert_whole(&store, &said);
    println!("{said}");
    let (code, said) = on(&store, &["finish"]);
    assert_eq!(code, 0, "{said}");
    assert_whole(&store, &said);
    let (code, said) = on(&store, &["check"]);
    assert_eq!(code, 0, "{said}");
}
