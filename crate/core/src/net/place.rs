//! Where in its history a document stands, and how an older state is told from a newer one.
//!
//! An older state of a document is as valid as the newest: every message in it is signed. Only memory
//! tells them apart. The server delivers from the last but one checkpoint, or from the beginning (PROTOCOL.md 9.2); if it
//! begins where it began before, an honest server shows the message again that was the last one before.

use crate::ids::MessageHash;

/// Where in its history a document was read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Place {
    /// The first message the server delivered.
    pub base: Option<MessageHash>,
    /// The last one.
    pub head: Option<MessageHash>,
    /// Whether a message that was known to follow the first one was not delivered: the server showed an
    /// older state than it has shown before.
    pub rolled_back: bool,
}

/// Where a channel was seen before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// The first message that was delivered then.
    pub base: MessageHash,
    /// The last one.
    pub head: MessageHash,
}

/// Follows the messages of one reading.
#[derive(Debug, Default)]
pub(super) struct Track {
    known: Option<Known>,
    base: Option<MessageHash>,
    head: Option<MessageHash>,
    /// Whether the known head came by.
    met: bool,
}

impl Track {
    /// What an honest server must show again.
    pub(super) fn expect(&mut self, known: Known) {
        self.known = Some(known);
    }

    /// Where it was seen before, as this reading was told.
    pub(super) const fn asked(&self) -> Option<&Known> {
        self.known.as_ref()
    }

    /// The message that an honest server must show again.
    pub(super) fn awaited(&self) -> Option<&MessageHash> {
        self.known.as_ref().map(|known| &known.head)
    }

    /// Begins behind a message, as if those before it had been taken in.
    pub(super) fn begin_behind(&mut self, base: &MessageHash, head: &MessageHash) {
        self.met = self.awaited() == Some(head);
        (self.base, self.head) = (Some(base.clone()), Some(head.clone()));
    }

    /// Whether the known head came by.
    pub(super) const fn has_met(&self) -> bool {
        self.met
    }

    /// Whether a stored message is the one that an honest server must show again.
    pub(super) fn awaits(&self, stored: &str) -> bool {
        let known = self.known.as_ref().filter(|known| !self.met && stored.starts_with(known.head.as_str()));
        known.is_some_and(|known| MessageHash::of(stored).as_ref() == Some(&known.head))
    }

    /// A stored message was taken in.
    pub(super) fn pass(&mut self, stored: &str) {
        let Some(hash) = MessageHash::of(stored) else { return };
        self.met |= self.known.as_ref().is_some_and(|known| known.head == hash);
        if self.base.is_none() {
            self.base = Some(hash.clone());
        }
        self.head = Some(hash);
    }

    /// Goes on from an earlier message: what came after it will come again.
    pub(super) fn rewind(&mut self, head: &MessageHash) {
        self.head = Some(head.clone());
    }

    /// The hash of the last message.
    pub(super) fn head(&self) -> Option<&MessageHash> {
        self.head.as_ref()
    }

    /// What another reading of the channel must be shown again: where this one stands, or what it was told.
    pub(super) fn known(&self) -> Option<Known> {
        match (&self.base, &self.head) {
            (Some(base), Some(head)) => Some(Known { base: base.clone(), head: head.clone() }),
            _ => self.known.clone(),
        }
    }

    /// Where it stands.
    pub(super) fn place(&self) -> Place {
        let rolled_back =
            self.known.as_ref().is_some_and(|known| !self.met && self.base.as_ref() == Some(&known.base));
        Place { base: self.base.clone(), head: self.head.clone(), rolled_back }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn track(known: Option<(&str, &str)>, messages: &[&str]) -> Place {
        let mut track = Track::default();
        if let Some((base, head)) = known {
            let hash = |text| MessageHash::of(text).unwrap();
            track.expect(Known { base: hash(base), head: hash(head) });
        }
        messages.iter().for_each(|message| track.pass(message));
        track.place()
    }

    #[test]
    fn a_head_that_is_missing_after_the_same_beginning_is_a_rollback() {
        assert!(track(Some(("a", "c")), &["a", "b"]).rolled_back);
        assert!(!track(Some(("a", "c")), &["a", "b", "c"]).rolled_back);
        assert!(!track(Some(("a", "c")), &["a", "b", "c", "d"]).rolled_back);
        // It began later: the head that was known may well lie before.
        assert!(!track(Some(("a", "c")), &["d", "e"]).rolled_back);
        assert!(!track(None, &["a"]).rolled_back);
    }

    #[test]
    fn a_place_is_the_first_and_the_last_message() {
        let place = track(None, &["a", "", "b"]);
        let mut again = Track::default();
        assert_eq!(again.known(), None);
        again.pass("a");
        again.pass("b");
        assert_eq!(again.known().map(|known| known.head), place.head);
        assert_eq!((place.base, place.head), (MessageHash::of("a"), MessageHash::of("b")));
    }
}
