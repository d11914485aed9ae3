//! Log-in blocks and blobs: whole files, served as they are.

use super::append::write_whole;
use super::reports::Reports;
use pinfold_datadir::archive::Bundle;
use pinfold_datadir::disk::unlink_if_there;
use pinfold_datadir::id::KeyName;
use pinfold_datadir::paths::Paths;
use pinfold_datadir::real::RealDisk;
use pinfold_datadir::store_id::StoreId;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

/// Blocks and blobs.
#[derive(Clone)]
pub(crate) struct Objects {
    paths: Arc<Paths>,
    reports: Reports,
    /// One block is written or removed at a time: two of the same name would take each other's file on its way.
    changing: Arc<Mutex<()>>,
}

impl Objects {
    pub(super) fn new(paths: Arc<Paths>, reports: Reports) -> Self {
        Self { paths, reports, changing: Arc::default() }
    }

    pub(crate) fn blob_path(&self, id: &StoreId) -> PathBuf {
        self.paths.live(id).body
    }

    pub(crate) fn block_path(&self, key: &KeyName) -> PathBuf {
        self.paths.block(key)
    }

    /// Why the block was removed, if it was with a reason.
    pub(crate) fn block_placeholder(&self, key: &KeyName) -> io::Result<Option<String>> {
        self.reports.reason(&self.paths.block_placeholder(key))
    }

    /// Stores a block. An older one goes into the archive, as in the real server, over none that is there.
    pub(crate) fn write_block(&self, key: &KeyName, bytes: &[u8]) -> io::Result<()> {
        let _alone = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        Bundle::block(&self.paths, key).keep(&RealDisk)?;
        write_whole(&self.paths.block(key), bytes)?;
        unlink_if_there(&RealDisk, &self.paths.block_placeholder(key))
    }

    /// Moves a block into the archive and leaves the reason, if one is given.
    pub(crate) fn remove_block(&self, key: &KeyName, reason: Option<&str>) -> io::Result<()> {
        let _alone = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let bundle = Bundle::block(&self.paths, key);
        bundle.make_room(&RealDisk)?;
        bundle.place(&RealDisk)?;
        if let Some(reason) = reason {
            write_whole(&self.paths.block_placeholder(key), reason.as_bytes())?;
        }
        Ok(bundle.take(&RealDisk)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two registrations of one name: each is answered, and one of the blocks stays, whole.
    #[test]
    fn blocks_of_one_name_are_written_one_after_the_other() {
        let directory = tempfile::tempdir().unwrap();
        let objects = Objects::new(Arc::new(Paths::below(directory.path())), Reports::default());
        let key: KeyName = format!("{}=", "A".repeat(43)).parse().unwrap();
        std::thread::scope(|scope| {
            for byte in 1..=4 {
                let (objects, key) = (&objects, &key);
                scope.spawn(move || {
                    (0..20).for_each(|_| objects.write_block(key, &[byte; 500]).unwrap());
                });
            }
        });
        let bytes = std::fs::read(objects.block_path(&key)).unwrap();
        assert!(bytes.len() == 500 && bytes.iter().all(|byte| *byte == bytes[0]), "{bytes:?}");
    }
}
