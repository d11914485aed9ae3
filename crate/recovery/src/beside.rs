//! Teams and calendars that got a tag when they were put back: they stand beside the drive, in the account document; a team's calendars in
//! that of the team.

use std::collections::BTreeMap;

use pinfold_core::document::{AccountDoc, Entry, Kind, Shape};
use pinfold_core::drive::edit::{Beside, TakeBeside};
use pinfold_core::json::{Text, Value};

use crate::history::Moment;
use crate::presence::{Presence, What};
use crate::tag::is_tag;

/// Which: what it is, and its key in the account document.
pub(crate) type Key = (Beside, Text);

/// A team or a calendar that got the tag.
#[derive(Debug, Clone)]
pub(crate) struct BesideMark {
    pub(crate) at: Moment,
    pub(crate) channel: Option<Text>,
    /// What takes it back; `None` where the log begins with it.
    pub(crate) undo: Option<TakeBeside>,
    pub(crate) untouched: bool,
}

/// Those that have the tag.
#[derive(Debug, Default)]
pub(crate) struct BesideMarks {
    pub(crate) there: BTreeMap<Key, BesideMark>,
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

fn rows(document: &Value, shape: Shape) -> impl Iterator<Item = (Beside, &Text, &Value)> {
    let account = AccountDoc::of(document);
    let teams = account.team_rows().map(|(key, data)| (Beside::Team, key, data));
    let all = teams.chain(account.calendar_rows().map(|(key, data)| (Beside::Calendar, key, data)));
    all.filter(move |(what, ..)| what.is_in(shape))
}

impl BesideMarks {
    /// Whether what became of one in a line is news of the tag.
    pub(crate) fn concerns(&self, what: Beside, presence: &Presence, tag: &str) -> bool {
        let has_tag = presence.is_there() && tag_of(&presence.data, tag).is_some();
        has_tag != self.there.contains_key(&(what, presence.id.clone()))
    }

    /// Takes the next state of a document in.
    pub(crate) fn see(
        &mut self,
        at: Moment,
        (wanted, shape): (&str, Shape),
        before: Option<&Value>,
        document: &Value,
    ) {
        let tagged = rows(document, shape)
            .filter_map(|(what, key, data)| Some(((what, key.clone()), data, tag_of(data, wanted)?.clone())));
        let tagged: Vec<(Key, &Value, Text)> = tagged.collect();
        self.there.retain(|key, _| tagged.iter().any(|(tagged, ..)| tagged == key));
        for ((what, key), data, tag) in tagged {
            let Value::Object(wrote) = data else { continue };
            let was_there =
                |before: &Value| rows(before, shape).any(|(of, other, _)| of == what && *other == key);
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

    /// Compares with the document as it is after the last line.
    pub(crate) fn end(&mut self, document: &Value) {
        for mark in self.there.values_mut() {
            mark.untouched = mark.undo.as_ref().is_some_and(|undo| undo.fits(document));
        }
    }
}
