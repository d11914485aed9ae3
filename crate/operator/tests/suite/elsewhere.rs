//! Older copies in an object store: sent, fetched, restored, judged, removed, looked at.

use crate::rules::{does_target, plan, policy};
use crate::shelf::TrialShelf;
use crate::store::{DAY, KEY, NOW, Store, TrialClock, TrialDisk, id};
use pinfold_datadir::id::ItemId;
use pinfold_operator::archive::Hands;
use pinfold_operator::cold::FirstSeen;
use pinfold_operator::elsewhere::{Lacking, Looked, Sent, kept, look, newest, send};
use pinfold_operator::going::Quietly;
use pinfold_operator::hold::{self, Hold};
use pinfold_operator::journal::{Journal, Target};
use pinfold_operator::plan::{Does, Plan};
use pinfold_operator::purge;
use pinfold_operator::run::{Done, Stop};
use pinfold_operator::verdict::Keep;
use std::fs;

/// A document of which one older copy lies among the generations.
pub fn with_an_older_copy() -> (Store, ItemId) {
    let store = Store::new();
    let id = id("a");
    older_copy(&store, &id, 1, "a");
    (store, id)
}

pub fn older_copy(store: &Store, id: &ItemId, n: u32, text: &str) {
    let folder = store.paths.generations(id).join(n.to_string());
    store.write(&folder.join("log.ndjson"), &format!("older log {text}\n"));
    store.write(&folder.join("metadata.ndjson"), &format!("older metadata {text}\n"));
}

pub fn hands<'a>(store: &'a Store, disk: &'a TrialDisk, run: &str) -> Hands<'a> {
    Hands { disk, paths: &store.paths, run: run.into(), now: NOW, going: &Quietly }
}

pub fn sent(store: &Store, disk: &TrialDisk, shelf: &TrialShelf, run: &str) -> Result<Sent, Stop> {
    let mut journal = Journal::open(disk, &store.paths.state).unwrap();
    send(&hands(store, disk, run), &mut journal, shelf)
}

fn open<'a>(store: &Store, disk: &'a TrialDisk) -> Journal<'a> {
    Journal::open(disk, &store.paths.state).unwrap()
}

fn hold(store: &Store, disk: &TrialDisk) {
    let hold = Hold { by: "anna".into(), why: "wait".into(), since: NOW, before: None };
    hold::set(disk, &store.paths, &hold).unwrap();
}

#[test]
fn a_copy_goes_and_comes_back_whole() {
    let ((store, a), disk, shelf) = (with_an_older_copy(), TrialDisk::default(), TrialShelf::default());
    let before = store.names();
    let done = sent(&store, &disk, &shelf, "send-1").unwrap();
    assert_eq!((done.sent, done.stop.is_none()), (vec![Target::Older(a.clone(), 1)], true));
    let names: Vec<_> = shelf.objects.borrow().keys().cloned().collect();
    let folder = format!("generations/{}/{a}/1", a.shard());
    assert_eq!(
        names,
        [
            format!("{folder}/log.ndjson"),
            format!("{folder}/metadata.ndjson"),
            "manifests/send-1-0.json".into()
        ]
    );
    // What is left here says where it went, and keeps the number.
    let here = store.names();
    assert_eq!(here.len(), 1, "{here:?}");
    assert!(here.keys().next().unwrap().ends_with("1/elsewhere.json"));
    let mut journal = open(&store, &disk);
    assert_eq!((kept(&journal).count(), newest(&journal, &a)), (1, Some(1)));
    hands(&store, &disk, "fetch-1").fetch(&mut journal, &shelf, &a, 1).unwrap();
    assert_eq!(store.names(), before);
    assert_eq!(shelf.objects.borrow().len(), 3, "the store keeps its copy");
    // Sent again it is compared, and nothing is written.
    let writes = shelf.writes.get();
    assert_eq!(sent(&store, &disk, &shelf, "send-2").unwrap().sent.len(), 1);
    assert_eq!(shelf.writes.get() - writes, 3, "the probe alone: written, not written over, taken away");
    assert_eq!(store.names().len(), 1);
}

#[test]
fn the_newest_copy_elsewhere_is_restored_where_nothing_else_is() {
    let ((store, a), disk, shelf) = (with_an_older_copy(), TrialDisk::default(), TrialShelf::default());
    older_copy(&store, &a, 2, "b");
    assert_eq!(sent(&store, &disk, &shelf, "send-1").unwrap().sent.len(), 2);
    let mut journal = open(&store, &disk);
    let hands = hands(&store, &disk, "restore-1");
    assert_eq!(newest(&journal, &a), Some(2));
    hands.bring_back(&mut journal, &shelf, &a, 2).unwrap();
    hands.restore(&mut journal, &a).unwrap();
    let live = store.paths.live(&a);
    assert_eq!(fs::read_to_string(&live.body).unwrap(), "older log b\n");
    assert_eq!(fs::read_to_string(&live.metadata).unwrap(), "older metadata b\n");
    // Beside something live it is not brought back by itself.
    assert!(hands.bring_back(&mut journal, &shelf, &a, 1).is_err());
    assert_eq!(fs::read_to_string(&live.body).unwrap(), "older log b\n");
}

#[test]
fn a_store_that_writes_over_what_it_has_gets_nothing() {
    let ((store, _), disk, shelf) = (with_an_older_copy(), TrialDisk::default(), TrialShelf::default());
    shelf.overwrites.set(true);
    let before = store.names();
    let stop = sent(&store, &disk, &shelf, "send-1").unwrap_err();
    assert!(stop.to_string().contains("writes over what it has"), "{stop}");
    assert_eq!((store.names(), shelf.objects.borrow().len()), (before, 0));
}

#[test]
fn what_the_store_has_otherwise_stays_here() {
    for spoils in [false, true] {
        let ((store, a), disk, shelf) = (with_an_older_copy(), TrialDisk::default(), TrialShelf::default());
        older_copy(&store, &id("b"), 1, "b");
        shelf.spoils.set(spoils);
        if !spoils {
            let name = format!("generations/{}/{a}/1/log.ndjson", a.shard());
            shelf.objects.borrow_mut().insert(name, b"somebody else's".to_vec());
        }
        let before = store.names();
        let done = sent(&store, &disk, &shelf, "send-1").unwrap();
        // One bad copy takes no other along.
        assert_eq!((done.sent.len(), done.skipped.len()), if spoils { (0, 2) } else { (1, 1) });
        let here = store.names();
        for (path, bytes) in before.iter().filter(|(path, _)| path.to_string_lossy().contains(&a.to_string()))
        {
            assert_eq!(here.get(path), Some(bytes));
        }
    }
}

#[test]
fn a_hold_and_an_open_conflict_keep_copies_here() {
    let ((store, a), disk, shelf) = (with_an_older_copy(), TrialDisk::default(), TrialShelf::default());
    store.old_channel("a");
    store.archived_twin("a");
    let done = sent(&store, &disk, &shelf, "send-1").unwrap();
    assert_eq!(done.skipped.len(), 1, "whoever settles it needs all copies");
    fs::remove_file(store.paths.archived(&a).body).unwrap();
    fs::remove_file(store.paths.archived(&a).metadata).unwrap();
    hold(&store, &disk);
    assert!(matches!(sent(&store, &disk, &shelf, "send-2"), Err(Stop::Hold(_))));
    assert!(shelf.objects.borrow().is_empty());
}

fn purged(store: &Store, disk: &TrialDisk, plan: &Plan, shelf: Option<&TrialShelf>) -> Result<Done, Stop> {
    let mut journal = open(store, disk);
    let shelf = shelf.map(|shelf| shelf as _);
    let hands = Hands { now: plan.head.made, ..hands(store, disk, "purge-1") };
    let clock = TrialClock::at(plan.head.made);
    purge::carry_out_with(&hands, &clock, &mut journal, plan, Some(&plan.digest), shelf)
}

#[test]
fn an_object_store_is_emptied_by_the_rules_of_cold_storage() {
    let ((store, a), disk, shelf) = (with_an_older_copy(), TrialDisk::default(), TrialShelf::default());
    sent(&store, &disk, &shelf, "send-1").unwrap();
    let older = Target::Older(a.clone(), 1);
    let now = |at| plan(&store, &disk, at, &policy(90.0), Some(&FirstSeen::default()));
    let later = NOW + 150 * DAY;
    assert_eq!(
        does_target(&now(NOW + 148 * DAY), &older),
        Does::Keep { reason: Keep::Cold, account: None },
        "its time is not over"
    );
    store.pin_log(&format!("[\"PIN\",[\"{a}\"],1779000000000]\n"));
    assert!(matches!(does_target(&now(later), &older), Does::Keep { reason: Keep::Pinned, .. }));
    fs::remove_file(store.paths.pin_log(&KEY.parse().unwrap())).unwrap();
    store.write(&store.paths.live(&a).metadata, "{}\n");
    assert_eq!(does_target(&now(later), &older), Does::Keep { reason: Keep::Conflict, account: None });
    fs::remove_file(store.paths.live(&a).metadata).unwrap();
    let made = now(later);
    assert!(matches!(does_target(&made, &older), Does::Remove { .. }));
    // Without the store, with a hold, or with something live by now, it stays.
    assert_eq!(purged(&store, &disk, &made, None).unwrap().skipped.len(), 1);
    hold(&store, &disk);
    assert!(matches!(purged(&store, &disk, &made, Some(&shelf)), Err(Stop::Hold(_))));
    hold::release(&disk, &store.paths, NOW).unwrap();
    store.write(&store.paths.live(&a).body, "made anew\n");
    assert_eq!(purged(&store, &disk, &made, Some(&shelf)).unwrap().skipped.len(), 1);
    fs::remove_file(store.paths.live(&a).body).unwrap();
    assert_eq!(shelf.objects.borrow().len(), 3);
    let done = purged(&store, &disk, &made, Some(&shelf)).unwrap();
    assert_eq!(done.removed, [older]);
    assert_eq!(shelf.objects.borrow().keys().collect::<Vec<_>>(), ["manifests/send-1-0.json"]);
    assert_eq!(kept(&open(&store, &disk)).count(), 0);
    assert!(store.names().is_empty());
}

#[test]
fn a_look_names_what_is_gone_and_what_is_spoiled() {
    let ((store, a), disk, shelf) = (with_an_older_copy(), TrialDisk::default(), TrialShelf::default());
    sent(&store, &disk, &shelf, "send-1").unwrap();
    let journal = open(&store, &disk);
    let older = Target::Older(a.clone(), 1);
    // The day on which the only copy is the one that is read.
    let day = (0..100).find(|n| look(&shelf, &journal, n * DAY).unwrap().read_back == 1).unwrap() * DAY;
    let found = |day| look(&shelf, &journal, day).unwrap();
    assert_eq!(found(day), Looked { copies: 1, read_back: 1, ..Looked::default() });
    let name = format!("generations/{}/{a}/1/log.ndjson", a.shard());
    let whole = shelf.objects.borrow().get(&name).cloned().unwrap();
    let with = |bytes: Vec<u8>| shelf.objects.borrow_mut().insert(name.clone(), bytes);
    let mut spoiled = whole.clone();
    spoiled[3] ^= 1;
    with(spoiled);
    assert_eq!(found(day).lacking, [Lacking::Damaged(older.clone(), name.clone())]);
    assert_eq!(found(day + DAY).lacking, [], "another day another copy is read");
    with(b"short".to_vec());
    assert_eq!(found(day + DAY).lacking, [Lacking::Damaged(older.clone(), name.clone())]);
    shelf.objects.borrow_mut().remove(&name);
    assert_eq!(found(day + DAY).lacking, [Lacking::Gone(older.clone(), name.clone())]);
    with(whole);
    let manifest = "manifests/send-1-0.json".to_owned();
    let text = String::from_utf8(shelf.objects.borrow()[&manifest].clone()).unwrap();
    // Whoever changes the manifest and the object alike is found by the journal.
    shelf.objects.borrow_mut().insert(manifest, text.replace("\"bytes\": 12", "\"bytes\": 13").into_bytes());
    assert_eq!(found(day).lacking, [Lacking::Manifest(older)]);
}
