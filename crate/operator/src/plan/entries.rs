//! The lines of a plan, kept small: a store has millions. What is done to a document is a number of four bytes, since few different things are
//! done; the documents are those of the survey, and are shared with it.

use super::{Does, Entry};
use crate::documents::{Document, Documents};
use crate::journal::Target;
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

/// There is no line for this document.
const NO_LINE: u32 = u32::MAX;

/// The lines of a plan: channels, other documents, then everything else.
#[derive(Clone, Default)]
pub struct Entries {
    documents: Documents,
    /// What is done to each channel, and to each other document.
    done: [Vec<u32>; 2],
    /// What is done at all.
    kinds: Vec<Does>,
    /// Pin logs, and older copies.
    rest: Vec<Entry>,
}

/// Finds what was done before.
#[derive(Default)]
pub(super) struct Known {
    hasher: RandomState,
    by_hash: HashMap<u64, u32>,
}

impl Known {
    fn number(&mut self, kinds: &mut Vec<Does>, does: Does) -> u32 {
        let hash = self.hasher.hash_one(&does);
        let of_hash = self.by_hash.get(&hash).copied();
        if let Some(n) = of_hash.filter(|n| kinds.get(*n as usize) == Some(&does)) {
            return n;
        }
        let n = u32::try_from(kinds.len()).unwrap_or(NO_LINE);
        kinds.push(does);
        self.by_hash.insert(hash, n);
        n
    }
}

impl Entries {
    /// A line for each document of a survey of which anything is there.
    pub(super) fn of(documents: &Documents, mut judge: impl FnMut(&Document) -> Does) -> Self {
        let mut entries = Self { documents: documents.clone(), ..Self::default() };
        let mut known = Known::default();
        let mut number = |document: Document| match document.is_there() {
            true => known.number(&mut entries.kinds, judge(&document)),
            false => NO_LINE,
        };
        let channels = documents.channels().map(&mut number).collect();
        let others = documents.others().map(&mut number).collect();
        entries.done = [channels, others];
        entries
    }

    /// Adds a line.
    pub(super) fn push(&mut self, known: &mut Known, entry: Entry) {
        let Entry { id: Target::Item(id), does, bytes, seen, generation: None } = entry else {
            return self.rest.push(entry);
        };
        let n = known.number(&mut self.kinds, does);
        let [channels, others] = &mut self.done;
        if self.documents.push_seen(id, bytes, seen) { channels.push(n) } else { others.push(n) }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.done.iter().flatten().filter(|n| **n != NO_LINE).count() + self.rest.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Each of them, in their order.
    pub fn iter(&self) -> impl Iterator<Item = Entry> + '_ {
        let documents = self.documents.iter().zip(self.done.iter().flatten());
        let documents = documents.filter_map(|(document, n)| {
            let does = self.kinds.get(*n as usize)?.clone();
            let (bytes, seen) = (document.bytes(), document.seen());
            Some(Entry { id: Target::Item(document.id), does, bytes, seen, generation: None })
        });
        documents.chain(self.rest.iter().cloned())
    }

    /// How many bytes of memory these lines have beside the documents of the survey, which they share.
    pub fn own_bytes(&self) -> usize {
        self.done.iter().map(|done| done.capacity() * size_of::<u32>()).sum::<usize>()
            + self.kinds.capacity() * size_of::<Does>()
            + self.rest.capacity() * size_of::<Entry>()
    }
}

impl FromIterator<Entry> for Entries {
    fn from_iter<I: IntoIterator<Item = Entry>>(entries: I) -> Self {
        let (mut all, mut known) = (Self::default(), Known::default());
        entries.into_iter().for_each(|entry| all.push(&mut known, entry));
        all
    }
}

impl PartialEq for Entries {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Entries {}

impl std::fmt::Debug for Entries {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}
