//! Logs with holes, without signatures, half of them: each has its name, and nothing is called "never existed" for it.

use crate::support::{ACCOUNT, FOLDER, Log, drive, folder, id, investigate, investigate_as};
use pinfold_core::chainpad::Mode;
use pinfold_recovery::{Beginning, Claim, Fate, Investigation, Told};

fn written(states: u64) -> Log {
    let mut log = Log::new(ACCOUNT);
    for state in 1..=states {
        log.write(&drive(&(1..=state).collect::<Vec<_>>(), &[], &[]), state, 'a');
    }
    log
}

fn told(log: &Log, check: impl Fn(&Told)) -> Fate {
    let investigation = investigate(&[log]);
    check(investigation.documents()[0].live.as_ref().unwrap());
    investigation.fate(Claim::Title("Never seen"), &[])
}

#[test]
fn a_whole_log_proves_that_something_never_existed() {
    let fate = told(&written(5), |told| {
        assert_eq!((told.begins, told.holes, told.unread), (Beginning::Whole, 0, 0));
        assert!(told.is_unbroken());
    });
    assert!(matches!(fate, Fate::NeverExisted), "{fate:?}");
}

#[test]
fn a_hole_is_counted_and_proves_nothing() {
    for missing in 1..5 {
        let mut log = written(5);
        log.lines.remove(missing);
        let fate = told(&log, |told| {
            assert_eq!(told.holes, 5 - missing, "everything after it hangs on what is not there");
            let there = told.timeline.presences().iter().filter(|presence| presence.is_there()).count();
            assert_eq!(there, missing - 1, "what was known before it stays known");
        });
        assert!(matches!(fate, Fate::Unknown), "{fate:?}");
        assert_eq!(fate.as_str(), "unknown");
    }
    // The last line cannot be missed by anybody.
    let mut log = written(5);
    log.lines.pop();
    assert!(matches!(told(&log, |told| assert!(told.is_unbroken())), Fate::NeverExisted));
}

#[test]
fn the_second_half_of_a_range_begins_nowhere_and_proves_nothing() {
    let mut log = written(60);
    log.lines.drain(..20);
    let fate = told(&log, |told| {
        assert_eq!(told.begins, Beginning::Trimmed);
        assert!(told.holes > 0, "lines before the first checkpoint hang on what is not there");
        assert!(told.timeline.presences().len() >= 48, "from the checkpoint on it is read");
    });
    assert!(matches!(fate, Fate::Unknown), "{fate:?}");
}

#[test]
fn lines_that_do_not_open_are_counted_and_prove_nothing() {
    for damage in ["", "garbage", "cp|x|garbage"] {
        let mut log = written(5);
        log.lines[3].message = damage.to_owned();
        let fate = told(&log, |told| assert_eq!((told.unread, told.holes), (1, 2)));
        assert!(matches!(fate, Fate::Unknown), "{fate:?}");
    }
    // Signed by somebody else: the key of another channel.
    let (mut log, mut other) = (written(5), Log::new(FOLDER));
    other.write(&folder(&[1]), 1, 'a');
    log.lines.push(other.lines.remove(1));
    let fate = told(&log, |told| assert_eq!((told.unread, told.holes), (1, 0)));
    assert!(matches!(fate, Fate::Unknown), "{fate:?}");
}

#[test]
fn a_folder_that_was_not_read_may_have_held_it() {
    let mut log = Log::new(ACCOUNT);
    log.write(&drive(&[1], &[(9, FOLDER)], &[]), 1, 'a');
    let mut inner = Log::new(FOLDER);
    inner.write(&folder(&[2]), 1, 'a');
    let claim = Claim::Title("Never seen");
    assert!(matches!(investigate(&[&log, &inner]).fate(claim, &[]), Fate::NeverExisted));
    assert!(matches!(investigate(&[&log]).fate(claim, &[]), Fate::Unknown));
}

#[test]
fn a_clock_that_was_set_back_changes_no_order() {
    let mut log = Log::new(ACCOUNT);
    log.write(&drive(&[1, 2, 3], &[], &[]), 5_000, 'a');
    log.write(&drive(&[2, 3], &[], &[]), 4_000, 'b');
    log.write(&drive(&[2, 3, 1], &[], &[]), 10, 'b');
    log.write(&drive(&[2, 1], &[], &[]), 9_000, 'b');
    let investigation = investigate(&[&log]);
    assert_eq!(investigation.fate_of(&id(1), &[]).as_str(), "moved", "it came back, whatever the clock says");
    assert_eq!(investigation.losses().len(), 1);
    let told = investigation.documents()[0].live.as_ref().unwrap();
    let stays: Vec<_> =
        told.timeline.presences().iter().map(|stay| (stay.from.line, stay.to.map(|to| to.line))).collect();
    assert_eq!(stays, [(1, Some(2)), (1, None), (1, Some(4)), (3, None)]);
}

/// Over a live server nobody sees what a folder held before a client made it anew.
#[test]
fn a_folder_that_was_made_anew_may_have_held_it() {
    let mut log = Log::new(ACCOUNT);
    log.write(&drive(&[1], &[(9, FOLDER)], &[]), 1, 'a');
    let mut anew = Log::other_copy(FOLDER, Mode::ListMap);
    anew.write(r#"{"filesData":{},"root":{},"static":{}}"#, 9_000, 'b');
    let claim = Claim::Title("Never seen");
    assert!(matches!(investigate(&[&log, &anew]).fate(claim, &[]), Fate::Unknown));
    let mut before = Log::new(FOLDER);
    before.write(&folder(&[3]), 2, 'a');
    let begun = Investigation::of_account(ACCOUNT).unwrap();
    let both = investigate_as(begun, &[&log, &anew], &[&before]);
    assert!(matches!(both.fate(claim, &[]), Fate::NeverExisted));
    assert_eq!(both.fate(Claim::Title("Title 3"), &[]).as_str(), "lost");
}
