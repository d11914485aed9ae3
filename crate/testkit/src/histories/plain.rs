//! The plain way: every state is parsed as a whole, and compared with the one before it.

use std::collections::{BTreeMap, BTreeSet};

use pinfold_core::chainpad::{Chain, Mode, checkpoint::strip_prefix};
use pinfold_core::document::{AccountDoc, Branch, Entry, Kind, Shape, Tables};
use pinfold_core::json::{Text, Value};
use pinfold_recovery::{Author, Did, Moment, Presence, What};

use super::logs::Log;

/// A place, so that it can be compared and shown.
type Place = (usize, Vec<Text>);

/// What one state says of one entry.
#[derive(Clone, PartialEq)]
struct Row {
    data: Value,
    places: Vec<Place>,
}

/// The document after a line that changed it.
pub(crate) struct State {
    at: Moment,
    rows: BTreeMap<(What, Text), Row>,
    /// The numbers of the tree, and where they stand.
    standing: BTreeMap<String, Vec<Place>>,
    /// The names in the trash under which nothing lies.
    emptied: BTreeSet<Text>,
}

/// One stay of an entry.
pub(crate) struct Stay {
    pub(crate) what: What,
    pub(crate) id: Text,
    pub(crate) from: Moment,
    pub(crate) to: Option<Moment>,
    pub(crate) data: Value,
    places: Vec<Place>,
    pub(crate) thrown: Option<Moment>,
    renamed: bool,
    moved: bool,
    left_a_number: bool,
    left_an_empty_list: bool,
    left_with_folder: bool,
}

/// An event, in a form that can be sorted: line, what, id, what became of it.
pub(crate) type Told = (usize, What, Text, Did);

/// Every state of a log that is different from the one before.
pub(crate) fn states(log: &Log) -> Vec<State> {
    let mut chain = Chain::new(Mode::ListMap);
    let (mut states, mut last): (Vec<State>, Option<Text>) = (Vec::new(), None);
    for (line, stored) in log.lines.iter().enumerate() {
        let author = stored.author.as_deref().and_then(Author::parse);
        let at = Moment { line, time: stored.time, author };
        let Ok(plain) = log.keys.open(strip_prefix(&stored.message).0) else { continue };
        let is_step = matches!(
            chain.push(&plain),
            pinfold_core::chainpad::Step::Applied | pinfold_core::chainpad::Step::Adopted
        );
        let text = chain.document_text();
        if !is_step || last.as_ref() == Some(&text) {
            continue;
        }
        if let Ok(document) = Value::parse_text(&text) {
            states.push(state(at, &document, log.shape));
            last = Some(text);
        }
    }
    states
}

fn state(at: Moment, document: &Value, shape: Shape) -> State {
    let tables = Tables::under(document, shape);
    let tree = tables.tree();
    let mut standing: BTreeMap<String, Vec<Place>> = BTreeMap::new();
    for (id, place) in tree.standing() {
        let rank = Branch::ALL.iter().position(|branch| *branch == place.branch()).unwrap_or_default();
        let names = place.names().into_iter().cloned().collect();
        standing.entry(id.key()).or_default().push((rank, names));
    }
    standing.values_mut().for_each(|places| places.sort());
    let mut rows = BTreeMap::new();
    let mut take = |what: What, id: &Text, data: &Value| {
        let is_numbered = !matches!(what, What::Team | What::Calendar);
        let places = id.as_str().filter(|_| is_numbered).and_then(|id| standing.get(id)).cloned();
        let row = Row { data: data.clone(), places: places.unwrap_or_default() };
        rows.insert((what, id.clone()), row);
    };
    let kinds =
        [(Kind::File, What::File), (Kind::SharedFolder, What::SharedFolder), (Kind::Link, What::Link)];
    for (kind, what) in kinds {
        tables.rows(kind).for_each(|(id, data)| take(what, id, data));
    }
    tables.old_folders().for_each(|(id, data)| take(What::OldFolder, id, data));
    let account = AccountDoc::of(document);
    if shape == Shape::Account {
        account.team_rows().for_each(|(id, data)| take(What::Team, id, data));
    }
    if shape != Shape::Folder {
        account.calendar_rows().for_each(|(id, data)| take(What::Calendar, id, data));
    }
    State { at, rows, standing, emptied: tables.emptied_in_the_trash().cloned().collect() }
}

const TRASH: usize = 2;

fn is_thrown(row: &Row) -> bool {
    !row.places.is_empty() && row.places.iter().all(|(branch, _)| *branch == TRASH)
}

fn kind(what: What) -> Kind {
    match what {
        What::SharedFolder | What::OldFolder => Kind::SharedFolder,
        What::Link => Kind::Link,
        What::File | What::Team | What::Calendar => Kind::File,
    }
}

fn is_renamed(what: What, was: &Row, is: &Row) -> bool {
    let (was, is) = (Entry::alone(kind(what), &was.data), Entry::alone(kind(what), &is.data));
    was.given_name() != is.given_name() || was.title().is_some() && was.title() != is.title()
}

fn is_relinked(was: &Row, is: &Row) -> bool {
    let text = |row: &Row, field: &str| {
        let text = row.data.get(field).and_then(Value::as_text).filter(|text| !text.is_empty());
        // Only a channel may be any text; the others are links and passwords, or nothing.
        text.filter(|text| field == "channel" || text.as_str().is_some()).cloned()
    };
    ["channel", "password", "href", "roHref"].iter().any(|field| text(was, field) != text(is, field))
}

/// Every entry that was there at any time.
fn keys(states: &[State]) -> BTreeSet<&(What, Text)> {
    states.iter().flat_map(|state| state.rows.keys()).collect()
}

/// Every stay: for each entry, the runs of states that have it.
pub(crate) fn stays(states: &[State]) -> Vec<Stay> {
    let mut stays = Vec::new();
    for key in keys(states) {
        let (what, id) = key;
        let mut rest = states;
        while let Some(first) = rest.iter().position(|state| state.rows.contains_key(key)) {
            let run = rest.get(first..).unwrap_or_default();
            let len = run.iter().position(|state| !state.rows.contains_key(key)).unwrap_or(run.len());
            let (run, after) = run.split_at(len);
            let rows: Vec<(Moment, &Row)> =
                run.iter().filter_map(|state| Some((state.at, state.rows.get(key)?))).collect();
            let (Some((from, _)), Some((_, last))) = (rows.first(), rows.last()) else { break };
            let thrown = rows.iter().rev().take_while(|(_, row)| is_thrown(row)).last();
            let number = id.as_str().filter(|_| !matches!(what, What::Team | What::Calendar));
            let stood = after.first().zip(number).is_some_and(|(next, id)| next.standing.contains_key(id));
            stays.push(Stay {
                what: *what,
                id: id.clone(),
                from: *from,
                to: after.first().map(|next| next.at),
                data: last.data.clone(),
                places: last.places.clone(),
                thrown: thrown.map(|(at, _)| *at),
                renamed: rows.array_windows().any(|[(_, was), (_, is)]| is_renamed(*what, was, is)),
                moved: moved(&rows),
                left_a_number: stood,
                left_an_empty_list: after.first().is_some_and(|next| match last.places.as_slice() {
                    [(TRASH, names)] => names.len() == 1 && names.iter().all(|of| next.emptied.contains(of)),
                    _ => false,
                }),
                left_with_folder: after.first().is_some_and(|next| {
                    run.last().is_some_and(|was| !stood && left_with_folder(was, next, last))
                }),
            });
            rest = after;
        }
    }
    stays
}

/// Whether it stood in other folders of names at some time; the trash, and standing nowhere, do not count.
fn moved(rows: &[(Moment, &Row)]) -> bool {
    let stands = rows.iter().filter(|(_, row)| !row.places.is_empty() && !is_thrown(row));
    let mut folders: Vec<BTreeSet<Place>> = stands
        .map(|(_, row)| {
            let above = row.places.iter().map(|(branch, names)| {
                (*branch, names.split_last().map(|(_, above)| above.to_vec()).unwrap_or_default())
            });
            above.collect()
        })
        .collect();
    folders.dedup();
    folders.len() > 1
}

/// Whether what stood in these places left between two states with all that stood below one folder of names.
fn left_with_folder(was: &State, is: &State, row: &Row) -> bool {
    let below = |row: &Row| match row.places.as_slice() {
        [(0, names)] if names.len() > 1 => names.first().cloned(),
        _ => None,
    };
    let Some(folder) = below(row) else { return false };
    let left: Vec<What> = (was.rows.iter())
        .filter(|(key, row)| !is.rows.contains_key(key) && below(row).as_ref() == Some(&folder))
        .filter(|((_, id), _)| !id.as_str().is_some_and(|id| is.standing.contains_key(id)))
        .map(|((what, _), _)| *what)
        .collect();
    let mut stands = is.standing.values().flatten();
    let empty = !stands.any(|(rank, names)| *rank == 0 && names.len() > 1 && names.first() == Some(&folder));
    empty && (left.len() > 1 || left.contains(&What::SharedFolder))
}

/// Everything but what it said.
impl std::fmt::Debug for Stay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { what, id, from, to, thrown, renamed, left_a_number, places, .. } = self;
        write!(f, "{what:?} {id:?} {from:?} to {to:?}, {places:?}, {thrown:?}, {renamed}, {left_a_number}")
    }
}

/// Whether the product tells this stay.
pub(crate) fn is_same(given: &Presence, wanted: &Stay) -> bool {
    let rank = |branch| Branch::ALL.iter().position(|other| *other == branch).unwrap_or_default();
    let places: Vec<Place> =
        given.places.iter().map(|spot| (rank(spot.branch), spot.names.clone())).collect();
    (given.what, &given.id, given.from, given.to) == (wanted.what, &wanted.id, wanted.from, wanted.to)
        && given.data == wanted.data
        && places == wanted.places
        && (given.thrown, given.renamed, given.moved) == (wanted.thrown, wanted.renamed, wanted.moved)
        && (given.left_a_number, given.left_an_empty_list, given.left_with_folder)
            == (wanted.left_a_number, wanted.left_an_empty_list, wanted.left_with_folder)
}

/// Every event, by line.
pub(crate) fn events(states: &[State]) -> Vec<Told> {
    let mut events = Vec::new();
    let none = BTreeMap::new();
    let before = std::iter::once(&none).chain(states.iter().map(|state| &state.rows));
    for (was, is) in before.zip(states) {
        let mut tell = |(what, id): &(What, Text), did| events.push((is.at.line, *what, id.clone(), did));
        for (key, row) in &is.rows {
            let Some(old) = was.get(key) else {
                tell(key, Did::Appeared);
                continue;
            };
            if old.data != row.data {
                tell(
                    key,
                    match (is_relinked(old, row), is_renamed(key.0, old, row)) {
                        (true, _) => Did::Relinked,
                        (false, true) => Did::Renamed,
                        (false, false) => Did::Changed,
                    },
                );
            }
            if old.places != row.places {
                tell(
                    key,
                    match (is_thrown(old), is_thrown(row)) {
                        (false, true) => Did::Thrown,
                        (true, false) => Did::TakenBack,
                        _ => Did::Moved,
                    },
                );
            }
        }
        for key in was.keys().filter(|key| !is.rows.contains_key(key)) {
            let number = key.1.as_str().filter(|_| !matches!(key.0, What::Team | What::Calendar));
            let stands = number.is_some_and(|id| is.standing.contains_key(id));
            tell(key, if stands { Did::Erased } else { Did::Vanished });
        }
    }
    events.sort();
    events
}
