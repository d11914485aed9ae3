//! Pin runs against a server in memory: which ids are sent and confirmed, and that no fault costs any.

use pinfold_core::document::{AccountDoc, FolderDoc, TeamDoc, TeamEntry};
use pinfold_core::drive::complete::{Drive, Whose};
use pinfold_core::error::Code;
use pinfold_core::guard::plan::Policy;
use pinfold_core::ids::IdSet;
use pinfold_core::json::{Text, Value};
use pinfold_core::pin_run::Watch;
use pinfold_core::pins::rules::{Category, FolderView, team_list, user_list};
use pinfold_core::pins::set::{Additions, DrivePins, Form};
use pinfold_core::session::Session;
use pinfold_core::session::effect::{Event, Outcome};
use pinfold_testkit::account::{Plan, Variety, build, build_with};
use pinfold_testkit::entropy::Seeded;
use pinfold_testkit::harness::{Harness, InOrder};

const SMALL: Plan = Plan { seed: 3, documents: 4, folders: 2, per_folder: 3 };

/// A loaded session that may give up what nobody recorded; the server holds what `pinned` makes of everything
/// there is. (`guard.rs` is about sessions that may not.)
fn loaded(plan: Plan, pinned: impl Fn(Vec<String>) -> Vec<String>) -> (Harness, Drive) {
    let mut built = build(plan).unwrap();
    let before = pinned(built.pins.clone());
    let state = built.server.pins.entry(built.ed_public.clone()).or_default();
    state.apply("PIN", &before);
    state.expire();
    let mut harness = Harness::new(built);
    harness.give_up_unknown();
    harness.resume(&mut InOrder).unwrap();
    let drive = harness.load(&mut InOrder).unwrap();
    (harness, drive)
}

fn surplus(mut pins: Vec<String>) -> Vec<String> {
    pins.push("e".repeat(32));
    pins
}

fn commands(harness: &Harness) -> Vec<&str> {
    harness
        .built
        .server
        .commands
        .iter()
        .map(|(command, _)| command.as_str())
        .filter(|c| *c != "COOKIE")
        .collect()
}

fn pinned(harness: &Harness) -> usize {
    harness.built.server.pins[&harness.built.ed_public].pinned().len()
}

#[test]
fn an_equal_list_is_confirmed_and_nothing_is_sent() {
    let (mut harness, drive) = loaded(SMALL, |pins| pins);
    let receipt = harness.pin(&drive, &mut InOrder).unwrap();
    assert_eq!(commands(&harness), ["GET_HASH"]);
    assert_eq!((receipt.form, receipt.sent, receipt.reset), (Some(Form::Plain), 0, false));
    assert_eq!(receipt.count, 1 + 4 + 2 + 6);
}

#[test]
fn a_set_says_how_many_it_holds_and_how_they_are_sent() {
    let (harness, drive) = loaded(SMALL, |pins| pins);
    let Drive::Complete(complete) = &drive else { panic!("partial") };
    let set = complete.pin_set();
    assert_eq!((set.len(), set.ids().len()), (13, 13));
    let tagged: Vec<Text> = harness.built.reset_list().into_iter().map(Text::from).collect();
    assert_eq!(set.tagged()[..], tagged[..]);
    assert_eq!(drive.skipped(), []);
}

/// The ids, as the rules give them that the recorded vectors check.
fn by_the_rules(drive: &Drive, account: &Value) -> IdSet {
    let views: Vec<FolderView<'_>> = drive
        .folders()
        .iter()
        .map(|folder| FolderView {
            pinned: folder.declared.pinned.as_ref(),
            content: folder.outcome.read().map(FolderDoc::tables),
            links: folder.declared.opens.as_ref().and_then(|opens| opens.links.as_ref()),
            read_only: folder.declared.opens.as_ref().is_none_or(|opens| opens.read_only),
        })
        .collect();
    let document = drive.root().document();
    let found = match drive.whose() {
        Whose::User(account) => user_list(AccountDoc::of(document), &account.listed(), &views),
        Whose::Team(team, roster) => {
            let members = roster.as_ref().ok().map(|synced| synced.roster().members());
            let is_it =
                |entry: &TeamEntry<'_>| entry.channel().is_some_and(|id| *id == team.channel.as_str());
            let entry = AccountDoc::of(account).teams().find(is_it).unwrap();
            team_list(entry, TeamDoc::of(document), members, team.links.as_ref(), &views)
        }
    };
    found.ids.into_iter().map(|(_, id)| id).collect()
}

/// However the work is cut into steps, and wherever a step ends, the same comes out: of a drive and of teams' drives with folders
/// and documents of every kind, some of which cannot be read.
#[test]
fn a_drive_comes_to_the_same_in_steps_of_any_size() {
    let mut built =
        build_with(SMALL, &Variety { mixed: true, closed: 5, teams: 3, ..Variety::default() }).unwrap();
    let mut client = built.device().unwrap();
    let odd = |document: &mut Value| document.as_object_mut().unwrap().insert("todo", "/2/todo/edit/short/");
    client.edit(&mut built.server, |document| drop(odd(document))).unwrap();
    let mut harness = Harness::new(built);
    harness.resume(&mut InOrder).unwrap();
    let mut drives = vec![harness.load(&mut InOrder).unwrap()];
    for team in harness.built.teams.clone() {
        let ticket = harness.session.load_team(harness.now, &team.id).unwrap();
        let Outcome::Drive(drive) = harness.run(ticket, &mut InOrder).unwrap() else { panic!("no drive") };
        drives.push(*drive);
    }
    let kinds: Vec<bool> = drives.iter().map(|drive| matches!(drive, Drive::Complete(_))).collect();
    assert!(kinds.len() == 4 && kinds.contains(&true) && kinds.contains(&false), "{kinds:?}");
    assert!(!drives[0].skipped().is_empty());
    for drive in &drives {
        let whole = drive.additions();
        assert_eq!(*whole.ids(), by_the_rules(drive, drives[0].root().document()));
        for most in [1, 2, 3, 4, 5, 7, 1000] {
            let mut walk = drive.walk_pins();
            let steps = (0..1000).take_while(|_| walk.step(most)).count();
            assert!(steps < 1000 && (most < 1000 || steps <= 1), "{steps} steps of {most}");
            let (pins, skipped) = walk.end();
            let complete = matches!(pins, DrivePins::Complete(_));
            assert_eq!(complete, matches!(drive, Drive::Complete(_)));
            let found = pins.additions();
            assert_eq!((found.ids(), found.owner()), (whole.ids(), whole.owner()), "steps of {most}");
            assert_eq!((found.seen().folders, found.stored()), (whole.seen().folders, whole.stored()));
            let order =
                |pins: &Additions| pins.batches().iter().flat_map(|b| b.ids().to_vec()).collect::<Vec<_>>();
            assert_eq!(order(&found), order(&whole));
            assert_eq!(skipped, drive.skipped());
        }
    }
}

#[test]
fn what_names_no_channel_is_told() {
    let mut built = build(SMALL).unwrap();
    let mut client = built.device().unwrap();
    let todo = |document: &mut Value| document.as_object_mut().unwrap().insert("todo", "/2/todo/edit/short/");
    client.edit(&mut built.server, |document| drop(todo(document))).unwrap();
    let mut harness = Harness::new(built);
    harness.resume(&mut InOrder).unwrap();
    let skipped = harness.load(&mut InOrder).unwrap().skipped();
    assert_eq!(skipped.iter().map(|item| item.category).collect::<Vec<_>>(), [Category::Todo]);
}

#[test]
fn what_is_missing_is_added_without_a_reset() {
    let (mut harness, drive) = loaded(SMALL, |pins| pins[..5].to_vec());
    let receipt = harness.pin(&drive, &mut InOrder).unwrap();
    assert_eq!(commands(&harness), ["GET_HASH", "PIN", "GET_HASH", "EXPIRE_SESSION", "GET_HASH"]);
    assert!(receipt.confirmed() && receipt.read_back && !receipt.reset);
}

#[test]
fn a_surplus_is_replaced_last_and_the_tagged_answer_is_understood() {
    let (mut harness, drive) = loaded(SMALL, surplus);
    let receipt = harness.pin(&drive, &mut InOrder).unwrap();
    let read_back = ["EXPIRE_SESSION", "GET_HASH"];
    let pinned_first = [&["GET_HASH", "PIN", "GET_HASH"][..], &read_back].concat();
    let then_replaced = [&["GET_HASH", "RESET", "GET_HASH"][..], &read_back].concat();
    assert_eq!(commands(&harness), [pinned_first, then_replaced].concat());
    // RESET was answered for the tagged list, a new session for the plain one.
    let tagged = harness.events.iter().any(|event| {
        matches!(event, Event::Pins { watch: Watch::Compared { agrees: Some(Form::Tagged), .. }, .. })
    });
    assert!(tagged);
    // Each change is taken first; only what was read back afterwards is on the disk.
    let on_disk = harness.events.iter().filter_map(|event| match event {
        Event::Pins { watch: Watch::Compared { on_disk, .. }, .. } => Some(*on_disk),
        _ => None,
    });
    assert_eq!(on_disk.collect::<Vec<_>>(), [false, false, false, false, false, true]);
    assert_eq!((receipt.form, receipt.read_back), (Some(Form::Plain), true));
    assert_eq!(pinned(&harness), 13);
    // Another client has sent the same: the server answers for its tagged list, which is ours, and has it read back.
    let list = harness.built.reset_list();
    harness.built.server.pins.get_mut(&harness.built.ed_public.clone()).unwrap().apply("RESET", &list);
    let again = harness.pin(&drive, &mut InOrder).unwrap();
    assert_eq!((again.form, again.reset, again.sent, again.read_back), (Some(Form::Plain), false, 0, true));
    assert_eq!(harness.built.server.commands.iter().filter(|(command, _)| command == "RESET").count(), 1);
}

#[test]
fn a_partial_drive_adds_and_keeps_the_surplus() {
    let mut built = build(SMALL).unwrap();
    let all = surplus(built.pins.clone());
    let state = built.server.pins.entry(built.ed_public.clone()).or_default();
    state.apply("PIN", &all);
    state.expire();
    let channel = built.folders[0].channel.clone();
    built.server.channels.get_mut(&channel).unwrap().allowed = Some(vec!["nobody".into()]);
    let mut harness = Harness::new(built);
    harness.resume(&mut InOrder).unwrap();
    let drive = harness.load(&mut InOrder).unwrap();
    assert!(matches!(drive, Drive::Partial(_)));
    let receipt = harness.pin(&drive, &mut InOrder).unwrap();
    assert!(!receipt.confirmed() && !receipt.reset && !receipt.complete);
    assert_eq!(pinned(&harness), all.len());
}

#[test]
fn a_forgotten_cookie_costs_one_more_round() {
    let (mut harness, drive) = loaded(SMALL, |pins| pins[..5].to_vec());
    harness.built.server.forget_cookies = 1;
    assert!(harness.pin(&drive, &mut InOrder).unwrap().confirmed());
    harness.built.server.forget_cookies = 2;
    let error = harness.pin(&drive, &mut InOrder).unwrap_err();
    assert_eq!(error.code(), Code::RpcNoCookie);
}

/// RESET arrives and is carried out, and its answer is lost with the connection: the run says that it does
/// not know, and the next one finds out without a second RESET.
#[test]
fn a_cut_after_reset_is_unconfirmed_and_then_found_out() {
    let (mut harness, drive) = loaded(SMALL, surplus);
    harness.built.server.cut_after = Some("RESET");
    let error = harness.pin(&drive, &mut InOrder).unwrap_err();
    assert_eq!(error.code(), Code::PinsUnconfirmed);
    assert!(error.detail().iter().any(|(key, value)| *key == "replacing" && value == "true"));
    let receipt = harness.pin(&drive, &mut InOrder).unwrap();
    assert!(receipt.confirmed() && !receipt.reset);
    assert_eq!(harness.built.server.commands.iter().filter(|(command, _)| command == "RESET").count(), 1);
}

#[test]
fn an_exhausted_quota_does_not_stop_a_complete_set() {
    let (mut harness, drive) = loaded(SMALL, |pins| pins[..5].to_vec());
    harness.built.server.refuse.insert("PIN".into(), "E_OVER_LIMIT".into());
    let receipt = harness.pin(&drive, &mut InOrder).unwrap();
    assert!(receipt.reset && receipt.confirmed());
    harness.built.server.refuse.insert("RESET".into(), "E_OVER_LIMIT".into());
    harness
        .built
        .server
        .pins
        .get_mut(&harness.built.ed_public.clone())
        .unwrap()
        .apply("UNPIN", &[harness.built.pins[3].clone()]);
    assert_eq!(harness.pin(&drive, &mut InOrder).unwrap_err().code(), Code::PinsOverLimit);
}

/// Where the list may not be replaced, a refused PIN is the end of it: the set is not pinned, and no receipt says so.
#[test]
fn an_exhausted_quota_beside_what_nobody_recorded_is_an_error() {
    let (mut harness, drive) = loaded(SMALL, |pins| surplus(pins[..5].to_vec()));
    harness.session.set_policy(Policy::default());
    harness.built.server.refuse.insert("PIN".into(), "E_OVER_LIMIT".into());
    assert_eq!(harness.pin(&drive, &mut InOrder).unwrap_err().code(), Code::PinsOverLimit);
    assert_eq!(commands(&harness), ["GET_HASH"; 3], "nothing is replaced");
    assert_eq!(pinned(&harness), 6);
}

/// What a server refuses for another reason than room, it may refuse for good: nothing is replaced.
#[test]
fn a_refused_pin_stops_the_run() {
    let (mut harness, drive) = loaded(SMALL, |pins| pins[..5].to_vec());
    harness.built.server.refuse.insert("PIN".into(), "E_ANOTHER".into());
    assert_eq!(harness.pin(&drive, &mut InOrder).unwrap_err().code(), Code::RpcRefused);
    assert_eq!(commands(&harness), ["GET_HASH"], "nothing is replaced");
}

/// Between the two readings of the hash another device pins: nothing is replaced.
#[test]
fn pins_that_move_meanwhile_are_not_replaced() {
    let (mut harness, drive) = loaded(SMALL, surplus);
    let owner = harness.built.ed_public.clone();
    let Drive::Complete(complete) = &drive else { panic!("partial") };
    let ticket = harness.session.sync_pins(harness.now, &complete.pin_set(), None).unwrap();
    // COOKIE, GET_HASH, PIN; the next hash has been read by then and is on its way.
    for _ in 0..3 {
        harness.deliver_one();
    }
    harness.built.server.pins.get_mut(&owner).unwrap().apply("PIN", &["d".repeat(32)]);
    let error = harness.run(ticket, &mut InOrder).unwrap_err();
    assert_eq!(error.code(), Code::PinsMoved);
    assert!(!commands(&harness).contains(&"RESET"));
}

#[test]
fn a_drive_that_changed_since_the_set_was_computed_is_not_replaced() {
    let (mut harness, drive) = loaded(SMALL, surplus);
    let frame = harness.built.another_device_writes("[2,[],\"nonsense\"]").unwrap();
    harness.interject(&frame);
    assert_eq!(harness.pin(&drive, &mut InOrder).unwrap_err().code(), Code::PinsMoved);
    let drive = harness.load(&mut InOrder).unwrap();
    assert!(harness.pin(&drive, &mut InOrder).unwrap().confirmed());
}

#[test]
fn pins_of_another_account_are_refused() {
    let (_, drive) = loaded(SMALL, |pins| pins);
    let (mut harness, _) = loaded(Plan { seed: 4, ..SMALL }, |pins| pins);
    assert_eq!(harness.pin(&drive, &mut InOrder).unwrap_err().code(), Code::MisuseForeignPinSet);
    let mut closed = Session::new(Box::new(Seeded::new(1)));
    closed.close();
    assert_eq!(closed.load_drive(pinfold_core::UnixMillis(0)).unwrap_err().code(), Code::MisuseClosed);
}

#[test]
fn thousands_of_ids_go_in_frames_of_bounded_size() {
    let (mut harness, drive) =
        loaded(Plan { seed: 5, documents: 12_000, folders: 0, per_folder: 0 }, |pins| pins[..1].to_vec());
    let receipt = harness.pin(&drive, &mut InOrder).unwrap();
    assert!(receipt.confirmed() && receipt.sent == 12_001);
    let batches: Vec<_> =
        harness.sent.iter().filter(|frame| frame.contains("\\\"PIN\\\"")).map(String::len).collect();
    assert!(batches.len() > 1 && batches.iter().all(|bytes| *bytes < 1_000_000), "{batches:?}");
}
