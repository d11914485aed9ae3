//! Every stay of every entry in one document, from its states in order; and what became of each entry in the last of them.

use std::collections::{HashMap, HashSet};

use pinfold_core::document::{AccountDoc, Branch, Entry, EntryId, Kind, Shape, Tables};
use pinfold_core::json::{Text, Value};
use pinfold_core::names::names;

use crate::history::Moment;
use crate::outline::{Delta, Outline};
use crate::presence::{EARLIER, Presence, Spot, What, can_write};

names! {
    /// What became of an entry in one line.
    #[derive(Hash, PartialOrd, Ord)]
    Did as Did, "What became of an entry in one line.":
    /// It is there now.
    Appeared = "appeared",
    /// It has another link, password or channel.
    Relinked = "relinked",
    /// It has another title or name.
    Renamed = "renamed",
    /// Something else that it says is different.
    Changed = "changed",
    /// It stands elsewhere.
    Moved = "moved",
    /// It went to the trash.
    Thrown = "thrown",
    /// It came back from the trash.
    TakenBack = "taken-back",
    /// Its data left, and its number stayed in the tree: the client erased its key, not a person.
    Erased = "erased",
    /// It is no longer there.
    Vanished = "vanished",
}

/// One change of one entry. Of one line, an entry may have two: what it says, and where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event {
    /// Which of [`Timeline::presences`] it is of.
    pub presence: usize,
    /// What became of it.
    pub did: Did,
}

/// All stays, in the order in which they began; of those that began with one line, by what they are and their number.
pub struct Timeline {
    shape: Shape,
    presences: Vec<Presence>,
    /// What is there now, as places in `presences`.
    there: HashMap<(What, Text), usize>,
    /// Where each number of the tree stands now, sorted.
    standing: HashMap<EntryId, Vec<Spot>>,
    outline: Outline,
    events: Vec<Event>,
}

impl Timeline {
    /// Of a document of this shape, of which no state was seen.
    pub fn new(shape: Shape) -> Self {
        Self {
            shape,
            presences: Vec::new(),
            there: HashMap::new(),
            standing: HashMap::new(),
            outline: Outline::new(shape),
            events: Vec::new(),
        }
    }

    /// All stays.
    pub fn presences(&self) -> &[Presence] {
        &self.presences
    }

    /// What became of the entries in the state that was seen last.
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// Takes the next state of the document in: that after a line.
    pub fn see(&mut self, at: Moment, document: &Value) {
        self.outline.forget();
        let delta = self.difference(document);
        self.take(at, delta);
    }

    /// As [`Timeline::see`], of texts: the one that was seen last, and the next. The work is in proportion to what is
    /// different, but for comparisons of memory. A text that is no JSON changes nothing.
    pub fn follow(&mut self, at: Moment, old: &[u16], new: &[u16]) {
        let delta = self.outline.follow(old, new);
        let delta = delta.or_else(|| {
            let document = Value::parse_text(&Text::from_utf16(new)).ok()?;
            Some(self.difference(&document))
        });
        self.take(at, delta.unwrap_or_default());
    }

    /// What is different in a document from what was seen last.
    fn difference(&self, document: &Value) -> Delta {
        let tables = Tables::under(document, self.shape);
        let rows =
            Kind::ALL.into_iter().flat_map(|kind| tables.rows(kind).map(move |row| (What::of(kind), row)));
        let old = tables.old_folders().map(|row| (What::OldFolder, row));
        let account = AccountDoc::of(document);
        let beside = account.team_rows().map(|row| (What::Team, row));
        let beside = beside.filter(|_| self.shape == Shape::Account);
        // A team's document keeps its calendars as the account's does.
        let calendars = account.calendar_rows().map(|row| (What::Calendar, row));
        let beside = beside.chain(calendars.filter(|_| self.shape != Shape::Folder));
        let mut delta = Delta::default();
        let mut gone: HashMap<&(What, Text), usize> = self.there.iter().map(|(key, at)| (key, *at)).collect();
        for (what, (id, data)) in rows.chain(old).chain(beside) {
            let stay = gone.remove(&(what, id.clone()));
            let was = stay.and_then(|stay| self.presences.get(stay));
            if was.is_none_or(|was| was.data != *data) {
                delta.rows.push((what, id.clone(), Some(data.clone())));
            }
        }
        delta.rows.extend(gone.into_keys().map(|(what, id)| (*what, id.clone(), None)));
        let tree = tables.tree();
        let names = |names: Vec<&Text>| names.into_iter().cloned().collect();
        let spots = tree
            .standing()
            .map(|(id, place)| (id, Spot { branch: place.branch(), names: names(place.names()) }));
        delta.stand.extend(spots);
        let left = self.standing.iter().flat_map(|(id, spots)| spots.iter().map(|spot| (*id, spot.clone())));
        delta.left.extend(left);
        delta.emptied.extend(tables.emptied_in_the_trash().cloned());
        delta
    }

    fn take(&mut self, at: Moment, delta: Delta) {
        self.events.clear();
        let Delta { mut rows, left, stand, emptied } = delta;
        let emptied: HashSet<Text> = emptied.into_iter().collect();
        let touched = self.stand_elsewhere(left, stand);
        rows.sort_by(|(a, b, _), (c, d, _)| (a, b).cmp(&(c, d)));
        for (what, id, data) in rows {
            match data {
                Some(data) => self.says(at, what, id, data),
                None => self.leaves(at, what, &id, &emptied),
            }
        }
        self.with_folders();
        for id in touched {
            self.stands(at, id);
        }
    }

    /// The numbers of which the places are others now, sorted.
    fn stand_elsewhere(&mut self, left: Vec<(EntryId, Spot)>, stand: Vec<(EntryId, Spot)>) -> Vec<EntryId> {
        let mut before: HashMap<EntryId, Vec<Spot>> = HashMap::new();
        for id in left.iter().chain(&stand).map(|(id, _)| *id) {
            before.entry(id).or_insert_with(|| self.standing.remove(&id).unwrap_or_default());
        }
        let mut fewer: HashMap<EntryId, Vec<Spot>> = HashMap::new();
        left.into_iter().for_each(|(id, spot)| fewer.entry(id).or_default().push(spot));
        let without = |(id, spots): (&EntryId, &Vec<Spot>)| {
            let mut fewer = fewer.remove(id).unwrap_or_default();
            fewer.sort_by(Spot::order);
            let mut fewer = fewer.into_iter().peekable();
            // Both are sorted: each place that is left takes one away.
            let stays = |spot: &&Spot| fewer.next_if(|other| other == *spot).is_none();
            (*id, spots.iter().filter(stays).cloned().collect())
        };
        let mut after: HashMap<EntryId, Vec<Spot>> = before.iter().map(without).collect();
        for (id, spot) in stand {
            after.entry(id).or_default().push(spot);
        }
        let mut touched = Vec::new();
        for (id, mut spots) in after {
            spots.sort_by(Spot::order);
            if before.get(&id) != Some(&spots) {
                touched.push(id);
            }
            if !spots.is_empty() {
                self.standing.insert(id, spots);
            }
        }
        touched.sort_unstable();
        touched
    }

    fn says(&mut self, at: Moment, what: What, id: Text, data: Value) {
        let number = number_of(what, &id);
        let key = (what, id);
        let Some(stay) = self.there.get(&key).copied() else {
            let places = number.and_then(|number| self.standing.get(&number)).cloned().unwrap_or_default();
            let (what, id) = key.clone();
            let mut presence = Presence { places, ..Presence::begun(what, id, at, data) };
            presence.thrown = presence.is_thrown().then_some(at);
            if presence.thrown.is_none() {
                presence.stood.clone_from(&presence.places);
            }
            self.there.insert(key, self.presences.len());
            self.events.push(Event { presence: self.presences.len(), did: Did::Appeared });
            self.presences.push(presence);
            return;
        };
        let Some(presence) = self.presences.get_mut(stay).filter(|presence| presence.data != data) else {
            return;
        };
        let was = std::mem::replace(&mut presence.data, data);
        let renamed = presence.is_renamed(&was);
        presence.renamed |= renamed;
        if renamed {
            presence.was(&was);
        }
        let before = Entry::alone(presence.kind(), &was).channel();
        if before.is_some() && before != presence.entry().channel() {
            presence.named = at;
            if presence.what.is_followed() {
                presence.before.truncate(EARLIER - 1);
                presence.before.insert(0, was.clone());
            }
        }
        let opens = |entry: Entry<'_>| {
            [
                entry.channel().cloned(),
                entry.password().map(Text::from),
                entry.href().map(Text::from),
                entry.view_href().map(Text::from),
            ]
        };
        match (can_write(Entry::alone(presence.kind(), &was)), presence.can_write()) {
            (_, true) => presence.weaker = None,
            (true, false) => presence.weaker = Some(at),
            (false, false) => {}
        }
        let relinked = opens(Entry::alone(presence.kind(), &was)) != opens(presence.entry());
        let did = match (relinked, renamed) {
            (true, _) => Did::Relinked,
            (false, true) => Did::Renamed,
            (false, false) => Did::Changed,
        };
        self.events.push(Event { presence: stay, did });
    }

    fn leaves(&mut self, at: Moment, what: What, id: &Text, emptied: &HashSet<Text>) {
        let Some(stay) = self.there.remove(&(what, id.clone())) else { return };
        let Some(presence) = self.presences.get_mut(stay) else { return };
        let number = number_of(what, id);
        presence.to = Some(at);
        presence.left_a_number = number.is_some_and(|number| self.standing.contains_key(&number));
        presence.left_an_empty_list = match presence.places.as_slice() {
            [Spot { branch: Branch::Trash, names }] => matches!(&**names, [name] if emptied.contains(name)),
            _ => false,
        };
        let did = if presence.left_a_number { Did::Erased } else { Did::Vanished };
        self.events.push(Event { presence: stay, did });
    }

    /// Notes what left with a whole folder of names.
    fn with_folders(&mut self) {
        let mut left: HashMap<Text, Vec<usize>> = HashMap::new();
        for event in self.events.iter().filter(|event| event.did == Did::Vanished) {
            let folder = self.presences.get(event.presence).and_then(|presence| top_folder(&presence.places));
            if let Some(folder) = folder {
                left.entry(folder.clone()).or_default().push(event.presence);
            }
        }
        let is_shared = |at: &usize| self.presences.get(*at).is_some_and(|of| of.what == What::SharedFolder);
        left.retain(|_, stays| stays.len() > 1 || stays.iter().any(is_shared));
        if left.is_empty() {
            return;
        }
        for spots in self.standing.values() {
            for spot in spots.iter().filter(|spot| spot.branch == Branch::Root && spot.names.len() > 1) {
                spot.names.first().map(|name| left.remove(name));
            }
        }
        for at in left.into_values().flatten() {
            self.presences.get_mut(at).into_iter().for_each(|presence| presence.left_with_folder = true);
        }
    }

    /// What has this number stands elsewhere than before.
    fn stands(&mut self, at: Moment, id: EntryId) {
        let spots = self.standing.get(&id);
        for what in [What::File, What::SharedFolder, What::OldFolder, What::Link] {
            let Some(stay) = self.there.get(&(what, id.key().into())).copied() else { continue };
            let Some(presence) = self.presences.get_mut(stay) else { continue };
            let spots = spots.cloned().unwrap_or_default();
            if presence.places == spots {
                continue;
            }
            let was_thrown = presence.is_thrown();
            presence.places = spots;
            let did = match (was_thrown, presence.is_thrown()) {
                (false, true) => Did::Thrown,
                (true, false) => Did::TakenBack,
                _ => Did::Moved,
            };
            match presence.is_thrown() {
                true => _ = presence.thrown.get_or_insert(at),
                false => presence.thrown = None,
            }
            if presence.thrown.is_none() && !presence.places.is_empty() {
                presence.moved |= presence.stands_elsewhere(&presence.places);
                presence.stood.clone_from(&presence.places);
            }
            self.events.push(Event { presence: stay, did });
        }
    }
}

/// The folder of names at the root that something stands below, if it stands in one place.
fn top_folder(places: &[Spot]) -> Option<&Text> {
    let [Spot { branch: Branch::Root, names }] = places else { return None };
    names.first().filter(|_| names.len() > 1)
}

/// The number that stands in the tree for an entry.
fn number_of(what: What, id: &Text) -> Option<EntryId> {
    id.as_str().and_then(EntryId::parse).filter(|_| what.is_numbered())
}

/// How much there is; nothing of what it says.
impl std::fmt::Debug for Timeline {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut timeline = f.debug_struct("Timeline");
        timeline.field("shape", &self.shape).field("presences", &self.presences).finish_non_exhaustive()
    }
}
