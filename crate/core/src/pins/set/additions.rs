//! Ids to add, and the frames in which they are sent.

use std::sync::Arc;

use super::{Forms, Listing};
use crate::ids::{EdPublic, IdSet, PinId};
use crate::pins::seen::Seen;

/// The largest PIN frame we build, in bytes of ids. Servers take 100 MiB; proxies in front of them may not.
pub(super) const BATCH_BYTES: usize = 256 * 1024;

/// Ids to add. They may come from any view of a drive, because a PIN never removes.
#[derive(Debug, Clone)]
pub struct Additions(Arc<Listing>);

impl Additions {
    #[cfg(test)]
    pub(super) fn listing(&self) -> &Listing {
        &self.0
    }

    pub(crate) fn of(listing: Arc<Listing>) -> Self {
        Self(listing)
    }

    /// What the documents were seen to hold, as the guard plans with it.
    pub fn seen(&self) -> Seen<'_> {
        self.0.seen()
    }

    /// These and others: what a document that could not be read held last, say.
    #[must_use]
    pub fn with(&self, more: IdSet) -> Self {
        Self(Arc::new(self.0.with_ids(more.union(self.ids().iter().cloned()))))
    }

    /// The plain ids in the server's order.
    pub fn ids(&self) -> &IdSet {
        &self.0.ids
    }

    /// Those that must have been stored once, unless the server lost them. Of the others some are named before anybody writes there.
    pub fn stored(&self) -> &IdSet {
        &self.0.stored
    }

    /// Whose pins; `None` of an anonymous drive, whose set can be looked at and not be sent.
    pub fn owner(&self) -> Option<&EdPublic> {
        self.0.owner.as_ref()
    }

    /// The hashes the server would answer if it held exactly these.
    pub fn forms(&self) -> Forms {
        self.0.forms()
    }

    /// What is not among these ids; `None` if all of it is.
    pub fn minus(&self, known: &IdSet) -> Option<Self> {
        let ids = self.0.ids.minus(known);
        (!ids.is_empty()).then(|| Self(Arc::new(Listing { ids, ..Listing::clone(&self.0) })))
    }

    /// The ids in frames of bounded size, those first that the user would miss most: the account's own channels, the
    /// documents it owns, the rest of its drive and the folders themselves, what it owns in folders, then all else.
    pub fn batches(&self) -> Vec<PinBatch> {
        let ids: Arc<[PinId]> = self.0.ranks.order(&self.0.ids).into();
        let mut batches = Vec::new();
        let mut from = 0;
        let mut bytes = 0;
        for (at, id) in ids.iter().enumerate() {
            let cost = id.text().utf16_len() * 3 + 3;
            if bytes + cost > BATCH_BYTES && at > from {
                batches.push(PinBatch { ids: Arc::clone(&ids), from, to: at });
                (from, bytes) = (at, 0);
            }
            bytes += cost;
        }
        let to = ids.len();
        batches.push(PinBatch { ids, from, to });
        batches
    }
}

/// One frame's worth of [`Additions`].
#[derive(Debug, Clone)]
pub struct PinBatch {
    ids: Arc<[PinId]>,
    from: usize,
    to: usize,
}

impl PinBatch {
    /// The plain ids, the most important first.
    pub fn ids(&self) -> &[PinId] {
        self.ids.get(self.from..self.to).unwrap_or_default()
    }

    /// The more important half and the other one; `None` of a single id.
    pub fn halves(&self) -> Option<(Self, Self)> {
        let middle = self.from + self.ids().len() / 2;
        (middle > self.from)
            .then(|| (Self { to: middle, ..self.clone() }, Self { from: middle, ..self.clone() }))
    }
}
