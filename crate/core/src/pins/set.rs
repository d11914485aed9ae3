//! Sets of pins: the complete one, which may replace the server's list, and additions, which may only add.

mod additions;
mod of_drive;
mod ranks;
mod walk;

use std::sync::Arc;

use crate::compact::SortedSet;
use crate::ids::{BlockId, ChannelId, EdPublic, IdSet, PinId};
use crate::json::Text;
use crate::names::names;
use crate::pins::hash::hash_in_order;
use crate::pins::seen::{Seen, SeenFolder};
use ranks::Ranks;

pub use additions::{Additions, PinBatch};
pub use of_drive::{DrivePins, PinWalk};

/// The ids of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Listing {
    /// Whose pins; nobody's, of an anonymous drive.
    pub(crate) owner: Option<EdPublic>,
    /// The plain ids.
    pub(crate) ids: IdSet,
    /// The documents they were read from, the account's own first.
    pub(crate) folders: Arc<[SeenFolder]>,
    /// Which of them come first where not all fit.
    ranks: Arc<Ranks>,
    /// Which of them the server must have stored once.
    pub(crate) stored: Arc<IdSet>,
    /// Which of them is the account's own document; tagged `#drive` in a RESET.
    pub(crate) drive: ChannelId,
    /// The log-in block, tagged `#block` in a RESET and absent otherwise.
    pub(crate) block: Option<BlockId>,
    /// Something in the drive has the drive's own channel: a RESET names it bare as well.
    pub(crate) drive_again: bool,
    /// Which state of the followed documents the ids were read from.
    pub(crate) version: u64,
}

impl Listing {
    /// The same owner's list, of other ids.
    pub(crate) fn with_ids(&self, ids: IdSet) -> Self {
        Self { ids, ..self.clone() }
    }

    fn seen(&self) -> Seen<'_> {
        Seen { ids: &self.ids, folders: &self.folders }
    }

    pub(crate) fn tagged(&self) -> SortedSet<Text> {
        let mut list = tagged(&self.ids, &self.drive, self.block.as_ref());
        if self.drive_again {
            list.insert(self.drive.as_str().into());
        }
        list
    }

    pub(crate) fn forms(&self) -> Forms {
        Forms::of(&self.ids, &self.drive, self.block.as_ref())
    }
}

/// A list as a RESET carries it (PROTOCOL.md 17.2, items 9 and 10): the account's own document is
/// tagged `#drive`, and the log-in block stands in it, tagged `#block`.
///
/// A rendering and nothing more: no command can be made of it.
pub fn tagged(ids: &IdSet, drive: &ChannelId, block: Option<&BlockId>) -> SortedSet<Text> {
    let others = ids.iter().filter(|id| *id != drive.as_str());
    let mut list: SortedSet<Text> = others.map(PinId::text).cloned().collect();
    if list.len() < ids.len() {
        list.insert(format!("{drive}#drive").into());
    }
    if let Some(block) = block {
        list.insert(format!("{block}#block").into());
    }
    list
}

/// The hashes under which a server may know one list. Base64 of SHA-512, 88 characters each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forms {
    plain: String,
    tagged: String,
    tagged_and_bare: String,
}

names! {
    /// Which rendering of the list the server's hash agreed with.
    Form, "The rendering of a list with which the server's hash agrees: the bare ids, or as a RESET carried them.":
    /// The bare ids: how the server reads its log back.
    Plain = "plain",
    /// As a RESET carried them, in the session of that RESET.
    Tagged = "tagged",
    /// As [`Form::Tagged`], and the drive's bare id was pinned after it.
    TaggedAndBare = "tagged-and-bare",
}

impl Forms {
    /// The hashes that a server may answer when it holds exactly this list.
    ///
    /// Three, because the server remembers a RESET as it was sent until its session expires: plain once
    /// read back from its log, tagged in the session of the RESET, and tagged with the bare drive id
    /// beside it when a PIN followed in that session (PROTOCOL.md 11.3).
    pub fn of(ids: &IdSet, drive: &ChannelId, block: Option<&BlockId>) -> Self {
        let tagged = tagged(ids, drive, block);
        let mut tagged_and_bare = tagged.clone();
        tagged_and_bare.insert(drive.as_str().into());
        Self {
            plain: hash_in_order(ids),
            tagged: hash_in_order(&tagged),
            tagged_and_bare: hash_in_order(&tagged_and_bare),
        }
    }

    /// The plain digest, by which the list is known to people and other devices.
    pub fn plain(&self) -> &str {
        &self.plain
    }

    /// The hashes: plain, tagged, tagged with the bare drive.
    pub fn into_hashes(self) -> [String; 3] {
        [self.plain, self.tagged, self.tagged_and_bare]
    }

    /// The form that the server's hash agrees with, if any.
    pub fn agrees(&self, server: &str) -> Option<Form> {
        [
            (&self.plain, Form::Plain),
            (&self.tagged, Form::Tagged),
            (&self.tagged_and_bare, Form::TaggedAndBare),
        ]
        .into_iter()
        .find_map(|(hash, form)| (hash == server).then_some(form))
    }
}

/// Every id that an account has to keep, made from a [`CompleteDrive`](crate::drive::complete::CompleteDrive) and from nothing else.
///
/// It does not replace the server's list by itself: the guard puts beside it what may not be given up yet
/// ([`GuardedPinSet`](crate::guard::guarded::GuardedPinSet)). It is never empty: the drive's own channel is always in it (an empty RESET would be a silent no-op).
/// It names its owner, so that a team's set cannot replace a user's.
#[derive(Debug, Clone)]
pub struct CompletePinSet(Arc<Listing>);

impl CompletePinSet {
    /// How many ids.
    #[allow(clippy::len_without_is_empty, reason = "it is never empty")]
    pub fn len(&self) -> usize {
        self.0.ids.len()
    }

    /// The plain ids in the server's order.
    pub fn ids(&self) -> &IdSet {
        &self.0.ids
    }

    /// The ids as a RESET carries them, with `#drive` and `#block`.
    pub fn tagged(&self) -> SortedSet<Text> {
        self.0.tagged()
    }

    /// The hashes under which the server may know this set.
    pub fn forms(&self) -> Forms {
        self.0.forms()
    }

    /// Whose pins; `None` of an anonymous drive, whose set can be looked at and not be sent.
    pub fn owner(&self) -> Option<&EdPublic> {
        self.0.owner.as_ref()
    }

    /// Everything in it, as additions.
    pub fn additions(&self) -> Additions {
        Additions::of(Arc::clone(&self.0))
    }

    /// What the documents were seen to hold, as the guard plans with it.
    pub fn seen(&self) -> Seen<'_> {
        self.0.seen()
    }

    pub(crate) fn listing(&self) -> &Listing {
        &self.0
    }
}

#[cfg(test)]
pub(crate) mod tests;
