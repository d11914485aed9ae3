//! Older copies in an object store (ANCHORS 3: one readable copy at each point).
//!
//! ```text
//! send:    intent ─▶ put each part, if absent ─▶ read back, compare ─▶ manifest, the same ─▶ placed ─▶ local names go ─▶ done
//! fetch:   intent ─▶ temporary file, compare, name ─▶ done                          the store keeps its copy
//! promote: intent ─▶ second names at the classic place ─▶ placed ─▶ first names go ─▶ done
//! remove:  by a plan of `purge` alone
//! ```
//!
//! Nothing in a store is ever replaced: what has the name already either holds the same bytes, or is a conflict, and the local copy stays.
//! Only older copies go there. The newest one stays at the place where CryptPad's own tools look for it.

mod fetch;
mod looking;
mod removing;
mod send;

pub use fetch::newest;
pub use looking::{Lacking, Looked, look};
pub(crate) use removing::{entries, removed};
pub use send::{Sent, send};

use crate::archive::ActError;
use crate::hex::hex;
use crate::journal::{Act, Journal, Record, Step, Target};
pub use crate::target::Elsewhere;
use pinfold_datadir::id::ItemId;
use pinfold_datadir::moves::MoveError;
use pinfold_datadir::shelf::Shelf;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::io::{self, Read};
use std::path::PathBuf;

/// A part larger than this stays where it is, in bytes: an object that is written if absent only is written whole, from memory.
pub const LARGEST: u64 = 512 << 20;
/// No manifest is larger, in bytes.
const LARGEST_MANIFEST: u64 = 64 << 20;
/// The file in the folder of a copy that went, which says where to. It keeps the number from being given again, too.
pub(crate) const MARKER: &str = "elsewhere.json";

/// What a store holds of one batch. It is written before any local copy of the batch goes, so that the store alone can tell what it has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The version of this format.
    pub version: u32,
    /// The run that sent it, as the journal has it.
    pub run: String,
    /// When, in ms.
    pub made: i64,
    /// The copies.
    pub copies: Vec<Listed>,
}

/// One copy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    /// The document.
    pub id: ItemId,
    /// The number of the copy.
    pub generation: u32,
    /// Since when it lies in cold storage, in ms, where the journal says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<i64>,
    /// Its parts, the body last.
    pub parts: Vec<Part>,
}

/// One file of a copy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Which.
    pub name: PartName,
    /// Its size in bytes.
    pub bytes: u64,
    /// Its SHA-256 in hex.
    pub sha256: String,
    /// When its content was last changed, in ms.
    pub mtime: i64,
}

/// The files that a copy can have. A manifest can name no other, so that nothing it says leads out of a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum PartName {
    /// The metadata log.
    #[serde(rename = "metadata.ndjson")]
    Metadata,
    /// The activity file of a blob.
    #[serde(rename = "activity")]
    Activity,
    /// The log of a channel, the body of a blob.
    #[serde(rename = "log.ndjson")]
    Body,
}

impl PartName {
    /// The body last.
    pub(crate) const ALL: [Self; 3] = [Self::Metadata, Self::Activity, Self::Body];

    /// The name of the file in the folder of the copy.
    pub fn file(self) -> &'static str {
        match self {
            Self::Metadata => "metadata.ndjson",
            Self::Activity => "activity",
            Self::Body => "log.ndjson",
        }
    }
}

impl Listed {
    /// The name of an object.
    pub fn object(&self, part: PartName) -> String {
        object(&self.id, self.generation, part)
    }

    fn digest(&self) -> String {
        // A value of our own types always has a form as JSON.
        hex(&Sha256::digest(serde_json::to_vec(self).unwrap_or_default()))
    }
}

fn object(id: &ItemId, n: u32, part: PartName) -> String {
    format!("generations/{}/{id}/{n}/{}", id.shard(), part.file())
}

/// A copy that an object store holds, as the journal has it.
#[derive(Debug, Clone)]
pub struct Kept {
    /// The document.
    pub id: ItemId,
    /// The number of the copy.
    pub generation: u32,
    /// Where it is.
    pub elsewhere: Elsewhere,
    /// The last line about it.
    pub last: Record,
}

impl Kept {
    pub(crate) fn target(&self) -> Target {
        Target::Older(self.id.clone(), self.generation)
    }
}

/// All that object stores hold, in the order of ids and numbers.
pub fn kept(journal: &Journal<'_>) -> impl Iterator<Item = Kept> {
    journal.lasts().filter_map(kept_by)
}

fn kept_by(last: Record) -> Option<Kept> {
    let (Target::Older(id, generation), Some(elsewhere)) = (&last.id, &last.elsewhere) else { return None };
    let gone = last.act == Act::Remove && last.step == Step::Done;
    let (id, generation, elsewhere) = (id.clone(), *generation, elsewhere.clone());
    (!gone).then_some(Kept { id, generation, elsewhere, last })
}

/// What a store holds of one copy, if any does.
pub fn kept_of(journal: &Journal<'_>, id: &ItemId, n: u32) -> Option<Kept> {
    kept_by(journal.last(&Target::Older(id.clone(), n))?)
}

/// The copy, if this is the store that holds it.
pub(crate) fn at(shelf: &dyn Shelf, kept: Kept) -> Result<Kept, ActError> {
    if kept.elsewhere.address == shelf.address() {
        return Ok(kept);
    }
    let (is, named) = (&kept.elsewhere.address, shelf.address());
    Err(ActError::Shelf(io::Error::other(format!("this copy lies at {is}, and not at {named}"))))
}

/// What a manifest says of a copy, compared with what the journal knows of it.
///
/// # Errors
/// [`ActError::Shelf`] when the store does not answer; [`ActError::Changed`] when it lies elsewhere than at this store, or the manifest
/// is gone or says something else.
pub(crate) fn listed(shelf: &dyn Shelf, kept: &Kept) -> Result<Listed, ActError> {
    let kept = at(shelf, kept.clone())?;
    let mut bytes = Vec::new();
    match shelf.open(&kept.elsewhere.manifest) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(ActError::Changed),
        opened => opened
            .and_then(|manifest| manifest.take(LARGEST_MANIFEST).read_to_end(&mut bytes))
            .map_err(ActError::Shelf)?,
    };
    let manifest: Manifest = serde_json::from_slice(&bytes).map_err(|_| ActError::Changed)?;
    let is_it = |copy: &Listed| copy.id == kept.id && copy.generation == kept.generation;
    let copy = manifest.copies.into_iter().find(is_it).ok_or(ActError::Changed)?;
    if copy.digest() == kept.elsewhere.sha256 { Ok(copy) } else { Err(ActError::Changed) }
}

/// Whether an object holds what a part has, byte for byte. `None`: it is not there.
pub(crate) fn is_there(shelf: &dyn Shelf, name: &str, part: &Part) -> io::Result<Option<bool>> {
    let opened = match shelf.open(name) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        opened => opened?,
    };
    let (mut hash, mut read) = (Sha256::new(), 0);
    let mut bytes = opened.take(part.bytes.saturating_add(1));
    let mut buffer = vec![0; 1 << 16];
    loop {
        match bytes.read(&mut buffer)? {
            0 => break,
            n => {
                read += n as u64;
                hash.update(buffer.get(..n).unwrap_or_default());
            }
        }
    }
    Ok(Some(read == part.bytes && hex(&hash.finalize()) == part.sha256))
}

/// Puts an object there if nothing is, reads it back and compares.
pub(crate) fn put(shelf: &dyn Shelf, name: &str, bytes: Vec<u8>, part: &Part) -> Result<(), ActError> {
    let taken = match shelf.put(name, bytes) {
        Ok(()) => false,
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => true,
        Err(error) => return Err(ActError::Shelf(error)),
    };
    let place = || PathBuf::from(format!("{}/{name}", shelf.address()));
    match is_there(shelf, name, part).map_err(ActError::Shelf)? {
        Some(true) => Ok(()),
        _ if taken => Err(MoveError::Occupied(place()).into()),
        _ => Err(MoveError::Differs(place()).into()),
    }
}
