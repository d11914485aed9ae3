//! What accounts told their operator: only what the account signed counts, only for the list that is in its log, and the document that
//! it let go of no longer waits for it.

use crate::store::{DAY, NOW, Store, TrialDisk, id};
use pinfold_core::crypto::sign::SigningKey;
use pinfold_core::ids::EdPublic;
use pinfold_core::pins::hash::list_hash;
use pinfold_core::report::{List, Report, Signed, channel_of};
use pinfold_core::secret::Secret;
use pinfold_datadir::config::Config;
use pinfold_datadir::decrees::Decrees;
use pinfold_datadir::id::KeyName;
use pinfold_datadir::store_id::StoreId;
use pinfold_operator::going::Quietly;
use pinfold_operator::journal::{Act, Journal, Step, Target};
use pinfold_operator::plan::{Does, Grounds, Plan};
use pinfold_operator::policy::Policy;
use pinfold_operator::reported::reports;
use pinfold_operator::survey::{Declared, survey};
use pinfold_operator::waits::{Wait, WalkRecord};

const HOUR: i64 = 3_600_000;

struct Person {
    key: SigningKey,
    public: EdPublic,
    name: KeyName,
}

fn person(fill: u8) -> Person {
    let key = SigningKey::from_seed(&Secret::derive_with(|out| out.fill(fill)));
    let public = EdPublic::parse(&key.verifying_key().to_base64()).unwrap();
    let name = public.as_str().replace('/', "-").parse().unwrap();
    Person { key, public, name }
}

impl Person {
    fn report(&self, begun: i64, pins: &[&str]) -> Report {
        let digest = list_hash(pins.iter().copied());
        let account = self.public.as_str().to_owned();
        let list = List {
            key: account.clone(),
            count: pins.len() as u64,
            server: Some(digest.clone()),
            digest,
            confirmed: true,
        };
        Report {
            account,
            origin: "https://pad.example".into(),
            begun: begun as u64,
            made: (begun + 60_000) as u64,
            complete: true,
            lists: vec![list],
            findings: Vec::new(),
            rows: None,
        }
    }

    fn sign(&self, report: Report) -> Signed {
        report.sign(&self.key).unwrap()
    }

    /// The lines of the channel in which the operator looks.
    fn tells(&self, store: &Store, lines: &[(String, i64)]) {
        let channel = channel_of(&self.public).unwrap();
        let line = |(message, at): &(String, i64)| {
            format!("{}\n", serde_json::json!([0, null, "MSG", channel.as_str(), message, at]))
        };
        let lines: String = lines.iter().map(line).collect();
        store.write(&store.paths.live(&StoreId::channel(channel.as_str()).unwrap()).body, &lines);
    }

    fn pins(&self, store: &Store, lines: &str) {
        store.write(&store.paths.pin_log(&self.name), lines);
    }
}

/// An account that pinned two documents and let go of one.
fn stage() -> (Store, TrialDisk, Person, String, String) {
    let (store, disk, alice) = (Store::new(), TrialDisk::default(), person(5));
    let (kept, gone) = (id("kept").to_string(), store.old_channel("gone").to_string());
    let at = NOW - 100 * DAY;
    alice.pins(&store, &format!("[\"PIN\",[\"{kept}\",\"{gone}\"],{at}]\n[\"UNPIN\",[\"{gone}\"],{at}]\n"));
    (store, disk, alice, kept, gone)
}

fn found(store: &Store, disk: &TrialDisk, of: &Person) -> Option<i64> {
    let seen = survey(disk, &store.paths, NOW, &mut |_, _| ()).unwrap();
    reports(disk, &store.paths, &seen, NOW, &Quietly).get(&of.name).copied()
}

#[test]
fn a_signed_report_of_the_list_in_the_log_counts_from_when_the_looking_began() {
    let (store, disk, alice, kept, _) = stage();
    assert_eq!(found(&store, &disk, &alice), None);
    let begun = NOW - 2 * DAY;
    let report = alice.sign(alice.report(begun, &[&kept])).to_json();
    alice.tells(&store, &[(report.clone(), begun + HOUR)]);
    assert_eq!(found(&store, &disk, &alice), Some(begun));
    // An older one beside it changes nothing, nor does junk, before and behind and too long to be read.
    let older = alice.sign(alice.report(begun - 9 * DAY, &[&kept])).to_json();
    let junk = |text: &str| (text.to_owned(), begun);
    let long = "x".repeat(300_000);
    alice.tells(
        &store,
        &[junk("no report"), junk(&long), (older, begun - 8 * DAY), (report, begun + HOUR), junk("{}")],
    );
    assert_eq!(found(&store, &disk, &alice), Some(begun));
}

#[test]
fn what_was_pinned_after_the_report_does_not_undo_it() {
    let (store, disk, alice, kept, gone) = stage();
    let begun = NOW - 2 * DAY;
    let (at, later) = (NOW - 100 * DAY, NOW - DAY);
    alice.tells(&store, &[(alice.sign(alice.report(begun, &[&kept])).to_json(), begun + HOUR)]);
    let more = id("more").to_string();
    alice.pins(
        &store,
        &format!("[\"PIN\",[\"{kept}\",\"{gone}\"],{at}]\n[\"UNPIN\",[\"{gone}\"],{at}]\n[\"PIN\",[\"{more}\"],{later}]\n"),
    );
    assert_eq!(found(&store, &disk, &alice), Some(begun));
}

#[test]
fn everything_else_is_no_report() {
    let (store, disk, alice, kept, gone) = stage();
    let mallory = person(6);
    let begun = NOW - 2 * DAY;
    let whole = || alice.report(begun, &[&kept]);
    let lists = |change: &dyn Fn(&mut List)| {
        let mut report = whole();
        change(&mut report.lists[0]);
        alice.sign(report).to_json()
    };
    let json = alice.sign(whole()).to_json();
    for (why, message, stored) in [
        ("of another account", mallory.sign(mallory.report(begun, &[&kept])).to_json(), begun + HOUR),
        ("changed", json.replace("\"complete\":true", "\"complete\":false"), begun + HOUR),
        ("with another time", json.replace(&begun.to_string(), &(begun + DAY).to_string()), begun + HOUR),
        ("not complete", alice.sign(Report { complete: false, ..whole() }).to_json(), begun + HOUR),
        ("of another list", alice.sign(alice.report(begun, &[&kept, &gone])).to_json(), begun + HOUR),
        ("not confirmed", lists(&|list| list.confirmed = false), begun + HOUR),
        (
            "without the account's own list",
            lists(&|list| list.key = mallory.public.as_str().into()),
            begun + HOUR,
        ),
        ("stored in the future", json.clone(), NOW + HOUR),
        ("made ahead of the server's time", json.clone(), begun - DAY),
    ] {
        alice.tells(&store, &[(message, stored)]);
        assert_eq!(found(&store, &disk, &alice), None, "{why}");
    }
    // Written again by somebody else, it is as old as it was; and one whose time lay ahead never counts.
    alice.tells(&store, &[(json.clone(), begun + HOUR), (json.clone(), NOW - HOUR)]);
    assert_eq!(found(&store, &disk, &alice), Some(begun));
    alice.tells(&store, &[(json.clone(), begun - DAY), (json, begun + HOUR)]);
    assert_eq!(found(&store, &disk, &alice), None);
}

#[test]
fn a_document_waits_until_the_account_that_let_go_of_it_has_reported_since_the_mark() {
    let (store, disk, alice, kept, gone) = stage();
    let target = Target::Item(gone.parse().unwrap());
    let mut journal = Journal::open(&disk, &store.paths.state).unwrap();
    let marked = NOW - 20 * DAY;
    let hands = pinfold_operator::archive::Hands {
        disk: &disk,
        paths: &store.paths,
        run: "mark".into(),
        now: marked,
        going: &Quietly,
    };
    journal.note(hands.record(Act::Mark, &target, Step::Done)).unwrap();
    let does = || {
        let seen = survey(&disk, &store.paths, NOW, &mut |_, _| ()).unwrap();
        let policy = Policy::of(&Config::default(), &Decrees::default()).unwrap();
        let walk = |days: i64| WalkRecord {
            began: NOW - days * DAY,
            ended: NOW - days * DAY,
            ..WalkRecord::default()
        };
        let grounds = Grounds {
            disk: &disk,
            survey: &seen,
            paths: &store.paths,
            policy: &policy,
            journal: &journal,
            walks: &[walk(9), walk(3)],
            reports: &reports(&disk, &store.paths, &seen, NOW, &Quietly),
            declared: Declared::default(),
            now: NOW,
        };
        let plan = Plan::make(&grounds).unwrap();
        plan.entries.iter().find(|entry| entry.id == target).map(|entry| entry.does).unwrap()
    };
    let waits = Does::Wait { wait: Wait::Accounts(vec![alice.name.clone()]) };
    assert_eq!(does(), waits);
    let told = |begun: i64| {
        let report = alice.sign(alice.report(begun, &[&kept])).to_json();
        alice.tells(&store, &[(report, begun + HOUR)]);
    };
    told(marked - HOUR);
    assert_eq!(does(), waits, "from before the mark");
    told(marked + DAY);
    assert!(matches!(does(), Does::Take { .. }));
}
