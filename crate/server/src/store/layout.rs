//! Where each thing lies.

use super::id::{KeyName, StoreId};
use std::path::{Path, PathBuf};

/// The data directory, or its archive: both have the same shape.
#[derive(Clone)]
pub(super) struct Layout {
    root: PathBuf,
}

impl Layout {
    pub(super) fn new(root: &Path) -> Self {
        Self { root: root.into() }
    }

    /// The same layout for what was removed.
    pub(super) fn archive(&self) -> Self {
        Self { root: self.root.join("archive") }
    }

    pub(super) fn log(&self, id: &StoreId) -> PathBuf {
        self.channel(id, ".ndjson")
    }

    pub(super) fn metadata(&self, id: &StoreId) -> PathBuf {
        if id.is_blob() {
            self.blob_file(id, ".metadata.ndjson")
        } else {
            self.channel(id, ".metadata.ndjson")
        }
    }

    /// The reason a channel or blob was archived. The recorded data holds none, so the name is ours.
    pub(super) fn placeholder(&self, id: &StoreId) -> PathBuf {
        if id.is_blob() {
            self.blob_file(id, ".placeholder")
        } else {
            self.channel(id, ".ndjson.placeholder")
        }
    }

    /// Where CryptPad notes how far into the log a reader may skip; wrong as soon as the log shrinks.
    pub(super) fn offset_hint(&self, id: &StoreId) -> PathBuf {
        self.channel(id, ".ndjson.offset")
    }

    pub(super) fn blob(&self, id: &StoreId) -> PathBuf {
        self.blob_file(id, "")
    }

    pub(super) fn block(&self, key: &KeyName) -> PathBuf {
        self.root.join("block").join(key.shelf()).join(key.as_str())
    }

    pub(super) fn block_placeholder(&self, key: &KeyName) -> PathBuf {
        self.root.join("block").join(key.shelf()).join(format!("{}.placeholder", key.as_str()))
    }

    pub(super) fn pins(&self, key: &KeyName) -> PathBuf {
        self.root.join("pins").join(key.shelf()).join(format!("{}.ndjson", key.as_str()))
    }

    pub(super) fn all_pins(&self) -> PathBuf {
        self.root.join("pins")
    }

    fn channel(&self, id: &StoreId, suffix: &str) -> PathBuf {
        self.root.join("datastore").join(id.shelf()).join(format!("{id}{suffix}"))
    }

    fn blob_file(&self, id: &StoreId, suffix: &str) -> PathBuf {
        self.root.join("blob").join(id.shelf()).join(format!("{id}{suffix}"))
    }
}
