//! A document goes in two runs at least, and every rule holds by itself.

use crate::store::{DAY, KEY, NOW, Store, TrialClock, TrialDisk, id};
use pinfold_datadir::config::Config;
use pinfold_datadir::decrees::Decrees;
use pinfold_operator::archive::Hands;
use pinfold_operator::going::Quietly;
use pinfold_operator::hold::{self, Hold};
use pinfold_operator::journal::{Journal, Target};
use pinfold_operator::plan::{Does, Grounds, Plan};
use pinfold_operator::policy::Policy;
use pinfold_operator::run::{Done, Stop, carry_out};
use pinfold_operator::survey::{Declared, survey};
use pinfold_operator::verdict::Keep;
use pinfold_operator::waits::{Wait, WalkRecord};
use std::collections::BTreeMap;

fn walk(began: i64) -> WalkRecord {
    WalkRecord { began, ended: began + 60_000, ..WalkRecord::default() }
}

/// Makes a plan at a time, with a walk on each of the ten days before.
fn plan(store: &Store, disk: &TrialDisk, now: i64) -> Plan {
    let survey = survey(disk, &store.paths, now, &mut |_, _| ()).unwrap();
    let journal = Journal::open(disk, &store.paths.state).unwrap();
    let policy = Policy::of(&Config::default(), &Decrees::default()).unwrap();
    let walks: Vec<_> = (0..10).map(|n| walk(now - (10 - n) * DAY)).collect();
    let grounds = Grounds {
        disk,
        survey: &survey,
        paths: &store.paths,
        policy: &policy,
        journal: &journal,
        walks: &walks,
        reports: &BTreeMap::new(),
        declared: Declared { no_pin_logs: true, ..Declared::default() },
        now,
    };
    Plan::make(&grounds).unwrap()
}

fn carry(
    store: &Store,
    disk: &TrialDisk,
    plan: &Plan,
    now: i64,
    consent: Option<&str>,
) -> Result<Done, Stop> {
    let mut journal = Journal::open(disk, &store.paths.state).unwrap();
    let hands = Hands { disk, paths: &store.paths, run: format!("run-{now}"), now, going: &Quietly };
    disk.now.set(now);
    carry_out(&hands, &TrialClock::at(now), &mut journal, plan, consent)
}

fn does(plan: &Plan, label: &str) -> Does {
    let id = Target::Item(id(label));
    plan.entries.iter().find(|entry| entry.id == id).map(|entry| entry.does.clone()).unwrap()
}

/// Marks now, and comes back after the time of marks.
pub(crate) fn marked(store: &Store, disk: &TrialDisk) -> (Plan, i64) {
    let first = plan(store, disk, NOW);
    carry(store, disk, &first, NOW, None).unwrap();
    let later = NOW + 15 * DAY;
    (plan(store, disk, later), later)
}

#[test]
fn the_first_run_marks_and_a_later_one_moves() {
    let (store, disk) = (Store::new(), TrialDisk::default());
    let a = store.old_channel("a");
    let first = plan(&store, &disk, NOW);
    assert_eq!(does(&first, "a"), Does::Wait { wait: Wait::Mark });
    let done = carry(&store, &disk, &first, NOW, None).unwrap();
    assert_eq!((done.marked, done.archived.len()), (1, 0));
    let soon = plan(&store, &disk, NOW + 13 * DAY);
    assert!(matches!(does(&soon, "a"), Does::Wait { wait: Wait::Until(_) }));
    let later = NOW + 15 * DAY;
    let second = plan(&store, &disk, later);
    assert!(matches!(does(&second, "a"), Does::Take { .. }));
    // One of one document is more than one in a hundred.
    assert!(matches!(carry(&store, &disk, &second, later, None), Err(Stop::Consent(_))));
    assert!(matches!(carry(&store, &disk, &second, later, Some("another")), Err(Stop::Consent(_))));
    let done = carry(&store, &disk, &second, later, Some(&second.digest)).unwrap();
    assert_eq!(done.archived, [Target::Item(a.clone())]);
    assert!(store.paths.archived(&a).body.exists() && !store.paths.live(&a).body.exists());
    assert_eq!(std::fs::read_to_string(store.paths.live(&a).placeholder).unwrap(), "INACTIVE");
}

#[test]
fn what_an_account_ever_named_waits_for_that_account() {
    let (store, disk) = (Store::new(), TrialDisk::default());
    let a = store.old_channel("a");
    store.pin_log(&format!("[\"PIN\",[\"{a}\"],1779000000000]\n[\"UNPIN\",[\"{a}\"],1779000000001]\n"));
    let (second, later) = marked(&store, &disk);
    assert_eq!(does(&second, "a"), Does::Wait { wait: Wait::Accounts(vec![KEY.parse().unwrap()]) });
    assert!(carry(&store, &disk, &second, later, None).unwrap().archived.is_empty());
    assert_eq!(carry(&store, &disk, &second, later, Some(&second.digest)).unwrap().archived.len(), 1);
}

#[test]
fn what_is_pinned_after_the_plan_stays() {
    let (store, disk) = (Store::new(), TrialDisk::default());
    let a = store.old_channel("a");
    let (second, later) = marked(&store, &disk);
    store.pin_log(&format!("[\"PIN\",[\"{a}\"],{later}]\n"));
    let done = carry(&store, &disk, &second, later, Some(&second.digest)).unwrap();
    assert!(done.archived.is_empty() && done.skipped.len() == 1, "{done:?}");
}

#[test]
fn what_was_written_after_the_plan_stays() {
    let (store, disk) = (Store::new(), TrialDisk::default());
    let a = store.old_channel("a");
    let (second, later) = marked(&store, &disk);
    disk.mtimes.borrow_mut().insert(store.paths.live(&a).body, later);
    let done = carry(&store, &disk, &second, later, Some(&second.digest)).unwrap();
    assert!(done.archived.is_empty() && done.skipped.len() == 1, "{done:?}");
}

#[test]
fn a_hold_stops_the_run_and_a_plan_gets_old() {
    let (store, disk) = (Store::new(), TrialDisk::default());
    store.old_channel("a");
    let (second, later) = marked(&store, &disk);
    let consent = Some(second.digest.as_str());
    assert!(matches!(carry(&store, &disk, &second, later + DAY, consent), Err(Stop::Expired)));
    assert!(matches!(carry(&store, &disk, &second, later - 1, consent), Err(Stop::Expired)));
    hold::set(
        &disk,
        &store.paths,
        &Hold { by: "anna".into(), why: "237 conflicts".into(), since: later, before: None },
    )
    .unwrap();
    assert!(matches!(carry(&store, &disk, &second, later, consent), Err(Stop::Hold(_))));
    hold::release(&disk, &store.paths, later).unwrap();
    assert_eq!(carry(&store, &disk, &second, later, consent).unwrap().archived.len(), 1);
}

#[test]
fn one_doubtful_log_protects_all_it_ever_named() {
    let (store, disk) = (Store::new(), TrialDisk::default());
    for label in ["a", "b", "c", "d"] {
        store.old_channel(label);
    }
    let (a, b, c) = (id("a"), id("b"), id("c").to_string());
    store.pin_log(&format!("[\"PIN\",[\"{a}\"],1779000000000]\n[\"RESET\",[\"{b}\",\"{}", &c[..9]));
    let plan = plan(&store, &disk, NOW);
    let reason = |label| match does(&plan, label) {
        Does::Keep { reason, .. } => Some(reason),
        _ => None,
    };
    assert_eq!(
        ["a", "b", "c", "d"].map(reason),
        [Some(Keep::Pinned), Some(Keep::Doubtful), Some(Keep::Cut), None]
    );
}

#[test]
fn a_plan_is_read_back_and_a_changed_one_is_refused() {
    let (store, disk) = (Store::new(), TrialDisk::default());
    store.old_channel("a");
    let made = plan(&store, &disk, NOW);
    let mut bytes = Vec::new();
    made.write(&mut bytes).unwrap();
    assert_eq!(Plan::read(&bytes).unwrap(), made);
    let text = String::from_utf8(bytes).unwrap();
    assert!(Plan::read(text.replace("\"bytes\":", "\"bytes\":1").as_bytes()).is_err());
    assert!(Plan::read(text.lines().next().unwrap().as_bytes()).is_err());
}

/// A run reads of a plan what it acts on. The digest is of the whole file all the same, and so is the order.
#[test]
fn of_a_plan_some_lines_can_be_read_and_all_of_it_counts() {
    let (store, disk) = (Store::new(), TrialDisk::default());
    let (a, b) = (store.old_channel("a"), store.old_channel("b"));
    store.pin_log(&format!("[\"PIN\",[\"{b}\"],1779000000000]\n"));
    let made = plan(&store, &disk, NOW);
    let mut file = Vec::new();
    made.write(&mut file).unwrap();
    let whole = Plan::read(&file).unwrap();
    let mut seen = Vec::new();
    let some = Plan::read_some(file.as_slice(), |entry| {
        seen.push(entry.id.clone());
        !matches!(entry.does, Does::Keep { .. })
    });
    let some = some.unwrap();
    let ids = |plan: &Plan| plan.entries.iter().map(|entry| entry.id.clone()).collect::<Vec<_>>();
    assert_eq!((ids(&some), seen), (vec![Target::Item(a)], ids(&whole)));
    assert!(ids(&whole).contains(&Target::Item(b)));
    assert_eq!((some.digest, &some.head, &some.logs), (whole.digest, &whole.head, &whole.logs));
    // One byte of a line that is left out.
    let keep = String::from_utf8(file).unwrap();
    let spoiled = keep.replacen("pinned", "Pinned", 1);
    assert_ne!(spoiled, keep);
    assert!(Plan::read_some(spoiled.as_bytes(), |entry| !matches!(entry.does, Does::Keep { .. })).is_err());
}
