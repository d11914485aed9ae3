use super::*;
use crate::disk::{Kind, Listed, Stat};
use crate::real::RealDisk;
use crate::store_id::StoreId;
use std::cell::Cell;
use std::collections::BTreeSet;
use std::fs;

/// A disk whose power goes before the n-th change.
struct Cut {
    left: Cell<usize>,
}

impl Cut {
    fn before(n: usize) -> Self {
        Self { left: Cell::new(n) }
    }

    fn change<T>(&self, does: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
        let left = self.left.get().checked_sub(1).ok_or_else(|| io::Error::other("the power is gone"))?;
        self.left.set(left);
        does()
    }
}

impl Disk for Cut {
    fn list(&self, folder: &Path) -> io::Result<Vec<Listed>> {
        RealDisk.list(folder)
    }

    fn stat(&self, path: &Path) -> io::Result<Stat> {
        RealDisk.stat(path)
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn io::Read>> {
        RealDisk.open(path)
    }

    fn make_one_folder(&self, folder: &Path) -> io::Result<()> {
        RealDisk.make_one_folder(folder)
    }

    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.change(|| RealDisk.link(from, to))
    }

    fn unlink(&self, path: &Path) -> io::Result<()> {
        self.change(|| RealDisk.unlink(path))
    }

    fn create(&self, path: &Path, content: &mut dyn io::Read) -> io::Result<()> {
        self.change(|| RealDisk.create(path, content))
    }

    fn append(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        self.change(|| RealDisk.append(path, bytes))
    }

    fn rename_over(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.change(|| RealDisk.rename_over(from, to))
    }

    fn set_times(&self, path: &Path, mtime: i64, atime: i64) -> io::Result<()> {
        RealDisk.set_times(path, mtime, atime)
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        RealDisk.sync_folder(folder)
    }
}

struct Store {
    folder: tempfile::TempDir,
    paths: Paths,
    id: StoreId,
}

impl Store {
    /// A channel that was archived once, made anew and written to. Its metadata is the same both times.
    fn with_an_older_copy() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let paths = Paths::below(folder.path());
        let store = Self { folder, paths, id: "a".repeat(32).parse().unwrap() };
        store.write("old", "owners");
        store.bundle().archive(&RealDisk).unwrap();
        store.write("new", "owners");
        store
    }

    fn bundle(&self) -> Bundle {
        Bundle::item(&self.paths, &self.id)
    }

    fn write(&self, log: &str, metadata: &str) {
        let live = self.paths.live(&self.id);
        fs::create_dir_all(live.body.parent().unwrap()).unwrap();
        fs::write(live.body, log).unwrap();
        fs::write(live.metadata, metadata).unwrap();
    }

    /// Each file below the folder and what it holds.
    fn files(&self) -> BTreeSet<(String, String)> {
        let mut found = BTreeSet::new();
        let mut folders = vec![self.folder.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for listed in RealDisk.list(&folder).unwrap() {
                let path = folder.join(&listed.name);
                if listed.kind == Kind::Folder {
                    folders.push(path);
                } else {
                    let name = path.strip_prefix(self.folder.path()).unwrap().display().to_string();
                    found.insert((name.replace(self.id.as_str(), "ID"), fs::read_to_string(&path).unwrap()));
                }
            }
        }
        found
    }
}

fn files(files: &[(&str, &str)]) -> BTreeSet<(String, String)> {
    files.iter().map(|(name, content)| ((*name).to_owned(), (*content).to_owned())).collect()
}

const ARCHIVED: [(&str, &str); 4] = [
    ("archive/datastore/aa/ID.ndjson", "new"),
    ("archive/datastore/aa/ID.metadata.ndjson", "owners"),
    ("archive/generations/aa/ID/1/log.ndjson", "old"),
    ("archive/generations/aa/ID/1/metadata.ndjson", "owners"),
];

const KEPT: [(&str, &str); 2] =
    [("datastore/aa/ID.ndjson", "new"), ("datastore/aa/ID.metadata.ndjson", "owners")];

/// Where the server overwrites the older copy (F3), it becomes a generation, whole: also the half that is the same as the new
/// one, so that no copy is ever made of halves.
#[test]
fn an_older_copy_becomes_a_generation() {
    let store = Store::with_an_older_copy();
    store.bundle().archive(&RealDisk).unwrap();
    assert_eq!(store.files(), files(&ARCHIVED));
    // Again, with nothing to do.
    store.bundle().archive(&RealDisk).unwrap();
    assert_eq!(store.files(), files(&ARCHIVED));
}

#[test]
fn what_is_kept_is_a_copy() {
    let store = Store::with_an_older_copy();
    store.bundle().keep(&RealDisk).unwrap();
    assert_eq!(store.files(), files(&[ARCHIVED.as_slice(), KEPT.as_slice()].concat()));
    let live = store.paths.live(&store.id);
    RealDisk.append(&live.metadata, b", more").unwrap();
    RealDisk.append(&live.body, b", more").unwrap();
    let archived = store.paths.archived(&store.id);
    assert_eq!(fs::read_to_string(archived.metadata).unwrap(), "owners");
    assert_eq!(fs::read_to_string(archived.body).unwrap(), "new");
}

/// At no moment is anything lost, and a second run has the same result.
#[test]
fn the_power_may_go_before_every_change() {
    type Act = fn(&Bundle, &dyn Disk) -> Result<(), MoveError>;
    let acts: [(Act, Vec<(&str, &str)>); 2] = [
        (Bundle::archive, ARCHIVED.to_vec()),
        (Bundle::keep, [ARCHIVED.as_slice(), KEPT.as_slice()].concat()),
    ];
    for (act, end) in acts {
        let mut cuts = 0;
        loop {
            let store = Store::with_an_older_copy();
            let before: Vec<String> = store.files().into_iter().map(|(_, content)| content).collect();
            let done = act(&store.bundle(), &Cut::before(cuts));
            let now: BTreeSet<String> = store.files().into_iter().map(|(_, content)| content).collect();
            assert!(before.iter().all(|content| now.contains(content)), "cut before change {cuts}");
            act(&store.bundle(), &RealDisk).unwrap_or_else(|error| panic!("after {cuts} changes: {error}"));
            assert_eq!(store.files(), files(&end), "cut before change {cuts}");
            if done.is_ok() {
                break;
            }
            cuts += 1;
        }
        assert!(cuts > 5, "{cuts} changes");
    }
}

#[test]
fn pin_logs_and_blocks_are_kept_too() {
    let folder = tempfile::tempdir().unwrap();
    let paths = Paths::below(folder.path());
    let key = "zdzwJxgoY+QgWKpEQz9xrkppX7Ae8CcP84Rk-4gxRM4=".parse().unwrap();
    for (bundle, live, archived, older) in [
        (
            Bundle::pin_log(&paths, &key),
            paths.pin_log(&key),
            paths.archived_pin_log(&key),
            paths.pin_log_generations(&key).join("1/log.ndjson"),
        ),
        (
            Bundle::block(&paths, &key),
            paths.block(&key),
            paths.archived_block(&key),
            paths.block_generations(&key).join("1/block"),
        ),
    ] {
        for content in ["first", "second"] {
            fs::create_dir_all(live.parent().unwrap()).unwrap();
            fs::write(&live, content).unwrap();
            bundle.archive(&RealDisk).unwrap();
            assert!(!live.exists());
        }
        assert_eq!(fs::read_to_string(archived).unwrap(), "second");
        assert_eq!(fs::read_to_string(older).unwrap(), "first");
    }
}
