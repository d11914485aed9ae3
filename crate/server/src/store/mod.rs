//! The data directory: CryptPad's own layout, so that either server can read what the other wrote.
//!
//! ```text
//! datastore/XX/ID.ndjson               one line per message
//! datastore/XX/ID.metadata.ndjson      the creation object, then one line per metadata command
//! datastore/XX/ID.ndjson.placeholder   the reason, where a channel was archived with one
//! blob/XX/ID  block/XX/KEY             bytes as uploaded (blobs: owners in ID.metadata.ndjson)
//! pins/XX/KEY.ndjson                   one line per PIN, UNPIN or RESET
//! archive/...                          what was removed, cleared or trimmed, in the same layout
//! archive/generations/...              older archived copies, by number
//! ```
//!
//! `XX` is the first two characters. Names, ids, pin logs and every move into the archive are
//! `pinfold_datadir`'s. Everything here blocks: callers go through [`blocking`].

mod append;
mod channel_log;
mod data_dir;
mod index;
mod lines;
mod metadata;
mod objects;
mod pins;
mod reports;

pub(crate) use channel_log::ChannelFiles;
pub(crate) use data_dir::DataDir;
pub(crate) use index::{Index, Located};
pub(crate) use lines::{Line, LineReader};
pub(crate) use metadata::Metadata;
pub(crate) use objects::Objects;
pub(crate) use pins::PinFiles;
pub(crate) use reports::Reports;

pub(crate) use pinfold_datadir::id::KeyName;
pub(crate) use pinfold_datadir::store_id::StoreId;

use pinfold_datadir::paths::Paths;
use std::io;
use std::sync::Arc;

/// Everything on disk.
#[derive(Clone)]
pub(crate) struct Store {
    pub(crate) channels: ChannelFiles,
    pub(crate) pins: PinFiles,
    pub(crate) objects: Objects,
    pub(crate) reports: Reports,
}

impl Store {
    /// The store in a directory that [`DataDir`] has made ready.
    pub(crate) fn new(directory: &DataDir) -> Self {
        let paths = Arc::new(Paths::below(directory.path()));
        let reports = Reports::default();
        Self {
            channels: ChannelFiles::new(paths.clone(), reports.clone()),
            pins: PinFiles::new(paths.clone(), reports.clone()),
            objects: Objects::new(paths, reports.clone()),
            reports,
        }
    }
}

/// Runs a blocking step of the store off the event loop.
pub(crate) async fn blocking<T: Send + 'static>(
    step: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    match tokio::task::spawn_blocking(step).await {
        Ok(result) => result,
        Err(failed) => Err(io::Error::other(failed)),
    }
}
