//! What CryptPad's own client shows of a mailbox: the model that its recorded sequences are checked
//! against, and by which a cursor that pinfold writes stays compatible (PROTOCOL.md 18.3, 18.7).

use indexmap::IndexMap;

use crate::ids::MessageHash;
use crate::json::Value;
use crate::mailbox::cursor::{Cursor, Received};

/// What the interface is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Emitted {
    /// A message to show.
    Message(MessageHash),
    /// A message to hide.
    Viewed(MessageHash),
}

/// Who reads, as far as the handlers of messages ask.
#[derive(Debug, Clone, Default)]
pub struct Reader {
    /// The reader's own curve key.
    pub curve_public: String,
    /// Curve keys whose messages are dismissed unseen.
    pub muted: Vec<String>,
    /// Curve keys of contacts.
    pub friends: Vec<String>,
}

/// A mailbox on display.
#[derive(Debug, Clone)]
pub struct Display {
    /// What is dismissed.
    pub cursor: Cursor,
    reader: Reader,
    shown: IndexMap<MessageHash, Value>,
    emitted: Vec<Emitted>,
}

enum Verdict {
    Show,
    Dismiss,
    Replace(MessageHash),
}

impl Display {
    /// Nothing received yet.
    pub fn new(cursor: Cursor, reader: Reader) -> Self {
        Self { cursor, reader, shown: IndexMap::new(), emitted: Vec::new() }
    }

    /// The hashes on display, in order of arrival.
    pub fn shown(&self) -> impl Iterator<Item = &MessageHash> {
        self.shown.keys()
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
        if message.as_object().is_none() {
            return false;
        }
        if self.cursor.receive(hash, self.shown.is_empty()) == Received::New {
            match self.verdict(author, &message) {
                Verdict::Dismiss => self.dismiss(hash),
                Verdict::Show => self.show(hash, message),
                Verdict::Replace(old) => {
                    self.show(hash, message);
                    self.dismiss(&old);
                }
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
        self.shown.retain(|h, _| cursor.holds(h) && !cursor.viewed().contains(h));
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

    fn show(&mut self, hash: &MessageHash, message: Value) {
        self.shown.insert(hash.clone(), message);
        self.emitted.push(Emitted::Message(hash.clone()));
    }

    fn verdict(&self, author: &str, message: &Value) -> Verdict {
        let content = message.get("content");
        let claimed =
            content.and_then(|c| c.get("user")).and_then(|u| u.get("curvePublic")).and_then(Value::as_str);
        // What a message says of its sender counts only if the key that sealed it says the same.
        if claimed.is_some_and(|claimed| claimed != author) && author != self.reader.curve_public {
            return Verdict::Dismiss;
        }
        match message.get("type").and_then(Value::as_str) {
            Some("UNFRIEND") if !self.reader.friends.iter().any(|f| f == author) => Verdict::Dismiss,
            Some("SHARE_PAD") if self.reader.muted.iter().any(|m| m == author) => Verdict::Dismiss,
            Some("SHARE_PAD") => self.same_share(content).map_or(Verdict::Show, Verdict::Replace),
            _ => Verdict::Show,
        }
    }

    fn same_share(&self, content: Option<&Value>) -> Option<MessageHash> {
        let link =
            |c: Option<&Value>| c.and_then(|c| c.get("href")).and_then(Value::as_str).map(str::to_owned);
        let wanted = link(content)?;
        self.shown.iter().find_map(|(hash, other)| {
            let shares = other.get("type").and_then(Value::as_str) == Some("SHARE_PAD");
            (shares && link(other.get("content")).as_deref() == Some(&wanted)).then(|| hash.clone())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is on display once these have come, by their places, each from an author.
    fn shown(messages: &[(&str, &str)]) -> Vec<usize> {
        let friends = vec!["bob".to_owned(), "carol".to_owned()];
        let reader = Reader { curve_public: "me".to_owned(), muted: Vec::new(), friends };
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
