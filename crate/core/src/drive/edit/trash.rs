//! Into the trash, and out of the drive.

use super::entry::{EntryId, TABLES, holds};
use super::{absent, object_in, tree, unfit};
use crate::error::Error;
use crate::json::{Object, Text, Value};

/// The entries in the trash of a drive, also those in folders there: what [`super::Edit::EmptyTrash`] may name.
/// `drive` is the object that holds `root`.
pub fn in_trash(drive: &Value) -> Vec<EntryId> {
    let mut found = Vec::new();
    let lists = drive.get("trash").and_then(Value::as_object).into_iter().flat_map(Object::values);
    for trashed in lists.filter_map(Value::as_array).flatten() {
        if let Some(element) = trashed.get("element") {
            tree::entries(element, &mut found);
        }
    }
    found
}

/// Whether an entry is shown outside the trash.
pub(super) fn is_shown(drive: &Object, id: EntryId) -> bool {
    let template = drive.get("template").and_then(Value::as_array).unwrap_or_default();
    template.iter().any(|element| id.is(element))
        || drive.get("root").and_then(Value::as_object).is_some_and(|root| tree::shows_in(root, id))
}

fn is_trashed(drive: &Object, id: EntryId) -> bool {
    let lists = drive.get("trash").and_then(Value::as_object).into_iter().flat_map(Object::values);
    let mut elements =
        lists.filter_map(Value::as_array).flatten().filter_map(|trashed| trashed.get("element"));
    elements.any(|element| tree::shows(element, id))
}

pub(super) fn remove(drive: &mut Object, id: EntryId) -> Result<bool, Error> {
    if !TABLES.iter().any(|table| holds(drive, table, id)) {
        return Err(absent());
    }
    if !is_shown(drive, id) && is_trashed(drive, id) {
        return Ok(false);
    }
    if drive.get("trash").is_some_and(|trash| trash.as_object().is_none()) {
        return Err(unfit());
    }
    let mut places = take_out(drive, id);
    if places.is_empty() {
        places.push(vec![Text::from(id.key())]);
    }
    let trash = object_in(drive, "trash")?;
    for mut place in places {
        let Some(name) = place.pop() else { continue };
        let path = [Text::from("root")].into_iter().chain(place).map(Value::from).collect::<Vec<_>>();
        let mut trashed = Object::new();
        trashed.insert("element", id.number());
        trashed.insert("path", path);
        match trash.get_text_mut(&name) {
            Some(Value::Array(list)) => list.push(trashed.into()),
            // Not a list: the cleaning pass of the real client would drop it.
            _ => drop(trash.insert(name, vec![Value::from(trashed)])),
        }
    }
    Ok(true)
}

pub(super) fn erase(drive: &mut Object, id: EntryId) -> Result<bool, Error> {
    if !TABLES.iter().any(|table| holds(drive, table, id)) {
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
        if !is_shown(drive, *id) && !is_trashed(drive, *id) {
            forget_data(drive, *id);
        }
    }
    Ok(gone.anything)
}

/// Takes an entry out of the trash and keeps its data.
pub(super) fn forget(drive: &mut Object, id: EntryId) {
    prune(drive, &[id], false);
}

/// Takes an entry out of `root` and `template`; where in `root` it was.
fn take_out(drive: &mut Object, id: EntryId) -> Vec<tree::Place> {
    if let Some(Value::Array(template)) = drive.get_mut("template") {
        template.retain(|element| !id.is(element));
    }
    let root = drive.get_mut("root").and_then(Value::as_object_mut);
    root.map(|root| tree::take_out(root, id)).unwrap_or_default()
}

fn forget_data(drive: &mut Object, id: EntryId) {
    for table in TABLES {
        if let Some(table) = drive.get_mut(table).and_then(Value::as_object_mut) {
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
    let Some(trash) = drive.get_mut("trash").and_then(Value::as_object_mut) else { return gone };
    let names: Vec<Text> = trash.keys().cloned().collect();
    for name in names {
        let Some(Value::Array(list)) = trash.get_text_mut(&name) else { continue };
        let before = list.len();
        list.retain_mut(|trashed| {
            let element = trashed.as_object_mut().and_then(|trashed| trashed.get_mut("element"));
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
    if !tree::is_folder(element) {
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
