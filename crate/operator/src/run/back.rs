//! The last look at what a run moved: what an account began to name meanwhile comes back, and what is written to, or damaged, is told.

use super::{Done, Run, Stop};
use crate::archive::Hands;
use crate::clock::Clock;
use crate::journal::{Journal, Target};
use crate::survey::Survey;
use crate::wanted::Wanted;
use pinfold_datadir::disk::stat_if_there;
use std::io;

/// How long after the last move a body that appears again is looked for, in ms: a message that was under way lands by then.
const SETTLE: u64 = 3_000;

impl Run<'_> {
    /// Looks once more at what was moved: also after a stop, since an account may have begun to name it.
    pub(super) fn look_back(
        &mut self,
        clock: &dyn Clock,
        journal: &mut Journal<'_>,
        fresh: &mut Survey,
        done: &mut Done,
    ) -> Result<(), Stop> {
        let hands = self.hands;
        if done.archived.is_empty() {
            return Ok(());
        }
        self.changed |=
            fresh.look_at_pins_again(hands.disk, hands.paths, hands.now).map_err(Stop::Refused)?;
        // What the journal cannot take any more keeps nobody from looking.
        let rescued = match self.changed {
            true => rescue(hands, journal, &fresh.wanted(&self.plan.head.policy, hands.now), done),
            false => Ok(()),
        };
        if !done.archived.is_empty() {
            clock.pause(SETTLE);
        }
        done.late_writes = late_writes(hands, &done.archived)?;
        read_back(hands, journal, done)?;
        rescued
    }
}

/// Moves back what an account began to name between the last look at the pin logs and the move (F16).
fn rescue(
    hands: &Hands<'_>,
    journal: &mut Journal<'_>,
    wanted: &Wanted,
    done: &mut Done,
) -> Result<(), Stop> {
    let mut failed = None;
    let Done { archived, moved_back, not_moved_back, .. } = done;
    archived.retain(|target| {
        let Target::Item(id) = target else { return true };
        match wanted.wants(id).map(|_| hands.restore(journal, id)) {
            None => true,
            Some(Ok(())) => {
                moved_back.push(target.clone());
                false
            }
            Some(Err(error)) => {
                // It was moved, and is told as such. After a conflict its user wrote on before it came back: the look for late writes tells it too.
                not_moved_back.push((target.clone(), error.to_string()));
                if error.ends_the_run() {
                    failed.get_or_insert(Stop::from(error));
                }
                true
            }
        }
    });
    failed.map_or(Ok(()), Err)
}

/// Reads back what the journal has a digest of, and looks whether everything that was moved is there.
fn read_back(hands: &Hands<'_>, journal: &Journal<'_>, done: &mut Done) -> io::Result<()> {
    for target in &done.archived {
        let Target::Item(id) = target else { continue };
        let Some(last) = journal.last(target) else { continue };
        let archived = hands.paths.archived(id);
        // A body that was written on after it was moved, through a handle that was open, is longer, and no damage.
        let there = hands.bytes(&archived).map_err(io::Error::other)? >= last.bytes;
        done.read_back += u64::from(last.sha256.is_some());
        let whole = there && last.is_whole(hands.disk, &archived.body).unwrap_or(false);
        if !whole && !done.late_writes.contains(target) {
            done.damaged.push(target.clone());
        }
    }
    Ok(())
}

fn late_writes(hands: &Hands<'_>, archived: &[Target]) -> io::Result<Vec<Target>> {
    let mut late = Vec::new();
    for target in archived {
        if let Target::Item(id) = target
            && stat_if_there(hands.disk, &hands.paths.live(id).body)?.is_some()
        {
            late.push(target.clone());
        }
    }
    Ok(late)
}
