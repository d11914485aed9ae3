//! What holds the entries: the drive of an account or a team, or a shared folder.

use std::hash::Hash;

use super::{Branch, Entry, EntryId, Kind, Tree, field};
use crate::json::{Object, Text, Value};
use indexmap::Equivalent;

/// Which kind of document it is, and so where its tables are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// The account document: tables and tree under `drive`, with a trash; mailboxes beside it.
    Account,
    /// A team's document: tables and tree under `drive`, with a trash.
    Team,
    /// A shared folder: the document itself, without a trash.
    Folder,
}

/// The tables of entries and the tree of names beside them. Where something else stands in their place, there are no
/// entries.
#[derive(Debug, Clone, Copy)]
pub struct Tables<'d>(Option<&'d Object>);

impl<'d> Tables<'d> {
    /// A drive object, or the document of a folder.
    pub fn of(holder: &'d Value) -> Self {
        Self(holder.as_object())
    }

    pub(crate) const fn within(holder: &'d Object) -> Self {
        Self(Some(holder))
    }

    /// Those of an account's or a team's document: its drive.
    pub fn of_drive(document: &'d Value) -> Self {
        Self(document.get(field::DRIVE).and_then(Value::as_object))
    }

    /// Those of a document of this shape.
    pub fn under(document: &'d Value, shape: Shape) -> Self {
        match shape {
            Shape::Account | Shape::Team => Self::of_drive(document),
            Shape::Folder => Self::of(document),
        }
    }

    /// Those of a document of which it is not known what it is: its drive, where it has one.
    pub(crate) fn of_any(document: &'d Value) -> Self {
        Self(Self::of_drive(document).0.or(document.as_object()))
    }

    /// Both places where a document may have tables: one may be read as a folder and as a drive.
    pub(crate) fn of_both(document: &'d Value) -> [Self; 2] {
        [Self::of(document), Self::of_drive(document)]
    }

    /// Whether the entries of an account's or a team's document can be told. What is missing was never there; what is
    /// of another kind may have been anything, and unreadable is not empty.
    pub fn are_sound(document: &Value) -> bool {
        let is_table = |value: &Value| value.as_object().is_some();
        let drive = document.get(field::DRIVE);
        let tables = [Kind::File, Kind::SharedFolder].into_iter().filter_map(|kind| drive?.get(kind.table()));
        drive.into_iter().chain(tables).all(is_table)
    }

    fn table(self, kind: Kind) -> Option<&'d Object> {
        self.0?.get(kind.table()).and_then(Value::as_object)
    }

    /// Every entry, table by table, each in the document's order.
    pub fn entries(self) -> impl Iterator<Item = Entry<'d>> {
        Kind::ALL.into_iter().flat_map(move |kind| self.of_kind(kind))
    }

    /// The entries of one table, in the document's order.
    pub fn of_kind(self, kind: Kind) -> impl Iterator<Item = Entry<'d>> {
        self.of_kind_from(kind, 0)
    }

    /// As [`Self::of_kind`], without so many at the beginning. Those take no time.
    pub fn of_kind_from(self, kind: Kind, from: usize) -> impl Iterator<Item = Entry<'d>> {
        let rows = self.table(kind).into_iter().flat_map(move |table| table.iter().skip(from));
        rows.map(move |(key, fields)| Entry::in_table(kind, key, fields))
    }

    /// The rows of one table as they are stored, in the document's order.
    pub fn rows(self, kind: Kind) -> impl Iterator<Item = (&'d Text, &'d Value)> {
        self.table(kind).into_iter().flat_map(Object::iter)
    }

    /// The folders whose password somebody changed: their old entries, which the client keeps apart.
    pub fn old_folders(self) -> impl Iterator<Item = (&'d Text, &'d Value)> {
        let table = self.0.and_then(|holder| holder.get(field::SHARED_FOLDERS_TEMP));
        table.and_then(Value::as_object).into_iter().flat_map(Object::iter)
    }

    /// Whether anything is shown, be it a folder of names without content.
    pub fn shows_anything(self) -> bool {
        let root = self.branch(Branch::Root).and_then(Value::as_object);
        root.is_some_and(|root| !root.is_empty())
    }

    /// The entry under a key of a table.
    pub fn find(self, kind: Kind, key: &(impl Equivalent<Text> + Hash + ?Sized)) -> Option<Entry<'d>> {
        let (key, fields) = self.table(kind)?.row(key)?;
        Some(Entry::in_table(kind, key, fields))
    }

    /// The entry with a number, in a table.
    pub fn entry(self, kind: Kind, id: EntryId) -> Option<Entry<'d>> {
        self.find(kind, id.key().as_str())
    }

    /// Whether any table holds a number: of the next entry it may not be used again.
    pub(crate) fn holds(self, id: EntryId) -> bool {
        Kind::ALL.into_iter().any(|kind| self.entry(kind, id).is_some())
    }

    /// Whether CryptPad's client finds an external link under a key, whatever stands there.
    pub(crate) fn has_link(self, key: &str) -> bool {
        self.table(Kind::Link).and_then(|links| links.get(key)).is_some_and(Value::truthy)
    }

    /// How many documents and files there are. The one count: of what stands in the table, sound or not.
    pub fn documents(self) -> usize {
        self.table(Kind::File).map_or(0, Object::len)
    }

    /// Entries of the format before numbers (PROTOCOL.md 14.2), without so many at the beginning.
    pub fn before_ids(self, from: usize) -> impl ExactSizeIterator<Item = Entry<'d>> {
        let rows = self.0.and_then(|holder| holder.get(field::BEFORE_IDS)).and_then(Value::as_array);
        let rows = rows.and_then(|rows| rows.get(from..)).unwrap_or_default();
        rows.iter().map(|fields| Entry::alone(Kind::File, fields))
    }

    /// What stands in one part of the tree.
    pub(crate) fn branch(self, branch: Branch) -> Option<&'d Value> {
        self.0?.get(branch.field())
    }

    /// Where the entries stand.
    pub fn tree(self) -> Tree<'d> {
        Tree::of(self)
    }
}
