//! Whole accounts of every kind, read by a session: everything that was built comes out, and nothing else.

use pinfold_core::drive::complete::{Drive, FolderOutcome, Whose};
use pinfold_core::error::Code;
use pinfold_core::json::{Value, canonical};
use pinfold_core::mailbox::delivery::Delivery;
use pinfold_core::ports::UnixMillis;
use pinfold_core::session::effect::Outcome;
use pinfold_core::session::inbox::Reading;
use pinfold_testkit::account::{
    Built, BuiltFolder, BuiltLetter, BuiltMailbox, BuiltTeam, Expected, Login, Membership, Plan, Variety,
    build, build_with,
};
use pinfold_testkit::entropy::Seeded;
use pinfold_testkit::harness::{Harness, InOrder, Shuffled};

const ORIGIN: &str = "https://drive.example";

fn seeds() -> Vec<u64> {
    let one = std::env::var("PINFOLD_SEED").ok().and_then(|seed| seed.parse().ok());
    one.map_or_else(|| (0..6).collect(), |seed| vec![seed])
}

/// An account of every kind of thing; whether folders stay closed, and how it is signed in to, differs.
fn account(seed: u64) -> Built {
    let mut random = Seeded::new(seed ^ 0xacc0);
    let plan = Plan {
        seed,
        documents: 28 + random.below(60),
        folders: 7 + random.below(5),
        per_folder: 14 + random.below(10),
    };
    let named = |username: &str| (username.to_owned(), format!("pässword {seed}"));
    let login = match seed % 3 {
        0 => Login::Hash,
        1 => {
            let (username, password) = named("Ödön");
            Login::Block { username, password }
        }
        _ => {
            let (username, password) = named("old");
            Login::Legacy { username, password }
        }
    };
    let closed = if seed.is_multiple_of(2) { 5 } else { 0 };
    build_with(plan, &Variety { mixed: true, closed, teams: 3, letters: 30, login }).unwrap()
}

fn signed_in(built: Built) -> Harness {
    let credentials = built.credentials(ORIGIN);
    let mut harness = Harness::new(built);
    harness.give_up_unknown();
    match credentials {
        Some(credentials) => {
            harness.pages = harness.built.pages(ORIGIN);
            harness.open(credentials).unwrap();
        }
        None => harness.resume(&mut InOrder).unwrap(),
    }
    harness
}

fn texts(ids: &[pinfold_core::ids::PinId]) -> Vec<String> {
    ids.iter().map(ToString::to_string).collect()
}

fn check_documents(drive: &Drive, document: &Value, folders: &[BuiltFolder]) {
    assert_eq!(canonical(drive.root().document()), canonical(document));
    assert_eq!(drive.folders().len(), folders.len());
    for folder in drive.folders() {
        let expected = folders.iter().find(|f| f.id == folder.declared.id).unwrap();
        assert_eq!(folder.declared.pinned.as_ref().unwrap().as_str(), Some(expected.channel.as_str()));
        let outcome = match &folder.outcome {
            FolderOutcome::Loaded(document) => {
                assert_eq!(canonical(document.document()), canonical(expected.document.as_ref().unwrap()));
                Expected::Loaded { read_only: document.read_only() }
            }
            FolderOutcome::Unavailable(why) => Expected::Unavailable(why.code()),
        };
        assert_eq!(outcome, expected.expected);
    }
}

fn check_pins(harness: &mut Harness, drive: &Drive) {
    let built = &harness.built;
    let complete = built.folders.iter().all(|f| matches!(f.expected, Expected::Loaded { .. }));
    let pins = built.pin_list();
    let (found, reset) = match drive {
        Drive::Complete(drive) => (texts(drive.pin_set().ids()), vec![built.reset_list()]),
        partial => (texts(partial.additions().ids()), Vec::new()),
    };
    assert_eq!(matches!(drive, Drive::Complete(_)), complete);
    assert_eq!(found, pins);
    // An earlier drive pinned something that is no longer in it.
    let state = harness.built.server.pins.entry(harness.built.ed_public.clone()).or_default();
    state.apply("PIN", &["f".repeat(32)]);
    state.expire();
    let receipt = harness.pin(drive, &mut InOrder).unwrap();
    assert_eq!(receipt.confirmed(), complete);
    let server = &harness.built.server;
    let resets = server.commands.iter().filter(|(command, _)| command == "RESET").map(|(_, ids)| ids.clone());
    assert_eq!(resets.collect::<Vec<_>>(), reset);
    let mut pinned = server.pins[&harness.built.ed_public].pinned();
    assert_eq!(pinned.remove(&"f".repeat(32)), !complete, "only a complete drive takes something away");
    assert_eq!(pinned.into_iter().collect::<Vec<_>>(), pins);
}

/// Each team is a drive of its own: documents, folders, roster and pins, signed by its own key where that is held.
fn check_team(harness: &mut Harness, team: &BuiltTeam) {
    let ticket = harness.session.load_team(harness.now, &team.id).unwrap();
    let Outcome::Drive(drive) = harness.run(ticket, &mut InOrder).unwrap() else { panic!("another outcome") };
    check_documents(&drive, &team.document, &team.folders);
    let Whose::Team(_, Ok(roster)) = drive.whose() else { panic!("no roster") };
    assert_eq!(canonical(&roster.roster().state()), canonical(&team.roster));
    let Drive::Complete(complete) = &*drive else { panic!("incomplete") };
    let mut pins = team.pins.clone();
    pins.sort();
    pins.dedup();
    assert_eq!(texts(complete.pin_set().ids()), pins);
    let before = harness.built.server.pins.get(&harness.built.ed_public).map(|state| state.log.len());
    match (team.membership, harness.pin(&drive, &mut InOrder)) {
        (Membership::Viewer, sent) => assert_eq!(sent.unwrap_err().code(), Code::CryptoReadOnly),
        (_, receipt) => {
            assert!(receipt.unwrap().confirmed());
            let pinned = harness.built.server.pins[&team.ed_public].pinned();
            assert_eq!(pinned.into_iter().collect::<Vec<_>>(), pins);
        }
    }
    let after = harness.built.server.pins.get(&harness.built.ed_public).map(|state| state.log.len());
    assert_eq!(before, after, "a team never touches the user's pins");
}

fn check_letters(harness: &mut Harness, mailbox: &BuiltMailbox, whole: bool) {
    harness.deliveries.clear();
    let ticket = harness
        .session
        .open_mailbox(harness.now, &mailbox.name, Reading { whole, ..Reading::default() })
        .unwrap();
    harness.drain();
    let start = if whole { 0 } else { mailbox.last_known.unwrap_or(0) };
    let expected = &mailbox.letters[start..];
    let delivered: Vec<&Delivery> =
        harness.deliveries.iter().filter(|(of, _)| *of == ticket).map(|(_, delivery)| delivery).collect();
    assert_eq!(delivered.len(), expected.len(), "{}", mailbox.name);
    for (delivery, expected) in delivered.into_iter().zip(expected) {
        check_letter(delivery, expected);
    }
    harness.session.close_mailbox(ticket);
    harness.drain();
}

fn check_letter(delivery: &Delivery, expected: &BuiltLetter) {
    assert_eq!(delivery.hash.as_str(), expected.hash);
    assert_eq!(delivery.time, Some(UnixMillis(expected.time)));
    assert_eq!(delivery.dismissed, expected.dismissed);
    match (&delivery.letter, &expected.text) {
        (Ok(opened), Some(text)) => {
            assert_eq!((&opened.text, &opened.sender.author), (text, &expected.author));
            let content = Value::parse(text).unwrap();
            assert_eq!(content.get("type").and_then(Value::as_str), Some(expected.kind.as_str()));
        }
        (Err(_), None) => {}
        (opened, _) => panic!("{opened:?} instead of {expected:?}"),
    }
}

#[test]
fn everything_in_an_account_comes_out_of_a_session() {
    for seed in seeds() {
        println!(
            "replay: PINFOLD_SEED={seed} cargo test -p pinfold-testkit --test suite accounts::everything"
        );
        let mut harness = signed_in(account(seed));
        let drive = harness.load(&mut Shuffled(Seeded::new(seed))).unwrap();
        check_documents(&drive, &harness.built.document, &harness.built.folders);
        check_pins(&mut harness, &drive);
        for team in harness.built.teams.clone() {
            check_team(&mut harness, &team);
        }
        for mailbox in harness.built.mailboxes.clone() {
            check_letters(&mut harness, &mailbox, false);
            check_letters(&mut harness, &mailbox, true);
        }
    }
}

/// An account from before there were blocks is pinned under the key of its password, also where its document holds none.
#[test]
fn an_old_account_signs_with_the_key_of_its_password() {
    let mut built = account(2);
    let remove = |document: &mut Value| {
        for key in ["edPublic", "edPrivate"] {
            document.as_object_mut().and_then(|document| document.remove(key)).unwrap();
        }
    };
    built.device().unwrap().edit(&mut built.server, remove).unwrap();
    let mut harness = signed_in(built);
    let drive = harness.load(&mut InOrder).unwrap();
    let signed_by = drive.whose().signed_by().map(|key| key.as_str().to_owned());
    assert_eq!(signed_by.as_ref(), Some(&harness.built.ed_public));
    harness.pin(&drive, &mut InOrder).unwrap();
    let pinned = harness.built.server.pins[&harness.built.ed_public].pinned();
    assert_eq!(pinned.into_iter().collect::<Vec<_>>(), harness.built.pin_list());
}

#[test]
fn the_same_seed_makes_the_same_account() {
    let text = |seed| canonical(&account(seed).manifest());
    assert_eq!(text(1), text(1));
    assert_ne!(text(1), text(4));
}

/// What others rest on: three messages in each channel, the folders in order.
#[test]
fn the_plainest_account_is_plain() {
    let built = build(Plan { seed: 1, documents: 2, folders: 2, per_folder: 0 }).unwrap();
    assert_eq!(built.server.channels.len(), 3);
    assert!(built.server.channels.values().all(|channel| channel.messages.len() == 3));
    assert_eq!(built.pins.len(), 5);
    let mut harness = signed_in(built);
    let drive = harness.load(&mut InOrder).unwrap();
    check_documents(&drive, &harness.built.document, &harness.built.folders);
    check_pins(&mut harness, &drive);
}

/// Long histories are what clients write: a checkpoint before every 50th message, marked as such; messages that
/// lost against another one do not count.
#[test]
fn long_histories_have_checkpoints() {
    let variety = Variety { mixed: true, ..Variety::default() };
    let mut seen = 0;
    for seed in 0..6 {
        let built = build_with(Plan { seed, documents: 100, folders: 0, per_folder: 0 }, &variety).unwrap();
        let log = &built.server.channels[&built.drive_channel].messages;
        let at: Vec<usize> = (0..log.len()).filter(|at| log[*at].message.starts_with("cp|")).collect();
        let distances = std::iter::once(at.first().map_or(49, |first| *first))
            .chain(at.windows(2).map(|pair| pair[1] - pair[0] - 1));
        assert!(
            distances.into_iter().all(|distance| (49..49 + 25).contains(&distance)),
            "seed {seed}: {at:?}"
        );
        assert!(at.last().map_or(0, |last| last + 1) + 49 + 25 > log.len(), "seed {seed}: {at:?}");
        seen += at.len();
    }
    assert!(seen > 3, "{seen} checkpoints");
}

/// A large document comes as a server sends it: from a checkpoint on, and it is read all the same.
#[test]
fn a_large_drive_begins_with_a_checkpoint() {
    let variety = Variety { mixed: true, ..Variety::default() };
    let built = build_with(Plan { seed: 2, documents: 1000, folders: 0, per_folder: 0 }, &variety).unwrap();
    let log = &built.server.channels[&built.drive_channel].messages;
    let checkpoints = log.iter().filter(|m| m.message.starts_with("cp|")).count();
    assert_eq!((log[0].message.starts_with("cp|"), checkpoints), (true, 2));
    let mut harness = signed_in(built);
    let drive = harness.load(&mut InOrder).unwrap();
    check_documents(&drive, &harness.built.document, &harness.built.folders);
    check_pins(&mut harness, &drive);
}
