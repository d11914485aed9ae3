//! The commands about older copies in an object store.

use super::acts::{begin, hands};
use super::ending::{ended, finished};
use super::print::{OfRun, say};
use super::{Failed, Opened};
use pinfold_datadir::id::ItemId;
use pinfold_datadir::shelf::Shelf;
use pinfold_operator::archive::{ActError, Hands};
use pinfold_operator::check::Problem;
use pinfold_operator::elsewhere::{self, Looked, kept, newest};
use pinfold_operator::going::Going;
use pinfold_operator::journal::Journal;
use std::fmt::Write as _;

/// The store at an address.
#[cfg(feature = "object-store")]
pub(super) fn shelf(address: &str) -> Result<Box<dyn Shelf>, Failed> {
    match pinfold_cold::ObjectShelf::open(address) {
        Ok(shelf) => Ok(Box::new(shelf)),
        Err(error) if error.kind() == std::io::ErrorKind::InvalidInput => {
            Err(Failed::Usage(error.to_string()))
        }
        Err(error) => Err(Failed::refused(error)),
    }
}

/// The program without a network.
#[cfg(not(feature = "object-store"))]
pub(super) fn shelf(_: &str) -> Result<Box<dyn Shelf>, Failed> {
    Err(Failed::Refused(
        "this program was built without object stores: cargo build --release -p pinfold-operator --features object-store".into(),
    ))
}

pub(super) fn send(store: &Opened, address: &str, json: bool) -> Result<bool, Failed> {
    let shelf = shelf(address)?;
    let (_lock, mut journal) = begin(store)?;
    let hands = hands(store, "send");
    let whole = finished(&hands, &mut journal)?;
    let done = elsewhere::send(&hands, &mut journal, shelf.as_ref())?;
    let mut words = format!(
        "{}: {} copies went to {}, {} bytes; {} stay here\n",
        hands.run,
        done.sent.len(),
        shelf.address(),
        done.bytes,
        done.skipped.len()
    );
    for (id, why) in &done.skipped {
        let _ = writeln!(words, "  {id}: {why}");
    }
    say(json, &OfRun { run: &hands.run, done: &done }, &words)?;
    ended(done.ended, done.stop.as_ref(), done.not_reached)?;
    Ok(whole && done.skipped.is_empty())
}

pub(super) fn fetch(store: &Opened, texts: &[String], address: &str, json: bool) -> Result<bool, Failed> {
    let shelf = shelf(address)?;
    let ids = super::told::ids(texts)?;
    let (_lock, mut journal) = begin(store)?;
    let hands = hands(store, "fetch");
    let whole = finished(&hands, &mut journal)?;
    let wanted: Vec<(ItemId, u32)> =
        kept(&journal).filter(|kept| ids.contains(&kept.id)).map(|kept| (kept.id, kept.generation)).collect();
    if wanted.is_empty() {
        return Err(Failed::Refused("the journal knows of no copy of these in an object store".into()));
    }
    let mut results = Vec::new();
    for (id, n) in wanted {
        if store.going.ends() {
            return Err(Failed::Ended);
        }
        let error = match hands.fetch(&mut journal, shelf.as_ref(), &id, n) {
            Err(error) if error.ends_the_run() => return Err(error.into()),
            done => done.err().map(|error| error.to_string()),
        };
        results.push((id, n, error));
    }
    let failed = results.iter().filter(|(.., error)| error.is_some()).count();
    let mut words = format!("{} copies are here again, {failed} not\n", results.len() - failed);
    for (id, n, error) in &results {
        let folder = store.paths.generations(id).join(n.to_string());
        let place = folder.display().to_string();
        let _ = writeln!(words, "  {id}: {}", error.as_deref().unwrap_or(&place));
    }
    say(json, &results, &words)?;
    Ok(whole && failed == 0)
}

/// Before ids are restored: of each that is nowhere here, the newest copy of the store becomes the newest one here.
pub(super) fn bring_back(
    hands: &Hands<'_>,
    journal: &mut Journal<'_>,
    address: Option<&str>,
    ids: &[ItemId],
) -> Result<(), Failed> {
    let Some(address) = address else { return Ok(()) };
    let shelf = shelf(address)?;
    for id in ids {
        let Some(n) = newest(journal, id) else { continue };
        match hands.bring_back(journal, shelf.as_ref(), id, n) {
            Err(error) if error.ends_the_run() => return Err(error.into()),
            // Something of it is here, and that is what is restored.
            Err(ActError::Conflict) | Ok(()) => {}
            Err(error) => eprintln!("{id}: {error}"),
        }
    }
    Ok(())
}

/// What `check` says: with a store, also of what lies there.
pub(super) fn checked(
    store: &Opened,
    journal: &Journal<'_>,
    address: Option<&str>,
    problems: &[Problem],
    json: bool,
) -> Result<bool, Failed> {
    let words = super::print::problems(problems);
    let Some(address) = address else {
        let count = kept(journal).count();
        if count > 0 {
            eprintln!(
                "{count} copies lie in object stores and were not looked at: name it with --object-store"
            );
        }
        say(json, &problems, &words)?;
        return Ok(problems.is_empty());
    };
    let looked = elsewhere::look(shelf(address)?.as_ref(), journal, store.now)?;
    let Looked { copies, read_back, elsewhere, lacking } = &looked;
    let mut words = format!(
        "{words}{copies} copies at {address}, {read_back} read back; {} problems there\n",
        lacking.len()
    );
    for lack in lacking {
        let _ = writeln!(words, "  {lack}");
    }
    if *elsewhere > 0 {
        let _ = writeln!(words, "{elsewhere} copies lie at another address and were not looked at");
    }
    say(json, &serde_json::json!({ "problems": problems, "objectStore": looked }), &words)?;
    Ok(problems.is_empty() && lacking.is_empty())
}
