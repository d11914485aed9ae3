//! What returns and what does not, and why; what is asked for, and what came of it.

use crate::restoring::{Drive, TAG, folder, id, plan, restore};
use crate::support::{ACCOUNT, FOLDER, Log, OTHER_FOLDER, channel, investigate, investigate_as};
use pinfold_core::document::{Shape, Tables};
use pinfold_core::drive::edit::Edit;
use pinfold_core::json::Value;
use pinfold_recovery::{Choice, Investigation, Loss, NoticeFile, Outcome, What, Why, WhyKept};

/// A folder that the server does not hand out is not a missing one.
#[test]
fn a_folder_that_could_not_be_read_says_so() {
    let mut account = Log::new(ACCOUNT);
    let with = Drive { folders: vec![(9, FOLDER)], ..Drive::default() };
    account.write(&with.text(), 1, 'a');
    account.write(&Drive::default().text(), 100, 'a');
    let mut investigation = investigate(&[&account]);
    let why = |investigation: &Investigation| plan(investigation, &investigation.losses()).left[0].1;
    assert_eq!(why(&investigation), Why::FolderMissing);
    assert!(investigation.missing().is_empty(), "it is no longer named");
    investigation.could_not_read(&channel(FOLDER));
    assert_eq!(why(&investigation), Why::FolderUnread);
    assert_eq!(Why::FolderUnread.as_str(), "folder-unread");
}

/// The account names it, and the server has nothing.
#[test]
fn a_folder_that_is_named_and_missing_is_told() {
    let mut account = Log::new(ACCOUNT);
    account.write(&Drive { folders: vec![(9, FOLDER)], ..Drive::default() }.text(), 1, 'a');
    let mut investigation = investigate(&[&account]);
    assert!(investigation.losses().is_empty() && !investigation.is_whole());
    let missing: Vec<&str> = investigation.missing().iter().map(|of| of.channel.as_str()).collect();
    assert_eq!(missing, [channel(FOLDER)]);
    assert_eq!(investigation.without_history().count(), 1);
    investigation.could_not_read(&channel(FOLDER));
    assert!(investigation.missing().is_empty() && !investigation.is_whole(), "it may be there");
}

#[test]
fn an_entry_without_a_link_does_not_return() {
    let mut account = Log::new(ACCOUNT);
    let drive = Drive { root: vec![1, 2], ..Drive::default() };
    account.write(&drive.text().replacen(r#","roHref":"/code/#/1/view/1/k/""#, "", 1), 1, 'a');
    account.write(&Drive::default().text(), 2, 'a');
    let investigation = investigate(&[&account]);
    let losses = investigation.losses();
    let plan = plan(&investigation, &losses);
    assert_eq!(plan.outcomes(losses.len()), [Outcome::Left(Why::NoKey), Outcome::Returns]);
    assert!(!plan.pins.iter().any(|pin| pin.as_str() == id(1)));
}

/// Somebody changed an entry at the moment at which it was taken back: it stayed, and that is what is told.
#[test]
fn what_stayed_is_not_told_as_undone() {
    let mut account = Log::new(ACCOUNT);
    account.write(&Drive { root: vec![1, 2], ..Drive::default() }.text(), 1, 'a');
    account.write(&Drive::default().text(), 2, 'a');
    restore(&mut [&mut account], &[], 100);
    let watched = Investigation::of_account(ACCOUNT).unwrap().watch(TAG);
    let mut plan = investigate_as(watched, &[&account], &[]).undo_plan();
    assert_eq!((plan.steps[0].1.len(), plan.left.len()), (2, 0));
    let mut meanwhile = account.document();
    plan.steps[0].1[0].apply(&mut meanwhile, pinfold_core::document::Shape::Account).unwrap();
    plan.compare(|_| Some(Tables::of_drive(&meanwhile)), |_| None);
    assert_eq!((plan.steps[0].1.len(), plan.left.len()), (1, 1));
    assert_eq!(plan.left[0].why, WhyKept::Touched);
}

#[test]
fn what_is_asked_for_is_looked_up() {
    let mut account = Log::new(ACCOUNT);
    account.write(&Drive { root: vec![1, 2, 3], ..Drive::default() }.text(), 1, 'a');
    account.write(&Drive { root: vec![3], ..Drive::default() }.text(), 2, 'a');
    account.write(&Drive::default().text(), 60, 'a');
    let losses = investigate(&[&account]).losses();
    let channels = |choice: Choice<'_>| -> Vec<String> {
        choice.of(losses.clone()).unwrap().into_iter().map(|loss| loss.channel).collect()
    };
    let named = [id(3)];
    let notice = r#"{"version":1,"items":[{"id":"ID","event":"restored"}]}"#.replace("ID", &id(2));
    let notice = NoticeFile::read(&notice).unwrap();
    let all = Choice { channels: &named, notice: Some(&notice), accidents: false };
    assert_eq!(channels(all), [id(2), id(3)]);
    assert_eq!(channels(Choice { accidents: true, ..Choice::default() }), [id(1), id(2)]);
    let unknown = Choice { channels: &[id(7)], ..Choice::default() };
    assert!(unknown.of(losses.clone()).is_err());
    // Each loss is taken once, and each is looked up.
    let mut taken = 0;
    drop(all.of(losses.iter().cloned().inspect(|_| taken += 1)));
    assert_eq!(taken, losses.len());
}

/// A team and a calendar whose entries the client erased: they return with their keys, and what was in the team with it.
#[test]
fn teams_and_calendars_return_beside_the_drive() {
    let mut account = Log::new(ACCOUNT);
    let (team, inside, calendar) = (channel(FOLDER), channel(OTHER_FOLDER), id(0xca1));
    let beside = format!(
        r#""teams":{{"7":{{"channel":"{team}","hash":"{FOLDER}","metadata":{{"name":"Club"}}}}}},"calendars":{{"{calendar}":{{"channel":"{calendar}","href":"/calendar/#/2/calendar/edit/x/","title":"C"}}}},"drive""#
    );
    let with = |drive: &Drive| drive.text().replacen(r#""drive""#, &beside, 1);
    account.write(&with(&Drive { root: vec![1], ..Drive::default() }), 1, 'a');
    account.write(&Drive { root: vec![1], ..Drive::default() }.text(), 100, 'b');
    let (mut drive, mut folder_log) = (Log::new(FOLDER), Log::new(OTHER_FOLDER));
    drive.write(
        &Drive { root: vec![2], folders: vec![(9, OTHER_FOLDER)], ..Drive::default() }.text(),
        2,
        'a',
    );
    folder_log.write(&folder(&[3]), 2, 'a');
    let investigation = investigate(&[&account, &drive, &folder_log]);
    let losses = investigation.losses();
    let told: Vec<(&str, &str, &str)> =
        losses.iter().map(|of| (of.channel.as_str(), of.cause.as_str(), of.key_at.as_str())).collect();
    let (two, three) = (id(2), id(3));
    let lost = ("folder-lost", "via-folder");
    let erased = ("client-on-server-word", "history-drive");
    let mut wanted = vec![
        (team.as_str(), erased.0, erased.1),
        (calendar.as_str(), erased.0, erased.1),
        (two.as_str(), lost.0, lost.1),
        (inside.as_str(), lost.0, lost.1),
        (three.as_str(), lost.0, lost.1),
    ];
    wanted.sort_unstable();
    let mut sorted = told.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, wanted);
    let back = plan(&investigation, &losses);
    let outcomes = back.outcomes(losses.len());
    let count = |wanted| outcomes.iter().filter(|outcome| **outcome == wanted).count();
    assert_eq!((count(Outcome::Returns), count(Outcome::WithFolder)), (2, 3));
    assert!(back.pins.iter().any(|pin| pin.as_str() == calendar), "a calendar is pinned by the user");
    // Without the team, its folder does not return either.
    let without: Vec<Loss> = losses.iter().filter(|loss| loss.channel != team).cloned().collect();
    assert_eq!(plan(&investigation, &without).outcomes(4)[1..], [Outcome::Left(Why::WithItsFolder); 3]);
    let title = |channel: &str| investigation.titles().get(channel).map(ToString::to_string);
    assert_eq!(title(&team), Some("Club".into()));
    // One message, and the account is as it was.
    assert_eq!(back.steps.len(), 1);
    account.edit(&back.steps[0].edits, 200, 'c');
    let first = |key: &str| account.document().get(key).cloned();
    assert!(
        first("teams").unwrap().get("7").is_some() && first("calendars").unwrap().get(&calendar).is_some()
    );
    let again = investigate(&[&account, &drive, &folder_log]);
    assert!(again.losses().is_empty(), "{:?}", again.losses());
    // Both have the tag, and leave again with it, as long as nobody touched them.
    let tagged = |logs: &[&Log]| {
        let read = investigate_as(Investigation::of_account(ACCOUNT).unwrap().watch(TAG), logs, &[]);
        let kinds: Vec<What> = read.tagged(TAG).iter().map(|it| it.what).collect();
        let plan = read.undo_plan();
        let edits: Vec<Edit> = plan.steps.iter().flat_map(|(_, edits)| edits.clone()).collect();
        (kinds, edits, plan.left.iter().map(|kept| (kept.channel.clone(), kept.why)).collect::<Vec<_>>())
    };
    let (kinds, edits, left) = tagged(&[&account, &drive, &folder_log]);
    assert_eq!((kinds, edits.len(), left.len()), (vec![What::Team, What::Calendar], 2, 0));
    let mut undone = account.document();
    edits.iter().for_each(|edit| assert_eq!(edit.apply(&mut undone, Shape::Account), Ok(true)));
    assert!(
        ["teams", "calendars"].iter().all(|of| undone.get(of).and_then(Value::as_object).unwrap().is_empty())
    );
    // What came into a folder of the team since would be out of reach without its keys.
    let more = {
        let mut log = Log::new(OTHER_FOLDER);
        log.write(&folder(&[3]), 2, 'a');
        log.write(&folder(&[3, 4]), 300, 'e');
        log
    };
    let (_, edits, left) = tagged(&[&account, &drive, &more]);
    assert_eq!((edits.len(), left), (1, vec![(Some(team.as_str().into()), WhyKept::Touched)]));
    // A team that the server does not have would be erased again.
    account.lines.pop();
    let gone = investigate(&[&account]);
    let left = plan(&gone, &gone.losses()).left;
    assert_eq!(left.iter().map(|(_, why)| *why).collect::<Vec<_>>(), [Why::FolderMissing]);
}
