//! The rules of deletion, each by itself: taken out, its test fails. The waits have their tests in `src/waits.rs`, the ages in
//! `src/policy.rs`, two phases in `two_phases.rs`, cuts in `cut.rs`.

use crate::store::{DAY, KEY, NOW, Store, Times, TrialClock, TrialDisk, id};
use pinfold_datadir::config::{Config, Plain};
use pinfold_datadir::decrees::Decrees;
use pinfold_operator::archive::Hands;
use pinfold_operator::clock::{ClockError, compare};
use pinfold_operator::cold::FirstSeen;
use pinfold_operator::foreign::moved_by_others;
use pinfold_operator::going::Quietly;
use pinfold_operator::hold::{self, Hold};
use pinfold_operator::journal::{Journal, Target};
use pinfold_operator::plan::{Does, Grounds, Plan};
use pinfold_operator::policy::Policy;
use pinfold_operator::purge;
use pinfold_operator::run::{Done, Stop, carry_out};
use pinfold_operator::survey::{Declared, Refusal, survey, watched};
use pinfold_operator::verdict::Keep;
use pinfold_operator::waits::WalkRecord;
use std::collections::BTreeMap;

const HOUR: i64 = 3_600_000;

pub fn policy(inactive: f64) -> Policy {
    let mut config = Config::default();
    config.set("inactiveTime", Plain::Number(inactive));
    Policy::of(&config, &Decrees::default()).unwrap()
}

/// A plan at a time, with a walk on each of the ten days before.
pub fn plan(store: &Store, disk: &TrialDisk, now: i64, policy: &Policy, purging: Option<&FirstSeen>) -> Plan {
    plan_after(store, disk, now, policy, purging, 10)
}

/// The same, with a walk on each of so many days before.
pub fn plan_after(
    store: &Store,
    disk: &TrialDisk,
    now: i64,
    policy: &Policy,
    purging: Option<&FirstSeen>,
    walks: i64,
) -> Plan {
    disk.now.set(now);
    let seen = survey(disk, &store.paths, now, &mut |_, _| ()).unwrap();
    let journal = Journal::open(disk, &store.paths.state).unwrap();
    let walks: Vec<_> = (1..=walks)
        .rev()
        .map(|n| WalkRecord { began: now - n * DAY, ended: now - n * DAY + HOUR, ..WalkRecord::default() })
        .collect();
    let grounds = Grounds {
        disk,
        survey: &seen,
        paths: &store.paths,
        policy,
        journal: &journal,
        walks: &walks,
        reports: &BTreeMap::new(),
        declared: Declared { no_pin_logs: true, ..Declared::default() },
        now,
    };
    match purging {
        Some(first_seen) => purge::plan(&grounds, first_seen).unwrap(),
        None => Plan::make(&grounds).unwrap(),
    }
}

pub fn carry(
    store: &Store,
    disk: &TrialDisk,
    plan: &Plan,
    clock: &TrialClock,
    consent: bool,
) -> Result<Done, Stop> {
    let now = clock.wall.get();
    disk.now.set(now);
    let mut journal = Journal::open(disk, &store.paths.state).unwrap();
    let hands = Hands { disk, paths: &store.paths, run: format!("run-{now}"), now, going: &Quietly };
    let consent = consent.then_some(plan.digest.as_str());
    match plan.head.purpose {
        pinfold_operator::plan::Purpose::Archive => carry_out(&hands, clock, &mut journal, plan, consent),
        pinfold_operator::plan::Purpose::Purge => {
            purge::carry_out(&hands, clock, &mut journal, plan, consent)
        }
    }
}

/// Marks everything, and plans again after the time of marks.
fn ready(store: &Store, disk: &TrialDisk) -> (Plan, i64) {
    let first = plan(store, disk, NOW, &policy(90.0), None);
    carry(store, disk, &first, &TrialClock::at(NOW), true).unwrap();
    (plan(store, disk, NOW + 15 * DAY, &policy(90.0), None), NOW + 15 * DAY)
}

pub fn does(plan: &Plan, label: &str) -> Does {
    does_target(plan, &Target::Item(id(label)))
}

pub fn does_target(plan: &Plan, id: &Target) -> Does {
    plan.entries.iter().find(|entry| entry.id == *id).map(|entry| entry.does.clone()).unwrap()
}

fn keeps(plan: &Plan, label: &str) -> Option<Keep> {
    if let Does::Keep { reason, .. } = does(plan, label) { Some(reason) } else { None }
}

#[test]
fn rule_3_sooner_than_ninety_days_needs_consent_to_that_plan() {
    let (store, disk) = (Store::new(), TrialDisk::default());
    for n in 0..300 {
        store.old_channel(&format!("{n}"));
    }
    let first = plan(&store, &disk, NOW, &policy(30.0), None);
    assert!(!first.needs_consent(), "marking can be taken back");
    // One of three hundred is below the cap.
    let mut journal = Journal::open(&disk, &store.paths.state).unwrap();
    let hands = Hands { disk: &disk, paths: &store.paths, run: "marks".into(), now: NOW, going: &Quietly };
    let mut one = first.clone();
    one.entries = first.entries.iter().take(1).collect();
    carry_out(&hands, &TrialClock::at(NOW), &mut journal, &one, None).unwrap();
    let later = NOW + 15 * DAY;
    for (days, needs) in [(30.0, true), (90.0, false)] {
        let plan = plan(&store, &disk, later, &policy(days), None);
        assert_eq!((plan.head.totals.take_ids, plan.needs_consent()), (1, needs), "{days}");
    }
}

#[test]
fn rule_5_clocks_that_disagree_stop_everything() {
    let (store, disk) = (Store::new(), TrialDisk::default());
    disk.now.set(NOW);
    assert!(compare(&disk, &store.paths.state, &TrialClock::at(NOW + 4 * 60_000)).is_ok());
    for wall in [NOW + 6 * 60_000, NOW - 6 * 60_000, NOW + DAY, NOW - DAY] {
        let compared = compare(&disk, &store.paths.state, &TrialClock::at(wall));
        assert!(matches!(compared, Err(ClockError::Skew { .. })), "{wall}");
    }
    store.old_channel("a");
    let (plan, later) = ready(&store, &disk);
    let hands = Hands { disk: &disk, paths: &store.paths, run: "run".into(), now: later, going: &Quietly };
    let mut journal = Journal::open(&disk, &store.paths.state).unwrap();
    disk.now.set(later + DAY);
    let done = carry_out(&hands, &TrialClock::at(later), &mut journal, &plan, Some(&plan.digest));
    assert!(matches!(done, Err(Stop::Clock(ClockError::Skew { .. }))));
}

#[test]
fn rule_5_a_process_that_slept_throws_its_walk_away_and_moves_nothing_more() {
    let stopped = |look: u32, ms: i64| {
        let (store, disk) = (Store::new(), TrialDisk::default());
        store.old_channel("a");
        store.old_channel("b");
        let (plan, later) = ready(&store, &disk);
        let clock = TrialClock::at(later);
        clock.stop.set(Some((look, ms)));
        let done = carry(&store, &disk, &plan, &clock, true);
        let left = [id("a"), id("b")].iter().filter(|id| store.paths.live(*id).body.exists()).count();
        let stopped = done.map_or(true, |done| done.stop.is_some());
        (stopped && left > 0 || clock.stop.get().is_some(), left)
    };
    // However late it is stopped: longer than a minute, and longer than each of the ages.
    let mut slept = 0;
    for look in 0..40 {
        for ms in [61_000, 15 * DAY, 149 * DAY] {
            let (right, left) = stopped(look, ms);
            slept += usize::from(left > 0);
            // After the last move nothing can go wrong any more.
            assert!(right || left == 0, "stopped at look {look} for {ms} ms, {left} left");
        }
    }
    assert!(slept > 10);
    let (store, disk) = (Store::new(), TrialDisk::default());
    store.old_channel("a");
    let clock = TrialClock::at(NOW);
    clock.stop.set(Some((2, 61_000)));
    assert!(matches!(watched(&disk, &store.paths, &clock, &Quietly), Err(Refusal::Clock(_))));
}

#[test]
fn rule_6_a_time_of_the_future_and_no_time_are_never_old() {
    let (store, disk) = (Store::new(), TrialDisk::default());
    for (label, mtime) in [("future", NOW + DAY), ("zero", 0), ("before", -1), ("old", NOW - 200 * DAY)] {
        let id = store.old_channel(label);
        disk.mtimes.borrow_mut().insert(store.paths.live(&id).body, mtime);
        disk.mtimes.borrow_mut().insert(store.paths.live(&id).metadata, mtime);
    }
    let plan = plan(&store, &disk, NOW, &policy(90.0), None);
    let kept = ["future", "zero", "before", "old"].map(|label| keeps(&plan, label));
    assert_eq!(kept, [Some(Keep::Future), Some(Keep::NoTime), Some(Keep::NoTime), None]);
}

#[test]
fn rule_7_what_cannot_be_read_stops_the_run() {
    for error in [13 /* EACCES */, 5 /* EIO */] {
        let (store, disk) = (Store::new(), TrialDisk::default());
        let a = store.old_channel("a");
        store.pin_log("[\"PIN\",[],1779000000000]\n");
        let (plan, later) = ready(&store, &disk);
        let log = store.paths.pin_log(&KEY.parse().unwrap());
        let shard = store.paths.live(&a).body.parent().unwrap().to_path_buf();
        let archive = store.paths.archive.join("datastore");
        for path in [log.clone(), log.parent().unwrap().into(), store.paths.pins.clone(), shard, archive] {
            disk.failing.borrow_mut().insert(path.clone(), error);
            let done = carry(&store, &disk, &plan, &TrialClock::at(later), true);
            assert!(matches!(done, Err(Stop::Refused(_))), "{}: {done:?}", path.display());
            assert!(store.paths.live(&a).body.exists());
            disk.failing.borrow_mut().clear();
        }
        assert_eq!(carry(&store, &disk, &plan, &TrialClock::at(later), true).unwrap().archived.len(), 1);
    }
}

#[test]
fn rule_7_names_that_are_no_pin_logs_stop_the_run() {
    for (name, accepted) in [
        (".DS_Store", true),
        ("HS/.HSFw-mSe.swp", true),
        ("HS/HSFw-mSe13urwJ97HvTzw4QbbxgS3QMYQrcuKGRA8fE=.ndjson~", true),
        ("HS/folder/x", true),
    ] {
        let (store, disk) = (Store::new(), TrialDisk::default());
        let a = store.old_channel("a");
        store.write(&store.paths.pins.join(name), &format!("[\"PIN\",[\"{a}\"],1779000000000]\n"));
        let seen = survey(&disk, &store.paths, NOW, &mut |_, _| ()).unwrap();
        let refusals = |strays| {
            seen.refusals(&store.paths, Declared { no_pin_logs: true, strays, ..Declared::default() })
        };
        assert!(matches!(refusals(false).as_slice(), [Refusal::AmongPins(..)]), "{name}");
        assert_eq!(refusals(true).is_empty(), accepted, "{name}");
        // What can be seen in it stays all the same.
        let wanted = seen.wanted(&policy(90.0), NOW);
        assert_eq!(wanted.wants(&a).is_some(), !name.contains("folder"), "{name}");
    }
    let (store, disk) = (Store::new(), TrialDisk::default());
    let link = store.paths.pin_log(&KEY.parse().unwrap());
    std::fs::create_dir_all(link.parent().unwrap()).unwrap();
    std::os::unix::fs::symlink("/nowhere", &link).unwrap();
    let seen = survey(&disk, &store.paths, NOW, &mut |_, _| ()).unwrap();
    let declared = Declared { no_pin_logs: true, strays: true, doubtful: true };
    assert!(!seen.refusals(&store.paths, declared).is_empty(), "a link in place of a pin log");
}

#[test]
fn rule_7_too_many_doubtful_logs_and_too_few_logs_stop_the_run() {
    let (store, disk) = (Store::new(), TrialDisk::default());
    for n in 0..6 {
        let key = format!("{n}{}=", "A".repeat(42));
        store.write(&store.paths.pin_log(&key.parse().unwrap()), "[\"PIN\",[]]\n");
    }
    let refusals =
        |declared| survey(&disk, &store.paths, NOW, &mut |_, _| ()).unwrap().refusals(&store.paths, declared);
    assert_eq!(refusals(Declared::default()), [Refusal::Doubtful { doubtful: 6, logs: 6 }]);
    let accepted = Declared { doubtful: true, ..Declared::default() };
    assert_eq!(refusals(accepted), []);
    for n in 0..7 {
        store.write(&store.paths.block(&format!("{n}{}=", "B".repeat(42)).parse().unwrap()), "x");
    }
    assert_eq!(refusals(accepted), [Refusal::FewerLogsThanBlocks { blocks: 7, logs: 6 }]);
}

#[test]
fn rule_8_a_hold_set_in_the_middle_stops_the_rest() {
    let (store, disk) = (Store::new(), TrialDisk::default());
    store.old_channel("a");
    let (plan, later) = ready(&store, &disk);
    hold::set(
        &disk,
        &store.paths,
        &Hold { by: "anna".into(), why: "wait".into(), since: later, before: None },
    )
    .unwrap();
    assert!(matches!(carry(&store, &disk, &plan, &TrialClock::at(later), true), Err(Stop::Hold(_))));
    // A hold that cannot be read is one.
    hold::release(&disk, &store.paths, later).unwrap();
    disk.failing.borrow_mut().insert(store.paths.state.join("HOLD"), 5);
    assert!(matches!(carry(&store, &disk, &plan, &TrialClock::at(later), true), Err(Stop::Disk(_))));
}

#[test]
fn rule_10_a_plan_is_bound_to_the_pin_logs_it_saw() {
    let (store, disk) = (Store::new(), TrialDisk::default());
    store.old_channel("a");
    store.pin_log("[\"PIN\",[],1779000000000]\n");
    let (plan, later) = ready(&store, &disk);
    let log = store.paths.pin_log(&KEY.parse().unwrap());
    let whole = std::fs::read_to_string(&log).unwrap();
    for other in [String::new(), whole.replace("PIN", "XIN"), whole.replace('\n', "")] {
        std::fs::write(&log, other).unwrap();
        assert!(matches!(carry(&store, &disk, &plan, &TrialClock::at(later), true), Err(Stop::State(_))));
    }
    std::fs::remove_file(&log).unwrap();
    assert!(matches!(carry(&store, &disk, &plan, &TrialClock::at(later), true), Err(Stop::State(_))));
    std::fs::write(&log, whole + "[\"PIN\",[],1779000000001]\n").unwrap();
    assert_eq!(carry(&store, &disk, &plan, &TrialClock::at(later), true).unwrap().archived.len(), 1);
}

#[test]
fn rule_12_what_others_moved_is_told() {
    let (store, disk) = (Store::new(), TrialDisk::default());
    for label in ["theirs", "owner"] {
        store.archived_twin(label);
    }
    store.write(&store.paths.live(&id("theirs")).placeholder, "INACTIVE");
    store.write(&store.paths.live(&id("owner")).placeholder, "ARCHIVE_OWNED");
    let seen = survey(&disk, &store.paths, NOW, &mut |_, _| ()).unwrap();
    let journal = Journal::open(&disk, &store.paths.state).unwrap();
    let moved = |after| moved_by_others(&disk, &store.paths, &seen, &journal, after).unwrap();
    assert_eq!(moved(NOW - 201 * DAY), [id("theirs")]);
    assert_eq!(moved(NOW - 200 * DAY), []);
}

#[test]
fn rule_14_a_copy_that_is_not_what_was_moved_is_told() {
    let (store, disk) = (Store::new(), TrialDisk::default());
    let a = store.old_channel("a");
    let (plan, later) = ready(&store, &disk);
    let done = carry(&store, &disk, &plan, &TrialClock::at(later), true).unwrap();
    assert_eq!((done.read_back, done.damaged.len(), done.late_writes.len()), (1, 0, 0));
    let archived = store.paths.archived(&a).body;
    let text = std::fs::read_to_string(&archived).unwrap();
    std::fs::write(&archived, text.replace("MSG", "XSG")).unwrap();
    let seen = survey(&disk, &store.paths, later, &mut |_, _| ()).unwrap();
    let journal = Journal::open(&disk, &store.paths.state).unwrap();
    let problems =
        pinfold_operator::check::check(&disk, &store.paths, &seen, &journal, Default::default()).unwrap();
    assert_eq!(problems, [pinfold_operator::check::Problem::ArchiveDamaged(Target::Item(a))]);
}

#[test]
fn what_is_restored_stays_for_a_year() {
    let (store, disk) = (Store::new(), TrialDisk::default());
    let a = store.old_channel("a");
    let (plan_made, later) = ready(&store, &disk);
    carry(&store, &disk, &plan_made, &TrialClock::at(later), true).unwrap();
    let mut journal = Journal::open(&disk, &store.paths.state).unwrap();
    let hands = Hands { disk: &disk, paths: &store.paths, run: "back".into(), now: later, going: &Quietly };
    hands.restore(&mut journal, &a).unwrap();
    disk.unknown.set(Times::all(NOW - 200 * DAY));
    let old = disk.unknown.get();
    for path in [store.paths.live(&a).body, store.paths.live(&a).metadata] {
        disk.set(&path, old);
    }
    assert_eq!(
        keeps(&plan(&store, &disk, later + 364 * DAY, &policy(90.0), None), "a"),
        Some(Keep::Restored)
    );
    assert_eq!(keeps(&plan(&store, &disk, later + 366 * DAY, &policy(90.0), None), "a"), None);
}
