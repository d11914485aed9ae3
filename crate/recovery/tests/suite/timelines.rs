//! When an entry came, where it stood, when it left.

use crate::support::{self, ACCOUNT, FOLDER, Log, channel, investigate, investigate_as, keys};
use pinfold_core::document::Branch;
use pinfold_recovery::history::Read;
use pinfold_recovery::{Beginning, Claim, Fate, History, Investigation, Line, What};

const FILE: &str = r#"{"channel":"11111111111111111111111111111111","title":"Letter"}"#;

fn drive(files: &str, root: &str, trash: &str) -> String {
    format!(r#"{{"drive":{{"filesData":{files},"root":{root},"trash":{trash}}}}}"#)
}

#[test]
fn an_entry_goes_to_the_trash_comes_back_and_leaves() {
    let with = format!(r#"{{"7":{FILE}}}"#);
    let thrown = r#"{"Letter":[{"element":7,"path":["root"]}]}"#;
    let mut log = Log::new(ACCOUNT);
    log.write(&drive("{}", "{}", "{}"), 1, 'a');
    log.write(&drive(&with, r#"{"k":7}"#, "{}"), 2, 'a');
    log.write(&drive(&with, "{}", thrown), 3, 'b');
    log.write(&drive(&with, r#"{"k":7}"#, "{}"), 4, 'b');
    log.write(&drive(&with, "{}", thrown), 5, 'c');
    log.write(&drive("{}", "{}", "{}"), 6, 'd');
    log.write(&drive(&with, r#"{"k":7}"#, "{}"), 7, 'e');
    let investigation = investigate(&[&log]);
    let told = investigation.documents()[0].live.as_ref().unwrap();
    assert_eq!((told.begins, told.lines, told.unread), (Beginning::Whole, 8, 0));
    let [first, second] = told.timeline.presences() else { panic!("{told:?}") };
    let lines = |moment: Option<pinfold_recovery::Moment>| moment.map(|moment| moment.line);
    assert_eq!((first.what, first.from.line, lines(first.to)), (What::File, 2, Some(6)));
    assert_eq!(lines(first.thrown), Some(5), "the stay in the trash that was the last");
    assert!(first.places.iter().all(|spot| spot.branch == Branch::Trash) && first.places.len() == 1);
    assert_eq!((second.from.line, lines(second.to), lines(second.thrown)), (7, None, None));
    assert_eq!(second.places[0].names, ["k"]);
    assert_eq!(first.from.author.unwrap().to_string(), "a".repeat(32));
    assert!(investigation.losses().is_empty(), "it is there now");
}

#[test]
fn what_a_shortened_log_does_not_show_may_have_been_there_before() {
    let with = format!(r#"{{"7":{FILE}}}"#);
    let mut log = Log::new(ACCOUNT);
    for number in 0..60_u64 {
        log.write(&drive(&with, &format!(r#"{{"k{number}":7}}"#), "{}"), number, 'a');
    }
    let whole = investigate(&[&log]);
    assert!(matches!(whole.fate(Claim::Title("Diary"), &[]), Fate::NeverExisted));
    let checkpoint = log.lines.iter().position(|stored| stored.message.starts_with("cp|")).unwrap();
    log.lines.drain(..checkpoint);
    let trimmed = investigate(&[&log]);
    let told = trimmed.documents()[0].live.as_ref().unwrap();
    assert_eq!(told.begins, Beginning::Trimmed);
    assert_eq!(told.timeline.presences()[0].from.line, 0, "at the latest");
    let fate = trimmed.fate(Claim::Title("Diary"), &[]);
    assert!(matches!(fate, Fate::NotSince(time) if time == told.first.time), "{fate:?}");
}

/// The folder is gone from the server, and its archived copy was shortened: what it held before that nobody can tell.
#[test]
fn a_shortened_archived_copy_proves_nothing_either() {
    let mut account = Log::new(ACCOUNT);
    account.write(&support::drive(&[1], &[(8, FOLDER)], &[]), 1, 'a');
    let mut inner = Log::new(FOLDER);
    (0..60).for_each(|number| inner.write(&support::folder(&[11, 100 + number]), 2 + number, 'a'));
    let fate = |inner: &Log| {
        let begun = Investigation::of_account(ACCOUNT).unwrap();
        investigate_as(begun, &[&account], &[inner]).fate(Claim::Title("Diary"), &[])
    };
    assert!(matches!(fate(&inner), Fate::NeverExisted));
    let checkpoint = inner.lines.iter().rposition(|stored| stored.message.starts_with("cp|")).unwrap();
    inner.lines.drain(..checkpoint);
    assert!(matches!(fate(&inner), Fate::NotSince(_)), "{:?}", fate(&inner));
}

#[test]
fn a_line_that_does_not_open_is_counted_and_changes_nothing() {
    let mut log = Log::new(ACCOUNT);
    log.write(&drive("{}", "{}", "{}"), 1, 'a');
    log.write(&drive(&format!(r#"{{"7":{FILE}}}"#), "{}", "{}"), 2, 'a');
    let mut history = History::new(keys(ACCOUNT));
    let mut take = |message: &str| history.line(Line { message, time: None, author: None }).1;
    let read: Vec<Read> = log.lines.iter().map(|stored| take(&stored.message)).collect();
    assert_eq!(read, [Read::Same, Read::Changed, Read::Changed]);
    assert_eq!(["", "cp|", "garbage", "cp|AAAA|x"].map(&mut take), [Read::Unread; 4]);
    assert_eq!(take(&log.lines[2].message), Read::Same, "sent twice");
    assert_eq!((history.unread(), history.lines()), (4, 8));
    assert_eq!(history.first().unwrap().author, None);
}

#[test]
fn the_number_that_stays_tells_that_no_person_removed_it() {
    let folder = format!(
        r#"{{"9":{{"channel":"{}","href":"/drive/#{}"}}}}"#,
        channel(crate::support::FOLDER),
        crate::support::FOLDER
    );
    let state =
        |folders: &str, root: &str| format!(r#"{{"drive":{{"sharedFolders":{folders},"root":{root}}}}}"#);
    for (root, stays) in
        [(r#"{"k":9}"#, true), ("{}", false), (r#"{"f":{"g":9}}"#, true), (r#"{"k":8}"#, false)]
    {
        let mut log = Log::new(ACCOUNT);
        log.write(&state(&folder, r#"{"k":9}"#), 1, 'a');
        log.write(&state("{}", root), 2, 'a');
        let investigation = investigate(&[&log]);
        let told = investigation.documents()[0].live.as_ref().unwrap();
        assert_eq!(told.timeline.presences()[0].left_a_number, stays, "{root}");
    }
}
