//! Object stores as places for older copies ([`Shelf`]): a folder of any disk, an S3-compatible service, or memory.
//!
//! This is the one crate below `pinfold-operator` that has a network, and the program takes it only with its feature `object-store`. It
//! decides nothing: `pinfold-operator` says which files are sent, compared and removed.
//!
//! Credentials come from the environment alone (`AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, ...): an address with credentials in it is
//! refused, since addresses stand in the journal and are printed.

use bytes::Bytes;
use futures_util::{StreamExt, stream::BoxStream};
use object_store::aws::AmazonS3Builder;
use object_store::local::LocalFileSystem;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt, PutMode, PutPayload, RetryConfig};
use pinfold_datadir::shelf::Shelf;
use std::io::{self, Read};
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};
use url::Url;

/// An object store.
pub struct ObjectShelf {
    store: Arc<dyn ObjectStore>,
    /// What stands before every name in this store.
    below: String,
    address: String,
    runtime: Runtime,
}

impl std::fmt::Debug for ObjectShelf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The store itself would show how it was configured.
        write!(f, "ObjectShelf({})", self.address)
    }
}

impl ObjectShelf {
    /// The store at an address: `s3://BUCKET/FOLDER`, `file:///FOLDER` (which must exist), or `memory:///`.
    ///
    /// An S3-compatible service is told by the environment: `AWS_ENDPOINT_URL`, `AWS_REGION`, `AWS_ACCESS_KEY_ID`,
    /// `AWS_SECRET_ACCESS_KEY`, and `AWS_ALLOW_HTTP=true` for one without TLS.
    ///
    /// # Errors
    /// `InvalidInput` for any other address, and for one with a user name, a password, a query or a fragment. Otherwise the error of the
    /// store.
    pub fn open(address: &str) -> io::Result<Self> {
        let url = Url::parse(address).map_err(|_| wrong("it is not an address like s3://BUCKET/FOLDER"))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(wrong("credentials do not stand in an address: they come from the environment"));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(wrong("an address has no question and no fragment"));
        }
        let below = url.path().trim_matches('/').to_owned();
        let (store, below): (Arc<dyn ObjectStore>, String) = match url.scheme() {
            "s3" => {
                let bucket = url.host_str().ok_or_else(|| wrong("it names no bucket"))?;
                (Arc::new(s3(bucket)?), below)
            }
            "file" => {
                let folder = url.to_file_path().map_err(|()| wrong("it names no folder of this machine"))?;
                let store = LocalFileSystem::new_with_prefix(folder).map_err(said)?;
                // What is compared is on the disk before the local copy goes.
                (Arc::new(store.with_fsync(true)), String::new())
            }
            "memory" => (Arc::new(InMemory::new()), below),
            _ => return Err(wrong("it begins with none of s3:, file:, memory:")),
        };
        let runtime = Builder::new_current_thread().enable_all().build()?;
        Ok(Self { store, below, address: address.trim_end_matches('/').to_owned(), runtime })
    }

    fn path(&self, name: &str) -> Path {
        if self.below.is_empty() { Path::from(name) } else { Path::from(format!("{}/{name}", self.below)) }
    }
}

fn s3(bucket: &str) -> io::Result<impl ObjectStore + use<>> {
    // One that is installed already does as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
    // "If absent only" is a condition of the request. A service that does not know it is found out by whoever sends: it would write over.
    // A request is asked again a few times; a store that is away for longer ends the run, and the next one goes on.
    let retry =
        RetryConfig { max_retries: 5, retry_timeout: Duration::from_secs(60), ..RetryConfig::default() };
    AmazonS3Builder::from_env().with_bucket_name(bucket).with_retry(retry).build().map_err(said)
}

fn wrong(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, format!("the address of the object store: {why}"))
}

/// The kinds that callers tell apart. The text is the store's, and its client leaves out what signs a request.
fn said(error: object_store::Error) -> io::Error {
    use object_store::Error;
    let kind = match &error {
        Error::NotFound { .. } => io::ErrorKind::NotFound,
        Error::AlreadyExists { .. } | Error::Precondition { .. } => io::ErrorKind::AlreadyExists,
        Error::PermissionDenied { .. } | Error::Unauthenticated { .. } => io::ErrorKind::PermissionDenied,
        _ => io::ErrorKind::Other,
    };
    io::Error::new(kind, error.to_string())
}

impl Shelf for ObjectShelf {
    fn address(&self) -> &str {
        &self.address
    }

    fn put(&self, name: &str, bytes: Vec<u8>) -> io::Result<()> {
        let path = self.path(name);
        let put = self.store.put_opts(&path, PutPayload::from(bytes), PutMode::Create.into());
        self.runtime.block_on(put).map(drop).map_err(said)
    }

    fn size(&self, name: &str) -> io::Result<Option<u64>> {
        match self.runtime.block_on(self.store.head(&self.path(name))) {
            Ok(found) => Ok(Some(found.size)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(said(error)),
        }
    }

    fn open(&self, name: &str) -> io::Result<Box<dyn Read + '_>> {
        let found = self.runtime.block_on(self.store.get(&self.path(name))).map_err(said)?;
        Ok(Box::new(Object { runtime: &self.runtime, stream: found.into_stream(), piece: Vec::new(), at: 0 }))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        match self.runtime.block_on(self.store.delete(&self.path(name))) {
            Err(object_store::Error::NotFound { .. }) => Ok(()),
            done => done.map_err(said),
        }
    }
}

/// The content of an object, piece by piece.
struct Object<'a> {
    runtime: &'a Runtime,
    stream: BoxStream<'static, object_store::Result<Bytes>>,
    piece: Vec<u8>,
    at: usize,
}

impl Read for Object<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.at >= self.piece.len() {
            match self.runtime.block_on(self.stream.next()) {
                None => return Ok(0),
                Some(piece) => (self.piece, self.at) = (piece.map_err(said)?.to_vec(), 0),
            }
        }
        let read = self.piece.get(self.at..).unwrap_or_default().read(buffer)?;
        self.at += read;
        Ok(read)
    }
}

#[cfg(test)]
mod tests;
