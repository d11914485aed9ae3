//! What left a document since it was looked at before, message by message: which entry, with which message, and how.
//!
//! A document at its end shows that an entry is gone; only the messages in between show whether it was in the trash
//! before, and what left together with it. Nothing is concluded here.

use std::sync::Arc;

use crate::compact::sorted;
use crate::href::href_to_channel;
use crate::ids::MessageHash;
use crate::json::{Text, Value};

/// How much text of documents is looked through for one reading, in UTF-16 units.
const ROOM: usize = 64 << 20;
/// The most entries that are told of; where more left, nothing is.
const MOST: usize = 4096;

/// An entry that left.
#[derive(Debug, Clone)]
pub struct Left {
    /// The channel of the entry.
    pub channel: Text,
    /// The ids that it names, its channel among them.
    pub ids: Vec<Text>,
    /// The entry as it stood last.
    pub entry: Value,
    /// Whether it was that of a shared folder.
    pub shared_folder: bool,
    /// The message with which it left.
    pub message: MessageHash,
    /// Whether it was in the trash at any time before.
    pub trashed: bool,
    /// Whether its number stayed behind in the tree: so a client leaves an entry that it erased by itself.
    pub dangling: bool,
}

/// Looks at a document message by message.
#[derive(Debug)]
pub(super) struct Departures {
    before: Arc<Value>,
    /// The entries that were ever in the trash, by their numbers.
    trashed: Vec<Text>,
    /// What left and is not back, by its number in its table.
    left: Vec<(Text, Left)>,
    room: usize,
}

impl Departures {
    /// The document as it was when it was looked at before.
    pub(super) fn since(before: Arc<Value>) -> Self {
        let mut departures = Self { before, trashed: Vec::new(), left: Vec::new(), room: ROOM };
        departures.note_trash();
        departures
    }

    /// What a message made of the document, which has so many units. `false` once it is more than is looked through:
    /// then nothing is known.
    pub(super) fn see(&mut self, message: &MessageHash, document: &Arc<Value>, units: usize) -> bool {
        let room = self.room.checked_sub(units);
        self.room = room.unwrap_or_default();
        let before = std::mem::replace(&mut self.before, Arc::clone(document));
        let mut staying = None;
        for (table, shared_folder) in [("filesData", false), ("sharedFolders", true)] {
            let then = entries(&before, table);
            for (number, entry) in then.filter(|(number, _)| has(document, table, number).is_none()) {
                let Some(channel) = channel_of(entry) else { continue };
                let tree = tree(document);
                let stay = staying.get_or_insert_with(|| numbers(tree, &["root", "template", "trash"]));
                let dangling = stay.binary_search(number).is_ok();
                let trashed = self.trashed.binary_search(number).is_ok();
                let (message, ids) = (message.clone(), ids_of(&channel, entry));
                let entry = entry.clone();
                let left = Left { channel, ids, entry, shared_folder, message, trashed, dangling };
                self.left.push((number.clone(), left));
            }
        }
        self.left.retain(|(number, left)| {
            let table = if left.shared_folder { "sharedFolders" } else { "filesData" };
            has(document, table, number).is_none()
        });
        if tree(&before).get("trash") != tree(document).get("trash") {
            self.note_trash();
        }
        room.is_some() && self.left.len() <= MOST
    }

    /// What left and is not back.
    pub(super) fn left(&self) -> impl Iterator<Item = &Left> {
        self.left.iter().map(|(_, left)| left)
    }

    fn note_trash(&mut self) {
        self.trashed.extend(numbers(tree(&self.before), &["trash"]));
        self.trashed = sorted(std::mem::take(&mut self.trashed), &Text::cmp);
        self.trashed.dedup();
    }
}

/// What holds the tables: the drive in an account's or a team's document, a folder's document itself.
fn tree(document: &Value) -> &Value {
    document.get("drive").filter(|drive| drive.as_object().is_some()).unwrap_or(document)
}

fn entries<'d>(document: &'d Value, table: &str) -> impl Iterator<Item = (&'d Text, &'d Value)> {
    tree(document).get(table).and_then(Value::as_object).into_iter().flat_map(|table| table.iter())
}

fn has<'d>(document: &'d Value, table: &str, number: &Text) -> Option<&'d Value> {
    tree(document).get(table)?.as_object()?.get(number.as_str()?)
}

/// The numbers of entries that stand in some branches of a tree, sorted.
fn numbers(tree: &Value, branches: &[&str]) -> Vec<Text> {
    let mut found = Vec::new();
    let mut open: Vec<&Value> = branches.iter().filter_map(|branch| tree.get(branch)).collect();
    while let Some(value) = open.pop() {
        match value {
            Value::Array(items) => open.extend(items.iter()),
            Value::Object(object) => open.extend(object.values()),
            Value::String(text) => found.push(text.clone()),
            number => found.extend(number.as_u64().map(|number| Text::from(number.to_string()))),
        }
    }
    sorted(found, &Text::cmp)
}

fn channel_of(entry: &Value) -> Option<Text> {
    let named = entry.get("channel").and_then(Value::as_text).filter(|text| !text.is_empty());
    let plain = |field| entry.get(field).and_then(Value::as_str);
    let link = || plain("href").or_else(|| plain("roHref"));
    let leads = || href_to_channel(link()?, plain("password")).ok().flatten().map(Text::from);
    named.cloned().or_else(leads)
}

/// As the rules for pins count them.
fn ids_of(channel: &Text, entry: &Value) -> Vec<Text> {
    let text = |field| entry.get(field).and_then(Value::as_text).cloned();
    let images = entry.get("ooImages").and_then(Value::as_array).unwrap_or_default();
    let version = entry.get("lastVersion").and_then(Value::as_str);
    let version = version.and_then(|link| href_to_channel(link, None).ok().flatten()).map(Text::from);
    let more = ["rtChannel", "answersChannel"].into_iter().filter_map(text);
    let more = more.chain(version).chain(images.iter().filter_map(Value::as_text).cloned());
    std::iter::once(channel.clone()).chain(more).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(documents: &[&str]) -> Vec<Left> {
        let parse = |text: &&str| Arc::new(Value::parse(text).unwrap());
        let mut documents = documents.iter().map(parse);
        let mut departures = Departures::since(documents.next().unwrap());
        for (at, document) in documents.enumerate() {
            let message = MessageHash::of(&format!("message {at}")).unwrap();
            assert!(departures.see(&message, &document, 1));
        }
        departures.left().cloned().collect()
    }

    const BOTH: &str = r#"{"drive":{"filesData":{"1":{"channel":"a","rtChannel":"r"},"2":{"channel":"b"}},
        "sharedFolders":{"3":{"channel":"f"}},"root":{"x":1,"y":2,"z":3},"trash":{}}}"#;

    #[test]
    fn what_went_through_the_trash_is_told_from_what_did_not() {
        let trashed = r#"{"drive":{"filesData":{"1":{"channel":"a","rtChannel":"r"},"2":{"channel":"b"}},
            "sharedFolders":{"3":{"channel":"f"}},"root":{"y":2,"z":3},"trash":{"n":[{"element":1,"path":["root"]}]}}}"#;
        let gone = r#"{"drive":{"filesData":{},"sharedFolders":{},"root":{"z":3},"trash":{}}}"#;
        let left = seen(&[BOTH, trashed, gone]);
        let facts: Vec<_> =
            left.iter().map(|left| (left.channel.as_str().unwrap(), left.trashed, left.dangling)).collect();
        assert_eq!(facts, [("a", true, false), ("b", false, false), ("f", false, true)]);
        assert_eq!(left[0].ids, [Text::from("a"), Text::from("r")]);
        assert_eq!(left.iter().map(|left| left.shared_folder).collect::<Vec<_>>(), [false, false, true]);
        // In the trash when it was looked at before.
        assert!(seen(&[trashed, gone])[0].trashed);
    }

    #[test]
    fn what_is_back_did_not_leave() {
        let without = r#"{"drive":{"filesData":{"2":{"channel":"b"}},"sharedFolders":{"3":{"channel":"f"}},"root":{}}}"#;
        assert_eq!(seen(&[BOTH, without]).len(), 1);
        assert!(seen(&[BOTH, without, BOTH]).is_empty());
    }

    #[test]
    fn a_folder_is_looked_at_as_it_is() {
        let folder = r#"{"filesData":{"1":{"channel":"a"}},"root":{"x":1},"drive":null}"#;
        assert_eq!(seen(&[folder, r#"{"filesData":{},"root":{}}"#])[0].channel, Text::from("a"));
    }

    #[test]
    fn more_than_is_looked_through_says_nothing() {
        let document = Arc::new(Value::parse(BOTH).unwrap());
        let mut departures = Departures::since(Arc::clone(&document));
        let message = MessageHash::of("m").unwrap();
        assert!(departures.see(&message, &document, ROOM));
        assert!(!departures.see(&message, &document, 1));
    }
}
