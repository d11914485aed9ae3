//! Where everything lies (`docs/OPERATIONS.md` 1.1 to 1.3).

use crate::id::{KeyName, Stored};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// The folders of one store. Each can lie anywhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paths {
    /// `filePath`: logs of channels.
    pub channels: PathBuf,
    /// `archivePath`: cold storage.
    pub archive: PathBuf,
    /// `pinPath`: pin logs.
    pub pins: PathBuf,
    /// `taskPath`: what is to be done on a day.
    pub tasks: PathBuf,
    /// `blockPath`: log-in blocks.
    pub blocks: PathBuf,
    /// `blobPath`: uploaded files.
    pub blobs: PathBuf,
    /// `decreePath`: what administrators decided.
    pub decrees: PathBuf,
    /// Where pinfold keeps its journal, its hold and its reports. The server never looks here (5.1).
    pub state: PathBuf,
}

impl Paths {
    /// The folders of CryptPad's example configuration below `base`.
    pub fn example(base: &Path) -> Self {
        Self {
            channels: base.join("datastore"),
            archive: base.join("data/archive"),
            pins: base.join("data/pins"),
            tasks: base.join("data/tasks"),
            blocks: base.join("block"),
            blobs: base.join("blob"),
            decrees: base.join("data/decrees"),
            state: base.join("data/pinfold"),
        }
    }

    /// Everything in one folder, as the embedded server and the recorded accounts have it.
    pub fn below(base: &Path) -> Self {
        Self {
            channels: base.join("datastore"),
            archive: base.join("archive"),
            pins: base.join("pins"),
            tasks: base.join("tasks"),
            blocks: base.join("block"),
            blobs: base.join("blob"),
            decrees: base.join("decrees"),
            state: base.join("pinfold"),
        }
    }

    /// The same folders with links in their own paths followed: an operator may have put a store on another disk. Links inside the
    /// folders are never followed.
    #[must_use]
    pub fn with_links_followed(self) -> Self {
        let real = |path: PathBuf| path.canonicalize().unwrap_or(path);
        Self {
            channels: real(self.channels),
            archive: real(self.archive),
            pins: real(self.pins),
            tasks: real(self.tasks),
            blocks: real(self.blocks),
            blobs: real(self.blobs),
            decrees: real(self.decrees),
            state: real(self.state),
        }
    }

    /// The live files of a channel or blob.
    pub fn live(&self, id: &impl Stored) -> ItemFiles {
        ItemFiles::below(if id.is_blob() { &self.blobs } else { &self.channels }, id)
    }

    /// The files of the newest archived copy.
    pub fn archived(&self, id: &impl Stored) -> ItemFiles {
        ItemFiles::below(&self.archive.join(if id.is_blob() { "blob" } else { "datastore" }), id)
    }

    /// The folder of the older archived copies of an id (5.2). Neither server nor scripts ever touch it.
    pub fn generations(&self, id: &impl Stored) -> PathBuf {
        let id = id.to_string();
        self.archive.join("generations").join(shard(&id)).join(id)
    }

    /// The pin log of an account or a team.
    pub fn pin_log(&self, key: &KeyName) -> PathBuf {
        self.pins.join(key.shard()).join(format!("{key}.ndjson"))
    }

    /// The folder of the older archived copies of a pin log.
    pub fn pin_log_generations(&self, key: &KeyName) -> PathBuf {
        self.archive.join("generations/pins").join(key.shard()).join(key.as_str())
    }

    /// A log-in block.
    pub fn block(&self, key: &KeyName) -> PathBuf {
        self.blocks.join(key.shard()).join(key.as_str())
    }

    /// Why a log-in block is not there.
    pub fn block_placeholder(&self, key: &KeyName) -> PathBuf {
        self.blocks.join(key.shard()).join(format!("{key}.placeholder"))
    }

    /// Where a log-in block goes when it is removed or replaced.
    pub fn archived_block(&self, key: &KeyName) -> PathBuf {
        self.archive.join("block").join(key.shard()).join(key.as_str())
    }

    /// The folder of the older archived copies of a log-in block.
    pub fn block_generations(&self, key: &KeyName) -> PathBuf {
        self.archive.join("generations/block").join(key.shard()).join(key.as_str())
    }

    /// Where eviction, or the account's owner, puts a pin log.
    pub fn archived_pin_log(&self, key: &KeyName) -> PathBuf {
        self.archive.join("pins").join(key.shard()).join(format!("{key}.ndjson"))
    }

    /// The report on what was taken when an account was archived.
    pub fn account_report(&self, key: &KeyName) -> PathBuf {
        self.archive.join("accounts").join(key.as_str())
    }

    /// The folder of older copies of a file that is named after a key: `pins`, `block` or `accounts`.
    pub fn key_generations(&self, store: &str, key: &KeyName) -> PathBuf {
        self.archive.join("generations").join(store).join(key.shard()).join(key.as_str())
    }

    /// The log of decrees.
    pub fn decree_log(&self) -> PathBuf {
        self.decrees.join("decree.ndjson")
    }
}

/// The name of the folder that holds it: the first two characters of an id, none of which is longer than a byte.
fn shard(id: &str) -> &str {
    id.get(..2).unwrap_or("__")
}

/// The files of one channel or blob, at one of their places.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemFiles {
    /// The log of a channel, the body of a blob.
    pub body: PathBuf,
    /// The metadata log.
    pub metadata: PathBuf,
    /// A blob's activity file, whose time says when it was last asked for. Channels have none.
    pub activity: Option<PathBuf>,
    /// Why the body is not there.
    pub placeholder: PathBuf,
    /// The offset index of a channel, a cache that is deleted and never moved. Blobs have none.
    pub index: Option<PathBuf>,
}

impl ItemFiles {
    fn below(root: &Path, id: &impl Stored) -> Self {
        let name = id.to_string();
        let shard = root.join(shard(&name));
        let file = |suffix: &str| shard.join(format!("{name}{suffix}"));
        if id.is_blob() {
            Self {
                body: file(""),
                metadata: file(".metadata.ndjson"),
                activity: Some(file(".activity")),
                placeholder: file(".placeholder"),
                index: None,
            }
        } else {
            Self {
                body: file(".ndjson"),
                metadata: file(".metadata.ndjson"),
                activity: None,
                placeholder: file(".ndjson.placeholder"),
                index: Some(file(".ndjson.offset")),
            }
        }
    }

    /// The files that move together, the body last: metadata, activity, body.
    pub fn moved(&self) -> impl Iterator<Item = &Path> {
        [Some(&self.metadata), self.activity.as_ref(), Some(&self.body)]
            .into_iter()
            .flatten()
            .map(PathBuf::as_path)
    }
}
