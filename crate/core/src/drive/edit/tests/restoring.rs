//! Putting back with a tag, and taking that back.

use super::*;
use crate::document::Branch;
use crate::href::{entry_links, secrets_from_hash};

const TAG: &str = "RESTORED-20190614";

fn lost(number: u64, entry: &str, folders: &[&str]) -> Restore {
    let Edit::Put(put) = put(number, entry, folders, "n") else { panic!() };
    Restore::new(put, TAG.into())
}

fn take_back(number: u64, wrote: &str, places: &[&[&str]], before: Before) -> TakeBack {
    let texts = |names: &[&str]| names.iter().map(|name| Text::from(*name)).collect();
    TakeBack {
        kind: Kind::File,
        entry: id(number),
        tag: TAG.into(),
        wrote: json(wrote).as_object().unwrap().clone(),
        places: places.iter().map(|names| (Branch::Root, texts(names))).collect(),
        before,
        made: Vec::new(),
    }
}

pub(super) fn any_restore() -> impl Strategy<Value = Edit> {
    let name = || proptest::sample::select(vec!["a", "b", "n", "1"]);
    let folders = proptest::collection::vec(name(), 0..3);
    let flags = any::<[bool; 3]>();
    (0u64..6, "[c-f]", folders, flags).prop_map(|(number, channel, folders, flags)| {
        let entry = format!(r#"{{"channel":"{channel}","href":"/pad/#/{channel}"}}"#);
        let [template, make_folders, join] = flags;
        Edit::Restore(Restore { template, make_folders, join, ..lost(number, &entry, &folders) })
    })
}

pub(super) fn any_take_back() -> impl Strategy<Value = Edit> {
    let before = proptest::sample::select(vec![Before::Nothing, Before::Trashed, Before::Shown]);
    (0u64..6, "[c-f]", before).prop_map(|(number, channel, before)| {
        let wrote = format!(r#"{{"channel":"{channel}","href":"/pad/#/{channel}"}}"#);
        Edit::TakeBack(take_back(number, &wrote, &[&["n"]], before))
    })
}

#[test]
fn entry_place_and_tag_come_together_in_the_old_place_or_in_the_root() {
    let entry = r#"{"channel":"c","title":"t","tags":["mine"]}"#;
    let tagged = r#"{"channel":"c","title":"t","tags":["mine","RESTORED-20190614"]}"#;
    let restore = lost(5, entry, &["a", "b"]);
    let after = |root: &str| format!(r#"{{"filesData":{{"5":{tagged}}},"root":{root}}}"#);
    changes(
        r#"{"filesData":{},"root":{"a":{"b":{}}}}"#,
        Edit::Restore(restore.clone()),
        &after(r#"{"a":{"b":{"n":5}}}"#),
    );
    for (gone, root) in [
        (r#"{"a":{}}"#, r#"{"a":{},"n":5}"#),
        (r#"{"a":{"b":7}}"#, r#"{"a":{"b":7},"n":5}"#),
        (r#"{"a":{"b":{"metadata":true}}}"#, r#"{"a":{"b":{"metadata":true}},"n":5}"#),
    ] {
        let drive = format!(r#"{{"filesData":{{}},"root":{gone}}}"#);
        changes(&drive, Edit::Restore(restore.clone()), &after(root));
    }
    changes(
        r#"{"filesData":{},"root":{"a":{}}}"#,
        Edit::Restore(Restore { make_folders: true, ..restore }),
        &after(r#"{"a":{"b":{"n":5}}}"#),
    );
}

#[test]
fn a_template_is_one_again_but_not_in_a_shared_folder() {
    let restore = Restore { template: true, ..lost(5, r#"{"channel":"c"}"#, &[]) };
    let entry = r#"{"5":{"channel":"c","tags":["RESTORED-20190614"]}}"#;
    for (template, after) in [("[1]", "[1,5]"), ("[]", "[5]")] {
        changes(
            &format!(r#"{{"filesData":{{}},"root":{{}},"template":{template}}}"#),
            Edit::Restore(restore.clone()),
            &format!(r#"{{"filesData":{entry},"root":{{}},"template":{after}}}"#),
        );
    }
    changes(
        r#"{"filesData":{},"root":{},"template":7}"#,
        Edit::Restore(restore.clone()),
        &format!(r#"{{"filesData":{entry},"root":{{"n":5}},"template":7}}"#),
    );
    let mut folder = json(r#"{"filesData":{},"root":{},"template":[]}"#);
    assert_eq!(Edit::Restore(restore).apply(&mut folder, Shape::Folder), Ok(true));
    assert_eq!(folder, json(&format!(r#"{{"filesData":{entry},"root":{{"n":5}},"template":[]}}"#)));
}

#[test]
fn an_entry_that_is_there_only_gains_the_tag_and_a_better_link() {
    let edit = format!("/pad/#/2/pad/edit/{}/", "a".repeat(24));
    let links = entry_links(&edit, None).unwrap();
    let (view, channel) = (links.view.unwrap(), links.channel);
    let given = format!(r#"{{"channel":"{channel}","href":"{edit}","title":"old","fileType":"x"}}"#);
    let held = |more: &str| {
        format!(
            r#"{{"filesData":{{"9":{{"channel":"{channel}","title":"new","roHref":"{view}"{more}}}}},"root":{{"m":9}}}}"#
        )
    };
    changes(
        &held(""),
        Edit::Restore(lost(5, &given, &[])),
        &held(&format!(r#","href":"{edit}","tags":["{TAG}"]"#)),
    );
    let lesser = format!(r#"{{"channel":"{channel}","roHref":"{view}"}}"#);
    let restore = Edit::Restore(lost(5, &lesser, &[]));
    for (tags, after) in [
        (r#"["x",7]"#, r#"["x",7,"RESTORED-20190614"]"#),
        (r#""x""#, r#"["x","RESTORED-20190614"]"#),
        (r#""""#, r#"["RESTORED-20190614"]"#),
        (r#"{"y":1}"#, r#"["RESTORED-20190614"]"#),
    ] {
        changes(&held(&format!(r#","tags":{tags}"#)), restore.clone(), &held(&format!(r#","tags":{after}"#)));
    }
    changes(
        r#"{"filesData":{"9":{"channel":"c"}},"root":{},"trash":{"t":[{"element":9,"path":["root"]}]}}"#,
        Edit::Restore(lost(5, r#"{"channel":"c"}"#, &[])),
        r#"{"filesData":{"9":{"channel":"c","tags":["RESTORED-20190614"]}},"root":{"n":9},"trash":{}}"#,
    );
}

#[test]
fn from_another_copy_an_entry_gains_what_it_lacks_and_no_tag() {
    let given = r#"{"channel":"c","title":"theirs","filename":"named","tags":["x","y"],"atime":9,"ctime":2,"rtChannel":"r"}"#;
    let join = Edit::Restore(Restore { join: true, make_folders: true, ..lost(5, given, &["a"]) });
    changes(
        r#"{"filesData":{"7":{"channel":"c","title":"ours","tags":["y"],"atime":5,"ctime":3}},"root":{"m":7}}"#,
        join.clone(),
        r#"{"filesData":{"7":{"channel":"c","title":"ours","tags":["y","x"],"atime":9,"ctime":2,"filename":"named",
            "rtChannel":"r"}},"root":{"m":7}}"#,
    );
    changes(
        r#"{"filesData":{"7":{"channel":"c","filename":"f","tags":["x","y"],"atime":10,"ctime":1}},"root":{"m":7}}"#,
        join.clone(),
        r#"{"filesData":{"7":{"channel":"c","filename":"f","tags":["x","y"],"atime":10,"ctime":1,"title":"theirs",
            "rtChannel":"r"}},"root":{"m":7}}"#,
    );
    let tagged = given.replace(r#""y"]"#, r#""y","RESTORED-20190614"]"#);
    changes(
        r#"{"filesData":{},"root":{}}"#,
        join,
        &format!(r#"{{"filesData":{{"5":{tagged}}},"root":{{"a":{{"n":5}}}}}}"#),
    );
}

/// What the client erased on the server's word leaves its number in the tree: the entry stands there again.
#[test]
fn a_shared_folder_returns_to_the_number_that_stayed_and_no_folder_holds_one() {
    let mut restore = lost(5, r#"{"channel":"c","href":"/drive/#x"}"#, &[]);
    restore.put.kind = Kind::SharedFolder;
    let entry = r#"{"channel":"c","href":"/drive/#x","tags":["RESTORED-20190614"]}"#;
    changes(
        r#"{"sharedFolders":{},"root":{"a":{"z":5}}}"#,
        Edit::Restore(restore.clone()),
        &format!(r#"{{"sharedFolders":{{"5":{entry}}},"root":{{"a":{{"z":5}}}}}}"#),
    );
    let mut folder = json(r#"{"filesData":{},"root":{}}"#);
    let refused = Edit::Restore(restore).apply(&mut folder, Shape::Folder).unwrap_err();
    assert_eq!(refused.code(), Code::MisuseBadArgument);
    let nothing = Edit::Restore(lost(5, r#"{"title":"t"}"#, &[]));
    assert_eq!(edited("{}", &nothing), Err(Code::MisuseBadArgument), "it could not be found again");
}

#[test]
fn an_edit_link_is_encrypted_where_links_are() {
    struct Nines;
    impl Entropy for Nines {
        fn fill(&mut self, out: &mut [u8]) -> Result<(), Error> {
            out.fill(9);
            Ok(())
        }
    }
    let secrets = secrets_from_hash("drive", "/2/drive/edit/Y1BNEyFMPO2wmbZ-+gWLXyHv/", None).unwrap();
    let links = HrefCipher::new(&secrets.keys.unwrap().secondary_key.unwrap()).unwrap();
    let link = "/pad/#/2/pad/edit/dwp81vGRSpB96Oh-2xXCwfsl/";
    let restore = Edit::Restore(lost(5, &format!(r#"{{"channel":"c","href":"{link}"}}"#), &[]));
    let sealed = restore.sealed(Some(&links), &mut Nines).unwrap();
    assert_eq!(format!("{sealed:?}"), "Restore");
    let Edit::Restore(Restore { put, .. }) = sealed else { panic!() };
    assert_eq!(links.decrypt(put.entry.get("href").and_then(Value::as_str).unwrap()).unwrap(), link);
}

#[test]
fn what_nobody_touched_leaves_again_and_all_else_stays() {
    let wrote = r#"{"channel":"c","href":"k","title":"t","tags":["RESTORED-20190614"]}"#;
    let undo = Edit::TakeBack(take_back(5, wrote, &[&["a", "n"]], Before::Nothing));
    let drive = |entry: &str, root: &str| format!(r#"{{"filesData":{{"5":{entry}}},"root":{root}}}"#);
    for untouched in [
        wrote,
        r#"{"channel":"c","href":"k","title":"new","tags":["x","RESTORED-20190614"],"atime":7,"owners":["o"],"rtChannel":"r"}"#,
    ] {
        changes(
            &drive(untouched, r#"{"a":{"n":5,"o":6}}"#),
            undo.clone(),
            r#"{"filesData":{},"root":{"a":{"o":6}}}"#,
        );
    }
    for (entry, root) in [
        (r#"{"channel":"c","href":"other","tags":["RESTORED-20190614"]}"#, r#"{"a":{"n":5}}"#),
        (r#"{"channel":"c","tags":["RESTORED-20190614"]}"#, r#"{"a":{"n":5}}"#),
        (r#"{"channel":"c","href":"k","filename":"mine","tags":["RESTORED-20190614"]}"#, r#"{"a":{"n":5}}"#),
        (r#"{"channel":"c","href":"k"}"#, r#"{"a":{"n":5}}"#),
        (wrote, r#"{"n":5}"#),
        (wrote, r#"{"a":{"n":5},"m":5}"#),
        (wrote, r#"{"a":{"m":5}}"#),
    ] {
        let drive = drive(entry, root);
        assert_eq!(edited(&drive, &undo).map(|(changed, _)| changed), Ok(false), "{drive}");
    }
    assert_eq!(edited(r#"{"filesData":{}}"#, &undo).map(|(changed, _)| changed), Ok(false));
}

#[test]
fn what_was_there_before_loses_the_tag_and_returns_to_the_trash_if_it_came_from_there() {
    let wrote = r#"{"channel":"c","tags":["x","RESTORED-20190614"]}"#;
    let drive = format!(r#"{{"filesData":{{"5":{wrote}}},"root":{{"n":5}}}}"#);
    let untagged = r#"{"channel":"c","tags":["x"]}"#;
    changes(
        &drive,
        Edit::TakeBack(take_back(5, wrote, &[&["n"]], Before::Shown)),
        &format!(r#"{{"filesData":{{"5":{untagged}}},"root":{{"n":5}}}}"#),
    );
    changes(
        &drive,
        Edit::TakeBack(take_back(5, wrote, &[&["n"]], Before::Trashed)),
        &format!(
            r#"{{"filesData":{{"5":{untagged}}},"root":{{}},"trash":{{"n":[{{"element":5,"path":["root"]}}]}}}}"#
        ),
    );
    changes(
        &drive.replace(r#""x","#, ""),
        Edit::TakeBack(take_back(5, wrote, &[&["n"]], Before::Shown)),
        r#"{"filesData":{"5":{"channel":"c"}},"root":{"n":5}}"#,
    );
}

#[test]
fn folders_that_were_made_for_it_go_with_it_if_nothing_is_in_them() {
    let wrote = r#"{"channel":"c","tags":["RESTORED-20190614"]}"#;
    let texts = |names: &[&str]| names.iter().map(|name| Text::from(*name)).collect::<Vec<_>>();
    let undo = Edit::TakeBack(TakeBack {
        made: vec![texts(&["a", "b"]), texts(&["a"])],
        ..take_back(5, wrote, &[&["a", "b", "n"]], Before::Nothing)
    });
    let drive = |root: &str| format!(r#"{{"filesData":{{"5":{wrote}}},"root":{root}}}"#);
    changes(&drive(r#"{"a":{"b":{"n":5}},"z":{}}"#), undo.clone(), r#"{"filesData":{},"root":{"z":{}}}"#);
    changes(&drive(r#"{"a":{"b":{"n":5},"m":6}}"#), undo, r#"{"filesData":{},"root":{"a":{"m":6}}}"#);
}

proptest! {
    /// A restoring that nobody touched is taken back to the drive that was before.
    #[test]
    fn taking_back_undoes_the_restoring_and_nothing_else(
        edits in proptest::collection::vec(any_edit(), 0..12),
        restore in any_restore(),
    ) {
        let mut document = json(r#"{"drive":{"filesData":{},"root":{},"trash":{},"template":[]}}"#);
        for edit in edits {
            let _ = edit.apply(&mut document, Shape::Account);
        }
        let before = document.clone();
        prop_assert!(restore.apply(&mut document, Shape::Account).is_ok());
        let Edit::Restore(Restore { put, tag, join, .. }) = &restore else { panic!() };
        prop_assume!(!join);
        let channel = put.entry.get("channel").and_then(Value::as_text);
        let held = |document| {
            let tables = Tables::of_drive(document).of_kind(Kind::File);
            let found: Vec<_> = tables.filter(|entry| entry.channel() == channel).filter_map(|entry| entry.id()).collect();
            found
        };
        // With one id for the channel it is clear which entry was meant.
        let (was, is) = (held(&before), held(&document));
        prop_assume!(is.len() == 1);
        let id = is[0];
        let (tables, then) = (Tables::of_drive(&document), Tables::of_drive(&before));
        let tree = tables.tree();
        let texts = |names: Vec<&Text>| names.into_iter().cloned().collect();
        let had = then.entry(Kind::File, id).is_some_and(|entry| entry.tags().any(|held| held == tag));
        let undo = Edit::TakeBack(TakeBack {
            kind: Kind::File,
            entry: id,
            tag: tag.clone(),
            wrote: tables.entry(Kind::File, id).unwrap().fields().unwrap().clone(),
            places: tree.places(id).map(|place| (place.branch(), texts(place.names()))).collect(),
            before: match was.is_empty() {
                true => Before::Nothing,
                false if then.shows(id) => Before::Shown,
                false => Before::Trashed,
            },
            made: (1..=put.folders.len()).rev().map(|count| put.folders[..count].to_vec()).filter(|folder| !then.has_folder(folder)).collect(),
        });
        prop_assume!(!had);
        prop_assert_eq!(undo.apply(&mut document, Shape::Account), Ok(true));
        if was.is_empty() || then.shows(id) {
            prop_assert_eq!(crate::json::canonical(&document), crate::json::canonical(&before));
        } else {
            prop_assert!(!Tables::of_drive(&document).shows(id) && Tables::of_drive(&document).has_trashed(id));
        }
    }
}
