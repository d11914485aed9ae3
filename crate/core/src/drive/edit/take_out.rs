//! Deleting what somebody was shown, and nothing else: by place.

use std::fmt;

use super::{Shape, object_in, places, trash, unfit};
use crate::document::{Branch, EntryId, Tables, field};
use crate::error::Error;
use crate::json::{Object, Text, Value};

/// Takes entries out of the places that are named, as far as they stand there. An entry that stands elsewhere as well stays
/// there, with its keys.
#[derive(Clone, PartialEq, Eq)]
pub struct TakeOut {
    /// What stands where: the names from below each part of the tree. Templates have none; of the trash, the entry leaves
    /// all of it.
    pub places: Vec<(Branch, Vec<Text>, EntryId)>,
    /// Plain folders, from below `root`, the inner ones first: they go if nothing is in them after that.
    pub folders: Vec<Vec<Text>>,
    /// What then stands nowhere is put into the trash, and what is in the trash stays there. Otherwise it is destroyed with its
    /// keys, and so is everything that leaves a shared folder, which has no trash.
    pub trash: bool,
}

impl TakeOut {
    pub(super) fn apply(&self, drive: &mut Object, shape: Shape) -> Result<bool, Error> {
        let trash = self.trash && shape != Shape::Folder;
        if trash && drive.get(field::TRASH).is_some_and(|trash| trash.as_object().is_none()) {
            return Err(unfit());
        }
        let mut gone = Vec::new();
        for (branch, names, entry) in &self.places {
            if trash && *branch == Branch::Trash {
                continue;
            }
            if take_from(drive, *branch, names, *entry) {
                gone.push((names, *entry));
            }
        }
        for (names, entry) in &gone {
            let tables = Tables::within(drive);
            if tables.shows(*entry) || !tables.holds(*entry) || tables.has_trashed(*entry) {
                continue;
            }
            if trash {
                let name = names.last().cloned().unwrap_or_else(|| entry.key().into());
                let above = names.split_last().map(|(_, above)| above.to_vec()).unwrap_or_default();
                trash::push(object_in(drive, field::TRASH)?, name, above, *entry);
            } else {
                trash::forget_data(drive, *entry);
            }
        }
        let mut changed = !gone.is_empty();
        if let Some(root) = drive.get_mut(field::ROOT).and_then(Value::as_object_mut) {
            for folder in &self.folders {
                changed |= places::prune(root, folder);
            }
        }
        Ok(changed)
    }
}

fn take_from(drive: &mut Object, branch: Branch, names: &[Text], entry: EntryId) -> bool {
    match branch {
        Branch::Root => {
            let root = drive.get_mut(field::ROOT).and_then(Value::as_object_mut);
            root.is_some_and(|root| places::take_from(root, names, entry))
        }
        Branch::Template => {
            let Some(Value::Array(list)) = drive.get_mut(field::TEMPLATE) else { return false };
            let before = list.len();
            list.retain(|element| !entry.is(element));
            list.len() != before
        }
        Branch::Trash => trash::forget(drive, entry),
    }
}

/// How much goes; the names of folders are somebody's own.
impl fmt::Debug for TakeOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("TakeOut");
        shown.field("places", &self.places.len()).field("folders", &self.folders.len());
        shown.field("thrown_away", &self.trash).finish()
    }
}
