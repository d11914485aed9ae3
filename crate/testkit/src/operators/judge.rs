//! Compares what became of each id with the recording, by the rules of `tests/operators/README.md`.

use super::case::{Recorded, World};
use super::steps::Told;
use pinfold_datadir::id::{ItemId, KeyName};
use pinfold_datadir::paths::{ItemFiles, Paths};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The result of comparing one run.
#[derive(Debug, Default)]
pub struct Judged {
    /// How many ids have the outcome of the recording.
    pub same: usize,
    /// Differences from the real outcome, with the rule that causes each.
    pub differences: Vec<String>,
    /// What is wrong.
    pub faults: Vec<String>,
}

/// Why an outcome that is stricter than the real one is right. Each word is what this project says of the id.
const STRICTER: [(&str, &str); 13] = [
    ("Doubtful", "one doubtful pin log protects all that it ever named (OPERATIONS 5.7)"),
    ("Cut", "an id cut off in a damaged line protects all that begin with it (OPERATIONS 5.7)"),
    ("Future", "a time in the future says nothing (rule 6)"),
    ("NoTime", "a missing time says nothing (rule 6)"),
    ("Lone", "the trace of a body is not moved by itself (F18)"),
    ("Restored", "restored on purpose: kept until somebody had time to pin it (F27)"),
    ("Conflict", "a side of a conflict is never removed (F9)"),
    ("an account names it now", "looked at again before each move (rule 10)"),
    ("it changed since", "looked at again before each move (rule 10)"),
    ("decided by somebody", "what somebody decided comes back only when it is named (F19)"),
    ("its task is disputed", "the channel says otherwise than the task (F10)"),
    ("nothing irreversible", "nothing irreversible before its time (rule 3)"),
    ("DamagedMetadata", "an owner may be missing in damaged metadata"),
];

pub(super) fn judge(recorded: &Recorded, world: &World, paths: &Paths, told: &Told, crashed: bool) -> Judged {
    let mut judged = Judged::default();
    for line in &recorded.log {
        let judge = Line { recorded, world, paths, told, line, crashed };
        match judge.verdict() {
            Ok(None) => judged.same += 1,
            Ok(Some(rule)) => judged.differences.push(format!("{}: {rule}", judge.name())),
            Err(fault) => judged.faults.push(format!("{}: {fault}", judge.name())),
        }
    }
    match torn(recorded, world) {
        Ok(torn) => judged.faults.extend(torn.iter().map(|id| format!("no whole copy of {id}"))),
        Err(error) => judged.faults.push(error.to_string()),
    }
    match lost(world, |path| is_removal(recorded, path)) {
        Ok(lost) => judged.faults.extend(lost.iter().map(|path| format!("{} is nowhere", path.display()))),
        Err(error) => judged.faults.push(error.to_string()),
    }
    judged
}

/// Whether the recording itself says that the file goes, and why.
pub(super) fn is_removal(recorded: &Recorded, path: &Path) -> bool {
    let text = path.to_string_lossy();
    recorded.log.iter().any(|line| {
        let id = line["id"].as_str().unwrap_or("?").replace('/', "-");
        line["verdict"] == "removed" && line["should"].is_null() && text.contains(&id)
    })
}

/// What was there before and is nowhere now. The offset index is a cache, and placeholders tell the present.
pub(super) fn lost(world: &World, removed: impl Fn(&Path) -> bool) -> std::io::Result<Vec<PathBuf>> {
    let after = world.now_lies()?;
    let contents: BTreeSet<&[u8]> = after.values().map(Vec::as_slice).collect();
    let is_cache = |path: &Path| {
        let end = path.extension().and_then(|end| end.to_str());
        matches!(end, Some("offset" | "placeholder")) && !path.starts_with("data/pins")
    };
    let grown = |path: &PathBuf, content: &[u8]| {
        world.grown.contains(path) && contents.iter().any(|now| now.starts_with(content))
    };
    let gone = world.before.iter().filter(|(path, content)| {
        !contents.contains(content.as_slice()) && !is_cache(path) && !grown(path, content) && !removed(path)
    });
    Ok(gone.map(|(path, _)| path.clone()).collect())
}

/// Documents of which the log and the metadata that lay together lie nowhere together now.
pub(super) fn torn(recorded: &Recorded, world: &World) -> std::io::Result<Vec<String>> {
    type Copies<'a> = BTreeMap<(PathBuf, String), BTreeSet<&'a [u8]>>;
    fn together(files: &BTreeMap<PathBuf, Vec<u8>>) -> Copies<'_> {
        let mut copies = Copies::new();
        for (path, content) in files {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let end = path.extension().and_then(|end| end.to_str()).unwrap_or("");
            let folder = path.parent().unwrap_or(Path::new("")).to_path_buf();
            if name.starts_with('.') || matches!(end, "offset" | "placeholder" | "temp") {
                continue;
            }
            // A generation is a folder of its own.
            let in_generation = folder.components().any(|part| part.as_os_str() == "generations");
            let suffix = name.split_once('.').map_or("", |(_, suffix)| suffix);
            if !in_generation && !matches!(suffix, "" | "ndjson" | "metadata.ndjson" | "activity") {
                continue;
            }
            let id =
                if in_generation { String::new() } else { name.split('.').next().unwrap_or("").to_owned() };
            copies.entry((folder, id)).or_default().insert(content);
        }
        copies
    }
    let after = world.now_lies()?;
    let now: Vec<_> = together(&after).into_values().collect();
    let before = together(&world.before);
    let torn = before.into_iter().filter(|((folder, id), copy)| {
        let is_item = id.parse::<ItemId>().is_ok();
        let removed = is_removal(recorded, &folder.join(id));
        let grown = world.grown.iter().any(|path| path.to_string_lossy().contains(id.as_str()));
        is_item && !removed && !grown && !now.iter().any(|other| copy.is_subset(other))
    });
    Ok(torn.map(|((_, id), _)| id).collect())
}

struct Line<'a> {
    recorded: &'a Recorded,
    world: &'a World,
    paths: &'a Paths,
    told: &'a Told,
    line: &'a Value,
    crashed: bool,
}

impl Line<'_> {
    fn text(&self, field: &str) -> &str {
        self.line[field].as_str().unwrap_or("")
    }

    /// The id as it stands in names of files.
    fn id(&self) -> String {
        self.text("id").replace('/', "-")
    }

    fn name(&self) -> String {
        let label = if self.text("label").is_empty() { self.text("title") } else { self.text("label") };
        format!("{label} {}", self.id())
    }

    /// `None`: as recorded. A text: the rule that makes it another one.
    fn verdict(&self) -> Result<Option<String>, String> {
        let now = parts(self.paths, &self.id());
        let before = self.before();
        if !self.line["should"].is_null() {
            return self
                .should(&now, &before)
                .map(|()| Some(format!("as it should be: {}", self.text("should"))));
        }
        let recorded: BTreeSet<String> = self.line["state"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .filter(|part| *part != "placeholder")
            .map(Into::into)
            .collect();
        let ours: BTreeSet<String> = now.iter().filter(|part| *part != "older").cloned().collect();
        let verdict = self.text("verdict");
        if ours == recorded && !now.contains("older") {
            self.placeholder()?;
            if verdict.starts_with("UNARCHIVE") || verdict == "conflict" && self.is_item() {
                return if self.told.conflicts.contains(&self.id())
                    || self.told.errors.contains_key(&self.id())
                {
                    Ok(None)
                } else {
                    Err("the conflict is not listed".into())
                };
            }
            let steps = self.recorded.steps();
            let lists = steps.iter().any(|step| step["action"] == "check-account-deletion");
            return if verdict == "listed" && lists && !self.told.listed.contains(&self.id()) {
                Err("not listed".into())
            } else {
                Ok(None)
            };
        }
        let clear = matches!(verdict, "archived" | "kept" | "removed" | "restored")
            && !self.text("reason").contains("CRASH");
        match self.rule(&now) {
            Some(rule) => Ok(Some(format!("{verdict} there, {now:?} here: {rule}"))),
            // Where the recording is a crash or an error, every outcome is right in which all is there and somebody is told.
            None if !clear || self.crashed => {
                Ok(Some(format!("{verdict} there, {now:?} here: whole and in one place")))
            }
            None => Err(format!("{verdict} ({}) there with {recorded:?}, {now:?} here", self.text("reason"))),
        }
    }

    fn rule(&self, now: &BTreeSet<String>) -> Option<String> {
        let id = self.id();
        if let Some(refused) = &self.told.refused {
            return Some(format!("the run was refused: {refused}"));
        }
        if let Some(why) = self.told.why.get(&id)
            && let Some((_, rule)) =
                STRICTER.iter().find(|(word, _)| why.starts_with(word)).copied().or(self.by_options(why))
        {
            return Some(format!("{why}: {rule}"));
        }
        if let Some(error) = self.told.errors.get(&id) {
            return Some(format!("{error}: all or nothing, and never overwritten (rule 11)"));
        }
        if now.contains("older") {
            return Some("the older copy became a generation, both files of it (rule 11)".into());
        }
        if let Some((path, what)) =
            self.told.odd.iter().find(|(path, _)| path.to_string_lossy().contains(&id))
        {
            return Some(format!("{what} {}: reported, and not touched (A11)", path.display()));
        }
        None
    }

    /// Reasons that are stricter than the scripts for some options only.
    fn by_options(&self, why: &str) -> Option<(&'static str, &'static str)> {
        let steps = self.recorded.steps();
        let days = |name: &str| steps.iter().find_map(|step| step["options"][name].as_f64()).unwrap_or(90.0);
        let purged = steps.iter().any(|step| step["action"] == "evict-archived");
        match why.split(' ').next().unwrap_or("") {
            "Spared" if days("archiveRetentionTime") < days("inactiveTime") => {
                Some(("", "the second look goes back by the larger of both times (evict-short-retention)"))
            }
            "Cold" if days("archiveRetentionTime") < 90.0 => {
                Some(("", "the ages add up to 149 days at least (rule 3)"))
            }
            "Pinned" if purged => Some(("", "what an account pins is not removed (rule 10)")),
            _ => None,
        }
    }

    fn is_item(&self) -> bool {
        self.id().parse::<ItemId>().is_ok()
    }

    /// The placeholder of what was archived says the same.
    fn placeholder(&self) -> Result<(), String> {
        if self.text("verdict") != "archived" {
            return Ok(());
        }
        for path in placeholders(self.paths, &self.id()) {
            let Ok(name) = path.strip_prefix(self.world.root.path()) else { continue };
            let Some(there) = self.recorded.after[&*name.to_string_lossy()]["text"].as_str() else {
                continue;
            };
            let here = fs::read_to_string(&path).unwrap_or_default();
            if here != there {
                return Err(format!("the placeholder says {here:?}, there {there:?}"));
            }
        }
        Ok(())
    }

    fn should(&self, now: &BTreeSet<String>, before: &BTreeSet<String>) -> Result<(), String> {
        let should = self.text("should");
        let is_live = |parts: &BTreeSet<String>| parts.iter().any(|part| part.starts_with("live"));
        let is_cold =
            |parts: &BTreeSet<String>| parts.iter().any(|part| part.starts_with("arch") || part == "older");
        let right = if should.starts_with("kept") {
            match self.text("verdict") {
                "removed" => before.is_subset(now),
                _ if is_live(before) => {
                    before.iter().filter(|part| part.starts_with("live")).all(|part| now.contains(part))
                }
                _ => is_live(now),
            }
        } else if should.starts_with("left archived") {
            is_cold(now) && !is_live(now)
        } else if should.starts_with("restored") {
            is_live(now) && !now.iter().any(|part| part.starts_with("arch"))
        } else if should.starts_with("restorable") {
            is_cold(now) || is_live(now)
        } else if should.starts_with("not listed") {
            !self.told.listed.contains(&self.id())
        } else {
            is_live(now) || is_cold(now)
        };
        if right { Ok(()) } else { Err(format!("should be {should:?}, and is {now:?}")) }
    }

    /// Which parts of the id there were.
    fn before(&self) -> BTreeSet<String> {
        let names: BTreeMap<PathBuf, String> = named(self.paths, &self.id());
        let root = self.world.root.path();
        let there = names.into_iter().filter(|(path, _)| {
            path.strip_prefix(root).is_ok_and(|name| self.world.before.contains_key(name))
        });
        there.map(|(_, part)| part).collect()
    }
}

/// The parts of an id that there are, by the names of the recordings; `older` when there are older copies.
pub(super) fn parts(paths: &Paths, id: &str) -> BTreeSet<String> {
    let there = named(paths, id).into_iter().filter(|(path, _)| fs::symlink_metadata(path).is_ok());
    let mut parts: BTreeSet<String> = there.map(|(_, part)| part).collect();
    let older = match (id.parse::<ItemId>(), id.parse::<KeyName>()) {
        (Ok(id), _) => vec![paths.generations(&id)],
        (_, Ok(key)) => ["pins", "block", "accounts"].map(|store| paths.key_generations(store, &key)).into(),
        _ => Vec::new(),
    };
    let has_files = |folder: &PathBuf| {
        fs::read_dir(folder).is_ok_and(|mut entries| {
            entries.any(|entry| {
                entry.is_ok_and(|entry| {
                    fs::read_dir(entry.path()).is_ok_and(|mut files| files.next().is_some())
                })
            })
        })
    };
    if older.iter().any(has_files) {
        parts.insert("older".into());
    }
    parts
}

fn placeholders(paths: &Paths, id: &str) -> Vec<PathBuf> {
    match (id.parse::<ItemId>(), id.parse::<KeyName>()) {
        (Ok(id), _) => vec![paths.live(&id).placeholder],
        (_, Ok(key)) => vec![paths.block_placeholder(&key)],
        _ => Vec::new(),
    }
}

/// The files of an id, with the names that the recordings give them.
fn named(paths: &Paths, id: &str) -> BTreeMap<PathBuf, String> {
    let mut names = BTreeMap::new();
    if let Ok(id) = id.parse::<ItemId>() {
        let mut add = |prefix: &str, files: ItemFiles| {
            let body = if id.is_blob() { prefix.to_owned() } else { format!("{prefix}-log") };
            names.insert(files.body, body);
            names.insert(files.metadata, format!("{prefix}-meta"));
            names.extend(files.activity.map(|path| (path, format!("{prefix}-activity"))));
        };
        add("live", paths.live(&id));
        add("arch", paths.archived(&id));
    } else if let Ok(key) = id.parse::<KeyName>() {
        names.insert(paths.pin_log(&key), "live-pins".into());
        names.insert(paths.archived_pin_log(&key), "arch-pins".into());
        names.insert(paths.block(&key), "live-block".into());
        names.insert(paths.archived_block(&key), "arch-block".into());
    }
    names
}
