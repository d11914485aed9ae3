//! Every stay of every entry in one document: from which line to which, what it said, where it stood.

use std::collections::HashMap;

use pinfold_core::document::{AccountDoc, Branch, Entry, EntryId, Kind, Shape, Tables};
use pinfold_core::json::{Text, Value};

use crate::history::Moment;

/// What an entry is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum What {
    /// A document or an uploaded file.
    File,
    /// A shared folder.
    SharedFolder,
    /// A shared folder whose password somebody changed: the drive keeps its old entry apart.
    OldFolder,
    /// A link to the web.
    Link,
    /// A team.
    Team,
    /// A calendar.
    Calendar,
}

impl What {
    /// Its name in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::SharedFolder => "sharedFolder",
            Self::OldFolder => "oldFolder",
            Self::Link => "link",
            Self::Team => "team",
            Self::Calendar => "calendar",
        }
    }

    const fn of(kind: Kind) -> Self {
        match kind {
            Kind::File => Self::File,
            Kind::SharedFolder => Self::SharedFolder,
            Kind::Link => Self::Link,
        }
    }
}

/// A place in the tree of names.
#[derive(Clone, PartialEq, Eq)]
pub struct Spot {
    /// In which part of the tree.
    pub branch: Branch,
    /// The names that lead there; the last is the entry's own.
    pub names: Vec<Text>,
}

/// One stay of an entry in a document.
#[derive(Clone)]
pub struct Presence {
    /// What it is.
    pub what: What,
    /// Its key in the document.
    pub id: Text,
    /// The first line of which the document has it. Of a log that was shortened: at the latest.
    pub from: Moment,
    /// The line that took it out; `None` while it is there.
    pub to: Option<Moment>,
    /// What it said last. Links, keys and passwords are in it.
    pub data: Value,
    /// Where it stood last; nowhere, where nothing shows it.
    pub places: Vec<Spot>,
    /// The first line of its present stay in the trash, if it is there, or was when it left.
    pub thrown: Option<Moment>,
    /// Whether its title, or the name it was given, changed during this stay.
    pub renamed: bool,
    /// Whether its number stayed in the tree when its data left: the client erased it, not a person.
    pub left_a_number: bool,
}

impl Presence {
    /// The entry as it was last.
    pub fn entry(&self) -> Entry<'_> {
        Entry::alone(self.kind(), &self.data)
    }

    const fn kind(&self) -> Kind {
        match self.what {
            What::SharedFolder | What::OldFolder => Kind::SharedFolder,
            What::Link => Kind::Link,
            What::File | What::Team | What::Calendar => Kind::File,
        }
    }

    /// Whether it has another name than in an earlier state. A first title is no new one.
    fn is_renamed(&self, was: &Value) -> bool {
        let (was, is) = (Entry::alone(self.kind(), was), self.entry());
        was.given_name() != is.given_name() || was.title().is_some() && was.title() != is.title()
    }

    /// Whether it is in the document now.
    pub fn is_there(&self) -> bool {
        self.to.is_none()
    }
}

/// Which, from when to when; nothing of what it said.
impl std::fmt::Debug for Presence {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut presence = f.debug_struct("Presence");
        presence
            .field("what", &self.what)
            .field("id", &self.id)
            .field("from", &self.from)
            .field("to", &self.to);
        presence.finish_non_exhaustive()
    }
}

/// All stays, in the order in which they began.
#[derive(Debug)]
pub struct Timeline {
    shape: Shape,
    presences: Vec<Presence>,
    /// What is there now, as places in `presences`.
    there: HashMap<(What, Text), usize>,
}

/// What a state holds of one entry.
struct Found<'d> {
    what: What,
    id: &'d Text,
    data: &'d Value,
    places: Vec<Spot>,
}

impl Timeline {
    /// Of a document of this shape, of which no state was seen.
    pub fn new(shape: Shape) -> Self {
        Self { shape, presences: Vec::new(), there: HashMap::new() }
    }

    /// All stays, in the order in which they began.
    pub fn presences(&self) -> &[Presence] {
        &self.presences
    }

    /// Takes the next state of the document in: that after a line.
    pub fn see(&mut self, at: Moment, document: &Value) {
        let found = self.found_in(document);
        let mut gone: HashMap<(What, Text), usize> = std::mem::take(&mut self.there);
        for found in found {
            let key = (found.what, found.id.clone());
            let stay = gone.remove(&key);
            let stay = stay.unwrap_or_else(|| self.begins(at, &found));
            self.there.insert(key, stay);
            if let Some(presence) = self.presences.get_mut(stay) {
                presence.goes_on(at, found);
            }
        }
        let tree = Tables::under(document, self.shape).tree();
        for ((_, id), stay) in gone {
            let Some(presence) = self.presences.get_mut(stay) else { continue };
            presence.to = Some(at);
            let number = id.as_str().and_then(EntryId::parse);
            presence.left_a_number = number.is_some_and(|number| tree.places(number).next().is_some());
        }
    }

    fn begins(&mut self, at: Moment, found: &Found<'_>) -> usize {
        self.presences.push(Presence {
            what: found.what,
            id: found.id.clone(),
            from: at,
            to: None,
            data: Value::Null,
            places: Vec::new(),
            thrown: None,
            renamed: false,
            left_a_number: false,
        });
        self.presences.len() - 1
    }

    fn found_in<'d>(&self, document: &'d Value) -> Vec<Found<'d>> {
        let tables = Tables::under(document, self.shape);
        let tree = tables.tree();
        let places = |id: &Text| {
            let number = id.as_str().and_then(EntryId::parse);
            let places = number.into_iter().flat_map(|number| tree.places(number));
            let names = |names: Vec<&Text>| names.into_iter().cloned().collect();
            places.map(|place| Spot { branch: place.branch(), names: names(place.names()) }).collect()
        };
        let rows =
            Kind::ALL.into_iter().flat_map(|kind| tables.rows(kind).map(move |row| (What::of(kind), row)));
        let old = tables.old_folders().map(|row| (What::OldFolder, row));
        let mut found: Vec<Found<'_>> = Vec::new();
        for (what, (id, data)) in rows.chain(old) {
            found.push(Found { what, id, data, places: places(id) });
        }
        if self.shape == Shape::Account {
            let account = AccountDoc::of(document);
            let beside = account.team_rows().map(|row| (What::Team, row));
            let beside = beside.chain(account.calendar_rows().map(|row| (What::Calendar, row)));
            found.extend(beside.map(|(what, (id, data))| Found { what, id, data, places: Vec::new() }));
        }
        found
    }
}

impl Presence {
    fn goes_on(&mut self, at: Moment, found: Found<'_>) {
        if self.data != *found.data {
            let is_first = self.data == Value::Null;
            let was = std::mem::replace(&mut self.data, found.data.clone());
            self.renamed |= !is_first && self.is_renamed(&was);
        }
        self.places = found.places;
        let in_trash = !self.places.is_empty() && self.places.iter().all(|spot| spot.branch == Branch::Trash);
        match in_trash {
            true => _ = self.thrown.get_or_insert(at),
            false => self.thrown = None,
        }
    }
}
