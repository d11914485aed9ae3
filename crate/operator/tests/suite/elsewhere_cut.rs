//! The power goes, or the store does not answer, before and after every single write of a run that sends or fetches. At every cut one
//! whole copy exists, here or there, and a second run comes to the same end.

use crate::elsewhere::{hands, older_copy, with_an_older_copy};
use crate::shelf::TrialShelf;
use crate::store::{Store, TrialDisk, id};
use pinfold_datadir::id::ItemId;
use pinfold_operator::elsewhere::send;
use pinfold_operator::finish::finish;
use pinfold_operator::journal::Journal;
use std::collections::BTreeSet;

type Act = fn(&Store, &TrialDisk, &TrialShelf, &str) -> Result<(), String>;

fn words(error: impl ToString) -> String {
    error.to_string()
}

fn sends(store: &Store, disk: &TrialDisk, shelf: &TrialShelf, run: &str) -> Result<(), String> {
    let mut journal = Journal::open(disk, &store.paths.state).map_err(words)?;
    let hands = hands(store, disk, run);
    finish(&hands, &mut journal).map_err(words)?;
    let done = send(&hands, &mut journal, shelf).map_err(words)?;
    match (done.stop, done.skipped.first()) {
        (Some(stop), _) => Err(stop.to_string()),
        (None, Some((_, why))) => Err(why.clone()),
        _ => Ok(()),
    }
}

fn fetches(store: &Store, disk: &TrialDisk, shelf: &TrialShelf, run: &str) -> Result<(), String> {
    let mut journal = Journal::open(disk, &store.paths.state).map_err(words)?;
    let hands = hands(store, disk, run);
    finish(&hands, &mut journal).map_err(words)?;
    hands.fetch(&mut journal, shelf, &id("a"), 1).map_err(words)
}

/// What a copy is made of, wherever it lies. What says where it went, and what a run alone needs, is left out.
fn all(store: &Store, shelf: &TrialShelf) -> BTreeSet<Vec<u8>> {
    let objects = shelf.objects.borrow();
    objects.values().cloned().chain(store.names().into_values()).collect()
}

fn end(store: &Store, shelf: &TrialShelf) -> (BTreeSet<String>, BTreeSet<String>) {
    let there =
        shelf.objects.borrow().keys().filter(|name| name.starts_with("generations/")).cloned().collect();
    (store.names().into_keys().map(|path| path.display().to_string()).collect(), there)
}

/// Either place holds all parts of the copy, at every moment.
fn is_whole(store: &Store, shelf: &TrialShelf, id: &ItemId) -> bool {
    let folder = store.paths.generations(id).join("1");
    let parts = ["log.ndjson", "metadata.ndjson"];
    let objects = shelf.objects.borrow();
    parts.iter().all(|part| folder.join(part).exists())
        || parts.iter().all(|part| objects.contains_key(&format!("generations/{}/{id}/1/{part}", id.shard())))
}

fn cut_everywhere(make: fn() -> (Store, TrialShelf), act: Act) {
    let (store, shelf) = make();
    let disk = TrialDisk::default();
    act(&store, &disk, &shelf, "whole").unwrap();
    let (whole, writes, puts) = (end(&store, &shelf), disk.writes.get(), shelf.writes.get());
    let cuts = (0..writes).map(|n| (Some(n), None));
    let cuts = cuts.chain((0..puts).flat_map(|n| [(None, Some((n, false))), (None, Some((n, true)))]));
    for (disk_cut, shelf_cut) in cuts {
        let told = format!("cut before write {disk_cut:?} of the disk, {shelf_cut:?} of the store");
        let (store, shelf) = make();
        let before = all(&store, &shelf);
        let disk = disk_cut.map_or_else(TrialDisk::default, TrialDisk::cut_before);
        if let Some((n, lost)) = shelf_cut {
            shelf.left.set(Some(n));
            shelf.answer_lost.set(lost);
        }
        assert!(act(&store, &disk, &shelf, "first").is_err(), "{told}: it was not needed");
        shelf.left.set(None);
        let lost = before.difference(&all(&store, &shelf)).count();
        assert!(lost == 0 && is_whole(&store, &shelf, &id("a")), "{told}: {lost} lost");
        act(&store, &TrialDisk::default(), &shelf, "second")
            .unwrap_or_else(|error| panic!("{told}: the second run: {error}"));
        assert_eq!(end(&store, &shelf), whole, "{told}");
        let lost = before.difference(&all(&store, &shelf)).count();
        assert_eq!(lost, 0, "{told}: after the second run");
    }
}

#[test]
fn sending_loses_nothing_at_any_cut() {
    cut_everywhere(
        || {
            let (store, _) = with_an_older_copy();
            older_copy(&store, &id("b"), 3, "b");
            (store, TrialShelf::default())
        },
        sends,
    );
}

#[test]
fn sending_again_what_was_fetched_loses_nothing_at_any_cut() {
    let make = || {
        let (store, shelf) = sent();
        fetches(&store, &TrialDisk::default(), &shelf, "fetch").unwrap();
        (store, shelf)
    };
    cut_everywhere(make, sends);
}

fn sent() -> (Store, TrialShelf) {
    let ((store, _), shelf) = (with_an_older_copy(), TrialShelf::default());
    sends(&store, &TrialDisk::default(), &shelf, "send").unwrap();
    shelf.writes.set(0);
    (store, shelf)
}

#[test]
fn fetching_loses_nothing_at_any_cut() {
    // The marker goes: it is no part of the copy.
    cut_fetch();
}

fn cut_fetch() {
    let (store, shelf) = sent();
    let disk = TrialDisk::default();
    fetches(&store, &disk, &shelf, "whole").unwrap();
    let whole = end(&store, &shelf);
    for n in 0..disk.writes.get() {
        let (store, shelf) = sent();
        assert!(fetches(&store, &TrialDisk::cut_before(n), &shelf, "first").is_err(), "write {n}");
        assert!(is_whole(&store, &shelf, &id("a")), "write {n}");
        fetches(&store, &TrialDisk::default(), &shelf, "second")
            .unwrap_or_else(|error| panic!("cut before write {n}: {error}"));
        assert_eq!(end(&store, &shelf), whole, "cut before write {n}");
    }
}

#[test]
fn promoting_loses_nothing_at_any_cut() {
    let act = |store: &Store, disk: &TrialDisk, run: &str| -> Result<(), String> {
        let mut journal = Journal::open(disk, &store.paths.state).map_err(words)?;
        let hands = hands(store, disk, run);
        let done = finish(&hands, &mut journal).map_err(words)?;
        if done.finished.is_empty() {
            hands.promote(&mut journal, &id("a"), 1).map_err(words)?;
        }
        Ok(())
    };
    let (whole, _) = with_an_older_copy();
    let disk = TrialDisk::default();
    act(&whole, &disk, "whole").unwrap();
    for n in 0..disk.writes.get() {
        let (store, _) = with_an_older_copy();
        let before = store.contents();
        assert!(act(&store, &TrialDisk::cut_before(n), "first").is_err(), "write {n}");
        assert!(before.is_subset(&store.contents()), "cut before write {n}");
        act(&store, &TrialDisk::default(), "second").unwrap();
        assert_eq!(store.names(), whole.names(), "cut before write {n}");
    }
}
