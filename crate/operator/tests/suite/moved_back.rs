//! What is moved back after a first try failed, and what was done before an error in the middle.

use crate::ends::{hands, key};
use crate::rules::{plan, policy};
use crate::since::removed_by_its_owner;
use crate::store::{DAY, KEY, NOW, Store, TrialClock, TrialDisk};
use pinfold_datadir::id::ItemId;
use pinfold_operator::account::Left;
use pinfold_operator::archive::Hands;
use pinfold_operator::clock::Clock;
use pinfold_operator::going::Going;
use pinfold_operator::journal::{Act as Did, Journal, Record, Step, Target};
use pinfold_operator::notices::notices;
use pinfold_operator::restore::Choice;
use pinfold_operator::run::carry_out;
use pinfold_operator::survey::survey;
use std::cell::Cell;
use std::fs;
use std::path::Path;

#[test]
fn what_could_not_be_moved_back_is_chosen_again() {
    let (store, disk) = (Store::new(), TrialDisk::default());
    let a = store.old_channel("a");
    let mut journal = Journal::open(&disk, &store.paths.state).unwrap();
    hands(&store, &disk, "run").archive(&mut journal, &a, "INACTIVE", None).unwrap();
    let live = store.paths.live(&a).body;
    disk.refusing.borrow_mut().insert(live.clone(), 28);
    let hands = hands(&store, &disk, "restore");
    assert!(hands.restore(&mut journal, &a).is_err());
    assert_eq!(journal.last(&Target::Item(a.clone())).map(|last| last.step), Some(Step::Undone));
    disk.refusing.borrow_mut().clear();
    assert_eq!(hands.choose(&journal, &Choice::Run("run")).unwrap().ids, std::slice::from_ref(&a));
    hands.restore(&mut journal, &a).unwrap();
    assert!(live.exists() && hands.choose(&journal, &Choice::Run("run")).unwrap().ids.is_empty());
}

/// A notice says of what was put back since when it was away: the key's holder tells by it what erased an entry meanwhile.
#[test]
fn what_was_put_back_says_since_when_it_was_away() {
    let (store, disk) = (Store::new(), TrialDisk::default());
    let a = store.old_channel("a");
    store.pin_log(&format!("[\"PIN\",[\"{a}\"],1779000000000]\n"));
    let at = |run: &'static str, now| Hands { now, ..hands(&store, &disk, run) };
    let (mut journal, mut wanted) = (Journal::open(&disk, &store.paths.state).unwrap(), Vec::new());
    for turn in 0..10 {
        let (from, until) = (NOW + turn * 20 * DAY, NOW + (turn * 20 + 3) * DAY);
        at("run", from).archive(&mut journal, &a, "INACTIVE", None).unwrap();
        at("restore", until).restore(&mut journal, &a).unwrap();
        wanted.push((from, until));
    }
    let away = |journal: &Journal<'_>| {
        let seen = survey(&disk, &store.paths, NOW, &mut |_, _| ()).unwrap();
        let logs = seen.accounts.iter().map(|account| (&account.key, &account.log));
        let made = notices(logs, journal, &[], NOW);
        assert_eq!((made.len(), made[0].items.len()), (1, 1));
        made[0].items[0].away.clone()
    };
    // The last eight times, whether this run saw them happen or reads them.
    assert_eq!(away(&journal), wanted[2..]);
    drop(journal);
    assert_eq!(away(&Journal::open(&disk, &store.paths.state).unwrap()), wanted[2..]);
}

#[test]
fn a_folder_that_cannot_be_listed_is_told_and_takes_no_other_with_it() {
    let (store, disk) = (Store::new(), TrialDisk::default());
    let mut journal = Journal::open(&disk, &store.paths.state).unwrap();
    let all = ["a", "b"].map(|label| store.old_channel(label));
    for id in &all {
        hands(&store, &disk, "run").archive(&mut journal, id, "INACTIVE", None).unwrap();
    }
    let folder = store.paths.archived(&all[0]).body.parent().unwrap().to_path_buf();
    disk.failing.borrow_mut().insert(folder.clone(), 5);
    let chosen = hands(&store, &disk, "next").choose(&journal, &Choice::Reason("INACTIVE")).unwrap();
    assert_eq!(chosen.ids, std::slice::from_ref(&all[1]));
    assert_eq!(chosen.unread.iter().map(|found| &found.path).collect::<Vec<_>>(), [&folder]);
}

/// Spoils a copy while the run waits for what is still under way.
struct Spoils<'a>(TrialClock, &'a Path);

impl Clock for Spoils<'_> {
    fn wall(&self) -> i64 {
        self.0.wall()
    }

    fn steady(&self) -> i64 {
        self.0.steady()
    }

    fn pause(&self, ms: u64) {
        fs::write(self.1, fs::read_to_string(self.1).unwrap().replace("MSG", "XSG")).unwrap();
        self.0.pause(ms);
    }
}

#[test]
fn rule_14_a_run_reads_back_what_it_moved() {
    let (store, disk) = (Store::new(), TrialDisk::default());
    let a = store.old_channel("a");
    let run = |journal: &mut Journal<'_>, now: i64, clock: &dyn Clock| {
        disk.now.set(now);
        let made = plan(&store, &disk, now, &policy(90.0), None);
        let hands = Hands { now, ..hands(&store, &disk, "run") };
        carry_out(&hands, clock, journal, &made, Some(&made.digest)).unwrap()
    };
    let mut journal = Journal::open(&disk, &store.paths.state).unwrap();
    run(&mut journal, NOW, &TrialClock::at(NOW));
    let cold = store.paths.archived(&a).body;
    let done = run(&mut journal, NOW + 15 * DAY, &Spoils(TrialClock::at(NOW + 15 * DAY), &cold));
    assert_eq!((done.read_back, done.damaged), (1, vec![Target::Item(a)]));
}

fn owned(store: &Store, labels: &[&str]) -> Vec<ItemId> {
    let owner = KEY.replace('-', "/");
    let ids: Vec<ItemId> = labels.iter().map(|label| store.old_channel(label)).collect();
    for id in &ids {
        let text = format!("{{\"channel\":\"{id}\",\"owners\":[\"{owner}\"]}}\n");
        store.write(&store.paths.live(id).metadata, &text);
    }
    let pins: Vec<String> = ids.iter().map(|id| format!("\"{id}\"")).collect();
    store.pin_log(&format!("[\"PIN\",[{}],1779000000000]\n", pins.join(",")));
    ids
}

#[test]
fn what_its_owner_removed_after_a_first_try_does_not_come_back_with_the_account() {
    let (store, disk) = (Store::new(), TrialDisk::default());
    let ids = owned(&store, &["a", "b"]);
    let mut journal = Journal::open(&disk, &store.paths.state).unwrap();
    let hands = hands(&store, &disk, "run");
    hands.archive_account(&mut journal, &key(), None, "spam").unwrap();
    store.old_channel("b");
    let first = hands.restore_account(&mut journal, &key()).unwrap();
    assert_eq!((first.moved.len(), first.failed.len()), (2, 1), "{first:?}");
    removed_by_its_owner(&store, &ids[0]);
    store.paths.live(&ids[1]).moved().for_each(|path| drop(fs::remove_file(path)));
    let second = hands.restore_account(&mut journal, &key()).unwrap();
    assert_eq!(second.left, [(ids[0].clone(), Left::Removed)]);
    assert!(second.failed.is_empty() && !store.paths.live(&ids[0]).body.exists());
    assert!(store.paths.live(&ids[1]).body.exists());
}

/// Lets something happen at the question with this number.
struct At<'a> {
    left: Cell<u32>,
    does: &'a dyn Fn(),
}

impl Going for At<'_> {
    fn told(&self, _: &'static str, _: usize, _: usize) {}

    fn ends(&self) -> bool {
        if self.left.get() == 0 {
            (self.does)();
        }
        self.left.set(self.left.get().wrapping_sub(1));
        false
    }
}

#[test]
fn an_error_in_the_middle_of_an_account_loses_nothing_of_what_was_done() {
    let (store, disk) = (Store::new(), TrialDisk::default());
    let ids = owned(&store, &["a", "b", "c"]);
    let order: Vec<ItemId> =
        ids.iter().cloned().collect::<std::collections::BTreeSet<_>>().into_iter().collect();
    let bad = store.paths.live(&order[1]);
    let going = At {
        left: Cell::new(2),
        does: &|| {
            disk.failing.borrow_mut().insert(bad.metadata.clone(), 5);
        },
    };
    let mut journal = Journal::open(&disk, &store.paths.state).unwrap();
    let hands = Hands { going: &going, ..hands(&store, &disk, "run") };
    let done = hands.archive_account(&mut journal, &key(), None, "spam").unwrap();
    assert!(done.moved.contains(&Target::Item(order[0].clone())), "{done:?}");
    assert!(done.moved.contains(&Target::Item(order[2].clone())), "{done:?}");
    assert_eq!(done.failed.iter().map(|(id, _)| id).collect::<Vec<_>>(), [&Target::Item(order[1].clone())]);
    disk.failing.borrow_mut().clear();
    let done = hands.archive_account(&mut journal, &key(), None, "spam").unwrap();
    assert!(done.failed.is_empty(), "{done:?}");
    disk.failing.borrow_mut().insert(store.paths.live(&order[1]).placeholder, 5);
    let done = hands.restore_account(&mut journal, &key()).unwrap();
    assert_eq!(done.failed.iter().map(|(id, _)| id).collect::<Vec<_>>(), [&Target::Item(order[1].clone())]);
    assert!(store.paths.live(&order[0]).body.exists() && store.paths.live(&order[2]).body.exists());
}

/// An account begins to name two documents while they move, and one of them cannot be moved back.
#[test]
fn what_could_not_be_moved_back_at_once_is_told_and_hides_nothing_else() {
    struct Pins<'a>(&'a Store, &'a TrialDisk, [ItemId; 3]);
    impl Going for Pins<'_> {
        fn told(&self, doing: &'static str, done: usize, of: usize) {
            if doing == "carrying out the plan" && done == of {
                let [a, b, c] = &self.2;
                self.0.pin_log(&format!("[\"PIN\",[\"{a}\",\"{b}\"],{NOW}]\n"));
                self.1.refusing.borrow_mut().insert(self.0.paths.live(a).body, 28);
                self.0.write(&self.0.paths.live(c).body, "written on\n");
            }
        }

        fn ends(&self) -> bool {
            false
        }
    }
    let (store, disk) = (Store::new(), TrialDisk::default());
    let ids = ["a", "b", "c"].map(|label| store.old_channel(label));
    let mut journal = Journal::open(&disk, &store.paths.state).unwrap();
    for id in &ids {
        let mark = hands(&store, &disk, "mark").record(Did::Mark, &Target::Item(id.clone()), Step::Done);
        journal.note(Record { at: NOW - 20 * DAY, ..mark }).unwrap();
    }
    let made = plan(&store, &disk, NOW, &policy(90.0), None);
    let going = Pins(&store, &disk, ids.clone());
    let hands = Hands { going: &going, ..hands(&store, &disk, "run") };
    let done = carry_out(&hands, &TrialClock::at(NOW), &mut journal, &made, Some(&made.digest)).unwrap();
    assert_eq!(done.moved_back, [Target::Item(ids[1].clone())], "{done:?}");
    assert!(matches!(&done.not_moved_back[..], [(id, _)] if *id == Target::Item(ids[0].clone())), "{done:?}");
    assert_eq!(done.late_writes, [Target::Item(ids[2].clone())], "the last look was made all the same");
}
