//! What operators and owners do to stored logs.

use pinfold_core::error::Error;

use super::Story;
use super::world::{DRIVE, World};
use crate::histories::places;

pub(super) const STORIES: &[(&str, Story)] =
    &[("restored by the operator", restored), ("shortened", shortened), ("copied twice", copied)];

/// Archived, and put back before any client looked.
fn restored(world: &mut World) -> Result<(), Error> {
    let user = world.user()?;
    let (folder, at, inside) = world.filled(DRIVE, user, 2)?;
    world.archive(at, None)?;
    world.days_pass();
    world.restore(at)?;
    world.is_kept(&folder, "restored");
    inside.iter().for_each(|thing| world.is_kept(thing, "restored"));
    Ok(())
}

/// Many lines, of which the owner keeps those from a checkpoint on; the whole log lies in the archive.
fn shortened(world: &mut World) -> Result<(), Error> {
    let user = world.user()?;
    let (folder, at, inside) = world.filled(DRIVE, user, 2)?;
    for time in 0..60 {
        world.seconds_pass(20);
        world.edit(at, user, |holder| {
            places::part(holder, "metadata").insert("seen", f64::from(time));
        })?;
    }
    world.shorten(at)?;
    world.seconds_pass(60);
    let gone = inside.first().cloned();
    if let Some(gone) = gone.filter(|_| world.chance()) {
        world.remove(at, user, &[&gone])?;
        world.is_lost(&gone, "user-removed", "history-folder");
    }
    world.conflicts(&folder, "same-chain");
    Ok(())
}

/// The archive holds an earlier state of what is live.
fn copied(world: &mut World) -> Result<(), Error> {
    let user = world.user()?;
    let (folder, at, inside) = world.filled(DRIVE, user, 2)?;
    world.copy_to_archive(at)?;
    world.document(at, user)?;
    world.conflicts(&folder, "same-chain");
    inside.iter().for_each(|thing| world.is_kept(thing, "untouched"));
    Ok(())
}
