//! The tree of names in `root`: where an entry is shown, and putting it somewhere.

use super::{EntryId, unfit};
use crate::document::is_folder;
use crate::error::Error;
use crate::json::{Object, Text, Value};

/// The names that lead to an element, from below `root`.
pub(super) type Place = Vec<Text>;

/// Every entry below an element, in the order of the document.
pub(super) fn entries(element: &Value, found: &mut Vec<EntryId>) {
    found.extend(EntryId::of(element));
    if is_folder(element) {
        element.as_object().into_iter().flat_map(Object::values).for_each(|element| entries(element, found));
    }
}

/// Takes an entry out from wherever it is shown below a folder; where that was.
pub(super) fn take_out(folder: &mut Object, entry: EntryId) -> Vec<Place> {
    let mut places = Vec::new();
    take_out_below(folder, entry, &mut Vec::new(), &mut places);
    places
}

fn take_out_below(folder: &mut Object, entry: EntryId, above: &mut Place, places: &mut Vec<Place>) {
    let here: Vec<Text> =
        folder.iter().filter(|(_, element)| entry.is(element)).map(|(name, _)| name.clone()).collect();
    for name in here {
        folder.remove_text(&name);
        places.push(above.iter().cloned().chain([name]).collect());
    }
    let folders: Vec<Text> =
        folder.iter().filter(|(_, element)| is_folder(element)).map(|(name, _)| name.clone()).collect();
    for name in folders {
        let Some(inner) = folder.get_text_mut(&name).and_then(Value::as_object_mut) else { continue };
        above.push(name);
        take_out_below(inner, entry, above, places);
        above.pop();
    }
}

/// Shows an entry at a place below `root`. Folders on the way are made; where something else has the name of
/// one, the entry stays above it: to be seen at all is what counts.
pub(super) fn show(root: &mut Object, folders: &[Text], name: &Text, entry: EntryId) -> Result<(), Error> {
    let mut folder = root;
    for step in folders {
        if folder.get_text(step).is_some_and(|element| !is_folder(element)) {
            break;
        }
        if folder.get_text(step).is_none() {
            folder.insert(step.clone(), Object::new());
        }
        folder = folder.get_text_mut(step).and_then(Value::as_object_mut).ok_or_else(unfit)?;
    }
    let name = free_name(folder, name);
    folder.insert(name, entry.number());
    Ok(())
}

/// The name, or the name with the first number behind it that is free.
fn free_name(folder: &Object, name: &Text) -> Text {
    let numbered = |number: usize| match number {
        0 => name.clone(),
        _ => Text::from_utf16(&[name.to_utf16(), format!(" ({number})").encode_utf16().collect()].concat()),
    };
    // One more name than there are elements: one of them is free.
    let mut names = (0..=folder.len()).map(numbered);
    names.find(|name| folder.get_text(name).is_none()).unwrap_or_else(|| name.clone())
}
