//! A trim that was cut, and what is written while the log is made shorter.

use crate::cut::{Act, run, with_a_twin};
use crate::ends::hands;
use crate::since::{append, each_cut, finished, removed_by_its_owner};
use crate::store::{Store, TrialDisk};
use pinfold_datadir::id::ItemId;
use pinfold_operator::journal::Journal;
use std::fs;

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
