//! What an operator's notice tells a diagnosis: why something is not there, and since when.

use crate::cli::Run;
use crate::diagnosing::{diagnose, lines, pinned};
use crate::support::complete;
use pinfold_core::document::{Kind, Tables};
use pinfold_core::drive::complete::Drive;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// State and time of what was found of an id.
fn told(run: &Run, id: &str) -> Vec<(Value, Value)> {
    let all = lines(run);
    let of = all.iter().filter(|line| line["type"] == "finding" && line["id"] == id);
    of.map(|line| (line["state"].clone(), line["since"].clone())).collect()
}

/// The server says of none of them why it is not there. The notice does, of what still is in the archive; what was put back, or was only marked,
/// is missing for a reason that it does not know.
#[tokio::test(flavor = "multi_thread")]
async fn a_notice_says_why_something_is_not_there_and_since_when() {
    let stage = pinned().await;
    let client = stage.open().await;
    let drive = Drive::Complete(complete(&client).await);
    let folder = stage.a_folder();
    // What is in the folder that is missing nobody names.
    let others =
        drive.folders().iter().filter(|of| of.declared.pinned.as_ref().is_some_and(|of| *of != *folder));
    let others = others.filter_map(|folder| Some(folder.outcome.read()?.tables()));
    let tables = others.chain([Tables::of_drive(drive.root().document())]);
    let ids: BTreeSet<String> = tables
        .flat_map(|tables| tables.of_kind(Kind::File))
        .filter_map(|entry| Some(entry.channel()?.as_str()?.to_owned()))
        .filter(|channel| channel.len() == 32)
        .collect();
    client.close().await;
    let ids: Vec<String> = ids.into_iter().collect();
    let [away, back, marked, there] = &ids[..4] else { panic!("four documents") };
    let new = |id: &str| json!({"on": {"channel": id}, "do": {"kind": "new"}});
    stage.misbehave([&folder, away, back, marked].iter().map(|id| new(id)).collect()).await;
    let item = |id: &str, event: &str, at: u64| json!({"id": id, "event": event, "at": at});
    let notice = json!({"version": 1, "items": [
        item(&folder, "archived", 1_560_000_000_000), item(away, "archived", 1_570_000_000_000),
        json!({"id": back, "event": "restored", "at": 1_580_000_000_000_u64, "away": [[1_575_000_000_000_u64, 1_580_000_000_000_u64]]}),
        item(marked, "marked", 1_590_000_000_000), item(there, "archived", 1_590_000_000_000),
    ]});
    let kept = tempfile::tempdir().unwrap();
    let file = kept.path().join("notice.json");
    std::fs::write(&file, notice.to_string()).unwrap();

    for quick in [&["--quick"][..], &[]] {
        let without = diagnose(&stage, quick).await;
        for id in [away, back, marked] {
            assert_eq!(told(&without, id), [(json!("missing"), json!(null))], "{id} {}", without.stdout);
        }
        assert_eq!(told(&without, &folder), [(json!("folder/missing"), json!(null))], "{}", without.stdout);
        let with = diagnose(&stage, &[quick, &["--notice", file.to_str().unwrap()]].concat()).await;
        assert_eq!((with.code, without.code), (3, 3), "it is still found");
        let archived = json!("archived");
        assert_eq!(told(&with, away), [(archived, json!(1_570_000_000_000_u64))], "{}", with.stdout);
        let why = (json!("folder/archived"), json!(1_560_000_000_000_u64));
        assert_eq!(told(&with, &folder), [why], "{}", with.stdout);
        for id in [back, marked] {
            assert_eq!(told(&with, id), [(json!("missing"), json!(null))], "{id} {}", with.stdout);
        }
        assert_eq!(told(&with, there), [], "the server has it, whatever the notice says");
    }
    // What the server itself says is not put over.
    let deleted = json!({"on": {"channel": away}, "do": {"kind": "new", "reason": "ARCHIVE_OWNED"}});
    stage.misbehave(json!([deleted])).await;
    let with = diagnose(&stage, &["--quick", "--notice", file.to_str().unwrap()]).await;
    assert_eq!(told(&with, away), [(json!("deleted"), json!(1_570_000_000_000_u64))], "{}", with.stdout);
}
