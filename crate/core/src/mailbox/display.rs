//! What CryptPad's own client shows of a mailbox: the model that its recorded sequences are checked
//! against, and by which a cursor that pinfold writes stays compatible (PROTOCOL.md 18.3, 18.7).

use indexmap::IndexSet;

use crate::ids::MessageHash;
use crate::json::Value;
use crate::mailbox::cursor::{Cursor, Received};
use crate::mailbox::habits::{Effect, Gist, Habits, Reader};
use crate::mailbox::message::{Message, Sender};

/// A message for the interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Emitted {
    /// A message to show.
    Message(MessageHash),
    /// A message to hide.
    Viewed(MessageHash),
}

/// A mailbox on display.
#[derive(Debug)]
pub struct Display {
    /// What is dismissed.
    pub cursor: Cursor,
    reader: Reader,
    habits: Habits,
    shown: IndexSet<MessageHash>,
    emitted: Vec<Emitted>,
}

impl Display {
    /// Nothing received yet.
    pub fn new(cursor: Cursor, reader: Reader) -> Self {
        Self { cursor, reader, habits: Habits::default(), shown: IndexSet::new(), emitted: Vec::new() }
    }

    /// The hashes on display, in order of arrival.
    pub fn shown(&self) -> impl Iterator<Item = &MessageHash> {
        self.shown.iter()
    }

    /// What the interface was told since the last call.
    pub fn take_emitted(&mut self) -> Vec<Emitted> {
        std::mem::take(&mut self.emitted)
    }

    /// Takes a message in. `false` when it is no object, which the real client never shows (18.3, step 2).
    pub fn receive(&mut self, hash: &MessageHash, author: &str, message: Value) -> bool {
        if self.cursor.is_repeated(hash) {
            return true;
        }
        let Some((message, claims)) = Message::of_value(&message) else { return false };
        if self.cursor.receive(hash, self.shown.is_empty()) == Received::New {
            let sender = Sender { author: Some(author.to_owned()), claims };
            let gist = Gist::of(&self.reader, &message, &sender);
            let Effect { own, hides } = self.habits.take(hash, &gist, &|hash| self.shown.contains(hash));
            if own.is_none() {
                self.shown.insert(hash.clone());
                self.emitted.push(Emitted::Message(hash.clone()));
            }
            hides.iter().for_each(|(hash, _)| self.dismiss(hash));
            if own.is_some() {
                self.dismiss(hash);
            }
        }
        true
    }

    /// The history has arrived wholly.
    pub fn ready(&mut self) {
        self.cursor.ready();
    }

    /// The user dismissed a message.
    pub fn dismiss(&mut self, hash: &MessageHash) {
        self.cursor.dismiss(hash);
        let cursor = &self.cursor;
        self.shown.retain(|h| cursor.holds(h) && !cursor.viewed().contains(h));
        self.emitted.push(Emitted::Viewed(hash.clone()));
    }

    /// Another device moved the prefix.
    pub fn moved_elsewhere(&mut self, last_known: MessageHash) {
        for hash in self.cursor.moved_elsewhere(last_known) {
            self.shown.shift_remove(&hash);
            self.emitted.push(Emitted::Viewed(hash));
        }
    }

    /// Another device dismissed one message.
    pub fn viewed_elsewhere(&mut self, hash: MessageHash) {
        self.cursor.viewed_elsewhere(hash.clone());
        self.shown.shift_remove(&hash);
        self.emitted.push(Emitted::Viewed(hash));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is on display once these have come, by their places, each from an author.
    fn shown(messages: &[(&str, &str)]) -> Vec<usize> {
        let friends = ["bob", "carol"].map(str::to_owned).into_iter().collect();
        let reader = Reader { curve_public: "me".to_owned(), friends, ..Reader::default() };
        let mut display = Display::new(Cursor::default(), reader);
        let hash = |at: usize| MessageHash::of(&format!("letter {at}")).unwrap();
        for (at, (author, message)) in messages.iter().enumerate() {
            assert!(display.receive(&hash(at), author, Value::parse(message).unwrap()));
        }
        (0..messages.len()).filter(|at| display.shown().any(|shown| *shown == hash(*at))).collect()
    }

    #[test]
    fn only_friends_can_end_a_friendship() {
        let end = r#"{"type":"UNFRIEND","content":{}}"#;
        assert_eq!(shown(&[("bob", end), ("mallory", end), ("carol", end)]), [0, 2]);
    }

    #[test]
    fn a_document_that_is_shared_again_takes_the_place_of_its_first_letter() {
        let share = |link: &str| format!(r#"{{"type":"SHARE_PAD","content":{{"href":"{link}"}}}}"#);
        let (one, other) = (share("/pad/#/1"), share("/pad/#/2"));
        assert_eq!(shown(&[("bob", &one), ("bob", &other), ("carol", &one)]), [1, 2]);
        let link = r#"{"type":"ANOTHER","content":{"href":"/pad/#/1"}}"#;
        assert_eq!(shown(&[("bob", link), ("bob", &one)]), [0, 1]);
    }
}
