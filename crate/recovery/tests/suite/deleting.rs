//! What a deletion comes to, and that carrying it out does just that.

use pinfold_core::document::{Branch, EntryId, Kind, Shape, Tables};
use pinfold_core::drive::complete::FolderOutcome;
use pinfold_core::error::Code;
use pinfold_core::href::{HrefCipher, secrets_from_hash};
use pinfold_core::json::{Text, Value, canonical, parse};
use pinfold_core::net::unavailable::Unavailable;
use pinfold_recovery::delete::{Refused, Warnings, content_of};
use pinfold_recovery::{Action, DeletePlan, Holder, Pick, View};
use proptest::prelude::*;

const OWN: &str = "own";

fn texts(names: &[&str]) -> Vec<Text> {
    names.iter().map(|name| Text::from(*name)).collect()
}

fn pick(holder: usize, names: &[&str], entry: Option<u64>) -> Pick {
    let entry = entry.map(|number| EntryId::new(number).unwrap());
    Pick { holder, branch: Branch::Root, names: texts(names), entry }
}

struct Account {
    documents: Vec<(&'static str, Shape, Option<Value>)>,
    cipher: HrefCipher,
}

impl Account {
    /// The drive, then folders by their channels.
    fn new(drive: &str, folders: &[(&'static str, Option<&str>)]) -> Self {
        let secrets = secrets_from_hash("drive", "/2/drive/edit/Y1BNEyFMPO2wmbZ-+gWLXyHv/", None).unwrap();
        let drive = parse(&format!(r#"{{"drive":{drive}}}"#)).unwrap();
        let mut documents = vec![("account", Shape::Account, Some(drive))];
        documents.extend(
            folders.iter().map(|(at, text)| (*at, Shape::Folder, text.map(|text| parse(text).unwrap()))),
        );
        Self { documents, cipher: HrefCipher::new(&secrets.keys.unwrap().secondary_key.unwrap()).unwrap() }
    }

    fn holders(&self) -> Vec<Holder<'_>> {
        self.documents
            .iter()
            .map(|(channel, shape, content)| Holder {
                channel,
                shape: *shape,
                content: content.as_ref(),
                links: Some(&self.cipher),
            })
            .collect()
    }

    fn plan(&self, picks: &[Pick], action: Action) -> DeletePlan {
        DeletePlan::of(&self.holders(), Some(OWN), picks, action, View::Tree).unwrap()
    }

    /// Carries it out; the documents after that.
    fn carried_out(&self, plan: &DeletePlan) -> Vec<Option<String>> {
        let first = plan.consent();
        let consent = plan.consent_again(&first).unwrap();
        let mut documents: Vec<Option<Value>> = self.documents.iter().map(|(.., it)| it.clone()).collect();
        for (at, edits) in plan.edits(Some(&consent), &Warnings::default()).unwrap() {
            for edit in edits {
                edit.apply(documents[*at].as_mut().unwrap(), self.documents[*at].1).unwrap();
            }
        }
        documents.iter().map(|document| document.as_ref().map(canonical)).collect()
    }
}

fn file(n: u64, more: &str) -> String {
    format!(r#""{n}":{{"channel":"c{n}"{more}}}"#)
}

#[test]
fn what_stays_elsewhere_loses_nothing() {
    let drive = format!(
        r#"{{"filesData":{{{}}},"sharedFolders":{{"9":{{"channel":"f"}}}},"root":{{"a":1,"b":{{"c":1}},"f":9}}}}"#,
        file(1, "")
    );
    let account =
        Account::new(&drive, &[("f", Some(r#"{"filesData":{"5":{"channel":"c1"}},"root":{"x":5}}"#))]);
    let one = account.plan(&[pick(0, &["a"], Some(1))], Action::Remove);
    let row = &one.rows()[0];
    assert_eq!((row.stays.iter().copied().collect::<Vec<_>>(), row.loses_pin), (vec![0, 1], false));
    assert!(!one.needs_consent(&Warnings::default()), "one document");
    let both = account.plan(&[pick(0, &["a"], Some(1)), pick(0, &["b", "c"], Some(1))], Action::Remove);
    let row = &both.rows()[0];
    assert_eq!((row.stays.iter().copied().collect::<Vec<_>>(), row.loses_pin), (vec![1], false));
    let inside = account.plan(&[pick(1, &["x"], Some(5))], Action::Trash);
    assert!(inside.rows()[0].others, "every member loses it there");
    assert_eq!(account.carried_out(&inside)[1].as_deref(), Some(r#"{"filesData":{},"root":{}}"#));
}

#[test]
fn the_last_place_loses_the_pin_and_the_trash_keeps_it() {
    let drive = format!(r#"{{"filesData":{{{}}},"root":{{"a":1}}}}"#, file(1, r#","owners":["own"]"#));
    let account = Account::new(&drive, &[]);
    let picks = [pick(0, &["a"], Some(1))];
    let removed = account.plan(&picks, Action::Remove);
    assert!(removed.rows()[0].loses_pin && removed.rows()[0].owned && !removed.rows()[0].loses_key);
    let trashed = account.plan(&picks, Action::Trash);
    assert!(!trashed.rows()[0].loses_pin);
    assert_ne!(removed.digest(), trashed.digest());
    // From the trash there is only one way, and it is no way into the trash.
    let drive =
        r#"{"filesData":{"1":{"channel":"c1"}},"root":{},"trash":{"a":[{"element":1,"path":["root"]}]}}"#;
    let (account, picks) = (Account::new(drive, &[]), [Pick { branch: Branch::Trash, ..picks[0].clone() }]);
    let refused = DeletePlan::of(&account.holders(), Some(OWN), &picks, Action::Trash, View::Tree);
    assert_eq!(refused.unwrap_err().code(), Code::MisuseBadArgument);
}

/// 7.1 of the facts: one row in the real client, a plain folder with documents and a shared folder in it.
#[test]
fn a_plain_folder_is_all_that_is_in_it_and_in_the_shared_folders_there() {
    let drive = format!(
        r#"{{"filesData":{{{},{},{}}},"sharedFolders":{{"8":{{"channel":"g"}},"9":{{"channel":"f"}}}},
            "root":{{"p":{{"a":1,"q":{{"b":2}},"f":9,"g":8}},"z":3}}}}"#,
        file(1, ""),
        file(2, ""),
        file(3, "")
    );
    let folder = r#"{"filesData":{"5":{"channel":"c5"},"6":{"channel":"c3"}},"root":{"x":5,"y":6}}"#;
    let account = Account::new(&drive, &[("f", Some(folder)), ("g", None)]);
    let plan = account.plan(&[pick(0, &["p"], None)], Action::Remove);
    let said = |n: &str| {
        let row = plan.rows().iter().find(|row| row.channel.as_deref() == Some(n)).unwrap();
        (row.loses_pin, row.loses_key, row.via.as_deref(), row.stays.len())
    };
    assert_eq!(said("c1"), (true, false, None, 0));
    assert_eq!(said("c2"), (true, false, None, 0));
    assert_eq!(said("f"), (true, true, None, 0));
    assert_eq!(said("c5"), (true, true, Some("f"), 0), "only reachable through the folder");
    assert_eq!(said("c3"), (false, false, Some("f"), 1));
    assert_eq!(plan.unexpandable().iter().collect::<Vec<_>>(), ["g"], "never counted as empty");
    assert_eq!(plan.documents(), 5, "two, two in the folder, and what nobody could look into");
    let mut warnings = Warnings::default();
    assert!(warnings.switch_off(Action::Remove));
    assert!(plan.needs_consent(&warnings), "keys are lost");
    let after = account.carried_out(&plan);
    assert_eq!(
        after[0].as_deref(),
        Some(r#"{"drive":{"filesData":{"3":{"channel":"c3"}},"root":{"z":3},"sharedFolders":{}}}"#)
    );
    assert_eq!(
        after[1].as_deref(),
        Some(canonical(&parse(folder).unwrap()).as_str()),
        "it is the others' too"
    );
}

#[test]
fn destroying_takes_every_place_and_names_what_then_leads_nowhere() {
    let owned = r#","owners":["own"]"#;
    let drive = format!(
        r#"{{"filesData":{{{},{}}},"sharedFolders":{{"9":{{"channel":"f"}}}},"root":{{"a":1,"b":1,"c":2,"f":9}}}}"#,
        file(1, owned),
        file(2, "")
    );
    let inner = format!(r#"{{"filesData":{{{}}},"root":{{"x":1}}}}"#, file(1, ""));
    let account = Account::new(&drive, &[("f", Some(&inner))]);
    let plan = account.plan(&[pick(0, &["a"], Some(1))], Action::Destroy);
    assert_eq!(plan.destroys().into_iter().collect::<Vec<_>>(), ["c1"]);
    let mut warnings = Warnings::default();
    assert!(!warnings.switch_off(Action::Destroy), "that warning stays on");
    assert_eq!(plan.edits(None, &warnings).unwrap_err(), Refused::NeedsConsent);
    assert_eq!(plan.edits(Some(&plan.consent()), &warnings).unwrap_err(), Refused::NeedsSecondConsent);
    let after = account.carried_out(&plan);
    assert!(!after.iter().flatten().any(|text| text.contains("c1")), "{after:?}");
    let foreign = [pick(0, &["c"], Some(2))];
    let refused = DeletePlan::of(&account.holders(), Some(OWN), &foreign, Action::Destroy, View::Tree);
    assert_eq!(refused.unwrap_err().code().as_str(), "misuse/bad-argument");
    // A folder that can only be read keeps an entry that leads nowhere.
    let holders = account.holders();
    let read_only = [holders[0], Holder { links: None, ..holders[1] }];
    let picks = [pick(0, &["a"], Some(1))];
    let plan = DeletePlan::of(&read_only, Some(OWN), &picks, Action::Destroy, View::Tree).unwrap();
    assert_eq!(plan.rows()[0].dangling.iter().copied().collect::<Vec<_>>(), [1]);
}

#[test]
fn consent_is_to_one_plan_and_warnings_can_be_switched_off_and_on() {
    let drive = |more: &str| {
        format!(r#"{{"filesData":{{{},{}}},"root":{{"a":1,"b":2}}}}"#, file(1, ""), file(2, more))
    };
    let account = Account::new(&drive(""), &[]);
    let picks = [pick(0, &["a"], Some(1)), pick(0, &["b"], Some(2))];
    let plan = account.plan(&picks, Action::Trash);
    let mut warnings = Warnings::default();
    assert_eq!(plan.edits(None, &warnings).unwrap_err(), Refused::NeedsConsent);
    assert!(plan.edits(Some(&plan.consent()), &warnings).is_ok());
    assert!(warnings.switch_off(Action::Trash) && plan.edits(None, &warnings).is_ok());
    warnings.switch_on(Action::Trash);
    assert!(plan.edits(None, &warnings).is_err());
    let other = Account::new(&drive(r#","owners":["own"]"#), &[]).plan(&picks, Action::Trash);
    assert_eq!(other.edits(Some(&plan.consent()), &warnings).unwrap_err(), Refused::StaleConsent);
    assert_eq!(other.consent_again(&plan.consent()).unwrap_err(), Refused::StaleConsent);
    assert_eq!(account.plan(&picks, Action::Trash).digest(), plan.digest(), "the same of the same");
}

#[test]
fn a_search_finds_entries_and_never_what_is_around_them() {
    let drive = format!(r#"{{"filesData":{{{}}},"root":{{"p":{{"a":1}},"b":1}}}}"#, file(1, ""));
    let account = Account::new(&drive, &[]);
    let plan = |picks: &[Pick]| DeletePlan::of(&account.holders(), None, picks, Action::Trash, View::Search);
    assert_eq!(plan(&[pick(0, &["p"], None)]).unwrap_err().code().as_str(), "misuse/bad-argument");
    let hit = plan(&[pick(0, &["b"], Some(1))]).unwrap();
    assert_eq!(
        account.carried_out(&hit)[0].as_deref(),
        Some(r#"{"drive":{"filesData":{"1":{"channel":"c1"}},"root":{"p":{"a":1}}}}"#)
    );
    for nothing in
        [pick(0, &["c"], Some(1)), pick(0, &["b"], Some(7)), pick(0, &["q"], None), pick(3, &[], None)]
    {
        let refused = DeletePlan::of(&account.holders(), None, &[nothing], Action::Trash, View::Tree);
        assert_eq!(refused.unwrap_err().code().as_str(), "edit/absent");
    }
}

/// A team that can only be read names the folder as well: the key to edit goes all the same, and with it those of what is in it.
#[test]
fn a_team_that_can_only_be_read_keeps_no_key_to_edit() {
    let link = r#","href":"/drive/#/2/drive/edit/Tbc-4FKr-ovBfDXO-nX1h8Ph/""#;
    let drive = format!(r#"{{"sharedFolders":{{"9":{{"channel":"f"{link}}}}},"root":{{"f":9}}}}"#);
    let inner = format!(r#"{{"filesData":{{{}}},"root":{{"x":5}}}}"#, file(5, r#","href":"sealed""#));
    let mut account = Account::new(&drive, &[("f", Some(&inner))]);
    let team = r#"{"drive":{"sharedFolders":{"4":{"channel":"f","href":"sealed","roHref":"sealed"}},"root":{"t":4}}}"#;
    account.documents.push(("team", Shape::Team, Some(parse(team).unwrap())));
    let plan = |links: bool| {
        let mut holders = account.holders();
        holders[2].links = holders[2].links.filter(|_| links);
        DeletePlan::of(&holders, Some(OWN), &[pick(0, &["f"], Some(9))], Action::Remove, View::Tree).unwrap()
    };
    let said = |plan: &DeletePlan| -> Vec<_> {
        let rows = plan.rows().iter();
        rows.map(|row| (row.channel.clone().unwrap(), row.loses_key, row.loses_pin, row.stays.len()))
            .collect()
    };
    assert_eq!(said(&plan(true)), [("f".to_owned(), false, false, 1)]);
    let read_only = plan(false);
    assert_eq!(said(&read_only), [("f".to_owned(), true, false, 1), ("c5".to_owned(), true, false, 1)]);
    let mut warnings = Warnings::default();
    assert!(warnings.switch_off(Action::Remove) && read_only.needs_consent(&warnings));
    assert_ne!(plan(true).digest(), read_only.digest());
}

/// Two folders of one name were thrown away: whoever means one of them does not delete the other.
#[test]
fn of_two_folders_of_one_name_in_the_trash_neither_goes_for_the_other() {
    let drive = format!(
        r#"{{"filesData":{{{},{},{}}},"root":{{}},"trash":{{"p":[{{"element":{{"a":1}},"path":["root"]}},
            {{"element":{{"b":2}},"path":["root"]}}],"q":[{{"element":{{"c":3}},"path":["root"]}}]}}}}"#,
        file(1, ""),
        file(2, ""),
        file(3, "")
    );
    let account = Account::new(&drive, &[]);
    let thrown = |names: &[&str], entry| Pick { branch: Branch::Trash, ..pick(0, names, entry) };
    let plan = |pick| DeletePlan::of(&account.holders(), None, &[pick], Action::Remove, View::Tree);
    assert_eq!(plan(thrown(&["p"], None)).unwrap_err().code(), Code::MisuseBadArgument);
    for (one, channel) in [(thrown(&["p", "a"], Some(1)), "c1"), (thrown(&["q"], None), "c3")] {
        let plan = plan(one).unwrap();
        let rows: Vec<_> = plan.rows().iter().map(|row| row.channel.as_deref().unwrap()).collect();
        assert_eq!(rows, [channel]);
    }
}

/// Every entry of a large folder, and the folder: each goes once.
#[test]
fn what_is_selected_twice_goes_once_however_much_it_is() {
    let numbers = 1..2_000_u64;
    let files: Vec<String> = numbers.clone().map(|n| file(n, "")).collect();
    let shown: Vec<String> = numbers.clone().map(|n| format!(r#""k{n}":{n}"#)).collect();
    let drive = format!(r#"{{"filesData":{{{}}},"root":{{"p":{{{}}}}}}}"#, files.join(","), shown.join(","));
    let account = Account::new(&drive, &[]);
    let mut picks: Vec<Pick> = numbers.map(|n| pick(0, &["p", &format!("k{n}")], Some(n))).collect();
    let each = account.plan(&picks, Action::Remove);
    picks.extend([pick(0, &["p"], None), pick(0, &["p"], None)]);
    let all = account.plan(&picks, Action::Remove);
    assert_eq!((all.rows(), all.documents()), (each.rows(), 1_999));
    assert_eq!(account.carried_out(&all)[0].as_deref(), Some(r#"{"drive":{"filesData":{},"root":{}}}"#));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    /// What is not in the plan is in the same places with the same entry, and what the plan says of pins is so.
    #[test]
    fn exactly_what_the_plan_lists_changes(
        places in proptest::collection::vec((0u64..5, 0usize..3), 0..8),
        inner in proptest::collection::btree_set(0u64..5, 0..4),
        chosen in proptest::collection::vec(any::<proptest::sample::Index>(), 1..4),
        action in proptest::sample::select(vec![Action::Trash, Action::Remove]),
    ) {
        let mut root = [Vec::new(), Vec::new(), Vec::new()];
        for (at, (n, folder)) in places.iter().enumerate() {
            root[*folder].push(format!(r#""k{at}":{n}"#));
        }
        let all: std::collections::BTreeSet<u64> = places.iter().map(|(n, _)| *n).collect();
        let files = |numbers: &mut dyn Iterator<Item = u64>| numbers.map(|n| file(n, "")).collect::<Vec<_>>().join(",");
        let drive = format!(
            r#"{{"filesData":{{{}}},"sharedFolders":{{"9":{{"channel":"f"}}}},"root":{{"p":{{"q":{{{}}},"f":9{}}}{}}},"trash":{{}}}}"#,
            files(&mut all.iter().copied()),
            root[2].join(","),
            root[1].iter().map(|it| format!(",{it}")).collect::<String>(),
            root[0].iter().map(|it| format!(",{it}")).collect::<String>(),
        );
        let shown = inner.iter().map(|n| format!(r#""x{n}":{n}"#)).collect::<Vec<_>>().join(",");
        let folder = format!(r#"{{"filesData":{{{}}},"root":{{{shown}}}}}"#, files(&mut inner.iter().copied()));
        let account = Account::new(&drive, &[("f", Some(&folder))]);
        let before = account.documents[0].2.clone().unwrap();
        let tree = Tables::of_drive(&before).tree();
        let mut picks: Vec<Pick> = tree.standing().map(|(entry, place)| Pick {
            holder: 0, branch: place.branch(), names: place.names().into_iter().cloned().collect(), entry: Some(entry),
        }).collect();
        picks.push(pick(0, &["p", "q"], None));
        let picks: Vec<Pick> = chosen.iter().map(|at| at.get(&picks).clone()).collect();
        let plan = account.plan(&picks, action);
        let after = account.carried_out(&plan);
        let after = parse(after[0].as_ref().unwrap()).unwrap();
        let (now, then) = (Tables::of_drive(&before), Tables::of_drive(&after));
        for entry in now.entries() {
            let id = entry.id().unwrap();
            let listed = plan.rows().iter().find(|row| row.holder == 0 && row.id == id);
            let is_there = then.entry(entry.kind(), id).is_some();
            match listed {
                None => {
                    prop_assert!(is_there);
                    prop_assert_eq!(now.tree().places(id).count(), then.tree().places(id).count());
                }
                Some(row) => {
                    prop_assert_eq!(is_there, row.stays.contains(&0));
                    let folder_there = then.of_kind(Kind::SharedFolder).next().is_some();
                    let elsewhere = folder_there && id.key().parse().is_ok_and(|n: u64| inner.contains(&n));
                    prop_assert_eq!(row.loses_pin, !is_there && !elsewhere);
                }
            }
        }
        if action == Action::Trash {
            prop_assert!(plan.rows().iter().all(|row| !row.loses_pin && !row.loses_key));
        }
    }
}

#[test]
fn a_selection_does_not_show_names() {
    let names = vec!["Divorce".into(), "k".into()];
    let pick = pinfold_recovery::Pick {
        holder: 0,
        branch: pinfold_core::document::Branch::Root,
        names,
        entry: None,
    };
    assert!(!format!("{pick:?}").contains("Divorce"), "{pick:?}");
}

/// The server says without proof that an owner destroyed a folder. Only who wants to destroy it believes that; for all others it cannot be
/// looked into.
#[test]
fn the_servers_word_empties_a_folder_for_destroying_alone() {
    for (reason, action, is_known) in [
        ("ARCHIVE_OWNED", Action::Destroy, true),
        ("ARCHIVE_OWNED", Action::Remove, false),
        ("ARCHIVE_OWNED", Action::Trash, false),
        ("INACTIVE", Action::Destroy, false),
    ] {
        let outcome = FolderOutcome::Unavailable(Unavailable::Deleted { reason: reason.into() });
        assert_eq!(content_of(&outcome, action).is_some(), is_known, "{reason} {action:?}");
    }
}
