//! Log-in blocks and blobs: whole files, served as they are.

use super::append::{move_if_there, read_small, remove_if_there, replace_file};
use super::id::{KeyName, StoreId};
use super::layout::Layout;
use std::io;
use std::path::PathBuf;

/// Blocks and blobs.
#[derive(Clone)]
pub(crate) struct Objects {
    layout: Layout,
}

impl Objects {
    pub(super) fn new(layout: Layout) -> Self {
        Self { layout }
    }

    pub(crate) fn blob_path(&self, id: &StoreId) -> PathBuf {
        self.layout.blob(id)
    }

    pub(crate) fn block_path(&self, key: &KeyName) -> PathBuf {
        self.layout.block(key)
    }

    /// Why the block was removed, if it was with a reason.
    pub(crate) fn block_placeholder(&self, key: &KeyName) -> io::Result<Option<String>> {
        read_small(&self.layout.block_placeholder(key), 4096)
    }

    /// Stores a block, over an older one.
    pub(crate) fn write_block(&self, key: &KeyName, bytes: &[u8]) -> io::Result<()> {
        replace_file(&self.layout.block(key), bytes)?;
        remove_if_there(&self.layout.block_placeholder(key))
    }

    /// Moves a block into the archive and leaves the reason, if one is given.
    pub(crate) fn remove_block(&self, key: &KeyName, reason: Option<&str>) -> io::Result<()> {
        if let Some(reason) = reason {
            replace_file(&self.layout.block_placeholder(key), reason.as_bytes())?;
        }
        move_if_there(&self.layout.block(key), &self.layout.archive().block(key))
    }
}
