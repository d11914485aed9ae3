//! What only the vault of a device knows of, because the history was shortened since: `lost --state` tells it, `restore --state` puts it
//! back.

use crate::cli::Run;
use crate::restoring::{command, lines_of};
use crate::support::{Stage, complete};
use pinfold_client::{Options, Policy, Target};
use pinfold_core::document::{Branch, EntryId, Kind, Tables};
use pinfold_core::drive::complete::Drive;
use pinfold_core::drive::edit::Edit;
use pinfold_core::json::Text;
use serde_json::Value;
use std::path::Path;

const TAG: &str = "RESTORED-20190614";

fn losses(run: &Run) -> Vec<Value> {
    assert!(matches!(run.code, 0 | 3) && run.stderr.is_empty(), "{}{}", run.stdout, run.stderr);
    let lines = run.stdout.lines().map(|line| serde_json::from_str::<Value>(line).expect(line));
    lines.filter(|line| line["type"] == "loss").collect()
}

/// Two documents of the drive: their numbers and their channels.
async fn two(stage: &Stage) -> Vec<(EntryId, String)> {
    let client = stage.open().await;
    let drive = Drive::Complete(complete(&client).await);
    let tables = Tables::of_drive(drive.root().document());
    let tree = tables.tree();
    let shown = tables.of_kind(Kind::File).filter_map(|entry| {
        let id = entry.id().filter(|id| tree.places(*id).any(|place| place.branch() == Branch::Root))?;
        Some((id, entry.channel().and_then(Text::as_str)?.to_owned()))
    });
    let two = shown.take(2).collect();
    client.close().await;
    two
}

/// One document leaves the drive under the eyes of a device; then so much is written that there is a checkpoint, and the owner shortens
/// the log up to that.
async fn removed_and_shortened(state: &Path) -> (Stage, String) {
    let stage = Stage::carol().await;
    let [(gone, of), (other, _)] = &*two(&stage).await else { panic!("two documents") };
    let policy = Policy { in_drive: false, ..Policy::default() };
    let options = Options { store: Some(state.to_owned()), policy, ..Options::default() };
    let client = stage.try_open(options).await.unwrap();
    let drive = complete(&client).await;
    client.sync_pins(&drive.pin_set()).await.unwrap();
    let drive = Drive::Complete(drive);
    client.edit(Target::Account, vec![Edit::Erase { entry: *gone }]).await.unwrap();
    let log = stage.log(drive.root().channel().as_str());
    let before = std::fs::read_to_string(&log).unwrap().lines().count();
    let checkpoint = || {
        let text = std::fs::read_to_string(&log).unwrap();
        let of = text.lines().enumerate().skip(before);
        of.into_iter().find(|(_, line)| line.contains("\"cp|")).map(|(at, _)| at)
    };
    for n in 0..120 {
        if checkpoint().is_some() {
            break;
        }
        let title = Text::from(format!("Title {n}"));
        client.edit(Target::Account, vec![Edit::Rename { entry: *other, title }]).await.unwrap();
    }
    client.load_drive().await.unwrap();
    client.close().await;
    let at = checkpoint().unwrap();
    let stage = stage
        .served_again(|| {
            let text = std::fs::read_to_string(&log).unwrap();
            let metadata = text.lines().next().filter(|line| line.starts_with('{'));
            let kept = metadata.into_iter().chain(text.lines().skip(at));
            std::fs::write(&log, kept.map(|line| format!("{line}\n")).collect::<String>()).unwrap();
        })
        .await;
    (stage, of.clone())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_only_the_vault_of_a_device_knows_of_is_told_and_returns() {
    let directory = tempfile::tempdir().unwrap();
    let state = directory.path().to_str().unwrap();
    let (stage, of) = removed_and_shortened(directory.path()).await;
    let found = |run: &Run| losses(run).into_iter().find(|loss| loss["channel"] == *of);
    let without = command(&stage, "lost", &["--json"]).await;
    assert_eq!(found(&without), None, "the history was shortened: {}", without.stdout);

    let lost = ["--json", "--state", state];
    let with = command(&stage, "lost", &lost).await;
    let loss = found(&with).unwrap_or_else(|| panic!("{}", with.stdout));
    let said = ["keyAt", "cause", "intent", "server"].map(|field| loss[field].as_str().unwrap());
    assert_eq!((said, with.code), (["vault", "unknown", "doubtful", "missing"], 3));
    assert!(loss["time"].as_u64().unwrap() > 1_600_000_000_000 && loss["line"].is_null(), "{loss}");
    assert!(!with.stdout.contains("/edit/") && loss["title"].is_null(), "{loss}");
    let words = command(&stage, "lost", &["--state", state]).await;
    assert!(words.stdout.contains("its key is in the vault"), "{}", words.stdout);

    let drive = complete_drive(&stage).await;
    let (pinned, messages) = (stage.pinned(), lines_of(&stage, &drive));
    let all = command(&stage, "restore", &["--all", "--json", "--state", state]).await;
    assert_eq!(
        (all.code, lines_of(&stage, &drive)),
        (0, messages),
        "who took it nobody knows: {}",
        all.stdout
    );
    let restored = command(&stage, "restore", &["--id", &of, "--tag", TAG, "--json", "--state", state]).await;
    assert_eq!(restored.code, 0, "{}{}", restored.stdout, restored.stderr);
    assert_eq!(lines_of(&stage, &drive), messages + 1, "entry and tag are one message");
    assert!(stage.pinned().is_superset(&pinned) && stage.pinned().contains(&of));
    let again = command(&stage, "lost", &lost).await;
    assert_eq!(found(&again), None, "{}", again.stdout);

    let undone = command(&stage, "undo", &["--tag", TAG, "--json"]).await;
    assert_eq!((undone.code, undone.stdout.contains(r#""undone":1"#)), (0, true), "{}", undone.stdout);
}

async fn complete_drive(stage: &Stage) -> String {
    let client = stage.open().await;
    let drive = Drive::Complete(complete(&client).await);
    let channel = drive.root().channel().as_str().to_owned();
    client.close().await;
    channel
}
