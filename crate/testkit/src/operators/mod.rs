//! Recorded runs of CryptPad's own scripts and commands, put through this project (`tests/operators/README.md`).
//!
//! No name of a recording is known here: a folder with `run.json` and `before/` is one, whatever it is called.

#![allow(clippy::indexing_slicing, reason = "a JSON value without a field answers null, and never panics")]

pub mod aged;
mod calls;
mod case;
pub mod chance;
pub mod clock;
pub mod disk;
mod forgetful;
pub mod generated;
pub mod ids;
mod judge;
mod laid;
pub mod measure;
mod steps;
pub mod store;

use case::{Recorded, World};
pub use judge::Judged;
pub use laid::{Laid, laid};
use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use steps::{Broken, Told};

/// So many cuts of a recording are tried on a disk that forgets.
const FORGETFUL: u32 = 24;

/// The result of one recording.
#[derive(Debug)]
pub struct CaseReport {
    /// The name of its folder.
    pub name: String,
    /// The comparison.
    pub judged: Judged,
    /// How many cuts were tried.
    pub cuts: u32,
}

impl CaseReport {
    /// Whether nothing is wrong.
    pub fn is_good(&self) -> bool {
        self.judged.faults.is_empty()
    }
}

impl std::fmt::Display for CaseReport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Judged { same, differences, faults } = &self.judged;
        let word = if self.is_good() { "ok" } else { "FAULT" };
        write!(
            f,
            "{word} {}: {same} as recorded, {} by a rule of ours, {} cuts",
            self.name,
            differences.len(),
            self.cuts
        )?;
        differences.iter().try_for_each(|line| write!(f, "\n    differs: {line}"))?;
        faults.iter().try_for_each(|line| write!(f, "\n    FAULT: {line}"))
    }
}

/// The recordings below a folder, by name; the folder itself when it is one.
///
/// # Errors
/// An error of the file system.
pub fn recordings(folder: &Path) -> io::Result<Vec<PathBuf>> {
    if folder.join("run.json").is_file() {
        return Ok(vec![folder.into()]);
    }
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.join("run.json").is_file() {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// Puts one recording through this project.
///
/// # Errors
/// An error of the file system, or a recording that cannot be read.
pub fn run(folder: &Path) -> io::Result<CaseReport> {
    let recorded = Recorded::open(folder)?;
    let mut report = CaseReport { name: recorded.name.clone(), judged: Judged::default(), cuts: 0 };
    let (judged, writes) = play(&recorded)?;
    report.judged = judged;
    let whole = end(&recorded, None)?;
    report.judged.faults.extend(whole.1.iter().cloned());
    // Then as many as are told, on a disk that forgets: there waiting counts as a write as well.
    let forgetful = writes_of_a_forgetful_disk(&recorded)?;
    let every = forgetful.div_ceil(FORGETFUL).max(1) as usize;
    let cuts = (0..writes).map(|n| (n, None));
    let forgetful = (0..forgetful).step_by(every).enumerate().map(|(at, n)| (n, Some(at % 2 == 0)));
    for (n, forgets) in cuts.chain(forgetful) {
        report.cuts += 1;
        let faults = cut(&recorded, &whole.0, n, forgets)?;
        let faults = faults.into_iter().map(|fault| match forgets {
            None => format!("the power goes before write {n}: {fault}"),
            Some(all) => {
                format!("the power goes before write {n}, and the disk forgets (all {all}): {fault}")
            }
        });
        report.judged.faults.extend(faults);
        if report.judged.faults.len() > 20 {
            break;
        }
    }
    Ok(report)
}

/// How many writes there are when waiting for a folder counts.
fn writes_of_a_forgetful_disk(recorded: &Recorded) -> io::Result<u32> {
    let mut world = World::of(recorded)?;
    world.disk.forgets(1)?;
    for step in recorded.steps() {
        let _ = steps::run(recorded, &mut world, step, &mut Told::default());
    }
    Ok(world.disk.writes.get())
}

/// Plays all steps, with a cut where the recording was killed, and compares the end.
fn play(recorded: &Recorded) -> io::Result<(Judged, u32)> {
    let mut world = World::of(recorded)?;
    let mut told = Told::default();
    let mut faults = Vec::new();
    let mut crashed = false;
    for step in recorded.steps() {
        let crash = step["crashBefore"].as_u64().and_then(|n| u32::try_from(n).ok());
        world.disk.left.set(crash.map(|n| n.saturating_sub(1)));
        let ended = steps::run(recorded, &mut world, step, &mut told);
        world.disk.left.set(None);
        match ended {
            Ok(()) => {}
            Err(Broken::Cut) => {
                crashed = true;
                faults.extend(missing(recorded, &world, "after the cut")?);
                // The second run of the same.
                told = Told::default();
                if let Err(Broken::Unknown(what)) = steps::run(recorded, &mut world, step, &mut told) {
                    faults.push(what);
                }
            }
            Err(Broken::Unknown(what)) => faults.push(format!("not known here: {what}")),
        }
    }
    let last = recorded.steps().last().copied().unwrap_or(&recorded.run);
    // A configuration that names other folders moves nothing; the recording's own places are looked at then.
    let paths =
        world.paths(last).unwrap_or_else(|_| pinfold_datadir::paths::Paths::example(world.root.path()));
    if told.refused.is_none() && steps::is_held(&world, &paths) {
        told.refused = Some("a hold is set".into());
    }
    let mut judged = judge::judge(recorded, &world, &paths, &told, crashed);
    judged.faults.extend(faults);
    Ok((judged, world.disk.writes.get()))
}

/// Plays all steps and cuts once before a write; a second run of the step finishes it, and the end is that of a run without a cut.
fn cut(
    recorded: &Recorded,
    whole: &BTreeSet<String>,
    write: u32,
    forgets: Option<bool>,
) -> io::Result<Vec<String>> {
    let (cut, mut faults) = end(recorded, Some((write, forgets)))?;
    if cut != *whole {
        let only = |one: &BTreeSet<String>, other: &BTreeSet<String>| {
            one.difference(other).take(3).cloned().collect::<Vec<_>>().join(", ")
        };
        faults.push(format!(
            "another end: only with the cut {}; only without {}",
            only(&cut, whole),
            only(whole, &cut)
        ));
    }
    Ok(faults)
}

/// The names at the end that are not this project's own, with their contents. With a write: the power goes before it, and the disk forgets
/// nothing, what chance takes, or all that nobody waited for.
fn end(recorded: &Recorded, cut: Option<(u32, Option<bool>)>) -> io::Result<(BTreeSet<String>, Vec<String>)> {
    let mut world = World::of(recorded)?;
    let mut faults = Vec::new();
    let (write, forgets) = cut.map_or((None, None), |(write, forgets)| (Some(write), forgets));
    if forgets.is_some() {
        world.disk.forgets(u64::from(write.unwrap_or(0)))?;
    }
    world.disk.left.set(write);
    for step in recorded.steps() {
        if let Err(Broken::Cut) = steps::run(recorded, &mut world, step, &mut Told::default()) {
            world.disk.left.set(None);
            world.disk.power_cut(forgets == Some(true))?;
            faults.extend(missing(recorded, &world, "at the cut")?);
            if let Err(Broken::Unknown(what)) = steps::run(recorded, &mut world, step, &mut Told::default()) {
                faults.push(what);
            }
        }
    }
    let lies = world.now_lies()?;
    let ours = |path: &Path| {
        path.starts_with("data/pinfold")
            || path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'))
    };
    let names = lies
        .iter()
        .filter(|(path, _)| !ours(path))
        .map(|(path, content)| format!("{} {}", path.display(), content.len()));
    Ok((names.collect(), faults))
}

/// Nothing of what was there may be nowhere, and what belonged together lies together, at every moment. What a recording removes with a
/// reason may go.
fn missing(recorded: &Recorded, world: &World, when: &str) -> io::Result<Vec<String>> {
    let lost = judge::lost(world, |path| judge::is_removal(recorded, path))?;
    let mut faults: Vec<String> =
        lost.iter().map(|path| format!("{when} {} is nowhere", path.display())).collect();
    faults
        .extend(judge::torn(recorded, world)?.into_iter().map(|id| format!("{when} no whole copy of {id}")));
    Ok(faults)
}
