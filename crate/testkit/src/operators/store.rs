//! Stores of any size, from a seed, as a server keeps them.

use pinfold_datadir::id::{ItemId, KeyName};
use pinfold_datadir::paths::Paths;
use std::fs;
use std::io;
use std::path::Path;
use std::time::{Duration, SystemTime};

pub(super) const DAY: i64 = 86_400_000;

/// How large a store is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Channels.
    pub channels: u64,
    /// Accounts.
    pub accounts: u64,
    /// Blobs.
    pub blobs: u64,
    /// Of a thousand channels and blobs so many are old and pinned by nobody.
    pub unpinned: u64,
    /// Ids that lie in both places.
    pub conflicts: u64,
    /// Where chance begins.
    pub seed: u64,
}

/// A number that looks like chance, the same for the same input (SplitMix64).
pub(super) fn mix(seed: u64, n: u64) -> u64 {
    let mut x = seed ^ n.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

pub(super) fn bytes<const N: usize>(seed: u64, n: u64) -> [u8; N] {
    let mut made = [0; N];
    for (at, byte) in made.iter_mut().enumerate() {
        *byte = (mix(seed.wrapping_add(at as u64 / 8), n) >> (at % 8 * 8)) as u8;
    }
    made
}

pub(super) fn key(seed: u64, n: u64) -> Option<KeyName> {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-";
    let random: [u8; 43] = bytes(seed, n);
    let mut text: String = random
        .iter()
        .filter_map(|byte| ALPHABET.get(usize::from(byte % 64)).copied())
        .map(char::from)
        .collect();
    text.push('=');
    text.parse().ok()
}

/// Writes a store below a folder that is empty or missing. Its configuration is that of CryptPad's example.
///
/// # Errors
/// An error of the file system.
pub fn make(base: &Path, size: Size, now: i64) -> io::Result<()> {
    let paths = Paths::example(base);
    for folder in [&paths.channels, &paths.pins, &paths.blobs] {
        fs::create_dir_all(folder)?;
    }
    fs::create_dir_all(base.join("config"))?;
    let config = "module.exports = { filePath: './datastore/', archivePath: './data/archive', pinPath: './data/pins', taskPath: './data/tasks', blockPath: './block', blobPath: './blob', decreePath: './data/decrees' };\n";
    fs::write(base.join("config/config.js"), config)?;
    let mut pins: Vec<Vec<ItemId>> = vec![Vec::new(); usize::try_from(size.accounts).unwrap_or(0)];
    for n in 0..size.channels + size.blobs {
        let id = if n < size.channels {
            ItemId::Channel(bytes(size.seed, n))
        } else {
            ItemId::Blob(bytes(size.seed, n))
        };
        let chance = mix(size.seed ^ 1, n);
        let pinned = chance % 1000 >= size.unpinned;
        let days = if pinned { 1 + (chance >> 16) % 700 } else { 190 + (chance >> 16) % 500 };
        write(&paths, &id, n, now - i64::try_from(days).unwrap_or(0) * DAY)?;
        if let (true, Some(of)) = (pinned, (chance >> 32).checked_rem(size.accounts)) {
            if let Some(list) = pins.get_mut(usize::try_from(of).unwrap_or(0)) {
                list.push(id);
            }
        } else if n < size.conflicts.saturating_mul(4) {
            copy_to_cold_storage(&paths, &id)?;
        }
    }
    for (n, ids) in pins.iter().enumerate() {
        let Some(key) = key(size.seed ^ 2, n as u64) else { continue };
        let path = paths.pin_log(&key);
        fs::create_dir_all(path.parent().unwrap_or(base))?;
        let mut log = String::new();
        for (line, some) in ids.chunks(8).enumerate() {
            let some: Vec<String> = some.iter().map(|id| format!("\"{id}\"")).collect();
            log.push_str(&format!("[\"PIN\",[{}],{}]\n", some.join(","), now - 30 * DAY + line as i64));
        }
        fs::write(&path, log)?;
    }
    Ok(())
}

fn write(paths: &Paths, id: &ItemId, n: u64, time: i64) -> io::Result<()> {
    let files = paths.live(id);
    fs::create_dir_all(files.body.parent().unwrap_or(Path::new(".")))?;
    fs::write(&files.body, format!("[0,\"0123456789abcdef\",\"MSG\",\"{id}\",\"message {n}\",{time}]\n"))?;
    fs::write(&files.metadata, format!("{{\"channel\":\"{id}\",\"created\":{time}}}\n"))?;
    [&files.body, &files.metadata].into_iter().try_for_each(|path| set_time(path, time))
}

/// Without a wait for the disk: a store has millions of files, and is made anew when the power goes.
fn set_time(path: &Path, ms: i64) -> io::Result<()> {
    let at = SystemTime::UNIX_EPOCH + Duration::from_millis(u64::try_from(ms).unwrap_or(0));
    fs::File::open(path)?.set_times(fs::FileTimes::new().set_modified(at).set_accessed(at))
}

/// An older state of the same log, so that the id lies in both places.
fn copy_to_cold_storage(paths: &Paths, id: &ItemId) -> io::Result<()> {
    let (live, archived) = (paths.live(id), paths.archived(id));
    fs::create_dir_all(archived.body.parent().unwrap_or(Path::new(".")))?;
    fs::copy(&live.body, &archived.body)?;
    fs::copy(&live.metadata, &archived.metadata)?;
    fs::write(&archived.body, "[0,\"0123456789abcdef\",\"MSG\",\"another\",\"history\",1]\n")
}
