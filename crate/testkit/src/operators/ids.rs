//! A store that is nowhere: its ids follow from a number, and so does everything that the disk says of them. For more ids than a disk
//! of this machine has room for.

use super::store::{DAY, bytes, mix};
use pinfold_datadir::disk::{Disk, Kind, Listed, Stat};
use pinfold_datadir::id::ItemId;
use std::ffi::OsString;
use std::io::{self, Cursor, Read};
use std::path::Path;

/// How many ids an account pins, as many as in the measured stores on a disk.
const EACH: u64 = 40;
/// Names of folders: two digits of hex.
const SHARDS: u64 = 256;

/// A store of so many channels with their metadata. Nothing can be changed in it.
#[derive(Debug, Clone, Copy)]
pub struct Ids {
    /// How many.
    pub ids: u64,
    /// The time in ms.
    pub now: i64,
}

impl Ids {
    /// The id with a number, which its end holds. Its folder is a remainder.
    fn id(n: u64) -> ItemId {
        let mut id = [0; 16];
        for (to, from) in id.iter_mut().zip(bytes::<8>(7, n).into_iter().chain(n.to_be_bytes())) {
            *to = from;
        }
        if let Some(first) = id.first_mut() {
            *first = (n % SHARDS) as u8;
        }
        ItemId::Channel(id)
    }

    /// The key of an account, with its number.
    fn key(n: u64) -> String {
        format!("{:02x}{n:016x}{:A<25}=", n % SHARDS, "")
    }

    fn accounts(&self) -> u64 {
        self.ids.div_ceil(EACH)
    }

    /// Those of so many numbers that a folder holds.
    fn of_folder(folder: &Path, all: u64) -> impl Iterator<Item = u64> {
        let shard = folder.file_name().and_then(|name| u64::from_str_radix(name.to_str()?, 16).ok());
        (shard.unwrap_or(all)..all).step_by(SHARDS as usize)
    }

    /// A line for each eight ids of the account with a number.
    fn log(&self, account: u64) -> String {
        let ids: Vec<String> = (account * EACH..((account + 1) * EACH).min(self.ids))
            .filter(|n| is_pinned(*n))
            .map(|n| format!("\"{}\"", Self::id(n)))
            .collect();
        let line = |ids: &[String]| format!("[\"PIN\",[{}],{}]\n", ids.join(","), self.now - 30 * DAY);
        ids.chunks(8).map(line).collect()
    }

    /// The number that a name of a file ends with, of which so many characters are before it.
    fn number(path: &Path, before: usize) -> Option<u64> {
        u64::from_str_radix(path.file_name()?.to_str()?.get(before..before + 16)?, 16).ok()
    }
}

/// Whether an account pins the id with a number.
fn is_pinned(n: u64) -> bool {
    mix(1, n) % 1000 >= 252
}

fn listed(name: impl Into<OsString>, kind: Kind) -> Listed {
    Listed { name: name.into(), kind }
}

fn missing<T>() -> io::Result<T> {
    Err(io::Error::from(io::ErrorKind::NotFound))
}

fn never<T>() -> io::Result<T> {
    Err(io::Error::from(io::ErrorKind::ReadOnlyFilesystem))
}

impl Disk for Ids {
    fn list(&self, folder: &Path) -> io::Result<Vec<Listed>> {
        let above = folder.parent().unwrap_or(folder);
        if folder.ends_with("archive/datastore") || folder.ends_with("archive/pins") {
            return missing();
        }
        if folder.ends_with("datastore") || folder.ends_with("pins") {
            return Ok((0..SHARDS).map(|shard| listed(format!("{shard:02x}"), Kind::Folder)).collect());
        }
        if above.ends_with("datastore") {
            let files = Self::of_folder(folder, self.ids).flat_map(|n| {
                let id = Self::id(n);
                [".ndjson", ".metadata.ndjson"].map(|end| listed(format!("{id}{end}"), Kind::File))
            });
            return Ok(files.collect());
        }
        if above.ends_with("pins") {
            let logs = Self::of_folder(folder, self.accounts());
            return Ok(logs.map(|n| listed(format!("{}.ndjson", Self::key(n)), Kind::File)).collect());
        }
        missing()
    }

    fn stat(&self, path: &Path) -> io::Result<Stat> {
        let above = path.parent().and_then(Path::parent).unwrap_or(path);
        let (kind, n) = if path.ends_with("datastore") || path.ends_with("pins") {
            (Kind::Folder, 0)
        } else if above.ends_with("datastore") {
            (Kind::File, Self::number(path, 16).unwrap_or(0))
        } else if above.ends_with("pins") {
            (Kind::File, Self::number(path, 2).unwrap_or(0))
        } else {
            return missing();
        };
        let days = if is_pinned(n) { 1 + mix(3, n) % 700 } else { 190 + mix(3, n) % 500 };
        let time = self.now - days as i64 * DAY;
        Ok(Stat {
            kind,
            size: 100 + mix(4, n) % 1000,
            mtime: time,
            atime: time,
            ctime: time,
            inode: n,
            device: 1,
        })
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn Read>> {
        match Self::number(path, 2) {
            Some(n) if path.parent().and_then(Path::parent).is_some_and(|root| root.ends_with("pins")) => {
                Ok(Box::new(Cursor::new(self.log(n).into_bytes())))
            }
            _ => missing(),
        }
    }

    fn make_one_folder(&self, _: &Path) -> io::Result<()> {
        Err(io::Error::from(io::ErrorKind::AlreadyExists))
    }

    fn link(&self, _: &Path, _: &Path) -> io::Result<()> {
        never()
    }

    fn unlink(&self, _: &Path) -> io::Result<()> {
        never()
    }

    fn create(&self, _: &Path, _: &mut dyn Read) -> io::Result<()> {
        never()
    }

    fn append(&self, _: &Path, _: &[u8]) -> io::Result<()> {
        never()
    }

    fn rename_over(&self, _: &Path, _: &Path) -> io::Result<()> {
        never()
    }

    fn set_times(&self, _: &Path, _: i64, _: i64) -> io::Result<()> {
        never()
    }

    fn sync_folder(&self, _: &Path) -> io::Result<()> {
        Ok(())
    }
}
