//! Recorded runs of CryptPad's own scripts, and what the command must notice in them.

use pinfold_testkit::operators::{recordings, run};
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/operators")
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// A recording in which a text was replaced, under another name.
fn changed(name: &str, file: &str, from: &str, to: &str) -> (tempfile::TempDir, PathBuf) {
    let scratch = tempfile::tempdir().unwrap();
    let folder = scratch.path().join("a-name-nobody-knows");
    copy(&root().join(name), &folder);
    let text = fs::read_to_string(folder.join(file)).unwrap();
    assert!(text.contains(from), "{from}");
    fs::write(folder.join(file), text.replace(from, to)).unwrap();
    (scratch, folder)
}

#[test]
fn a_recording_passes_under_any_name() {
    let (_scratch, folder) = changed("evict-edges", "run.json", "evict-edges", "other");
    assert_eq!(recordings(&folder).unwrap(), std::slice::from_ref(&folder));
    let report = run(&folder).unwrap();
    assert!(report.is_good() && report.judged.same == 9, "{report}");
}

#[test]
fn a_wrong_outcome_is_a_fault() {
    for (name, from, to) in [
        ("evict-edges", "[\"live-log\",\"live-meta\"]", "[\"arch-log\",\"arch-meta\"]"),
        ("evict-unpinned-inactive", "[\"placeholder\",\"arch-log\",\"arch-meta\"]", "[],\"should\":\"kept\""),
        ("restore-clean", "\"live-log\",\"live-meta\"", "\"arch-log\",\"arch-meta\""),
    ] {
        let (_scratch, folder) = changed(name, "log.ndjson", from, to);
        assert!(!run(&folder).unwrap().is_good(), "{name}: {from}");
    }
}

#[test]
fn an_action_that_nobody_knows_is_a_fault() {
    let (_scratch, folder) = changed("evict-edges", "run.json", "evict-inactive", "evict-everything");
    assert!(!run(&folder).unwrap().is_good());
}

#[test]
fn small_stores_in_every_odd_state_survive_every_cut() {
    use pinfold_testkit::operators::generated::{cuts, forgets};
    let mut faults: Vec<String> = (0..40).filter_map(|seed| cuts(seed).err()).collect();
    // Here a name counts only when its folder was waited for, and twice as many cuts are tried in three ways.
    // The last three lose the first folder that a document comes back to.
    faults.extend((0..8).chain([403, 497, 519]).filter_map(|seed| forgets(seed).err()));
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn a_written_store_is_walked_moved_and_moved_back() {
    use pinfold_testkit::operators::measure::{Work, measure, measure_ids};
    use pinfold_testkit::operators::store::{Size, make};
    let folder = tempfile::tempdir().unwrap();
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    let now = i64::try_from(since.as_millis()).unwrap();
    let size = Size { channels: 400, accounts: 10, blobs: 20, unpinned: 252, conflicts: 5, seed: 1 };
    make(folder.path(), size, now).unwrap();
    let count = |(_, work)| measure(folder.path(), now, work).unwrap().count;
    let [planned, both, marked, archived, restored] = Work::ALL.map(count);
    assert_eq!(planned, 420);
    assert!(both > 0 && marked > 60, "{both}, {marked}");
    assert_eq!((archived, restored), (marked, marked));
    assert_eq!(measure_ids(420, now).unwrap().count, 420);
}
