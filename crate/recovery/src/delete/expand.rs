//! From what is selected to entries at their places.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use pinfold_core::document::{Branch, Entry, EntryId, Kind, Shape, Tables, Tree};
use pinfold_core::drive::edit::TakeOut;
use pinfold_core::error::{Code, Error};
use pinfold_core::json::Text;

use super::{Action, Holder, Pick, View};

/// What is taken out of one document.
#[derive(Debug)]
pub(super) struct Out {
    pub(super) holder: usize,
    pub(super) take_out: TakeOut,
}

pub(super) fn steps(
    documents: &[Holder<'_>],
    own_key: Option<&str>,
    picks: &[Pick],
    action: Action,
    view: View,
) -> Result<Vec<Out>, Error> {
    let mut outs: BTreeMap<usize, TakeOut> = BTreeMap::new();
    // Thousands may be selected: the tree of a document is looked at once.
    let mut trees: BTreeMap<usize, Tree<'_>> = BTreeMap::new();
    for pick in picks {
        let holder = documents.get(pick.holder).ok_or_else(absent)?;
        let tables = holder.tables().ok_or_else(absent)?;
        let tree = trees.entry(pick.holder).or_insert_with(|| tables.tree());
        let empty = || TakeOut { places: Vec::new(), folders: Vec::new(), trash: action == Action::Trash };
        let out = outs.entry(pick.holder).or_insert_with(empty);
        let before = out.places.len();
        if action == Action::Trash && pick.branch == Branch::Trash {
            let code = Code::MisuseBadArgument;
            return Err(Error::new(code, "it is in the trash already: to destroy it is another question"));
        }
        match pick.entry {
            Some(entry) => out.places.extend(place_of(tree, pick, entry)),
            None if view == View::Search => {
                let code = Code::MisuseBadArgument;
                return Err(Error::new(code, "a search finds entries, not the folders around them"));
            }
            None => below(tables, tree, pick, out)?,
        }
        if pick.entry.is_some() && out.places.len() == before {
            return Err(absent());
        }
    }
    if action == Action::Destroy {
        everywhere(documents, own_key, &mut outs)?;
    }
    for (number, out) in &mut outs {
        let holder = documents.get(*number).ok_or_else(absent)?;
        if holder.shape != Shape::Account && holder.links.is_none() {
            return Err(Error::new(Code::CryptoReadOnly, "the keys at hand can read and not write"));
        }
        let mut seen: HashSet<(&'static str, Vec<Text>, EntryId)> = HashSet::new();
        out.places.retain(|(branch, names, entry)| seen.insert((branch.as_str(), names.clone(), *entry)));
        // The inner ones first.
        out.folders.sort_by_key(|folder| std::cmp::Reverse(folder.len()));
        out.folders.dedup();
    }
    Ok(outs.into_iter().map(|(holder, take_out)| Out { holder, take_out }).collect())
}

fn place_of(tree: &Tree<'_>, pick: &Pick, entry: EntryId) -> Option<(Branch, Vec<Text>, EntryId)> {
    let mut places = tree.places(entry).filter(|place| place.branch() == pick.branch);
    let is_it = places.any(|place| place.names().into_iter().eq(pick.names.iter()));
    is_it.then(|| (pick.branch, pick.names.clone(), entry))
}

/// Everything below a plain folder, and the folders themselves.
fn below(tables: Tables<'_>, tree: &Tree<'_>, pick: &Pick, out: &mut TakeOut) -> Result<(), Error> {
    let thrown = pick.names.first().filter(|_| pick.branch == Branch::Trash);
    if thrown.is_some_and(|name| tables.folders_thrown(name) > 1) {
        let code = Code::MisuseBadArgument;
        return Err(Error::new(
            code,
            "several folders of this name are in the trash: select what is in them",
        ));
    }
    let is_below = |names: &[&Text]| {
        names.len() > pick.names.len() && names.iter().zip(&pick.names).all(|(a, b)| *a == b)
    };
    let mut found = false;
    for (entry, place) in tree.standing().filter(|(_, place)| place.branch() == pick.branch) {
        let names = place.names();
        if is_below(&names) {
            out.places.push((pick.branch, names.into_iter().cloned().collect(), entry));
            found = true;
        }
    }
    if pick.branch == Branch::Root && tables.has_folder(&pick.names) && !pick.names.is_empty() {
        out.folders.extend(tables.folders_below(&pick.names));
        found = true;
    }
    if found { Ok(()) } else { Err(absent()) }
}

/// What is destroyed leaves every document that can be written to: each place of each entry of its channel.
fn everywhere(
    documents: &[Holder<'_>],
    own_key: Option<&str>,
    outs: &mut BTreeMap<usize, TakeOut>,
) -> Result<(), Error> {
    let mut channels: BTreeSet<(Kind, String)> = BTreeSet::new();
    for (number, out) in outs.iter() {
        let Some(tables) = documents.get(*number).and_then(Holder::tables) else { continue };
        for (.., entry) in &out.places {
            for entry in Kind::ALL.into_iter().filter_map(|kind| tables.entry(kind, *entry)) {
                if !own_key.is_some_and(|key| entry.is_owned_by(key)) {
                    let code = Code::MisuseBadArgument;
                    return Err(Error::new(code, "only its owner can destroy a document"));
                }
                channels.extend(channel_of(entry).map(|channel| (entry.kind(), channel)));
            }
        }
    }
    for (number, holder) in documents.iter().enumerate() {
        let Some(tables) = holder.tables().filter(|_| may_write(holder)) else { continue };
        let tree = tables.tree();
        let named = |entry: &Entry<'_>| {
            channel_of(*entry).is_some_and(|channel| channels.contains(&(entry.kind(), channel)))
        };
        for entry in tables.entries().filter(named).filter_map(Entry::id) {
            for place in tree.places(entry) {
                let empty = || TakeOut { places: Vec::new(), folders: Vec::new(), trash: false };
                let names = place.names().into_iter().cloned().collect();
                outs.entry(number).or_insert_with(empty).places.push((place.branch(), names, entry));
            }
        }
    }
    Ok(())
}

pub(super) fn may_write(holder: &Holder<'_>) -> bool {
    holder.shape == Shape::Account || holder.links.is_some()
}

pub(super) fn channel_of(entry: Entry<'_>) -> Option<String> {
    let named = entry.channel().and_then(Text::as_str).map(str::to_owned);
    named.or_else(|| entry.leads_to(None))
}

fn absent() -> Error {
    Error::new(Code::EditAbsent, "nothing stands there in what was read")
}
