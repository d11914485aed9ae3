//! The verdict on a drive, by itself: what it waits for, and by which entry a folder is opened.

use pinfold_core::drive::complete::{Drive, FolderOutcome};
use pinfold_core::drive::loader::FolderLoader;
use pinfold_core::error::Code;
use pinfold_core::href::secrets_from_hash;
use pinfold_core::json::{Object, Value};
use pinfold_testkit::account::{Built, Plan, build};
use pinfold_testkit::harness::{Harness, InOrder};

const PLAN: Plan = Plan { seed: 31, documents: 1, folders: 2, per_folder: 1 };

fn loaded(built: Built) -> Drive {
    let mut harness = Harness::new(built);
    harness.resume(&mut InOrder).unwrap();
    harness.load(&mut InOrder).unwrap()
}

/// A loader that has not heard of any folder yet.
fn loader(drive: &Drive) -> FolderLoader {
    FolderLoader::new(drive.whose().clone(), drive.root().clone())
}

#[test]
fn there_is_no_verdict_before_every_folder_has_an_outcome() {
    let drive = loaded(build(PLAN).unwrap());
    let mut loader = loader(&drive);
    assert_eq!(loader.declared().len(), 2);
    for left in [2, 1] {
        let error = loader.clone().finish(0).unwrap_err();
        assert_eq!(error.code(), Code::DriveIncomplete);
        assert!(error.detail().iter().any(|(key, value)| *key == "folders" && *value == left.to_string()));
        let open = loader.open()[0].opens.clone().unwrap();
        let read = drive.folders().iter().find_map(|folder| match &folder.outcome {
            FolderOutcome::Loaded(document) => {
                (*document.channel() == open.channel).then(|| document.clone())
            }
            FolderOutcome::Unavailable(_) => None,
        });
        loader.loaded(read.unwrap());
    }
    assert!(matches!(loader.finish(0).unwrap(), Drive::Complete(_)));
}

/// A field of an entry and its link, from the folder's edit hash.
type Link = fn(&str) -> (&'static str, String);

/// The entry through which a folder is opened that is declared by these links, in this order.
fn opened_by(links: [Link; 2]) -> String {
    let mut built = build(Plan { folders: 1, ..PLAN }).unwrap();
    let hash = built.folders[0].hash.clone();
    let mut client = built.device().unwrap();
    let write = |document: &mut Value| {
        let drive = document.as_object_mut().unwrap().get_mut("drive").unwrap().as_object_mut().unwrap();
        let mut folders = Object::new();
        for (id, link) in ["1", "2"].into_iter().zip(links) {
            let (field, link) = link(&hash);
            let mut entry = Object::new();
            entry.insert(field, link);
            folders.insert(id, entry);
        }
        drive.insert("sharedFolders", folders);
    };
    client.edit(&mut built.server, write).unwrap();
    let drive = loaded(built);
    let loader = loader(&drive);
    let open = loader.open();
    assert_eq!((loader.declared().len(), open.len()), (2, 1));
    open[0].id.clone()
}

#[test]
fn a_folder_that_is_declared_twice_is_opened_by_the_entry_that_can_write() {
    let edit = |hash: &str| ("href", format!("/drive/#{hash}"));
    let view = |hash: &str| {
        let view = secrets_from_hash("drive", hash, None).unwrap().view_hash("drive").unwrap();
        ("roHref", format!("/drive/#{}", view.expose()))
    };
    assert_eq!(opened_by([view, edit]), "2");
    assert_eq!(opened_by([edit, view]), "1");
    assert_eq!(opened_by([edit, edit]), "1");
    assert_eq!(opened_by([view, view]), "1");
}

/// What stands in place of the drive may have been anything: nothing is concluded, and nothing replaced.
#[test]
fn what_is_no_drive_is_not_an_empty_one() {
    for (field, odd) in
        [(None, "null"), (None, r#""x""#), (Some("filesData"), "0"), (Some("sharedFolders"), "[]")]
    {
        let mut built = build(Plan { seed: 4, documents: 3, folders: 1, per_folder: 1 }).unwrap();
        let spoil = |document: &mut Value| {
            let document = document.as_object_mut().unwrap();
            let holder = match field {
                Some(_) => document.get_mut("drive").and_then(Value::as_object_mut).unwrap(),
                None => document,
            };
            holder.insert(field.unwrap_or("drive"), Value::parse(odd).unwrap());
        };
        built.device().unwrap().edit(&mut built.server, spoil).unwrap();
        let mut harness = Harness::new(built);
        harness.resume(&mut InOrder).unwrap();
        let error = harness.load(&mut InOrder).unwrap_err();
        assert_eq!(error.code(), Code::DriveUnreadable, "{field:?} {odd}");
    }
}
