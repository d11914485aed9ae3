//! Whether the entries of a document can do what another entry can.

use crate::compact::sorted;
use crate::document::{Entry, Link, Links, Worth};
use crate::json::Text;

/// The entries of a document by channel, to be asked what they can do.
pub struct Held<'d> {
    entries: Vec<(Text, Entry<'d>)>,
    links: Links<'d>,
    /// The channel that was asked about last, and what its entries can do together.
    last: Option<(Text, Together)>,
}

/// What the entries of one channel can do together.
#[derive(Default)]
struct Together {
    worth: Worth,
    /// Every link with its password, sorted.
    texts: Vec<(String, String)>,
    trusted: bool,
}

impl<'d> Held<'d> {
    /// Entries, each with the channel it is of.
    pub fn new(entries: Vec<(Text, Entry<'d>)>, links: Links<'d>) -> Self {
        Self { entries: sorted(entries, &|(a, _), (b, _)| a.cmp(b)), links, last: None }
    }

    /// Whether there is any entry of a channel.
    pub(super) fn names(&self, channel: &Text) -> bool {
        self.entries.binary_search_by(|(held, _)| held.cmp(channel)).is_ok()
    }

    /// Whether the entries of a channel can do what this link can. To be asked in the order of the channels: what
    /// they can do is found once for each.
    pub fn covers(&mut self, channel: &Text, link: &Link<'_>) -> bool {
        if self.last.as_ref().is_none_or(|(last, _)| last != channel) {
            let start = self.entries.partition_point(|(held, _)| held < channel);
            let end = self.entries.partition_point(|(held, _)| held <= channel);
            if start == end {
                return false;
            }
            let found = self.entries.get(start..end).unwrap_or_default();
            let found = found.iter().map(|(_, entry)| Link::of(channel, *entry, self.links));
            self.last = Some((channel.clone(), Together::of(found)));
        }
        self.last.as_ref().is_some_and(|(_, together)| together.covers(link))
    }
}

impl Together {
    fn of<'e>(links: impl Iterator<Item = Link<'e>>) -> Self {
        let mut together = Self::default();
        for link in links {
            together.worth = together.worth.max(link.worth());
            together.trusted |= link.is_trusted() && link.sealed().is_some();
            let pairs = link.texts().map(|text| (text.to_owned(), link.password().to_owned()));
            together.texts.extend(pairs);
        }
        together.texts = sorted(together.texts, &Ord::cmp);
        together
    }

    fn covers(&self, link: &Link<'_>) -> bool {
        if link.worth() >= Worth::View && link.sealed().is_none() {
            return self.worth >= link.worth();
        }
        let has = |text: &str| {
            let place = self.texts.partition_point(|(held, password)| {
                (held.as_str(), password.as_str()) < (text, link.password())
            });
            // One that stood without a password is still there where it was given one.
            self.texts.get(place).is_some_and(|(held, password)| {
                held == text && (link.password().is_empty() || password == link.password())
            })
        };
        let view = link.view();
        match (link.edit(), link.sealed()) {
            // The view link follows from it.
            (Some(edit), _) => has(edit),
            (None, Some(sealed)) => has(sealed) && view.is_none_or(has),
            (None, None) => view.is_none_or(|view| has(view) || self.trusted),
        }
    }
}

/// Shows no link.
impl std::fmt::Debug for Held<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Held").field("entries", &self.entries.len()).finish_non_exhaustive()
    }
}
