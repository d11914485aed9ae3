//! Emptying cold storage: every reason that keeps a copy holds by itself.

use crate::ends::hands;
use crate::rules::{carry, does, plan, plan_after, policy};
use crate::store::{DAY, NOW, Store, Times, TrialClock, TrialDisk, id};
use pinfold_operator::cold::FirstSeen;
use pinfold_operator::journal::{Act as Did, Journal, Step, Target};
use pinfold_operator::plan::Does;
use pinfold_operator::run::Stop;
use pinfold_operator::survey::survey;
use pinfold_operator::verdict::Keep;
use pinfold_operator::waits::Wait;

/// A copy in cold storage whose time is over, seen there long ago.
fn over(label: &str) -> (Store, TrialDisk, FirstSeen) {
    let (store, disk) = (Store::new(), TrialDisk::default());
    store.archived_twin(label);
    store.write(&store.paths.live(&id(label)).placeholder, "INACTIVE");
    let mut first_seen = FirstSeen::default();
    let seen = survey(&disk, &store.paths, NOW, &mut |_, _| ()).unwrap();
    first_seen.remember(&disk, &store.paths.state, &seen, NOW - 100 * DAY).unwrap();
    assert_eq!(FirstSeen::read(&disk, &store.paths.state).unwrap(), first_seen);
    (store, disk, first_seen)
}

#[test]
fn cold_storage_is_emptied_of_what_nobody_wants_when_its_time_is_over() {
    let (store, disk, first_seen) = over("a");
    let made = plan(&store, &disk, NOW, &policy(90.0), Some(&first_seen));
    assert!(matches!(does(&made, "a"), Does::Remove { .. }), "{:?}", does(&made, "a"));
    assert!(matches!(carry(&store, &disk, &made, &TrialClock::at(NOW), false), Err(Stop::Consent(_))));
    let done = carry(&store, &disk, &made, &TrialClock::at(NOW), true).unwrap();
    assert_eq!(done.removed, [Target::Item(id("a"))]);
    assert!(
        !store.paths.archived(&id("a")).body.exists() && !store.paths.archived(&id("a")).metadata.exists()
    );
    // Once a week, whatever else is over.
    store.archived_twin("b");
    let again = plan(&store, &disk, NOW + 6 * DAY, &policy(90.0), Some(&first_seen));
    assert!(matches!(
        carry(&store, &disk, &again, &TrialClock::at(NOW + 6 * DAY), true),
        Err(Stop::TooSoon(_))
    ));
    let again = plan(&store, &disk, NOW + 8 * DAY, &policy(90.0), Some(&first_seen));
    assert!(carry(&store, &disk, &again, &TrialClock::at(NOW + 8 * DAY), true).is_ok());
}

#[test]
fn every_reason_keeps_a_copy_in_cold_storage_by_itself() {
    let (store, disk, first_seen) = over("a");
    let a = id("a");
    let now = |first_seen: &FirstSeen| does(&plan(&store, &disk, NOW, &policy(90.0), Some(first_seen)), "a");
    let kept = |reason| Does::Keep { reason, account: None };
    // Nobody saw it there before, or not for long enough.
    assert_eq!(now(&FirstSeen::default()), Does::Wait { wait: Wait::FirstSeen });
    let mut young = FirstSeen::default();
    let seen = survey(&disk, &store.paths, NOW, &mut |_, _| ()).unwrap();
    young.remember(&disk, &store.paths.state, &seen, NOW - 89 * DAY).unwrap();
    assert!(matches!(now(&young), Does::Wait { wait: Wait::Until(_) }));
    // Fewer than two complete looks, a day apart, saw it there since.
    for walks in 0..=2 {
        let made = plan_after(&store, &disk, NOW, &policy(90.0), Some(&first_seen), walks);
        assert_eq!(does(&made, "a"), Does::Wait { wait: Wait::Walk }, "{walks} walks");
    }
    // Its own time says that it came later.
    disk.unknown.set(Times::all(NOW - 89 * DAY));
    assert_eq!(now(&first_seen), kept(Keep::Cold));
    disk.unknown.set(Times::all(NOW + DAY));
    assert_eq!(now(&first_seen), kept(Keep::Future));
    disk.unknown.set(Times::all(0));
    assert_eq!(now(&first_seen), kept(Keep::NoTime));
    disk.unknown.set(Times::all(NOW - 200 * DAY));
    // Somebody pins it.
    store.pin_log(&format!("[\"PIN\",[\"{a}\"],1779000000000]\n"));
    assert!(matches!(now(&first_seen), Does::Keep { reason: Keep::Pinned, .. }));
    // What its owner removed is not held by other people's lists.
    store.write(&store.paths.live(&a).placeholder, "ARCHIVE_OWNED");
    assert!(matches!(now(&first_seen), Does::Remove { .. }));
    // A side of a conflict, even if the other side is metadata alone.
    store.write(&store.paths.live(&a).metadata, "{}\n");
    assert_eq!(now(&first_seen), kept(Keep::Conflict));
}

#[test]
fn a_removal_looks_again() {
    let (store, disk, first_seen) = over("a");
    let made = plan(&store, &disk, NOW, &policy(90.0), Some(&first_seen));
    let live = store.paths.live(&id("a")).metadata;
    store.write(&live, "{}\n");
    let done = carry(&store, &disk, &made, &TrialClock::at(NOW), true).unwrap();
    assert_eq!((done.removed.len(), done.skipped.len()), (0, 1));
    std::fs::remove_file(live).unwrap();
    store.write(&store.paths.archived(&id("a")).body, "written to since, and longer\n");
    let done = carry(&store, &disk, &made, &TrialClock::at(NOW), true).unwrap();
    assert_eq!((done.removed.len(), done.skipped.len()), (0, 1));
}

/// A list that names it since the plan was made keeps it, whatever date its line has.
#[test]
fn a_removal_looks_at_the_lists_again() {
    let (store, disk, first_seen) = over("a");
    let made = plan(&store, &disk, NOW, &policy(90.0), Some(&first_seen));
    store.pin_log(&format!("[\"PIN\",[\"{}\"],{}]\n", id("a"), NOW - 400 * DAY));
    let done = carry(&store, &disk, &made, &TrialClock::at(NOW), true).unwrap();
    assert_eq!((done.removed.len(), done.skipped.len()), (0, 1));
    assert!(store.paths.archived(&id("a")).body.exists());
}

#[test]
fn a_week_counts_from_what_was_removed() {
    let (store, disk) = (Store::new(), TrialDisk::default());
    let mut journal = Journal::open(&disk, &store.paths.state).unwrap();
    let target = Target::Item(id("a"));
    let line = |step| hands(&store, &disk, "before").record(Did::Remove, &target, step);
    journal.note(line(Step::Undone)).unwrap();
    assert_eq!(journal.removed_by_others("now"), None, "nothing was removed");
    journal.note(line(Step::Done)).unwrap();
    journal.note(hands(&store, &disk, "later").record(Did::Archive, &target, Step::Done)).unwrap();
    assert_eq!((journal.removed_by_others("now"), journal.removed_by_others("before")), (Some(NOW), None));
}
