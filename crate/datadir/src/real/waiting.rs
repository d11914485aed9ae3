//! Waiting for many names and files at once.
//!
//! For each by itself the disk would be waited for so many times. A whole file system is waited for once, where the system is known to wait
//! for the disk then, and to tell of what could not be written. Whatever else lies there is written as well.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// From so many on, the whole file system.
const MANY: usize = 4;

/// Waits until the disk has the names in these folders, and what these files hold.
pub(in crate::real) fn sync(folders: &BTreeSet<PathBuf>, files: &BTreeSet<PathBuf>) -> io::Result<()> {
    let mut devices: BTreeMap<&Path, u64> = BTreeMap::new();
    let mut on: BTreeMap<u64, Vec<&Path>> = BTreeMap::new();
    let of_files = files.iter().map(|file| (file, file.parent().unwrap_or(file)));
    // What files hold before the names that lead to them.
    for (path, folder) in of_files.chain(folders.iter().map(|folder| (folder, folder.as_path()))) {
        let device = match devices.get(folder) {
            Some(device) => *device,
            None => *devices.entry(folder).or_insert(fs::metadata(here(folder))?.dev()),
        };
        on.entry(device).or_default().push(path);
    }
    for paths in on.into_values() {
        let whole = match paths.first() {
            Some(first) if paths.len() >= MANY => sync_file_system(&File::open(here(first))?)?,
            _ => false,
        };
        if !whole {
            paths.iter().try_for_each(|path| File::open(here(path))?.sync_all())?;
        }
    }
    Ok(())
}

/// The folder above a name without one is the present folder.
fn here(path: &Path) -> &Path {
    if path.as_os_str().is_empty() { Path::new(".") } else { path }
}

/// Waits for the whole file system on which a file lies. Answers whether it did: of others than these nobody knows whether they wait for the
/// disk, and before Linux 5.8 nobody was told of an error.
#[cfg(target_os = "linux")]
fn sync_file_system(of: &File) -> io::Result<bool> {
    /// ext2 to ext4, XFS and Btrfs.
    const KNOWN: [u64; 3] = [0xef53, 0x5846_5342, 0x9123_683e];
    let kind = u64::try_from(rustix::fs::fstatfs(of)?.f_type);
    if kind.is_ok_and(|kind| KNOWN.contains(&kind)) && tells_of_errors() {
        rustix::fs::syncfs(of)?;
        return Ok(true);
    }
    Ok(false)
}

#[cfg(target_os = "linux")]
fn tells_of_errors() -> bool {
    let name = rustix::system::uname();
    is_since_5_8(name.release().to_str().unwrap_or_default())
}

/// Whether a release, like `6.1.0-13-amd64`, is 5.8 or a later one.
#[cfg(target_os = "linux")]
fn is_since_5_8(release: &str) -> bool {
    let mut numbers =
        release.split(|c: char| !c.is_ascii_digit()).map(|text| text.parse::<u32>().unwrap_or(0));
    (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0)) >= (5, 8)
}

#[cfg(not(target_os = "linux"))]
fn sync_file_system(_: &File) -> io::Result<bool> {
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_and_many_are_waited_for_and_one_that_is_missing_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = |n: usize| folder.path().join(format!("{n}"));
        (0..6).for_each(|n| fs::write(path(n), "x").unwrap());
        let folders = BTreeSet::from([folder.path().to_path_buf()]);
        for count in [0, 1, 6] {
            sync(&folders, &(0..count).map(path).collect()).unwrap();
        }
        let error = sync(&folders, &BTreeSet::from([path(7)])).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
        assert!(sync(&BTreeSet::from([path(8)]), &BTreeSet::new()).is_err());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn releases_are_compared_by_their_numbers() {
        for (release, since) in [("6.1.0-13-amd64", true), ("5.8", true), ("5.10.0", true), ("10.0", true)] {
            assert_eq!(is_since_5_8(release), since, "{release}");
        }
        for release in ["5.7.19", "4.19.0", "", "unknown"] {
            assert!(!is_since_5_8(release), "{release}");
        }
    }
}
