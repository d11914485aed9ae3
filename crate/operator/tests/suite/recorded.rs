//! Recorded runs of CryptPad's own scripts, judged and carried out by this project (`tests/operators/README.md`).
//!
//! The clock stands still, and every file has the times of the recording. A verdict that differs from the real one has to come from
//! a rule that is stricter; nothing of what was there may be gone afterwards.

use crate::frozen::FrozenDisk;
use pinfold_datadir::config::{Config, Plain};
use pinfold_datadir::decrees::Decrees;
use pinfold_datadir::disk::{Disk, read_if_there};
use pinfold_datadir::paths::Paths;
use pinfold_datadir::real::RealDisk;
use pinfold_operator::archive::{ActError, Hands};
use pinfold_operator::conflicts::{Winner, conflicts};
use pinfold_operator::journal::Journal;
use pinfold_operator::plan::{Does, Grounds, Plan};
use pinfold_operator::policy::{Policy, PolicyError};
use pinfold_operator::run::{Stop, carry_out};
use pinfold_operator::survey::{Refusal, survey};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

struct Case {
    name: String,
    run: Value,
    log: Vec<Value>,
    disk: FrozenDisk,
    paths: Paths,
    folder: tempfile::TempDir,
}

fn cases(action: &str) -> Vec<Case> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/operators");
    let mut names: Vec<PathBuf> =
        fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).collect();
    names.sort();
    let cases: Vec<Case> = names.iter().filter_map(|folder| Case::open(folder, action)).collect();
    assert!(!cases.is_empty(), "no recorded run of {action}");
    cases
}

impl Case {
    fn open(from: &Path, action: &str) -> Option<Self> {
        let json =
            |name: &str| -> Value { serde_json::from_slice(&fs::read(from.join(name)).unwrap()).unwrap() };
        let run = json("run.json");
        let first = run["steps"]
            .as_array()
            .and_then(|steps| steps.first())
            .map_or(&run["action"], |step| &step["action"]);
        if first != action {
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        copy(&from.join("before"), folder.path());
        // A small case may hold no channel at all.
        fs::create_dir_all(folder.path().join("datastore")).unwrap();
        let log = fs::read_to_string(from.join("log.ndjson")).unwrap_or_default();
        let log = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let disk = FrozenDisk::new(folder.path(), &json("times.json"), run["now"].as_i64().unwrap());
        let name = from.file_name().unwrap().to_string_lossy().into_owned();
        Some(Self { name, paths: Paths::example(folder.path()), run, log, disk, folder })
    }

    fn options(&self) -> serde_json::Map<String, Value> {
        let step = self.run["steps"].as_array().and_then(|steps| steps.first()).unwrap_or(&self.run);
        step["options"].as_object().cloned().unwrap_or_default()
    }

    fn config(&self) -> Config {
        let mut config = Config::default();
        let example = [
            ("filePath", "datastore"),
            ("archivePath", "data/archive"),
            ("pinPath", "data/pins"),
            ("taskPath", "data/tasks"),
            ("decreePath", "data/decrees"),
        ];
        for (key, path) in example {
            config.set(key, Plain::Text(path.into()));
        }
        for (key, value) in self.options() {
            let plain = match value {
                Value::Number(number) => Plain::Number(number.as_f64().unwrap()),
                Value::String(text) => Plain::Text(text),
                Value::Object(keys) => Plain::Keys(keys.keys().cloned().collect()),
                other => panic!("{}: {key} is {other}", self.name),
            };
            config.set(&key, plain);
        }
        config
    }

    /// What somebody wrote between the reading of the pin logs and the first move.
    fn meanwhile(&self) {
        let during = &self.run["steps"][0]["during"];
        if let (Some(path), Some(text)) = (during["path"].as_str(), during["text"].as_str()) {
            RealDisk.append(&self.folder.path().join(path), text.as_bytes()).unwrap();
        }
    }

    fn lost(&self, before: &BTreeMap<Vec<u8>, PathBuf>) -> Vec<PathBuf> {
        let after = contents(self.folder.path());
        before
            .iter()
            .filter(|(content, path)| !after.contains_key(*content) && !is_cache(path))
            .map(|(_, path)| path.clone())
            .collect()
    }
}

/// The offset index is a cache that is deleted with its log, and a placeholder goes when its document returns.
fn is_cache(path: &Path) -> bool {
    path.to_string_lossy().ends_with(".offset") || path.to_string_lossy().ends_with(".placeholder")
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target)
        } else {
            fs::copy(entry.path(), target).map(drop).unwrap()
        }
    }
}

fn contents(folder: &Path) -> BTreeMap<Vec<u8>, PathBuf> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(contents(&path))
        } else {
            drop(found.insert(fs::read(&path).unwrap(), path))
        }
    }
    found
}

/// Why nothing was judged.
enum Refused {
    Policy(PolicyError),
    Store(Refusal),
}

/// A plan in which every wait counts as over, so that it can be compared with a script that knows none.
fn plan(case: &Case) -> Result<Plan, Refused> {
    let config = case.config();
    let paths = config.paths(case.folder.path()).unwrap();
    let decrees = read_if_there(&case.disk, &paths.decree_log(), 1 << 20).unwrap().unwrap_or_default();
    let policy = Policy::of(&config, &Decrees::read(&decrees)).map_err(Refused::Policy)?;
    let now = case.disk.now;
    let survey = survey(&case.disk, &paths, now, &mut |_, _| ()).map_err(Refused::Store)?;
    // The case is small: it has no accounts because it needs none. A path that was configured and does not exist is another thing.
    let declared = !case.options().contains_key("pinPath");
    if let Some(refusal) = survey.refusals(&paths, declared).first() {
        return Err(Refused::Store(refusal.clone()));
    }
    let journal = Journal::open(&case.disk, &paths.state).unwrap();
    let reports = BTreeMap::new();
    let grounds = Grounds {
        survey: &survey,
        paths: &paths,
        policy: &policy,
        journal: &journal,
        walks: &[],
        reports: &reports,
        declared,
        now,
    };
    Ok(Plan::make(&grounds))
}

#[test]
fn what_eviction_takes_and_leaves() {
    let mut compared = 0;
    for case in cases("evict-inactive") {
        let mut plan = match plan(&case) {
            Ok(plan) => plan,
            Err(refused) => {
                // Nothing is taken, so nothing that should stay is lost; what the real script took must have been wrong to take.
                let why = match refused {
                    Refused::Policy(error) => error.to_string(),
                    Refused::Store(refusal) => refusal.to_string(),
                };
                println!("{}: refused: {why}", case.name);
                for line in &case.log {
                    assert!(
                        line["verdict"] != "archived" || line["should"].is_string(),
                        "{}: {line}",
                        case.name
                    );
                }
                continue;
            }
        };
        for entry in &mut plan.entries {
            if matches!(entry.does, Does::Wait { .. }) {
                entry.does = Does::Take { reason: "INACTIVE".into() };
            }
        }
        case.meanwhile();
        let before = contents(case.folder.path());
        let paths = plan.head.paths.clone();
        let mut journal = Journal::open(&case.disk, &paths.state).unwrap();
        let hands = Hands { disk: &case.disk, paths: &paths, run: "run".into(), now: case.disk.now };
        let done = match carry_out(&hands, &mut journal, &plan, Some(&plan.digest)) {
            Err(Stop::Hold(why)) => {
                println!("{}: held: {why}", case.name);
                continue;
            }
            done => done.unwrap(),
        };
        let taken: BTreeSet<String> = done.archived.iter().map(ToString::to_string).collect();
        println!("{}: {} taken, {:?}", case.name, taken.len(), done.skipped);
        for line in &case.log {
            compared += compare(&case, &plan, line, &taken);
        }
        assert_eq!(case.lost(&before), Vec::<PathBuf>::new(), "{}: contents that are nowhere now", case.name);
    }
    assert!(compared > 60, "{compared} verdicts compared");
}

fn compare(case: &Case, plan: &Plan, line: &Value, taken: &BTreeSet<String>) -> usize {
    let id = line["id"].as_str().unwrap().replace('/', "-");
    let took = taken.contains(&id);
    let should = line["should"].as_str().unwrap_or("");
    let real = line["verdict"].as_str().unwrap_or("");
    // Several steps: the recorded state is that of the last one, after the store was changed in between.
    if case.run["steps"]
        .as_array()
        .is_some_and(|steps| steps.iter().filter(|step| step["action"] != "compare-pin-methods").count() > 1)
    {
        return 0;
    }
    // What a script left because it died is no verdict.
    if line["reason"] == "RUN_CRASHED" {
        return 0;
    }
    let keeps = should.starts_with("kept") || real == "kept";
    if keeps {
        assert!(!took, "{}: {line} was taken", case.name);
        return 1;
    }
    if real == "archived" && !took {
        let reason = plan.entries.iter().find(|entry| entry.id.to_string() == id).map(|entry| &entry.does);
        // Stricter on purpose: a doubtful log protects all it ever named, and what is out of place is not touched.
        let stricter = matches!(
            reason,
            None | Some(Does::Keep {
                reason: pinfold_operator::verdict::Keep::Doubtful
                    | pinfold_operator::verdict::Keep::Cut
                    | pinfold_operator::verdict::Keep::Lone,
                ..
            })
        );
        assert!(stricter, "{}: {line} stays: {reason:?}", case.name);
        println!("{}: {} stays, the real one took it: {reason:?}", case.name, line["label"]);
    }
    usize::from(real == "archived")
}

#[test]
fn what_comes_back() {
    for case in cases("restore-archived") {
        let before = contents(case.folder.path());
        let mut journal = Journal::open(&case.disk, &case.paths.state).unwrap();
        let hands = Hands { disk: &case.disk, paths: &case.paths, run: "run".into(), now: case.disk.now };
        for line in &case.log {
            let Ok(id) = line["id"].as_str().unwrap().parse() else { continue };
            let reason = read_if_there(&case.disk, &case.paths.live(&id).placeholder, 1 << 16).unwrap();
            let decided = line["should"].as_str().is_some_and(|should| should.starts_with("left archived"));
            // By default only what was moved for want of activity comes back. Everything else has to be named, as this test does where
            // the recording wants it back.
            if decided {
                assert!(reason.is_some_and(|reason| reason != b"INACTIVE"), "{}: {line}", case.name);
                continue;
            }
            match (hands.restore(&mut journal, &id), line["verdict"].as_str().unwrap()) {
                (Ok(()), "restored" | "unknown" | "archived" | "stuck" | "kept") => {}
                (Err(ActError::Conflict), verdict)
                    if verdict == "conflict" || verdict.starts_with("UNARCHIVE") => {}
                (Err(error), verdict) => {
                    panic!("{} {}: {verdict} here, there {error}", case.name, line["label"])
                }
                (Ok(()), verdict) => {
                    panic!("{} {}: restored here, there {verdict}", case.name, line["label"])
                }
            }
        }
        assert_eq!(case.lost(&before), Vec::<PathBuf>::new(), "{}", case.name);
    }
}

#[test]
fn conflicts_are_told_apart_without_a_key() {
    let case = cases("restore-archived")
        .into_iter()
        .find(|case| case.log.iter().any(|line| line["right"].is_string()))
        .unwrap();
    let found: BTreeMap<String, Winner> = conflicts(&case.disk, &case.paths)
        .unwrap()
        .into_iter()
        .map(|c| (c.id.to_string(), c.winner))
        .collect();
    for line in case
        .log
        .iter()
        .filter(|line| line["verdict"].as_str().is_some_and(|verdict| verdict.starts_with("UNARCHIVE")))
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
    let case = cases("evict-inactive").into_iter().find(|case| !case.log.is_empty()).unwrap();
    let stat = |path: &Path| RealDisk.stat(path).unwrap().atime;
    let log = fs::read_dir(&case.paths.channels).unwrap().next().unwrap().unwrap().path();
    let file = fs::read_dir(log).unwrap().next().unwrap().unwrap().path();
    let before = stat(&file);
    case.disk.open(&file).unwrap().read_to_end(&mut Vec::new()).unwrap();
    assert_eq!(stat(&file), before);
}
