//! What happens to plain folders, which are names in a tree and nothing else.

use pinfold_core::error::Error;
use pinfold_core::json::{Object, Value};

use super::Story;
use super::by_people::removal;
use super::things::Thing;
use super::world::{DRIVE, Session, World, forget, forget_data, spot};
use crate::histories::places;

pub(super) const STORIES: &[(&str, Story)] = &[
    ("plain folder removed", plain_folder_removed),
    ("plain folder thrown away", plain_folder_thrown),
    ("converted", converted),
    ("moved among folders of names", moved_among_names),
    ("taken back from the trash", taken_back),
];

/// Documents in a folder of names; its name.
fn in_names(world: &mut World, user: Session, count: usize) -> Result<(String, Vec<Thing>), Error> {
    let name = world.title("Names");
    let mut things = Vec::new();
    for _ in 0..count {
        let title = world.title("Document");
        let thing = Thing::document(title, &mut world.entropy)?;
        world.put(DRIVE, user, &thing, Some(&name))?;
        world.seconds_pass(20);
        things.push(thing);
    }
    Ok((name, things))
}

fn plain_folder_removed(world: &mut World) -> Result<(), Error> {
    let user = world.user()?;
    let count = 1 + world.below(4);
    let (name, things) = in_names(world, user, count)?;
    let shared = if world.chance() {
        let (folder, _, inside) = world.filled(DRIVE, user, 2)?;
        world.edit(DRIVE, user, |drive| {
            let root = places::part(drive, "root");
            forget(root, &folder);
            places::part(root, &name).insert(spot(&folder), folder.number());
        })?;
        Some((folder, inside))
    } else {
        None
    };
    world.days_pass();
    let user = world.user()?;
    world.edit(DRIVE, user, |drive| {
        places::part(drive, "root").remove(&name);
        things.iter().chain(shared.iter().map(|(folder, _)| folder)).for_each(|of| forget_data(drive, of));
    })?;
    let cause = removal(true, count + usize::from(shared.is_some()));
    world.are_lost(&things, cause, "history-drive");
    if let Some((folder, inside)) = shared {
        world.is_lost(&folder, cause, "history-drive");
        world.are_lost(&inside, "folder-lost", "via-folder");
    }
    Ok(())
}

fn plain_folder_thrown(world: &mut World) -> Result<(), Error> {
    let user = world.user()?;
    let (name, things) = in_names(world, user, 3)?;
    world.edit(DRIVE, user, |drive| {
        let element = places::part(drive, "root").remove(&name).unwrap_or(Value::Null);
        let mut thrown = Object::new();
        thrown.insert("element", element);
        thrown.insert("path", vec![Value::from("root")]);
        places::part(drive, "trash").insert(name.as_str(), vec![Value::from(thrown)]);
    })?;
    world.are_lost(&things, "user-trash", "present");
    Ok(())
}

/// Into a folder of names, and out of it; perhaps by way of the trash.
fn moved_among_names(world: &mut World) -> Result<(), Error> {
    let user = world.user()?;
    let (_, things) = in_names(world, user, 2)?;
    let name = world.title("Others");
    world.days_pass();
    let user = world.user()?;
    let by_the_trash = world.chance();
    for thing in &things {
        if by_the_trash {
            world.throw(DRIVE, user, &[thing])?;
            world.seconds_pass(40);
        }
        world.edit(DRIVE, user, |drive| {
            places::part(drive, "trash").remove(&spot(thing));
            let root = places::part(drive, "root");
            forget(root, thing);
            places::part(root, &name).insert(spot(thing), thing.number());
        })?;
        world.is_kept(thing, "moved");
        world.seconds_pass(20);
    }
    Ok(())
}

/// Out of the trash, to where it stood.
fn taken_back(world: &mut World) -> Result<(), Error> {
    let user = world.user()?;
    let thing = world.document(DRIVE, user)?;
    world.throw(DRIVE, user, &[&thing])?;
    world.seconds_pass(40);
    world.edit(DRIVE, user, |drive| {
        places::part(drive, "trash").remove(&spot(&thing));
        places::part(drive, "root").insert(spot(&thing), thing.number());
    })?;
    world.is_kept(&thing, "untouched");
    Ok(())
}

/// A folder of names becomes a shared one: its documents go there with their numbers.
fn converted(world: &mut World) -> Result<(), Error> {
    let user = world.user()?;
    let (name, things) = in_names(world, user, 3)?;
    world.days_pass();
    let user = world.user()?;
    let (_, folder) = world.folder(DRIVE, user)?;
    for thing in &things {
        world.put(folder, user, thing, None)?;
    }
    world.a_moment_passes();
    world.edit(DRIVE, user, |drive| {
        places::part(drive, "root").remove(&name);
        things.iter().for_each(|thing| forget_data(drive, thing));
    })?;
    things.iter().for_each(|thing| world.is_kept(thing, "moved"));
    Ok(())
}
