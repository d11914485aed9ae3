//! What would be added, what would go, what is kept and why: a function of the ledger and of what was seen.
//!
//! The list that results is never smaller than what is named, and never loses an id that was held without a
//! cause that was recorded at least [`Policy::wait`] before (I1). Consent does not shorten the wait; it
//! allows the wait to begin.

use crate::error::Code;
use crate::guard::cause::Cause;
use crate::guard::consent::{Consent, digest};
use crate::guard::join::find;
use crate::guard::ledger::{Book, FolderRecord, Record, State};
use crate::json::Text;
use crate::pins::seen::{Seen, SeenFolder, Sight};
use crate::ports::Millis;

/// How careful to be. The defaults are meant for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// How long a removal waits before it is sent, in milliseconds.
    pub wait: Millis,
    /// Nothing leaves, however long it waited.
    pub hold: bool,
    /// How many documents may begin to wait without being asked for, as long as no whole folder is among them.
    pub limit: usize,
    /// The user agrees beforehand to give up whatever is on the server's list and nobody recorded. It may be
    /// what another device pinned a moment ago; for accounts that are only ever used in one place.
    pub give_up_unknown: bool,
    /// What is known is written into the account document as well, encrypted, for the account's other devices.
    pub in_drive: bool,
}

impl Default for Policy {
    fn default() -> Self {
        Self { wait: 30 * 86_400_000, hold: false, limit: 1, give_up_unknown: false, in_drive: true }
    }
}

/// What is asked of the planner beyond the ledger and what was seen.
#[derive(Debug, Clone, Copy)]
pub struct Moment<'a> {
    /// The time.
    pub now: Millis,
    /// How careful to be.
    pub policy: Policy,
    /// Ids whose entries the user removed on this device, sorted.
    pub here: &'a [Text],
    /// The server's hash after everything here was pinned, when it agreed with no list that is known.
    pub unknown: Option<&'a str>,
}

/// An id that is no longer named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Removal {
    /// Which.
    pub id: Text,
    /// Why.
    pub cause: Cause,
    /// The document it last stood in.
    pub folder: Text,
    /// When it was last seen there, or when it began to wait.
    pub last_seen: Millis,
}

/// Why an id stays that is not named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// The document it stood in was not read, for the reason of this code.
    Unread(Code),
    /// Another document was not read, and may hold it now.
    Unsettled,
    /// It was removed, and waits until this moment.
    Waiting(Cause, Millis),
    /// It was removed, and removals are on hold.
    OnHold(Cause),
}

/// An id that stays although nothing that was read names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Which.
    pub id: Text,
    /// Why.
    pub why: Why,
    /// The document it last stood in.
    pub folder: Text,
    /// When it was last seen there, or when it began to wait.
    pub last_seen: Millis,
}

/// A document about which there is something to ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doubt {
    /// Its channel.
    pub channel: Text,
    /// `folder/rolled-back`, `folder/emptied`, or why it was not read.
    pub code: Code,
    /// How many ids it held when it was last read.
    pub held: u64,
}

/// The difference between what is known and what was seen.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Plan {
    /// Named, and not in the ledger yet.
    pub added: Vec<Text>,
    /// Held, and no longer named: they would begin to wait.
    pub removed: Vec<Removal>,
    /// Not named and kept all the same.
    pub kept: Vec<Kept>,
    /// Waited long enough: the next replacement of the list is without them.
    pub due: Vec<Removal>,
    /// Documents to ask about.
    pub doubts: Vec<Doubt>,
    /// The server's hash of a list that holds ids nobody recorded.
    pub unknown: Option<String>,
    /// Whether the removals need the user's consent to begin their wait.
    pub asks: bool,
}

/// What is known against what was seen.
pub fn plan(book: &Book, seen: &Seen<'_>, moment: &Moment<'_>) -> Plan {
    let mut plan = Plan { unknown: moment.unknown.map(str::to_owned), ..Plan::default() };
    let held = |id: &Text| book.record(id).is_some_and(|record| record.state == State::Held);
    plan.added = seen.ids.iter().filter(|id| !held(id)).cloned().collect();
    plan.doubts = seen.folders.iter().filter_map(|folder| doubt(book, folder)).collect();
    let unsettled = seen.folders.iter().any(|folder| matches!(folder.sight, Sight::Unread(_)));
    for (id, record) in book.records() {
        if seen.ids.binary_search(id).is_ok() {
            continue;
        }
        let removal =
            |cause| Removal { id: id.clone(), cause, folder: record.folder.clone(), last_seen: record.at };
        let kept = |why| Kept { id: id.clone(), why, folder: record.folder.clone(), last_seen: record.at };
        match record.state {
            State::Gone(_) => {}
            State::Leaving(cause) => {
                let until = record.at.saturating_add(moment.policy.wait);
                if moment.policy.hold {
                    plan.kept.push(kept(Why::OnHold(cause)));
                } else if unsettled {
                    plan.kept.push(kept(Why::Unsettled));
                } else if moment.now < until {
                    plan.kept.push(kept(Why::Waiting(cause, until)));
                } else {
                    plan.due.push(removal(cause));
                }
            }
            State::Held => {
                let folder = seen.folders.iter().find(|folder| folder.channel == record.folder);
                match folder.map(|folder| &folder.sight) {
                    Some(Sight::Unread(code)) => plan.kept.push(kept(Why::Unread(*code))),
                    _ if unsettled => plan.kept.push(kept(Why::Unsettled)),
                    _ => plan.removed.push(removal(cause(book, folder, id, moment.here))),
                }
            }
        }
    }
    let whole = plan.removed.iter().any(|removal| removal.cause.asks());
    let doubtful = !unsettled && !plan.doubts.is_empty();
    plan.asks = plan.removed.len() > moment.policy.limit || whole || doubtful;
    plan
}

fn cause(book: &Book, folder: Option<&SeenFolder>, id: &Text, here: &[Text]) -> Cause {
    match folder {
        // The folder itself goes, or went and took its contents along.
        _ if book.folder(id).is_some() => Cause::FolderRemoved,
        None => Cause::FolderRemoved,
        Some(SeenFolder { sight: Sight::Read(place), .. }) if place.rolled_back => Cause::RolledBack,
        // Also the last of a folder. That it is empty now stays a doubt, to be asked about.
        Some(_) if here.binary_search(id).is_ok() => Cause::RemovedHere,
        Some(SeenFolder { ids, .. }) if ids.is_empty() => Cause::FolderEmptied,
        Some(_) => Cause::RemovedElsewhere,
    }
}

fn doubt(book: &Book, folder: &SeenFolder) -> Option<Doubt> {
    let held = book.folder(&folder.channel).map_or(0, |record| record.count);
    let code = match &folder.sight {
        Sight::Unread(code) => *code,
        Sight::Read(place) if place.rolled_back => Code::FolderRolledBack,
        Sight::Read(_) if folder.ids.is_empty() && held > 0 => Code::FolderEmptied,
        Sight::Read(_) => return None,
    };
    Some(Doubt { channel: folder.channel.clone(), code, held })
}

impl Plan {
    /// Names the difference for a [`Consent`]. Two plans with the same removals for the same causes, the
    /// same doubts and the same unknown list have the same digest, whenever they are made.
    pub fn digest(&self) -> String {
        digest(self)
    }

    /// Whether a document was not read: nothing may be replaced.
    pub fn unsettled(&self) -> bool {
        self.doubts.iter().any(|doubt| !matches!(doubt.code, Code::FolderRolledBack | Code::FolderEmptied))
    }

    /// The ids to have on the server now, sorted: what is named, what is kept, and what is only about to
    /// begin its wait. Everything that is known but [`Self::due`].
    pub fn list(&self, seen: &Seen<'_>) -> Vec<Text> {
        let kept = self.kept.iter().map(|kept| &kept.id);
        let removed = self.removed.iter().map(|removal| &removal.id);
        union(seen.ids, kept.chain(removed).cloned().collect())
    }

    /// As [`Self::list`], and what is due as well: everything that may be on the server of this account.
    pub fn everything(&self, seen: &Seen<'_>) -> Vec<Text> {
        union(&self.list(seen), self.due.iter().map(|removal| removal.id.clone()).collect())
    }

    /// What the ledger knows after this plan: everything named is held, removals begin to wait if they may.
    /// To be stored before anything is sent.
    ///
    /// A document that was shown in an older state, or empty, is remembered as it was, until the user
    /// agrees: the doubt must not vanish by being looked at.
    ///
    /// # Errors
    /// `pins/stale-consent` when the consent is to another difference. Without consent nothing fails; what
    /// needs it stays held.
    pub fn record(
        &self,
        book: &Book,
        seen: &Seen<'_>,
        moment: &Moment<'_>,
        consent: Option<&Consent>,
        by: &Text,
    ) -> Result<Book, crate::error::Error> {
        if let Some(consent) = consent {
            consent.check(self)?;
        }
        let allowed = consent.is_some() || !self.asks;
        let later = |id: &Text, state| match book.record(id) {
            Some(record) if record.state == state => record.at.max(moment.now),
            Some(record) => moment.now.max(record.at.saturating_add(1)),
            None => moment.now,
        };
        let mut ids = Vec::with_capacity(seen.ids.len() + self.removed.len());
        let home = seen.folders.first().map_or_else(|| Text::from(""), |folder| folder.channel.clone());
        let homes = homes(seen.folders);
        for id in seen.ids {
            let folder = find(&homes, id).unwrap_or(&home).clone();
            let at = later(id, State::Held);
            ids.push((id.clone(), Record { at, state: State::Held, by: by.clone(), folder }));
        }
        for removal in self.removed.iter().filter(|_| allowed) {
            let state = State::Leaving(removal.cause);
            let at = later(&removal.id, state);
            ids.push((
                removal.id.clone(),
                Record { at, state, by: by.clone(), folder: removal.folder.clone() },
            ));
        }
        let mut folders = Vec::new();
        for folder in seen.folders {
            let doubted = self.doubts.iter().any(|doubt| doubt.channel == folder.channel);
            if let Sight::Read(place) = &folder.sight
                && (!doubted || consent.is_some())
            {
                let count = u64::try_from(folder.ids.len()).unwrap_or(u64::MAX);
                let at = book.folder(&folder.channel).map_or(moment.now, |record| {
                    let same =
                        (record.count, &record.head, &record.base) == (count, &place.head, &place.base);
                    moment.now.max(record.at.saturating_add(u64::from(!same)))
                });
                let (head, base) = (place.head.clone(), place.base.clone());
                folders
                    .push((folder.channel.clone(), FolderRecord { at, count, head, base, by: by.clone() }));
            }
        }
        Ok(book.clone().merge(Book::of(ids, folders, None)))
    }
}

impl Book {
    /// The server confirmed a list without what was due.
    #[must_use]
    pub fn confirmed(self, due: &[Removal], sent: crate::guard::ledger::Sent) -> Self {
        let gone = |removal: &Removal| {
            let state = State::Gone(removal.cause);
            let at = sent.at.max(removal.last_seen.saturating_add(1));
            let record = Record { at, state, by: sent.by.clone(), folder: removal.folder.clone() };
            (removal.id.clone(), record)
        };
        let ids = due.iter().map(gone).collect();
        self.merge(Self::of(ids, Vec::new(), Some(sent)))
    }
}

/// Which document each id stands in; where several name it, the first.
fn homes(folders: &[SeenFolder]) -> Vec<(Text, Text)> {
    let mut rows = Vec::new();
    for folder in folders {
        rows.extend(folder.ids.iter().map(|id| (id.clone(), folder.channel.clone())));
    }
    crate::guard::join::ordered(rows, &|first, _| first)
}

fn union(sorted: &[Text], more: Vec<Text>) -> Vec<Text> {
    let mut list = sorted.to_vec();
    list.extend(more);
    let mut list = crate::compact::sorted(list, &Text::cmp);
    list.dedup();
    list
}
