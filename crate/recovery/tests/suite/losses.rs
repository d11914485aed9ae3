//! By whose doing something is gone, and where its key is.

use crate::support::{ACCOUNT, FOLDER, Log, OTHER_FOLDER, author, channel, drive, folder, id, investigate};
use pinfold_recovery::pin_log::import;
use pinfold_recovery::{Cause, Claim, Fate, Intent, Investigation, KeyAt, Notice, PinLog};

fn causes(investigation: &Investigation) -> Vec<(Cause, KeyAt)> {
    investigation.losses().iter().map(|loss| (loss.cause, loss.key_at)).collect()
}

#[test]
fn two_within_ten_seconds_are_one_accident_and_two_further_apart_are_not() {
    for (apart, by, cause) in [
        (10, 'b', Cause::UserBurst),
        (11, 'b', Cause::UserRemoved),
        (0, 'b', Cause::UserBurst),
        (1, 'c', Cause::UserRemoved),
    ] {
        let mut log = Log::new(ACCOUNT);
        log.write(&drive(&[1, 2, 3], &[], &[]), 1, 'a');
        log.write(&drive(&[2, 3], &[], &[]), 100, 'b');
        log.write(&drive(&[3], &[], &[]), 100 + apart, by);
        assert_eq!(causes(&investigate(&[&log])), [(cause, KeyAt::HistoryDrive); 2], "{apart} s, by {by}");
    }
}

#[test]
fn emptying_the_trash_is_deliberate_and_a_trash_of_seconds_is_none() {
    let mut log = Log::new(ACCOUNT);
    log.write(&drive(&[1, 2, 3], &[], &[]), 1, 'a');
    log.write(&drive(&[3], &[], &[1, 2]), 100, 'b');
    assert_eq!(causes(&investigate(&[&log])), [(Cause::UserTrash, KeyAt::Present); 2]);
    for (seconds, by, cause) in
        [(5, 'b', Cause::UserBurst), (10, 'b', Cause::UserTrash), (5, 'c', Cause::UserTrash)]
    {
        let mut log = Log::new(ACCOUNT);
        log.write(&drive(&[1, 2, 3], &[], &[]), 1, 'a');
        log.write(&drive(&[3], &[], &[1, 2]), 100, 'b');
        log.write(&drive(&[3], &[], &[]), 100 + seconds, by);
        assert_eq!(causes(&investigate(&[&log])), [(cause, KeyAt::HistoryDrive); 2], "{seconds} s, {by}");
    }
}

/// One document under two numbers that left at once is one document.
#[test]
fn one_document_under_two_numbers_makes_no_burst() {
    let mut log = Log::new(ACCOUNT);
    let twice = |text: String| text.replace(&id(2), &id(1));
    log.write(&twice(drive(&[1, 2, 3], &[], &[])), 1, 'a');
    log.write(&drive(&[3], &[], &[]), 100, 'b');
    assert_eq!(causes(&investigate(&[&log])), [(Cause::UserRemoved, KeyAt::HistoryDrive)]);
    log.write(&drive(&[], &[], &[]), 105, 'b');
    assert_eq!(causes(&investigate(&[&log])), [(Cause::UserBurst, KeyAt::HistoryDrive); 2]);
}

/// The entry leads to another channel since: that began with its first line, and nothing was made anew.
#[test]
fn a_folder_of_which_the_user_changed_the_password_is_not_made_anew() {
    let (mut log, mut new) = (Log::new(ACCOUNT), Log::new(OTHER_FOLDER));
    log.write(&drive(&[], &[(9, FOLDER)], &[]), 1, 'a');
    new.write(&folder(&[5]), 5_000, 'b');
    log.write(&drive(&[], &[(9, OTHER_FOLDER)], &[]), 5_001, 'b');
    let investigation = investigate(&[&log, &new]);
    assert_eq!(causes(&investigation), []);
}

#[test]
fn what_moved_into_a_folder_is_not_lost_and_makes_no_burst() {
    let mut log = Log::new(ACCOUNT);
    let mut inner = Log::new(FOLDER);
    log.write(&drive(&[1, 2, 3], &[(9, FOLDER)], &[]), 1, 'a');
    inner.write(&folder(&[]), 1, 'a');
    inner.write(&folder(&[1]), 100, 'b');
    log.write(&drive(&[2, 3], &[(9, FOLDER)], &[]), 101, 'b');
    log.write(&drive(&[3], &[(9, FOLDER)], &[]), 102, 'b');
    let investigation = investigate(&[&log, &inner]);
    assert_eq!(causes(&investigation), [(Cause::UserRemoved, KeyAt::HistoryDrive)]);
    assert_eq!(investigation.fate_of(&id(1), &[]).as_str(), "moved");
    assert_eq!(investigation.fate_of(&id(3), &[]).as_str(), "untouched");
    assert_eq!(investigation.fate(Claim::Title("Title 2"), &[]).as_str(), "removed-by-user");
    let notice = |of: String, restored| [Notice { channel: of, restored }];
    let fate = |of: u64, notice: &[Notice]| investigation.fate_of(&id(of), notice).as_str();
    assert_eq!(fate(1, &notice(channel(FOLDER), true)), "restored", "with the folder that holds it");
    assert_eq!(fate(3, &notice(id(3), true)), "restored", "itself");
    assert_eq!([fate(3, &notice(id(3), false)), fate(3, &notice(id(1), true))], ["untouched"; 2]);
    assert!(matches!(investigation.fate_of("none", &[]), Fate::NeverExisted));
}

/// What moved out of a folder before has nothing to do with an operator who put that back.
#[test]
fn what_moved_out_of_a_folder_is_not_restored_with_it() {
    let (mut log, mut inner) = (Log::new(ACCOUNT), Log::new(FOLDER));
    log.write(&drive(&[2], &[(9, FOLDER)], &[]), 1, 'a');
    inner.write(&folder(&[1]), 1, 'a');
    log.write(&drive(&[1, 2], &[(9, FOLDER)], &[]), 100, 'b');
    inner.write(&folder(&[]), 101, 'b');
    let notice = Notice { channel: channel(FOLDER), restored: true };
    assert_eq!(investigate(&[&log, &inner]).fate_of(&id(1), &[notice]).as_str(), "moved");
}

#[test]
fn in_a_folder_it_was_another_member_unless_the_own_pin_log_let_go_at_that_time() {
    let mut log = Log::new(ACCOUNT);
    let mut inner = Log::new(FOLDER);
    log.write(&drive(&[], &[(9, FOLDER)], &[]), 1, 'a');
    inner.write(&folder(&[1, 2]), 1, 'a');
    inner.write(&folder(&[2]), 100, 'd');
    let mut investigation = investigate(&[&log, &inner]);
    let cause = |investigation: &Investigation| investigation.losses()[0].cause;
    assert_eq!(cause(&investigation), Cause::OtherMember);
    assert_eq!(cause(&investigation).intent(), Intent::Other);
    investigation.unpinned([id(1).as_str()], 200_000);
    assert_eq!(cause(&investigation), Cause::OtherMember, "another time");
    investigation.unpinned([id(2).as_str()], 100_000);
    assert_eq!(cause(&investigation), Cause::OtherMember, "another document");
    investigation.unpinned([id(1).as_str()], 99_900);
    assert_eq!(cause(&investigation), Cause::UserRemoved);
    assert_eq!(investigation.losses()[0].at.unwrap().author.unwrap().to_string(), author('d'));
}

#[test]
fn a_folder_that_was_made_anew_empty_is_told_and_so_is_who_removed_it_then() {
    let mut log = Log::new(ACCOUNT);
    log.write(&drive(&[], &[(8, OTHER_FOLDER), (9, FOLDER)], &[]), 1, 'a');
    let mut made_with_it = Log::new(OTHER_FOLDER);
    made_with_it.write(&folder(&[3]), 200, 'a');
    let mut anew = Log::new(FOLDER);
    anew.write(r#"{"filesData":{},"root":{},"static":{}}"#, 9_000, 'b');
    let investigation = investigate(&[&log, &made_with_it, &anew]);
    assert_eq!(causes(&investigation), [(Cause::FolderMadeAnew, KeyAt::Present)]);
    log.write(&drive(&[], &[(8, OTHER_FOLDER)], &[]), 10_000, 'b');
    let investigation = investigate(&[&log, &made_with_it, &anew]);
    assert_eq!(causes(&investigation), [(Cause::UserAfterLoss, KeyAt::HistoryDrive)]);
    assert_eq!(Cause::UserAfterLoss.intent(), Intent::Doubtful);
}

#[test]
fn what_was_in_a_folder_whose_key_is_gone_is_still_there_behind_that_key() {
    let mut log = Log::new(ACCOUNT);
    let mut inner = Log::new(FOLDER);
    log.write(&drive(&[1], &[(9, FOLDER)], &[]), 1, 'a');
    inner.write(&folder(&[1, 2]), 1, 'a');
    log.write(&drive(&[1], &[], &[]), 100, 'b');
    let found = causes(&investigate(&[&log, &inner]));
    let wanted = [(Cause::UserRemoved, KeyAt::HistoryDrive), (Cause::FolderLost, KeyAt::ViaFolder)];
    assert_eq!(found, wanted, "document 1 stands in the drive as well");
}

#[test]
fn ten_thousand_removals_by_one_session_cost_no_more_than_each_a_look() {
    let numbers: Vec<u64> = (1..=10_000).collect();
    let mut log = Log::new(ACCOUNT);
    log.write(&drive(&numbers, &[], &[]), 1, 'a');
    log.write(&drive(&[], &[], &[]), 100, 'b');
    let losses = investigate(&[&log]).losses();
    assert_eq!(losses.len(), 10_000);
    assert!(losses.iter().all(|loss| loss.cause == Cause::UserBurst));
}

/// Whoever misses something may remember a name that it no longer has: that never proves that it was never there.
#[test]
fn a_name_that_something_had_before_is_remembered() {
    let mut log = Log::new(ACCOUNT);
    for (seconds, name) in [(1, "Title 1"), (2, "Second"), (3, "Third")] {
        log.write(&drive(&[1], &[], &[]).replace("Title 1", name), seconds, 'a');
    }
    let investigation = investigate(&[&log]);
    for name in ["Title 1", "Second", "Third"] {
        assert_eq!(investigation.fate(Claim::Title(name), &[]).as_str(), "renamed", "{name}");
    }
    assert_eq!(investigation.fate(Claim::Title("Fourth"), &[]).as_str(), "never-existed");
}

/// More than half a year, in seconds.
const LONG_AFTER: u64 = 20_000_000;

/// The cause of the loss of a folder. `then` is when somebody wrote in it last, if it is there, and `away` when an operator says that
/// it was archived.
fn cause_of(logs: &[&Log], of: &str, then: Option<u64>, away: Option<(u64, Option<u64>)>) -> Cause {
    let mut inner = Log::new(if of == channel(FOLDER) { FOLDER } else { OTHER_FOLDER });
    if let Some(seconds) = then {
        inner.write(&folder(&[1]), 3, 'a');
        inner.write(&folder(&[1, 2]), seconds, 'a');
    }
    let mut logs = logs.to_vec();
    logs.extend(then.map(|_| &inner));
    let mut investigation = investigate(&logs);
    if let Some((from, until)) = away {
        investigation.was_archived(of, from * 1000, until.map(|until| until * 1000));
    }
    investigation.losses().into_iter().find(|loss| loss.channel == of).unwrap().cause
}

/// A client that erases what lies in the trash leaves its list there, empty. A person may do so as well.
#[test]
fn a_folder_that_left_the_trash_alone_was_removed_or_erased() {
    let state = |rows: &str, trash: &str| {
        format!(r#"{{"drive":{{"filesData":{{}},"sharedFolders":{{{rows}}},"root":{{}},"trash":{trash}}}}}"#)
    };
    let row = format!(r#""9":{{"channel":"{}","href":"/drive/#{FOLDER}"}}"#, channel(FOLDER));
    let cause = |left: &str, then, away| {
        let mut log = Log::new(ACCOUNT);
        log.write(&state(&row, r#"{"f":[{"element":9,"path":["root"]}]}"#), 2, 'a');
        log.write(&state("", left), LONG_AFTER, 'b');
        cause_of(&[&log], &channel(FOLDER), then, away)
    };
    let (emptied, list) = ("{}", r#"{"f":[]}"#);
    assert_eq!(cause(emptied, Some(3), None), Cause::UserTrash, "the trash was emptied");
    assert_eq!(cause(list, Some(3), None), Cause::RemovedOrErased);
    assert_eq!(cause(list, None, None), Cause::RemovedOrErased);
    // Its owner may have destroyed it, and an operator put it back.
    assert_eq!(cause(list, Some(LONG_AFTER - 9), None), Cause::RemovedOrErased, "it was in use before");
    let before = LONG_AFTER - 5;
    for until in [None, Some(LONG_AFTER + 5)] {
        assert_eq!(cause(list, Some(3), Some((before, until))), Cause::ClientOnServerWord);
    }
    for other in [(5, Some(before)), (LONG_AFTER + 1, None)] {
        assert_eq!(cause(list, Some(3), Some(other)), Cause::RemovedOrErased, "it was there then");
    }
}

/// In a team's drive entry and number leave in one line, whoever takes them out.
#[test]
fn a_folder_that_left_a_team_was_removed_or_erased() {
    let seat = format!(r#""teams":{{"7":{{"channel":"{}","hash":"{FOLDER}"}}}},"drive""#, channel(FOLDER));
    let mut account = Log::new(ACCOUNT);
    account.write(&drive(&[1], &[], &[]).replacen(r#""drive""#, &seat, 1), 1, 'a');
    let cause = |files: &[u64], by, then, away| {
        let mut team = Log::new(FOLDER);
        team.write(&drive(&[5], &[(8, OTHER_FOLDER)], &[]), 2, 'a');
        team.write(&drive(files, &[], &[]), LONG_AFTER, by);
        cause_of(&[&account, &team], &channel(OTHER_FOLDER), then, away)
    };
    for by in ['a', 'c'] {
        assert_eq!(cause(&[5], by, Some(3), None), Cause::RemovedOrErased, "{by}");
        assert_eq!(cause(&[5], by, None, None), Cause::RemovedOrErased, "{by}");
        assert_eq!(cause(&[5], by, None, Some((LONG_AFTER - 5, None))), Cause::ClientOnServerWord, "{by}");
    }
    for by in ['a', 'c'] {
        assert_eq!(
            cause(&[5], by, Some(LONG_AFTER - 9), None),
            Cause::RemovedOrErased,
            "in use before, {by}"
        );
    }
    for away in [None, Some((LONG_AFTER - 5, None))] {
        let found = cause(&[], 'c', Some(3), away);
        assert_eq!(found, Cause::OtherMemberBurst, "no client takes a document out");
    }
    assert_eq!(Cause::RemovedOrErased.intent(), Intent::Doubtful);
}

/// An operator's notice settles what was archived, erased and put back: its one item says since when it was away.
#[test]
fn a_notice_of_what_was_put_back_tells_that_a_client_erased_it() {
    let seat = format!(r#""teams":{{"7":{{"channel":"{}","hash":"{FOLDER}"}}}},"drive""#, channel(FOLDER));
    let mut account = Log::new(ACCOUNT);
    account.write(&drive(&[1], &[], &[]).replacen(r#""drive""#, &seat, 1), 1, 'a');
    let (mut team, mut inner) = (Log::new(FOLDER), Log::new(OTHER_FOLDER));
    team.write(&drive(&[5], &[(8, OTHER_FOLDER)], &[]), 2, 'a');
    team.write(&drive(&[5], &[], &[]), 100, 'c');
    inner.write(&folder(&[1]), 3, 'a');
    let of = channel(OTHER_FOLDER);
    for (away, cause) in [
        (r#","away":[[90000,500000]]"#, Cause::ClientOnServerWord),
        (r#","away":[[200000,500000]]"#, Cause::RemovedOrErased),
        ("", Cause::RemovedOrErased),
    ] {
        let text = format!(
            r#"{{"version":1,"items":[{{"id":"{of}","event":"restored","at":500000{away},"bytes":1}}]}}"#
        );
        let mut investigation = investigate(&[&account, &team, &inner]);
        investigation.noticed(&pinfold_recovery::NoticeFile::read(&text).unwrap());
        let loss = investigation.losses().into_iter().find(|loss| loss.channel == of).unwrap();
        assert_eq!(loss.cause, cause, "{away}");
    }
}

/// A client that sets its list of pins has just read every folder. What leaves right after that was there: somebody removed it.
#[test]
fn what_a_list_of_pins_named_right_before_was_removed_by_somebody() {
    let key = "k".repeat(43) + "=";
    let seat = format!(
        r#""teams":{{"7":{{"channel":"{}","hash":"{FOLDER}","keys":{{"drive":{{"edPublic":"{key}"}}}}}}}},"drive""#,
        channel(FOLDER)
    );
    let mut account = Log::new(ACCOUNT);
    account.write(&drive(&[1], &[], &[]).replacen(r#""drive""#, &seat, 1), 1, 'a');
    for (by, removed) in [('c', Cause::OtherMember), ('a', Cause::UserRemoved)] {
        let mut team = Log::new(FOLDER);
        team.write(&drive(&[5], &[(8, OTHER_FOLDER)], &[]), 2, 'a');
        team.write(&drive(&[5], &[], &[]), 100, by);
        let mut inner = Log::new(OTHER_FOLDER);
        inner.write(&folder(&[1]), 3, 'a');
        let of = channel(OTHER_FOLDER);
        let cause = |ids: &[&str], time| {
            let mut investigation = investigate(&[&account, &team, &inner]);
            assert_eq!(investigation.team_keys().into_iter().collect::<Vec<_>>(), [key.as_str()]);
            investigation.listed(ids.iter().copied(), time);
            investigation.losses().into_iter().find(|loss| loss.channel == of).unwrap().cause
        };
        assert_eq!(cause(&[&of, "other"], 90_000), removed, "{by}");
        assert_eq!(cause(&[&of], 100_000), removed, "{by}");
        for (ids, time) in [(&[of.as_str()][..], 89_999), (&[&of], 100_001), (&[&id(5)], 99_000)] {
            assert_eq!(cause(ids, time), Cause::RemovedOrErased, "{by} {time}");
        }
        // It may have been destroyed right after that list: what is not there any more proves nothing.
        let mut gone = investigate(&[&account, &team]);
        gone.listed([of.as_str()], 90_000);
        let loss = gone.losses().into_iter().find(|loss| loss.channel == of).unwrap();
        assert_eq!(loss.cause, Cause::RemovedOrErased, "{by}");
    }
}

/// The log of the user's own devices says as much: what they removed, no client erased. Another member's removal before that is not theirs.
#[test]
fn what_a_device_of_the_users_removed_was_erased_by_nobody() {
    let key = "k".repeat(43) + "=";
    let seat = format!(r#""teams":{{"7":{{"channel":"{}","hash":"{FOLDER}"}}}},"drive""#, channel(FOLDER));
    let mut account = Log::new(ACCOUNT);
    account.write(&drive(&[1], &[], &[]).replacen(r#""drive""#, &seat, 1), 1, 'a');
    let (of, team_channel) = (channel(OTHER_FOLDER), channel(FOLDER));
    let mut team = Log::new(FOLDER);
    team.write(&drive(&[5], &[(8, OTHER_FOLDER)], &[]), 2, 'a');
    team.write(&drive(&[5], &[], &[]), 50, 'c');
    team.write(&drive(&[5], &[(8, OTHER_FOLDER)], &[]), 60, 'a');
    team.write(&drive(&[5], &[], &[]), 100, 'd');
    let mut inner = Log::new(OTHER_FOLDER);
    inner.write(&folder(&[1]), 3, 'a');
    let cause = |rows: &[(u64, &str, &str)]| {
        let rows = rows.iter().enumerate().map(|(at, (time, what, ids))| {
            let (command, rest) = what.split_once(' ').unwrap();
            format!(r#""{} d/s {at} {key} {command} {rest}":"{ids}""#, time * 1000)
        });
        let text = format!(r#"{{"v":1,"rows":{{{}}}}}"#, rows.collect::<Vec<_>>().join(","));
        let mut investigation = investigate(&[&account, &team, &inner]);
        investigation.pins_changed(&PinLog::of(&import(&text).unwrap()));
        investigation.losses().into_iter().find(|loss| loss.channel == of).unwrap().cause
    };
    let went = |cause: &str, at: &str| format!("RESET - {cause} unasked {at} 1 1");
    let here = went("removed-here", &team_channel);
    assert_eq!(cause(&[(5_000, &here, &of)]), Cause::UserRemoved, "whenever the pins were brought up to it");
    for (time, row) in [
        (5_000, went("removed-elsewhere", &team_channel)),
        (5_000, went("removed-here", &id(7))),
        (80, here.clone()),
    ] {
        assert_eq!(cause(&[(time, &row, &of)]), Cause::RemovedOrErased, "{time} {row}");
    }
    // A list that was set as a whole, with the folder on it, right before.
    let came = "PIN + loading - x 1 1";
    let whole = "RESET = replaced - - 1 0";
    assert_eq!(cause(&[(3, came, &of), (95, whole, "")]), Cause::OtherMember);
    assert_eq!(cause(&[(3, came, &of), (85, whole, "")]), Cause::RemovedOrErased, "too long before");
    assert_eq!(cause(&[(95, whole, "")]), Cause::RemovedOrErased, "it is not known to be on it");
    let left = went("removed-elsewhere", "x");
    assert_eq!(
        cause(&[(3, came, &of), (95, &left, &of)]),
        Cause::RemovedOrErased,
        "it had just left that list"
    );
}

/// Thrown away because it looked empty: the trash does not make that deliberate. What was removed before it was made anew is not of
/// that kind.
#[test]
fn a_folder_that_was_made_anew_and_thrown_away_was_removed_after_a_loss() {
    let state = |rows: &str, root: &str, trash: &str| {
        format!(
            r#"{{"drive":{{"filesData":{{}},"sharedFolders":{{{rows}}},"root":{root},"trash":{trash}}}}}"#
        )
    };
    let row = format!(r#""9":{{"channel":"{}","href":"/drive/#{FOLDER}"}}"#, channel(FOLDER));
    let shown = state(&row, r#"{"k9":9}"#, "{}");
    let thrown = state(&row, "{}", r#"{"k9":[{"element":9,"path":["root"]}]}"#);
    let gone = state("", "{}", "{}");
    let told = |states: &[(&str, u64)], anew: u64| {
        let mut log = Log::new(ACCOUNT);
        states.iter().for_each(|(state, seconds)| log.write(state, *seconds, 'a'));
        let mut inner = Log::new(FOLDER);
        inner.write(r#"{"filesData":{},"root":{},"static":{}}"#, anew, 'b');
        causes(&investigate(&[&log, &inner]))
    };
    let (shown, thrown, gone) = (shown.as_str(), thrown.as_str(), gone.as_str());
    assert_eq!(told(&[(shown, 1), (thrown, 900)], 800), [(Cause::UserAfterLoss, KeyAt::Present)]);
    let emptied = [(shown, 1), (thrown, 900), (gone, 950)];
    assert_eq!(told(&emptied, 800), [(Cause::UserAfterLoss, KeyAt::HistoryDrive)]);
    assert_eq!(told(&emptied, 2_000), [(Cause::UserTrash, KeyAt::HistoryDrive)]);
    assert_eq!(told(&[(shown, 1), (gone, 950)], 2_000), [(Cause::UserRemoved, KeyAt::HistoryDrive)]);
}

#[test]
fn what_stands_in_another_folder_of_names_has_moved() {
    let state =
        |root: &str| drive(&[1], &[], &[]).replace(r#""root":{"k1":1}"#, &format!(r#""root":{root}"#));
    for (root, fate) in [
        (r#"{"k1":1}"#, "untouched"),
        (r#"{"k2":1}"#, "untouched"),
        (r#"{"Letters":{"k1":1}}"#, "moved"),
        (r#"{"Letters":{"k1":1},"k1":1}"#, "moved"),
    ] {
        let mut log = Log::new(ACCOUNT);
        log.write(&state(r#"{"k1":1}"#), 1, 'a');
        log.write(&state(root), 2, 'a');
        assert_eq!(investigate(&[&log]).fate_of(&id(1), &[]).as_str(), fate, "{root}");
    }
}
