//! The commands about ids that lie in both places, and about sides that were set aside.

use super::acts::{DISK, begin, hands};
use super::ending::{failed, finished};
use super::print::{self, say};
use super::{Failed, Opened};
use pinfold_datadir::id::ItemId;
use pinfold_operator::conflicts::{Winner, conflicts};
use pinfold_operator::journal::Target;

pub(super) fn list(store: &Opened, json: bool) -> Result<bool, Failed> {
    let all = conflicts(&DISK, &store.paths).map_err(Failed::refused)?;
    say(json, &all, &print::conflicts(&all))?;
    Ok(all.iter().all(|conflict| conflict.winner == Winner::Live))
}

pub(super) fn aside(store: &Opened, id: &str, json: bool) -> Result<bool, Failed> {
    let (_lock, mut journal) = begin(store)?;
    let id: ItemId = id.parse().map_err(|error| Failed::Usage(format!("{id}: {error}")))?;
    let hands = hands(store, "aside");
    let whole = finished(&hands, &mut journal)?;
    let n = hands
        .aside(&mut journal, &id)
        .map_err(|error| failed(&journal, &Target::Item(id.clone()), &error))?;
    let folder = store.paths.generations(&id).join(n.to_string());
    say(
        json,
        &serde_json::json!({ "id": id, "generation": n }),
        &format!("{id}: the live side lies in {} now", folder.display()),
    )?;
    Ok(whole)
}

pub(super) fn promote(store: &Opened, id: &str, n: u32, json: bool) -> Result<bool, Failed> {
    let (_lock, mut journal) = begin(store)?;
    let id: ItemId = id.parse().map_err(|error| Failed::Usage(format!("{id}: {error}")))?;
    let hands = hands(store, "promote");
    let whole = finished(&hands, &mut journal)?;
    let target = Target::Older(id.clone(), n);
    hands.promote(&mut journal, &id, n).map_err(|error| failed(&journal, &target, &error))?;
    let place = store.paths.archived(&id).body;
    say(
        json,
        &serde_json::json!({ "id": id, "promoted": n }),
        &format!("{id}: older copy {n} is {} now", place.display()),
    )?;
    Ok(whole)
}
