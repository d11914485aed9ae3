//! `restore` and `undo` as programs, against the embedded server: histories from its files, pins first, then the entries.
//! Whatever is cut, pins are never fewer, and a second run finishes.

use crate::cli::run;
use crate::support::{Stage, complete, reasons};
use pinfold_client::{Client, Target};
use pinfold_core::document::{EntryId, Kind, Tables};
use pinfold_core::drive::complete::{CompleteDrive, Drive, FolderOutcome};
use pinfold_core::drive::edit::Edit;
use pinfold_core::json::{Text, Value, canonical};
use serde_json::json;
use std::collections::BTreeSet;

const TAG: &str = "RESTORED-20190614";

/// What was removed, by the channels.
pub(crate) struct Removed {
    pub(crate) files: Vec<String>,
    pub(crate) folder: String,
}

/// How many messages a channel has.
pub(crate) fn lines_of(stage: &Stage, channel: &str) -> usize {
    std::fs::read_to_string(stage.log(channel)).unwrap().lines().count()
}

async fn over(stage: &Stage, name: &str, more: &[&str]) -> crate::cli::Run {
    let data = stage.data();
    command(stage, name, &[&["--data", data.to_str().unwrap()], more].concat()).await
}

pub(crate) async fn command(stage: &Stage, name: &str, more: &[&str]) -> crate::cli::Run {
    let text = |field: &str| stage.manifest[field].as_str().unwrap().to_owned();
    let mut arguments = vec![name.to_owned()];
    for (option, value) in
        [("--origin", stage.server.origin()), ("--user", text("username")), ("--patience", "2s".into())]
    {
        arguments.extend([option.to_owned(), value]);
    }
    arguments.extend(more.iter().map(|argument| (*argument).to_owned()));
    run(arguments, Some(&text("password"))).await
}

fn restore_all() -> [&'static str; 4] {
    ["--all", "--json", "--tag", TAG]
}

/// Two documents of the drive at once, one in a shared folder, and another shared folder: accidents.
pub(crate) async fn remove(stage: &Stage) -> Removed {
    let client = stage.open().await;
    let drive = complete(&client).await;
    client.sync_pins(&drive.pin_set()).await.unwrap();
    let drive = Drive::Complete(drive);
    let tables = Tables::of_drive(drive.root().document());
    let shown = |tables: Tables<'_>| -> Vec<(EntryId, String)> {
        let tree = tables.tree();
        let entries = tables.of_kind(Kind::File).filter(|entry| {
            entry.id().is_some_and(|id| {
                tree.places(id).any(|place| place.branch() == pinfold_core::document::Branch::Root)
            })
        });
        entries
            .filter_map(|entry| Some((entry.id()?, entry.channel().and_then(Text::as_str)?.to_owned())))
            .collect()
    };
    let own: Vec<_> = shown(tables).into_iter().take(2).collect();
    assert_eq!(own.len(), 2);
    let folders = || {
        drive.folders().iter().filter_map(|folder| match &folder.outcome {
            FolderOutcome::Loaded(document) if !document.read_only() => Some((&folder.declared, document)),
            _ => None,
        })
    };
    let (holder, inner) = folders()
        .find_map(|(declared, document)| {
            Some((declared, shown(Tables::of(document.document())).into_iter().next()?))
        })
        .unwrap();
    let mut others = drive.folders().iter().map(|folder| &folder.declared);
    let other = others.rfind(|declared| declared.id != holder.id).unwrap();
    let id = |id: &str| EntryId::parse(id).unwrap();
    let mut gone: Vec<Edit> = own.iter().map(|(entry, _)| Edit::Erase { entry: *entry }).collect();
    gone.push(Edit::Erase { entry: id(&other.id) });
    client.edit(Target::Account, gone).await.unwrap();
    client.edit(Target::Folder(id(&holder.id)), vec![Edit::Erase { entry: inner.0 }]).await.unwrap();
    let files = own.into_iter().map(|(_, channel)| channel).chain([inner.1]).collect();
    let folder = other.opens.as_ref().unwrap().channel.as_str().to_owned();
    client.close().await;
    Removed { files, folder }
}

async fn loaded(stage: &Stage) -> (Client, CompleteDrive) {
    let client = stage.open().await;
    let drive = match client.load_drive().await.unwrap() {
        Drive::Complete(drive) => drive,
        Drive::Partial(drive) => panic!("missing: {:?}", reasons(&drive)),
    };
    (client, drive)
}

/// The channels of all entries, and of those with the tag.
fn channels(drive: &Drive) -> (BTreeSet<String>, BTreeSet<String>) {
    let documents = drive.folders().iter().filter_map(|folder| folder.outcome.read());
    let tables = documents.map(|folder| folder.tables()).chain([Tables::of_drive(drive.root().document())]);
    let (mut all, mut tagged) = (BTreeSet::new(), BTreeSet::new());
    for entry in tables.flat_map(|tables| tables.entries()) {
        let Some(channel) = entry.channel().and_then(Text::as_str) else { continue };
        all.insert(channel.to_owned());
        if entry.tags().any(|tag| *tag == TAG) {
            tagged.insert(channel.to_owned());
        }
    }
    (all, tagged)
}

async fn check_restored(stage: &Stage, removed: &Removed) {
    let (client, drive) = loaded(stage).await;
    let drive = Drive::Complete(drive);
    let (all, tagged) = channels(&drive);
    let wanted: BTreeSet<String> = removed.files.iter().cloned().chain([removed.folder.clone()]).collect();
    assert_eq!(tagged, wanted);
    assert!(wanted.is_subset(&all));
    client.close().await;
    stage.assert_nothing_lost();
}

/// The documents, without the guard's own note.
fn text_of(drive: &Drive) -> Vec<String> {
    let without_note = |document: &Value| {
        let mut document = document.clone();
        document.as_object_mut().unwrap().remove("pinfold");
        canonical(&document)
    };
    let folders = drive.folders().iter().filter_map(|folder| match &folder.outcome {
        FolderOutcome::Loaded(synced) => Some(without_note(synced.document())),
        FolderOutcome::Unavailable(_) => None,
    });
    folders.chain([without_note(drive.root().document())]).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_lost_returns_tagged_and_pinned_and_leaves_again() {
    let stage = Stage::carol().await;
    let removed = remove(&stage).await;
    let dry = over(&stage, "restore", &["--all", "--json", "--dry-run"]).await;
    assert_eq!((dry.code, dry.stderr.as_str()), (0, ""), "{}", dry.stdout);
    let (client, drive) = loaded(&stage).await;
    let before = text_of(&Drive::Complete(drive));
    client.close().await;
    let lines = stage.messages_of_drive();
    let run = over(&stage, "restore", &restore_all()).await;
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    assert!(!run.stdout.contains("/edit/") && !run.stdout.contains("title"), "{}", run.stdout);
    assert_eq!(stage.messages_of_drive(), lines + 1, "entries, places and tags are one message");
    check_restored(&stage, &removed).await;
    let lines = stage.messages_of_drive();
    let again = over(&stage, "restore", &restore_all()).await;
    assert_eq!((again.code, stage.messages_of_drive()), (0, lines), "nothing is lost any more");

    let undone = over(&stage, "undo", &["--json", "--tag", "#restored-20190614"]).await;
    assert_eq!(undone.code, 0, "{}{}", undone.stdout, undone.stderr);
    let (client, drive) = loaded(&stage).await;
    assert_eq!(text_of(&Drive::Complete(drive)), before, "as before");
    client.close().await;
}

/// An operator's notice: what they have put back is tagged where it stands, and returns if its entry was lost.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_notice_names_is_tagged_and_returns() {
    let stage = Stage::carol().await;
    let removed = remove(&stage).await;
    let (client, drive) = loaded(&stage).await;
    let (all, _) = channels(&Drive::Complete(drive));
    client.close().await;
    let standing = all.iter().next().unwrap();
    let item =
        |id: &str, event: &str| json!({"id": id, "event": event, "at": 1_560_470_400_000_u64, "bytes": 1});
    let notice = json!({"version": 1, "account": "k", "made": 1, "search": [], "items": [
        item(&removed.folder, "restored"), item(standing, "restored"), item(&removed.files[0], "archived"),
    ]});
    let file = stage.data().join("notice.json");
    std::fs::write(&file, notice.to_string()).unwrap();
    let run = over(&stage, "restore", &["--notice", file.to_str().unwrap()]).await;
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    assert!(
        run.stdout.contains(&format!("#{TAG}")),
        "the tag is that of the day in the notice: {}",
        run.stdout
    );
    let (client, drive) = loaded(&stage).await;
    let (all, tagged) = channels(&Drive::Complete(drive));
    assert_eq!(tagged, [standing.clone(), removed.folder.clone()].into());
    assert!(!all.contains(&removed.files[0]), "what the notice does not bring back stays as it is");
    client.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wherever_it_is_cut_no_pin_goes_and_a_second_run_finishes() {
    let stage = Stage::carol().await;
    let removed = remove(&stage).await;
    let pinned = stage.pinned();
    for (command_cut, at, skip) in [
        ("PIN", "request", 0),
        ("PIN", "stored", 0),
        ("MSG", "request", 0),
        ("MSG", "stored", 0),
        ("MSG", "request", 1),
        ("GET_HISTORY", "request", 2),
    ] {
        let cut = json!({"kind": "cut", "at": at});
        let rule = json!({"on": {"command": command_cut}, "skip": skip, "times": 1, "do": cut});
        let forget = json!({"do": {"kind": "forget-pins", "count": 3}});
        stage.misbehave(json!([rule, forget])).await;
        let kept = stage.pinned();
        let run = over(&stage, "restore", &restore_all()).await;
        assert!(matches!(run.code, 0 | 1), "{}{}", run.stdout, run.stderr);
        assert_eq!(stage.faults_acted().await[0], 1, "{command_cut} {at}: it was cut");
        assert!(stage.pinned().is_superset(&kept), "cut at {command_cut} {at}");
        stage.misbehave(json!([])).await;
        let run = over(&stage, "restore", &restore_all()).await;
        assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
        check_restored(&stage, &removed).await;
        assert!(stage.pinned().is_superset(&pinned));
        // So that the next cut meets something that is to be done.
        let undone = over(&stage, "undo", &["--tag", TAG]).await;
        assert_eq!(undone.code, 0, "{command_cut} {at}: {}{}", undone.stdout, undone.stderr);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_carried_out_says_why() {
    let stage = Stage::carol().await;
    let run = over(&stage, "restore", &["--id", "0".repeat(32).as_str()]).await;
    assert_eq!(run.code, 1);
    assert!(run.stderr.contains("misuse/bad-argument"), "{}", run.stderr);
    let run = over(&stage, "restore", &[]).await;
    assert_eq!(run.code, 2, "{}", run.stderr);
    let run = over(&stage, "undo", &["--tag", "never-given"]).await;
    assert_eq!((run.code, run.stdout.starts_with("0 entries")), (0, true), "{}", run.stdout);
    for name in [
        "restore", "undo", "conflict", "history", "affected", "lost", "pins", "delete", "diagnose", "compare",
    ] {
        let help = run_help(name).await;
        let guide = include_str!("../../../../docs/recovery.md");
        assert!(guide.contains(help.trim_end()), "docs/recovery.md should contain:\n{help}");
    }
}

async fn run_help(name: &str) -> String {
    run(vec![name.into(), "--help".into()], None).await.stdout
}
