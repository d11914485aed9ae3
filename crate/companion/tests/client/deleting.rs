//! `delete` as a program, against the embedded server: the plan, exactly that carried out, destroying, and warnings that are off.

use crate::cli::{Run, run};
use crate::restoring::{command, lines_of};
use crate::support::{Stage, complete};
use pinfold_client::Client;
use pinfold_core::document::{Branch, Kind, Tables};
use pinfold_core::drive::complete::Drive;
use pinfold_core::json::Text;
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn lines(run: &Run, of: &str) -> Vec<Value> {
    let lines = run.stdout.lines().map(|line| serde_json::from_str::<Value>(line).expect(line));
    lines.filter(|line| line["type"] == of).collect()
}

fn result(run: &Run) -> Value {
    lines(run, "result").pop().unwrap_or_else(|| panic!("{} {}", run.stdout, run.stderr))
}

async fn delete(stage: &Stage, more: &[&str]) -> Run {
    command(stage, "delete", &[more, &["--json"]].concat()).await
}

/// The channels of documents in the drive: those that are shown, and those in the trash.
fn channels(drive: &Drive) -> [Vec<String>; 2] {
    let tables = Tables::of_drive(drive.root().document());
    let tree = tables.tree();
    let of = |trash: bool| {
        let stands = |entry: &pinfold_core::document::Entry<'_>| {
            let mut places = tree.places(entry.id().unwrap());
            places.any(|place| (place.branch() == Branch::Trash) == trash)
        };
        let files = tables.of_kind(Kind::File).filter(stands);
        files.filter_map(|entry| entry.channel().and_then(Text::as_str).map(str::to_owned)).collect()
    };
    [of(false), of(true)]
}

async fn now(stage: &Stage) -> [Vec<String>; 2] {
    let client: Client = stage.open().await;
    let drive = Drive::Complete(complete(&client).await);
    client.close().await;
    channels(&drive)
}

#[tokio::test(flavor = "multi_thread")]
async fn exactly_what_was_shown_goes_and_only_with_consent_to_it() {
    let stage = Stage::carol().await;
    let state = tempfile::tempdir().unwrap();
    let state = state.path().to_str().unwrap();
    let [shown, thrown] = now(&stage).await;
    let (one, two) = (shown[0].as_str(), shown[1].as_str());
    let both = ["--id", one, "--id", two];

    // A plan changes nothing, and is the same twice.
    let plan = delete(&stage, &both).await;
    let told = result(&plan);
    assert_eq!(
        (plan.code, told["documents"].as_u64(), told["needsConsent"].as_bool()),
        (0, Some(2), Some(true))
    );
    assert_eq!((told["done"].as_bool(), lines(&plan, "row").len()), (Some(false), 2));
    let digest = told["digest"].as_str().unwrap().to_owned();
    assert_eq!(result(&delete(&stage, &[&both[..], &["--plan"]].concat()).await)["digest"], told["digest"]);
    for (agreed, why) in [("unasked", "needs-consent"), ("0000", "stale-consent")] {
        let refused = delete(&stage, &[&both[..], &["--run", agreed]].concat()).await;
        assert_eq!((refused.code, result(&refused)["refused"].as_str()), (3, Some(why)));
    }
    let one_less = delete(&stage, &["--id", one, "--run", &digest]).await;
    assert_eq!((one_less.code, result(&one_less)["refused"].as_str()), (3, Some("stale-consent")));
    assert_eq!(now(&stage).await, [shown.clone(), thrown.clone()]);

    let done = delete(&stage, &[&both[..], &["--run", &digest, "--state", state]].concat()).await;
    assert_eq!((done.code, result(&done)["done"].as_bool()), (0, Some(true)), "{}", done.stderr);
    let [left, trash] = now(&stage).await;
    assert_eq!(left, shown.iter().filter(|id| *id != one && *id != two).cloned().collect::<Vec<_>>());
    assert!(trash.iter().any(|id| id == one) && trash.len() == thrown.len() + 2);

    // The warning is off for one kind of action, until it is switched on again.
    let off = delete(&stage, &["--warn-no-more", "remove", "--state", state]).await;
    assert_eq!(off.code, 0, "{}", off.stderr);
    let from_the_trash = [&both[..], &["--trash", "--action", "remove", "--state", state]].concat();
    let plan = result(&delete(&stage, &from_the_trash).await);
    assert_eq!((plan["needsConsent"].as_bool(), plan["alwaysAsks"].as_bool()), (Some(false), Some(false)));
    assert_eq!(delete(&stage, &["--warn", "remove", "--state", state]).await.code, 0);
    assert_eq!(result(&delete(&stage, &from_the_trash).await)["needsConsent"], true);
    let never = delete(&stage, &["--warn-no-more", "destroy", "--state", state]).await;
    assert_eq!((never.code, never.stderr.contains("misuse/bad-argument")), (1, true));
    assert_eq!(delete(&stage, &["--id", &"0".repeat(32)]).await.code, 1);
    assert_eq!(delete(&stage, &[]).await.code, 1);
    let help = run(vec!["delete".into(), "--help".into()], None).await.stdout;
    assert!(help.contains("--again"));
}

/// Asked twice, the server first, and only what the account owns.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_destroyed_is_asked_for_twice_and_gone_for_everybody() {
    let stage = Stage::carol().await;
    let client = stage.open().await;
    complete(&client).await;
    let made = client.create_folder("Mine".into(), Vec::new(), None).await.unwrap();
    let drive = Drive::Complete(complete(&client).await);
    let made = drive.folders().iter().find(|folder| folder.declared.id == made.key());
    let channel = made.unwrap().declared.opens.as_ref().unwrap().channel.as_str().to_owned();
    client.close().await;
    assert!(lines_of(&stage, &channel) > 0);

    let of = ["--id", channel.as_str(), "--action", "destroy"];
    let plan = delete(&stage, &of).await;
    let told = result(&plan);
    let row = &lines(&plan, "row")[0];
    assert_eq!(
        (row["destroyed"].as_bool(), row["others"].as_bool(), row["owned"].as_bool()),
        (Some(true), Some(true), Some(true))
    );
    assert_eq!((told["asksTwice"].as_bool(), told["alwaysAsks"].as_bool()), (Some(true), Some(true)));
    let digest = told["digest"].as_str().unwrap();
    let once = delete(&stage, &[&of[..], &["--run", digest]].concat()).await;
    assert_eq!((once.code, result(&once)["refused"].as_str()), (3, Some("needs-second-consent")));
    assert!(lines_of(&stage, &channel) > 0);
    let done = delete(&stage, &[&of[..], &["--run", digest, "--again", digest]].concat()).await;
    assert_eq!((done.code, result(&done)["done"].as_bool()), (0, Some(true)), "{}", done.stderr);
    assert!(!stage.log(&channel).exists(), "the server has it in its archive");
    let client = stage.open().await;
    let drive = Drive::Complete(complete(&client).await);
    let there = |folder: &pinfold_core::drive::complete::Folder| {
        folder.declared.opens.as_ref().is_some_and(|opens| opens.channel.as_str() == channel)
    };
    assert!(!drive.folders().iter().any(there));
    let note = drive.root().document().get("pinfold").and_then(|note| note.get("vault"));
    assert!(note.is_some(), "its key is in the vault, for every device");
    client.close().await;
    // What others own is refused before anything is asked of the server.
    let [shown, _] = now(&stage).await;
    let foreign = delete(&stage, &["--id", &shown[0], "--action", "destroy"]).await;
    assert_eq!(
        (foreign.code, foreign.stderr.contains("misuse/bad-argument")),
        (1, true),
        "{}",
        foreign.stdout
    );
}

/// A folder that the account made, with what it holds known to no other device: its channel.
async fn own_folder(stage: &Stage) -> String {
    let client = stage.open().await;
    complete(&client).await;
    let made = client.create_folder("Mine".into(), Vec::new(), None).await.unwrap();
    let drive = complete(&client).await;
    client.sync_pins(&drive.pin_set()).await.unwrap();
    let drive = Drive::Complete(drive);
    let made = drive.folders().iter().find(|folder| folder.declared.id == made.key());
    let channel = made.unwrap().declared.opens.as_ref().unwrap().channel.as_str().to_owned();
    client.close().await;
    channel
}

/// Whether the drive names a shared folder of this channel.
async fn is_named(stage: &Stage, channel: &str) -> bool {
    let client = stage.open().await;
    client.load_drive().await.unwrap();
    let drive = client.load_drive().await.unwrap();
    let is_it = |folder: &pinfold_core::drive::complete::Folder| {
        folder.declared.opens.as_ref().is_some_and(|opens| opens.channel.as_str() == channel)
    };
    let named = drive.folders().iter().any(is_it);
    client.close().await;
    named
}

/// Between the server's word and the message above all: the connection is lost, and with it everything that the device kept. No other
/// pin goes, what was not selected stays, and a plan that is made anew and agreed to finishes it.
#[tokio::test(flavor = "multi_thread")]
async fn wherever_a_deletion_is_cut_a_second_run_finishes() {
    let stage = Stage::carol().await;
    for (request, at) in [
        ("REMOVE_OWNED_CHANNEL", "request"),
        ("REMOVE_OWNED_CHANNEL", "stored"),
        ("MSG", "request"),
        ("MSG", "stored"),
    ] {
        let channel = own_folder(&stage).await;
        let shown = now(&stage).await;
        let kept = || stage.pinned().into_iter().filter(|id| *id != channel).collect::<BTreeSet<_>>();
        let before = kept();
        let destroy = ["--id", channel.as_str(), "--action", "destroy"];
        let digest = result(&delete(&stage, &destroy).await)["digest"].as_str().unwrap().to_owned();
        let cut = json!({"kind": "cut", "at": at});
        stage.misbehave(json!([{"on": {"command": request}, "times": 9, "do": cut}])).await;
        let state = tempfile::tempdir().unwrap();
        let run = ["--run", &digest, "--again", &digest, "--state", state.path().to_str().unwrap()];
        let run = delete(&stage, &[&destroy[..], &run].concat()).await;
        assert!(matches!(run.code, 0 | 1), "{request} {at}: {}{}", run.stdout, run.stderr);
        assert!(stage.faults_acted().await[0] > 0, "{request} {at}: it was cut");
        assert!(kept().is_superset(&before), "{request} {at}: a pin is gone");
        stage.misbehave(json!([])).await;
        assert_eq!(stage.log(&channel).exists(), (request, at) == ("REMOVE_OWNED_CHANNEL", "request"));
        // The second run knows nothing of the first. Where its last message arrived, there is nothing left to do.
        if is_named(&stage, &channel).await {
            let plan = result(&delete(&stage, &destroy).await);
            let digest = plan["digest"].as_str().unwrap_or_else(|| panic!("{request} {at}: {plan}"));
            let run = delete(&stage, &[&destroy[..], &["--run", digest, "--again", digest]].concat()).await;
            let done = (run.code, result(&run)["done"].as_bool());
            assert_eq!(done, (0, Some(true)), "{request} {at}: {}{}", run.stdout, run.stderr);
        }
        assert!(!is_named(&stage, &channel).await && !stage.log(&channel).exists(), "{request} {at}");
        assert!(kept().is_superset(&before), "{request} {at}: a pin is gone");
        assert_eq!(now(&stage).await, shown, "{request} {at}: nothing else left");
    }
}
