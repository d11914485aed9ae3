//! Two copies of one folder, made one.

use crate::support::{ACCOUNT, FOLDER, Log, channel, investigate_as};
use pinfold_core::chainpad::Mode;
use pinfold_core::document::{EntryId, Kind, Tables};
use pinfold_core::href::{HrefCipher, secrets_from_hash};
use pinfold_core::json::{Text, Value, canonical, parse};
use pinfold_recovery::{Investigation, MergeAct, MergePlan, merge_plan};
use proptest::prelude::*;

const TAG: &str = "RESTORED-20190614";

fn cipher() -> HrefCipher {
    let secrets = secrets_from_hash("drive", FOLDER, None).unwrap();
    HrefCipher::new(&secrets.keys.unwrap().secondary_key.unwrap()).unwrap()
}

fn entry(id: u64, channel: u64, more: &str) -> String {
    format!(r#""{id}":{{"channel":"{channel:032x}","roHref":"/pad/#/1/view/{channel}/k/"{more}}}"#)
}

fn document(files: &[String], root: &str) -> String {
    format!(r#"{{"filesData":{{{}}},"root":{{{root}}}}}"#, files.join(","))
}

fn merged(base: &str, donor: &str) -> (Value, pinfold_recovery::MergePlan) {
    let (mut base, donor) = (parse(base).unwrap(), parse(donor).unwrap());
    let links = cipher();
    let plan = merge_plan(&base, &donor, Some(&links), &TAG.into());
    for edit in &plan.edits {
        edit.apply_with(&mut base, pinfold_core::document::Shape::Folder, Some(&links)).unwrap();
    }
    let once = canonical(&base);
    for edit in &plan.edits {
        let again = edit.apply_with(&mut base, pinfold_core::document::Shape::Folder, Some(&links));
        assert!(!again.unwrap(), "it has happened already");
    }
    assert_eq!(canonical(&base), once);
    (base, plan)
}

#[test]
fn what_is_new_keeps_place_and_number_and_what_is_known_gains_what_it_lacks() {
    let base = document(
        &[entry(1, 1, r#","title":"A","filename":"mine""#), entry(2, 2, "")],
        r#""p":{"x":1},"k":2"#,
    );
    let donor = format!(
        r#"{{"filesData":{{{},{},{}}},"root":{{"p":{{"x":3,"q":{{"z":2}}}},"y":7}},"static":{{"8":{{"href":"https://example.org","name":"n"}}}},"metadata":{{"title":"T"}}}}"#,
        entry(3, 1, r#","title":"B","filename":"theirs","tags":["t"]"#),
        entry(7, 3, ""),
        // Its number is another document's in the base.
        entry(2, 4, ""),
    );
    let (after, plan) = merged(&base, &donor);
    assert_eq!((plan.brought_in, plan.named_twice), (3, vec![format!("{:032x}", 1)]));
    let tables = Tables::of(&after);
    let at = |channel: u64| {
        let wanted = format!("{channel:032x}");
        let found =
            tables.of_kind(Kind::File).find(|it| it.channel().and_then(Text::as_str) == Some(&*wanted));
        let found = found.unwrap();
        let tree = tables.tree();
        let place = tree.places(found.id().unwrap()).next().unwrap().names();
        let tags: Vec<&str> = found.tags().filter_map(Text::as_str).collect();
        (
            found.id().unwrap(),
            place.iter().map(|name| name.to_string_lossy().into_owned()).collect::<Vec<_>>(),
            tags.join(" "),
        )
    };
    let id = |number| EntryId::new(number).unwrap();
    let path = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    assert_eq!(at(1), (id(1), path(&["p", "x"]), "t".into()));
    assert_eq!(at(2), (id(2), path(&["k"]), String::new()));
    assert_eq!(at(3), (id(7), path(&["y"]), TAG.into()));
    assert_eq!(at(4), (id(3), path(&["p", "q", "z"]), TAG.into()), "its number was taken");
    assert_eq!(tables.of_kind(Kind::Link).count(), 1);
    assert_eq!(after.get("metadata").and_then(|it| it.get("title")), Some(&Value::from("T")));
    let pins: Vec<String> = plan.pins.iter().map(ToString::to_string).collect();
    assert_eq!(pins, [1, 2, 3, 4].map(|n| format!("{n:032x}")));
}

/// Written at the end of the archived copy it is one message, and the tag takes it back again.
#[test]
fn it_is_one_message_and_can_be_taken_back() {
    let mut archived = Log::new(FOLDER);
    archived.write(&document(&[entry(1, 1, "")], r#""p":{"x":1}"#), 1, 'a');
    let mut live = Log::other_copy(FOLDER, Mode::ListMap);
    live.write(&document(&[entry(5, 5, "")], r#""new":{"y":5}"#), 900, 'b');
    let before = canonical(&archived.document());
    let plan = merge_plan(&archived.document(), &live.document(), Some(&cipher()), &TAG.into());
    let acts = [MergeAct::Alone, MergeAct::Pin(&plan.pins), MergeAct::Alone, MergeAct::Write(&plan.edits)];
    assert_eq!(plan.acts(), acts, "somebody may open it while it is pinned");
    assert_eq!(MergePlan::default().acts(), [], "nothing to be written");
    assert_eq!(archived.edit(&plan.edits, 1_000, 'c'), 1, "one message");
    let mut account = Log::new(ACCOUNT);
    let drive = format!(
        r#"{{"drive":{{"filesData":{{}},"sharedFolders":{{"9":{{"channel":"{}","href":"/drive/#{FOLDER}"}}}},"root":{{"f":9}}}}}}"#,
        channel(FOLDER)
    );
    account.write(&drive, 1, 'a');
    let watched = Investigation::of_account(ACCOUNT).unwrap().watch(TAG);
    let investigation = investigate_as(watched, &[&account, &archived], &[]);
    let undo = investigation.undo_plan();
    assert_eq!((undo.steps.len(), undo.left.len()), (1, 0));
    assert_eq!(archived.edit(&undo.steps[0].1, 1_100, 'c'), 1);
    assert_eq!(canonical(&archived.document()), before, "the folder that came with it went as well");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    /// Every channel of either copy is in the merged one, once for each way in which it can be opened, and is shown; of the
    /// base nothing goes.
    #[test]
    fn nothing_of_either_copy_is_lost(
        base in proptest::collection::btree_map(0u64..8, (0u64..6, 0usize..3), 0..6),
        donor in proptest::collection::btree_map(0u64..8, (0u64..6, 0usize..3), 0..6),
    ) {
        let text = |rows: &std::collections::BTreeMap<u64, (u64, usize)>| {
            let files: Vec<String> = rows.iter().map(|(id, (channel, _))| entry(*id, *channel, "")).collect();
            let shown = |wanted: usize| {
                let rows = rows.iter().filter(|(_, (_, place))| *place == wanted);
                rows.map(|(id, _)| format!(r#""k{id}":{id}"#)).collect::<Vec<_>>().join(",")
            };
            let root = [format!(r#""p":{{{}}}"#, shown(1)), format!(r#""q":{{{}}}"#, shown(2)), shown(0)];
            document(&files, &root.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(","))
        };
        let (after, _) = merged(&text(&base), &text(&donor));
        let tables = Tables::of(&after);
        let tree = tables.tree();
        for (channel, _) in base.values().chain(donor.values()) {
            let wanted = format!("{channel:032x}");
            let held = tables.of_kind(Kind::File).filter(|it| it.channel().and_then(Text::as_str) == Some(&*wanted));
            let ids: Vec<EntryId> = held.filter_map(|entry| entry.id()).collect();
            prop_assert!(!ids.is_empty());
            prop_assert!(ids.iter().all(|id| tree.places(*id).next().is_some()));
        }
        for (id, (channel, _)) in &base {
            let entry = tables.entry(Kind::File, EntryId::new(*id).unwrap()).unwrap();
            prop_assert_eq!(entry.channel().cloned(), Some(Text::from(format!("{channel:032x}"))));
        }
    }
}

/// An entry may hold a link and name no channel: links are keys, and are never told.
#[test]
fn what_was_named_twice_is_told_without_keys() {
    let link = "/2/pad/edit/N-so2RrZzneCuAuWL12pGQiW/";
    let state = |id: u64, name: &str, href: &str| {
        let entry = format!(r#""{id}":{{"href":"{href}","filename":"{name}"}}"#);
        document(&[entry], &format!(r#""k":{id}"#))
    };
    let plain = format!("/pad/#{link}");
    let (_, plan) = merged(&state(1, "mine", &plain), &state(2, "theirs", &plain));
    assert_eq!(plan.named_twice, [channel(link)]);
    // What is no link at all, and may be one that somebody else can read.
    let (_, plan) = merged(&state(1, "mine", "secret"), &state(2, "theirs", "secret"));
    assert_eq!(plan.named_twice, ["2"]);
}
