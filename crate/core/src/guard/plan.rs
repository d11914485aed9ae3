//! Which ids would be added, which would go, which are retained and why: a function of the ledger and of the drive as it
//! was seen.
//!
//! The resulting list holds everything that the drive names. An id that was held leaves it only if a cause was recorded
//! at least [`Policy::wait`] before, by the device's clock and by the server's, and in another session (I1). Consent does
//! not shorten the wait; it allows the wait to begin. A few removals may begin to wait without consent. They are counted
//! while they wait, and for some time after: so a folder that is emptied one document at a time is noticed like one
//! that is emptied at once, and then all of them wait for the user's answer.

mod places;
mod record;
mod waiting;

use crate::compact::{SortedSet, sorted};
use crate::error::Code;
use crate::guard::cause::Cause;
use crate::guard::consent::digest;
use crate::guard::join::ordered;
use crate::guard::ledger::{Book, Record, State};
pub use crate::guard::policy::Policy;
use crate::ids::{IdSet, PinId};
use crate::json::Text;
use crate::pins::seen::{Seen, SeenFolder, Sight};
use crate::ports::UnixMillis;
use places::Places;
use waiting::{agreed, left_lately, over};

static NOTHING: SortedSet<Text> = SortedSet::new();

/// What the planner is told beside the ledger and the sights.
#[derive(Debug, Clone, Copy)]
pub struct Moment<'a> {
    /// The time, by this device.
    pub now: UnixMillis,
    /// The latest time that the server told in this session; 0 when it told none.
    pub server: UnixMillis,
    /// This device and session, as records name them; `None` of one that recorded nothing yet.
    pub by: Option<&'a Text>,
    /// How careful to be.
    pub policy: Policy,
    /// Ids whose entries the user removed on this device.
    pub here: &'a SortedSet<Text>,
    /// Ids that a client of the user's own removed on purpose, as far as this session found out, and whose keys are
    /// in the vault. They are not put back into the list.
    pub own: &'a SortedSet<Text>,
    /// The server's hash after everything here was pinned, when it agreed with no list that is known.
    pub unknown: Option<&'a str>,
}

impl Moment<'_> {
    /// This moment on a device that knows nothing else.
    pub const fn at(now: UnixMillis, policy: Policy) -> Self {
        Self { now, server: UnixMillis(0), by: None, policy, here: &NOTHING, own: &NOTHING, unknown: None }
    }
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
    pub last_seen: UnixMillis,
    /// Whether a client of the user's own removed it on purpose: then it is not put back where it left the list.
    pub own: bool,
}

/// Why an id stays that is not named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// The document it stood in was not read, for the reason of this code.
    Unread(Code),
    /// Another document was not read, and may hold it now.
    Unsettled,
    /// It was removed, and waits until this moment.
    Waiting(Cause, UnixMillis),
    /// It was removed, and removals are on hold.
    OnHold(Cause),
}

impl Why {
    /// The stable name: the code, the cause, `unsettled` or `on-hold`.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Unread(code) => code.as_str(),
            Self::Unsettled => "unsettled",
            Self::Waiting(cause, _) => cause.as_str(),
            Self::OnHold(_) => "on-hold",
        }
    }
}

/// An id that stays although nothing that was read names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retained {
    /// Which.
    pub id: Text,
    /// Why.
    pub why: Why,
    /// The document it last stood in.
    pub folder: Text,
    /// When it was last seen there, or when it began to wait.
    pub last_seen: UnixMillis,
    /// As [`Removal::own`].
    pub own: bool,
}

/// A document about which there is something to ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doubt {
    /// Its channel.
    pub channel: Text,
    /// `folder/made-anew`, `folder/rolled-back`, `folder/emptied`, or why it was not read.
    pub code: Code,
    /// How many ids it held when it was last read.
    pub held: u64,
}

/// The difference between the ledger and the drive as it was seen.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Plan {
    /// Named, and not in the ledger yet.
    pub added: IdSet,
    /// No longer named: they would begin to wait. Where that needs consent, also those that began without.
    pub removed: Vec<Removal>,
    /// Not named and kept all the same.
    pub retained: Vec<Retained>,
    /// Waited long enough: the next replacement of the list is without them.
    pub due: Vec<Removal>,
    /// Documents to ask about.
    pub doubts: Vec<Doubt>,
    /// The server's hash of a list that holds ids nobody recorded.
    pub unknown: Option<String>,
    /// Whether the removals need the user's consent to begin their wait.
    pub asks: bool,
}

/// Compares the ledger with the drive as it was seen.
pub fn plan(book: &Book, seen: &Seen<'_>, moment: &Moment<'_>) -> Plan {
    let mut plan = Plan { unknown: moment.unknown.map(str::to_owned), ..Plan::default() };
    let held = |id: &PinId| book.record(id.text()).is_some_and(|record| record.state == State::Held);
    plan.added = seen.ids.iter().filter(|id| !held(id)).cloned().collect();
    let unsettled = seen.folders.iter().any(|folder| matches!(folder.sight, Sight::Unread(_)));
    let home = seen.folders.first();
    let places = &Places::of(seen.folders);
    // What began to wait without a question, and how many more count as that.
    let (mut unasked, mut earlier) = (Vec::new(), 0);
    for (id, record) in book.records() {
        if seen.ids.contains(id) {
            continue;
        }
        // What an earlier account document held is for the present one to name.
        let folder = places.find(&record.folder);
        let folder = if is_former(book, &record.folder, places) { home } else { folder };
        let own = is_own(book, id, record, places, moment);
        let removal = |cause| Removal {
            id: id.clone(),
            cause,
            folder: record.folder.clone(),
            last_seen: record.at,
            own,
        };
        let retained =
            |why| Retained { id: id.clone(), why, folder: record.folder.clone(), last_seen: record.at, own };
        match record.state {
            State::Gone(cause) => earlier += usize::from(cause.counts() && left_lately(record, moment)),
            State::Leaving(cause) if moment.policy.hold => {
                earlier += usize::from(cause.counts() && !agreed(record));
                plan.retained.push(retained(Why::OnHold(cause)));
            }
            State::Leaving(_) if unsettled => plan.retained.push(retained(Why::Unsettled)),
            State::Leaving(cause) => {
                let (cause, asked) = match self::cause(book, folder, id, places, moment.here) {
                    _ if agreed(record) => (cause, true),
                    newer if newer.asks() => (newer, false),
                    _ => (cause, false),
                };
                match over(record, moment) {
                    _ if !asked => unasked.push((removal(cause), record)),
                    Err(until) => plan.retained.push(retained(Why::Waiting(cause, until))),
                    Ok(()) => plan.due.push(removal(cause)),
                }
            }
            State::Held => match folder.map(|folder| &folder.sight) {
                Some(Sight::Unread(code)) => plan.retained.push(retained(Why::Unread(*code))),
                _ if unsettled => plan.retained.push(retained(Why::Unsettled)),
                _ => plan.removed.push(removal(cause(book, folder, id, places, moment.here))),
            },
        }
    }
    let open = || plan.removed.iter().chain(unasked.iter().map(|(removal, _)| removal));
    let lost = open().filter(|removal| removal.cause == Cause::RolledBack);
    let lost: SortedSet<&Text> = lost.map(|removal| &removal.folder).collect();
    // A folder that was made anew is to be asked about where it lacks something: ids on record, or such as nobody recorded.
    let lacks = |folder: &SeenFolder| {
        folder.made_anew && (moment.unknown.is_some() || lost.contains(&&folder.channel))
    };
    plan.doubts = seen.folders.iter().filter_map(|folder| doubt(book, folder, lacks(folder))).collect();
    plan.asks = !unsettled && !plan.doubts.is_empty() || {
        let counted = open().filter(|removal| removal.cause.counts()).count();
        open().any(|removal| removal.cause.asks()) || counted > 0 && counted + earlier > moment.policy.limit
    };
    for (removal, record) in unasked {
        let Removal { id, cause, folder, last_seen, own } = removal.clone();
        match over(record, moment) {
            _ if plan.asks => plan.removed.push(removal),
            Err(until) => {
                plan.retained.push(Retained { id, why: Why::Waiting(cause, until), folder, last_seen, own });
            }
            Ok(()) => plan.due.push(removal),
        }
    }
    plan.removed = sorted(std::mem::take(&mut plan.removed), &|a, b| a.id.cmp(&b.id));
    plan
}

/// Whether a document was once the account's own, under another password: only such a one names itself.
fn is_former(book: &Book, channel: &Text, places: &Places<'_>) -> bool {
    places.find(channel).is_none() && book.record(channel).is_some_and(|itself| itself.folder == *channel)
}

/// Whether an id that is not named was removed on purpose by a client of the user's own.
fn is_own(book: &Book, id: &Text, record: &Record, places: &Places<'_>, moment: &Moment<'_>) -> bool {
    record.since.is_some_and(|since| since.own) || moment.own.contains(id) || is_former(book, id, places)
}

fn cause(
    book: &Book,
    folder: Option<&SeenFolder>,
    id: &Text,
    places: &Places<'_>,
    here: &SortedSet<Text>,
) -> Cause {
    match folder {
        _ if is_former(book, id, places) => Cause::Moved,
        // The folder itself goes, or went and took its contents along.
        _ if book.folder(id).is_some() => Cause::FolderRemoved,
        None => Cause::FolderRemoved,
        Some(SeenFolder { sight: Sight::Read(place), .. }) if place.rolled_back => Cause::RolledBack,
        // Also the last of a folder. That it is empty now stays a doubt, to be asked about.
        Some(_) if here.contains(id) => Cause::RemovedHere,
        Some(SeenFolder { made_anew: true, .. }) => Cause::RolledBack,
        Some(SeenFolder { ids, .. }) if ids.is_empty() => Cause::FolderEmptied,
        Some(_) => Cause::RemovedElsewhere,
    }
}

fn doubt(book: &Book, folder: &SeenFolder, lacks: bool) -> Option<Doubt> {
    let held = book.folder(&folder.channel).map_or(0, |record| record.count);
    let code = match &folder.sight {
        Sight::Unread(code) => *code,
        Sight::Read(_) if lacks => Code::FolderMadeAnew,
        Sight::Read(place) if place.rolled_back => Code::FolderRolledBack,
        Sight::Read(_) if folder.ids.is_empty() && held > 0 => Code::FolderEmptied,
        Sight::Read(_) => return None,
    };
    Some(Doubt { channel: folder.channel.clone(), code, held })
}

impl Plan {
    /// Names the difference for a [`Consent`](super::consent::Consent). Two plans with the same removals for the same causes, the
    /// same doubts and the same unknown list have the same digest, whenever they are made.
    pub fn digest(&self) -> String {
        digest(self)
    }

    /// Whether a document was not read: nothing may be replaced.
    pub fn unsettled(&self) -> bool {
        let read = [Code::FolderRolledBack, Code::FolderEmptied, Code::FolderMadeAnew];
        self.doubts.iter().any(|doubt| !read.contains(&doubt.code))
    }

    /// The ids that may be on the server now: what is named, what is kept, and what is only about to
    /// begin its wait. Everything that is known but [`Self::due`].
    pub fn list(&self, seen: &Seen<'_>) -> IdSet {
        seen.ids.clone().union(self.beside(&|_| true))
    }

    /// Those of [`Self::list`] that have to be there: all but what the user's own clients took out.
    pub fn needed(&self, seen: &Seen<'_>) -> IdSet {
        seen.ids.clone().union(self.beside(&|own| !own))
    }

    /// What the user's own clients took out on purpose, and waits, by the document that it stood in.
    pub fn taken_out(&self) -> Vec<(Text, IdSet)> {
        let retained = self.retained.iter().map(|it| (it.own, &it.folder, &it.id));
        let removed = self.removed.iter().map(|removal| (removal.own, &removal.folder, &removal.id));
        let rows = retained.chain(removed).filter(|(own, ..)| *own);
        let rows = rows.filter_map(|(_, folder, id)| Some((folder.clone(), vec![PinId::of(id)?])));
        let rows = ordered(rows.collect(), &|a, b| [a, b].concat());
        rows.into_iter().map(|(folder, ids)| (folder, ids.into_iter().collect())).collect()
    }

    /// What an earlier version recorded may be no id, and stays out of every list.
    fn beside(&self, which: &dyn Fn(bool) -> bool) -> Vec<PinId> {
        let retained = self.retained.iter().map(|it| (&it.id, it.own));
        let removed = self.removed.iter().map(|removal| (&removal.id, removal.own));
        retained.chain(removed).filter(|(_, own)| which(*own)).filter_map(|(id, _)| PinId::of(id)).collect()
    }

    /// As [`Self::list`], and what is due as well: everything that may be on the server of this account.
    pub fn everything(&self, seen: &Seen<'_>) -> IdSet {
        self.list(seen).union(self.due.iter().filter_map(|removal| PinId::of(&removal.id)))
    }
}
