//! Folders that a client had made anew, in the recorded accounts: exactly those are told as such, at the first load of a
//! device that knows nothing.

use crate::support::Stage;
use pinfold_core::drive::complete::Drive;
use pinfold_core::error::Code;
use pinfold_core::session::effect::FolderEvent;
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

/// The channels of the folders of a drive, and those of them that are doubtful.
fn folders(drive: &Drive) -> (usize, Vec<String>) {
    let doubtful = FolderEvent::settled(drive).filter_map(|folder| {
        let doubt = folder.doubt?;
        assert_eq!(doubt, Code::FolderMadeAnew);
        folder.channel
    });
    let mut doubtful: Vec<String> = doubtful.collect();
    doubtful.sort();
    (drive.folders().len(), doubtful)
}

/// All drives that the account can open: its own, and its teams'.
async fn told(stage: &Stage) -> (usize, Vec<String>) {
    let client = stage.open().await;
    let (mut count, mut doubtful) = folders(&client.load_drive().await.unwrap());
    for team in client.teams().await.unwrap() {
        let Ok(drive) = client.load_team(&team.id).await else { continue };
        let (more, anew) = folders(&drive);
        count += more;
        doubtful.extend(anew);
    }
    client.close().await;
    (count, doubtful)
}

/// As the account document of Alice was before she removed the folder that looked empty: its first lines.
fn before_she_removed_it(data: &Path, manifest: &Value) {
    let channel = manifest["driveChannel"].as_str().unwrap();
    let path = data.join("datastore").join(&channel[..2]).join(format!("{channel}.ndjson"));
    let removed = manifest["drive"]["timeline"].as_array().unwrap().iter();
    let removed: Vec<u64> = removed.filter_map(|entry| entry["to"]["line"].as_u64()).collect();
    let [first] = removed[..] else { panic!("one removal: {removed:?}") };
    let log = fs::read_to_string(&path).unwrap();
    let lines: Vec<&str> = log.lines().take(usize::try_from(first).unwrap()).collect();
    fs::write(path, format!("{}\n", lines.join("\n"))).unwrap();
}

const ASSOCIATION: &str = "0ead4982325111f87013ddd2c0d800e3";
const GARDEN: &str = "f46619ee94878199bb73cec5ff05dc20";

/// A fresh device called this drive complete, and said nothing of the two: so 2019 went on.
#[tokio::test(flavor = "multi_thread")]
async fn june_2019_is_told_before_a_folder_is_removed_for_being_empty() {
    let stage = Stage::incident("june-2019", "alice", before_she_removed_it).await;
    let anew = vec![ASSOCIATION.to_owned(), GARDEN.to_owned()];
    assert_eq!(told(&stage).await, (4, anew.clone()));
    // Both were read to their ends: the drive is complete, and its list is what it was.
    let client = stage.open().await;
    let Drive::Complete(drive) = client.load_drive().await.unwrap() else { panic!("it was read") };
    let (before, pinned) = (stage.resets(), stage.pinned());
    let receipt = client.sync_pins(&drive.pin_set()).await.unwrap();
    assert!(!receipt.reset && stage.resets() == before, "nothing is replaced on their word");
    assert!(stage.pinned().is_superset(&pinned));
    client.close().await;
    // The program tells in words, and as fields.
    let run = crate::cli::sync(&stage, &[]).await;
    assert!(run.stdout.contains("2 shared folders look made anew"), "{}", run.stdout);
    let run = crate::cli::sync(&stage, &["--json"]).await;
    let lines = run.stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let mut doubtful: Vec<String> = lines
        .filter(|line| line["type"] == "folder" && line["doubt"] == json!("folder/made-anew"))
        .map(|line| line["channel"].as_str().unwrap().to_owned())
        .collect();
    doubtful.sort();
    assert_eq!(doubtful, anew);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_the_recorded_accounts_those_are_told_that_the_manifest_names() {
    let whole = |_: &Path, _: &Value| {};
    for (name, user, folders, anew) in [
        ("june-2019", "alice", 3, vec![GARDEN]),
        ("june-2019", "bob", 0, vec![]),
        ("inactive-notice", "alice", 1, vec![]),
        ("inactive-notice", "bob", 0, vec![]),
        ("false-alarm", "alice", 1, vec![]),
        ("bulk-delete", "alice", 2, vec![]),
        ("team-removed", "alice", 1, vec![]),
        (
            "conflict-content",
            "alice",
            2,
            vec!["6d0470de52af1c44f60c2c20db69a265", "d9df0e18bfb37e4e91abf54de45d1390"],
        ),
    ] {
        let stage = Stage::incident(name, user, whole).await;
        let anew: Vec<String> = anew.into_iter().map(str::to_owned).collect();
        assert_eq!(told(&stage).await, (folders, anew), "{name} {user}");
    }
    assert_eq!(told(&Stage::carol().await).await.1, Vec::<String>::new());
    assert_eq!(told(&Stage::fixture().await).await.1, Vec::<String>::new());
}
