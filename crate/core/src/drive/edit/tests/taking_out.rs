//! Deleting by place.

use super::*;
use crate::document::Branch;

fn texts(names: &[&str]) -> Vec<Text> {
    names.iter().map(|name| Text::from(*name)).collect()
}

fn out(places: &[(Branch, &[&str], u64)], folders: &[&[&str]], trash: bool) -> Edit {
    Edit::TakeOut(TakeOut {
        places: places.iter().map(|(branch, names, number)| (*branch, texts(names), id(*number))).collect(),
        folders: folders.iter().map(|names| texts(names)).collect(),
        trash,
    })
}

pub(super) fn any() -> impl Strategy<Value = Edit> {
    let name = || proptest::sample::select(vec!["a", "b", "n", "1"]);
    let branch = proptest::sample::select(Branch::ALL.to_vec());
    let names = proptest::collection::vec(name(), 0..3);
    let place = (branch, names, (0u64..6).prop_map(id));
    let folders = proptest::collection::vec(proptest::collection::vec(name(), 1..3), 0..2);
    (proptest::collection::vec(place, 0..4), folders, any_bool()).prop_map(|(places, folders, trash)| {
        let folders = folders.into_iter().map(|names| names.into_iter().map(Text::from).collect()).collect();
        let place = |(branch, names, entry): (Branch, Vec<&str>, EntryId)| (branch, texts(&names), entry);
        Edit::TakeOut(TakeOut { places: places.into_iter().map(place).collect(), folders, trash })
    })
}

fn any_bool() -> impl Strategy<Value = bool> {
    proptest::bool::ANY
}

#[test]
fn one_place_of_two_is_one_place() {
    for trash in [true, false] {
        changes(
            r#"{"filesData":{"5":{"href":"k"}},"root":{"a":{"n":5},"m":5}}"#,
            out(&[(Branch::Root, &["a", "n"], 5)], &[&["a"]], trash),
            r#"{"filesData":{"5":{"href":"k"}},"root":{"m":5}}"#,
        );
    }
}

#[test]
fn what_goes_to_the_trash_destroys_nothing_that_is_in_it() {
    let trashed = r#""trash":{"n":[{"element":5,"path":["root"]}]}"#;
    let drive = format!(r#"{{"filesData":{{"5":{{"href":"k"}}}},"root":{{"m":5}},{trashed}}}"#);
    let both: &[(Branch, &[&str], u64)] = &[(Branch::Trash, &["n"], 5), (Branch::Root, &["m"], 5)];
    let after = format!(r#"{{"filesData":{{"5":{{"href":"k"}}}},"root":{{}},{trashed}}}"#);
    changes(&drive, out(both, &[], true), &after);
    let mut document = crate::json::parse(&format!(r#"{{"drive":{after}}}"#)).unwrap();
    assert_eq!(out(both, &[], true).apply(&mut document, Shape::Account), Ok(false));
    changes(&after, out(both, &[], false), r#"{"filesData":{},"root":{},"trash":{}}"#);
}

#[test]
fn the_last_place_ends_in_the_trash_or_with_the_keys() {
    let drive = r#"{"filesData":{"5":{"href":"k"},"6":{}},"root":{"a":{"n":5,"o":6}},"template":[]}"#;
    let place: &[(Branch, &[&str], u64)] = &[(Branch::Root, &["a", "n"], 5)];
    changes(
        drive,
        out(place, &[&["a"]], true),
        r#"{"filesData":{"5":{"href":"k"},"6":{}},"root":{"a":{"o":6}},"template":[],
            "trash":{"n":[{"element":5,"path":["root","a"]}]}}"#,
    );
    changes(drive, out(place, &[], false), r#"{"filesData":{"6":{}},"root":{"a":{"o":6}},"template":[]}"#);
    changes(
        r#"{"filesData":{"5":{}},"root":{},"template":[4,5]}"#,
        out(&[(Branch::Template, &[], 5)], &[], true),
        r#"{"filesData":{"5":{}},"root":{},"template":[4],"trash":{"5":[{"element":5,"path":["root"]}]}}"#,
    );
    let mut folder = json(r#"{"filesData":{"5":{}},"root":{"n":5}}"#);
    assert_eq!(out(&[(Branch::Root, &["n"], 5)], &[], true).apply(&mut folder, Shape::Folder), Ok(true));
    assert_eq!(folder, json(r#"{"filesData":{},"root":{}}"#), "a shared folder has no trash");
}

#[test]
fn what_moved_or_was_added_since_stays() {
    let places: &[(Branch, &[&str], u64)] = &[(Branch::Root, &["a", "n"], 5), (Branch::Root, &["a", "o"], 6)];
    let edit = out(places, &[&["a"]], false);
    changes(
        r#"{"filesData":{"5":{},"6":{},"7":{}},"root":{"a":{"o":6,"new":7},"n":5}}"#,
        edit.clone(),
        r#"{"filesData":{"5":{},"7":{}},"root":{"a":{"new":7},"n":5}}"#,
    );
    let other = r#"{"filesData":{"5":{}},"root":{"a":{"n":8}}}"#;
    assert_eq!(edited(other, &edit).map(|(changed, _)| changed), Ok(false));
    changes(
        r#"{"filesData":{"5":{}},"root":{},"trash":{"x":[{"element":{"y":5}}]}}"#,
        out(&[(Branch::Trash, &["x", "y"], 5)], &[], false),
        r#"{"filesData":{},"root":{},"trash":{}}"#,
    );
}

#[test]
fn names_of_folders_are_not_shown() {
    let place = (Branch::Root, vec![Text::from("Divorce"), "k".into()], EntryId::new(1).unwrap());
    let out = TakeOut { places: vec![place], folders: vec![vec!["Divorce".into()]], trash: true };
    assert_eq!(format!("{out:?}"), "TakeOut { places: 1, folders: 1, thrown_away: true }");
}
