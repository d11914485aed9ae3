//! Putting back what was lost, marked with a tag.

use std::fmt;

use super::{Put, Shape, better, elsewhere, object_in, trash, tree, unfit};
use crate::document::{Entry, Kind, Links, Tables, field};
use crate::error::Error;
use crate::json::{Object, Text, Value};

/// An entry that was lost, where it stood, and a tag by which the person finds it (`RESTORED-20190614`). Entry, place and
/// tag come in one message: no reader ever sees one of them alone.
///
/// An entry of the same channel that is there already stays as it is: it gains the tag, and a link that can do more than
/// its own. One that is shown stays where it is; one in the trash comes out of it.
#[derive(Clone, PartialEq)]
pub struct Restore {
    /// The entry, keys included, and its place below `root`.
    pub put: Put,
    /// It stood among the templates. A shared folder has none: there it stands in `root`.
    pub template: bool,
    /// Folders of its place that are gone are made again. Otherwise it then stands in `root`.
    pub make_folders: bool,
    /// From another copy of the same document: an entry that is there already does not get the tag. It gains all fields and
    /// tags that it lacks, the later time it was opened and the earlier time of entry.
    pub join: bool,
    /// What CryptPad's own search finds it by, with `#` before it. An external link has no tags.
    pub tag: Text,
}

impl Restore {
    /// Where it stood, or in `root` where that place is gone.
    pub const fn new(put: Put, tag: Text) -> Self {
        Self { put, template: false, make_folders: false, join: false, tag }
    }

    pub(super) fn apply(&self, drive: &mut Object, shape: Shape, links: Links<'_>) -> Result<bool, Error> {
        let put = &self.put;
        if put.kind == Kind::SharedFolder && shape == Shape::Folder {
            return Err(elsewhere("a shared folder holds no other"));
        }
        let given = Entry::with_fields(put.kind, &put.entry);
        if given.channel().is_none() && given.links() == [None; 2] {
            return Err(elsewhere("what was lost names nothing"));
        }
        put.check(drive)?;
        let known = put.known_as(drive, links);
        let id = known.unwrap_or_else(|| put.free_id(drive));
        let table = object_in(drive, put.kind.table())?;
        if known.is_none() {
            table.insert(id.key(), put.entry.clone());
        }
        let held = table.get_mut(&id.key()).and_then(Value::as_object_mut).ok_or_else(unfit)?;
        let mut changed = known.is_none() | better::improve(held, &put.entry, links);
        if self.join && known.is_some() {
            changed |= join(held, &put.entry);
        } else {
            changed |= put.kind != Kind::Link && mark(held, &self.tag);
        }
        if !Tables::within(drive).shows(id) {
            trash::forget(drive, id);
            self.show(drive, shape, id)?;
            changed = true;
        }
        Ok(changed)
    }

    fn show(&self, drive: &mut Object, shape: Shape, id: super::EntryId) -> Result<(), Error> {
        if self.template && shape != Shape::Folder {
            if !drive.contains_key(field::TEMPLATE) {
                drive.insert(field::TEMPLATE, Vec::new());
            }
            if let Some(Value::Array(list)) = drive.get_mut(field::TEMPLATE) {
                list.push(id.number().into());
                return Ok(());
            }
        }
        let folders = &self.put.folders;
        let is_there = self.make_folders || Tables::within(drive).has_folder(folders);
        let root = object_in(drive, field::ROOT)?;
        tree::show(root, if is_there { folders } else { &[] }, &self.put.name, id)
    }
}

/// Gives an entry what another copy of it has. Whether that changed it.
fn join(held: &mut Object, other: &Object) -> bool {
    let mut changed = false;
    for (name, value) in other.iter() {
        let replaces = match held.get_text(name) {
            None => true,
            Some(held) if *name == field::OPENED => is_time(value, held, |new, old| new > old),
            Some(held) if *name == field::CREATED => is_time(value, held, |new, old| new < old),
            Some(_) => false,
        };
        if replaces {
            held.insert(name.clone(), value.clone());
        }
        changed |= replaces;
    }
    let tags = other.get(field::TAGS).and_then(Value::as_array).unwrap_or_default();
    tags.iter().filter_map(Value::as_text).fold(changed, |changed, tag| mark(held, tag) | changed)
}

/// Whether a value is a time that goes before another one. What is no time gives way.
fn is_time(new: &Value, old: &Value, goes_before: fn(f64, f64) -> bool) -> bool {
    new.as_f64().is_some_and(|new| old.as_f64().is_none_or(|old| goes_before(new, old)))
}

/// Gives an entry a tag. What is no list is no tags to any client; a text is kept as one.
fn mark(entry: &mut Object, tag: &Text) -> bool {
    let is_tag = |held: &Value| held.as_text() == Some(tag);
    let mut tags = match entry.get(field::TAGS) {
        Some(Value::Array(tags)) if tags.iter().any(is_tag) => return false,
        Some(Value::Array(tags)) => tags.clone(),
        Some(text @ Value::String(_)) if text.truthy() && !is_tag(text) => vec![text.clone()],
        _ => Vec::new(),
    };
    tags.push(tag.clone().into());
    entry.insert(field::TAGS, tags);
    true
}

/// Shows no field of the entry: there are keys among them.
impl fmt::Debug for Restore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Restore").field("put", &self.put).finish_non_exhaustive()
    }
}
