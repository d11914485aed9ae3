//! What happens between two users of the server, who have folders and teams together.

use pinfold_core::error::Error;
use pinfold_core::json::Object;

use super::Story;
use super::by_clients::{clean_in, erase_in};
use super::by_people::{removal, removed_together};
use super::in_teams::team;
use super::things::Thing;
use super::world::{At, DRIVE, Session, World, forget, forget_data};
use crate::histories::places;

pub(super) const STORIES: &[(&str, Story)] = &[
    ("a folder of two users", of_two_users),
    ("a folder of two users erased for both", erased_for_both),
    ("a folder of a team erased by another member", erased_in_a_team),
    ("a folder of a team erased, and nobody says so", erased_and_untold),
    ("a folder of a team destroyed and put back", destroyed_and_put_back),
    ("an old folder of a team removed", old_folder_removed),
    ("a folder in the trash erased alone", erased_alone_in_the_trash),
    ("an item of the trash removed by hand", removed_from_the_trash),
];

/// A folder that both hold.
fn shared(world: &mut World, count: usize) -> Result<(Thing, At, Vec<Thing>, At), Error> {
    let user = world.user()?;
    let (folder, at, inside) = world.filled(DRIVE, user, count)?;
    world.days_pass();
    let (second, bob) = (world.second()?, world.second_user()?);
    world.put(second, bob, &folder, None)?;
    Ok((folder, at, inside, second))
}

/// The second user removes something in it: of two people, one did it and one did not.
fn of_two_users(world: &mut World) -> Result<(), Error> {
    let count = 1 + world.below(3);
    let (_, at, inside, _) = shared(world, count)?;
    world.days_pass();
    let is_first = world.chance();
    let by = if is_first { world.user()? } else { world.second_user()? };
    removed_together(world, at, by, &inside)?;
    world.are_lost(&inside, removal(is_first, count), "history-folder");
    world.truth.is_second_affected |= is_first;
    Ok(())
}

/// The client of each erases the key in its own drive.
fn erased_for_both(world: &mut World) -> Result<(), Error> {
    let (folder, at, inside, second) = shared(world, 1)?;
    world.days_pass();
    world.archive(at, Some("INACTIVE"))?;
    for drive in [DRIVE, second] {
        world.days_pass();
        let client = world.stranger();
        erase_in(world, drive, client, &[&folder])?;
        world.now += 600;
        clean_in(world, drive, client, &[&folder])?;
    }
    world.is_lost(&folder, "client-on-server-word", "history-drive");
    world.are_lost(&inside, "folder-lost", "archive");
    world.truth.is_second_affected = true;
    Ok(())
}

/// What a client writes in a team's drive when a folder is gone: entry and number leave in one patch, as if somebody had removed it.
fn leaves_the_team(world: &mut World, at: At, by: Session, folders: &[&Thing]) -> Result<(), Error> {
    world.edit(at, by, |drive| {
        for folder in folders {
            forget(places::part(drive, "root"), folder);
            forget_data(drive, folder);
        }
    })
}

/// Only the operator's journal or notice tells it from a removal.
fn erased_in_a_team(world: &mut World) -> Result<(), Error> {
    let user = world.user()?;
    let (_, at) = team(world, user)?;
    let mut folders = Vec::new();
    for _ in 0..=world.below(2) {
        folders.push(world.filled(at, user, 1)?);
    }
    world.days_pass();
    for (_, place, _) in &folders {
        world.archive(*place, Some("INACTIVE"))?;
    }
    world.days_pass();
    let client = if world.chance() { world.stranger() } else { world.second_user()? };
    let things: Vec<&Thing> = folders.iter().map(|(folder, ..)| folder).collect();
    leaves_the_team(world, at, client, &things)?;
    for (folder, place, inside) in &folders {
        world.is_lost(folder, "client-on-server-word", "history-team");
        super::by_clients::perhaps_back(world, *place, inside)?;
    }
    Ok(())
}

/// Without the operator nothing tells, whether it was put back since or not.
fn erased_and_untold(world: &mut World) -> Result<(), Error> {
    let user = world.user()?;
    let (_, at) = team(world, user)?;
    let (folder, place, inside) = world.filled(at, user, 1)?;
    world.months_pass();
    world.archive_untold(place, Some("INACTIVE"))?;
    world.days_pass();
    let client = if world.chance() { world.stranger() } else { world.user()? };
    leaves_the_team(world, at, client, &[&folder])?;
    let back = world.chance();
    if back {
        world.restore_untold(place)?;
    }
    world.is_lost(&folder, "removed-or-erased", "history-team");
    world.are_lost(&inside, "folder-lost", if back { "via-folder" } else { "archive" });
    Ok(())
}

/// A member removes a folder in which nobody wrote for months. With something else in one patch it was a person: no client takes a
/// document out.
fn old_folder_removed(world: &mut World) -> Result<(), Error> {
    let user = world.user()?;
    let (_, at) = team(world, user)?;
    let (folder, _, inside) = world.filled(at, user, 1)?;
    let thing = world.document(at, user)?;
    world.months_pass();
    let by = world.stranger();
    let with_another = world.chance();
    if with_another {
        world.remove(at, by, &[&folder, &thing])?;
        world.is_lost(&folder, "other-member-burst", "history-team");
        world.is_lost(&thing, "other-member-burst", "history-team");
    } else {
        world.remove(at, by, &[&folder])?;
        world.is_lost(&folder, "removed-or-erased", "history-team");
    }
    world.are_lost(&inside, "folder-lost", "via-folder");
    Ok(())
}

/// The list in the trash stays, empty, and nothing else was erased at that time.
fn erased_alone_in_the_trash(world: &mut World) -> Result<(), Error> {
    let user = world.user()?;
    let (folder, at, inside) = world.filled(DRIVE, user, 1)?;
    world.throw(DRIVE, user, &[&folder])?;
    world.days_pass();
    let is_told = world.chance();
    if is_told {
        world.archive(at, Some("INACTIVE"))?;
    } else {
        world.archive_untold(at, Some("INACTIVE"))?;
    }
    world.days_pass();
    let client = world.stranger();
    world.edit(DRIVE, client, |drive| {
        places::part(drive, "sharedFolders").remove(&folder.key());
        places::part(drive, "trash").insert(super::world::spot(&folder), Vec::new());
    })?;
    world.days_pass();
    let client = world.stranger();
    world.edit(DRIVE, client, |drive| {
        places::part(drive, "trash").remove(&super::world::spot(&folder));
    })?;
    let cause = if is_told { "client-on-server-word" } else { "removed-or-erased" };
    world.is_lost(&folder, cause, "history-drive");
    world.are_lost(&inside, "folder-lost", "archive");
    Ok(())
}

/// The owner of a folder destroys it while it is in use, every member's client erases its key, and an operator puts it back. Without
/// the operator's word the lines are those of a removal.
fn destroyed_and_put_back(world: &mut World) -> Result<(), Error> {
    let user = world.user()?;
    let (_, at) = team(world, user)?;
    let (folder, place, inside) = world.filled(at, user, 1)?;
    world.seconds_pass(120);
    let is_told = world.chance();
    if is_told {
        world.archive(place, Some("ARCHIVE_OWNED"))?;
    } else {
        world.archive_untold(place, Some("ARCHIVE_OWNED"))?;
    }
    world.seconds_pass(60);
    let client = if world.chance() { world.stranger() } else { world.user()? };
    leaves_the_team(world, at, client, &[&folder])?;
    world.days_pass();
    if is_told {
        world.restore(place)?;
    } else {
        world.restore_untold(place)?;
    }
    let cause = if is_told { "client-on-server-word" } else { "removed-or-erased" };
    world.is_lost(&folder, cause, "history-team");
    world.are_lost(&inside, "folder-lost", "via-folder");
    Ok(())
}

/// The user takes one folder out of the trash for good. With the empty list that stays, a client may have done it as well.
fn removed_from_the_trash(world: &mut World) -> Result<(), Error> {
    let user = world.user()?;
    let (folder, _, inside) = world.filled(DRIVE, user, 1)?;
    world.throw(DRIVE, user, &[&folder])?;
    world.days_pass();
    let user = world.user()?;
    let leaves_a_list = world.chance();
    world.edit(DRIVE, user, |drive| {
        places::part(drive, "sharedFolders").remove(&folder.key());
        let trash: &mut Object = places::part(drive, "trash");
        if leaves_a_list {
            trash.insert(super::world::spot(&folder), Vec::new());
        } else {
            trash.remove(&super::world::spot(&folder));
        }
    })?;
    let cause = if leaves_a_list { "removed-or-erased" } else { "user-trash" };
    world.is_lost(&folder, cause, "history-drive");
    world.are_lost(&inside, "folder-lost", "via-folder");
    Ok(())
}
