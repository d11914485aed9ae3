//! Two copies of one shared folder made one: what the live copy has and the archived one lacks, as one message at the end
//! of the archived copy once that is back. The archived copy is the base: it has the history, and other members know it.
//!
//! Appending one log to the other would hide one of them: both begin with the same message, and readers show the longer
//! branch alone. So the difference is written, as edits, which are decided anew from the document as it is then.

use std::collections::BTreeSet;

use pinfold_core::document::{Branch, EntryId, FolderDoc, Kind, Tables};
use pinfold_core::drive::edit::{Edit, Put, Restore};
use pinfold_core::href::HrefCipher;
use pinfold_core::ids::{IdSet, is_valid_channel};
use pinfold_core::json::{Text, Value};
use pinfold_core::pins::rules::{FolderView, folder_list};

/// What bringing two copies of a folder together comes to.
#[derive(Debug, Clone, Default)]
pub struct MergePlan {
    /// To be pinned, and that confirmed, before anything is written: what either copy names.
    pub pins: IdSet,
    /// One message at the end of the archived copy, once that is the live one.
    pub edits: Vec<Edit>,
    /// How many entries it brings in. These have the tag.
    pub brought_in: usize,
    /// Entries that people gave two different names: the one of the archived copy stays. Channels; where an entry leads to none,
    /// its number. Never a link, which is a key.
    pub named_twice: Vec<String>,
}

/// Brings `donor` into `base`: states of one folder, the live and the archived one. `links` is what encrypts edit links in
/// it. An entry of the same channel gains what it lacks: a link that can do more, fields, tags; the later time it was
/// opened, the earlier time of entry.
pub fn merge_plan(base: &Value, donor: &Value, links: Option<&HrefCipher>, tag: &Text) -> MergePlan {
    let (into, from) = (Tables::of(base), Tables::of(donor));
    let mut plan =
        MergePlan { pins: pins_of(into, links).union(pins_of(from, links)), ..MergePlan::default() };
    let channel = |entry: pinfold_core::document::Entry<'_>| {
        let named = entry.channel().and_then(Text::as_str).map(str::to_owned);
        named.or_else(|| entry.leads_to(links)).or_else(|| entry.href().map(str::to_owned))
    };
    let held: BTreeSet<(Kind, String)> =
        into.entries().filter_map(|entry| Some((entry.kind(), channel(entry)?))).collect();
    let tree = from.tree();
    for entry in from.entries().filter(|entry| entry.kind() != Kind::SharedFolder) {
        let (Some(fields), Some(of)) = (entry.fields(), channel(entry)) else { continue };
        let is_new = !held.contains(&(entry.kind(), of.clone()));
        let number = entry.id().or_else(|| EntryId::new(1));
        let Some(number) = number else { continue };
        let mut put = Put::new(entry.kind(), number, fields.clone());
        if let Some(place) = tree.places(number).find(|place| place.branch() == Branch::Root)
            && let Some((name, folders)) = place.names().split_last()
        {
            put.name = (*name).clone();
            put.folders = folders.iter().map(|name| (*name).clone()).collect();
        }
        plan.brought_in += usize::from(is_new);
        if let (false, Some(given)) = (is_new, entry.given_name()) {
            let mut same = into.of_kind(entry.kind()).filter(|other| channel(*other).as_ref() == Some(&of));
            if same.any(|other| other.given_name().is_some_and(|name| name != given)) {
                let name = entry.channel().and_then(Text::as_str).map(str::to_owned);
                let name = name.filter(|name| is_valid_channel(name)).or_else(|| entry.leads_to(links));
                plan.named_twice.push(name.unwrap_or_else(|| number.key()));
            }
        }
        plan.edits.push(Edit::Restore(Restore {
            join: true,
            make_folders: true,
            ..Restore::new(put, tag.clone())
        }));
    }
    let title = FolderDoc::of(donor).title().filter(|_| FolderDoc::of(base).title().is_none());
    plan.edits.extend(title.map(|title| Edit::FolderTitle(title.into())));
    plan
}

fn pins_of(tables: Tables<'_>, links: Option<&HrefCipher>) -> IdSet {
    let view = FolderView { pinned: None, content: Some(tables), links, read_only: false };
    folder_list(&view, None).ids.into_iter().map(|(_, id)| id).collect()
}
