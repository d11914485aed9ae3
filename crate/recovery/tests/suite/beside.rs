//! Teams and calendars: what stands beside a drive, the account's or a team's.

use crate::restoring::{Drive, TAG, id, plan};
use crate::support::{ACCOUNT, FOLDER, Log, channel, investigate, investigate_as};
use pinfold_core::channel::Existence;
use pinfold_core::document::Shape;
use pinfold_core::href::secrets_from_hash;
use pinfold_core::ids::{ChannelId, PinId};
use pinfold_core::json::Value;
use pinfold_core::session::effect::{Answer, Question};
use std::collections::BTreeSet;

use pinfold_recovery::{Cause, Investigation, KeyAt, Need, Said, Wanted, What, Why};

const CALENDAR: u64 = 0xca1;

fn calendars() -> String {
    let calendar = id(CALENDAR);
    format!(r#""calendars":{{"{calendar}":{{"channel":"{calendar}","href":"x","title":"C"}}}},"#)
}

fn with(beside: &str, drive: &Drive) -> String {
    drive.text().replacen(r#""drive""#, &format!(r#"{beside}"drive""#), 1)
}

fn seat() -> String {
    format!(r#""teams":{{"7":{{"channel":"{}","hash":"{FOLDER}"}}}},"#, channel(FOLDER))
}

/// The account, and a team that had a calendar until `gone`, if that is said.
fn logs(gone: Option<u64>) -> (Log, Log) {
    let (mut account, mut team) = (Log::new(ACCOUNT), Log::new(FOLDER));
    let drive = Drive { root: vec![1], ..Drive::default() };
    account.write(&with(&seat(), &drive), 1, 'a');
    team.write(&with(&calendars(), &drive), 2, 'a');
    if let Some(gone) = gone {
        team.write(&drive.text(), gone, 'b');
    }
    (account, team)
}

/// It returns into the team's own document, with its tag, and leaves again with that.
#[test]
fn a_calendar_of_a_team_returns_into_the_team() {
    let (account, mut team) = logs(Some(100));
    let investigation = investigate(&[&account, &team]);
    assert_eq!(investigation.calendars(), BTreeSet::from([id(CALENDAR)]));
    let losses = investigation.losses();
    let told: Vec<_> = losses.iter().map(|of| (of.what, of.cause, of.key_at, of.place.document())).collect();
    assert_eq!(told, [(What::Calendar, Cause::ClientOnServerWord, KeyAt::HistoryTeam, Some(1))]);
    let back = plan(&investigation, &losses);
    assert_eq!((back.steps.len(), back.steps[0].document, back.left.len()), (1, 1, 0));
    assert!(back.pins.iter().any(|pin| pin.as_str() == id(CALENDAR)));
    team.edit(&back.steps[0].edits, 200, 'c');
    assert!(investigate(&[&account, &team]).losses().is_empty());
    let watched = Investigation::of_account(ACCOUNT).unwrap().watch(TAG);
    let read = investigate_as(watched, &[&account, &team], &[]);
    let tagged: Vec<_> = read.tagged(TAG).iter().map(|it| (it.document, it.what)).collect();
    assert_eq!(tagged, [(1, What::Calendar)]);
    let undo = read.undo_plan();
    assert_eq!((undo.steps.len(), undo.steps[0].0, undo.left.len()), (1, 1, 0));
    let mut undone = team.document();
    assert_eq!(undo.steps[0].1[0].apply(&mut undone, Shape::Team), Ok(true));
    assert!(undone.get("calendars").and_then(Value::as_object).unwrap().is_empty());
}

/// Who can only view a team reads its document, and puts nothing into it. That says nothing of the calendar's own key.
#[test]
fn a_calendar_of_a_team_that_can_only_be_viewed_says_so() {
    let (_, team) = logs(Some(100));
    let secrets = secrets_from_hash("drive", FOLDER, None).unwrap();
    let view = secrets.view_hash("drive").unwrap();
    let mut account = Log::new(ACCOUNT);
    let seat = seat().replace(r#""hash":"#, r#""roHash":"#).replace(FOLDER, view.expose());
    account.write(&with(&seat, &Drive { root: vec![1], ..Drive::default() }), 1, 'a');
    let investigation = investigate(&[&account, &team]);
    let losses = investigation.losses();
    assert_eq!(
        losses.iter().map(|of| (of.what, of.key_at)).collect::<Vec<_>>(),
        [(What::Calendar, KeyAt::HistoryTeam)]
    );
    let back = plan(&investigation, &losses);
    assert_eq!((back.steps.len(), back.left), (0, vec![(0, Why::ViewOnly)]));
}

/// What was in a team returns with the team, its calendars as well.
#[test]
fn a_calendar_of_a_lost_team_returns_with_the_team() {
    let (mut account, team) = logs(None);
    account.write(&Drive { root: vec![1], ..Drive::default() }.text(), 100, 'b');
    let investigation = investigate(&[&account, &team]);
    let losses = investigation.losses();
    let calendar = losses.iter().position(|of| of.what == What::Calendar).unwrap();
    assert_eq!((losses[calendar].cause, losses[calendar].key_at), (Cause::FolderLost, KeyAt::ViaFolder));
    assert_eq!(plan(&investigation, &losses).with_folders, [calendar]);
}

#[test]
fn a_calendar_that_the_server_lacks_is_told_the_teams_as_well() {
    let (account, team) = logs(None);
    let mut investigation = investigate(&[&account, &team]);
    let gone = || Existence::New { reason: Some("INACTIVE".into()) };
    let asked = investigation.questions(Need::Losses);
    assert_eq!(asked.iter().map(|one| one.channel.as_str()).collect::<Vec<_>>(), [id(CALENDAR)]);
    for (said, missing) in [(Existence::Known, 0), (Existence::New { reason: None }, 1), (gone(), 1)] {
        investigation.answered(&asked[0], Some(&Answer::Exists(said.clone())));
        assert_eq!(investigation.missing_calendars().len(), missing, "{said:?}");
        assert_eq!(investigation.unread_documents(), 0);
    }
    investigation.answered(&asked[0], None);
    assert_eq!((investigation.missing_calendars().len(), investigation.unread_documents()), (0, 1));
    // What no document names any more is lost, and not missing.
    let (account, team) = logs(Some(100));
    let mut investigation = investigate(&[&account, &team]);
    let asked = investigation.questions(Need::Losses);
    investigation.answered(&asked[0], Some(&Answer::Exists(gone())));
    assert!(investigation.missing_calendars().is_empty());
}

/// Of what is lost and was not read, the server is asked whether it is there. That it does not answer says nothing.
#[test]
fn the_server_is_asked_after_what_is_lost() {
    let blob = "f".repeat(48);
    let mut account = Log::new(ACCOUNT);
    let held = Drive { root: vec![1, 2, 3], ..Drive::default() }.text().replace(&id(3), &blob);
    account.write(&held, 1, 'a');
    account.write(&Drive { root: vec![1], ..Drive::default() }.text(), 2, 'a');
    let mut investigation = investigate(&[&account]);
    let mut questions = investigation.questions(Need::Losses);
    questions.sort_by(|a, b| a.channel.cmp(&b.channel));
    let file = Question::Size(PinId::parse(&blob).unwrap());
    let document = Question::Exists(ChannelId::parse(&id(2)).unwrap());
    let told: Vec<_> = questions.iter().map(|one| (one.channel.clone(), one.question.clone())).collect();
    assert_eq!(told, [(id(2), document), (blob.clone(), file)]);
    investigation.answered(&questions[0], None);
    assert_eq!((investigation.said(&id(2)), investigation.unread_documents()), (None, 0));
    let archived = Existence::New { reason: Some("INACTIVE".into()) };
    investigation.answered(&questions[0], Some(&Answer::Exists(archived)));
    investigation.answered(&questions[1], Some(&Answer::Size(0)));
    assert_eq!(investigation.said(&id(2)), Some(&Said::Archived("INACTIVE".into())));
    assert_eq!(investigation.said(&blob), Some(&Said::Missing));
    // Of a file the size says no more than that it is not there. Why, the server is asked after that.
    let further = investigation.further_questions(Need::Losses);
    let why = Question::Why(PinId::parse(&blob).unwrap());
    assert_eq!(further.iter().map(|one| &one.question).collect::<Vec<_>>(), [&why]);
    investigation.answered(&further[0], None);
    assert_eq!(investigation.said(&blob), Some(&Said::Missing));
    investigation.answered(&further[0], Some(&Answer::Why(Some("INACTIVE".into()))));
    assert_eq!(investigation.said(&blob), Some(&Said::Archived("INACTIVE".into())));
    assert!(investigation.further_questions(Need::Losses).is_empty());
    // At the next reading it is asked again: what was said may be otherwise by now.
    assert_eq!((investigation.questions(Need::Losses).len(), investigation.losses().len()), (2, 2));
    assert_eq!((investigation.said(&id(2)), investigation.said(&blob)), (None, None));
}

/// The server is asked for no more than a result needs.
#[test]
fn what_a_result_does_not_need_is_not_asked() {
    let (_, mut team) = logs(None);
    let mut account = Log::new(ACCOUNT);
    account.write(&with(&seat(), &Drive { root: vec![1, 2], ..Drive::default() }), 1, 'a');
    account.write(&with(&seat(), &Drive { root: vec![1], ..Drive::default() }), 50, 'a');
    team.write(&with(&calendars(), &Drive { root: vec![1], ..Drive::default() }), 60, 'b');
    let mut investigation = investigate(&[&account, &team]);
    let mut asked = |need| {
        let questions = investigation.questions(need);
        questions.into_iter().map(|one| one.channel).collect::<Vec<_>>()
    };
    assert_eq!(asked(Need::Nothing), [""; 0]);
    assert_eq!(asked(Need::Calendars), [id(CALENDAR)]);
    assert_eq!(asked(Need::Losses), [id(CALENDAR), id(2)]);
}

/// Others write into a team's document. However many calendars one of them names there, a thousand questions are enough.
#[test]
fn no_more_is_asked_than_a_thousand_and_what_is_named_now_comes_first() {
    let (account, mut team) = logs(None);
    let many = |from: u64| {
        (from..from + 1_500).map(|at| format!(r#""{at}":{{"channel":"{}"}},"#, id(at))).collect::<String>()
    };
    let drive = Drive { root: vec![1], ..Drive::default() };
    let flood = calendars().replacen('{', &format!("{{{}", many(0x10_000)), 1);
    team.write(&with(&flood, &drive), 50, 'b');
    team.write(&with(&calendars(), &drive), 60, 'b');
    let mut investigation = investigate(&[&account, &team]);
    let asked = investigation.questions(Need::Losses);
    assert_eq!((asked.len(), asked[0].channel.as_str()), (1_000, id(CALENDAR).as_str()));
    assert!(investigation.missing_calendars().is_empty());
}

/// An entry that nothing can be made of stays away alone: what went with it returns.
#[test]
fn an_odd_calendar_keeps_no_other_from_returning() {
    let (account, mut team) = logs(None);
    let odd = calendars().replacen('{', r#"{"9":{"channel":"zz","href":"x"},"#, 1);
    let drive = Drive { root: vec![1], ..Drive::default() };
    team.write(&with(&odd, &drive), 50, 'b');
    team.write(&drive.text(), 100, 'b');
    let investigation = investigate(&[&account, &team]);
    let losses = investigation.losses();
    let back = plan(&investigation, &losses);
    assert_eq!(back.steps.iter().map(|step| step.edits.len()).collect::<Vec<_>>(), [1]);
    assert_eq!(back.steps[0].edits[0].apply(&mut team.document(), Shape::Team), Ok(true));
}

/// What an operator has put back gains the tag where it stands: a team and a calendar as well.
#[test]
fn a_team_and_a_calendar_that_an_operator_put_back_gain_the_tag() {
    let (mut account, mut team) = logs(None);
    let marked = [channel(FOLDER), id(CALENDAR)];
    let investigation = investigate(&[&account, &team]);
    let wanted = Wanted { losses: &[], marked: &marked, tag: TAG.into(), make_folders: false };
    let back = investigation.restore_plan(&wanted);
    assert_eq!(back.steps.iter().map(|step| step.document).collect::<Vec<_>>(), [0, 1]);
    account.edit(&back.steps[0].edits, 200, 'c');
    team.edit(&back.steps[1].edits, 200, 'c');
    let watched = Investigation::of_account(ACCOUNT).unwrap().watch(TAG);
    let read = investigate_as(watched, &[&account, &team], &[]);
    let tagged: Vec<_> = read.tagged(TAG).iter().map(|it| it.what).collect();
    assert_eq!(tagged, [What::Team, What::Calendar]);
    // Again, nothing happens; and taking it back takes the tag alone.
    let again = read.restore_plan(&wanted);
    let mut document = account.document();
    assert_eq!(again.steps[0].edits[0].apply(&mut document, Shape::Account), Ok(false));
    let undo = read.undo_plan();
    let (at, edits) = undo.steps.iter().find(|(at, _)| *at == 0).unwrap();
    assert_eq!((*at, edits.len(), edits[0].apply(&mut document, Shape::Account)), (0, 1, Ok(true)));
    let held = document.get("teams").unwrap().get("7").unwrap();
    assert!(held.get("hash").is_some() && !format!("{held:?}").contains(TAG));
}
