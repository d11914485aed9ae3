//! More rules of deletion, each by itself: what bounds a run and a look, and what was changed beside them.

use crate::rules::{carry, does, does_target, plan, policy};
use crate::store::{DAY, KEY, NOW, Store, Times, TrialClock, TrialDisk};
use pinfold_datadir::config::{Config, Plain};
use pinfold_datadir::decrees::Decrees;
use pinfold_datadir::disk::{Disk, Listed, Stat};
use pinfold_datadir::id::{ItemId, KeyName};
use pinfold_operator::archive::Hands;
use pinfold_operator::audit::Auditor;
use pinfold_operator::clock::{ClockError, compare};
use pinfold_operator::foreign::undisturbed;
use pinfold_operator::going::Quietly;
use pinfold_operator::journal::{Act, Journal, Step, Target};
use pinfold_operator::notices::{Sent, note_sent};
use pinfold_operator::plan::Does;
use pinfold_operator::policy::Policy;
use pinfold_operator::preflight::{Months, Part, preflight};
use pinfold_operator::purge;
use pinfold_operator::run::Stop;
use pinfold_operator::survey::{Refusal, survey};
use pinfold_operator::verdict::Keep;
use pinfold_operator::waits::Wait;
use std::fs;
use std::io;
use std::path::Path;

/// Marks one document, 20 days before.
fn mark(store: &Store, disk: &TrialDisk, id: &ItemId) {
    let mut journal = Journal::open(disk, &store.paths.state).unwrap();
    let hands = Hands { disk, paths: &store.paths, run: "mark".into(), now: NOW - 20 * DAY, going: &Quietly };
    journal.note(hands.record(Act::Mark, &Target::Item(id.clone()), Step::Done)).unwrap();
}

/// A plan for moving documents removes none, and the other way round.
#[test]
fn rule_1_no_run_takes_what_a_plan_for_another_phase_names() {
    let (store, disk) = (Store::new(), TrialDisk::default());
    let a = store.old_channel("a");
    mark(&store, &disk, &a);
    let made = plan(&store, &disk, NOW, &policy(90.0), None);
    let mut journal = Journal::open(&disk, &store.paths.state).unwrap();
    let hands = Hands { disk: &disk, paths: &store.paths, run: "run".into(), now: NOW, going: &Quietly };
    let done = purge::carry_out(&hands, &TrialClock::at(NOW), &mut journal, &made, Some(&made.digest));
    assert!(matches!(done, Err(Stop::Purpose)));
    drop(journal);
    assert_eq!(carry(&store, &disk, &made, &TrialClock::at(NOW), true).unwrap().archived.len(), 1);
    // What was moved a moment ago is no candidate for removal, whatever its age.
    let made = plan(&store, &disk, NOW, &policy(90.0), Some(&Default::default()));
    assert_eq!(made.head.totals.remove_ids, 0);
}

/// A disk that hands out what was there before: a cache between this machine and the store.
struct Stale<'a>(&'a TrialDisk);

impl Disk for Stale<'_> {
    fn open(&self, path: &Path) -> io::Result<Box<dyn io::Read>> {
        if path.ends_with(".stamp") { Ok(Box::new(&b"of yesterday"[..])) } else { self.0.open(path) }
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<Listed>> {
        self.0.list(folder)
    }

    fn stat(&self, path: &Path) -> io::Result<Stat> {
        self.0.stat(path)
    }

    fn make_one_folder(&self, folder: &Path) -> io::Result<()> {
        self.0.make_one_folder(folder)
    }

    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.0.link(from, to)
    }

    fn unlink(&self, path: &Path) -> io::Result<()> {
        self.0.unlink(path)
    }

    fn create(&self, path: &Path, content: &mut dyn io::Read) -> io::Result<()> {
        self.0.create(path, content)
    }

    fn append(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        self.0.append(path, bytes)
    }

    fn rename_over(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.0.rename_over(from, to)
    }

    fn set_times(&self, path: &Path, mtime: i64, atime: i64) -> io::Result<()> {
        self.0.set_times(path, mtime, atime)
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        self.0.sync_folder(folder)
    }
}

/// A time of the file system counts only with what was written: otherwise it may be that of another file.
#[test]
fn rule_5_a_stamp_that_is_not_read_back_stops_everything() {
    let (store, disk) = (Store::new(), TrialDisk::default());
    disk.now.set(NOW);
    let clock = TrialClock::at(NOW);
    assert!(compare(&disk, &store.paths.state, &clock).is_ok());
    assert!(matches!(compare(&Stale(&disk), &store.paths.state, &clock), Err(ClockError::ReadBack(_))));
}

#[test]
fn rule_9_the_cap_is_of_bytes_as_well() {
    for (length, needs) in [(10, false), (100_000, true)] {
        let (store, disk) = (Store::new(), TrialDisk::default());
        for n in 0..300 {
            store.old_channel(&format!("{n}"));
        }
        let a = store.old_channel("a");
        store.write(&store.paths.live(&a).body, &"x".repeat(length));
        mark(&store, &disk, &a);
        let made = plan(&store, &disk, NOW, &policy(90.0), None);
        assert_eq!((made.head.totals.take_ids, made.needs_consent()), (1, needs), "{length} bytes");
        let done = carry(&store, &disk, &made, &TrialClock::at(NOW), false);
        assert_eq!(matches!(done, Err(Stop::Consent(_))), needs, "{length} bytes");
    }
}

#[test]
fn rule_9_the_cap_is_of_ids_however_small_they_are() {
    let (store, disk) = (Store::new(), TrialDisk::default());
    for n in 0..50 {
        store.old_channel(&format!("{n}"));
    }
    let large = store.old_channel("large");
    store.write(&store.paths.live(&large).body, &"x".repeat(1_000_000));
    let a = store.old_channel("a");
    mark(&store, &disk, &a);
    let made = plan(&store, &disk, NOW, &policy(90.0), None);
    assert_eq!((made.head.totals.take_ids, made.needs_consent()), (1, true));
    assert!(matches!(carry(&store, &disk, &made, &TrialClock::at(NOW), false), Err(Stop::Consent(_))));
}

/// The run does exactly what the plan had printed. Of every document that stays, the run gives the reason that the plan gave.
#[test]
fn what_a_plan_says_is_what_the_run_does() {
    let (store, disk) = (Store::new(), TrialDisk::default());
    let labels = ["taken", "also taken", "unmarked", "pinned", "changed"];
    let ids = labels.map(|label| store.old_channel(label));
    store.pin_log(&format!("[\"PIN\",[\"{}\"],1779000000000]\n", ids[3]));
    disk.mtimes.borrow_mut().insert(store.paths.live(&ids[4]).body, NOW - DAY);
    for id in &ids[..2] {
        mark(&store, &disk, id);
    }
    let now = || plan(&store, &disk, NOW, &policy(90.0), None);
    let (made, said) = (now(), labels.map(|label| does(&now(), label)));
    assert_eq!(said.iter().filter(|does| matches!(does, Does::Take { .. })).count(), 2);
    let mut done = carry(&store, &disk, &made, &TrialClock::at(NOW), true).unwrap();
    let mut takes: Vec<Target> = made
        .entries
        .iter()
        .filter(|entry| matches!(entry.does, Does::Take { .. }))
        .map(|entry| entry.id)
        .collect();
    done.archived.sort();
    takes.sort();
    assert_eq!((done.archived, done.skipped.len()), (takes, 0));
    let after = now();
    assert!(after.entries.iter().all(|entry| !matches!(entry.does, Does::Take { .. })));
    assert_eq!(does(&after, "pinned"), said[3]);
    assert_eq!(does(&after, "changed"), said[4]);
}

/// Another file in its place, as long and as old: the number tells.
#[test]
fn rule_10_what_was_exchanged_since_the_plan_stays() {
    let (store, disk) = (Store::new(), TrialDisk::default());
    let a = store.old_channel("a");
    mark(&store, &disk, &a);
    let made = plan(&store, &disk, NOW, &policy(90.0), None);
    let body = store.paths.live(&a).body;
    fs::write(body.with_extension("new"), fs::read(&body).unwrap()).unwrap();
    fs::rename(body.with_extension("new"), &body).unwrap();
    let done = carry(&store, &disk, &made, &TrialClock::at(NOW), true).unwrap();
    assert!(done.archived.is_empty() && done.skipped.len() == 1, "{done:?}");
}

/// Who was ever sent a notice can be written to: then consent alone does not do, and the next stage comes after this one was really sent.
#[test]
fn rule_15_what_a_notice_can_be_sent_about_waits_for_it() {
    let key: KeyName = KEY.parse().unwrap();
    let archived = |notices: &[i64]| {
        let (store, disk) = (Store::new(), TrialDisk::default());
        let a = store.old_channel("a");
        store.pin_log(&format!("[\"PIN\",[\"{a}\"],1779000000000]\n[\"UNPIN\",[\"{a}\"],1779000000001]\n"));
        mark(&store, &disk, &a);
        for at in notices {
            note_sent(&disk, &store.paths.state, &Sent { account: key.clone(), at: *at }).unwrap();
        }
        let made = plan(&store, &disk, NOW, &policy(90.0), None);
        let done = carry(&store, &disk, &made, &TrialClock::at(NOW), true).unwrap();
        assert_eq!(done.archived.len() + done.skipped.len(), 1);
        done.archived.len()
    };
    assert_eq!(archived(&[]), 1, "nobody knows where to write to");
    assert_eq!(archived(&[NOW - 30 * DAY]), 0, "it was marked since");
    assert_eq!(archived(&[NOW - 30 * DAY, NOW - 13 * DAY]), 0, "not long enough ago");
    assert_eq!(archived(&[NOW - 30 * DAY, NOW - 15 * DAY]), 1);
}

/// The log of a team gets no line while its members work: by its date alone nothing of it goes, and it is listed.
#[test]
fn what_a_team_names_stays_however_old_its_log_is() {
    let (store, disk) = (Store::new(), TrialDisk::default());
    let (team, person) = (store.old_channel("team"), store.old_channel("person"));
    let old = NOW - 900 * DAY;
    let list = |command: &str, id: &ItemId, more: &str| format!("[\"{command}\",[\"{id}\"{more}],{old}]\n");
    let other: KeyName = format!("{}=", "A".repeat(43)).parse().unwrap();
    store.write(&store.paths.pin_log(&other), &list("RESET", &team, ""));
    store.pin_log(&list("PIN", &person, &format!(",\"{KEY}#block\"")));
    let mut config = Config::default();
    config.set("accountRetentionTime", Plain::Number(365.0));
    let policy = Policy::of(&config, &Decrees::default()).unwrap();
    let made = plan(&store, &disk, NOW, &policy, None);
    assert!(
        matches!(does(&made, "team"), Does::Keep { reason: Keep::Doubtful, account: Some(key) } if key == other)
    );
    assert_eq!(does(&made, "person"), Does::Wait { wait: Wait::Mark });
    assert!(matches!(
        does_target(&made, &Target::PinLog(other.clone())),
        Does::Keep { reason: Keep::Doubtful, .. }
    ));
    let seen = survey(&disk, &store.paths, NOW, &mut |_, _| ()).unwrap();
    let audit = Auditor::default().finish(&seen);
    let report = preflight(&seen, &made, &audit, Months::before(NOW), &[], None);
    let listed: Vec<_> =
        report.doubts.iter().map(|doubt| (&doubt.key, doubt.old_team, doubt.protects)).collect();
    assert_eq!(listed, [(&other, true, 1)]);
}

/// What could go is told by kind and age.
#[test]
fn what_could_go_is_told_by_kind_and_age() {
    let (store, disk) = (Store::new(), TrialDisk::default());
    let a = store.old_channel("a");
    store.old_channel("another");
    mark(&store, &disk, &a);
    let made = plan(&store, &disk, NOW, &policy(90.0), None);
    let seen = survey(&disk, &store.paths, NOW, &mut |_, _| ()).unwrap();
    let audit = Auditor::default().finish(&seen);
    let report = preflight(&seen, &made, &audit, Months::before(NOW), &[], None);
    let told = |parts: &[Part]| {
        let some = parts.iter().filter(|part| part.sum.count > 0);
        some.map(|part| (part.name, part.sum)).collect::<Vec<_>>()
    };
    assert_eq!(told(&report.could_go_kinds), [("documents", report.could_go)]);
    assert_eq!(told(&report.could_go_ages), [("under a year", report.could_go)]);
}

#[test]
fn rule_12_a_look_beside_which_others_move_documents_is_begun_again() {
    let (store, disk) = (Store::new(), TrialDisk::default());
    let a = store.old_channel("a");
    disk.now.set(NOW);
    store.archived_twin("theirs");
    let theirs = crate::store::id("theirs");
    store.write(&store.paths.live(&theirs).placeholder, "INACTIVE");
    let journal = Journal::open(&disk, &store.paths.state).unwrap();
    let look = |clock: &TrialClock| undisturbed(&disk, &store.paths, clock, &Quietly, &journal);
    assert!(look(&TrialClock::at(NOW)).is_ok());
    let moved = store.paths.archived(&theirs).body;
    disk.set(&moved, Times { ctime: NOW + 1, ..Times::all(NOW - 200 * DAY) });
    assert!(matches!(look(&TrialClock::at(NOW)), Err(Stop::Refused(Refusal::Moving(1)))));
    // A look that began later is not disturbed by it.
    let (seen, began) = look(&TrialClock::at(NOW + 1)).unwrap();
    assert_eq!((seen.live.iter().any(|item| item.id == a), began), (true, NOW + 1));
}
