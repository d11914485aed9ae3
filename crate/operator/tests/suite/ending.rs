//! The end that an operator wants comes between two ids, at every one of them; a process that is killed anywhere is finished by the next.

use crate::program::{command, configured, run};
use crate::rules::{plan, policy};
use crate::store::{DAY, KEY, NOW, Store, TrialClock, TrialDisk, id};
use pinfold_datadir::real::RealDisk;
use pinfold_operator::archive::Hands;
use pinfold_operator::cooling::{Together, Wish};
use pinfold_operator::finish::finish;
use pinfold_operator::going::{Going, Quietly};
use pinfold_operator::journal::{Act, Journal, Record, Step, Target};
use pinfold_operator::run::{Done, Stop, carry_out};
use pinfold_operator::survey::{Refusal, watched};
use std::cell::Cell;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

const LABELS: [&str; 5] = ["a", "b", "c", "d", "e"];

/// Wants the end at the question with this number.
struct EndsAt(Cell<u32>);

impl Going for EndsAt {
    fn told(&self, _: &'static str, done: usize, of: usize) {
        assert!(of == 0 || done <= of);
    }

    fn ends(&self) -> bool {
        match self.0.get() {
            0 => true,
            left => {
                self.0.set(left - 1);
                false
            }
        }
    }
}

fn carry(
    store: &Store,
    disk: &TrialDisk,
    plan: &pinfold_operator::plan::Plan,
    now: i64,
    question: u32,
) -> Result<Done, Stop> {
    disk.now.set(now);
    let mut journal = Journal::open(disk, &store.paths.state).unwrap();
    let going = EndsAt(Cell::new(question));
    let hands = Hands { disk, paths: &store.paths, run: format!("run-{question}"), now, going: &going };
    carry_out(&hands, &TrialClock::at(now), &mut journal, plan, Some(&plan.digest))
}

#[test]
fn a_run_ends_between_two_ids_and_the_next_goes_on() {
    let mut moved = Vec::new();
    for question in 0.. {
        let (store, disk) = (Store::new(), TrialDisk::default());
        LABELS.iter().for_each(|label| drop(store.old_channel(label)));
        let first = plan(&store, &disk, NOW, &policy(90.0), None);
        carry(&store, &disk, &first, NOW, u32::MAX).unwrap();
        let later = NOW + 15 * DAY;
        let second = plan(&store, &disk, later, &policy(90.0), None);
        let done = carry(&store, &disk, &second, later, question);
        let journal = Journal::open(&disk, &store.paths.state).unwrap();
        assert_eq!(journal.unfinished(), [], "question {question}");
        match done {
            Ok(done) => {
                moved.push(done.archived.len());
                let there =
                    LABELS.iter().filter(|label| store.paths.archived(&id(label)).body.exists()).count();
                assert_eq!((there, done.ended), (done.archived.len(), there < LABELS.len()));
                if !done.ended {
                    break;
                }
            }
            Err(Stop::Refused(Refusal::Ended)) => assert!(!store.paths.archive.exists()),
            Err(other) => panic!("{other}"),
        }
        let rest = carry(&store, &disk, &second, later, u32::MAX).unwrap();
        assert!(
            LABELS.iter().all(|label| store.paths.archived(&id(label)).body.exists()),
            "question {question}: {rest:?}"
        );
    }
    assert_eq!(moved, [0, 1, 2, 3, 4, 5]);
}

/// A group takes its last step only after one more look: a hold that comes while it is under way leaves all of it where it is.
#[test]
fn a_hold_in_the_middle_of_a_group_leaves_all_of_it() {
    let (store, disk) = (Store::new(), TrialDisk::default());
    let ids: Vec<_> = LABELS.iter().map(|label| store.old_channel(label)).collect();
    store.archived_twin("b");
    let before = store.names();
    let mut journal = Journal::open(&disk, &store.paths.state).unwrap();
    let hands = Hands { disk: &disk, paths: &store.paths, run: "run".into(), now: NOW, going: &Quietly };
    let wishes: Vec<_> =
        ids.iter().map(|id| Wish { id, reason: "INACTIVE", seen: None, sample: false }).collect();
    let mut both = 0;
    let done = hands.archive_together(&mut journal, &wishes, &mut || {
        both = ids.iter().filter(|id| store.paths.archived(*id).body.exists()).count();
        Err("a hold")
    });
    assert!(matches!(done, Ok(Together::Not("a hold"))));
    assert_eq!((both, journal.unfinished()), (LABELS.len(), Vec::new()));
    // The older copy of one lies among the generations now, whole; everything else is as it was.
    let mut after = store.names();
    let b = store.paths.archived(&id("b"));
    for (path, name) in [(&b.body, "log.ndjson"), (&b.metadata, "metadata.ndjson")] {
        let relative = |path: &Path| path.strip_prefix(store.folder.path()).unwrap().to_path_buf();
        let older = after.remove(&relative(&store.paths.generations(&id("b")).join("1").join(name))).unwrap();
        after.insert(relative(path), older);
    }
    assert_eq!(after, before);
}

/// What a cut run announced and did not begin is not carried out by the next: an account may name it by now.
#[test]
fn what_was_only_announced_is_taken_back() {
    let (store, disk) = (Store::new(), TrialDisk::default());
    let ids: Vec<_> = LABELS.iter().map(|label| store.old_channel(label)).collect();
    let before = store.names();
    let wishes: Vec<_> =
        ids.iter().map(|id| Wish { id, reason: "INACTIVE", seen: None, sample: false }).collect();
    // The power goes after the lines of the intents.
    let cut = TrialDisk::cut_before(1);
    let mut journal = Journal::open(&cut, &store.paths.state).unwrap();
    let hands = Hands { disk: &cut, paths: &store.paths, run: "run".into(), now: NOW, going: &Quietly };
    let _ = hands.archive_together(&mut journal, &wishes, &mut || Ok::<(), ()>(()));
    let mut journal = Journal::open(&disk, &store.paths.state).unwrap();
    assert_eq!(journal.unfinished().len(), LABELS.len());
    let hands = Hands { disk: &disk, paths: &store.paths, run: "next".into(), now: NOW, going: &Quietly };
    let all = finish(&hands, &mut journal).unwrap();
    assert_eq!((all.finished.len(), all.taken_back.len(), all.left.len()), (0, LABELS.len(), 0));
    assert_eq!((journal.unfinished(), store.names()), (Vec::new(), before));
}

/// What was marked stays marked when its move was taken back: nobody waits twice.
#[test]
fn a_move_that_was_taken_back_keeps_the_mark() {
    let (store, disk) = (Store::new(), TrialDisk::default());
    let a = Target::Item(store.old_channel("a"));
    let mut journal = Journal::open(&disk, &store.paths.state).unwrap();
    let hands = Hands { disk: &disk, paths: &store.paths, run: "run".into(), now: NOW, going: &Quietly };
    let mut note = |act, step, at| {
        journal.note(Record { at, ..hands.record(act, &a, step) }).unwrap();
        journal.marked_since(&a)
    };
    assert_eq!(note(Act::Mark, Step::Done, 1), Some(1));
    assert_eq!(note(Act::Archive, Step::Intent, 2), None);
    assert_eq!(note(Act::Archive, Step::Undone, 3), Some(1));
    assert_eq!(note(Act::Unmark, Step::Done, 4), None);
    assert_eq!(note(Act::Archive, Step::Undone, 5), None);
}

#[test]
fn a_look_that_was_ended_is_no_look() {
    let (store, disk) = (Store::new(), TrialDisk::default());
    LABELS.iter().for_each(|label| drop(store.old_channel(label)));
    store.pin_log("[\"PIN\",[],1779000000000]\n");
    let look = |question| watched(&disk, &store.paths, &TrialClock::at(NOW), &EndsAt(Cell::new(question)));
    let first_whole = (0..).find(|question| !matches!(look(*question), Err(Refusal::Ended))).unwrap();
    assert!(first_whole > 8, "{first_whole}");
    assert_eq!(look(first_whole).unwrap().live.len(), LABELS.len());
}

/// A store whose only account owns many documents.
fn owned(count: usize) -> Store {
    let store = configured();
    let owner = KEY.replace('-', "/");
    let mut pins = Vec::new();
    for n in 0..count {
        let id = id(&n.to_string());
        let live = store.paths.live(&id);
        store.write(&live.body, &format!("[0,\"s\",\"MSG\",\"c\",\"{n}\",1]\n"));
        store.write(&live.metadata, &format!("{{\"channel\":\"{id}\",\"owners\":[\"{owner}\"]}}\n"));
        pins.push(format!("\"{id}\""));
    }
    store.pin_log(&format!("[\"PIN\",[{}],1779000000000]\n", pins.join(",")));
    store
}

/// Starts the program, and waits until its journal has grown to so many bytes. Answers whether it still runs.
fn until(store: &Store, arguments: &[&str], bytes: u64) -> (Child, bool) {
    let mut child =
        command(store.folder.path(), arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let journal = store.paths.state.join("acts.ndjson");
    loop {
        let ended = child.try_wait().unwrap().is_some();
        if ended || fs::metadata(&journal).is_ok_and(|journal| journal.len() >= bytes) {
            return (child, !ended);
        }
        std::thread::sleep(Duration::from_micros(200));
    }
}

fn length(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |file| file.len())
}

#[test]
fn an_interrupted_program_says_so_and_leaves_nothing_half_done() {
    const COUNT: usize = 150;
    let store = owned(COUNT);
    let base = store.folder.path();
    for (signal, arguments) in
        [("-INT", &["archive-account", KEY, "--reason", "x"][..]), ("-TERM", &["restore-account", KEY])]
    {
        let begun = length(&store.paths.state.join("acts.ndjson"));
        let (mut child, runs) = until(&store, arguments, begun + 4_000);
        assert!(runs, "{arguments:?} ended too soon to be interrupted");
        assert!(Command::new("kill").arg(signal).arg(child.id().to_string()).status().unwrap().success());
        assert_eq!(child.wait().unwrap().code(), Some(130), "{arguments:?}");
        let journal = Journal::open(&RealDisk, &store.paths.state).unwrap();
        // The account as a whole is under way, and no document of it is.
        let open: Vec<_> = journal.unfinished().into_iter().map(|record| record.id).collect();
        assert!(open.iter().all(|id| matches!(id, Target::Report(_))), "{open:?}");
        let live = (0..COUNT).filter(|n| store.paths.live(&id(&n.to_string())).body.exists()).count();
        assert!((1..COUNT).contains(&live), "{live}");
        let _ = run(base, arguments);
        assert_eq!(run(base, &["finish"]).0, 0);
        let live = (0..COUNT).filter(|n| store.paths.live(&id(&n.to_string())).body.exists()).count();
        assert_eq!(live, if signal == "-INT" { 0 } else { COUNT });
    }
}
