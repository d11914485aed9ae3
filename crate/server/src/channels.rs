//! What the server holds in memory of each channel, and the one lock that orders what happens to it.

use super::store::{Index, Line, Metadata, Store, StoreId, blocking};
use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard};

/// Above this many, channels nobody uses at the moment are forgotten.
const MOST_IDLE: usize = 20_000;

/// All channels that were touched.
#[derive(Default)]
pub(crate) struct Channels(Mutex<HashMap<StoreId, Arc<AsyncMutex<Channel>>>>);

/// One channel, locked.
pub(crate) type Locked = OwnedMutexGuard<Channel>;

/// The memory of one channel.
#[derive(Default)]
pub(crate) struct Channel {
    metadata: Option<Option<Arc<Metadata>>>,
    index: Option<Index>,
    last_checkpoint: Option<String>,
    ephemeral: Option<Arc<Metadata>>,
}

impl Channels {
    /// Waits for a channel's turn.
    pub(crate) async fn lock(&self, id: &StoreId) -> Locked {
        let channel = {
            let mut map = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if map.len() > MOST_IDLE {
                map.retain(|_, channel| Arc::strong_count(channel) > 1);
            }
            map.entry(id.clone()).or_default().clone()
        };
        channel.lock_owned().await
    }

    /// The channels in memory.
    pub(crate) fn ids(&self) -> Vec<StoreId> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).keys().cloned().collect()
    }
}

impl Channel {
    /// The metadata, read once.
    pub(crate) async fn metadata(
        &mut self,
        store: &Store,
        id: &StoreId,
    ) -> io::Result<Option<Arc<Metadata>>> {
        if id.is_ephemeral() {
            return Ok(self.ephemeral.clone());
        }
        if let Some(known) = &self.metadata {
            return Ok(known.clone());
        }
        let (files, wanted) = (store.channels.clone(), id.clone());
        let read = blocking(move || files.metadata(&wanted)).await?.map(Arc::new);
        self.metadata = Some(read.clone());
        Ok(read)
    }

    /// Stores the metadata of a new channel.
    pub(crate) async fn create(&mut self, store: &Store, id: &StoreId, metadata: Metadata) -> io::Result<()> {
        let metadata = Arc::new(metadata);
        if id.is_ephemeral() {
            self.ephemeral = Some(metadata);
            return Ok(());
        }
        let (files, wanted, stored) = (store.channels.clone(), id.clone(), metadata.clone());
        blocking(move || files.create(&wanted, &stored)).await?;
        self.metadata = Some(Some(metadata));
        Ok(())
    }

    /// Takes over metadata that a command changed and that was stored.
    pub(crate) fn metadata_changed(&mut self, metadata: Metadata) {
        self.metadata = Some(Some(Arc::new(metadata)));
    }

    /// The index; `None` when there is no log.
    pub(crate) async fn index(&mut self, store: &Store, id: &StoreId) -> io::Result<Option<&Index>> {
        if self.index.is_none() && !id.is_ephemeral() {
            let (files, wanted) = (store.channels.clone(), id.clone());
            self.index = blocking(move || files.index(&wanted)).await?;
        }
        Ok(self.index.as_ref())
    }

    /// Appends a message line, as in PROTOCOL.md 9.1.
    pub(crate) async fn append(&mut self, store: &Store, id: &StoreId, text: String) -> io::Result<()> {
        let (files, wanted) = (store.channels.clone(), id.clone());
        let line = Line::parse(0, text.as_bytes());
        let (start, end) = blocking(move || files.append(&wanted, &text)).await?;
        // A log that begins now is indexed as it grows, so that none of it is forgotten at its first checkpoint.
        if start == 0 {
            self.index = Some(Index::default());
        }
        if let (Some(index), Some(mut line)) = (&mut self.index, line) {
            line.offset = start;
            index.push(&line, end);
        }
        Ok(())
    }

    /// The id of the last checkpoint stored in this run.
    pub(crate) fn last_checkpoint(&self) -> Option<&str> {
        self.last_checkpoint.as_deref()
    }

    pub(crate) fn checkpoint_stored(&mut self, id: &str) {
        self.last_checkpoint = Some(id.into());
    }

    /// Forgets everything that was read, because the files are not the same any more.
    pub(crate) fn forget(&mut self) {
        *self = Self::default();
    }
}
