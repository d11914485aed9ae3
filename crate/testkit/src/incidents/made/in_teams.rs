//! What happens in teams: their drives belong to all members.

use pinfold_core::document::Shape;
use pinfold_core::error::Error;
use pinfold_core::json::Object;

use super::Story;
use super::by_clients::{clean, erase};
use super::by_people::{removal, removed_together};
use super::things::Thing;
use super::world::{At, DRIVE, Session, World, forget, forget_data};
use crate::histories::places;

pub(super) const STORIES: &[(&str, Story)] = &[
    ("removed in a team", removed),
    ("thrown away in a team", thrown),
    ("folder of a team removed", folder_removed),
    ("folder of a team erased", folder_erased),
    ("removed in a folder of a team", removed_in_a_folder),
    ("folder of a team made anew", made_anew),
    ("in a team as well", in_a_team_as_well),
];

/// A team of the user's, and its drive.
pub(super) fn team(world: &mut World, by: Session) -> Result<(Thing, At), Error> {
    let title = world.title("Team");
    let password = world.chance().then_some("team 11");
    let team = Thing::of("team", title, password, &mut world.entropy)?;
    let cipher = team.cipher()?;
    let at = world.open(Shape::Team, &team, cipher)?;
    let maker = world.stranger();
    world.write(at, maker, |document| {
        let drive = places::part(document, "drive");
        for part in ["filesData", "root", "sharedFolders", "static", "trash"] {
            drive.insert(part, Object::new());
        }
        drive.insert("template", Vec::new());
    })?;
    world.seconds_pass(30);
    let seat = team.seat();
    world.write(DRIVE, by, |document| _ = places::part(document, "teams").insert(team.key(), seat))?;
    world.seconds_pass(30);
    Ok((team, at))
}

/// Another member, or the user.
fn member(world: &mut World) -> Result<(Session, bool), Error> {
    Ok(if world.chance() { (world.user()?, true) } else { (world.stranger(), false) })
}

fn removed(world: &mut World) -> Result<(), Error> {
    let user = world.user()?;
    let (_, at) = team(world, user)?;
    let count = 1 + world.below(3);
    let things = world.documents(count, at, user)?;
    world.days_pass();
    let (by, is_own) = member(world)?;
    removed_together(world, at, by, &things)?;
    world.are_lost(&things, removal(is_own, count), "history-team");
    Ok(())
}

fn thrown(world: &mut World) -> Result<(), Error> {
    let user = world.user()?;
    let (_, at) = team(world, user)?;
    let things = world.documents(2, at, user)?;
    world.days_pass();
    let (by, is_own) = member(world)?;
    world.throw(at, by, &things.iter().collect::<Vec<_>>())?;
    let is_emptied = world.chance();
    if is_emptied {
        world.seconds_pass(30);
        world.empty_trash(at, by)?;
    }
    let cause = if is_own { "user-trash" } else { "other-member-trash" };
    world.are_lost(&things, cause, if is_emptied { "history-team" } else { "present" });
    // Emptying the trash of the user's own drive changes nothing here.
    let lost = world.truth.lost.iter_mut().rev().take(things.len());
    lost.for_each(|lost| _ = lost.insert("kind", "in a team"));
    Ok(())
}

fn folder_removed(world: &mut World) -> Result<(), Error> {
    let user = world.user()?;
    let (team, at) = team(world, user)?;
    let (folder, _, inside) = world.filled(at, user, 2)?;
    world.days_pass();
    let (by, is_own) = member(world)?;
    // Right after it logged in, so that the team's list of pins shows that the folder was there; or later, when nothing does.
    let is_listed = world.chance();
    world.set_pins_of(&team, std::slice::from_ref(&folder.channel));
    if is_listed {
        world.a_moment_passes();
    } else {
        world.seconds_pass(60);
    }
    world.remove(at, by, &[&folder])?;
    let cause = if is_listed { removal(is_own, 1) } else { "removed-or-erased" };
    world.is_lost(&folder, cause, "history-team");
    world.are_lost(&inside, "folder-lost", "via-folder");
    Ok(())
}

/// Both go in one patch here; it is told by what the same client erased in the user's own drive.
fn folder_erased(world: &mut World) -> Result<(), Error> {
    let user = world.user()?;
    let (_, at) = team(world, user)?;
    let (folder, place, inside) = world.filled(at, user, 1)?;
    let (own, own_place, own_inside) = world.filled(DRIVE, user, 1)?;
    world.days_pass();
    for place in [place, own_place] {
        world.archive(place, Some("INACTIVE"))?;
    }
    world.days_pass();
    let client = world.stranger();
    erase(world, client, &[&own])?;
    world.now += 300;
    world.edit(at, client, |drive| {
        forget(places::part(drive, "root"), &folder);
        forget_data(drive, &folder);
    })?;
    world.now += 300;
    clean(world, client, &[&own])?;
    world.is_lost(&own, "client-on-server-word", "history-drive");
    world.is_lost(&folder, "client-on-server-word", "history-team");
    world.are_lost(&own_inside, "folder-lost", "archive");
    world.are_lost(&inside, "folder-lost", "archive");
    Ok(())
}

fn removed_in_a_folder(world: &mut World) -> Result<(), Error> {
    let user = world.user()?;
    let (_, at) = team(world, user)?;
    let count = 1 + world.below(3);
    let (_, folder, things) = world.filled(at, user, count)?;
    world.days_pass();
    let (by, is_own) = member(world)?;
    removed_together(world, folder, by, &things)?;
    world.are_lost(&things, removal(is_own, count), "history-folder");
    Ok(())
}

fn made_anew(world: &mut World) -> Result<(), Error> {
    let user = world.user()?;
    let (_, at) = team(world, user)?;
    let (folder, place, inside) = world.filled(at, user, 2)?;
    world.days_pass();
    world.archive(place, None)?;
    world.days_pass();
    let client = world.stranger();
    world.made_anew(place, client)?;
    world.is_lost(&folder, "folder-made-anew", "present");
    world.are_lost(&inside, "folder-made-anew", "archive");
    world.conflicts(&folder, "placeholder");
    Ok(())
}

/// What leaves the drive and stands in a team is not lost.
fn in_a_team_as_well(world: &mut World) -> Result<(), Error> {
    let user = world.user()?;
    let (_, at) = team(world, user)?;
    let thing = world.document(DRIVE, user)?;
    let (folder, _, _) = world.filled(DRIVE, user, 1)?;
    world.put(at, user, &thing, None)?;
    world.put(at, user, &folder, None)?;
    world.days_pass();
    let user = world.user()?;
    world.remove(DRIVE, user, &[&thing, &folder])
}
