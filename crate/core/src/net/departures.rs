//! What left a document since it was looked at before, message by message: which entry, with which message, and how.
//!
//! A document at its end shows that an entry is gone; only the messages in between show whether it was in the trash
//! before, and what left together with it. Nothing is concluded here.

use std::sync::Arc;

use crate::compact::sorted;
use crate::document::{Branch, Diff, Entry, Kind, Tables};
use crate::href::href_to_channel;
use crate::ids::MessageHash;
use crate::json::{Text, Value};

/// How much text of documents is looked through for one reading, in UTF-16 units.
const ROOM: usize = 64 << 20;
/// The most entries that are told of. Where more left, none is told of.
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
    /// Whether its number stayed in the tree. That is how a client leaves an entry that it erased without being asked.
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
        let (then, now) = (Tables::of_any(&before), Tables::of_any(document));
        let mut staying = None;
        for entry in Diff::of(then, now).vanished().filter(|entry| entry.kind() != Kind::Link) {
            let (Some(number), Some(channel)) = (entry.key(), channel_of(entry)) else { continue };
            let stay = staying.get_or_insert_with(|| now.mentioned(&Branch::ALL));
            let dangling = stay.binary_search(number).is_ok();
            let trashed = self.trashed.binary_search(number).is_ok();
            let (message, ids) = (message.clone(), ids_of(&channel, entry));
            let shared_folder = entry.kind() == Kind::SharedFolder;
            let entry = entry.fields().cloned().map_or(Value::Null, Value::from);
            let left = Left { channel, ids, entry, shared_folder, message, trashed, dangling };
            self.left.push((number.clone(), left));
        }
        self.left.retain(|(number, left)| {
            let kind = if left.shared_folder { Kind::SharedFolder } else { Kind::File };
            now.find(kind, number).is_none()
        });
        if then.branch(Branch::Trash) != now.branch(Branch::Trash) {
            self.note_trash();
        }
        room.is_some() && self.left.len() <= MOST
    }

    /// What left and is not back.
    pub(super) fn left(&self) -> impl Iterator<Item = &Left> {
        self.left.iter().map(|(_, left)| left)
    }

    fn note_trash(&mut self) {
        self.trashed.extend(Tables::of_any(&self.before).mentioned(&[Branch::Trash]));
        self.trashed = sorted(std::mem::take(&mut self.trashed), &Text::cmp);
        self.trashed.dedup();
    }
}

/// The channel that it names, else the one that its link leads to. Links are not decrypted here.
fn channel_of(entry: Entry<'_>) -> Option<Text> {
    let link = || entry.href().or_else(|| entry.view_href());
    let leads = || href_to_channel(link()?, entry.password()).ok().flatten().map(Text::from);
    entry.channel().cloned().or_else(leads)
}

/// As the rules for pins count them.
fn ids_of(channel: &Text, entry: Entry<'_>) -> Vec<Text> {
    let version = entry.last_version();
    let version = version.and_then(|link| href_to_channel(link, None).ok().flatten()).map(Text::from);
    let more = [entry.real_time(), entry.answers()].into_iter().flatten().cloned();
    let more = more.chain(version).chain(entry.images().cloned());
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
