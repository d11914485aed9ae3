//! What the ledger knows after a plan.

use crate::compact::sorted;
use crate::error::Error;
use crate::guard::consent::Consent;
use crate::guard::join::{find, ordered};
use crate::guard::ledger::{Book, FolderRecord, Record, Sent, Since, State};
use crate::guard::plan::waiting::{agreed, begins_anew};
use crate::guard::plan::{Moment, Plan, Removal};
use crate::json::Text;
use crate::pins::seen::{Seen, SeenFolder, Sight};

/// Which removals of a plan begin to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Begin {
    /// None does.
    Nothing,
    /// Those that nobody has to be asked for.
    Unasked,
    /// All of them: the user agreed.
    Agreed,
}

impl Plan {
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
    ) -> Result<Book, Error> {
        if let Some(consent) = consent {
            consent.check(self)?;
        }
        let begin = match consent {
            Some(_) => Begin::Agreed,
            None if self.asks => Begin::Nothing,
            None => Begin::Unasked,
        };
        Ok(self.write(book, seen, moment, begin, by))
    }

    /// As [`Self::record`], where something was looked at and nothing is decided: what is named is held, and no removal
    /// begins to wait.
    pub fn note(&self, book: &Book, seen: &Seen<'_>, moment: &Moment<'_>, by: &Text) -> Book {
        self.write(book, seen, moment, Begin::Nothing, by)
    }

    fn write(&self, book: &Book, seen: &Seen<'_>, moment: &Moment<'_>, begin: Begin, by: &Text) -> Book {
        let consented = begin == Begin::Agreed;
        let begins = begin != Begin::Nothing;
        let later = |id: &Text, state, since: Option<Since>| match book.record(id) {
            Some(record) if (record.state, record.since) == (state, since) => record.at.max(moment.now),
            Some(record) => moment.now.max(record.at.next()),
            None => moment.now,
        };
        let mut ids = Vec::with_capacity(seen.ids.len() + self.removed.len());
        let home = seen.folders.first().map_or_else(|| Text::from(""), |folder| folder.channel.clone());
        let homes = homes(seen.folders);
        for id in seen.ids {
            let id = id.text();
            let folder = find(&homes, id).unwrap_or(&home).clone();
            let at = later(id, State::Held, None);
            let by = by.clone();
            ids.push((id.clone(), Record { at, state: State::Held, by, folder, since: None }));
        }
        for Removal { id, cause, folder, own, .. } in self.removed.iter().filter(|_| begins) {
            let (state, agreed) = (State::Leaving(*cause), consented);
            let since = Some(Since { device: moment.now, server: None, agreed, own: *own });
            let (at, by, folder) = (later(id, state, since), by.clone(), folder.clone());
            ids.push((id.clone(), Record { at, state, by, folder, since }));
        }
        let open = self.removed.iter().filter(|_| !begins).map(|removal| (&removal.id, removal.own));
        for (id, own) in open.chain(self.retained.iter().map(|it| (&it.id, it.own))) {
            let known =
                book.record(id).and_then(|record| Some((id.clone(), again(record, own, moment, by)?)));
            ids.extend(known);
        }
        let mut folders = Vec::new();
        let doubts = sorted(self.doubts.iter().map(|doubt| &doubt.channel).collect(), &Ord::cmp);
        for folder in seen.folders {
            let doubted = doubts.binary_search(&&folder.channel).is_ok();
            if let Sight::Read(place) = &folder.sight
                && (!doubted || consented)
            {
                let count = u64::try_from(folder.ids.len()).unwrap_or(u64::MAX);
                let at = book.folder(&folder.channel).map_or(moment.now, |record| {
                    let same =
                        (record.count, &record.head, &record.base) == (count, &place.head, &place.base);
                    moment.now.max(if same { record.at } else { record.at.next() })
                });
                let (head, base) = (place.head.clone(), place.base.clone());
                folders
                    .push((folder.channel.clone(), FolderRecord { at, count, head, base, by: by.clone() }));
            }
        }
        book.clone().merge(Book::of(ids, folders, None))
    }
}

impl Book {
    /// The server confirmed a list without what was due.
    #[must_use]
    pub fn confirmed(self, due: &[Removal], sent: Sent) -> Self {
        let gone = |removal: &Removal| {
            let state = State::Gone(removal.cause);
            let at = sent.at.max(removal.last_seen.next());
            let since = self.record(&removal.id).and_then(|record| record.since);
            let record = Record { at, state, by: sent.by.clone(), folder: removal.folder.clone(), since };
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
        rows.extend(folder.ids.iter().map(|id| (id.text().clone(), folder.channel.clone())));
    }
    ordered(rows, &|first, _| first)
}

/// An id that stays as it is, where there is something to say of it: that the user's own client removed it, or that
/// its wait begins anew.
fn again(record: &Record, own: bool, moment: &Moment<'_>, by: &Text) -> Option<Record> {
    let at = record.at.next();
    let fresh = Since { device: moment.now, server: None, agreed: agreed(record), own: false };
    if matches!(record.state, State::Leaving(_)) && begins_anew(record.since, moment.now) {
        let since = Some(Since { own: own || record.since.is_some_and(|since| since.own), ..fresh });
        return Some(Record { at, by: by.clone(), since, ..record.clone() });
    }
    let since = record.since.unwrap_or(fresh);
    (own && !since.own).then(|| Record { at, since: Some(Since { own, ..since }), ..record.clone() })
}
