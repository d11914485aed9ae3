//! What people say is gone, and what became of it.

use pinfold_core::error::Error;

use super::Story;
use super::things::Thing;
use super::world::{DRIVE, World};
use crate::histories::places;

/// Decided at the end: it proves something only where every log was read and is whole.
pub(super) const NOT_THERE: &str = "not there";

pub(super) const STORIES: &[(&str, Story)] = &[
    ("claimed, and never there", never_there),
    ("claimed, and moved", moved),
    ("claimed, and renamed", renamed),
    ("claimed, and removed by the user", removed),
    ("claimed, and another document of that name", another_of_that_name),
];

fn never_there(world: &mut World) -> Result<(), Error> {
    let title = world.title("Nothing");
    let thing = Thing::of("pad", title, None, &mut world.entropy)?;
    world.is_claimed(&thing.title, NOT_THERE);
    world.link_is_claimed(&thing.href, NOT_THERE);
    Ok(())
}

/// Into a shared folder; perhaps it was renamed there as well.
fn moved(world: &mut World) -> Result<(), Error> {
    let user = world.user()?;
    let (_, folder, _) = world.filled(DRIVE, user, 1)?;
    let title = world.title("Moved");
    let thing = Thing::of("code", title, None, &mut world.entropy)?;
    world.put(DRIVE, user, &thing, None)?;
    world.days_pass();
    let user = world.user()?;
    world.put(folder, user, &thing, None)?;
    world.a_moment_passes();
    world.remove(DRIVE, user, &[&thing])?;
    world.is_claimed(&thing.title, "moved");
    world.link_is_claimed(&thing.href, "moved");
    Ok(())
}

/// By the name that the user gave it, or by its own title, as whoever writes in it changes that: then it is asked for by the old one.
fn renamed(world: &mut World) -> Result<(), Error> {
    let user = world.user()?;
    let in_folder = world.chance();
    let at = if in_folder { world.filled(DRIVE, user, 1)?.1 } else { DRIVE };
    let title = world.title("Called");
    let thing = Thing::of("pad", title, None, &mut world.entropy)?;
    world.put(at, user, &thing, None)?;
    world.days_pass();
    let user = world.user()?;
    let field = if world.chance() { "title" } else { "filename" };
    for name in ["another name", "a third name"] {
        world.seconds_pass(40);
        world.edit(at, user, |holder| {
            if let Some(entry) = places::part(holder, "filesData").get_mut(&thing.key()) {
                entry.as_object_mut().map(|entry| entry.insert(field, name));
            }
        })?;
    }
    world.is_claimed(&thing.title, "renamed");
    world.link_is_claimed(&thing.href, "renamed");
    world.is_kept(&thing, "renamed");
    Ok(())
}

fn removed(world: &mut World) -> Result<(), Error> {
    let user = world.user()?;
    let title = world.title("Removed");
    let thing = Thing::of("slide", title, None, &mut world.entropy)?;
    world.put(DRIVE, user, &thing, None)?;
    world.days_pass();
    let user = world.user()?;
    if world.chance() {
        world.remove(DRIVE, user, &[&thing])?;
        world.is_lost(&thing, "user-removed", "history-drive");
    } else {
        world.throw(DRIVE, user, &[&thing])?;
        world.is_lost(&thing, "user-trash", "present");
    }
    world.is_claimed(&thing.title, "removed-by-user");
    world.link_is_claimed(&thing.href, "removed-by-user");
    Ok(())
}

/// One was removed and one is there: the person is told of the one that is lost.
fn another_of_that_name(world: &mut World) -> Result<(), Error> {
    let user = world.user()?;
    let title = world.title("Twice");
    for is_removed in [true, false] {
        let thing = Thing::of("code", title.clone(), None, &mut world.entropy)?;
        world.put(DRIVE, user, &thing, None)?;
        world.seconds_pass(40);
        if is_removed {
            world.remove(DRIVE, user, &[&thing])?;
            world.is_lost(&thing, "user-removed", "history-drive");
        } else {
            world.is_kept(&thing, "untouched");
        }
    }
    world.is_claimed(&title, "removed-by-user");
    Ok(())
}
