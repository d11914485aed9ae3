//! Into the trash, and out of the drive.

use super::{absent, object_in, tree, unfit};
use crate::document::{EntryId, Kind, Tables, field, is_folder};
use crate::error::Error;
use crate::json::{Object, Text, Value};

pub(super) fn remove(drive: &mut Object, id: EntryId) -> Result<bool, Error> {
    if !Tables::within(drive).holds(id) {
        return Err(absent());
    }
    let tables = Tables::within(drive);
    if !tables.shows(id) && tables.has_trashed(id) {
        return Ok(false);
    }
    if drive.get(field::TRASH).is_some_and(|trash| trash.as_object().is_none()) {
        return Err(unfit());
    }
    let mut places = take_out(drive, id);
    if places.is_empty() {
        places.push(vec![Text::from(id.key())]);
    }
    let trash = object_in(drive, field::TRASH)?;
    for mut place in places {
        let Some(name) = place.pop() else { continue };
        push(trash, name, place, id);
    }
    Ok(true)
}

/// Puts an entry into the trash that stood in these folders under this name.
pub(super) fn push(trash: &mut Object, name: Text, folders: tree::Place, id: EntryId) {
    let path = [Text::from(field::ROOT)].into_iter().chain(folders).map(Value::from).collect::<Vec<_>>();
    let mut trashed = Object::new();
    trashed.insert(field::ELEMENT, id.number());
    trashed.insert(field::PATH, path);
    match trash.get_text_mut(&name) {
        Some(Value::Array(list)) => list.push(trashed.into()),
        // Not a list: the cleaning pass of the real client would drop it.
        _ => drop(trash.insert(name, vec![Value::from(trashed)])),
    }
}

pub(super) fn erase(drive: &mut Object, id: EntryId) -> Result<bool, Error> {
    if !Tables::within(drive).holds(id) {
        return Err(absent());
    }
    take_out(drive, id);
    forget(drive, id);
    forget_data(drive, id);
    Ok(true)
}

pub(super) fn empty(drive: &mut Object, entries: &[EntryId]) -> Result<bool, Error> {
    let gone = prune(drive, entries, true);
    for id in &gone.entries {
        let tables = Tables::within(drive);
        if !tables.shows(*id) && !tables.has_trashed(*id) {
            forget_data(drive, *id);
        }
    }
    Ok(gone.anything)
}

/// Takes an entry out of the trash and keeps its data. Whether it was there.
pub(super) fn forget(drive: &mut Object, id: EntryId) -> bool {
    prune(drive, &[id], false).anything
}

/// Takes an entry out of `root` and `template`; where in `root` it was.
fn take_out(drive: &mut Object, id: EntryId) -> Vec<tree::Place> {
    if let Some(Value::Array(template)) = drive.get_mut(field::TEMPLATE) {
        template.retain(|element| !id.is(element));
    }
    let root = drive.get_mut(field::ROOT).and_then(Value::as_object_mut);
    root.map(|root| tree::take_out(root, id)).unwrap_or_default()
}

pub(super) fn forget_data(drive: &mut Object, id: EntryId) {
    for kind in Kind::ALL {
        if let Some(table) = drive.get_mut(kind.table()).and_then(Value::as_object_mut) {
            table.remove(&id.key());
        }
    }
}

#[derive(Default)]
struct Gone {
    entries: Vec<EntryId>,
    anything: bool,
}

/// Takes the named entries out of the trash, and the folders there that hold nothing after that. `sweep` also
/// takes folders and lists that held nothing to begin with.
fn prune(drive: &mut Object, named: &[EntryId], sweep: bool) -> Gone {
    let mut gone = Gone::default();
    let Some(trash) = drive.get_mut(field::TRASH).and_then(Value::as_object_mut) else { return gone };
    let names: Vec<Text> = trash.keys().cloned().collect();
    for name in names {
        let Some(Value::Array(list)) = trash.get_text_mut(&name) else { continue };
        let before = list.len();
        list.retain_mut(|trashed| {
            let element = trashed.as_object_mut().and_then(|trashed| trashed.get_mut(field::ELEMENT));
            element.is_none_or(|element| !goes(element, named, sweep, &mut gone))
        });
        let went = list.len() != before;
        let left_empty = list.is_empty() && (went || sweep);
        if left_empty {
            trash.remove_text(&name);
        }
        gone.anything |= went || left_empty;
    }
    gone
}

/// Whether an element goes: a named entry, or a folder whose last entry went.
fn goes(element: &mut Value, named: &[EntryId], sweep: bool, gone: &mut Gone) -> bool {
    if let Some(id) = EntryId::of(element) {
        let goes = named.contains(&id);
        gone.entries.extend(goes.then_some(id));
        return goes;
    }
    if !is_folder(element) {
        return false;
    }
    let Some(folder) = element.as_object_mut() else { return false };
    let mut went = false;
    let names: Vec<Text> = folder.keys().cloned().collect();
    for name in names {
        if folder.get_text_mut(&name).is_some_and(|inner| goes(inner, named, sweep, gone)) {
            folder.remove_text(&name);
            went = true;
        }
    }
    gone.anything |= went;
    let mut left = Vec::new();
    tree::entries(element, &mut left);
    (went || sweep) && left.is_empty()
}
