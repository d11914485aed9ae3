//! Ids that lie in both places, and what can be proved about them without a key (A16, `docs/OPERATIONS.md` 5.6).

use crate::archive::ActError;
use pinfold_datadir::both::in_both_places;
use pinfold_datadir::disk::Disk;
use pinfold_datadir::id::ItemId;
use pinfold_datadir::lines::{Lines, Relation, relation};
use pinfold_datadir::moves::{at, is_same};
use pinfold_datadir::paths::Paths;
use pinfold_datadir::walk::Item;
use serde::Serialize;
use std::io::BufReader;
use std::path::Path;

/// How the two sides of a conflict relate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sides {
    /// The live side has metadata and no body: somebody joined, and nobody wrote.
    LiveIsMetadataOnly,
    /// The archived side has metadata and no body.
    ArchivedIsMetadataOnly,
    /// Both sides are one file: an archive or a restore was cut, and its second run ends it.
    OneFile,
    /// Two blobs with other bytes. Blobs are never written to, so one of them is damaged or forged.
    TwoBlobs,
    /// Two logs.
    Logs(Relation),
}

impl Sides {
    /// Who wins, where that needs no key.
    pub fn winner(self) -> Winner {
        match self {
            Self::LiveIsMetadataOnly | Self::Logs(Relation::LiveIsOlder) => Winner::Archived,
            Self::ArchivedIsMetadataOnly | Self::OneFile => Winner::Live,
            Self::Logs(
                Relation::Same | Relation::ArchivedIsOlder | Relation::Trimmed | Relation::ArchivedIsEmpty,
            ) => Winner::Live,
            Self::Logs(Relation::LiveIsEmpty | Relation::TwoHistories) | Self::TwoBlobs => Winner::KeyHolder,
        }
    }
}

/// Who decides a conflict, or which side holds everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Winner {
    /// The live side stays, and the archived one stays where it is.
    Live,
    /// The live side is set aside, and the archived one returns.
    Archived,
    /// Only somebody who can decrypt both.
    KeyHolder,
}

/// One conflict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Conflict {
    /// The id.
    pub id: ItemId,
    /// How the sides relate.
    pub sides: Sides,
    /// Who decides.
    pub winner: Winner,
    /// The live side.
    pub live: Side,
    /// The archived side.
    pub archived: Side,
}

/// One side of a conflict, without its contents.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Side {
    /// Whole lines of the log.
    pub lines: usize,
    /// Bytes of all parts.
    pub bytes: u64,
    /// The time of the first message, in ms.
    pub first: Option<i64>,
    /// The time of the last message, in ms.
    pub last: Option<i64>,
}

/// Lists every id that lies in both places.
///
/// # Errors
/// [`ActError::Move`] with the error of the file system, when a side cannot be read.
pub fn conflicts(disk: &dyn Disk, paths: &Paths) -> Result<Vec<Conflict>, ActError> {
    let both = in_both_places(disk, paths).map_err(at(&paths.archive))?;
    both.iter().map(|(live, archived)| compare(disk, paths, live, archived)).collect()
}

fn compare(disk: &dyn Disk, paths: &Paths, live: &Item, archived: &Item) -> Result<Conflict, ActError> {
    let id = &live.id;
    let (l, a) = (paths.live(id).body, paths.archived(id).body);
    let (mut live_side, mut archived_side) = (side(live), side(archived));
    let sides = match (&live.body, &archived.body) {
        (None, _) => Sides::LiveIsMetadataOnly,
        (_, None) => Sides::ArchivedIsMetadataOnly,
        (Some(one), Some(other)) if one.is_same_file(other) => Sides::OneFile,
        _ if id.is_blob() => {
            if is_same(disk, &l, &a)? {
                Sides::Logs(Relation::Same)
            } else {
                Sides::TwoBlobs
            }
        }
        _ => {
            let (l, a) = (lines(disk, &l)?, lines(disk, &a)?);
            note(&mut live_side, &l);
            note(&mut archived_side, &a);
            Sides::Logs(relation(&l, &a))
        }
    };
    Ok(Conflict { id: id.clone(), sides, winner: sides.winner(), live: live_side, archived: archived_side })
}

fn side(item: &Item) -> Side {
    Side { bytes: item.bytes(), ..Side::default() }
}

fn note(side: &mut Side, lines: &Lines) {
    (side.lines, side.first, side.last) = (lines.count(), lines.first, lines.last);
}

fn lines(disk: &dyn Disk, path: &Path) -> Result<Lines, ActError> {
    let file = disk.open(path).map_err(at(path))?;
    Ok(Lines::read(BufReader::new(file)).map_err(at(path))?)
}
