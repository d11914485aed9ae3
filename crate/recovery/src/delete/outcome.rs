//! What becomes of each entry: read off the documents as the edits leave them.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use pinfold_core::document::{Entry, EntryId, Kind, Shape, Tables};
use pinfold_core::drive::edit::Edit;
use pinfold_core::error::Error;
use pinfold_core::json::Value;

use super::expand::{Out, channel_of, may_write};
use super::{Action, Holder, Row};

/// The documents that change, as the edits leave them.
pub(super) fn after(documents: &[Holder<'_>], steps: &[Out]) -> Result<BTreeMap<usize, Value>, Error> {
    let mut after = BTreeMap::new();
    for step in steps {
        let Some(holder) = documents.get(step.holder) else { continue };
        let Some(mut document) = holder.content.cloned() else { continue };
        Edit::TakeOut(step.take_out.clone()).apply_with(&mut document, holder.shape, holder.links)?;
        after.insert(step.holder, document);
    }
    Ok(after)
}

/// The rows, and the folders whose content is not known.
pub(super) fn rows(
    documents: &[Holder<'_>],
    after: &BTreeMap<usize, Value>,
    steps: &[Out],
    own_key: Option<&str>,
    action: Action,
) -> (Vec<Row>, BTreeSet<String>) {
    let now: Vec<Option<Tables<'_>>> = documents.iter().map(Holder::tables).collect();
    let then: Vec<Option<Tables<'_>>> = (0..)
        .zip(documents)
        .map(|(number, holder)| {
            let changed = after.get(&number).map(|document| Tables::under(document, holder.shape));
            changed.or(holder.tables())
        })
        .collect();
    let outcome = Outcome {
        was: Named::of(documents, &now),
        is: Named::of(documents, &then),
        documents,
        own_key,
        action,
    };
    let mut rows: BTreeMap<(usize, EntryId), Row> = BTreeMap::new();
    for step in steps {
        let Some(tables) = now.get(step.holder).copied().flatten() else { continue };
        for (.., id) in &step.take_out.places {
            for entry in Kind::ALL.into_iter().filter_map(|kind| tables.entry(kind, *id)) {
                rows.entry((step.holder, *id)).or_insert_with(|| outcome.row(step.holder, *id, entry, None));
            }
        }
    }
    let gone: Vec<Row> =
        rows.values().filter(|row| row.kind == Kind::SharedFolder && row.loses_key).cloned().collect();
    let mut unexpandable = BTreeSet::new();
    for folder in gone.into_iter().filter_map(|row| row.channel) {
        let number = documents.iter().position(|holder| is_folder(holder, &folder));
        let content = number.and_then(|number| Some((number, now.get(number).copied().flatten()?)));
        let Some((number, tables)) = content else {
            unexpandable.insert(folder);
            continue;
        };
        for entry in tables.entries().filter(|entry| entry.kind() != Kind::SharedFolder) {
            let Some(id) = entry.id() else { continue };
            rows.entry((number, id)).or_insert_with(|| outcome.row(number, id, entry, Some(folder.clone())));
        }
    }
    (rows.into_values().collect(), unexpandable)
}

struct Outcome<'o> {
    was: Named,
    is: Named,
    documents: &'o [Holder<'o>],
    own_key: Option<&'o str>,
    action: Action,
}

impl Outcome<'_> {
    fn row(&self, holder: usize, id: EntryId, entry: Entry<'_>, via: Option<String>) -> Row {
        let channel = channel_of(entry);
        let of = |named: &Named| {
            let places = channel.as_deref().and_then(|channel| named.by_channel.get(channel));
            places.cloned().unwrap_or_default()
        };
        let (was, left) = (of(&self.was), of(&self.is));
        let owned = self.own_key.is_some_and(|key| entry.is_owned_by(key));
        let destroyed = self.action == Action::Destroy && owned && via.is_none();
        let gone = left.is_empty() && !was.is_empty();
        let editable =
            |named: &Named| channel.as_ref().is_some_and(|channel| named.editable.contains(channel));
        // A team that can only be read may still name it: whoever reads it there cannot write to it any more.
        let read_only = editable(&self.was) && !editable(&self.is);
        let shape = self.documents.get(holder).map(|holder| holder.shape);
        Row {
            holder,
            id,
            kind: entry.kind(),
            loses_pin: gone,
            owned,
            destroyed,
            loses_key: (gone || read_only) && (entry.kind() == Kind::SharedFolder || via.is_some()),
            // The folder itself lives on for the others; what is destroyed does for nobody.
            others: destroyed || via.is_none() && shape != Some(Shape::Account),
            dangling: if destroyed { left.clone() } else { BTreeSet::new() },
            stays: if destroyed { BTreeSet::new() } else { left },
            channel,
            via,
        }
    }
}

/// Where channels are named, in the documents that the account reaches.
struct Named {
    by_channel: HashMap<String, BTreeSet<usize>>,
    /// Those of which one of these places gives a link to edit.
    editable: HashSet<String>,
}

impl Named {
    /// From the account and its teams to the folders.
    fn of(documents: &[Holder<'_>], contents: &[Option<Tables<'_>>]) -> Self {
        let mut named = Self { by_channel: HashMap::new(), editable: HashSet::new() };
        let own = documents.iter().enumerate().filter(|(_, holder)| holder.shape != Shape::Folder);
        // Where a folder can be edited by one way and only read by another, it is looked at once for each.
        let mut open: Vec<(usize, bool)> = own.map(|(number, holder)| (number, may_write(holder))).collect();
        let mut reached: BTreeSet<(usize, bool)> = open.iter().copied().collect();
        while let Some((number, writes)) = open.pop() {
            let Some(tables) = contents.get(number).copied().flatten() else { continue };
            for entry in tables.entries() {
                let Some(channel) = channel_of(entry) else { continue };
                let edits = writes && entry.href().is_some();
                if entry.kind() == Kind::SharedFolder {
                    let folder = documents.iter().position(|holder| is_folder(holder, &channel));
                    let folder = folder.map(|folder| (folder, edits));
                    open.extend(folder.filter(|folder| reached.insert(*folder)));
                }
                if edits {
                    named.editable.insert(channel.clone());
                }
                named.by_channel.entry(channel).or_default().insert(number);
            }
        }
        named
    }
}

fn is_folder(holder: &Holder<'_>, channel: &str) -> bool {
    holder.shape == Shape::Folder && holder.channel == channel
}
