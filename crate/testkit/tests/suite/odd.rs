//! Accounts in which one value is not what it should be: years of clients have written them. Every step of a session
//! ends, and whatever the odd value does not hide is found.

use std::time::Duration;

use pinfold_core::drive::complete::Drive;
use pinfold_core::drive::edit::{Edit, EntryId, Put};
use pinfold_core::error::Code;
use pinfold_core::json::{Text, Value, stringify};
use pinfold_core::session::effect::Ticket;
use pinfold_core::session::inbox::Reading;
use pinfold_core::session::writing::Target;
use pinfold_testkit::account::{Built, Plan, Variety, build_with};
use pinfold_testkit::entropy::Seeded;
use pinfold_testkit::harness::{Harness, InOrder};

const ODD: [&str; 12] = [
    "null",
    "0",
    "-1.5",
    "true",
    r#""""#,
    r#""x""#,
    r##""#""##,
    r#""\ud800""#,
    "[]",
    "{}",
    "[null]",
    r#"{"channel":null}"#,
];

/// How deep the deepest values are.
const DEPTH: usize = 5;

fn seeds() -> Vec<u64> {
    let one = std::env::var("PINFOLD_SEED").ok().and_then(|seed| seed.parse().ok());
    one.map_or_else(|| (0..14).collect(), |seed| vec![seed])
}

/// The ways to the values of objects at this depth.
fn paths(value: &Value, depth: usize, at: &mut Vec<Text>, found: &mut Vec<Vec<Text>>) {
    if depth == 0 {
        found.push(at.clone());
    } else if let Some(object) = value.as_object() {
        for (key, value) in object.iter() {
            at.push(key.clone());
            paths(value, depth - 1, at, found);
            at.pop();
        }
    }
}

fn replace(value: &mut Value, path: &[Text], odd: Value) -> Value {
    match path {
        [] => std::mem::replace(value, odd),
        [key, rest @ ..] => replace(value.as_object_mut().unwrap().get_text_mut(key).unwrap(), rest, odd),
    }
}

/// An account with one odd value; where it stands, and what stood there.
fn spoilt(seed: u64) -> (Built, String) {
    let mut random = Seeded::new(seed ^ 0x0dd);
    let plan = Plan { seed: seed % 5, documents: 20, folders: 5, per_folder: 4 };
    let variety = Variety { mixed: true, teams: 3, letters: 4, ..Variety::default() };
    let mut built = build_with(plan, &variety).unwrap();
    let depth = 1 + usize::try_from(seed).unwrap() % DEPTH;
    let mut found = Vec::new();
    paths(&built.document, depth, &mut Vec::new(), &mut found);
    let (path, odd) = (&found[random.below(found.len())], ODD[random.below(ODD.len())]);
    let names: Vec<_> = path.iter().map(Text::to_string_lossy).collect();
    println!(
        "replay: PINFOLD_SEED={seed} cargo test -p pinfold-testkit --test suite odd ({names:?} is {odd})"
    );
    let mut stood = String::new();
    let spoil = |document: &mut Value| {
        let before = replace(document, path, Value::parse(odd).unwrap());
        stood = format!("{names:?} {}", stringify(&before));
    };
    built.device().unwrap().edit(&mut built.server, spoil).unwrap();
    (built, stood)
}

/// Waits for the end of something, whatever it is.
fn end<E>(harness: &mut Harness, started: Result<Ticket, E>) {
    if let Ok(ticket) = started {
        let _ = harness.run(ticket, &mut InOrder);
    }
}

fn load_and_pin(harness: &mut Harness, stood: &str) {
    let drive = match harness.load(&mut InOrder) {
        Ok(drive) => drive,
        Err(error) => return assert_eq!(error.code(), Code::DriveUnreadable),
    };
    let listed = drive.additions();
    let missing = |id: &String| !listed.ids().contains(&Text::from(id.as_str()));
    // Of what is named by a link, the link and its password are all there is.
    let words = ["#", "profile", "password"];
    let hides = |id: &String| words.iter().any(|word| stood.contains(word)) || stood.contains(id.as_str());
    let lost: Vec<String> = harness.built.pin_list().into_iter().filter(missing).collect();
    assert!(matches!(drive, Drive::Partial(_)) || lost.iter().all(hides), "{lost:?}");
    let _ = harness.pin(&drive, &mut InOrder);
}

fn use_it_all(harness: &mut Harness, stood: &str) {
    load_and_pin(harness, stood);
    harness.session.follow_changes(harness.now);
    harness.pass(harness.now + Duration::from_secs(5));
    for team in harness.session.teams() {
        let started = harness.session.load_team(harness.now, &team.id);
        end(harness, started);
    }
    for mailbox in harness.session.mailboxes() {
        let reading = Reading { whole: true, ..Reading::default() };
        let ticket = harness.session.open_mailbox(harness.now, &mailbox.name, reading).unwrap();
        harness.drain();
        if let Some((_, delivery)) = harness.deliveries.pop() {
            let started = harness.session.dismiss(harness.now, ticket, &delivery.hash);
            end(harness, started);
        }
        harness.session.close_mailbox(ticket);
    }
    let link = "/pad/#/2/pad/edit/dwp81vGRSpB96Oh-2xXCwfsl/";
    let new = EntryId::new(77).unwrap();
    let mut edits = vec![Edit::Put(
        Put::document(new, link, None, &"Notes".into(), pinfold_core::UnixMillis(1)).unwrap(),
    )];
    let root = harness.session.document().unwrap();
    let files = root.document().get("drive").and_then(|drive| drive.get("filesData"));
    for key in files.and_then(Value::as_object).into_iter().flat_map(|files| files.keys()).take(4) {
        if let Some(entry) = key.as_str().and_then(EntryId::parse) {
            edits.extend([Edit::Rename { entry, title: "x".into() }, Edit::Remove { entry }]);
            edits.push(Edit::EmptyTrash { entries: vec![entry] });
        }
    }
    for edit in edits {
        let started = harness.session.edit(harness.now, Target::Account, vec![edit]);
        end(harness, started);
    }
    let _ = harness.load(&mut InOrder);
}

#[test]
fn one_odd_value_ends_nothing_and_hides_nothing_else() {
    for seed in seeds() {
        let (built, stood) = spoilt(seed);
        let mut harness = Harness::new(built);
        harness.resume(&mut InOrder).unwrap();
        use_it_all(&mut harness, &stood);
    }
}
