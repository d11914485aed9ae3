//! Each edit alone, then what holds of all of them.

use super::*;
use crate::document::Tables;
use crate::ids::MessageHash;
use crate::ports::UnixMillis;
use proptest::prelude::*;

mod beside;
mod restoring;
mod taking_out;

fn id(number: u64) -> EntryId {
    EntryId::new(number).unwrap()
}

fn json(text: &str) -> Value {
    Value::parse(text).unwrap()
}

/// Applies an edit to an account document with this drive; the drive after it.
fn edited(drive: &str, edit: &Edit) -> Result<(bool, String), Code> {
    let mut document = json(&format!(r#"{{"drive":{drive}}}"#));
    let changed = edit.apply(&mut document, Shape::Account).map_err(|error| error.code())?;
    Ok((changed, crate::json::canonical(document.get("drive").unwrap())))
}

fn changes(drive: &str, edit: Edit, after: &str) {
    let after = crate::json::canonical(&json(after));
    assert_eq!(edited(drive, &edit), Ok((true, after.clone())));
    assert_eq!(edited(&after, &edit), Ok((false, after)), "it has happened already");
}

fn put(number: u64, entry: &str, folders: &[&str], name: &str) -> Edit {
    let Value::Object(entry) = json(entry) else { panic!() };
    let folders = folders.iter().map(|name| Text::from(*name)).collect();
    Edit::Put(Put { kind: Kind::File, id: id(number), entry, folders, name: name.into() })
}

#[test]
fn an_entry_is_added_with_all_its_fields_and_folders_on_the_way() {
    changes(
        r#"{"filesData":{},"root":{"a":{}},"x":1}"#,
        put(5, r#"{"channel":"c","href":"/pad/#/","new":[1]}"#, &["a", "b"], "n"),
        r#"{"filesData":{"5":{"channel":"c","href":"/pad/#/","new":[1]}},"root":{"a":{"b":{"n":5}}},"x":1}"#,
    );
    changes(
        r"{}",
        put(5, r#"{"channel":"c"}"#, &[], "n"),
        r#"{"filesData":{"5":{"channel":"c"}},"root":{"n":5}}"#,
    );
}

#[test]
fn an_entry_of_the_same_channel_gains_the_keys_it_lacks_and_comes_out_of_the_trash() {
    changes(
        r#"{"filesData":{"9":{"channel":"c","title":"t"}},"root":{},"trash":{"t":[{"element":9,"path":["root"]}]}}"#,
        put(5, r#"{"channel":"c","href":"/pad/#/","title":"other"}"#, &[], "n"),
        r#"{"filesData":{"9":{"channel":"c","title":"t","href":"/pad/#/"}},"root":{"n":9},"trash":{}}"#,
    );
}

#[test]
fn neither_the_id_nor_the_name_nor_the_way_of_another_is_taken() {
    changes(
        r#"{"filesData":{"5":{"channel":"other"}},"static":{"6":{}},"root":{"n":5,"n (1)":6,"a":5}}"#,
        put(5, r#"{"channel":"c"}"#, &["a"], "n"),
        r#"{"filesData":{"5":{"channel":"other"},"7":{"channel":"c"}},"static":{"6":{}},"root":{"n":5,"n (1)":6,"n (2)":7,"a":5}}"#,
    );
}

#[test]
fn the_root_is_a_folder_even_if_it_calls_itself_metadata() {
    changes(
        r#"{"root":{"metadata":true}}"#,
        put(5, r#"{"channel":"c"}"#, &[], "n"),
        r#"{"root":{"metadata":true,"n":5},"filesData":{"5":{"channel":"c"}}}"#,
    );
}

/// What an office document says, for an entry whose channel was this.
fn real_time(entry: EntryId, of: Option<&str>) -> Edit {
    let document = json(&format!(r#"{{"content":{{"channel":"{}"}}}}"#, "0".repeat(32)));
    Edit::RealTime(RealTime::read(entry, of.map(Text::from), &document).unwrap())
}

#[test]
fn a_real_time_channel_is_entered_where_there_is_none() {
    let drive = |entry: &str| format!(r#"{{"filesData":{{"5":{{{entry}}}}},"root":{{"n":5}}}}"#);
    let named = format!(r#""rtChannel":"{}""#, "0".repeat(32));
    let edit = real_time(id(5), Some("c"));
    changes(&drive(r#""channel":"c""#), edit.clone(), &drive(&format!(r#""channel":"c",{named}"#)));
    changes(&drive(r#""rtChannel":"""#), real_time(id(5), None), &drive(&named));
    let other = drive(r#""channel":"c","rtChannel":"other""#);
    assert_eq!(edited(&other, &edit).map(|(changed, _)| changed), Ok(false));
    for gone in [drive(r#""channel":"d""#), r#"{"filesData":{}}"#.to_owned(), r"{}".to_owned()] {
        assert_eq!(edited(&gone, &edit), Err(Code::EditAbsent));
    }
}

#[test]
fn office_documents_without_a_real_time_channel_are_lacking() {
    let entries = [
        (r#""roHref":"/sheet/#/2/sheet/view/a/""#, true),
        (r#""href":"cipher|text","roHref":"/doc/#/2/doc/view/a/""#, true),
        (r#""href":"https://host/presentation/#/2/presentation/edit/a/","roHref":"""#, true),
        (r#""href":"/sheet/#/2/sheet/edit/a/","rtChannel":null"#, true),
        (r#""href":"/sheet/#/2/sheet/edit/a/","rtChannel":"x""#, false),
        (r#""href":"/pad/#/2/pad/edit/a/""#, false),
        (r#""href":"/sheets/#/2/sheet/edit/a/""#, false),
        (r#""href":"cipher|text""#, false),
        (r#""href":7"#, false),
        ("", false),
    ];
    for (entry, expected) in entries {
        let drive = json(&format!(r#"{{"filesData":{{"5":{{{entry}}}}}}}"#));
        assert_eq!(
            lacking(Tables::of(&drive), None),
            if expected { vec![id(5)] } else { Vec::new() },
            "{entry}"
        );
    }
    for odd in [r#"{"filesData":[]}"#, r#"{"filesData":{"x":{"href":"/sheet/#/2/"},"6":null}}"#, "null"] {
        assert_eq!(lacking(Tables::of(&json(odd)), None), []);
    }
}

#[test]
fn a_title_is_where_the_entry_shows_it() {
    let rename = |number| Edit::Rename { entry: id(number), title: "new".into() };
    changes(r#"{"filesData":{"5":{"title":"old"}}}"#, rename(5), r#"{"filesData":{"5":{"title":"new"}}}"#);
    changes(
        r#"{"filesData":{"5":{"title":"old","filename":"mine"}}}"#,
        rename(5),
        r#"{"filesData":{"5":{"title":"new","filename":"new"}}}"#,
    );
    changes(r#"{"static":{"5":{"name":"old"}}}"#, rename(5), r#"{"static":{"5":{"name":"new"}}}"#);
    assert_eq!(edited(r#"{"sharedFolders":{"5":{}}}"#, &rename(5)), Err(Code::MisuseBadArgument));
    assert_eq!(edited(r#"{"filesData":{}}"#, &rename(5)), Err(Code::EditAbsent));
}

#[test]
fn what_is_removed_is_in_the_trash_with_its_path_and_keeps_its_keys() {
    changes(
        r#"{"filesData":{"5":{"href":"k"}},"root":{"a":{"b":{"n":5}},"m":5},"template":[5,6]}"#,
        Edit::Remove { entry: id(5) },
        r#"{"filesData":{"5":{"href":"k"}},"root":{"a":{"b":{}}},"template":[6],
            "trash":{"n":[{"element":5,"path":["root","a","b"]}],"m":[{"element":5,"path":["root"]}]}}"#,
    );
    changes(
        r#"{"sharedFolders":{"5":{}},"root":{"n":5},"trash":{"n":[{"element":6,"path":["root"]}]}}"#,
        Edit::Remove { entry: id(5) },
        r#"{"sharedFolders":{"5":{}},"root":{},"trash":{"n":[{"element":6,"path":["root"]},{"element":5,"path":["root"]}]}}"#,
    );
    assert_eq!(edited(r#"{"root":{"n":5}}"#, &Edit::Remove { entry: id(5) }), Err(Code::EditAbsent));
}

#[test]
fn only_what_is_named_and_nowhere_else_leaves_the_trash() {
    changes(
        r#"{"filesData":{"1":{},"2":{},"3":{},"4":{}},"sharedFolders":{"5":{}},"root":{"n":3},
            "trash":{"a":[{"element":1,"path":[]},{"element":2,"path":[]}],
                     "b":[{"element":{"x":{"y":4},"z":5},"path":[]}],"c":[{"element":3,"path":[]}],
                     "d":[{"element":{"empty":{}},"path":[]}]}}"#,
        Edit::EmptyTrash { entries: vec![id(1), id(3), id(5), id(77)] },
        r#"{"filesData":{"2":{},"3":{},"4":{}},"sharedFolders":{},"root":{"n":3},
            "trash":{"a":[{"element":2,"path":[]}],"b":[{"element":{"x":{"y":4}},"path":[]}]}}"#,
    );
}

#[test]
fn the_trash_lists_what_emptying_it_would_destroy() {
    let drive = json(
        r#"{"trash":{"a":[{"element":1}],"b":[{"element":{"x":{"y":4},"m":{"metadata":true,"n":9}}}]}}"#,
    );
    assert_eq!(Tables::of(&drive).trashed(), [id(1), id(4)]);
}

#[test]
fn an_erased_entry_is_nowhere() {
    let drive = r#"{"filesData":{"5":{},"6":{}},"root":{"a":{"n":5},"m":6},"trash":{"b":[{"element":5}]}}"#;
    let erase = Edit::Erase { entry: id(5) };
    let (changed, after) = edited(drive, &erase).unwrap();
    assert!(changed);
    assert_eq!(after, r#"{"filesData":{"6":{}},"root":{"a":{},"m":6},"trash":{}}"#);
    assert_eq!(edited(&after, &erase), Err(Code::EditAbsent));
}

#[test]
fn a_folder_has_a_title_and_no_trash() {
    let mut folder = json(r#"{"root":{},"filesData":{"5":{}},"metadata":{"color":"red"}}"#);
    assert_eq!(Edit::FolderTitle("T".into()).apply(&mut folder, Shape::Folder), Ok(true));
    assert_eq!(folder.get("metadata"), Some(&json(r#"{"color":"red","title":"T"}"#)));
    let refused = Edit::Remove { entry: id(5) }.apply(&mut folder, Shape::Folder).unwrap_err();
    assert_eq!(refused.code(), Code::MisuseBadArgument);
}

#[test]
fn an_edit_link_is_encrypted_once_and_debug_shows_nothing() {
    struct Sevens;
    impl Entropy for Sevens {
        fn fill(&mut self, out: &mut [u8]) -> Result<(), Error> {
            out.fill(7);
            Ok(())
        }
    }
    let key = crate::secret::SecretText::new("unspaF0uio7/r+cDg6J5pwQboLfQ7+0FjcbdAwg2wGk=".into());
    let links = HrefCipher::new(&key).unwrap();
    let link = "/pad/#/2/pad/edit/dwp81vGRSpB96Oh-2xXCwfsl/";
    let entry = Put::document(id(5), link, None, &"secret title".into(), UnixMillis(1)).unwrap();
    let sealed = Edit::Put(entry).sealed(Some(&links), &mut Sevens).unwrap();
    let again = sealed.clone().sealed(Some(&links), &mut Sevens).unwrap();
    let Edit::Put(put) = &again else { panic!() };
    let href = put.entry.get("href").and_then(Value::as_str).unwrap();
    assert_eq!(links.decrypt(href).unwrap(), link);
    assert_eq!(put.entry.get("channel").and_then(Value::as_str), Some("4f919e08f542b3d817ac196016c3fd87"));
    assert_eq!(format!("{again:?}"), "Put");
}

fn hash(letter: usize) -> MessageHash {
    MessageHash::parse(&format!("letter {letter}")).unwrap()
}

fn mailbox(last: Option<usize>, viewed: &[usize]) -> Value {
    let last = last.map(|last| format!(r#""lastKnownHash":"{}","#, hash(last))).unwrap_or_default();
    let viewed: Vec<String> = viewed.iter().map(|letter| format!("\"{}\"", hash(*letter))).collect();
    json(&format!(
        r#"{{"mailboxes":{{"notifications":{{{last}"channel":"c","viewed":[{}]}}}}}}"#,
        viewed.join(",")
    ))
}

fn view(letters: &[usize], log: std::ops::Range<usize>) -> Edit {
    let letters: Vec<MessageHash> = letters.iter().copied().map(hash).collect();
    let mailbox = MailboxPlace::Own("notifications".into());
    Edit::MarkViewed(Viewed::without_trail(mailbox, &letters, log.map(hash)))
}

#[test]
fn letters_are_dismissed_as_the_real_client_does() {
    for (before, edit, after) in [
        (mailbox(None, &[]), view(&[0], 0..4), mailbox(Some(0), &[])),
        (mailbox(None, &[]), view(&[2], 0..4), mailbox(None, &[2])),
        (mailbox(Some(0), &[2]), view(&[1], 0..4), mailbox(Some(2), &[])),
        (mailbox(Some(0), &[2]), view(&[1, 3], 0..4), mailbox(Some(3), &[])),
        (mailbox(Some(1), &[]), view(&[3], 1..4), mailbox(Some(1), &[3])),
    ] {
        let mut document = before.clone();
        assert_eq!(edit.apply(&mut document, Shape::Account), Ok(true));
        assert_eq!(document, after);
        assert_eq!(edit.apply(&mut document, Shape::Account), Ok(false));
        assert_eq!(document, after);
    }
    for (before, edit) in [
        // Unknown, or dismissed before, or dismissed on another device beyond what was read here.
        (mailbox(Some(0), &[]), view(&[9], 0..4)),
        (mailbox(Some(2), &[]), view(&[1], 0..4)),
        (mailbox(Some(7), &[9]), view(&[1], 0..4)),
    ] {
        let mut document = before.clone();
        assert_eq!(edit.apply(&mut document, Shape::Account), Ok(false));
        assert_eq!(document, before);
    }
    let place = MailboxPlace::Team("1".into());
    let elsewhere = Edit::MarkViewed(Viewed::without_trail(place, &[hash(0)], [hash(0)]));
    let mut team = json(r#"{"teams":{"1":{"keys":{"mailbox":{"viewed":["?"]}}}}}"#);
    assert_eq!(elsewhere.apply(&mut team, Shape::Account), Ok(true));
    assert_eq!(
        team,
        json(r#"{"teams":{"1":{"keys":{"mailbox":{"lastKnownHash":"letter 0","viewed":["?"]}}}}}"#)
    );
    let missing = view(&[0], 0..1).apply(&mut json("{}"), Shape::Account).unwrap_err();
    assert_eq!(missing.code(), Code::MailboxAbsent);
}

fn any_edit() -> impl Strategy<Value = Edit> {
    let ids = || (0u64..6).prop_map(id);
    let name = || proptest::sample::select(vec!["a", "b", "n", "1"]);
    prop_oneof![
        (ids(), "[c-f]", proptest::collection::vec(name(), 0..3), name()).prop_map(
            |(id, channel, folders, name)| {
                let entry = json(&format!(r#"{{"channel":"{channel}","href":"/pad/#/{channel}"}}"#));
                let entry = entry.as_object().unwrap().clone();
                let folders = folders.into_iter().map(Text::from).collect();
                Edit::Put(Put { kind: Kind::File, id, entry, folders, name: name.into() })
            }
        ),
        (ids(), "[xyz]").prop_map(|(entry, title)| Edit::Rename { entry, title: title.into() }),
        ids().prop_map(|entry| Edit::Remove { entry }),
        ids().prop_map(|entry| Edit::Erase { entry }),
        proptest::collection::vec(ids(), 0..4).prop_map(|entries| Edit::EmptyTrash { entries }),
        "[xyz]".prop_map(|title| Edit::FolderTitle(title.into())),
        (ids(), proptest::option::of("[c-f]")).prop_map(|(entry, of)| real_time(entry, of.as_deref())),
        restoring::any_restore(),
        restoring::any_take_back(),
        taking_out::any(),
    ]
}

/// Documents as nobody should write them: any value anywhere.
fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        (0u32..6).prop_map(|number| Value::from(f64::from(number))),
        "[c-f]".prop_map(Value::from),
        Just(Value::from(true)),
    ];
    let key = proptest::sample::select(vec![
        "drive",
        "root",
        "filesData",
        "static",
        "sharedFolders",
        "trash",
        "template",
        "element",
        "path",
        "metadata",
        "channel",
        "title",
        "a",
        "b",
        "n",
        "1",
        "2",
        "3",
    ]);
    leaf.prop_recursive(5, 60, 8, move |inner| {
        prop_oneof![
            1 => proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            4 => proptest::collection::vec((key.clone(), inner), 0..8).prop_map(|fields| {
                let mut object = Object::new();
                fields.into_iter().for_each(|(key, value)| drop(object.insert(key, value)));
                Value::Object(object)
            }),
        ]
    })
}

proptest! {
    #[test]
    fn an_edit_happens_once_or_changes_nothing(document in any_value(), edit in any_edit(), folder in any::<bool>()) {
        let shape = if folder { Shape::Folder } else { Shape::Account };
        let document = if folder { document } else {
            let mut account = Object::new();
            account.insert("drive", document);
            Value::Object(account)
        };
        let mut once = document.clone();
        match edit.apply(&mut once, shape) {
            Ok(true) => {
                let mut twice = once.clone();
                match edit.apply(&mut twice, shape) {
                    Ok(changed) => prop_assert!(!changed, "{document:?}"),
                    Err(error) => {
                        prop_assert_eq!(error.code(), Code::EditAbsent);
                        let erased = matches!(edit, Edit::Erase { .. });
                        prop_assert!(erased);
                    }
                }
                prop_assert_eq!(twice, once);
            }
            Ok(false) | Err(_) => prop_assert_eq!(once, document),
        }
    }

    #[test]
    fn keys_leave_a_drive_by_erasing_and_emptying_only(
        edits in proptest::collection::vec(any_edit(), 1..12),
    ) {
        let mut document = json(r#"{"drive":{}}"#);
        for edit in edits {
            let before = document.clone();
            let _ = edit.apply(&mut document, Shape::Account);
            let named = match &edit {
                Edit::Erase { entry } | Edit::TakeBack(TakeBack { entry, .. }) => vec![*entry],
                Edit::EmptyTrash { entries } => entries.clone(),
                Edit::TakeOut(named) => named.places.iter().map(|(.., entry)| *entry).collect(),
                _ => Vec::new(),
            };
            let held = |document: &Value| -> Vec<EntryId> {
                let table = document.get("drive").and_then(|drive| drive.get("filesData")).and_then(Value::as_object);
                table.into_iter().flat_map(Object::keys).filter_map(|key| EntryId::parse(key.as_str()?)).collect()
            };
            let after = held(&document);
            for id in held(&before).into_iter().filter(|id| !after.contains(id)) {
                prop_assert!(named.contains(&id), "{edit:?} destroyed {id:?}");
            }
            // Whatever is held is shown: nothing is lost from sight.
            let drive = document.get("drive").and_then(Value::as_object).unwrap();
            for id in after {
                prop_assert!(Tables::within(drive).shows(id) || Tables::of_drive(&document).trashed().contains(&id));
            }
        }
    }
}
