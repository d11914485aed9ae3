//! `sync --state`, run once a night: what others removed in between, while nobody was looking.

use crate::cli::sync;
use crate::device::Client;
use crate::support::Stage;
use pinfold_core::guard::vault::Decision;
use pinfold_core::json::{Text, Value};
use pinfold_testkit::account::{Built, Login, Plan, Variety, build_with};
use pinfold_testkit::device::Device;
use pinfold_testkit::harness::{Harness, InOrder};
use std::path::Path;

fn account() -> Built {
    let login = Login::Block { username: "nightly".into(), password: "pässword".into() };
    let plan = Plan { seed: 44, documents: 2, folders: 2, per_folder: 3 };
    build_with(plan, &Variety { login, ..Variety::default() }).unwrap()
}

/// Another member of a folder, who has no account of ours, takes an entry out of it for good. The entry.
async fn erase(stage: &Stage, built: &mut Built, folder: usize) -> Value {
    let folder = built.folders[folder].clone();
    let mut gone = Value::Null;
    let frames = Device::new(&folder.hash, 1).unwrap().edit(&mut built.server, |document| {
        let files = document.as_object_mut().unwrap().get_mut("filesData").unwrap().as_object_mut().unwrap();
        let id = files.keys().next().unwrap().clone();
        gone = files.get(id.as_str().unwrap()).unwrap().clone();
        files.remove(id.as_str().unwrap());
    });
    let mut member = Client::connect(&stage.server).await;
    member.join(&folder.channel).await;
    for frame in frames.unwrap() {
        let frame: serde_json::Value = serde_json::from_str(&frame).unwrap();
        let answer = member.write(&folder.channel, frame[4].as_str().unwrap()).await;
        assert_eq!(answer[1], "ACK", "{answer}");
    }
    gone
}

/// What the state holds of a key: read by a session of the account for which the rest of the world is as it was at first.
fn kept(built: &Built, state: &Path, entry: &Value) -> Option<(Decision, Value)> {
    let mut harness = Harness::new(built.clone());
    for file in std::fs::read_dir(state).unwrap() {
        let file = file.unwrap();
        let name = file.file_name().into_string().unwrap();
        harness.store.insert(name, std::fs::read(file.path()).unwrap());
    }
    harness.resume(&mut InOrder).unwrap();
    harness.drain();
    let channel: Text = entry.get("channel").unwrap().as_text().unwrap().clone();
    let key = harness.session.vault().key(&channel)?;
    Some((key.decision, key.entry()))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_key_of_what_others_removed_is_in_the_vault_after_the_next_run() {
    let before = account();
    let mut built = before.clone();
    let stage = Stage::made(&built).await;
    let state = tempfile::tempdir().unwrap();
    let path = state.path().to_str().unwrap();
    let night = ["--mailbox", "none", "--no-note", "--state", path];
    assert_eq!(sync(&stage, &night).await.code, 0);
    for folder in [0, 1] {
        let gone = erase(&stage, &mut built, folder).await;
        assert_eq!(kept(&before, state.path(), &gone), None);
        let run = sync(&stage, &night).await;
        assert!([0, 5].contains(&run.code), "{}{}", run.stdout, run.stderr);
        assert_eq!(kept(&before, state.path(), &gone), Some((Decision::Open, gone.clone())));
        // The pin stays too, and so does the key in the nights after.
        let id = gone.get("channel").and_then(Value::as_str).unwrap();
        assert!(stage.pinned().contains(id));
        sync(&stage, &night).await;
        assert_eq!(kept(&before, state.path(), &gone), Some((Decision::Open, gone)));
    }
}
