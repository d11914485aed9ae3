//! Teams and calendars that got a tag when they were put back, and taking that back: they stand beside the drive, in the account document.

use std::collections::{BTreeMap, HashSet};

use pinfold_core::document::{AccountDoc, Entry, Kind};
use pinfold_core::drive::edit::{Beside, Edit, TakeBeside};
use pinfold_core::json::{Text, Value};

use crate::history::Moment;
use crate::investigation::{Investigation, Whose};
use crate::marks::{Marks, is_tag};
use crate::presence::{Presence, What};
use crate::undo::{Kept, WhyKept};

/// Which: what it is, and its key in the account document.
type Key = (Beside, Text);

/// A team or a calendar that got the tag.
#[derive(Debug, Clone)]
struct BesideMark {
    at: Moment,
    channel: Option<Text>,
    /// What takes it back; `None` where the log begins with it.
    undo: Option<TakeBeside>,
    untouched: bool,
}

/// Those that have the tag.
#[derive(Debug, Default)]
pub(crate) struct BesideMarks {
    there: BTreeMap<Key, BesideMark>,
}

/// What an entry is, if it stands beside the drive.
pub(crate) const fn beside(what: What) -> Option<Beside> {
    match what {
        What::Team => Some(Beside::Team),
        What::Calendar => Some(Beside::Calendar),
        What::File | What::SharedFolder | What::OldFolder | What::Link => None,
    }
}

fn tag_of<'v>(data: &'v Value, wanted: &str) -> Option<&'v Text> {
    Entry::alone(Kind::File, data).tags().find(|tag| is_tag(tag, wanted))
}

fn rows(document: &Value) -> impl Iterator<Item = (Beside, &Text, &Value)> {
    let account = AccountDoc::of(document);
    let teams = account.team_rows().map(|(key, data)| (Beside::Team, key, data));
    teams.chain(account.calendar_rows().map(|(key, data)| (Beside::Calendar, key, data)))
}

impl BesideMarks {
    /// Whether what became of one in a line is news of the tag.
    pub(crate) fn concerns(&self, what: Beside, presence: &Presence, tag: &str) -> bool {
        let has_tag = presence.is_there() && tag_of(&presence.data, tag).is_some();
        has_tag != self.there.contains_key(&(what, presence.id.clone()))
    }

    /// Takes the next state of the account document in.
    pub(crate) fn see(&mut self, at: Moment, wanted: &str, before: Option<&Value>, document: &Value) {
        let tagged = rows(document)
            .filter_map(|(what, key, data)| Some(((what, key.clone()), data, tag_of(data, wanted)?.clone())));
        let tagged: Vec<(Key, &Value, Text)> = tagged.collect();
        self.there.retain(|key, _| tagged.iter().any(|(tagged, ..)| tagged == key));
        for ((what, key), data, tag) in tagged {
            let Value::Object(wrote) = data else { continue };
            let was_there = |before: &Value| rows(before).any(|(of, other, _)| of == what && *other == key);
            let undo = before.map(|before| TakeBeside {
                what,
                key: key.clone(),
                tag,
                wrote: wrote.clone(),
                was_there: was_there(before),
            });
            let channel = Entry::alone(Kind::File, data).channel().cloned();
            let mark = BesideMark { at, channel, undo, untouched: false };
            self.there.entry((what, key)).or_insert(mark);
        }
    }

    /// Compares with the account document as it is after the last line.
    pub(crate) fn end(&mut self, document: &Value) {
        for mark in self.there.values_mut() {
            mark.untouched = mark.undo.as_ref().is_some_and(|undo| undo.fits(document));
        }
    }
}

impl Investigation {
    /// How to take the teams and calendars back that were put back with the tag; and which stay.
    pub(crate) fn undo_beside(&self) -> (Vec<Edit>, Vec<Kept>) {
        let (mut edits, mut left) = (Vec::new(), Vec::new());
        let account = self.documents().first().filter(|of| of.whose == Whose::Account);
        let marks = account.and_then(|account| account.live.as_ref()?.marks.as_ref());
        for ((what, _), mark) in marks.into_iter().flat_map(|marks| &marks.beside.there) {
            let channel = mark.channel.as_ref().and_then(Text::as_str).unwrap_or_default();
            // Without a team's keys, what came into it since would be out of reach. What is in a calendar nobody reads here.
            let holds_more = || {
                let mut seen = HashSet::new();
                *what == Beside::Team && self.holds_more(channel, mark.at.time, &mut seen)
            };
            match &mark.undo {
                Some(undo) if mark.untouched && (undo.was_there || !holds_more()) => {
                    edits.push(Edit::TakeBeside(undo.clone()));
                }
                undo => {
                    let why = if undo.is_some() { WhyKept::Touched } else { WhyKept::NotSince };
                    left.push(Kept { document: 0, channel: mark.channel.clone(), why });
                }
            }
        }
        (edits, left)
    }

    /// Whether something came into a team, or a folder of it, that this restoring does not take back itself.
    fn holds_more<'i>(&'i self, channel: &'i str, since: Option<u64>, seen: &mut HashSet<&'i str>) -> bool {
        if !seen.insert(channel) {
            return false;
        }
        let told = self.document_of(channel).and_then(|document| document.live.as_ref());
        let Some(told) = told.filter(|told| told.is_unbroken()) else { return true };
        let marks = told.marks.as_ref().map_or(&[][..], Marks::all);
        let goes: HashSet<Option<&Text>> =
            marks.iter().filter(|mark| mark.untouched).map(|mark| mark.channel.as_ref()).collect();
        // Where a line has no time, it may be of after.
        let is_new = |presence: &Presence| presence.from.time.zip(since).is_none_or(|(from, at)| from >= at);
        let there: Vec<&Presence> = told.timeline.presences().iter().filter(|of| of.is_there()).collect();
        let inside = there.iter().filter(|presence| presence.what == What::SharedFolder);
        let mut folders = inside.filter_map(|folder| folder.entry().channel()?.as_str());
        there.iter().any(|presence| is_new(presence) && !goes.contains(&presence.entry().channel()))
            || folders.any(|folder| self.holds_more(folder, since, seen))
    }
}
