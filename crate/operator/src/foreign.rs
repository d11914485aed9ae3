//! What CryptPad's own eviction did beside this project: it knows no marks, no waits and no hold.

use crate::clock::{Clock, compare};
use crate::going::Going;
use crate::journal::{Journal, Target};
use crate::stop::Stop;
use crate::survey::{Refusal, Survey, watched};
use pinfold_datadir::disk::{Disk, read_if_there, stat_if_there};
use pinfold_datadir::id::ItemId;
use pinfold_datadir::paths::Paths;
use std::io;

/// So often a look is begun again.
const LOOKS: usize = 3;

/// A complete look at the store and when it began, in ms. It is thrown away when the process slept, and begun again while CryptPad's own eviction
/// moves documents.
///
/// # Errors
/// [`Stop`], with [`Refusal::Moving`] when that does not end.
pub fn undisturbed(
    disk: &dyn Disk,
    paths: &Paths,
    clock: &dyn Clock,
    going: &dyn Going,
    journal: &Journal<'_>,
) -> Result<(Survey, i64), Stop> {
    compare(disk, &paths.state, clock)?;
    let mut moving = 0;
    for _ in 0..LOOKS {
        let began = clock.wall();
        let seen = watched(disk, paths, clock, going).map_err(Stop::Refused)?;
        moving = moved_by_others(disk, paths, &seen, journal, began)?.len();
        if moving == 0 {
            return Ok((seen, began));
        }
    }
    Err(Stop::Refused(Refusal::Moving(moving)))
}

/// Documents that somebody else moved to cold storage for want of activity after a time in ms.
///
/// # Errors
/// An error of the file system.
pub fn moved_by_others(
    disk: &dyn Disk,
    paths: &Paths,
    survey: &Survey,
    journal: &Journal<'_>,
    after: i64,
) -> io::Result<Vec<ItemId>> {
    let mut moved = Vec::new();
    for item in survey.archived.iter().filter(|document| document.touched() > after) {
        // Somebody may have read it. Moving it changes another time.
        let mut moved_then = false;
        for path in paths.archived(&item.id).moved() {
            moved_then |= stat_if_there(disk, path)?.is_some_and(|stat| stat.ctime > after);
        }
        if !moved_then {
            continue;
        }
        // What this project did last to it explains where it lies now.
        if journal.archived_at(&Target::Item(item.id.clone())).is_some() {
            continue;
        }
        let reason = read_if_there(disk, &paths.live(&item.id).placeholder, 1 << 16)?;
        if reason.as_deref() == Some(b"INACTIVE") {
            moved.push(item.id.clone());
        }
    }
    Ok(moved)
}
