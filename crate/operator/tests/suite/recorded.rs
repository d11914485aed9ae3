//! Recorded runs of CryptPad's own scripts, judged and carried out by this project (`tests/operators/README.md`).
//!
//! The clock stands still, and every file has the times of the recording. A verdict that differs from the real one has to come from
//! a rule that is stricter; nothing of what was there may be gone afterwards, nor at any cut.

use crate::store::TrialDisk;
use pinfold_datadir::disk::Disk;
use pinfold_datadir::paths::Paths;
use pinfold_datadir::real::RealDisk;
use pinfold_operator::conflicts::{Winner, conflicts};
use pinfold_testkit::operators::{recordings, run};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/operators")
}

#[test]
fn every_recorded_run_ends_as_recorded_or_by_a_rule() {
    let (mut faults, mut same, mut runs, mut cuts) = (Vec::new(), 0, 0, 0);
    for folder in recordings(&root()).unwrap() {
        let report = run(&folder).unwrap();
        println!("{report}");
        runs += 1;
        same += report.judged.same;
        cuts += report.cuts;
        if !report.is_good() {
            faults.push(report.to_string());
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(runs >= 61 && same > 80 && cuts > 200, "{runs} runs, {same} outcomes as recorded, {cuts} cuts");
}

#[test]
fn conflicts_are_told_apart_without_a_key() {
    let is_it = |folder: &PathBuf| folder.join("manifest.json").is_file();
    let folder = recordings(&root()).unwrap().into_iter().find(is_it).unwrap();
    let paths = Paths::example(&folder.join("before"));
    let found: BTreeMap<String, Winner> =
        conflicts(&RealDisk, &paths).unwrap().into_iter().map(|c| (c.id.to_string(), c.winner)).collect();
    let log = fs::read_to_string(folder.join("log.ndjson")).unwrap();
    let lines = log.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    for line in
        lines.filter(|line| line["verdict"].as_str().is_some_and(|verdict| verdict.starts_with("UNARCHIVE")))
    {
        let winner = found[line["id"].as_str().unwrap()];
        // Metadata alone proves that nobody wrote; everything else needs somebody who can decrypt.
        let expected = if line["verdict"] == "UNARCHIVE_METADATA_CONFLICT" {
            Winner::Archived
        } else {
            Winner::KeyHolder
        };
        assert_eq!(winner, expected, "{line}");
    }
    assert_eq!(found.len(), 7);
}

#[test]
fn reading_leaves_no_trace() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("log");
    fs::write(&file, "text").unwrap();
    let long_ago = 1_500_000_000_000;
    RealDisk.set_times(&file, long_ago, long_ago).unwrap();
    TrialDisk::default().open(&file).unwrap().read_to_end(&mut Vec::new()).unwrap();
    assert_eq!(RealDisk.stat(&file).unwrap().atime, long_ago);
}
