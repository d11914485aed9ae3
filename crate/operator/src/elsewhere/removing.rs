//! Emptying an object store, by the rules of `purge.rs`: the only way by which a copy leaves one.

use super::{Kept, MARKER, PartName, at, kept, kept_of, object};
use crate::archive::{ActError, Hands};
use crate::cold::FirstSeen;
use crate::copies::{Judged, Judging};
use crate::journal::{Act, Journal, Record, Step, Target};
use crate::plan::{Does, Entry, Grounds};
use crate::survey::Refusal;
use pinfold_datadir::id::ItemId;
use pinfold_datadir::moves::drop_name;
use pinfold_datadir::shelf::Shelf;

/// Judges what object stores hold. The journal says what that is; no store is asked.
pub(crate) fn entries(
    grounds: &Grounds<'_>,
    first_seen: &FirstSeen,
    judging: &Judging<'_>,
) -> Result<Vec<Entry>, Refusal> {
    let judged = kept(grounds.journal).map(|kept| {
        let item = Target::Item(kept.id.clone());
        let since = grounds.journal.generation_at(&item, kept.generation);
        let since = since.or_else(|| first_seen.since(&kept.id)).or(Some(kept.last.at));
        // No file tells when it came: the journal does, as for every copy. Nor does one tell when it was last written to: not after that.
        let changed = since.unwrap_or(i64::MAX);
        let does = judging.judge(grounds, Judged { id: &kept.id, changed, written: changed, since })?;
        let (id, bytes) = (kept.target(), kept.last.bytes);
        Ok(Entry { id, does, bytes, seen: None, generation: Some(kept.generation) })
    });
    judged.collect()
}

impl Hands<'_> {
    /// Removes a copy from an object store, for ever. Its manifest stays: it says what there was.
    pub(crate) fn remove_elsewhere(
        &self,
        journal: &mut Journal<'_>,
        shelf: &dyn Shelf,
        id: &ItemId,
        n: u32,
    ) -> Result<(), ActError> {
        let kept = kept_of(journal, id, n).ok_or(ActError::Nothing)?;
        if self.is_any(&self.paths.live(id))? {
            return Err(ActError::Conflict);
        }
        let Kept { elsewhere, last, .. } = at(shelf, kept)?;
        let intent = Record {
            generation: Some(n),
            bytes: last.bytes,
            elsewhere: Some(elsewhere),
            ..self.record(Act::Remove, &Target::Older(id.clone(), n), Step::Intent)
        };
        self.note(journal, intent.clone())?;
        // The body last, as in cold storage here.
        for part in PartName::ALL {
            shelf.remove(&object(id, n, part)).map_err(ActError::Shelf)?;
        }
        drop_name(self.disk, &self.generation(id, n).join(MARKER))?;
        self.note(journal, Record { step: Step::Done, at: self.now, ..intent })
    }
}

/// The copy in an object store that a line of a plan removes.
pub(crate) fn removed(entry: &Entry) -> Option<(&ItemId, u32)> {
    match (&entry.does, &entry.id) {
        (Does::Remove { .. }, Target::Older(id, n)) => Some((id, *n)),
        _ => None,
    }
}
