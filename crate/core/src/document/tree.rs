//! The tree of names: where entries stand (PROTOCOL.md 14.2).

use super::{EntryId, Tables, field};
use crate::compact::sorted;
use crate::json::{Object, Text, Value};
use crate::names::names;

names! {
    /// A part of the tree.
    Branch, "A part of the tree of a drive.":
    /// The folders that the user sees.
    Root = "root",
    /// Templates: a list without names.
    Template = "template",
    /// The trash. A shared folder has none.
    Trash = "trash",
}

impl Branch {
    pub(super) const fn field(self) -> &'static str {
        match self {
            Self::Root => field::ROOT,
            Self::Template => field::TEMPLATE,
            Self::Trash => field::TRASH,
        }
    }
}

/// Where each entry stands. An entry may stand in several places, and one that no table has may stand somewhere.
///
/// A step is kept once for all that stand below it: one list of steps and one of places, whatever the number of folders.
#[derive(Clone)]
pub struct Tree<'d> {
    steps: Vec<Step<'d>>,
    /// By the entry, then in the document's order.
    standing: Vec<(EntryId, usize)>,
}

/// One name, and what stands above it.
#[derive(Clone, Copy)]
enum Step<'d> {
    Branch(Branch),
    Name(usize, &'d Text),
}

impl<'d> Tree<'d> {
    pub(super) fn of(tables: Tables<'d>) -> Self {
        let mut tree = Self::in_order(tables, &Branch::ALL);
        tree.standing = sorted(tree.standing, &|(a, _), (b, _)| a.cmp(b));
        tree
    }

    /// In the document's order.
    fn in_order(tables: Tables<'d>, branches: &[Branch]) -> Self {
        let mut tree = Self { steps: Vec::new(), standing: Vec::new() };
        for branch in branches {
            let Some(value) = tables.branch(*branch) else { continue };
            let at = tree.step(Step::Branch(*branch));
            match branch {
                Branch::Root => tree.grow(value.as_object().into_iter().flat_map(Object::iter), at),
                Branch::Template => {
                    let entries = value.as_array().unwrap_or_default().iter().filter_map(EntryId::of);
                    tree.standing.extend(entries.map(|entry| (entry, at)));
                }
                Branch::Trash => {
                    let lists = value.as_object().into_iter().flat_map(Object::iter);
                    let thrown = lists.flat_map(|(name, list)| {
                        let list = list.as_array().unwrap_or_default().iter();
                        list.filter_map(move |thrown| Some((name, thrown.get(field::ELEMENT)?)))
                    });
                    tree.grow(thrown, at);
                }
            }
        }
        tree
    }

    fn step(&mut self, step: Step<'d>) -> usize {
        self.steps.push(step);
        self.steps.len() - 1
    }

    /// Takes in these elements and what stands below them.
    fn grow(&mut self, elements: impl Iterator<Item = (&'d Text, &'d Value)>, above: usize) {
        let mut open: Vec<(usize, &Text, &Value)> =
            elements.map(|(name, element)| (above, name, element)).collect();
        open.reverse();
        while let Some((above, name, element)) = open.pop() {
            if let Some(entry) = EntryId::of(element) {
                let at = self.step(Step::Name(above, name));
                self.standing.push((entry, at));
            } else if is_folder(element) {
                let at = self.step(Step::Name(above, name));
                let inner = element.as_object().into_iter().flat_map(Object::iter);
                open.extend(inner.rev().map(|(name, element)| (at, name, element)));
            }
        }
    }

    /// Every entry that stands somewhere, each as often as it stands, by its number.
    pub fn standing(&self) -> impl Iterator<Item = (EntryId, Place<'_, 'd>)> {
        self.standing.iter().map(|(entry, at)| (*entry, Place { tree: self, at: *at }))
    }

    /// Where one entry stands.
    pub fn places(&self, entry: EntryId) -> impl Iterator<Item = Place<'_, 'd>> {
        let from = self.standing.partition_point(|(standing, _)| *standing < entry);
        let places = self.standing.iter().skip(from).take_while(move |(standing, _)| *standing == entry);
        places.map(|(_, at)| Place { tree: self, at: *at })
    }
}

/// One place in the tree.
#[derive(Clone, Copy)]
pub struct Place<'t, 'd> {
    tree: &'t Tree<'d>,
    at: usize,
}

impl<'d> Place<'_, 'd> {
    fn up(self) -> impl Iterator<Item = Step<'d>> {
        let step = move |at: &usize| self.tree.steps.get(*at).copied();
        let above = move |at: &usize| match step(at)? {
            Step::Branch(_) => None,
            Step::Name(above, _) => Some(above),
        };
        std::iter::successors(Some(self.at), above).filter_map(move |at| step(&at))
    }

    /// In which part of the tree it is.
    pub fn branch(self) -> Branch {
        let branch = self.up().find_map(|step| match step {
            Step::Branch(branch) => Some(branch),
            Step::Name(..) => None,
        });
        branch.unwrap_or(Branch::Root)
    }

    /// The names that lead to it from there; the last is the entry's own.
    pub fn names(self) -> Vec<&'d Text> {
        let names = self.up().filter_map(|step| match step {
            Step::Branch(_) => None,
            Step::Name(_, name) => Some(name),
        });
        let mut names: Vec<&Text> = names.collect();
        names.reverse();
        names
    }

    /// Whether it is the same place, also of another state of the document.
    pub fn is(self, other: Place<'_, '_>) -> bool {
        self.branch() == other.branch() && self.names() == other.names()
    }
}

/// Names of folders are the user's.
impl std::fmt::Debug for Tree<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tree").field("standing", &self.standing.len()).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Place<'_, '_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Place").field("branch", &self.branch()).finish_non_exhaustive()
    }
}

impl<'d> Tables<'d> {
    /// The entries in the trash, also those in folders there, in the document's order.
    pub fn trashed(self) -> Vec<EntryId> {
        Tree::in_order(self, &[Branch::Trash]).standing.into_iter().map(|(entry, _)| entry).collect()
    }

    /// The names in the trash under which nothing lies any longer.
    pub fn emptied_in_the_trash(self) -> impl Iterator<Item = &'d Text> {
        let lists = self.branch(Branch::Trash).and_then(Value::as_object).into_iter().flat_map(Object::iter);
        lists.filter(|(_, list)| list.as_array().is_some_and(<[Value]>::is_empty)).map(|(name, _)| name)
    }

    /// How many folders of names were thrown away under one name. In the trash a name may be there more than once.
    pub fn folders_thrown(self, name: &Text) -> usize {
        let trash = self.branch(Branch::Trash).and_then(Value::as_object);
        let list = trash.and_then(|trash| trash.get_text(name)).and_then(Value::as_array).unwrap_or_default();
        let elements = list.iter().filter_map(|thrown| thrown.get(field::ELEMENT));
        elements.filter(|element| is_folder(element)).count()
    }

    /// Whether an entry is shown outside the trash.
    pub(crate) fn shows(self, entry: EntryId) -> bool {
        let template = self.branch(Branch::Template).and_then(Value::as_array).unwrap_or_default();
        template.iter().any(|element| entry.is(element))
            || self.branch(Branch::Root).and_then(Value::as_object).is_some_and(|root| shows_in(root, entry))
    }

    /// Whether there is a folder of names, from below `root`.
    pub fn has_folder(self, names: &[Text]) -> bool {
        self.folder(names).is_some()
    }

    /// The folders of names below one, each from below `root`, and that folder itself.
    pub fn folders_below(self, names: &[Text]) -> Vec<Vec<Text>> {
        let mut found = Vec::new();
        let mut open: Vec<(Vec<Text>, &Object)> = Vec::new();
        open.extend(self.folder(names).map(|folder| (names.to_vec(), folder)));
        while let Some((names, folder)) = open.pop() {
            let inner = folder.iter().filter(|(_, element)| is_folder(element));
            open.extend(inner.filter_map(|(name, element)| {
                Some((names.iter().chain([name]).cloned().collect(), element.as_object()?))
            }));
            found.push(names);
        }
        found
    }

    fn folder(self, names: &[Text]) -> Option<&'d Object> {
        let mut folder = self.branch(Branch::Root).and_then(Value::as_object);
        for name in names {
            let inner = folder.and_then(|folder| folder.get_text(name)).filter(|element| is_folder(element));
            folder = inner.and_then(Value::as_object);
        }
        folder
    }

    /// Whether an entry is in the trash.
    pub(crate) fn has_trashed(self, entry: EntryId) -> bool {
        let lists =
            self.branch(Branch::Trash).and_then(Value::as_object).into_iter().flat_map(Object::values);
        let mut elements =
            lists.filter_map(Value::as_array).flatten().filter_map(|thrown| thrown.get(field::ELEMENT));
        elements.any(|element| shows(element, entry))
    }

    /// Every number and every text that stands anywhere in these parts of the tree, sorted: more than the entries that
    /// stand there, for who must not overlook one.
    pub(crate) fn mentioned(self, branches: &[Branch]) -> Vec<Text> {
        let mut found = Vec::new();
        let mut open: Vec<&Value> = branches.iter().filter_map(|branch| self.branch(*branch)).collect();
        while let Some(value) = open.pop() {
            match value {
                Value::Array(items) => open.extend(items.iter()),
                Value::Object(object) => open.extend(object.values()),
                Value::String(text) => found.push(text.clone()),
                number => found.extend(number.as_u64().map(|number| Text::from(number.to_string()))),
            }
        }
        sorted(found, &Text::cmp)
    }
}

/// Whether an element is a folder of the tree. One element may describe the folder it stands in
/// (PROTOCOL.md 14.2); that is neither folder nor entry.
pub(crate) fn is_folder(element: &Value) -> bool {
    let describes = |object: &Object| object.get(field::METADATA).and_then(Value::as_bool) == Some(true);
    element.as_object().is_some_and(|object| !describes(object))
}

/// Whether an entry is shown below an element.
fn shows(element: &Value, entry: EntryId) -> bool {
    entry.is(element)
        || (is_folder(element) && element.as_object().is_some_and(|folder| shows_in(folder, entry)))
}

/// Whether an entry is shown below a folder. `root` is one whatever stands in it.
fn shows_in(folder: &Object, entry: EntryId) -> bool {
    folder.values().any(|element| shows(element, entry))
}
