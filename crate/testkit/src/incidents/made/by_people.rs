//! What people do: on purpose, by accident, alone and with others.

use pinfold_core::error::Error;
use pinfold_core::json::{Object, Value};

use super::Story;
use super::things::Thing;
use super::world::{At, DRIVE, Session, World, forget_data, spot};
use crate::histories::places;

pub(super) const STORIES: &[(&str, Story)] = &[
    ("trash emptied", trash_emptied),
    ("trash kept", trash_kept),
    ("removed alone", removed_alone),
    ("burst in the drive", burst_in_the_drive),
    ("template removed", template_removed),
    ("moved into a folder", moved_into_a_folder),
    ("renamed", renamed),
    ("removed in a folder", removed_in_a_folder),
    ("burst over two folders", burst_over_two_folders),
    ("folder removed", folder_removed),
    ("gone back", gone_back),
    ("held twice", held_twice),
    ("restored before", restored_before),
    ("password changed by the user", password_changed_by_the_user),
    ("clock set back", clock_set_back),
];

/// A cause of somebody's: the user's own word for it, or that of others.
fn cause(is_own: bool, own: &'static str, other: &'static str) -> &'static str {
    if is_own { own } else { other }
}

pub(super) fn removal(is_own: bool, count: usize) -> &'static str {
    match count {
        0 | 1 => cause(is_own, "user-removed", "other-member"),
        _ => cause(is_own, "user-burst", "other-member-burst"),
    }
}

fn trash_emptied(world: &mut World) -> Result<(), Error> {
    let user = world.user()?;
    let count = 1 + world.below(3);
    let things = world.documents(count, DRIVE, user)?;
    world.days_pass();
    let user = world.user()?;
    let at_once = world.chance();
    for thing in &things {
        world.throw(DRIVE, user, &[thing])?;
        world.seconds_pass(if at_once { 1 } else { 40 });
    }
    let later = if world.chance() {
        world.seconds_pass(15);
        user
    } else {
        world.days_pass();
        world.user()?
    };
    world.empty_trash(DRIVE, later)?;
    world.unpin(&things.iter().collect::<Vec<_>>());
    world.are_lost(&things, "user-trash", "history-drive");
    world.trash_is_gone();
    Ok(())
}

fn trash_kept(world: &mut World) -> Result<(), Error> {
    let user = world.user()?;
    let thing = world.document(DRIVE, user)?;
    world.throw(DRIVE, user, &[&thing])?;
    world.is_lost(&thing, "user-trash", "present");
    Ok(())
}

fn removed_alone(world: &mut World) -> Result<(), Error> {
    let user = world.user()?;
    let things = world.documents(2, DRIVE, user)?;
    for thing in &things {
        world.seconds_pass(11);
        world.remove(DRIVE, user, &[thing])?;
        world.unpin(&[thing]);
    }
    world.are_lost(&things, "user-removed", "history-drive");
    Ok(())
}

/// Removed within seconds, in one patch or in several; how many.
pub(super) fn removed_together(
    world: &mut World,
    at: At,
    by: Session,
    things: &[Thing],
) -> Result<(), Error> {
    if world.chance() {
        return world.remove(at, by, &things.iter().collect::<Vec<_>>());
    }
    things.iter().try_for_each(|thing| {
        world.a_moment_passes();
        world.remove(at, by, &[thing])
    })
}

fn burst_in_the_drive(world: &mut World) -> Result<(), Error> {
    let user = world.user()?;
    let count = 2 + world.below(3);
    let things = world.documents(count, DRIVE, user)?;
    world.days_pass();
    let user = world.user()?;
    removed_together(world, DRIVE, user, &things)?;
    world.unpin(&things.iter().collect::<Vec<_>>());
    world.are_lost(&things, "user-burst", "history-drive");
    Ok(())
}

fn template_removed(world: &mut World) -> Result<(), Error> {
    let user = world.user()?;
    let title = world.title("Template");
    let thing = Thing::of("code", title, None, &mut world.entropy)?;
    let entry = world.entry_of(&thing, DRIVE)?;
    world.edit(DRIVE, user, |drive| {
        places::part(drive, "filesData").insert(thing.key(), entry);
        let mut list = drive.get("template").and_then(Value::as_array).unwrap_or_default().to_vec();
        list.push(thing.number());
        drive.insert("template", list);
    })?;
    world.days_pass();
    let (user, thrown) = (world.user()?, world.chance());
    world.edit(DRIVE, user, |drive| {
        let mut list = drive.get("template").and_then(Value::as_array).unwrap_or_default().to_vec();
        list.retain(|number| *number != thing.number());
        drive.insert("template", list);
        if thrown {
            let mut element = Object::new();
            element.insert("element", thing.number());
            element.insert("path", vec![Value::from("template")]);
            places::part(drive, "trash").insert(thing.title.as_str(), vec![Value::from(element)]);
        } else {
            forget_data(drive, &thing);
        }
    })?;
    if thrown {
        world.is_lost(&thing, "user-trash", "present");
    } else {
        world.is_lost(&thing, "user-removed", "history-drive");
    }
    Ok(())
}

fn moved_into_a_folder(world: &mut World) -> Result<(), Error> {
    let user = world.user()?;
    let (_, folder, _) = world.filled(DRIVE, user, 1)?;
    let count = 1 + world.below(3);
    let things = world.documents(count, DRIVE, user)?;
    for thing in &things {
        world.put(folder, user, thing, None)?;
        world.a_moment_passes();
        world.remove(DRIVE, user, &[thing])?;
        world.is_kept(thing, "moved");
    }
    Ok(())
}

fn renamed(world: &mut World) -> Result<(), Error> {
    let user = world.user()?;
    let in_folder = world.chance();
    let at = if in_folder { world.filled(DRIVE, user, 1)?.1 } else { DRIVE };
    let thing = world.document(at, user)?;
    world.days_pass();
    let user = world.user()?;
    world.edit(at, user, |holder| {
        if let Some(entry) = places::part(holder, "filesData").get_mut(&thing.key()) {
            entry.as_object_mut().map(|entry| entry.insert("filename", "another name"));
        }
    })?;
    world.is_kept(&thing, "renamed");
    Ok(())
}

/// The user, in a session that wrote in the drive or in one that the pin log knows; or another member.
fn somebody(world: &mut World) -> Result<(Session, bool), Error> {
    Ok(match world.below(3) {
        0 => (world.user()?, true),
        1 => (world.stranger(), true),
        _ => (world.stranger(), false),
    })
}

fn removed_in_a_folder(world: &mut World) -> Result<(), Error> {
    let user = world.user()?;
    let count = 1 + world.below(3);
    let (_, folder, things) = world.filled(DRIVE, user, count + 1)?;
    world.days_pass();
    let (by, is_own) = somebody(world)?;
    let (things, stay) = things.split_at(count);
    removed_together(world, folder, by, things)?;
    if is_own {
        world.unpin(&things.iter().collect::<Vec<_>>());
    }
    world.are_lost(things, removal(is_own, count), "history-folder");
    stay.iter().for_each(|thing| world.is_kept(thing, "untouched"));
    Ok(())
}

fn burst_over_two_folders(world: &mut World) -> Result<(), Error> {
    let user = world.user()?;
    let (_, one, first) = world.filled(DRIVE, user, 2)?;
    let (_, other, second) = world.filled(DRIVE, user, 1)?;
    world.days_pass();
    let (by, is_own) = somebody(world)?;
    removed_together(world, one, by, &first)?;
    world.a_moment_passes();
    removed_together(world, other, by, &second)?;
    if is_own {
        world.unpin(&first.iter().chain(&second).collect::<Vec<_>>());
    }
    for things in [&first, &second] {
        world.are_lost(things, removal(is_own, 3), "history-folder");
    }
    Ok(())
}

fn folder_removed(world: &mut World) -> Result<(), Error> {
    let user = world.user()?;
    let (folder, _, inside) = world.filled(DRIVE, user, 2)?;
    let one = inside.first().cloned();
    world.days_pass();
    let user = world.user()?;
    // One of its documents stands in the drive as well.
    if let Some(one) = &one {
        world.put(DRIVE, user, one, None)?;
    }
    world.seconds_pass(30);
    world.remove(DRIVE, user, &[&folder])?;
    world.is_lost(&folder, "user-removed", "history-drive");
    world.are_lost(inside.get(1..).unwrap_or_default(), "folder-lost", "via-folder");
    Ok(())
}

/// The client's own way back in history: the whole drive as it was before, and what is newer vanishes.
fn gone_back(world: &mut World) -> Result<(), Error> {
    let user = world.user()?;
    let earlier = world.drive()?;
    let count = 1 + world.below(3);
    let things = world.documents(count, DRIVE, user)?;
    world.days_pass();
    let user = world.user()?;
    world.write(DRIVE, user, |document| _ = document.insert("drive", earlier))?;
    world.are_lost(&things, removal(true, count), "history-drive");
    Ok(())
}

/// One document under two numbers: removing one loses nothing, destroying it removes both and is one thing.
fn held_twice(world: &mut World) -> Result<(), Error> {
    let user = world.user()?;
    let thing = world.document(DRIVE, user)?;
    let twin = Thing { id: thing.id + 1, ..thing.clone() };
    world.put(DRIVE, user, &twin, None)?;
    world.days_pass();
    let user = world.user()?;
    if world.chance() {
        return world.remove(DRIVE, user, &[&twin]);
    }
    world.remove(DRIVE, user, &[&thing, &twin])?;
    world.unpin(&[&thing]);
    world.is_lost(&thing, "user-removed", "history-drive");
    Ok(())
}

/// Removed within seconds, and put back since, under other numbers and with a tag.
fn restored_before(world: &mut World) -> Result<(), Error> {
    let user = world.user()?;
    let (_, folder, things) = world.filled(DRIVE, user, 3)?;
    world.days_pass();
    let user = world.user()?;
    removed_together(world, folder, user, &things)?;
    world.unpin(&things.iter().collect::<Vec<_>>());
    world.days_pass();
    let user = world.user()?;
    let (back, lost) = things.split_at(2);
    for thing in back {
        let again = Thing { id: thing.id + 7, ..thing.clone() };
        let mut entry = world.entry_of(&again, folder)?;
        entry.insert("tags", vec![Value::from("RESTORED-20220614")]);
        world.edit(folder, user, |holder| {
            places::part(holder, "filesData").insert(again.key(), entry);
            places::part(holder, "root").insert(spot(&again), again.number());
        })?;
        world.seconds_pass(30);
    }
    world.are_lost(lost, "user-burst", "history-folder");
    Ok(())
}

/// The folder has another key and another channel since, in the same entry: its log is young, and nothing is lost.
fn password_changed_by_the_user(world: &mut World) -> Result<(), Error> {
    let user = world.user()?;
    let (folder, at, inside) = world.filled(DRIVE, user, 2)?;
    world.days_pass();
    let user = world.user()?;
    let anew = Thing::of("drive", folder.title.clone(), Some("another 7"), &mut world.entropy)?;
    let anew = Thing { id: folder.id, ..anew };
    let cipher = anew.cipher()?;
    let new = world.open(pinfold_core::document::Shape::Folder, &anew, cipher)?;
    world.fill_anew(new, user, true)?;
    for thing in &inside {
        world.put(new, user, thing, None)?;
    }
    let entry = world.entry_of(&anew, DRIVE)?;
    world.edit(DRIVE, user, |drive| _ = places::part(drive, "sharedFolders").insert(anew.key(), entry))?;
    world.archive(at, Some("PASSWORD_CHANGE"))?;
    world.is_kept(&anew, "untouched");
    Ok(())
}

/// Later lines have earlier times: what is far apart by the lines is not near by the clock of one session.
fn clock_set_back(world: &mut World) -> Result<(), Error> {
    let user = world.user()?;
    let things = world.documents(2, DRIVE, user)?;
    let back = 3_600_000 + world.entropy.next_u64() % 3_600_000;
    world.now -= back;
    let user = world.user()?;
    for thing in &things {
        world.seconds_pass(60);
        world.remove(DRIVE, user, &[thing])?;
    }
    world.now += back;
    world.are_lost(&things, "user-removed", "history-drive");
    Ok(())
}
