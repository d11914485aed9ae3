//! The one set that may replace the server's list.

use std::sync::Arc;

use crate::compact::SortedSet;
use crate::error::{Code, Error};
use crate::guard::consent::Consent;
use crate::guard::ledger::{Book, Sent};
use crate::guard::plan::{Moment, Plan, Removal, plan};
use crate::ids::{EdPublic, IdSet, PinId};
use crate::json::Text;
use crate::pins::hash::hash_in_order;
use crate::pins::set::{Additions, CompletePinSet, Form, Forms, Listing};
use crate::ports::UnixMillis;

/// The most documents whose removed ids are told apart, when a server's list holds some of them only.
const DOCUMENTS: usize = 4;

/// A complete set, and everything beside it that may not be given up yet.
///
/// What the user's own client took out on purpose is not in it: it is not put back. Where it is on the server's list
/// still, that list is as good as one without it.
///
/// Made from a [`CompletePinSet`], a [`Book`] and, where something needs it, a [`Consent`]; by nothing else.
/// It knows which lists of the server it may replace: only those of which every id is accounted for.
#[derive(Debug, Clone)]
pub struct GuardedPinSet {
    owner: EdPublic,
    listing: Arc<Listing>,
    /// How many of them nothing names.
    retained: usize,
    /// What was taken out on purpose and waits, by the document that it stood in.
    beside: Vec<(Text, IdSet)>,
    /// Hashes of lists that hold nothing unrecorded.
    known: Vec<String>,
    /// Those of `known` that stand for this set together with all that is due, with `beside` or without it.
    everything: Vec<String>,
    /// Whether the user agreed beforehand to whatever else it may hold.
    any: bool,
    due: Vec<Removal>,
}

/// A guarded set, and what has to be stored before it is sent.
#[derive(Debug, Clone)]
pub struct Sealed {
    /// The set.
    pub set: GuardedPinSet,
    /// The ledger as it is now.
    pub book: Book,
    /// What the set was made by, before anything was recorded.
    pub plan: Plan,
}

impl GuardedPinSet {
    /// Plans, records what may be recorded, and makes the set.
    ///
    /// # Errors
    /// `drive/anonymous` for a set that no key signs for; `pins/stale-consent` when the consent is to another difference than the one there is.
    pub fn seal(
        complete: &CompletePinSet,
        book: &Book,
        moment: &Moment<'_>,
        consent: Option<&Consent>,
        by: &Text,
    ) -> Result<Sealed, Error> {
        let owner = complete.owner().ok_or_else(anonymous)?.clone();
        let seen = complete.seen();
        let shown = plan(book, &seen, moment);
        if shown.unsettled() {
            return Err(Error::new(Code::Internal, "a complete set has a document that was not read"));
        }
        let recorded = shown.record(book, &seen, moment, consent, by)?;
        // With a wait of nothing, what was agreed to just now is due at once.
        let after = plan(&recorded, &seen, moment);
        let listing = complete.listing().with_ids(after.needed(&seen));
        let due = after.due.iter().filter_map(|removal| PinId::of(&removal.id));
        let everything = [after.everything(&seen), after.needed(&seen).union(due)];
        let everything = everything.map(|ids| complete.listing().with_ids(ids).forms().into_hashes());
        let everything: Vec<String> = everything.into_iter().flatten().collect();
        let mut known = everything.clone();
        known.push(hash_in_order(&IdSet::new()));
        known.extend(book.sent().into_iter().flat_map(|sent| sent.hashes.iter().cloned()));
        if consent.is_some() {
            known.extend(moment.unknown.map(str::to_owned));
        }
        let set = Self {
            owner,
            retained: listing.ids.len().saturating_sub(seen.ids.len()),
            beside: after.taken_out(),
            listing: Arc::new(listing),
            known,
            everything,
            // Nobody knows what a folder held that was made anew: it may be what nobody recorded.
            any: moment.policy.give_up_unknown && !seen.folders.iter().any(|folder| folder.made_anew),
            // A text that is no id was never in any list.
            due: after.due.into_iter().filter(|gone| PinId::of(&gone.id).is_some()).collect(),
        };
        Ok(Sealed { set, book: recorded, plan: shown })
    }

    /// How many ids.
    #[allow(clippy::len_without_is_empty, reason = "it is never empty")]
    pub fn len(&self) -> usize {
        self.listing.ids.len()
    }

    /// The plain ids in the server's order.
    pub fn ids(&self) -> &IdSet {
        &self.listing.ids
    }

    /// The ids as a RESET carries them, with `#drive` and `#block`.
    pub fn tagged(&self) -> SortedSet<Text> {
        self.listing.tagged()
    }

    /// The hashes under which the server may know this set.
    pub fn forms(&self) -> Forms {
        self.listing.forms()
    }

    /// The form in which a server's list, by its hash, is this set, and how many ids that nothing names it holds:
    /// those that are kept, and those that were taken out on purpose and are still there.
    pub fn agrees(&self, server: &str) -> Option<(Form, usize)> {
        let found = self.forms().agrees(server).map(|form| (form, self.retained));
        found.or_else(|| {
            let all = (1_usize << self.beside.len().min(DOCUMENTS)) - 1;
            // More documents than that are all there or none.
            let whole = self.beside.len() > DOCUMENTS;
            (1..=all).rev().filter(|some| !whole || *some == all).find_map(|some| {
                let there = |at: usize| whole || some >> at & 1 == 1;
                let beside = self.beside.iter().enumerate().filter(|(at, _)| there(*at));
                let beside: Vec<PinId> = beside.flat_map(|(_, (_, ids))| ids.iter().cloned()).collect();
                let more = self.retained + beside.len();
                let ids = self.listing.ids.clone().union(beside);
                let form = self.listing.with_ids(ids).forms().agrees(server)?;
                Some((form, more))
            })
        })
    }

    /// Whose pins.
    pub fn owner(&self) -> &EdPublic {
        &self.owner
    }

    /// Everything in it, as additions.
    pub fn additions(&self) -> Additions {
        Additions::of(Arc::clone(&self.listing))
    }

    /// Those of its ids that the server must have stored once.
    pub fn stored(&self) -> &IdSet {
        &self.listing.stored
    }

    /// Ids that the server's list loses when this set replaces it.
    pub fn due(&self) -> &[Removal] {
        &self.due
    }

    /// What was taken out on purpose and waits: it is not in the set, and leaves the list where that is replaced.
    pub fn taken_out(&self) -> &[(Text, IdSet)] {
        &self.beside
    }

    /// Whether the server's list, by its hash, holds nothing that nobody recorded or agreed to give up. A
    /// user cannot read the list back, only its hash: any other may hold another device's newest pins.
    pub fn may_replace(&self, server: &str) -> bool {
        self.any || self.accounts_for(server)
    }

    /// Whether every id of the server's list is known, by its hash; without what was agreed to beforehand.
    pub fn accounts_for(&self, server: &str) -> bool {
        self.known.iter().any(|known| known == server)
    }

    /// Whether the server's list, by its hash, is this set and the ids that are due, no more. Then only the due ids
    /// have to be taken out, and pins that another device adds at this moment are not touched (I7).
    pub fn is_left_by_unpinning(&self, server: &str) -> bool {
        !self.due.is_empty() && self.everything.iter().any(|known| known == server)
    }

    /// What to record once the server confirmed the set, less the ids that it refused.
    pub fn sent(&self, now: UnixMillis, by: &Text, refused: &IdSet) -> Sent {
        let held = self.additions().minus(refused);
        let (count, forms) = held.map_or((0, self.forms()), |held| (held.ids().len(), held.forms()));
        let count = u64::try_from(count).unwrap_or(u64::MAX);
        Sent { at: now, count, hashes: forms.into_hashes(), by: by.clone() }
    }

    pub(crate) fn version(&self) -> u64 {
        self.listing.version
    }
}

/// Why nothing is pinned for a drive that belongs to no account.
pub(crate) fn anonymous() -> Error {
    Error::new(Code::DriveAnonymous, "the drive belongs to no account, and no key signs its pins")
}
