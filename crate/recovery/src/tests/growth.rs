//! Work grows with what there is and not with its square: by counting what is looked at.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use crate::steps::counted;
use crate::{Investigation, Signs, Wanted};
use support::{ACCOUNT, Log, channel, folder, id, investigate, investigate_as};

#[path = "../../tests/suite/support.rs"]
#[allow(dead_code, reason = "the other tests use the rest")]
mod support;

/// As many links of shared folders, all different.
fn hashes(count: usize) -> Vec<&'static str> {
    let hash = |n| -> &'static str { Box::leak(format!("/2/drive/edit/{n:0>24}/").into_boxed_str()) };
    (0..count).map(hash).collect()
}

fn drive(folders: &[&str]) -> String {
    let row = |(n, hash): (usize, &&str)| {
        format!(r#""{}":{{"channel":"{}","href":"/drive/#{hash}"}}"#, n + 1, channel(hash))
    };
    let rows: Vec<String> = folders.iter().enumerate().map(row).collect();
    let shown: Vec<String> = (1..=folders.len()).map(|n| format!(r#""k{n}":{n}"#)).collect();
    let (rows, shown) = (rows.join(","), shown.join(","));
    format!(r#"{{"drive":{{"filesData":{{}},"sharedFolders":{{{rows}}},"root":{{{shown}}}}}}}"#)
}

/// Everything that is asked of an account whose folders were all lost, each with one document.
fn of_lost_folders(count: usize) -> usize {
    let hashes = hashes(count);
    let mut account = Log::new(ACCOUNT);
    account.write(&drive(&hashes), 1, 'a');
    account.write(&drive(&[]), 100, 'a');
    let folders = hashes.iter().zip(1..).map(|(hash, n)| {
        let mut log = Log::new(hash);
        log.write(&folder(&[n]), 2, 'a');
        log
    });
    let folders: Vec<Log> = folders.collect();
    let investigation = investigate(&[&account].into_iter().chain(&folders).collect::<Vec<_>>());
    counted(|| {
        let losses: Vec<_> =
            investigation.accidents(&Signs::default()).into_iter().map(|(loss, _)| loss).collect();
        assert_eq!(losses.len(), 2 * count);
        let (marked, tag, make_folders) = (&[][..], "T".into(), false);
        let plan = investigation.restore_plan(&Wanted { losses: &losses, marked, tag, make_folders });
        assert_eq!(plan.outcomes(losses.len()).len(), losses.len());
    })
}

#[test]
fn twice_as_many_lost_folders_are_twice_the_work() {
    let (few, many) = (of_lost_folders(6), of_lost_folders(12));
    assert!(few > 0 && many <= 2 * few + 20, "{few} {many}");
}

/// One document that was put in and taken out again and again.
fn of_a_document_that_comes_and_goes(times: u64) -> usize {
    let mut account = Log::new(ACCOUNT);
    for time in 1..=times {
        account.write(&support::drive(&[5], &[], &[]), time * 100, 'a');
        account.write(&support::drive(&[], &[], &[]), time * 100 + 50, 'a');
    }
    let investigation = investigate(&[&account]);
    counted(|| assert_eq!(investigation.accidents(&Signs::default()).len(), 1))
}

#[test]
fn a_document_that_comes_and_goes_twice_as_often_is_twice_the_work() {
    let (few, many) = (of_a_document_that_comes_and_goes(20), of_a_document_that_comes_and_goes(40));
    assert!(few > 0 && many <= 2 * few + 20, "{few} {many}");
}

#[test]
fn titles_are_looked_up_once_for_all_documents() {
    let hashes = hashes(8);
    let mut account = Log::new(ACCOUNT);
    account.write(&drive(&hashes), 1, 'a');
    let investigation = investigate(&[&account]);
    assert_eq!(counted(|| assert!(investigation.titles().is_empty())), 8);
}

/// While a tag is watched, documents are parsed where it came or went, and not at each line.
#[test]
fn a_watched_tag_is_looked_for_where_it_came_or_went() {
    let mut account = Log::new(ACCOUNT);
    let state = |numbers: &[u64], tag: &str| {
        support::drive(numbers, &[], &[])
            .replace(r#""title":"Title 1""#, &format!(r#""title":"Title 1","tags":["{tag}"]"#))
    };
    for line in 1..60 {
        let numbers: Vec<u64> = (1..=line).collect();
        account.write(&state(&numbers, if (20..40).contains(&line) { "BACK" } else { "t" }), line, 'a');
    }
    let begun = Investigation::of_account(ACCOUNT).unwrap().watch("#back");
    let parsed = counted(|| {
        let investigation = investigate_as(begun, &[&account], &[]);
        let marks = investigation.documents()[0].live.as_ref().unwrap().marks.as_ref().unwrap();
        let [mark] = marks.all() else { panic!("one mark") };
        assert_eq!((mark.channel.as_ref(), mark.undo.is_some()), (Some(&id(1).into()), true));
        assert_eq!(mark.until.map(|until| until.time), Some(Some(40_000)));
    });
    assert_eq!(parsed, 2);
}

/// What a restoring put into as many folders, each with as many documents as `inside` says, is taken back.
fn of_taking_back(count: usize, inside: u64) -> usize {
    let hashes = hashes(count);
    let tagged = |text: String| text.replace(r#""channel":"#, r#""tags":["BACK"],"channel":"#);
    let mut account = Log::new(ACCOUNT);
    account.write(&drive(&[]), 1, 'a');
    account.write(&tagged(drive(&hashes)), 100, 'a');
    let folders = hashes.iter().map(|hash| {
        let mut log = Log::new(hash);
        log.write(&folder(&[]), 1, 'a');
        log.write(&tagged(folder(&(1..=inside).collect::<Vec<_>>())), 99, 'a');
        log
    });
    let folders: Vec<Log> = folders.collect();
    let logs: Vec<&Log> = std::iter::once(&account).chain(&folders).collect();
    let begun = Investigation::of_account(ACCOUNT).unwrap().watch("#back");
    let investigation = investigate_as(begun, &logs, &[]);
    counted(|| {
        let plan = investigation.undo_plan();
        assert_eq!((plan.steps.len(), plan.left.len()), (count + 1, 0));
    })
}

#[test]
fn twice_as_much_taken_back_is_twice_the_work() {
    for (few, many) in [((6, 3), (12, 3)), ((3, 6), (3, 12))] {
        let (few, many) = (of_taking_back(few.0, few.1), of_taking_back(many.0, many.1));
        assert!(few > 0 && many <= 2 * few + 20, "{few} {many}");
    }
}

/// A folder of as many documents in which as many sessions wrote during an incident.
fn of_an_incident(count: u64) -> usize {
    let hashes = hashes(1);
    let mut account = Log::new(ACCOUNT);
    account.write(&drive(&hashes), 1, 'a');
    let mut log = Log::new(hashes[0]);
    for number in 1..=count {
        log.write(&folder(&(1..=number).collect::<Vec<_>>()), number, 'a');
        let last = log.lines.last_mut().unwrap();
        last.author = Some(format!("{number:032x}"));
    }
    let investigation = investigate(&[&account, &log]);
    counted(|| {
        let question = crate::Question { to: u64::MAX, idle_for: Some(0), ..crate::Question::default() };
        let affected = investigation.affected(&question);
        assert_eq!(affected.len() as u64, count + 1);
        assert!(affected.last().unwrap().visits.len() as u64 >= count);
    })
}

#[test]
fn an_incident_with_twice_as_many_documents_and_sessions_is_twice_the_work() {
    let (few, many) = (of_an_incident(20), of_an_incident(40));
    assert!(few > 0 && many <= 2 * few + 20, "{few} {many}");
}

/// What whoever wrote the files of two copies can do: one line, again and again.
fn of_copies_of_one_line(times: usize) -> usize {
    let keys = support::keys(support::FOLDER);
    let side = |last: &str| {
        let mut side = crate::Side::new(crate::Of::Folder(None), keys.clone());
        let lines = std::iter::repeat_n("the same", times).chain([last]);
        lines.for_each(|message| side.line(crate::Line { message, time: None, author: None }));
        side
    };
    let (archived, live) = (side("one"), side("another"));
    counted(|| assert_eq!(crate::judge(&archived, &live), crate::Verdict::Unknown))
}

#[test]
fn twice_as_many_equal_lines_are_twice_the_work() {
    let (few, many) = (of_copies_of_one_line(100), of_copies_of_one_line(200));
    assert!(few > 0 && many <= 2 * few + 20, "{few} {many}");
}
