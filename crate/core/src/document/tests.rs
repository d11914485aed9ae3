use super::*;
use crate::json::Value;

fn json(text: &str) -> Value {
    Value::parse(text).unwrap()
}

fn keys<'d>(entries: impl Iterator<Item = Entry<'d>>) -> Vec<String> {
    entries.filter_map(|entry| Some(entry.key()?.as_str()?.to_owned())).collect()
}

const DRIVE: &str = r#"{"filesData":{"10":{"channel":"a","href":"/pad/#/2/"},"9":{"title":"t"},"x":null},
    "static":{"7":{"name":"n"}},"sharedFolders":{"8":{"lastTitle":"f"}},"CryptPad_RECENTPADS":[{"href":"h"},5],
    "root":{"in":{"deep":9,"note":{"metadata":true,"no":9}},"a":10},"template":[9],
    "trash":{"gone":[{"element":{"sub":7},"path":["root"]},{"element":8}],"odd":5}}"#;

#[test]
fn every_entry_is_listed_once_by_table_and_number() {
    let document = json(&format!(r#"{{"drive":{DRIVE}}}"#));
    let drive = AccountDoc::of(&document).drive();
    assert_eq!(keys(drive.entries()), ["9", "10", "x", "8", "7"]);
    assert_eq!(drive.documents(), 3);
    assert_eq!(drive.before_ids(0).map(|entry| entry.key()).collect::<Vec<_>>(), [None, None]);
    let ids: Vec<_> = drive.entries().map(|entry| entry.id().is_some()).collect();
    assert_eq!(ids, [true, true, false, true, true]);
    let titles = drive.entries().map(|entry| entry.title().and_then(|title| title.as_str()));
    assert_eq!(titles.collect::<Vec<_>>(), [Some("t"), None, None, Some("f"), Some("n")]);
    let nine = drive.entry(Kind::File, EntryId::new(9).unwrap()).unwrap();
    assert!(nine.channel().is_none() && drive.entry(Kind::Link, EntryId::new(9).unwrap()).is_none());
}

#[test]
fn tables_stand_where_the_kind_of_document_has_them() {
    let folder = json(DRIVE);
    let document = json(&format!(r#"{{"drive":{DRIVE},"filesData":{{"1":{{}}}}}}"#));
    assert_eq!(Tables::under(&folder, Shape::Folder).documents(), 3);
    assert_eq!(Tables::under(&folder, Shape::Team).documents(), 0);
    assert_eq!(Tables::under(&document, Shape::Account).documents(), 3);
    assert_eq!(Tables::of_any(&document).documents(), 3);
    assert_eq!(Tables::of_any(&folder).documents(), 3);
    assert_eq!(Tables::of_both(&document).map(Tables::documents), [1, 3]);
    for odd in ["null", "[]", r#"{"drive":[]}"#, r#"{"filesData":7}"#] {
        assert_eq!(Tables::of_any(&json(odd)).entries().count(), 0, "{odd}");
    }
}

#[test]
fn the_tree_says_where_each_entry_stands() {
    let document = json(DRIVE);
    let tree = Tables::of(&document).tree();
    let places = |id: u64| -> Vec<(Branch, String)> {
        let places = tree.places(EntryId::new(id).unwrap());
        let name = |place: Place<'_, '_>| {
            place.names().iter().map(|name| name.as_str().unwrap()).collect::<Vec<_>>().join("/")
        };
        places.map(|place| (place.branch(), name(place))).collect()
    };
    assert_eq!(places(9), [(Branch::Root, "in/deep".into()), (Branch::Template, String::new())]);
    assert_eq!(places(10), [(Branch::Root, "a".into())]);
    assert_eq!(places(7), [(Branch::Trash, "gone/sub".into())]);
    assert_eq!(places(8), [(Branch::Trash, "gone".into())]);
    assert_eq!(tree.standing().count(), 5);
    let trashed = Tables::of(&document).trashed();
    assert_eq!(trashed, [7, 8].map(|id| EntryId::new(id).unwrap()));
}

#[test]
fn the_difference_of_two_states_is_by_number() {
    let before = json(
        r#"{"filesData":{"1":{"href":"a","title":"old"},"2":{"href":"b"},"3":{"href":"c"},"4":{"href":"d"}},
        "root":{"n":1,"m":2,"o":3,"in":{"p":4}}}"#,
    );
    let after = json(
        r#"{"filesData":{"1":{"href":"a","title":"new"},"2":{"href":"other"},"4":{"href":"d"},"5":{"href":"c"}},
        "root":{"n":1,"m":2,"in":{},"out":{"p":4},"q":5}}"#,
    );
    let diff = Diff::of(Tables::of(&before), Tables::of(&after));
    assert_eq!(keys(diff.appeared()), ["5"]);
    assert_eq!(keys(diff.vanished()), ["3"]);
    assert_eq!(keys(diff.relinked().map(|(was, _)| was)), ["2"]);
    assert_eq!(keys(diff.moved().into_iter()), ["4"]);
    assert_eq!(keys(diff.not_as_before()), ["2", "3"]);
    let same = Diff::of(Tables::of(&before), Tables::of(&before));
    assert_eq!(same.appeared().count() + same.vanished().count() + same.relinked().count(), 0);
    assert!(same.moved().is_empty());
}

/// A stranger may nest as deep as a document may, and as wide as there is room.
#[test]
fn a_wide_and_deep_tree_is_walked_without_recursion() {
    let deep = format!(r#"{{"root":{}5{}}}"#, r#"{"a":"#.repeat(100), "}".repeat(100));
    let deep = json(&deep);
    let tree = Tables::of(&deep).tree();
    let [place] = tree.places(EntryId::new(5).unwrap()).collect::<Vec<_>>()[..] else { panic!("one place") };
    assert_eq!(place.names().len(), 100);
    let wide: Vec<String> = (0..50_000).map(|n| format!(r#""{n}":{n}"#)).collect();
    let wide = json(&format!(r#"{{"root":{{{}}}}}"#, wide.join(",")));
    assert_eq!(Tables::of(&wide).tree().standing().count(), 50_000);
}
