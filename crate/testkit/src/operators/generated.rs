//! Small stores from a seed, in every odd state that a script, a crash or a visitor leaves, and one act on each, with the power going
//! before every write. A second run finishes: nothing is lost, what belongs together lies together, and the end is the same.

use super::chance::Chance;
use super::disk::{NOW, Times, TrialDisk};
use pinfold_datadir::id::{ItemId, KeyName};
use pinfold_datadir::paths::Paths;
use pinfold_operator::archive::{ActError, Hands};
use pinfold_operator::finish::finish;
use pinfold_operator::going::Quietly;
use pinfold_operator::journal::Journal;
use pinfold_operator::settle::{Decision, Right};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

const KEY: &str = "HSFw-mSe13urwJ97HvTzw4QbbxgS3QMYQrcuKGRA8fE=";
const ACTS: u64 = 9;

struct Made {
    folder: tempfile::TempDir,
    paths: Paths,
    id: ItemId,
    disk: TrialDisk,
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(path, text)
}

fn make(seed: u64) -> io::Result<(Made, u64)> {
    let mut chance = Chance(seed);
    let folder = tempfile::tempdir()?;
    let paths = Paths::example(folder.path());
    fs::create_dir_all(&paths.channels)?;
    let blob = chance.once_in(3);
    let hex: String = (0..if blob { 48 } else { 32 })
        .map(|_| char::from_digit(chance.below(16) as u32, 16).unwrap_or('0'))
        .collect();
    let id: ItemId = hex.parse().map_err(io::Error::other)?;
    let owner = KEY.replace('-', "/");
    let disk = TrialDisk::default();
    let mut lines = String::new();
    for n in 0..1 + chance.below(4) {
        lines.push_str(&format!("[0,\"s\",\"MSG\",\"c\",\"{n}\",{n}]\n"));
    }
    // The same bytes on both sides in one store of four.
    let twin = if chance.once_in(4) {
        lines.clone()
    } else {
        format!("[0,\"s\",\"MSG\",\"c\",\"older\",1]\n{}", chance.below(9))
    };
    for (side, files, body) in [("live", paths.live(&id), &lines), ("cold", paths.archived(&id), &twin)] {
        if !chance.once_in(6) {
            write(&files.body, body)?;
        }
        if !chance.once_in(3) {
            let same = chance.once_in(4);
            write(
                &files.metadata,
                &format!("{{\"owners\":[\"{owner}\"],\"n\":\"{}\"}}\n", if same { "both" } else { side }),
            )?;
        }
        if let Some(activity) = files.activity.filter(|_| !chance.once_in(3)) {
            // The one in cold storage is earlier than the live one, later, or as late.
            let time = match (side, seed % 4) {
                ("live", _) | (_, 1) => NOW - 20_000,
                (_, 3) => NOW - 10_000,
                _ => NOW - 30_000,
            };
            write(&activity, &time.to_string())?;
            disk.set(&activity, Times::all(time));
        }
        if chance.once_in(3) {
            break;
        }
    }
    if chance.once_in(3) {
        write(&paths.live(&id).placeholder, "INACTIVE")?;
    }
    if let Some(index) = paths.live(&id).index.filter(|_| chance.once_in(3)) {
        write(&index, "{}")?;
    }
    if chance.once_in(4) {
        write(&paths.generations(&id).join("1/log.ndjson"), "oldest\n")?;
        write(&paths.generations(&id).join("1/metadata.ndjson"), "{\"oldest\":1}\n")?;
    }
    if let Ok(key) = KEY.parse::<KeyName>() {
        write(&paths.pin_log(&key), &format!("[\"PIN\",[\"{id}\"],1779000000000]\n"))?;
        if chance.once_in(2) {
            write(&paths.archived_pin_log(&key), "[\"PIN\",[],1778000000000]\n")?;
        }
    }
    disk.two_devices.set(chance.once_in(3));
    let act = chance.below(ACTS);
    Ok((Made { folder, paths, id, disk }, act))
}

fn act(made: &Made, act: u64) -> Result<(), String> {
    let words = |error: ActError| error.to_string();
    let mut journal = Journal::open(&made.disk, &made.paths.state).map_err(|error| error.to_string())?;
    let hands = Hands { disk: &made.disk, paths: &made.paths, run: "run".into(), now: NOW, going: &Quietly };
    let all = finish(&hands, &mut journal).map_err(words)?;
    if let Some((id, why)) = all.left.first() {
        return Err(format!("{id} is still under way: {why}"));
    }
    // What was taken back is begun again.
    let ended = all.taken_back.is_empty() && all.conflicts.is_empty();
    if !all.finished.is_empty() && ended && act != 6 {
        return Ok(());
    }
    let key: KeyName = KEY.parse().map_err(|_| "no key".to_owned())?;
    let decide = |right| Decision { id: made.id.clone(), right, live: None };
    let done = match act {
        0 | 1 => hands.archive_sampled(&mut journal, &made.id, "INACTIVE", None, act == 1),
        2 => hands.restore(&mut journal, &made.id),
        3 => hands.aside(&mut journal, &made.id).map(drop),
        4 => hands.archive_pin_log(&mut journal, &key),
        5 => {
            let done = hands.archive_account(&mut journal, &key, None, "x").map_err(words)?;
            // What failed is tried again by the next run: the account is under way.
            let failed = done.failed.first().map(|(id, why)| format!("{id}: {why}"));
            return done.stop.map(|stop| stop.to_string()).or(failed).map_or(Ok(()), Err);
        }
        6 => hands.settle(&mut journal, &decide(Right::ArchivedWins)),
        7 => hands.settle(&mut journal, &decide(Right::LiveWins)),
        _ => hands.trim(&mut journal, &made.id, "0"),
    };
    done.map_err(words)
}

type Files = BTreeMap<PathBuf, Vec<u8>>;

fn files(made: &Made) -> io::Result<Files> {
    let mut found = Files::new();
    let mut folders = vec![made.folder.path().to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if !path.starts_with(&made.paths.state) {
                let name = path.strip_prefix(made.folder.path()).unwrap_or(&path).to_path_buf();
                found.insert(name, fs::read(&path)?);
            }
        }
    }
    Ok(found)
}

fn is_cache(path: &Path) -> bool {
    matches!(path.extension().and_then(|end| end.to_str()), Some("offset" | "placeholder"))
}

fn is_ours(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'))
}

/// The time in an activity file: when its blob was last asked for.
fn asked(path: &Path, content: &[u8]) -> Option<i64> {
    let name = path.file_name()?.to_str()?;
    name.ends_with("activity").then(|| std::str::from_utf8(content).ok()?.parse().ok()).flatten()
}

/// What was there and is nowhere, in words. A later activity file says all that an earlier one says.
fn lost(before: &Files, after: &Files) -> Option<String> {
    let contents: BTreeSet<&Vec<u8>> = after.values().collect();
    let latest = after.iter().filter_map(|(path, content)| asked(path, content)).max();
    let is_kept = |path: &Path, content: &Vec<u8>| {
        contents.contains(&content) || asked(path, content).is_some_and(|time| Some(time) <= latest)
    };
    let gone = before.iter().find(|(path, content)| !is_cache(path) && !is_kept(path, content));
    gone.map(|(path, _)| format!("{} is nowhere", path.display()))
}

/// Makes the store of a seed, acts whole, and then with a cut before every write, once as the end of a process and some times as that of a
/// disk that forgets what nobody waited for. Answers how many cuts there were.
///
/// # Errors
/// What is wrong, in words.
pub fn check(seed: u64) -> Result<u32, String> {
    Ok(cuts(seed)? + forgets(seed)?)
}

fn end_of(made: &Made) -> Result<Files, String> {
    let files = files(made).map_err(|error| error.to_string())?;
    Ok(files.into_iter().filter(|(path, _)| !is_ours(path)).collect())
}

/// Cuts before every write and every wait, and the disk forgets: all that nobody waited for; what chance takes; and what chance takes after two
/// runs, of which the first was killed, so that the second rests on names that the disk never had.
///
/// # Errors
/// What is wrong, in words.
pub fn forgets(seed: u64) -> Result<u32, String> {
    let words = |error: io::Error| error.to_string();
    let (whole, chosen) = make(seed).map_err(words)?;
    whole.disk.forgets(seed).map_err(words)?;
    let before = files(&whole).map_err(words)?;
    let result = act(&whole, chosen);
    let end = end_of(&whole)?;
    let writes = whole.disk.writes.get();
    let mut chance = Chance(seed);
    for n in 0..writes {
        for way in 0..3 {
            let told = |what: String| {
                format!(
                    "seed {seed}, act {chosen}, a disk that forgets, way {way}, cut before write {n}: {what}"
                )
            };
            let (made, _) = make(seed).map_err(words)?;
            made.disk.forgets(seed.wrapping_add(u64::from(n))).map_err(words)?;
            made.disk.left.set(Some(n));
            let _ = act(&made, chosen);
            let mut ended = false;
            if way == 2 {
                made.disk.left.set(Some(chance.below(u64::from(writes) + 4) as u32));
                ended = act(&made, chosen).is_ok();
            }
            made.disk.power_cut(way == 0).map_err(words)?;
            made.disk.left.set(None);
            if let Some(lost) = lost(&before, &files(&made).map_err(words)?) {
                return Err(told(lost));
            }
            // What an act that ended did is on the disk.
            let second = if ended { Ok(()) } else { act(&made, chosen) };
            let after = end_of(&made)?;
            if let Some(lost) = lost(&before, &after) {
                return Err(told(format!("after the next run {lost}")));
            }
            if after != end {
                return Err(told(another(&after, &end, &result, &second)));
            }
        }
    }
    Ok(3 * writes)
}

fn another(after: &Files, end: &Files, first: &Result<(), String>, second: &Result<(), String>) -> String {
    let only = |one: &Files, other: &Files| {
        one.keys()
            .filter(|path| one.get(*path) != other.get(*path))
            .map(|path| path.display().to_string())
            .collect::<Vec<_>>()
            .join(", ")
    };
    format!("another end ({first:?}, {second:?}): {} and not {}", only(after, end), only(end, after))
}

/// A cut before every write, at which the disk has all that was written before.
///
/// # Errors
/// What is wrong, in words.
pub fn cuts(seed: u64) -> Result<u32, String> {
    let words = |error: io::Error| error.to_string();
    let (whole, chosen) = make(seed).map_err(words)?;
    let before = files(&whole).map_err(words)?;
    let result = act(&whole, chosen);
    let end = end_of(&whole)?;
    if let Some(lost) = lost(&before, &end) {
        return Err(format!("seed {seed}, act {chosen}: {lost}"));
    }
    let writes = whole.disk.writes.get();
    for n in 0..writes {
        let told = |what: String| format!("seed {seed}, act {chosen}, cut before write {n}: {what}");
        let (made, _) = make(seed).map_err(words)?;
        made.disk.left.set(Some(n));
        let _ = act(&made, chosen);
        made.disk.left.set(None);
        if let Some(lost) = lost(&before, &files(&made).map_err(words)?) {
            return Err(told(lost));
        }
        let second = act(&made, chosen);
        let after = end_of(&made)?;
        if let Some(lost) = lost(&before, &after) {
            return Err(told(format!("after the second run {lost}")));
        }
        if after != end {
            return Err(told(another(&after, &end, &result, &second)));
        }
    }
    Ok(writes)
}
