//! The difference between two states of the same tables. An entry is the same if it has the same number in the same
//! table.

use super::{Entry, Tables, Tree};

/// Two states of the same tables, and what is different: what appeared, moved, changed its link, vanished.
///
/// Nothing is computed until it is asked for; each answer is a walk over one of the two states.
#[derive(Debug, Clone, Copy)]
pub struct Diff<'b, 'a> {
    before: Tables<'b>,
    after: Tables<'a>,
}

impl<'b, 'a> Diff<'b, 'a> {
    /// What came of one state is the other.
    pub const fn of(before: Tables<'b>, after: Tables<'a>) -> Self {
        Self { before, after }
    }

    /// Entries that were not there before.
    pub fn appeared(self) -> impl Iterator<Item = Entry<'a>> {
        only_in(self.after, self.before)
    }

    /// Entries that are no longer there.
    pub fn vanished(self) -> impl Iterator<Item = Entry<'b>> {
        only_in(self.before, self.after)
    }

    /// Entries that are there still with another link, password or channel: as they were, and as they are.
    pub fn relinked(self) -> impl Iterator<Item = (Entry<'b>, Entry<'a>)> {
        let both = self.before.entries().filter_map(move |was| Some((was, same(was, self.after)?)));
        both.filter(|(was, is)| was.opening() != is.opening())
    }

    /// Entries that vanished, or stand there with another link: what the document could open and perhaps no longer can.
    pub(crate) fn not_as_before(self) -> impl Iterator<Item = Entry<'b>> {
        self.before
            .entries()
            .filter(move |was| same(*was, self.after).is_none_or(|is| was.opening() != is.opening()))
    }

    /// Entries that are there still and stand elsewhere, in other folders or under other names: as they are now.
    pub fn moved(self) -> Vec<Entry<'a>> {
        let (before, after) = (self.before.tree(), self.after.tree());
        let stays = |entry: &Entry<'a>| entry.id().is_none_or(|id| stands_as_before(id, &before, &after));
        let both = self.after.entries().filter(|entry| same(*entry, self.before).is_some());
        both.filter(|entry| !stays(entry)).collect()
    }
}

fn same<'d>(entry: Entry<'_>, tables: Tables<'d>) -> Option<Entry<'d>> {
    tables.find(entry.kind(), entry.key()?)
}

fn only_in<'d>(these: Tables<'d>, others: Tables<'_>) -> impl Iterator<Item = Entry<'d>> {
    these.entries().filter(move |entry| same(*entry, others).is_none())
}

fn stands_as_before(id: super::EntryId, before: &Tree<'_>, after: &Tree<'_>) -> bool {
    before.places(id).count() == after.places(id).count()
        && before.places(id).all(|was| after.places(id).any(|is| is.is(was)))
}
