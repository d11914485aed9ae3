//! Odd things in a store, and several faults at once: what is odd is named and never moved, what is sound is moved all the same, and nothing is lost
//! wherever the power goes.

use crate::rules::{carry, does, plan, policy};
use crate::store::{DAY, KEY, NOW, Store, TrialClock, TrialDisk, id};
use pinfold_datadir::walk::Odd;
use pinfold_operator::plan::Does;
use pinfold_operator::survey::survey;
use pinfold_operator::verdict::Keep;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;

/// Marks everything, and carries out a plan of fifteen days later.
fn cycle(store: &Store, disk: &TrialDisk) -> Vec<String> {
    let first = plan(store, disk, NOW, &policy(90.0), None);
    carry(store, disk, &first, &TrialClock::at(NOW), true).unwrap();
    let later = NOW + 15 * DAY;
    let second = plan(store, disk, later, &policy(90.0), None);
    let done = carry(store, disk, &second, &TrialClock::at(later), true).unwrap();
    done.archived.iter().map(ToString::to_string).collect()
}

#[test]
fn what_is_odd_is_named_and_never_moved() {
    let (store, disk) = (Store::new(), TrialDisk::default());
    let sound = store.old_channel("sound");
    let shard = |label: &str| store.paths.live(&id(label)).body.parent().unwrap().to_path_buf();
    let elsewhere = store.folder.path().join("elsewhere");
    fs::create_dir_all(&elsewhere).unwrap();
    fs::write(elsewhere.join("file"), "not ours").unwrap();
    let put = |path: PathBuf| {
        store.write(&path, &format!("odd {}", path.display()));
        path
    };
    let linked = store.paths.live(&id("a link")).body;
    fs::create_dir_all(linked.parent().unwrap()).unwrap();
    symlink(elsewhere.join("file"), &linked).unwrap();
    let folder = store.paths.live(&id("a folder")).body;
    fs::create_dir_all(&folder).unwrap();
    symlink(&elsewhere, store.paths.channels.join("zz")).unwrap();
    let linked_blob = store.paths.blobs.join("05").join("05".repeat(24));
    fs::create_dir_all(linked_blob.parent().unwrap()).unwrap();
    symlink(elsewhere.join("file"), &linked_blob).unwrap();
    let odd = [
        (linked, Odd::NotAFile),
        (folder, Odd::NotAFile),
        (store.paths.channels.join("zz"), Odd::InRoot),
        (linked_blob, Odd::NotAFile),
        (put(store.paths.channels.join("stray")), Odd::InRoot),
        (put(store.paths.channels.join("long-name/x")).parent().unwrap().into(), Odd::Folder),
        (put(shard("sound").join("notes.txt")), Odd::Name),
        (put(store.paths.channels.join("00").join(format!("ff{}.ndjson", "0".repeat(30)))), Odd::WrongFolder),
        (put(store.paths.live(&id("temp")).body.with_extension("ndjson.temp")), Odd::Unfinished),
    ];
    let found = survey(&disk, &store.paths, NOW, &mut |_, _| ()).unwrap().findings;
    for (path, what) in &odd {
        assert!(
            found.iter().any(|finding| finding.path == *path && finding.what == *what),
            "{} as {what:?}: {found:?}",
            path.display()
        );
    }
    let before = store.names();
    assert_eq!(cycle(&store, &disk), [sound.to_string()]);
    let mut after = store.names();
    for (live, cold) in store.paths.live(&sound).moved().zip(store.paths.archived(&sound).moved()) {
        let relative = |path: &std::path::Path| path.strip_prefix(store.folder.path()).unwrap().to_path_buf();
        let content = after.remove(&relative(cold)).unwrap();
        after.insert(relative(live), content);
    }
    after.retain(|path, _| path.extension().is_none_or(|end| end != "placeholder"));
    assert_eq!(after, before);
    assert!(fs::symlink_metadata(store.paths.channels.join("zz")).unwrap().is_symlink());
}

/// Two names that differ by case alone are one file on some disks: neither is touched, and both are told.
#[test]
fn names_that_differ_by_case_alone_are_told() {
    let (store, disk) = (Store::new(), TrialDisk::default());
    let lower = format!("ab{}", "c".repeat(30));
    let shard = store.paths.channels.join("ab");
    store.write(&shard.join(format!("{lower}.ndjson")), "lower\n");
    store.write(&shard.join(format!("ab{}.ndjson", "C".repeat(30))), "upper\n");
    let found = survey(&disk, &store.paths, NOW, &mut |_, _| ()).unwrap().findings;
    assert!(found.iter().any(|finding| finding.what == Odd::CaseCollision), "{found:?}");
    let before = store.contents();
    cycle(&store, &disk);
    assert!(before.is_subset(&store.contents()));
}

/// A document with an older archived copy, a still older generation and a placeholder of another reason; one that only a torn line names; one
/// that is pinned; and the power, or the clock, goes at every step of the run that takes the first.
fn entangled() -> Store {
    let store = Store::new();
    let taken = store.old_channel("taken");
    store.archived_twin("taken");
    store.write(&store.paths.generations(&taken).join("1/log.ndjson"), "oldest\n");
    store.write(&store.paths.generations(&taken).join("1/metadata.ndjson"), "{\"oldest\":1}\n");
    store.write(&store.paths.live(&taken).placeholder, "EXPIRED");
    let (torn, pinned) = (store.old_channel("torn"), store.old_channel("pinned"));
    let cut = &torn.to_string()[..20];
    store.pin_log(&format!("[\"PIN\",[\"{pinned}\"],1779000000000]\n[\"PIN\",[\"{cut}"));
    store
}

#[test]
fn many_faults_at_once_lose_nothing_wherever_the_power_goes() {
    let prepared = || {
        let (store, disk) = (entangled(), TrialDisk::default());
        let first = plan(&store, &disk, NOW, &policy(90.0), None);
        carry(&store, &disk, &first, &TrialClock::at(NOW), true).unwrap();
        (store, disk)
    };
    let later = NOW + 15 * DAY;
    let take = |store: &Store, disk: &TrialDisk, clock: &TrialClock| {
        let made = plan(store, disk, later, &policy(90.0), None);
        assert!(matches!(does(&made, "pinned"), Does::Keep { reason: Keep::Pinned | Keep::Doubtful, .. }));
        assert!(matches!(does(&made, "torn"), Does::Keep { .. }));
        carry(store, disk, &made, clock, true)
    };
    let (whole, disk) = prepared();
    let before = whole.contents();
    let writes = disk.writes.get();
    let done = take(&whole, &disk, &TrialClock::at(later)).unwrap();
    assert_eq!(done.archived.len(), 1);
    assert_eq!(whole.contents(), before);
    let writes = disk.writes.get() - writes;
    assert!(writes > 10, "{writes}");
    for n in 0..writes {
        let (store, disk) = prepared();
        disk.left.set(Some(n));
        let _ = take_cut(&store, &disk, later);
        disk.left.set(None);
        assert!(before.is_subset(&store.contents()), "cut before write {n}");
        let _ = take_cut(&store, &disk, later);
        assert_eq!(store.names(), whole.names(), "the end after a cut before write {n}");
    }
    for look in 0..20 {
        for ms in [61_000, -2 * DAY, 15 * DAY] {
            let (store, disk) = prepared();
            let clock = TrialClock::at(later);
            clock.stop.set(Some((look, ms)));
            let _ = take(&store, &disk, &clock);
            assert!(before.is_subset(&store.contents()), "the clock goes by {ms} ms at look {look}");
        }
    }
}

/// A run as the program does it: what an earlier one left is finished first.
fn take_cut(store: &Store, disk: &TrialDisk, later: i64) -> Result<(), Box<dyn std::error::Error>> {
    use pinfold_operator::archive::Hands;
    use pinfold_operator::finish::finish;
    use pinfold_operator::going::Quietly;
    use pinfold_operator::journal::Journal;
    use pinfold_operator::run::carry_out;
    disk.now.set(later);
    let mut journal = Journal::open(disk, &store.paths.state)?;
    let hands = Hands { disk, paths: &store.paths, run: "take".into(), now: later, going: &Quietly };
    finish(&hands, &mut journal)?;
    drop(journal);
    let made = plan(store, disk, later, &policy(90.0), None);
    if !made.entries.iter().any(|entry| matches!(entry.does, Does::Take { .. })) {
        return Ok(());
    }
    let mut journal = Journal::open(disk, &store.paths.state)?;
    let done = carry_out(&hands, &TrialClock::at(later), &mut journal, &made, Some(&made.digest))?;
    done.stop.map_or(Ok(()), |stop| Err(stop.into()))
}

#[test]
fn an_account_without_a_readable_list_protects_by_name() {
    let (store, disk) = (Store::new(), TrialDisk::default());
    store.old_channel("a");
    store.write(&store.paths.pin_log(&KEY.parse().unwrap()), &format!("\0\0\0{}\0", id("a")));
    assert!(matches!(
        does(&plan(&store, &disk, NOW, &policy(90.0), None), "a"),
        Does::Keep { reason: Keep::Doubtful, .. }
    ));
}
