//! What ends a run in the middle: a hold, a full disk, a write. What was done is told, what protects is on the disk, and nothing half-known is
//! written on.

use crate::program::{command, configured};
use crate::rules::{carry, plan, policy};
use crate::store::{DAY, KEY, NOW, Store, Times, TrialClock, TrialDisk, id};
use pinfold_datadir::id::ItemId;
use pinfold_operator::archive::{ActError, Hands};
use pinfold_operator::cooling::{GROUP, Together, Wish};
use pinfold_operator::going::{Going, Quietly};
use pinfold_operator::hold::{self, Hold};
use pinfold_operator::journal::{Act, Journal, Step, Target};
use pinfold_operator::run::{Stop, carry_out};
use std::cell::Cell;
use std::fs;
use std::io::Write;

/// Sets a hold at the question with this number.
struct HoldsAt<'a> {
    store: &'a Store,
    left: Cell<u32>,
}

impl Going for HoldsAt<'_> {
    fn told(&self, _: &'static str, _: usize, _: usize) {}

    fn ends(&self) -> bool {
        if self.left.get() == 0 {
            let hold = Hold { by: "anna".into(), why: "wait".into(), since: NOW, before: None };
            hold::set(&TrialDisk::default(), &self.store.paths, &hold).unwrap();
        }
        self.left.set(self.left.get().wrapping_sub(1));
        false
    }
}

fn live(store: &Store, count: usize) -> usize {
    (0..count).filter(|n| store.paths.live(&id(&n.to_string())).body.exists()).count()
}

#[test]
fn a_hold_in_the_middle_of_a_run_is_told_with_what_was_done() {
    // More than two groups: a hold is seen before anything of a group is taken away.
    const COUNT: usize = 2 * GROUP + 44;
    let (store, disk) = (Store::new(), TrialDisk::default());
    (0..COUNT).for_each(|n| drop(store.old_channel(&n.to_string())));
    let first = plan(&store, &disk, NOW, &policy(90.0), None);
    carry(&store, &disk, &first, &TrialClock::at(NOW), true).unwrap();
    let later = NOW + 15 * DAY;
    let second = plan(&store, &disk, later, &policy(90.0), None);
    let mut middle = 0;
    for question in (1..900).step_by(75) {
        let _ = fs::remove_file(store.paths.state.join("HOLD"));
        let before = live(&store, COUNT);
        let mut journal = Journal::open(&disk, &store.paths.state).unwrap();
        let going = HoldsAt { store: &store, left: Cell::new(question) };
        let hands = Hands {
            disk: &disk,
            paths: &store.paths,
            run: format!("run-{question}"),
            now: later,
            going: &going,
        };
        disk.now.set(later);
        let done =
            carry_out(&hands, &TrialClock::at(later), &mut journal, &second, Some(&second.digest)).unwrap();
        assert_eq!(done.archived.len(), before - live(&store, COUNT));
        assert_eq!(journal.unfinished(), []);
        if let Some(stop) = &done.stop {
            assert!(matches!(stop, Stop::Hold(_)), "{stop}");
            assert_eq!(done.not_reached as usize, COUNT - done.archived.len() - done.skipped.len());
            middle += usize::from(!done.archived.is_empty() && done.not_reached > 0);
        }
    }
    assert!(middle > 0, "no hold came in the middle");
}

/// Whoever sets a hold before anything of a group is taken away keeps all of it.
#[test]
fn a_hold_that_comes_while_a_group_is_collected_moves_none_of_it() {
    const COUNT: usize = 5;
    for question in 0.. {
        let (store, disk) = (Store::new(), TrialDisk::default());
        (0..COUNT).for_each(|n| drop(store.old_channel(&n.to_string())));
        let first = plan(&store, &disk, NOW, &policy(90.0), None);
        carry(&store, &disk, &first, &TrialClock::at(NOW), true).unwrap();
        let later = NOW + 15 * DAY;
        let second = plan(&store, &disk, later, &policy(90.0), None);
        disk.now.set(later);
        let mut journal = Journal::open(&disk, &store.paths.state).unwrap();
        let going = HoldsAt { store: &store, left: Cell::new(question) };
        let hands = Hands { disk: &disk, paths: &store.paths, run: "run".into(), now: later, going: &going };
        let done =
            carry_out(&hands, &TrialClock::at(later), &mut journal, &second, Some(&second.digest)).unwrap();
        if !store.paths.state.join("HOLD").exists() {
            assert_eq!((done.archived.len(), live(&store, COUNT)), (COUNT, 0));
            assert!(question > COUNT as u32);
            break;
        }
        assert!(matches!(done.stop, Some(Stop::Hold(_))), "question {question}: {done:?}");
        assert_eq!((done.archived.len(), live(&store, COUNT)), (0, COUNT), "question {question}");
    }
}

/// A mark waits for others, so that the disk is waited for once. Where a hold comes before that it is not written, and not told.
#[test]
fn a_mark_that_a_hold_kept_from_the_disk_is_not_counted() {
    let (store, disk) = (Store::new(), TrialDisk::default());
    let mut labels = ["a", "b"];
    labels.sort_by_key(|label| id(label));
    let taken = store.old_channel(labels[1]);
    let first = plan(&store, &disk, NOW, &policy(90.0), None);
    carry(&store, &disk, &first, &TrialClock::at(NOW), true).unwrap();
    let unmarked = store.old_channel(labels[0]);
    let later = NOW + 15 * DAY;
    let second = plan(&store, &disk, later, &policy(90.0), None);
    disk.now.set(later);
    let mut journal = Journal::open(&disk, &store.paths.state).unwrap();
    let going = HoldsAt { store: &store, left: Cell::new(1) };
    let hands = Hands { disk: &disk, paths: &store.paths, run: "run".into(), now: later, going: &going };
    let done =
        carry_out(&hands, &TrialClock::at(later), &mut journal, &second, Some(&second.digest)).unwrap();
    assert!(matches!(done.stop, Some(Stop::Hold(_))) && store.paths.live(&taken).body.exists(), "{done:?}");
    assert_eq!((done.marked, journal.marked_since(&Target::Item(unmarked))), (0, None));
}

/// A store whose only account owns some documents.
fn owned(store: &Store, count: usize) {
    let owner = KEY.replace('-', "/");
    let ids: Vec<ItemId> = (0..count).map(|n| id(&n.to_string())).collect();
    for id in &ids {
        let live = store.paths.live(id);
        store.write(&live.body, &format!("[0,\"s\",\"MSG\",\"c\",\"{id}\",1]\n"));
        store.write(&live.metadata, &format!("{{\"channel\":\"{id}\",\"owners\":[\"{owner}\"]}}\n"));
    }
    let pins: Vec<String> = ids.iter().map(|id| format!("\"{id}\"")).collect();
    store.pin_log(&format!("[\"PIN\",[{}],1779000000000]\n", pins.join(",")));
}

#[test]
fn a_hold_stops_an_account_and_tasks_before_the_next_id() {
    const COUNT: usize = 5;
    for question in 0..=COUNT as u32 {
        let (store, disk) = (Store::new(), TrialDisk::default());
        owned(&store, COUNT);
        for n in 0..COUNT {
            let line = format!("[1,\"EXPIRE\",\"{}\"]\n", id(&n.to_string()));
            store.write(&store.paths.tasks.join("0").join(format!("{n}.ndjson")), &line);
        }
        let mut journal = Journal::open(&disk, &store.paths.state).unwrap();
        let going = HoldsAt { store: &store, left: Cell::new(question) };
        let hands = Hands { disk: &disk, paths: &store.paths, run: "run".into(), now: NOW, going: &going };
        let all = hands.expire(&mut journal).unwrap();
        assert_eq!(all.not_reached + all.fates.len(), COUNT);
        assert_eq!(all.stop.is_some(), all.not_reached > 0);
        assert_eq!(live(&store, COUNT), all.not_reached, "question {question}");

        let (store, disk) = (Store::new(), TrialDisk::default());
        owned(&store, COUNT);
        let mut journal = Journal::open(&disk, &store.paths.state).unwrap();
        let going = HoldsAt { store: &store, left: Cell::new(question) };
        let hands = Hands { disk: &disk, paths: &store.paths, run: "run".into(), now: NOW, going: &going };
        let done = hands.archive_account(&mut journal, &KEY.parse().unwrap(), None, "x").unwrap();
        assert!(matches!(done.stop, Some(Stop::Hold(_))), "question {question}: {done:?}");
        assert_eq!(
            (live(&store, COUNT), done.moved.len()),
            (COUNT - done.moved.len(), (question as usize).min(COUNT))
        );
        assert!(store.paths.pin_log(&KEY.parse().unwrap()).exists());
    }
}

/// Between the plan and the unlink lies a group's way. What somebody writes to on that way stays, and so does a blob that somebody asks for.
#[test]
fn what_is_written_to_right_before_the_unlink_stays() {
    for two_devices in [false, true] {
        let (store, disk) = (Store::new(), TrialDisk::default());
        disk.two_devices.set(two_devices);
        let (a, b) = (store.old_channel("a"), store.old_channel("b"));
        let blob: ItemId = "f4529aa547ce9fc8ebbda06133d9ad0c12103627625293f9".parse().unwrap();
        let activity = store.paths.live(&blob).activity.unwrap();
        store.write(&store.paths.live(&blob).body, "body");
        store.write(&activity, "1");
        let before = store.names();
        let mut journal = Journal::open(&disk, &store.paths.state).unwrap();
        let hands = Hands { disk: &disk, paths: &store.paths, run: "run".into(), now: NOW, going: &Quietly };
        let wishes = [&a, &b, &blob].map(|id| Wish { id, reason: "INACTIVE", seen: None, sample: false });
        let body = store.paths.live(&a).body;
        let mut meanwhile = || -> Result<(), ()> {
            fs::OpenOptions::new().append(true).open(&body).unwrap().write_all(b"since\n").unwrap();
            disk.set(&body, Times::all(NOW));
            disk.set(&activity, Times::all(NOW));
            Ok(())
        };
        let done = hands.archive_together(&mut journal, &wishes, &mut meanwhile).unwrap();
        let Together::Each(each) = done else { panic!("nobody said no") };
        assert!(matches!(each[..], [Err(ActError::Changed), Ok(()), Err(ActError::Changed)]), "{each:?}");
        assert!(fs::read_to_string(&body).unwrap().ends_with("since\n"));
        let mut after = store.names();
        after.retain(|path, _| !path.to_string_lossy().contains(&b.to_string()));
        let as_before =
            before.into_iter().filter(|(path, _)| !path.to_string_lossy().contains(&b.to_string()));
        assert!(
            after.keys().eq(as_before.map(|(path, _)| path).collect::<Vec<_>>().iter()),
            "{:?}",
            after.keys()
        );
        assert_eq!(journal.unfinished(), []);
    }
}

/// What is no candidate any more is on the disk as such before any document moves.
#[test]
fn marks_end_before_anything_moves() {
    let mut cuts = 0;
    for cut in 0.. {
        let (store, disk) = (Store::new(), TrialDisk::default());
        let (a, b) = (store.old_channel("a"), store.old_channel("b"));
        let first = plan(&store, &disk, NOW, &policy(90.0), None);
        carry(&store, &disk, &first, &TrialClock::at(NOW), true).unwrap();
        store.pin_log(&format!("[\"PIN\",[\"{a}\"],{NOW}]\n"));
        let second = plan(&store, &disk, NOW + 15 * DAY, &policy(90.0), None);
        disk.left.set(Some(cut));
        let whole = carry(&store, &disk, &second, &TrialClock::at(NOW + 15 * DAY), true);
        disk.left.set(None);
        let journal = Journal::open(&disk, &store.paths.state).unwrap();
        let [a, b] = [a, b].map(Target::Item);
        if journal.last(&b).is_some_and(|last| last.act == Act::Archive) {
            cuts += 1;
            assert_eq!(journal.last(&a).map(|last| last.act), Some(Act::Unmark), "cut before write {cut}");
        }
        if whole.is_ok_and(|done| !done.archived.is_empty()) {
            break;
        }
    }
    assert!(cuts > 3, "{cuts}");
}

/// Half a line is on the disk. Whatever were added to it could be read as a part of it.
#[test]
fn nothing_is_added_to_a_journal_that_could_not_be_written() {
    let (store, disk) = (Store::new(), TrialDisk::default());
    let ids: Vec<ItemId> = ["a", "b", "c"].iter().map(|label| store.old_channel(label)).collect();
    let mut journal = Journal::open(&disk, &store.paths.state).unwrap();
    let hands = Hands { disk: &disk, paths: &store.paths, run: "run".into(), now: NOW, going: &Quietly };
    let mark = |id: &ItemId| hands.record(Act::Mark, &Target::Item(id.clone()), Step::Done);
    journal.note(mark(&ids[0])).unwrap();
    disk.left.set(Some(0));
    assert!(journal.note(mark(&ids[1])).is_err());
    disk.left.set(None);
    let file = store.paths.state.join("acts.ndjson");
    let before = fs::read(&file).unwrap();
    assert!(journal.note(mark(&ids[2])).is_err());
    assert!(journal.together(|journal| journal.note(mark(&ids[2]))).is_err());
    assert!(matches!(hands.archive(&mut journal, &ids[2], "INACTIVE", None), Err(ActError::Journal(_))));
    assert_eq!(fs::read(&file).unwrap(), before);
    let mut journal = Journal::open(&disk, &store.paths.state).unwrap();
    assert_eq!((journal.damage().len(), journal.marked_since(&Target::Item(ids[0].clone()))), (1, Some(NOW)));
    journal.note(mark(&ids[2])).unwrap();
    let journal = Journal::open(&disk, &store.paths.state).unwrap();
    let marked: Vec<_> = ids.iter().map(|id| journal.marked_since(&Target::Item(id.clone()))).collect();
    assert_eq!(marked, [Some(NOW), None, Some(NOW)]);
}

/// A folder whose names cannot be waited for: what was begun stays under way, nothing of it is lost, and the run ends.
#[test]
fn a_folder_that_cannot_be_waited_for_ends_the_run() {
    for error in [5 /* EIO */, 28 /* ENOSPC */] {
        for part in ["live", "archive", "journal"] {
            let (store, disk) = (Store::new(), TrialDisk::default());
            let ids: Vec<ItemId> = (0..3).map(|n| store.old_channel(&n.to_string())).collect();
            let first = plan(&store, &disk, NOW, &policy(90.0), None);
            carry(&store, &disk, &first, &TrialClock::at(NOW), true).unwrap();
            let second = plan(&store, &disk, NOW + 15 * DAY, &policy(90.0), None);
            let before = store.contents();
            let refusing = match part {
                "live" => store.paths.live(&ids[1]).body.parent().unwrap().to_path_buf(),
                "archive" => store.paths.archived(&ids[1]).body.parent().unwrap().to_path_buf(),
                _ => store.paths.state.join("acts.ndjson"),
            };
            disk.refusing.borrow_mut().insert(refusing, error);
            let done = carry(&store, &disk, &second, &TrialClock::at(NOW + 15 * DAY), true);
            let stopped = done.as_ref().is_ok_and(|done| done.stop.is_some() || !done.skipped.is_empty());
            assert!(done.is_err() || stopped, "{part}: {done:?}");
            assert!(before.is_subset(&store.contents()), "{part}");
            disk.refusing.borrow_mut().clear();
            let mut journal = Journal::open(&disk, &store.paths.state).unwrap();
            let hands =
                Hands { disk: &disk, paths: &store.paths, run: "next".into(), now: NOW, going: &Quietly };
            let all = pinfold_operator::finish::finish(&hands, &mut journal).unwrap();
            assert_eq!((all.left.len(), journal.unfinished().len()), (0, 0), "{part}: {all:?}");
            assert!(before.is_subset(&store.contents()), "{part}");
        }
    }
}

#[test]
fn a_hold_while_the_program_runs_has_its_own_exit_code() {
    const COUNT: usize = 100;
    let store = configured();
    owned(&store, COUNT);
    let journal = store.paths.state.join("acts.ndjson");
    let child = command(store.folder.path(), &["archive-account", KEY, "--reason", "x"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    while fs::metadata(&journal).map_or(0, |file| file.len()) < 4_000 {
        std::thread::sleep(std::time::Duration::from_micros(200));
    }
    let hold = command(store.folder.path(), &["hold", "--by", "anna", "--why", "wait", "--no-decrees"]);
    assert!({ hold }.output().unwrap().status.success());
    let out = child.wait_with_output().unwrap();
    let (said, why) = (String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
    assert_eq!(out.status.code(), Some(4), "{said}{why}");
    assert!(said.contains(" moved, ") && said.contains(" were not reached"), "{said}");
    assert!(why.contains("a hold is set: wait") && !why.contains("nothing was changed"), "{why}");
    assert!((1..COUNT).contains(&live(&store, COUNT)));
}
