//! Messages that were delivered, cannot be read and are not dismissed.

use std::collections::HashSet;

use crate::error::Code;
use crate::ids::MessageHash;
use crate::ports::UnixMillis;

/// A message that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quarantined {
    /// Which.
    pub hash: MessageHash,
    /// When the server stored it.
    pub time: Option<UnixMillis>,
    /// `mailbox/unreadable` or `mailbox/malformed`.
    pub code: Code,
}

/// All of them, in the order in which they were delivered.
#[derive(Debug, Default)]
pub struct Quarantine {
    listed: Vec<Quarantined>,
    /// Those of the list that were not let go.
    held: HashSet<MessageHash>,
}

impl Quarantine {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.held.len()
    }

    /// Whether it is empty.
    pub fn is_empty(&self) -> bool {
        self.held.is_empty()
    }

    /// They, in their order.
    pub fn iter(&self) -> impl Iterator<Item = &Quarantined> {
        self.listed.iter().filter(|item| self.held.contains(&item.hash))
    }

    /// One more; no message is delivered twice.
    pub(super) fn push(&mut self, item: Quarantined) {
        if self.held.insert(item.hash.clone()) {
            self.listed.push(item);
        }
    }

    /// One is dismissed. The list is cleaned when half of it is: each is moved a few times at most.
    pub(super) fn release(&mut self, hash: &MessageHash) {
        if self.held.remove(hash) && self.held.len() * 2 <= self.listed.len() {
            let Self { listed, held } = self;
            listed.retain(|item| held.contains(&item.hash));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_let_go_is_listed_no_longer_and_the_rest_keeps_its_order() {
        let hash = |number: usize| MessageHash::parse(&number.to_string()).unwrap();
        let item = |number| Quarantined { hash: hash(number), time: None, code: Code::MailboxUnreadable };
        let mut quarantine = Quarantine::default();
        (0..9).for_each(|number| quarantine.push(item(number)));
        for number in [7, 0, 4, 4, 99, 1, 8] {
            quarantine.release(&hash(number));
            assert!(quarantine.listed.len() <= 2 * quarantine.len());
        }
        assert_eq!(quarantine.iter().cloned().collect::<Vec<_>>(), [2, 3, 5, 6].map(item));
        (0..9).for_each(|number| quarantine.release(&hash(number)));
        assert!(quarantine.is_empty() && quarantine.listed.is_empty());
    }
}
