//! The tree of names under hand: what stands where, taking out, putting in.

use pinfold_core::json::{Object, Text, Value};

/// Where something stands below the root.
pub(crate) type Names = Vec<Text>;

/// The table or branch of this name, made where it is missing or something else.
pub(crate) fn part<'v>(holder: &'v mut Object, name: &str) -> &'v mut Object {
    if holder.get(name).and_then(Value::as_object).is_none() {
        holder.insert(name, Object::new());
    }
    // It was put there just now: the other object is never made.
    holder.get_mut(name).and_then(Value::as_object_mut).unwrap_or_else(|| Box::leak(Box::default()))
}

/// Every number below, and every folder of names.
pub(crate) fn walk(
    folder: &Object,
    above: &Names,
    numbers: &mut Vec<(Names, u64)>,
    folders: &mut Vec<Names>,
) {
    for (key, element) in folder.iter() {
        let names: Names = above.iter().chain([key]).cloned().collect();
        if let Some(number) = element.as_u64() {
            numbers.push((names, number));
        } else if let Some(inner) = element.as_object() {
            folders.push(names.clone());
            walk(inner, &names, numbers, folders);
        }
    }
}

/// The folder of these names.
pub(crate) fn folder_at<'v>(root: &'v mut Object, names: &[Text]) -> Option<&'v mut Object> {
    names.iter().try_fold(root, |at, name| at.get_text_mut(name)?.as_object_mut())
}

/// Takes out what stands there.
pub(crate) fn take(root: &mut Object, names: &[Text]) -> Option<Value> {
    let (last, above) = names.split_last()?;
    folder_at(root, above)?.remove_text(last)
}
