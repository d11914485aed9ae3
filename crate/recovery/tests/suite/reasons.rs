//! What speaks for an accident, sign by sign.

use crate::support::{ACCOUNT, FOLDER, Log, author, channel, drive, folder, id, investigate};
use pinfold_recovery::{Author, Investigation, Reason, Signs};

fn reasons(investigation: &Investigation, signs: &Signs) -> Vec<(String, Vec<Reason>)> {
    let found = investigation.accidents(signs);
    assert_eq!(found.len(), investigation.losses().len());
    found.into_iter().map(|(loss, reasons)| (loss.channel, reasons)).collect()
}

fn told(logs: &[&Log]) -> Vec<(String, Vec<Reason>)> {
    reasons(&investigate(logs), &Signs::default())
}

#[test]
fn more_than_one_within_ten_seconds_and_without_the_trash_has_both_signs() {
    for (apart, burst) in [(10, true), (11, false)] {
        let mut log = Log::new(ACCOUNT);
        log.write(&drive(&[1, 2, 3], &[], &[]), 1, 'a');
        log.write(&drive(&[2, 3], &[], &[]), 100, 'b');
        log.write(&drive(&[3], &[], &[]), 100 + apart, 'b');
        let wanted = if burst { vec![Reason::Burst, Reason::NoTrash] } else { vec![Reason::NoTrash] };
        assert_eq!(told(&[&log]), [(id(1), wanted.clone()), (id(2), wanted)], "{apart} s");
    }
}

#[test]
fn emptying_the_trash_moving_and_new_passwords_are_no_accidents() {
    let mut log = Log::new(ACCOUNT);
    log.write(&drive(&[1, 2, 3], &[(9, FOLDER)], &[]), 1, 'a');
    log.write(&drive(&[3], &[(9, FOLDER)], &[1, 2]), 100, 'b');
    log.write(&drive(&[3], &[(9, FOLDER)], &[]), 200, 'b');
    let mut inner = Log::new(FOLDER);
    inner.write(&folder(&[4]), 1, 'a');
    inner.write(&folder(&[3, 4]), 300, 'b');
    log.write(&drive(&[], &[(9, FOLDER)], &[]), 301, 'b');
    assert_eq!(told(&[&log, &inner]), [(id(1), vec![]), (id(2), vec![])], "five at once, if it must be");
    let changed = drive(&[], &[(9, FOLDER)], &[])
        .replace(r#""sharedFolders":"#, r#""sharedFolders":{},"sharedFoldersTemp":"#)
        .replace(r#""k9":9"#, "");
    log.write(&changed, 400, 'b');
    let password = told(&[&log, &inner]).into_iter().find(|(of, _)| *of == channel(FOLDER));
    assert_eq!(password, Some((channel(FOLDER), vec![])));
}

#[test]
fn who_and_when_are_signs_where_they_are_known() {
    let mut log = Log::new(ACCOUNT);
    log.write(&drive(&[1], &[(9, FOLDER)], &[]), 1, 'a');
    log.write(&drive(&[], &[(9, FOLDER)], &[]), 1_000, 'b');
    let mut inner = Log::new(FOLDER);
    inner.write(&folder(&[3, 4]), 1, 'a');
    inner.write(&folder(&[4]), 5_000, 'd');
    let investigation = investigate(&[&log, &inner]);
    let of = |signs: &Signs| reasons(&investigation, signs);
    let others = (id(3), vec![Reason::Elsewhere]);
    assert_eq!(
        of(&Signs::default()),
        [(id(1), vec![Reason::NoTrash]), others.clone()],
        "a folder has no trash"
    );
    let here = |digit| Signs { here: [Author::parse(&author(digit)).unwrap()].into(), ..Signs::default() };
    assert_eq!(of(&here('b'))[0].1, [Reason::NoTrash]);
    assert_eq!(of(&here('e'))[0].1, [Reason::NoTrash, Reason::Elsewhere], "another device of the user's");
    let notice = |seconds: u64| Signs { notices: vec![seconds * 1000], ..Signs::default() };
    for (seconds, soon) in [(100, true), (99, false), (1_000, true), (1_001, false)] {
        assert_eq!(of(&notice(seconds))[0].1.contains(&Reason::AfterNotice), soon, "{seconds}");
    }
}

#[test]
fn a_whole_folder_of_names_takes_its_documents_along() {
    let names = |inside: &str, files: &[u64]| {
        drive(files, &[], &[])
            .replace(r#""root":{"#, &format!(r#""root":{{"Names":{{{inside}}},"#))
            .replace(",}", "}")
    };
    let all = names(r#""x":1,"y":2"#, &[1, 2, 3]).replace(r#""k1":1,"k2":2,"#, "");
    let fewer = names(r#""y":2"#, &[2, 3]).replace(r#""k2":2,"#, "");
    let mut log = Log::new(ACCOUNT);
    log.write(&all, 1, 'a');
    log.write(&drive(&[3], &[], &[]), 100, 'b');
    let with = vec![Reason::Burst, Reason::NoTrash, Reason::WithFolder];
    assert_eq!(told(&[&log]), [(id(1), with.clone()), (id(2), with)]);
    let mut log = Log::new(ACCOUNT);
    log.write(&all, 1, 'a');
    log.write(&fewer, 100, 'b');
    log.write(&drive(&[3], &[], &[]), 200, 'b');
    let single = vec![Reason::NoTrash];
    assert_eq!(told(&[&log]), [(id(1), single.clone()), (id(2), single)], "one at a time");
}

#[test]
fn a_key_that_a_client_erased_and_a_folder_that_was_emptied_before_are_told_with_what_was_in_them() {
    let mut log = Log::new(ACCOUNT);
    log.write(&drive(&[], &[(9, FOLDER)], &[]), 1, 'a');
    let mut inner = Log::new(FOLDER);
    inner.write(&folder(&[3]), 1, 'a');
    let erased = drive(&[], &[(9, FOLDER)], &[])
        .replace(r#""sharedFolders":{"9":"#, r#""sharedFolders":{},"other":{"9":"#);
    log.write(&erased, 100, 'b');
    let wanted = [(channel(FOLDER), vec![Reason::KeyErased]), (id(3), vec![Reason::FolderGone])];
    assert_eq!(told(&[&log, &inner]), wanted);
    let mut log = Log::new(ACCOUNT);
    log.write(&drive(&[], &[(9, FOLDER)], &[]), 1, 'a');
    let mut anew = Log::new(FOLDER);
    anew.write(r#"{"filesData":{},"root":{},"static":{}}"#, 9_000, 'b');
    log.write(&drive(&[], &[], &[]), 10_000, 'b');
    assert_eq!(told(&[&log, &anew]), [(channel(FOLDER), vec![Reason::NoTrash, Reason::AfterLoss])]);
}

/// A list of pins that shrank and grew again is a sign for what it lost, and for what was in a folder that it lost.
#[test]
fn what_went_with_pins_that_came_back_has_that_sign() {
    let mut log = Log::new(ACCOUNT);
    log.write(&drive(&[1, 2], &[(9, FOLDER)], &[]), 1, 'a');
    log.write(&drive(&[2], &[(9, FOLDER)], &[1]), 100, 'a');
    log.write(&drive(&[2], &[(9, FOLDER)], &[]), 200, 'a');
    log.write(&drive(&[], &[(9, FOLDER)], &[]), 300, 'a');
    let mut inner = Log::new(FOLDER);
    inner.write(&folder(&[3, 4]), 1, 'a');
    inner.write(&folder(&[4]), 5_000, 'a');
    let of = |gaps: &[String]| {
        let mut investigation = investigate(&[&log, &inner]);
        investigation.pins_regrew(gaps.iter().cloned());
        let found = reasons(&investigation, &Signs::default()).into_iter();
        found.map(|(of, reasons)| (of, reasons.contains(&Reason::PinsRegrew))).collect::<Vec<_>>()
    };
    assert_eq!(of(&[]), [(id(1), false), (id(2), false), (id(3), false)]);
    assert_eq!(of(&[id(1), id(7)]), [(id(1), true), (id(2), false), (id(3), false)]);
    assert_eq!(of(&[channel(FOLDER)]), [(id(1), false), (id(2), false), (id(3), true)]);
}
