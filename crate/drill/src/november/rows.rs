//! What everybody has in one row, and what they do with it.

use crate::failed::Done;
use crate::old::pen::part;
use crate::town::{Person, Town};
use pinfold_core::json::{Object, Value};
use pinfold_testkit::entropy::Seeded;
use std::collections::{BTreeMap, BTreeSet};

/// The plain folder that is the row, in everybody's drive.
pub const ROW: &str = "The garden";
/// So many documents of the drive itself stand below it, and every shared folder.
const OWN: usize = 3;
/// So many of a hundred people delete the row.
const DELETES: u64 = 40;
/// In so many of a hundred folders that are shared, somebody deletes all of it: for everybody.
const EMPTIES: u64 = 20;
/// So many of a hundred people had something in the trash on purpose.
const THROWS: u64 = 30;
/// Of those who are shown what the row stands for, so many of a hundred want it gone all the same, and are sorry later.
const AGREES: u64 = 25;

/// The part of the story that is the same in each of its playings.
#[derive(Debug)]
pub struct Script {
    /// The documents of each person's own drive that stand below the row.
    pub own: Vec<Vec<String>>,
    /// Who deletes their row.
    pub deletes: BTreeSet<usize>,
    /// Which shared folder loses all that is in it, and by whom.
    pub empties: BTreeMap<usize, usize>,
    /// What somebody threw away on purpose.
    pub thrown: BTreeMap<usize, String>,
    /// Who agrees to the whole row when they are asked.
    pub agrees: BTreeSet<usize>,
}

impl Script {
    /// Puts everybody's row together, and says what becomes of it.
    ///
    /// # Errors
    /// None for a town that was built.
    pub fn of(town: &mut Town) -> Done<Self> {
        let mut chance = Seeded::new(town.size.seed ^ 0x2012_1107);
        let mut rolls = move |of_hundred: u64| chance.next_u64() % 100 < of_hundred;
        let mut script = Self {
            own: Vec::new(),
            deletes: BTreeSet::new(),
            empties: BTreeMap::new(),
            thrown: BTreeMap::new(),
            agrees: BTreeSet::new(),
        };
        for (number, person) in town.people.iter_mut().enumerate() {
            let own: Vec<String> = person.own.iter().take(OWN).cloned().collect();
            gather(person, &own)?;
            script.own.push(own);
            // The first two are sure, so that the smallest town has somebody who agrees, and somebody who does not.
            if rolls(DELETES) || number < 2 {
                script.deletes.insert(number);
                if rolls(AGREES) || number == 0 {
                    script.agrees.insert(number);
                }
            }
            if rolls(THROWS)
                && let Some(last) = person.own.last()
            {
                script.thrown.insert(number, last.clone());
            }
        }
        for (number, folder) in town.folders.iter().enumerate() {
            if let [_, member, ..] = folder.members.as_slice()
                && (rolls(EMPTIES) || script.empties.is_empty())
                && !folder.members.iter().any(|member| script.deletes.contains(member))
            {
                script.empties.insert(number, *member);
            }
        }
        Ok(script)
    }

    /// Everybody whose list loses more than one document within ten seconds.
    pub fn hurt(&self, town: &Town) -> BTreeSet<usize> {
        let emptied = self.empties.keys().filter_map(|folder| town.folders.get(*folder));
        self.deletes.iter().copied().chain(emptied.flat_map(|folder| folder.members.clone())).collect()
    }
}

/// The entries of these documents and of all shared folders, by their numbers.
fn numbers(drive: &Object, own: &[String]) -> BTreeSet<String> {
    let table = |name: &str| drive.get(name).and_then(Value::as_object).into_iter().flat_map(Object::iter);
    let is_own = |entry: &Value| {
        entry.get("channel").and_then(Value::as_str).is_some_and(|id| own.iter().any(|own| own == id))
    };
    let files = table("filesData").filter(|(_, entry)| is_own(entry)).map(|(number, _)| number);
    let folders = table("sharedFolders").map(|(number, _)| number);
    files.chain(folders).map(|number| number.to_string_lossy().into_owned()).collect()
}

/// Whether a place of the tree leads to one of these.
fn leads(place: &Value, to: &BTreeSet<String>) -> bool {
    place.as_u64().is_some_and(|number| to.contains(&number.to_string()))
}

/// Moves documents and every shared folder below the row.
fn gather(person: &mut Person, own: &[String]) -> Done<()> {
    let mut device = person.built.device()?;
    device.edit(&mut person.built.server, |document| {
        let Some(drive) = part(document, "drive") else { return };
        let to = numbers(drive, own);
        let Some(root) = drive.get_mut("root").and_then(Value::as_object_mut) else { return };
        let mut row = Object::new();
        let names: Vec<_> =
            root.iter().filter(|(_, place)| leads(place, &to)).map(|(name, _)| name.clone()).collect();
        for name in names {
            if let Some(place) = root.remove_text(&name) {
                row.insert(name, place);
            }
        }
        root.insert(ROW, row);
    })?;
    Ok(())
}

/// What a client of today does with a row that is deleted: the tree, and all that stood nowhere else, in one patch. The keys of shared folders
/// go with it.
pub fn delete_row(document: &mut Value, own: &[String]) {
    let Some(drive) = part(document, "drive") else { return };
    let to = numbers(drive, own);
    if let Some(root) = drive.get_mut("root").and_then(Value::as_object_mut) {
        root.remove(ROW);
    }
    for name in ["filesData", "sharedFolders"] {
        if let Some(table) = drive.get_mut(name).and_then(Value::as_object_mut) {
            to.iter().for_each(|number| _ = table.remove(number.as_str()));
        }
    }
}

/// Into the trash, as a client of today does it.
pub fn throw(document: &mut Value, channel: &str) {
    let Some(drive) = part(document, "drive") else { return };
    let to = one(drive, channel);
    let Some(root) = drive.get_mut("root").and_then(Value::as_object_mut) else { return };
    let name = root.iter().find(|(_, place)| leads(place, &to)).map(|(name, _)| name.clone());
    let Some((name, place)) = name.and_then(|name| Some((name.clone(), root.remove_text(&name)?))) else {
        return;
    };
    let mut thrown = Object::new();
    thrown.insert("element", place);
    thrown.insert("path", Value::from(vec![Value::from("root")]));
    if let Some(trash) = drive.get_mut("trash").and_then(Value::as_object_mut) {
        trash.insert(name, Value::from(vec![Value::from(thrown)]));
    }
}

/// The trash is emptied.
pub fn empty_trash(document: &mut Value, channel: &str) {
    let Some(drive) = part(document, "drive") else { return };
    let to = one(drive, channel);
    drive.insert("trash", Object::new());
    if let Some(files) = drive.get_mut("filesData").and_then(Value::as_object_mut) {
        to.iter().for_each(|number| _ = files.remove(number.as_str()));
    }
}

/// All that is in a shared folder goes, for everybody.
pub fn empty_folder(content: &mut Value) {
    for name in ["filesData", "root"] {
        if let Some(content) = content.as_object_mut() {
            content.insert(name, Object::new());
        }
    }
}

/// The number of one document's entry.
fn one(drive: &Object, channel: &str) -> BTreeSet<String> {
    let files = drive.get("filesData").and_then(Value::as_object).into_iter().flat_map(Object::iter);
    let is_it = |entry: &Value| entry.get("channel").and_then(Value::as_str) == Some(channel);
    let found = files.filter(|(_, entry)| is_it(entry));
    found.map(|(number, _)| number.to_string_lossy().into_owned()).collect()
}
