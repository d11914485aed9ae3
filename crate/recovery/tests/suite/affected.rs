//! "Was I affected?": what became of each thing in the time of an incident, and by whose doing.

use crate::support::{ACCOUNT, FOLDER, Log, OTHER_FOLDER, author, channel, drive, folder, id, investigate};
use pinfold_recovery::{Author, By, Cause, Harm, Investigation, NoticeFile, Question, Said};

fn told(investigation: &Investigation, question: &Question) -> Vec<(String, Harm, Option<By>)> {
    let affected = investigation.affected(question);
    affected.into_iter().map(|one| (one.channel, one.harm, one.by)).collect()
}

fn between(from: u64, to: u64) -> Question {
    Question { from: from * 1000, to: to * 1000, ..Question::default() }
}

#[test]
fn june_2019_is_told_entry_by_entry() {
    let mut log = Log::new(ACCOUNT);
    log.write(&drive(&[1], &[(8, OTHER_FOLDER), (9, FOLDER)], &[]), 1, 'a');
    let mut choir = Log::new(OTHER_FOLDER);
    choir.write(&folder(&[3]), 2, 'a');
    let mut anew = Log::new(FOLDER);
    anew.write(r#"{"filesData":{},"root":{},"static":{}}"#, 9_000, 'b');
    let investigation = investigate(&[&log, &choir, &anew]);
    let untouched = |of: &str| (of.to_owned(), Harm::Untouched, None);
    let made_anew = (channel(FOLDER), Harm::MadeAnew, Some(By::Client));
    let all = [untouched(&id(1)), untouched(&channel(OTHER_FOLDER)), made_anew.clone(), untouched(&id(3))];
    assert_eq!(told(&investigation, &between(8_000, 10_000)), all);
    let folders = Question { folders_only: true, ..between(8_000, 10_000) };
    assert_eq!(told(&investigation, &folders), all[1..]);
    let found = &investigation.affected(&folders)[1];
    assert_eq!(found.at.unwrap().author.unwrap().to_string(), author('b'), "the session that visited then");
    assert_eq!(found.last_active, None, "nothing of the old folder is left to be read");
    assert!(told(&investigation, &between(1, 100)).iter().all(|(_, harm, _)| *harm == Harm::Untouched));
    // Then the user removed what looked empty.
    log.write(&drive(&[1], &[(8, OTHER_FOLDER)], &[]), 10_500, 'c');
    let investigation = investigate(&[&log, &choir, &anew]);
    let gone = told(&investigation, &between(8_000, 10_000))
        .into_iter()
        .find(|(_, harm, _)| *harm != Harm::Untouched);
    assert_eq!(gone, Some((channel(FOLDER), Harm::KeyGone, Some(By::User))));
}

#[test]
fn who_did_it_is_told_as_far_as_it_is_known() {
    let mut log = Log::new(ACCOUNT);
    log.write(&drive(&[1, 2], &[(9, FOLDER)], &[]), 1, 'a');
    log.write(&drive(&[1], &[(9, FOLDER)], &[]), 100, 'b');
    let mut inner = Log::new(FOLDER);
    inner.write(&folder(&[3, 4]), 1, 'a');
    inner.write(&folder(&[4]), 101, 'd');
    let investigation = investigate(&[&log, &inner]);
    let by = |question: &Question| -> Vec<(String, By)> {
        told(&investigation, question).into_iter().filter_map(|(of, _, by)| Some((of, by?))).collect()
    };
    let question = between(100, 101);
    assert_eq!(by(&question), [(id(2), By::User), (id(3), By::OtherMember)]);
    let here = |digit| std::iter::once(Author::parse(&author(digit)).unwrap()).collect();
    assert_eq!(by(&Question { here: here('b'), ..question.clone() })[0], (id(2), By::User));
    assert_eq!(by(&Question { here: here('e'), ..question.clone() })[0], (id(2), By::OtherDevice));
    assert_eq!(by(&between(102, 200)), [], "another time");
    let visits = investigation.affected(&question);
    let of_folder = visits.iter().find(|one| one.channel == id(3)).unwrap();
    assert_eq!(of_folder.visits.iter().map(ToString::to_string).collect::<Vec<_>>(), [author('d')]);
}

#[test]
fn a_client_that_erased_a_key_is_told_and_so_is_what_went_with_it() {
    let mut log = Log::new(ACCOUNT);
    log.write(&drive(&[], &[(9, FOLDER)], &[]), 1, 'a');
    let erased = drive(&[], &[(9, FOLDER)], &[])
        .replace(r#""sharedFolders":{"9":"#, r#""sharedFolders":{},"other":{"9":"#);
    log.write(&erased, 100, 'b');
    let mut inner = Log::new(FOLDER);
    inner.write(&folder(&[3]), 1, 'a');
    let gone = [(channel(FOLDER), Harm::KeyGone, Some(By::Client)), (id(3), Harm::KeyGone, Some(By::Client))];
    assert_eq!(told(&investigate(&[&log, &inner]), &between(100, 100)), gone);
}

#[test]
fn what_the_server_lacks_is_missing_and_what_nobody_asked_about_is_not_called_so() {
    let mut log = Log::new(ACCOUNT);
    log.write(&drive(&[1, 2], &[(9, FOLDER)], &[]), 1, 'a');
    let mut investigation = investigate(&[&log]);
    let missing = (channel(FOLDER), Harm::Missing, Some(By::Server));
    let harm = |investigation: &Investigation| told(investigation, &between(50, 60));
    assert_eq!(harm(&investigation)[2], missing, "it was read, and there is nothing");
    assert_eq!(harm(&investigation)[0].1, Harm::Untouched);
    investigation.server_says(&id(1), Said::Archived("INACTIVE".to_owned()));
    investigation.server_says(&id(2), Said::Live);
    assert_eq!(harm(&investigation)[0], (id(1), Harm::Missing, Some(By::Server)));
    assert_eq!(harm(&investigation)[1].1, Harm::Untouched);
}

/// An operator's notice says what was away in that time: what is back was there again later, and what is not back is missing, by whose doing.
#[test]
fn a_notice_tells_what_was_archived_then_and_whether_it_is_back() {
    let mut log = Log::new(ACCOUNT);
    log.write(&drive(&[1, 2, 3, 4, 5], &[(9, FOLDER)], &[]), 1, 'a');
    let mut inner = Log::new(FOLDER);
    inner.write(&folder(&[]), 2, 'a');
    let mut investigation = investigate(&[&log, &inner]);
    let item = |of: &str, event: &str, at: u64, more: &str| {
        format!(r#"{{"id":"{of}","event":"{event}","at":{}{more},"bytes":1}}"#, at * 1000)
    };
    let items = [
        item(&id(1), "archived", 90, ""),
        item(&id(2), "restored", 300, r#","away":[[90000,300000]]"#),
        item(&id(3), "restored", 80, r#","away":[[70000,80000]]"#),
        // Written before there was `away`.
        item(&id(4), "restored", 300, ""),
        item(&id(5), "restored", 300, r#","away":[[250000,300000]]"#),
        item(&channel(FOLDER), "restored", 300, r#","away":[[90000,300000]]"#),
    ];
    let notice = NoticeFile::read(&format!(r#"{{"version":1,"items":[{}]}}"#, items.join(","))).unwrap();
    investigation.noticed(&notice);
    let restored = |of: String| (of, Harm::Restored, Some(By::Operator));
    let untouched = |of| (id(of), Harm::Untouched, None);
    let wanted = [
        (id(1), Harm::Missing, Some(By::Operator)),
        restored(id(2)),
        untouched(3),
        restored(id(4)),
        untouched(5),
        restored(channel(FOLDER)),
    ];
    assert_eq!(told(&investigation, &between(100, 200)), wanted);
    // The server has the last word: it is there by now.
    investigation.server_says(&id(1), Said::Live);
    assert_eq!(told(&investigation, &between(100, 200))[0], (id(1), Harm::Untouched, None));
    // Another notice takes the place of this one.
    investigation.noticed(&NoticeFile::default());
    assert!(told(&investigation, &between(100, 200)).iter().all(|(_, harm, _)| *harm == Harm::Untouched));
}

/// Made anew long after, which is no cause of what the operator did then.
#[test]
fn what_an_operator_put_back_has_no_other_cause() {
    let mut log = Log::new(ACCOUNT);
    log.write(&drive(&[1], &[(9, FOLDER)], &[]), 1, 'a');
    let mut anew = Log::new(FOLDER);
    anew.write(r#"{"filesData":{},"root":{},"static":{}}"#, 9_000, 'b');
    let mut investigation = investigate(&[&log, &anew]);
    investigation.was_archived(&channel(FOLDER), 90_000, Some(300_000));
    let of = |question| {
        let found = investigation.affected(&question);
        let folder = found.into_iter().find(|one| one.channel == channel(FOLDER)).unwrap();
        (folder.harm, folder.by, folder.cause)
    };
    assert_eq!(of(between(100, 200)), (Harm::Restored, Some(By::Operator), None));
    let anew = (Harm::MadeAnew, Some(By::Client), Some(Cause::FolderMadeAnew));
    assert_eq!(of(between(8_000, 10_000)), anew);
}

#[test]
fn a_rule_of_idleness_leaves_out_folders_that_somebody_wrote_in() {
    let mut log = Log::new(ACCOUNT);
    log.write(&drive(&[], &[(9, FOLDER)], &[]), 1, 'a');
    let mut inner = Log::new(FOLDER);
    inner.write(&folder(&[3]), 2, 'a');
    inner.write(&folder(&[3, 4]), 1_000, 'a');
    let investigation = investigate(&[&log, &inner]);
    let asked = |idle: u64| {
        let question = Question { idle_for: Some(idle * 1000), ..between(2_000, 3_000) };
        told(&investigation, &question).iter().any(|(of, ..)| *of == channel(FOLDER))
    };
    assert!(asked(1_000));
    assert!(!asked(1_001), "somebody wrote in it too late");
    // What came after the incident was not there to be harmed.
    assert_eq!(told(&investigation, &between(0, 0)), []);
}

/// Nothing is claimed of what could not be read, and a log that was not sent whole has a hole.
#[test]
fn what_could_not_be_read_is_unknown_and_never_untouched() {
    let mut log = Log::new(ACCOUNT);
    log.write(&drive(&[1], &[(8, OTHER_FOLDER), (9, FOLDER)], &[]), 1, 'a');
    let mut garbled = Log::new(FOLDER);
    garbled.write(&folder(&[3]), 2, 'a');
    garbled.lines.iter_mut().for_each(|line| line.message.insert(0, 'A'));
    let mut investigation = investigate(&[&log, &garbled]);
    investigation.could_not_read(&channel(OTHER_FOLDER));
    assert_eq!(investigation.unread_documents(), 1);
    let untouched = (id(1), Harm::Untouched, None);
    let unknown = |of| (channel(of), Harm::Unknown, None);
    assert_eq!(told(&investigation, &between(50, 60)), [untouched, unknown(OTHER_FOLDER), unknown(FOLDER)]);

    let mut investigation = Investigation::of_account(ACCOUNT).unwrap();
    let mut reading = investigation.next_reading().unwrap();
    log.lines.iter().for_each(|stored| _ = reading.line(stored.line()));
    reading.cut_off();
    investigation.done(reading);
    assert!(!investigation.documents()[0].live.as_ref().unwrap().is_unbroken());
}
