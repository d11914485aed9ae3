//! Single places of the tree, for what deletes by place.

use crate::document::{EntryId, is_folder};
use crate::json::{Object, Text, Value};

/// Takes a folder away if nothing is in it. Whether it was there.
pub(super) fn prune(root: &mut Object, folder: &[Text]) -> bool {
    let Some((holder, name)) = holder_of(root, folder) else { return false };
    let is_empty = holder.get_text(name).and_then(Value::as_object).is_some_and(Object::is_empty);
    is_empty && holder.remove_text(name).is_some()
}

/// Takes an entry out of one place. Whether it stood there.
pub(super) fn take_from(root: &mut Object, place: &[Text], entry: EntryId) -> bool {
    let Some((holder, name)) = holder_of(root, place) else { return false };
    let is_it = holder.get_text(name).is_some_and(|element| entry.is(element));
    is_it && holder.remove_text(name).is_some()
}

/// What holds the last of these names.
fn holder_of<'r, 'n>(root: &'r mut Object, names: &'n [Text]) -> Option<(&'r mut Object, &'n Text)> {
    let (name, above) = names.split_last()?;
    let inner = |at: &'r mut Object, step: &Text| {
        at.get_text_mut(step).filter(|element| is_folder(element))?.as_object_mut()
    };
    Some((above.iter().try_fold(root, inner)?, name))
}
