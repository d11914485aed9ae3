//! What clients do in the middle of a run.

use crate::rules::policy;
use crate::store::{DAY, KEY, NOW, Store, Times, TrialClock, TrialDisk, id};
use crate::two_phases::marked;
use pinfold_datadir::id::ItemId;
use pinfold_operator::archive::{ActError, Hands};
use pinfold_operator::cooling::{Together, Wish};
use pinfold_operator::going::{Going, Quietly};
use pinfold_operator::journal::{Journal, Target};
use pinfold_operator::plan::Plan;
use pinfold_operator::run::carry_out;
use pinfold_operator::survey::survey;
use std::fs;

/// Pins some documents when the run comes to a certain entry of the plan.
struct Pinning<'a> {
    store: &'a Store,
    at: usize,
    ids: Vec<ItemId>,
    line: String,
}

impl Going for Pinning<'_> {
    fn told(&self, _: &'static str, done: usize, _: usize) {
        if done == self.at {
            let ids: Vec<String> = self.ids.iter().map(|id| format!("\"{id}\"")).collect();
            self.store.pin_log(&format!("{}[\"PIN\",[{}],{NOW}]\n", self.line, ids.join(",")));
        }
    }

    fn ends(&self) -> bool {
        false
    }
}

fn item(plan: &Plan, at: usize) -> ItemId {
    match plan.entries.iter().nth(at).map(|entry| entry.id) {
        Some(Target::Item(id)) => id,
        other => panic!("{other:?}"),
    }
}

/// The pin logs are looked at after 256 documents. What is collected by then and not moved is left, and what was moved comes back.
#[test]
fn what_is_pinned_in_the_middle_of_a_run_stays() {
    let (store, disk) = (Store::new(), TrialDisk::default());
    for n in 0..300 {
        store.old_channel(&n.to_string());
    }
    let line = format!("[\"PIN\",[\"{}\"],{NOW}]\n", id("another"));
    store.pin_log(&line);
    let (plan, later) = marked(&store, &disk);
    assert!(plan.entries.len() >= 300);
    let (moved, collected) = (item(&plan, 10), item(&plan, 250));
    let going = Pinning { store: &store, at: 252, ids: vec![moved.clone(), collected.clone()], line };
    let mut journal = Journal::open(&disk, &store.paths.state).unwrap();
    let hands = Hands { disk: &disk, paths: &store.paths, run: "run".into(), now: later, going: &going };
    disk.now.set(later);
    let done = carry_out(&hands, &TrialClock::at(later), &mut journal, &plan, Some(&plan.digest)).unwrap();
    assert_eq!(done.moved_back, [Target::Item(moved.clone())]);
    assert!(done.skipped.iter().any(|(id, _)| *id == Target::Item(collected.clone())), "{:?}", done.skipped);
    assert!(!done.archived.contains(&Target::Item(collected.clone())));
    for id in [moved, collected] {
        assert!(store.paths.live(&id).body.exists() && !store.paths.archived(&id).body.exists(), "{id}");
    }
}

/// Another log in place of one, of the same length and with the same time of its content.
#[test]
fn a_list_that_was_exchanged_is_read_again() {
    let (store, disk) = (Store::new(), TrialDisk::default());
    let (a, b) = (store.old_channel("a"), store.old_channel("b"));
    let list = |id: &ItemId| format!("[\"PIN\",[\"{id}\"],1779000000000]\n");
    store.pin_log(&list(&a));
    let mut seen = survey(&disk, &store.paths, NOW, &mut |_, _| ()).unwrap();
    assert!(!seen.look_at_pins_again(&disk, &store.paths, NOW).unwrap());
    let log = store.paths.pin_log(&KEY.parse().unwrap());
    fs::write(log.with_extension("new"), list(&b)).unwrap();
    fs::rename(log.with_extension("new"), &log).unwrap();
    assert!(seen.look_at_pins_again(&disk, &store.paths, NOW).unwrap());
    assert!(seen.wanted(&policy(90.0), NOW).wants(&b).is_some());
    // Written over in its place it has the same number, and the file system notes when.
    fs::write(&log, list(&a)).unwrap();
    disk.set(&log, Times { ctime: NOW, ..Times::all(NOW - 200 * DAY) });
    assert!(seen.look_at_pins_again(&disk, &store.paths, NOW).unwrap());
    assert!(seen.wanted(&policy(90.0), NOW).wants(&a).is_some());
}

/// A log that takes the place of the one that is being moved keeps its owners.
#[test]
fn what_is_made_anew_in_the_middle_of_a_move_keeps_its_metadata() {
    let (store, disk) = (Store::new(), TrialDisk::default());
    let a = store.old_channel("a");
    let live = store.paths.live(&a);
    let metadata = fs::read(&live.metadata).unwrap();
    let mut journal = Journal::open(&disk, &store.paths.state).unwrap();
    let hands = Hands { disk: &disk, paths: &store.paths, run: "run".into(), now: NOW, going: &Quietly };
    let wish = Wish { id: &a, reason: "INACTIVE", seen: None, sample: false };
    let mut meanwhile = || -> Result<(), ()> {
        fs::remove_file(&live.body).unwrap();
        fs::write(&live.body, "written anew\n").unwrap();
        Ok(())
    };
    let Together::Each(each) = hands.archive_together(&mut journal, &[wish], &mut meanwhile).unwrap() else {
        panic!("nobody said no");
    };
    assert!(matches!(each[..], [Err(ActError::Conflict)]));
    assert_eq!(fs::read_to_string(&live.body).unwrap(), "written anew\n");
    assert_eq!(fs::read(&live.metadata).unwrap(), metadata);
    assert!(!live.placeholder.exists() && journal.unfinished().is_empty());
    let archived = store.paths.archived(&a);
    assert!(archived.body.exists() && archived.metadata.exists(), "the older log is kept as well");
}
