//! What clients do by themselves: they erase keys on the server's word, and make anew what is not there.

use pinfold_core::document::Shape;
use pinfold_core::error::Error;
use pinfold_core::json::{Object, Value};

use super::Story;
use super::things::Thing;
use super::world::{At, DRIVE, Session, World, forget, spot};
use crate::histories::places;

pub(super) const STORIES: &[(&str, Story)] = &[
    ("keys erased at log-in", erased_at_log_in),
    ("key erased while connected", erased_while_connected),
    ("key erased in the trash", erased_in_the_trash),
    ("password changed by the owner", password_changed),
    ("password changed for a viewer", password_changed_for_a_viewer),
    ("calendar erased", calendar_erased),
    ("team erased", team_erased),
    ("folder made anew", made_anew),
    ("folder made anew and removed", made_anew_and_removed),
    ("folder made anew and filled", made_anew_and_filled),
    ("folder missing", missing),
    ("missing folder removed", missing_and_removed),
    ("folder made anew and thrown away", made_anew_and_thrown),
    ("folder removed and made anew later", removed_and_made_anew_later),
    ("folder of a viewer made anew and filled", made_anew_and_filled_for_a_viewer),
    ("folder made anew and put back by hand", made_anew_and_put_back),
];

/// A reason that the server gives; every client erases the key of such a folder.
pub(super) fn reason(world: &mut World) -> &'static str {
    let reasons = ["INACTIVE", "ARCHIVE_OWNED", "MODERATION_PAD:spam"];
    reasons.get(world.below(reasons.len())).copied().unwrap_or("INACTIVE")
}

/// The client takes the data away, and leaves the number in the tree.
pub(super) fn erase(world: &mut World, by: Session, folders: &[&Thing]) -> Result<(), Error> {
    erase_in(world, DRIVE, by, folders)
}

/// The same in the drive of another account.
pub(super) fn erase_in(world: &mut World, at: At, by: Session, folders: &[&Thing]) -> Result<(), Error> {
    world.edit(at, by, |drive| {
        for folder in folders {
            places::part(drive, "sharedFolders").remove(&folder.key());
        }
    })
}

/// The cleaning pass takes the numbers away.
pub(super) fn clean(world: &mut World, by: Session, folders: &[&Thing]) -> Result<(), Error> {
    clean_in(world, DRIVE, by, folders)
}

/// The same in the drive of another account.
pub(super) fn clean_in(world: &mut World, at: At, by: Session, folders: &[&Thing]) -> Result<(), Error> {
    world.edit(at, by, |drive| folders.iter().for_each(|of| forget(places::part(drive, "root"), of)))
}

/// Perhaps the operator puts the folder back: then its documents are in it, and otherwise in the archived copy.
pub(super) fn perhaps_back(world: &mut World, at: At, inside: &[Thing]) -> Result<(), Error> {
    let back = world.chance();
    if back {
        world.days_pass();
        world.restore(at)?;
    }
    world.are_lost(inside, "folder-lost", if back { "via-folder" } else { "archive" });
    Ok(())
}

fn erased_at_log_in(world: &mut World) -> Result<(), Error> {
    let user = world.user()?;
    let mut folders = Vec::new();
    for _ in 0..=world.below(2) {
        folders.push(world.filled(DRIVE, user, 2)?);
    }
    world.days_pass();
    for (_, at, _) in &folders {
        let reason = reason(world);
        world.archive(*at, Some(reason))?;
    }
    world.days_pass();
    let client = world.stranger();
    let things: Vec<&Thing> = folders.iter().map(|(folder, ..)| folder).collect();
    erase(world, client, &things)?;
    world.now += 600;
    clean(world, client, &things)?;
    for (folder, at, inside) in &folders {
        world.is_lost(folder, "client-on-server-word", "history-drive");
        perhaps_back(world, *at, inside)?;
    }
    Ok(())
}

fn erased_while_connected(world: &mut World) -> Result<(), Error> {
    let user = world.user()?;
    let (folder, at, inside) = world.filled(DRIVE, user, 1)?;
    let reason = reason(world);
    world.archive(at, Some(reason))?;
    world.seconds_pass(2);
    erase(world, user, &[&folder])?;
    let mut letter = Object::new();
    letter.insert("type", "SF_DELETED");
    letter.insert("title", folder.title.as_str());
    letter.insert("sfId", folder.key());
    letter.insert("time", (world.now + 300) as f64);
    world.truth.letters.push(letter);
    if world.chance() {
        world.days_pass();
        let next = world.stranger();
        clean(world, next, &[&folder])?;
    }
    world.is_lost(&folder, "client-on-server-word", "history-drive");
    perhaps_back(world, at, &inside)
}

/// The list in the trash stays behind, empty; the next log-in cleans it.
fn erased_in_the_trash(world: &mut World) -> Result<(), Error> {
    let user = world.user()?;
    let (folder, at, _) = world.filled(DRIVE, user, 1)?;
    let (other, other_at, inside) = world.filled(DRIVE, user, 1)?;
    world.throw(DRIVE, user, &[&folder])?;
    world.days_pass();
    world.archive(at, Some("INACTIVE"))?;
    world.archive(other_at, Some("INACTIVE"))?;
    let client = world.stranger();
    world.edit(DRIVE, client, |drive| {
        places::part(drive, "sharedFolders").remove(&folder.key());
        places::part(drive, "sharedFolders").remove(&other.key());
        places::part(drive, "trash").insert(spot(&folder), Vec::new());
    })?;
    world.now += 600;
    clean(world, client, &[&other])?;
    world.days_pass();
    let client = world.stranger();
    world.edit(DRIVE, client, |drive| _ = places::part(drive, "trash").remove(&spot(&folder)))?;
    world.is_lost(&folder, "client-on-server-word", "history-drive");
    world.is_lost(&other, "client-on-server-word", "history-drive");
    perhaps_back(world, other_at, &inside)
}

fn password_changed(world: &mut World) -> Result<(), Error> {
    let user = world.user()?;
    let (folder, at, _) = world.filled(DRIVE, user, 1)?;
    world.archive(at, Some("PASSWORD_CHANGE"))?;
    world.days_pass();
    let client = world.stranger();
    world.edit(DRIVE, client, |drive| {
        let mut row = places::part(drive, "sharedFolders").remove(&folder.key()).unwrap_or(Value::Null);
        row.as_object_mut().map(|row| row.insert("legacy", false));
        places::part(drive, "sharedFoldersTemp").insert(folder.key(), row);
        forget(places::part(drive, "root"), &folder);
    })?;
    world.is_lost(&folder, "password-change", "present");
    Ok(())
}

/// A stranger's folder with two documents, of which the user gets the view link alone. Who the user is, the folder as the user has it,
/// where it is, and what is in it.
fn of_a_stranger(world: &mut World) -> Result<(Session, Thing, At, Vec<Thing>), Error> {
    let user = world.user()?;
    let title = world.title("Folder");
    let folder = Thing::of("drive", title, None, &mut world.entropy)?;
    let cipher = folder.cipher()?;
    let at = world.open(Shape::Folder, &folder, cipher)?;
    let owner = world.stranger();
    world.fill_anew(at, owner, true)?;
    let inside = world.documents(2, at, owner)?;
    world.days_pass();
    let seen = Thing { href: String::new(), ..folder };
    Ok((user, seen, at, inside))
}

fn password_changed_for_a_viewer(world: &mut World) -> Result<(), Error> {
    let (user, seen, at, inside) = of_a_stranger(world)?;
    world.is_seen_as(at, &seen);
    world.put(DRIVE, user, &seen, None)?;
    world.days_pass();
    let client = world.stranger();
    world.archive(at, Some("PASSWORD_CHANGE"))?;
    erase(world, client, &[&seen])?;
    world.now += 600;
    clean(world, client, &[&seen])?;
    world.is_lost(&seen, "client-on-server-word", "history-drive");
    // Who may only read recovers the view links; of the oldest kinds of links there are none.
    let readable: Vec<Thing> = inside.into_iter().filter(|thing| !thing.view.is_empty()).collect();
    world.are_lost(&readable, "folder-lost", "archive");
    Ok(())
}

fn calendar_erased(world: &mut World) -> Result<(), Error> {
    let user = world.user()?;
    let title = world.title("Calendar");
    let calendar = Thing::of("calendar", title, None, &mut world.entropy)?;
    let mut entry = world.entry_of(&calendar, DRIVE)?;
    entry.insert("color", "#ff0000");
    world.write(DRIVE, user, |document| {
        places::part(document, "calendars").insert(calendar.channel.as_str(), entry);
    })?;
    world.days_pass();
    let client = world.stranger();
    world.write(DRIVE, client, |document| {
        places::part(document, "calendars").remove(&calendar.channel);
    })?;
    world.is_lost(&calendar, "client-on-server-word", "history-drive");
    Ok(())
}

fn team_erased(world: &mut World) -> Result<(), Error> {
    let user = world.user()?;
    let (team, at) = super::in_teams::team(world, user)?;
    let things = world.documents(2, at, user)?;
    let (folder, _, inside) = world.filled(at, user, 2)?;
    world.days_pass();
    let live = world.chance();
    if !live {
        let reason = world.chance().then_some("INACTIVE");
        world.archive(at, reason)?;
    }
    world.days_pass();
    let client = world.stranger();
    world.write(DRIVE, client, |document| _ = places::part(document, "teams").remove(&team.key()))?;
    world.is_lost(&team, "client-on-server-word", "history-drive");
    let key_at = if live { "via-folder" } else { "archive" };
    world.are_lost(&things, "folder-lost", key_at);
    world.is_lost(&folder, "folder-lost", key_at);
    world.are_lost(&inside, "folder-lost", "via-folder");
    Ok(())
}

/// The operator archives a folder without a reason, and a client makes it anew; its places, and what was in it.
fn anew(world: &mut World) -> Result<(Thing, At, Vec<Thing>), Error> {
    let user = world.user()?;
    let (folder, at, inside) = world.filled(DRIVE, user, 2)?;
    world.days_pass();
    world.archive(at, None)?;
    world.days_pass();
    let client = world.stranger();
    let live = world.made_anew(at, client)?;
    Ok((folder, live, inside))
}

fn made_anew(world: &mut World) -> Result<(), Error> {
    let (folder, live, inside) = anew(world)?;
    let is_titled = world.chance();
    if is_titled {
        let user = world.user()?;
        world.write(live, user, |of| _ = places::part(of, "metadata").insert("title", "Again"))?;
    }
    world.is_lost(&folder, "folder-made-anew", "present");
    world.are_lost(&inside, "folder-made-anew", "archive");
    world.conflicts(&folder, if is_titled { "placeholder-titled" } else { "placeholder" });
    Ok(())
}

fn made_anew_and_removed(world: &mut World) -> Result<(), Error> {
    let (folder, _, inside) = anew(world)?;
    world.days_pass();
    let user = world.user()?;
    world.remove(DRIVE, user, &[&folder])?;
    world.is_lost(&folder, "user-after-loss", "history-drive");
    world.are_lost(&inside, "folder-lost", "archive");
    world.conflicts(&folder, "placeholder");
    Ok(())
}

/// It looked empty, and went to the trash; perhaps that was emptied since.
fn made_anew_and_thrown(world: &mut World) -> Result<(), Error> {
    let (folder, _, inside) = anew(world)?;
    world.days_pass();
    let user = world.user()?;
    world.throw(DRIVE, user, &[&folder])?;
    world.conflicts(&folder, "placeholder");
    if world.chance() {
        world.seconds_pass(60);
        let things = [&folder];
        world.edit(DRIVE, user, |drive| {
            for thing in things {
                places::part(drive, "trash").remove(&spot(thing));
                places::part(drive, "sharedFolders").remove(&thing.key());
            }
        })?;
        world.is_lost(&folder, "user-after-loss", "history-drive");
        world.are_lost(&inside, "folder-lost", "archive");
    } else {
        world.is_lost(&folder, "user-after-loss", "present");
        world.are_lost(&inside, "folder-made-anew", "archive");
        world.truth.in_thrown.extend(inside.iter().map(|thing| thing.channel.clone()));
    }
    Ok(())
}

/// The user removes a folder; others still have it when the operator archives it, and a client of theirs makes it anew.
fn removed_and_made_anew_later(world: &mut World) -> Result<(), Error> {
    let user = world.user()?;
    let (folder, at, inside) = world.filled(DRIVE, user, 1)?;
    world.days_pass();
    let user = world.user()?;
    world.remove(DRIVE, user, &[&folder])?;
    world.is_lost(&folder, "user-removed", "history-drive");
    world.days_pass();
    world.archive(at, None)?;
    world.days_pass();
    let client = world.stranger();
    world.made_anew(at, client)?;
    world.are_lost(&inside, "folder-lost", "archive");
    world.conflicts(&folder, "placeholder");
    Ok(())
}

fn made_anew_and_filled(world: &mut World) -> Result<(), Error> {
    let (folder, live, inside) = anew(world)?;
    let user = world.user()?;
    let one = inside.first().cloned();
    let is_within = world.chance();
    match one.filter(|_| is_within) {
        // Somebody puts a document back that they still have elsewhere.
        Some(one) => {
            world.put(live, user, &one, None)?;
            world.are_lost(inside.get(1..).unwrap_or_default(), "folder-made-anew", "archive");
            world.conflicts(&folder, "within");
        }
        None => {
            world.document(live, user)?;
            world.are_lost(&inside, "folder-made-anew", "archive");
            world.conflicts(&folder, "merge");
        }
    }
    world.is_lost(&folder, "folder-made-anew", "present");
    Ok(())
}

/// The folder stays named and nothing is behind it: no key is lost.
fn missing(world: &mut World) -> Result<(), Error> {
    let user = world.user()?;
    let (_, at, _) = world.filled(DRIVE, user, 1)?;
    world.days_pass();
    world.truth.is_affected = true;
    world.archive(at, None)
}

/// Whoever may only read sees what both copies hold, and cannot bring them together.
fn made_anew_and_filled_for_a_viewer(world: &mut World) -> Result<(), Error> {
    let (user, seen, at, inside) = of_a_stranger(world)?;
    world.put(DRIVE, user, &seen, None)?;
    world.days_pass();
    world.archive(at, None)?;
    world.days_pass();
    let owner = world.stranger();
    let live = world.made_anew(at, owner)?;
    world.document(live, owner)?;
    world.is_seen_as(live, &seen);
    world.is_lost(&seen, "folder-made-anew", "present");
    let readable: Vec<Thing> = inside.into_iter().filter(|thing| !thing.view.is_empty()).collect();
    world.are_lost(&readable, "folder-made-anew", "archive");
    world.conflicts(&seen, "merge-needs-editor");
    Ok(())
}

/// Somebody had kept everything that was in it.
fn made_anew_and_put_back(world: &mut World) -> Result<(), Error> {
    let (folder, live, inside) = anew(world)?;
    let user = world.user()?;
    let (archived, _) = world.archived.get(&folder.channel).ok_or_else(absent)?;
    let before = archived.document.clone();
    world.write(live, user, |of| {
        if let Some(before) = before.as_object() {
            of.clone_from(before);
        }
    })?;
    world.is_lost(&folder, "folder-made-anew", "present");
    inside.iter().for_each(|thing| world.is_kept(thing, "untouched"));
    world.conflicts(&folder, "equal");
    Ok(())
}

fn absent() -> Error {
    Error::new(pinfold_core::error::Code::Internal, "there is no archived copy")
}

fn missing_and_removed(world: &mut World) -> Result<(), Error> {
    let user = world.user()?;
    let (folder, at, inside) = world.filled(DRIVE, user, 2)?;
    world.days_pass();
    world.archive(at, None)?;
    let user = world.user()?;
    world.remove(DRIVE, user, &[&folder])?;
    world.is_lost(&folder, "user-after-loss", "history-drive");
    world.are_lost(&inside, "folder-lost", "archive");
    Ok(())
}
