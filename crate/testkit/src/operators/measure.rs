//! How much of the processor and of memory an operator's work on a store needs.
//!
//! Each piece of work is measured in a process of its own, as an operator runs it, so that the memory of one is not counted for another.

use super::aged::AgedDisk;
use super::clock::TrialClock;
use super::ids::Ids;
use super::store::DAY;
use pinfold_datadir::config::Config;
use pinfold_datadir::decrees::Decrees;
use pinfold_datadir::disk::Disk;
use pinfold_datadir::id::ItemId;
use pinfold_datadir::paths::Paths;
use pinfold_operator::archive::Hands;
use pinfold_operator::conflicts::conflicts;
use pinfold_operator::cooling::GROUP;
use pinfold_operator::going::Quietly;
use pinfold_operator::journal::{Act, Journal, Step};
use pinfold_operator::plan::{Does, Grounds, Plan};
use pinfold_operator::policy::Policy;
use pinfold_operator::restore::Choice;
use pinfold_operator::run::carry_out;
use pinfold_operator::survey::{Declared, Survey, survey};
use pinfold_operator::waits::{Wait, WalkRecord};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::hint::black_box;
use std::io::{self, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

/// The name of the run that archives.
const RUN: &str = "measure";

/// A piece of an operator's work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    /// Looking at the store, and writing a plan.
    Plan,
    /// Listing what lies in both places.
    Conflicts,
    /// Marking what the plan found, and a second plan, by which it may go: what lies between the two phases. Part of no measure.
    Mark,
    /// Carrying out the second plan.
    Archive,
    /// Moving back what it moved.
    Restore,
}

impl Work {
    /// All of them, in the order in which they can be done.
    pub const ALL: [(&'static str, Self); 5] = [
        ("plan", Self::Plan),
        ("conflicts", Self::Conflicts),
        ("mark", Self::Mark),
        ("archive", Self::Archive),
        ("restore", Self::Restore),
    ];
}

/// What one piece of work needed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Needed {
    /// To how many it was done.
    pub count: usize,
    /// Seconds of the processor.
    pub seconds: f64,
    /// The most memory, in bytes.
    pub peak: u64,
}

/// A store of this size on a disk that nobody changed: what is measured ends as it began, but for the journal.
struct Bench<'a> {
    disk: &'a dyn Disk,
    paths: Paths,
    policy: Policy,
    now: i64,
}

/// Does one piece of work on a store that [`super::store::make`] made, and says what it needed.
///
/// # Errors
/// What went wrong, in words.
pub fn measure(base: &Path, now: i64, work: Work) -> Result<Needed, String> {
    let disk = AgedDisk::default();
    let bench = Bench { disk: &disk, paths: Paths::example(base), policy: policy()?, now };
    let before = processor();
    let count = match work {
        Work::Plan => bench.plan(None),
        Work::Conflicts => conflicts(&disk, &bench.paths).map(|both| both.len()).map_err(words),
        Work::Mark => bench.mark(),
        Work::Archive => bench.archive(),
        Work::Restore => bench.restore(),
    }?;
    Ok(Needed { count, seconds: processor() - before, peak: peak() })
}

/// Looks at a store of so many ids that is nowhere but in the port to the disk, and makes a plan for it.
///
/// # Errors
/// What went wrong, in words.
pub fn measure_ids(ids: u64, now: i64) -> Result<Needed, String> {
    let disk = Ids { ids, now };
    let bench = Bench { disk: &disk, paths: Paths::example(Path::new("/store")), policy: policy()?, now };
    let before = processor();
    let count = bench.plan(Some(&mut io::sink()))?;
    Ok(Needed { count, seconds: processor() - before, peak: peak() })
}

fn policy() -> Result<Policy, String> {
    Policy::of(&Config::default(), &Decrees::default()).map_err(words)
}

fn words(error: impl std::fmt::Display) -> String {
    error.to_string()
}

impl Bench<'_> {
    fn file(&self) -> PathBuf {
        self.paths.state.join("measured-plan.ndjson")
    }

    fn look(&self) -> Result<Survey, String> {
        survey(self.disk, &self.paths, self.now, &mut |_, _| ()).map_err(words)
    }

    fn make(&self, seen: &Survey, journal: &Journal<'_>, walks: &[WalkRecord]) -> Result<Plan, String> {
        let grounds = Grounds {
            disk: self.disk,
            survey: seen,
            paths: &self.paths,
            policy: &self.policy,
            journal,
            walks,
            reports: &BTreeMap::new(),
            declared: Declared::default(),
            now: self.now,
        };
        Plan::make(&grounds).map_err(words)
    }

    fn write(&self, plan: &Plan) -> Result<(), String> {
        let mut file = BufWriter::new(File::create(self.file()).map_err(words)?);
        plan.write(&mut file).and_then(|()| file.flush()).map_err(words)
    }

    fn plan(&self, to: Option<&mut dyn io::Write>) -> Result<usize, String> {
        let seen = self.look()?;
        let journal = Journal::open(self.disk, &self.paths.state).map_err(words)?;
        let plan = self.make(&seen, &journal, &[])?;
        match to {
            Some(to) => plan.write(to).map_err(words)?,
            None => self.write(&plan)?,
        }
        Ok(plan.entries.len())
    }

    fn mark(&self) -> Result<usize, String> {
        let seen = self.look()?;
        let mut journal = Journal::open(self.disk, &self.paths.state).map_err(words)?;
        let first = self.make(&seen, &journal, &[])?;
        // As if a run had marked them thirty days ago, and two walks had come since.
        let hands = self.hands(self.now - 30 * DAY);
        let marked = journal.together(|journal| {
            let mut marked = 0;
            for entry in first.entries.iter() {
                if matches!(entry.does, Does::Wait { wait: Wait::Mark }) {
                    journal.note(hands.record(Act::Mark, &entry.id, Step::Done))?;
                    marked += 1;
                }
            }
            Ok(marked)
        });
        let marked = marked.map_err(words)?;
        let walk = |days: i64| {
            let began = self.now - days * DAY;
            WalkRecord { began, ended: began, ..WalkRecord::default() }
        };
        self.write(&self.make(&seen, &journal, &[walk(20), walk(10)])?)?;
        Ok(marked)
    }

    fn hands(&self, now: i64) -> Hands<'_> {
        Hands { disk: self.disk, paths: &self.paths, run: RUN.into(), now, going: &Quietly }
    }

    fn archive(&self) -> Result<usize, String> {
        let mut journal = Journal::open(self.disk, &self.paths.state).map_err(words)?;
        let file = BufReader::new(File::open(self.file()).map_err(words)?);
        let plan = Plan::read_some(file, |entry| entry.is_for_a_run(&journal)).map_err(words)?;
        let done = carry_out(
            &self.hands(self.now),
            &TrialClock::at(self.now),
            &mut journal,
            &plan,
            Some(&plan.digest),
        )
        .map_err(words)?;
        match done.stop {
            Some(stop) => Err(stop.to_string()),
            None => Ok(done.archived.len()),
        }
    }

    fn restore(&self) -> Result<usize, String> {
        let mut journal = Journal::open(self.disk, &self.paths.state).map_err(words)?;
        let hands = self.hands(self.now);
        let ids: Vec<ItemId> = hands.choose(&journal, &Choice::Run(RUN)).map_err(words)?.ids;
        for some in ids.chunks(GROUP) {
            let each = hands.restore_together(&mut journal, some).map_err(words)?;
            if let Some(error) = each.into_iter().find_map(Result::err) {
                return Err(error.to_string());
            }
        }
        Ok(ids.len())
    }
}

/// How many parts the calibration loop has. Its seconds on another machine scale what was measured there.
const PARTS: u64 = 40;

/// Seconds of the processor for a fixed piece of work of the same kind: names are made, sorted, written and read as JSON, and the system is
/// asked about a name.
///
/// # Errors
/// An error of the file system.
pub fn calibrate() -> io::Result<f64> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("file");
    fs::write(&file, "x")?;
    let before = processor();
    for part in 0..PARTS {
        let mut names: Vec<String> = (0..20_000)
            .map(|n| format!("{:016x}{:016x}", super::store::mix(part, n), super::store::mix(n, part)))
            .collect();
        names.sort_unstable();
        let lines = serde_json::to_string(&names)?;
        black_box(serde_json::from_str::<Vec<String>>(&lines)?);
        for _ in 0..10_000 {
            black_box(fs::symlink_metadata(&file)?);
        }
    }
    Ok(processor() - before)
}

/// Seconds of the processor that this process used so far.
fn processor() -> f64 {
    let text = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after = text.rsplit(')').next().unwrap_or("");
    let ticks: f64 =
        after.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<f64>().ok()).sum();
    ticks / 100.0
}

/// The most memory that this process had so far, in bytes.
pub fn peak() -> u64 {
    let text = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or(0) * 1024
}
