//! What one patch changes in a document, in the forms that the real client writes.

use pinfold_core::document::{EntryId, Shape};
use pinfold_core::json::{Object, Text, Value};

use super::places::{self, Names};
use crate::entropy::Seeded;

/// What holds the tables.
pub(crate) fn holder(document: &mut Object, shape: Shape) -> &mut Object {
    match shape {
        Shape::Account | Shape::Team => places::part(document, "drive"),
        Shape::Folder => document,
    }
}

fn new_id(entropy: &mut Seeded) -> u64 {
    // Few, so that a number is now and then used again.
    let few = entropy.below(4) == 0;
    if few { 1 + entropy.below(30) as u64 } else { 1 + (entropy.next_u64() >> 12) }
}

/// A number in the tree.
pub(crate) fn pick(holder: &mut Object, entropy: &mut Seeded) -> Option<(Names, u64)> {
    let (mut numbers, mut folders) = (Vec::new(), Vec::new());
    places::walk(places::part(holder, "root"), &Vec::new(), &mut numbers, &mut folders);
    let chosen = entropy.below(numbers.len());
    numbers.into_iter().nth(chosen)
}

/// Puts a number somewhere.
fn put(holder: &mut Object, number: u64, entropy: &mut Seeded) {
    let root = places::part(holder, "root");
    let (mut numbers, mut folders) = (Vec::new(), Vec::new());
    places::walk(root, &Vec::new(), &mut numbers, &mut folders);
    let names = folders.into_iter().nth(entropy.below(8)).unwrap_or_default();
    let key = format!("k{}", entropy.next_u64());
    let Some(folder) = places::folder_at(root, &names) else { return };
    if entropy.below(5) == 0 {
        let mut inner = Object::new();
        inner.insert(key, number as f64);
        folder.insert(format!("Names {}", entropy.below(9)), inner);
    } else {
        folder.insert(key, number as f64);
    }
}

fn row(number: u64, entropy: &mut Seeded) -> Value {
    let mut row = Object::new();
    row.insert("atime", entropy.below(1_000_000) as f64);
    row.insert("channel", format!("{:032x}", u128::from(number) << 20 | 0xabc));
    row.insert("ctime", 1_710_000_000_000.0);
    row.insert("title", format!("né \"{}\" 😀", entropy.below(9)));
    row.into()
}

pub(crate) fn add(document: &mut Object, shape: Shape, entropy: &mut Seeded) {
    let number = new_id(entropy);
    let holder = holder(document, shape);
    let (table, branch) = match entropy.below(10) {
        0 => ("static", 1),
        1 => ("sharedFoldersTemp", 0),
        2 => ("sharedFolders", 1),
        3 => ("filesData", 2),
        _ => ("filesData", 1),
    };
    let row = row(number, entropy);
    places::part(holder, table).insert(EntryId::new(number).map(EntryId::key).unwrap_or_default(), row);
    match branch {
        1 => put(holder, number, entropy),
        2 => {
            let mut list = holder.get("template").and_then(Value::as_array).unwrap_or_default().to_vec();
            list.push(Value::from(number as f64));
            holder.insert("template", list);
        }
        _ => {}
    }
}

/// A row of a table.
fn some_row<'v>(holder: &'v mut Object, table: &str, entropy: &mut Seeded) -> Option<(Text, &'v mut Value)> {
    let table = places::part(holder, table);
    let chosen = entropy.below(table.len());
    let key = table.keys().nth(chosen)?.clone();
    table.get_text_mut(&key).map(|row| (key, row))
}

pub(crate) fn touch(document: &mut Object, shape: Shape, entropy: &mut Seeded) {
    let time = entropy.below(1_000_000) as f64;
    if let Some((_, Value::Object(row))) = some_row(holder(document, shape), "filesData", entropy) {
        row.insert("atime", time);
    }
}

pub(crate) fn rename(document: &mut Object, shape: Shape, entropy: &mut Seeded) {
    let name = format!("name {}", entropy.below(5));
    let field = ["filename", "title", "href", "password"].get(entropy.below(4)).copied().unwrap_or("title");
    if let Some((_, Value::Object(row))) = some_row(holder(document, shape), "filesData", entropy) {
        row.insert(field, name);
    }
}

pub(crate) fn relocate(document: &mut Object, shape: Shape, entropy: &mut Seeded) {
    let holder = holder(document, shape);
    if let Some((names, number)) = pick(holder, entropy) {
        places::take(places::part(holder, "root"), &names);
        put(holder, number, entropy);
    }
}

pub(crate) fn throw(document: &mut Object, shape: Shape, entropy: &mut Seeded) {
    if shape == Shape::Folder {
        return remove(document, shape, entropy);
    }
    let holder = holder(document, shape);
    let (mut numbers, mut folders) = (Vec::new(), Vec::new());
    places::walk(places::part(holder, "root"), &Vec::new(), &mut numbers, &mut folders);
    let mut all: Vec<Names> = numbers.into_iter().map(|(names, _)| names).chain(folders).collect();
    if all.is_empty() {
        return;
    }
    let names = all.swap_remove(entropy.below(all.len()));
    let Some(element) = places::take(places::part(holder, "root"), &names) else { return };
    let name = names.last().cloned().unwrap_or_else(|| "x".into());
    let mut thrown = Object::new();
    thrown.insert("element", element);
    thrown.insert("path", vec![Value::from("root")]);
    let trash = places::part(holder, "trash");
    let mut list = trash.get_text(&name).and_then(Value::as_array).unwrap_or_default().to_vec();
    list.push(thrown.into());
    trash.insert(name, list);
}

pub(crate) fn take_back(document: &mut Object, shape: Shape, entropy: &mut Seeded) {
    let holder = holder(document, shape);
    let trash = places::part(holder, "trash");
    let chosen = entropy.below(trash.len());
    let Some(name) = trash.keys().nth(chosen).cloned() else { return };
    let list = trash.remove_text(&name);
    let list = list.as_ref().and_then(Value::as_array).unwrap_or_default();
    for (at, thrown) in list.iter().enumerate() {
        if let Some(element) = thrown.get("element") {
            let key = format!("back{at} {}", name.to_string_lossy());
            places::part(holder, "root").insert(key, element.clone());
        }
    }
}

/// Takes the rows of numbers that stand nowhere any more.
fn forget(holder: &mut Object, numbers: &[u64]) {
    for number in numbers {
        let key = number.to_string();
        for table in ["filesData", "sharedFolders", "static"] {
            places::part(holder, table).remove(&key);
        }
    }
}

pub(crate) fn empty_trash(document: &mut Object, shape: Shape, _: &mut Seeded) {
    let holder = holder(document, shape);
    let mut numbers = Vec::new();
    for list in places::part(holder, "trash").values() {
        for thrown in list.as_array().unwrap_or_default() {
            let Some(element) = thrown.get("element") else { continue };
            numbers.extend(element.as_u64());
            if let Some(folder) = element.as_object() {
                let mut inside = Vec::new();
                places::walk(folder, &Vec::new(), &mut inside, &mut Vec::new());
                numbers.extend(inside.into_iter().map(|(_, number)| number));
            }
        }
    }
    if holder.contains_key("trash") {
        holder.insert("trash", Object::new());
    }
    forget(holder, &numbers);
}

pub(crate) fn remove(document: &mut Object, shape: Shape, entropy: &mut Seeded) {
    let holder = holder(document, shape);
    if let Some((names, number)) = pick(holder, entropy) {
        places::take(places::part(holder, "root"), &names);
        forget(holder, &[number]);
    }
}

pub(crate) fn erase_on_the_servers_word(document: &mut Object, shape: Shape, entropy: &mut Seeded) {
    let holder = holder(document, shape);
    if let Some((key, _)) = some_row(holder, "sharedFolders", entropy) {
        places::part(holder, "sharedFolders").remove_text(&key);
    }
}

pub(crate) fn change_password(document: &mut Object, shape: Shape, entropy: &mut Seeded) {
    let holder = holder(document, shape);
    let Some((key, row)) = some_row(holder, "sharedFolders", entropy) else { return };
    let row = row.clone();
    places::part(holder, "sharedFolders").remove_text(&key);
    places::part(holder, "sharedFoldersTemp").insert(key.clone(), row);
    let (mut numbers, mut folders) = (Vec::new(), Vec::new());
    places::walk(places::part(holder, "root"), &Vec::new(), &mut numbers, &mut folders);
    for (names, number) in numbers {
        if key.as_str() == Some(number.to_string().as_str()) {
            places::take(places::part(holder, "root"), &names);
        }
    }
}

/// The client's cleaning pass: numbers without data leave the tree.
pub(crate) fn clean(document: &mut Object, shape: Shape, _: &mut Seeded) {
    let holder = holder(document, shape);
    let (mut numbers, mut folders) = (Vec::new(), Vec::new());
    places::walk(places::part(holder, "root"), &Vec::new(), &mut numbers, &mut folders);
    for (names, number) in numbers {
        let key = number.to_string();
        let is_known = ["filesData", "sharedFolders", "static"]
            .iter()
            .any(|table| places::part(holder, table).contains_key(&key));
        if !is_known {
            places::take(places::part(holder, "root"), &names);
        }
    }
}

/// Teams and calendars come and go beside the drive; in a team its calendars. What is called so in a folder is something else.
pub(crate) fn beside_the_drive(document: &mut Object, entropy: &mut Seeded) {
    let table = if entropy.below(2) == 0 { "teams" } else { "calendars" };
    let table = places::part(document, table);
    let keys: Vec<Text> = table.keys().cloned().collect();
    if entropy.below(3) > 0 {
        let mut row = Object::new();
        row.insert("channel", format!("{:032x}", entropy.below(5)));
        table.insert(entropy.below(20).to_string(), row);
    } else if let Some(key) = keys.into_iter().nth(entropy.below(20)) {
        table.remove_text(&key);
    }
}

/// A folder of names gets another name, or goes with everything in it.
pub(crate) fn rename_or_remove_names(document: &mut Object, shape: Shape, entropy: &mut Seeded) {
    let holder = holder(document, shape);
    let (mut numbers, mut folders) = (Vec::new(), Vec::new());
    places::walk(places::part(holder, "root"), &Vec::new(), &mut numbers, &mut folders);
    let Some(names) = folders.get(entropy.below(folders.len())).cloned() else { return };
    let Some(element) = places::take(places::part(holder, "root"), &names) else { return };
    if entropy.below(2) == 0 {
        places::part(holder, "root").insert(format!("renamed {}", entropy.below(99)), element);
    } else if let Some(folder) = element.as_object() {
        let mut inside = Vec::new();
        places::walk(folder, &Vec::new(), &mut inside, &mut Vec::new());
        let numbers: Vec<u64> = inside.into_iter().map(|(_, number)| number).collect();
        forget(holder, &numbers);
    }
}
