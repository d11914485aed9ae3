//! Where numbers stand in the parts of a tree that are read as a whole: lists of templates, lists of the trash.

use pinfold_core::document::{Branch, EntryId};
use pinfold_core::json::{Text, Value};

use crate::presence::Spot;

/// The numbers in a list.
pub(crate) fn ids_in_list(list: &Value) -> impl Iterator<Item = EntryId> {
    let elements = list.as_array().unwrap_or_default().iter();
    elements.filter_map(|element| element.as_u64().and_then(EntryId::new))
}

/// Everything that stands in one list of the trash, and in the folders of names that were thrown there.
pub(crate) fn stand_in_trash(name: &Text, list: &Value, places: &mut Vec<(EntryId, Spot)>) {
    let thrown = list.as_array().unwrap_or_default().iter().filter_map(|thrown| thrown.get("element"));
    let mut open: Vec<(Vec<Text>, &Value)> = thrown.map(|element| (vec![name.clone()], element)).collect();
    while let Some((names, element)) = open.pop() {
        if let Some(id) = element.as_u64().and_then(EntryId::new) {
            places.push((id, Spot { branch: Branch::Trash, names }));
        } else if let Some(folder) = element.as_object()
            && folder.get("metadata").and_then(Value::as_bool) != Some(true)
        {
            let below = |key: &Text| names.iter().chain([key]).cloned().collect();
            open.extend(folder.iter().map(|(key, inner)| (below(key), inner)));
        }
    }
}
