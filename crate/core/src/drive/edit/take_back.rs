//! Taking a restoring back: only what nobody touched since.

use std::fmt;

use super::{places, trash};
use crate::document::{Branch, Entry, EntryId, Kind, Tables, field};
use crate::json::{Object, Text, Value};

/// What was there before the restoring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Before {
    /// No entry: it leaves the document again, with the folders of names that were made for it.
    Nothing,
    /// An entry in the trash: it returns there.
    Trashed,
    /// An entry that was shown: it only loses the tag.
    Shown,
}

/// Takes one restored entry back, if it still is as the restoring left it. One that somebody changed or moved since
/// stays, with its tag.
///
/// It counts as the same whatever became of its title, its tags and the time it was opened; and what CryptPad's client
/// adds by itself at a log-in does not count either (owners, expiry, real-time channel, time of entry).
#[derive(Clone, PartialEq)]
pub struct TakeBack {
    /// What it is.
    pub kind: Kind,
    /// Which.
    pub entry: EntryId,
    /// By this tag it was marked.
    pub tag: Text,
    /// The entry as the restoring left it.
    pub wrote: Object,
    /// Where it stood then: the names from below each part of the tree.
    pub places: Vec<(Branch, Vec<Text>)>,
    /// What was there before.
    pub before: Before,
    /// Folders of names that the restoring made, from below `root`. They go if nothing is in them.
    pub made: Vec<Vec<Text>>,
}

impl TakeBack {
    /// Whether the entry is there, has the tag, and nobody touched it.
    pub fn fits(&self, drive: Tables<'_>) -> bool {
        let held = drive.entry(self.kind, self.entry);
        let same = held.is_some_and(|held| {
            held.tags().any(|tag| *tag == self.tag) && is_untouched(held, self.kind, &self.wrote)
        });
        same && self.stands_where_it_did(drive)
    }

    fn stands_where_it_did(&self, drive: Tables<'_>) -> bool {
        let tree = drive.tree();
        let mut now = tree.places(self.entry).map(|place| (place.branch(), place.names()));
        let same = |(branch, names): &(Branch, Vec<&Text>)| {
            let mut then = self.places.iter();
            then.any(|(then, there)| then == branch && there.iter().eq(names.iter().copied()))
        };
        tree.places(self.entry).count() == self.places.len() && now.all(|place| same(&place))
    }

    pub(super) fn apply(&self, drive: &mut Object) -> bool {
        if !self.fits(Tables::within(drive)) {
            return false;
        }
        if self.before == Before::Nothing {
            // It is there: `fits` found it.
            drop(trash::erase(drive, self.entry));
            if let Some(root) = drive.get_mut(field::ROOT).and_then(Value::as_object_mut) {
                self.made.iter().for_each(|folder| _ = places::prune(root, folder));
            }
            return true;
        }
        let table = drive.get_mut(self.kind.table()).and_then(Value::as_object_mut);
        let held = table.and_then(|table| table.get_mut(&self.entry.key())).and_then(Value::as_object_mut);
        if let Some(held) = held {
            unmark(held, &self.tag);
        }
        if self.before == Before::Trashed {
            // What is no trash takes nothing in: then it stays shown, without the tag.
            drop(trash::remove(drive, self.entry));
        }
        true
    }
}

pub(super) fn unmark(entry: &mut Object, tag: &Text) {
    let Some(Value::Array(tags)) = entry.get_mut(field::TAGS) else { return };
    tags.retain(|held| held.as_text() != Some(tag));
    if tags.is_empty() {
        entry.remove(field::TAGS);
    }
}

/// Whether an entry is what was written, but for what changes without anybody's will.
pub fn is_untouched(held: Entry<'_>, kind: Kind, wrote: &Object) -> bool {
    let Some(held) = held.fields() else { return false };
    let free = |name: &Text| [field::OPENED, field::TAGS, kind.title()].into_iter().any(|free| *name == free);
    let added = |name: &Text| {
        let by_itself = [field::OWNERS, field::EXPIRES, field::REAL_TIME, field::CREATED];
        by_itself.into_iter().any(|added| *name == added)
    };
    wrote.iter().all(|(name, value)| free(name) || held.get_text(name) == Some(value))
        && held.keys().all(|name| free(name) || added(name) || wrote.get_text(name).is_some())
}

/// Shows no field of the entry: there are keys among them.
impl fmt::Debug for TakeBack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("TakeBack");
        shown.field("kind", &self.kind).field("entry", &self.entry).field("before", &self.before);
        shown.finish_non_exhaustive()
    }
}
