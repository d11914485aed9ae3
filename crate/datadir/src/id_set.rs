//! Sets of ids that are made once, and small enough for millions: 16 bytes for a channel.

use crate::id::ItemId;
use std::collections::BTreeSet;
use std::sync::Arc;

/// A set of ids in order: channels first. Copies share what they hold.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct IdSet {
    channels: Arc<[[u8; 16]]>,
    others: Arc<[ItemId]>,
}

impl IdSet {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.channels.len() + self.others.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether an id is one of them.
    pub fn contains(&self, id: &ItemId) -> bool {
        match id {
            ItemId::Channel(bytes) => self.channels.binary_search(bytes).is_ok(),
            other => self.others.binary_search(other).is_ok(),
        }
    }

    /// Each of them, in order.
    pub fn iter(&self) -> impl Iterator<Item = ItemId> + '_ {
        self.channels.iter().copied().map(ItemId::Channel).chain(self.others.iter().cloned())
    }
}

impl std::fmt::Debug for IdSet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

impl From<BTreeSet<ItemId>> for IdSet {
    fn from(ids: BTreeSet<ItemId>) -> Self {
        let (mut channels, mut others) = (Vec::new(), Vec::new());
        for id in ids {
            match id {
                ItemId::Channel(bytes) => channels.push(bytes),
                other => others.push(other),
            }
        }
        Self { channels: channels.into(), others: others.into() }
    }
}

impl FromIterator<ItemId> for IdSet {
    fn from_iter<I: IntoIterator<Item = ItemId>>(ids: I) -> Self {
        ids.into_iter().collect::<BTreeSet<_>>().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_is_the_set_it_was_made_of(texts in prop::collection::vec("[0-2]{32}|[0-1a]{48}|[0A]{32}", 0..40), other in "[0-2]{32}") {
            let ids: BTreeSet<ItemId> = texts.iter().map(|text| text.parse().unwrap()).collect();
            let set: IdSet = ids.clone().into();
            prop_assert_eq!(set.iter().collect::<BTreeSet<_>>(), ids.clone());
            prop_assert_eq!(set.iter().count(), set.len());
            let other: ItemId = other.parse().unwrap();
            prop_assert_eq!(set.contains(&other), ids.contains(&other));
            prop_assert!(ids.iter().all(|id| set.contains(id)));
        }
    }
}
