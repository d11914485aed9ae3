//! The power goes before every single write of every act. A second run finishes; at no moment is anything lost or overwritten.

use crate::store::{KEY, NOW, Store, Times, TrialDisk};
use pinfold_datadir::id::ItemId;
use pinfold_datadir::moves::temporary_name;
use pinfold_operator::archive::{ActError, Hands};
use pinfold_operator::cooling::{Together, Wish};
use pinfold_operator::finish::finish;
use pinfold_operator::going::Quietly;
use pinfold_operator::journal::{Journal, Step};
use std::fs;

pub type Act = fn(&Hands<'_>, &mut Journal<'_>, &ItemId) -> Result<(), ActError>;

pub fn archive(hands: &Hands<'_>, journal: &mut Journal<'_>, id: &ItemId) -> Result<(), ActError> {
    hands.archive(journal, id, "INACTIVE", None)
}

pub fn restore(hands: &Hands<'_>, journal: &mut Journal<'_>, id: &ItemId) -> Result<(), ActError> {
    hands.restore(journal, id)
}

fn aside(hands: &Hands<'_>, journal: &mut Journal<'_>, id: &ItemId) -> Result<(), ActError> {
    hands.aside(journal, id).map(drop)
}

fn pin_log(hands: &Hands<'_>, journal: &mut Journal<'_>, _: &ItemId) -> Result<(), ActError> {
    hands.archive_pin_log(journal, &KEY.parse().unwrap())
}

pub fn run(store: &Store, disk: &TrialDisk, act: Act, id: &ItemId) -> Result<(), Box<dyn std::error::Error>> {
    let mut journal = Journal::open(disk, &store.paths.state)?;
    let hands = Hands { disk, paths: &store.paths, run: "run".into(), now: NOW, going: &Quietly };
    // There are no pin logs, on purpose.
    journal.saw_logs(0);
    let all = finish(&hands, &mut journal)?;
    // The power may go in this run as well.
    assert!(
        all.left.is_empty() || disk.left.get() == Some(0),
        "what nobody touched is finished or taken back"
    );
    if let Some((id, why)) = all.left.first() {
        return Err(format!("{id}: {why}").into());
    }
    // What was taken back is begun again.
    if all.finished.is_empty() {
        act(&hands, &mut journal, id)?;
    }
    Ok(())
}

/// Plays an act whole, then once for every write with a cut before it, and compares the ends.
fn cut_everywhere(make: fn() -> (Store, ItemId), act: Act, two_devices: bool) -> Store {
    let (whole, id) = make();
    let disk = TrialDisk::default();
    disk.two_devices.set(two_devices);
    run(&whole, &disk, act, &id).unwrap();
    let writes = disk.writes.get();
    assert!(writes > 4, "{writes} writes");
    for n in 0..writes {
        let (store, id) = make();
        let before = store.contents();
        let cut = TrialDisk::cut_before(n);
        cut.two_devices.set(two_devices);
        assert!(run(&store, &cut, act, &id).is_err(), "write {n} was not needed");
        let lost: Vec<_> = before.difference(&store.contents()).cloned().collect();
        assert!(lost.is_empty(), "cut before write {n}: {} files are nowhere", lost.len());
        let second = TrialDisk::default();
        second.two_devices.set(two_devices);
        run(&store, &second, act, &id)
            .unwrap_or_else(|error| panic!("second run after a cut before write {n}: {error}"));
        assert_eq!(store.names(), whole.names(), "the end after a cut before write {n}");
    }
    whole
}

pub fn plain() -> (Store, ItemId) {
    let store = Store::new();
    let id = store.old_channel("a");
    (store, id)
}

pub fn with_a_twin() -> (Store, ItemId) {
    let (store, id) = plain();
    store.archived_twin("a");
    (store, id)
}

pub fn without_metadata() -> (Store, ItemId) {
    let (store, id) = with_a_twin();
    std::fs::remove_file(store.paths.live(&id).metadata).unwrap();
    (store, id)
}

pub fn a_blob() -> (Store, ItemId) {
    let store = Store::new();
    let id: ItemId = "f4529aa547ce9fc8ebbda06133d9ad0c12103627625293f9".parse().unwrap();
    let live = store.paths.live(&id);
    store.write(&live.body, "body");
    store.write(&live.metadata, "{\"owners\":[]}\n");
    store.write(live.activity.as_ref().unwrap(), "1");
    (store, id)
}

pub fn archived() -> (Store, ItemId) {
    let (store, id) = plain();
    run(&store, &TrialDisk::default(), archive, &id).unwrap();
    std::fs::remove_dir_all(&store.paths.state).unwrap();
    (store, id)
}

pub fn with_two_pin_logs() -> (Store, ItemId) {
    let (store, id) = plain();
    store.pin_log("[\"PIN\",[],1]\n");
    store.write(&store.paths.archived_pin_log(&KEY.parse().unwrap()), "[\"PIN\",[],0]\n");
    (store, id)
}

#[test]
fn archiving() {
    for two_devices in [false, true] {
        for make in [plain, with_a_twin, without_metadata, a_blob] {
            cut_everywhere(make, archive, two_devices);
        }
    }
}

#[test]
fn both_generations_are_whole_afterwards() {
    let store = cut_everywhere(without_metadata, archive, false);
    let (_, id) = without_metadata();
    let generation = store.paths.generations(&id).join("1");
    assert_eq!(std::fs::read_to_string(generation.join("log.ndjson")).unwrap(), "older a\n");
    assert_eq!(std::fs::read_to_string(generation.join("metadata.ndjson")).unwrap(), "older metadata a\n");
    // The newer copy had no metadata, and did not get that of the older one.
    assert!(!store.paths.archived(&id).metadata.exists());
}

#[test]
fn restoring() {
    for two_devices in [false, true] {
        let store = cut_everywhere(archived, restore, two_devices);
        let (_, id) = archived();
        assert!(!store.paths.live(&id).placeholder.exists());
    }
}

#[test]
fn setting_aside() {
    cut_everywhere(with_a_twin, aside, false);
    cut_everywhere(a_blob, aside, true);
}

/// Taking a verdict back: an older copy is the newest one again, also beside a live document.
#[test]
fn promoting() {
    let with_an_older_copy = || {
        let (store, id) = plain();
        let folder = store.paths.generations(&id).join("1");
        store.write(&folder.join("log.ndjson"), "older\n");
        store.write(&folder.join("metadata.ndjson"), "older metadata\n");
        (store, id)
    };
    let promote: Act = |hands, journal, id| hands.promote(journal, id, 1);
    for two_devices in [false, true] {
        let store = cut_everywhere(with_an_older_copy, promote, two_devices);
        let (_, id) = plain();
        assert!(store.paths.archived(&id).metadata.exists() && store.paths.live(&id).body.exists());
    }
}

#[test]
fn pin_logs() {
    cut_everywhere(with_two_pin_logs, pin_log, false);
    cut_everywhere(with_two_pin_logs, pin_log, true);
}

#[test]
fn a_restore_never_touches_what_was_made_anew() {
    let (store, id) = with_a_twin();
    let before = store.names();
    let disk = TrialDisk::default();
    let mut journal = Journal::open(&disk, &store.paths.state).unwrap();
    let hands = Hands { disk: &disk, paths: &store.paths, run: "run".into(), now: NOW, going: &Quietly };
    assert!(matches!(hands.restore(&mut journal, &id), Err(ActError::Conflict)));
    assert_eq!(store.names(), before);
}

fn archived_together(store: &Store, disk: &TrialDisk, ids: &[ItemId]) -> bool {
    let Ok(mut journal) = Journal::open(disk, &store.paths.state) else { return false };
    let hands = Hands { disk, paths: &store.paths, run: "run".into(), now: NOW, going: &Quietly };
    let wish = |id| Wish { id, reason: "INACTIVE", seen: None, sample: false };
    let wishes: Vec<_> = ids.iter().map(wish).collect();
    match hands.archive_together(&mut journal, &wishes, &mut || Ok::<(), ()>(())) {
        Ok(Together::Each(each)) => each.iter().all(Result::is_ok),
        _ => false,
    }
}

/// The placeholders of a group are waited for at once. Whatever a power cut takes, each is whole or not there, and the next run leaves no other
/// name of theirs.
#[test]
fn a_placeholder_is_whole_or_not_there_whatever_a_power_cut_takes() {
    let (mut cuts, mut named) = (0, 0);
    for (n, seed) in (0..).flat_map(|n| (0..4).map(move |seed| (n, seed))) {
        let store = Store::new();
        let ids = ["a", "b", "c"].map(|label| store.old_channel(label));
        let disk = TrialDisk::cut_before(n);
        disk.forgets(seed).unwrap();
        if archived_together(&store, &disk, &ids) {
            break;
        }
        disk.power_cut(false).unwrap();
        cuts += 1;
        let said = |id: &ItemId| fs::read_to_string(store.paths.live(id).placeholder).ok();
        for said in ids.iter().filter_map(said) {
            assert_eq!(said, "INACTIVE", "cut before write {n}, seed {seed}");
            named += 1;
        }
        let second = TrialDisk::default();
        let mut journal = Journal::open(&second, &store.paths.state).unwrap();
        journal.saw_logs(0);
        let hands =
            Hands { disk: &second, paths: &store.paths, run: "next".into(), now: NOW, going: &Quietly };
        assert_eq!(finish(&hands, &mut journal).unwrap().left, [], "cut before write {n}, seed {seed}");
        for id in &ids {
            let temporary = temporary_name(&store.paths.live(id).placeholder);
            assert!(!temporary.exists(), "cut before write {n}, seed {seed}");
        }
    }
    assert!(cuts > 40 && named > 40, "{cuts} cuts, {named} placeholders");
}

/// A run is killed when it had written a line, and had not waited for it. The next one reads the line and goes on by it, and then the power
/// goes.
#[test]
fn a_line_that_nobody_waited_for_is_on_the_disk_before_anything_rests_on_it() {
    let (whole, id) = plain();
    run(&whole, &TrialDisk::default(), archive, &id).unwrap();
    let cut = |n, seed| {
        let (store, id) = plain();
        let disk = TrialDisk::cut_before(n);
        disk.forgets(seed).unwrap();
        run(&store, &disk, archive, &id).unwrap_err();
        (store, disk, id)
    };
    let is_placed = |(store, ..): &(Store, TrialDisk, ItemId)| {
        let open = Journal::open(&TrialDisk::default(), &store.paths.state).unwrap().unfinished();
        open.iter().any(|record| record.step == Step::Placed)
    };
    // The first cut at which the line can be read is the one before somebody waited for it.
    let all = (0..).flat_map(|n| (0..8).map(move |seed| (n, seed)));
    let (n, seed) = all.into_iter().find(|(n, seed)| is_placed(&cut(*n, *seed))).unwrap();
    for second in 0.. {
        let (store, disk, id) = cut(n, seed);
        disk.left.set(Some(second));
        let ended = run(&store, &disk, archive, &id).is_ok();
        disk.power_cut(true).unwrap();
        let when = format!("cut before write {n}, seed {seed}, and then before write {second}");
        let next = run(&store, &TrialDisk::default(), archive, &id);
        assert!(ended || next.is_ok(), "{when}: {next:?}");
        assert_eq!(store.names(), whole.names(), "{when}");
        if ended {
            assert!(second > 4, "{when}");
            break;
        }
    }
}

/// The placeholder of a document without metadata is written after the body went. A group waits for all of them at once.
#[test]
fn documents_without_metadata_are_waited_for_together() {
    let (store, disk) = (Store::new(), TrialDisk::default());
    let ids = ["a", "b", "c", "d"].map(|label| store.old_channel(label));
    ids.iter().for_each(|id| fs::remove_file(store.paths.live(id).metadata).unwrap());
    assert!(archived_together(&store, &disk, &ids));
    assert_eq!(disk.waited.get(), 0);
    for id in &ids {
        let placeholder = store.paths.live(id).placeholder;
        assert_eq!(fs::read_to_string(&placeholder).unwrap(), "INACTIVE");
        assert!(!temporary_name(&placeholder).exists());
    }
}

/// The server writes the activity file of a blob anew whenever somebody asks for it: on another device it is not the one that was moved back.
#[test]
fn a_blob_that_somebody_asks_for_leaves_nothing_behind_when_it_comes_back() {
    let mut met = 0;
    for two_devices in [false, true] {
        for n in 0.. {
            let (store, id) = a_blob();
            let disk = TrialDisk::default();
            disk.two_devices.set(two_devices);
            run(&store, &disk, archive, &id).unwrap();
            disk.left.set(Some(n));
            if run(&store, &disk, restore, &id).is_ok() {
                break;
            }
            disk.left.set(None);
            let (live, cold) = (store.paths.live(&id), store.paths.archived(&id));
            if !live.body.exists() || !cold.body.exists() {
                continue;
            }
            fs::write(live.activity.as_ref().unwrap(), "2").unwrap();
            run(&store, &disk, restore, &id).unwrap();
            let when = format!("two devices {two_devices}, cut before write {n}");
            assert!(cold.moved().all(|path| !path.exists()), "{when}");
            assert_eq!(fs::read_to_string(live.activity.unwrap()).unwrap(), "2", "{when}");
            met += 1;
        }
    }
    assert!(met > 2, "{met}");
}

/// A live activity file that an earlier time left says less than the archived one: that one is kept.
#[test]
fn of_two_activity_files_the_later_one_is_never_let_go() {
    for two_devices in [false, true] {
        for (time, stays) in [(NOW, true), (NOW - 1000, false), (NOW - 2000, false)] {
            let (store, id) = a_blob();
            let disk = TrialDisk::default();
            disk.two_devices.set(two_devices);
            run(&store, &disk, archive, &id).unwrap();
            let (live, cold) =
                (store.paths.live(&id).activity.unwrap(), store.paths.archived(&id).activity.unwrap());
            store.write(&live, "2");
            disk.set(&live, Times::all(NOW - 1000));
            disk.set(&cold, Times::all(time));
            run(&store, &disk, restore, &id).unwrap();
            assert_eq!(cold.exists(), stays, "two devices {two_devices}, {time}");
            assert_eq!(fs::read_to_string(live).unwrap(), "2");
            assert!(store.paths.live(&id).body.exists() && !store.paths.archived(&id).body.exists());
        }
    }
}

/// After a power cut the disk may have kept that the activity file left, and not that the metadata before it did. That is no change: what was
/// begun goes on, and both lie together in the end.
#[test]
fn a_part_that_alone_left_before_a_power_cut_does_not_undo_the_act() {
    let mut met = 0;
    for two_devices in [false, true] {
        for n in 0.. {
            let (store, id) = a_blob();
            let (live, cold) = (store.paths.live(&id), store.paths.archived(&id));
            fs::remove_file(&live.body).unwrap();
            let disk = TrialDisk::default();
            disk.two_devices.set(two_devices);
            disk.set(live.activity.as_ref().unwrap(), Times::all(NOW - 1000));
            disk.left.set(Some(n));
            if run(&store, &disk, archive, &id).is_ok() {
                break;
            }
            disk.left.set(None);
            let journal = Journal::open(&disk, &store.paths.state).unwrap();
            let is_placed = journal.unfinished().iter().any(|last| last.step == Step::Placed);
            drop(journal);
            if !is_placed || !live.metadata.exists() {
                continue;
            }
            fs::remove_file(live.activity.as_ref().unwrap()).unwrap();
            run(&store, &disk, archive, &id).unwrap();
            let when = format!("two devices {two_devices}, cut before write {n}");
            assert!(!live.moved().any(|path| path.exists()), "{when}");
            assert!(cold.metadata.exists() && cold.activity.unwrap().exists(), "{when}");
            assert!(!store.paths.generations(&id).exists(), "{when}");
            met += 1;
        }
    }
    assert!(met > 1, "{met}");
}
