//! Each recorded action, carried out by this project's own means.

use super::case::{Recorded, World};
use super::clock::TrialClock;
use pinfold_datadir::decrees::Decrees;
use pinfold_datadir::disk::{Disk, read_if_there};
use pinfold_datadir::id::{ItemId, KeyName};
use pinfold_datadir::paths::Paths;
use pinfold_operator::account::only_pinned_by;
use pinfold_operator::archive::{ActError, Hands};
use pinfold_operator::cold::FirstSeen;
use pinfold_operator::conflicts::conflicts;
use pinfold_operator::finish::finish;
use pinfold_operator::going::Quietly;
use pinfold_operator::journal::Journal;
use pinfold_operator::plan::{Does, Grounds, Plan};
use pinfold_operator::policy::Policy;
use pinfold_operator::restore::Why;
use pinfold_operator::run::{Stop, carry_out};
use pinfold_operator::survey::{Declared, survey};
use pinfold_operator::{hold, purge};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// What this project said while it worked.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// Why an id stays, in the last plan that named it.
    pub(super) why: BTreeMap<String, String>,
    /// Why a whole run was refused.
    pub(super) refused: Option<String>,
    /// What could not be done to an id.
    pub(super) errors: BTreeMap<String, String>,
    /// Paths that are odd.
    pub(super) odd: Vec<(PathBuf, String)>,
    /// Ids that lie in both places.
    pub(super) conflicts: BTreeSet<String>,
    /// Ids that a listing named.
    pub(super) listed: BTreeSet<String>,
}

/// Why a step ended early.
pub(super) enum Broken {
    /// The power went.
    Cut,
    /// The recording asks for something that is not known here.
    Unknown(String),
}

pub(super) struct Step<'a> {
    world: &'a World,
    pub(super) step: &'a Value,
    paths: Paths,
    now: i64,
    pub(super) told: &'a mut Told,
}

/// Carries out one step.
pub(super) fn run(
    recorded: &Recorded,
    world: &mut World,
    step: &Value,
    told: &mut Told,
) -> Result<(), Broken> {
    let now = recorded.now(step);
    world.disk.now.set(now);
    let paths = match world.paths(step) {
        Ok(paths) => paths,
        Err(error) => {
            told.refused = Some(error);
            return Ok(());
        }
    };
    let action = step["action"].as_str().unwrap_or("");
    match action {
        "age" => return age(recorded, world),
        "again" => return again(recorded, world, step, &paths),
        "WRITE" => return write(world, step, &paths),
        _ => {}
    }
    if let Some(path) = step["during"]["path"].as_str() {
        world.grown.push(path.into());
    }
    let cut = |world: &World| world.disk.left.get() == Some(0);
    let mut journal = match Journal::open(&world.disk, &paths.state) {
        Ok(journal) => journal,
        Err(_) if cut(world) => return Err(Broken::Cut),
        Err(error) => return Err(Broken::Unknown(error.to_string())),
    };
    let hands =
        Hands { disk: &world.disk, paths: &paths, run: format!("{action}-{now}"), now, going: &Quietly };
    if finish(&hands, &mut journal).is_err() && cut(world) {
        return Err(Broken::Cut);
    }
    let mut step = Step { world, step, paths: paths.clone(), now, told };
    let known = match action {
        "evict-inactive" => step.evict(&hands, &mut journal),
        "evict-archived" => step.purge(&hands, &mut journal),
        "restore-archived" => step.restore_all(&hands, &mut journal),
        "diagnose-archive-conflicts" => step.list_conflicts(),
        "expire-channels" => step.expire(&hands, &mut journal),
        "clean-activity" => step.clean(&hands, &mut journal),
        "check-account-deletion" => step.only_pinned(),
        "compare-pin-methods" | "READ" => true,
        _ => step.call(&hands, &mut journal, action),
    };
    if cut(world) {
        return Err(Broken::Cut);
    }
    if known { Ok(()) } else { Err(Broken::Unknown(format!("the action {action}"))) }
}

/// The recording made files old between two runs. Here all of them are old already by the clock of the next run; only a time that is
/// known afterwards is set.
fn age(recorded: &Recorded, world: &World) -> Result<(), Broken> {
    for (path, after) in recorded.after.as_object().into_iter().flatten() {
        let path = world.root.path().join(path);
        if let (Some(mtime), Ok(stat)) = (after["mtime"].as_i64(), world.disk.stat(&path)) {
            let times = super::disk::Times { mtime, atime: stat.atime, ctime: stat.ctime };
            world.disk.set(&path, times);
        }
    }
    Ok(())
}

/// A user came again: a pin log appears where one was taken away.
fn again(recorded: &Recorded, world: &mut World, step: &Value, paths: &Paths) -> Result<(), Broken> {
    let steps = recorded.steps();
    let here = steps.iter().position(|other| std::ptr::eq(*other, step)).unwrap_or(0);
    let key = steps.iter().skip(here).chain(steps.iter()).find_map(|step| key(&argument(step)["key"]));
    let Some(key) = key else { return Ok(()) };
    let path = paths.pin_log(&key);
    if world.disk.stat(&path).is_err() {
        let line = format!("[\"PIN\",[],{}]\n", recorded.now(step));
        if let Some(folder) = path.parent() {
            let _ = world.disk.make_folder(folder);
        }
        let _ = world.disk.append(&path, line.as_bytes());
    }
    Ok(())
}

fn write(world: &mut World, step: &Value, paths: &Paths) -> Result<(), Broken> {
    let argument = argument(step);
    let (Some(id), Some(line)) = (item(&argument["channel"]), argument["line"].as_str()) else {
        return Err(Broken::Unknown("a WRITE without channel and line".into()));
    };
    let path = paths.live(&id).body;
    world.grown.extend(path.strip_prefix(world.root.path()).map(Into::into));
    if let Some(folder) = path.parent() {
        let _ = world.disk.make_folder(folder);
    }
    world.disk.append(&path, format!("{line}\n").as_bytes()).map_err(|_| Broken::Cut)
}

pub(super) fn argument(step: &Value) -> Value {
    if step["arg"].is_null() { step["args"].clone() } else { step["arg"].clone() }
}

pub(super) fn key(value: &Value) -> Option<KeyName> {
    value.as_str()?.parse().ok()
}

pub(super) fn item(value: &Value) -> Option<ItemId> {
    value.as_str()?.parse().ok()
}

impl Step<'_> {
    pub(super) fn error(&mut self, id: impl ToString, result: Result<(), ActError>) {
        if let Err(error) = result {
            self.told.errors.insert(id.to_string(), error.to_string());
        }
    }

    /// A plan of this state, by the configuration and decrees of the step. `None` when it was refused.
    fn plan(&mut self, hands: &Hands<'_>, journal: &Journal<'_>, purging: bool) -> Option<Plan> {
        let made = self.try_plan(hands, journal, purging);
        match made {
            Ok(plan) => Some(plan),
            Err(why) => {
                self.told.refused = Some(why);
                None
            }
        }
    }

    fn try_plan(&mut self, hands: &Hands<'_>, journal: &Journal<'_>, purging: bool) -> Result<Plan, String> {
        let Step { world, now, .. } = *self;
        let config = World::config(self.step)?;
        let decrees = read_if_there(&world.disk, &self.paths.decree_log(), 1 << 24);
        let decrees = Decrees::read(&decrees.map_err(|error| error.to_string())?.unwrap_or_default());
        let policy = Policy::of(&config, &decrees).map_err(|error| error.to_string())?;
        let seen =
            survey(&world.disk, &self.paths, now, &mut |_, _| ()).map_err(|error| error.to_string())?;
        self.told.odd.extend(seen.findings.iter().map(|f| (f.path.clone(), format!("{:?}", f.what))));
        // A small case has few accounts because it is small. Where the recording has some, a path that finds none is wrong.
        let declared = Declared {
            no_pin_logs: !world.has_pin_logs() || !world.has_blocks() && !seen.accounts.is_empty(),
            ..Declared::default()
        };
        let reports = BTreeMap::new();
        let grounds = Grounds {
            disk: &world.disk,
            survey: &seen,
            paths: &self.paths,
            policy: &policy,
            journal,
            walks: &[],
            reports: &reports,
            declared,
            now,
        };
        let plan = if purging { purge::plan(&grounds, &FirstSeen::default()) } else { Plan::make(&grounds) };
        let mut plan = plan.map_err(|error| error.to_string())?;
        if let Some(refusal) = plan.head.refusals.first() {
            return Err(refusal.to_string());
        }
        let mut entries: Vec<_> = plan.entries.iter().collect();
        for entry in &mut entries {
            match &entry.does {
                // Waits count as over: the scripts that were recorded know none.
                Does::Wait { .. } if purging => entry.does = Does::Remove { since: 0 },
                Does::Wait { .. } => entry.does = Does::Take { reason: "INACTIVE".into() },
                Does::Keep { reason, account } => {
                    let account = account.as_ref().map(|key| format!(" ({key})")).unwrap_or_default();
                    self.told.why.insert(entry.id.to_string(), format!("{reason:?}{account}"));
                }
                _ => {}
            }
        }
        plan.entries = entries.into_iter().collect();
        let _ = hands;
        Ok(plan)
    }

    fn evict(&mut self, hands: &Hands<'_>, journal: &mut Journal<'_>) -> bool {
        let Some(plan) = self.plan(hands, journal, false) else { return true };
        let during = &self.step["during"];
        if let (Some(path), Some(text)) = (during["path"].as_str(), during["text"].as_str()) {
            // Somebody else writes it, once, and no cut of ours stops it.
            let path = self.world.root.path().join(path);
            let there = std::fs::read(&path).unwrap_or_default();
            if !there.ends_with(text.as_bytes())
                && pinfold_datadir::real::RealDisk.append(&path, text.as_bytes()).is_ok()
            {
                self.world.disk.set(&path, super::disk::Times::all(self.now));
            }
        }
        let clock = TrialClock::at(self.now);
        self.note(carry_out(hands, &clock, journal, &plan, Some(&plan.digest)));
        true
    }

    fn purge(&mut self, hands: &Hands<'_>, journal: &mut Journal<'_>) -> bool {
        let Some(plan) = self.plan(hands, journal, true) else { return true };
        let clock = TrialClock::at(self.now);
        self.note(purge::carry_out(hands, &clock, journal, &plan, Some(&plan.digest)));
        true
    }

    fn note(&mut self, done: Result<pinfold_operator::run::Done, Stop>) {
        match done {
            Ok(done) => {
                for (target, why) in done.skipped {
                    self.told.why.insert(target.to_string(), why);
                }
                self.told.refused = done.stop.map(|stop| stop.to_string());
            }
            Err(stop) => self.told.refused = Some(stop.to_string()),
        }
    }

    /// Everything that was moved for want of activity or without a reason. Documents that somebody decided to remove stay.
    fn restore_all(&mut self, hands: &Hands<'_>, journal: &mut Journal<'_>) -> bool {
        self.list_conflicts();
        for id in hands.in_cold_storage().ids {
            if id.is_blob() {
                // The script knows channels alone.
                continue;
            }
            match hands.why(&id) {
                Ok(Why::Decided(why)) => {
                    self.told.why.insert(id.to_string(), format!("decided by somebody: {why}"));
                }
                Ok(_) => {
                    let restored = hands.restore(journal, &id);
                    self.error(&id, restored);
                }
                Err(error) => self.error(&id, Err(error)),
            }
        }
        true
    }

    fn list_conflicts(&mut self) -> bool {
        match conflicts(&self.world.disk, &self.paths) {
            Ok(all) => self.told.conflicts.extend(all.iter().map(|conflict| conflict.id.to_string())),
            Err(error) => self.told.refused = Some(error.to_string()),
        }
        true
    }

    fn expire(&mut self, hands: &Hands<'_>, journal: &mut Journal<'_>) -> bool {
        match hands.expire(journal) {
            Ok(all) => {
                self.told.refused = all.stop.map(|stop| stop.to_string());
                for (path, fate) in all.fates.into_iter().filter(|(_, fate)| fate.is_odd()) {
                    if let pinfold_operator::tasks::Fate::Disputed(id) = &fate {
                        self.told.why.insert(id.to_string(), "its task is disputed".into());
                    }
                    self.told.odd.push((path, format!("{fate:?}")));
                }
            }
            Err(error) => self.told.refused = Some(error.to_string()),
        }
        true
    }

    fn clean(&mut self, hands: &Hands<'_>, journal: &mut Journal<'_>) -> bool {
        let results = hands.clean_activity(journal);
        for (id, result) in results {
            self.error(id, result);
        }
        true
    }

    fn only_pinned(&mut self) -> bool {
        let arguments = argument(self.step);
        let texts: Vec<&str> = arguments.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let key = match texts.as_slice() {
            ["--ed", key, ..] => key.parse().ok(),
            ["--data", data, ..] => serde_json::from_str::<Value>(data)
                .ok()
                .and_then(|data| ["edPublic", "key", "ed"].iter().find_map(|name| key(&data[*name]))),
            _ => None,
        };
        let Some(key) = key else { return false };
        match survey(&self.world.disk, &self.paths, self.now, &mut |_, _| ()) {
            Ok(seen) => {
                self.told
                    .listed
                    .extend(only_pinned_by(&seen, &key).into_iter().flatten().map(|id| id.to_string()));
            }
            Err(error) => self.told.refused = Some(error.to_string()),
        }
        true
    }
}

/// Whether a hold stands in the way. An empty file is one.
pub(super) fn is_held(world: &World, paths: &Paths) -> bool {
    !matches!(hold::read(&world.disk, paths), Ok(None))
}
