//! The recorded account of CryptPad's own client: what it read must come out, to the letter.

use crate::support::{Stage, reasons, strings, sync};
use futures_util::StreamExt;
use pinfold_core::drive::complete::{Drive, FolderOutcome};
use pinfold_core::error::Code;
use pinfold_core::json::{Value as Json, canonical, parse};
use pinfold_core::mailbox::delivery::Delivery;
use pinfold_core::mailbox::message::Claim;
use pinfold_core::pins::set::Form;
use pinfold_core::ports::UnixMillis;
use serde_json::{Value, json};

fn same(found: &Json, recorded: &Value, what: &str) {
    let recorded = canonical(&parse(&recorded.to_string()).unwrap());
    assert_eq!(canonical(found), recorded, "{what}");
}

#[tokio::test(flavor = "multi_thread")]
async fn documents_are_those_of_the_recording() {
    let stage = Stage::fixture().await;
    let client = stage.open().await;
    let Drive::Partial(drive) = client.load_drive().await.unwrap() else { panic!("a folder is restricted") };
    assert_eq!(reasons(&drive), [Code::FolderRestricted]);
    let drive = Drive::Partial(drive);
    same(drive.root().document(), &stage.manifest["drive"], "account document");
    let recorded = stage.manifest["folders"].as_object().unwrap();
    assert_eq!(drive.folders().len(), recorded.len());
    for folder in drive.folders() {
        let recorded = &recorded[&folder.declared.id];
        assert_eq!(folder.declared.pinned.as_ref().and_then(|id| id.as_str()), recorded["channel"].as_str());
        match &folder.outcome {
            FolderOutcome::Loaded(document) => {
                same(document.document(), &recorded["json"], &folder.declared.id);
                assert_eq!(document.read_only(), recorded["readOnly"].as_bool().unwrap());
            }
            FolderOutcome::Unavailable(_) => assert_eq!(recorded["restricted"], json!(true)),
        }
    }
    client.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pins_are_those_of_the_recording_and_nothing_is_sent() {
    let stage = Stage::fixture().await;
    let before = stage.pin_log();
    let client = stage.open().await;
    let (drive, receipt) = sync(&client).await.unwrap();
    let ids: Vec<String> = drive.additions().ids().iter().map(ToString::to_string).collect();
    assert_eq!(ids, strings(&stage.manifest["pin"]["hashedList"]));
    assert_eq!(ids.len(), 194);
    assert_eq!(receipt.digest, stage.manifest["pin"]["hash"].as_str().unwrap());
    assert_eq!((receipt.form, receipt.sent, receipt.reset), (Some(Form::Plain), 0, false));
    assert_eq!(stage.pin_log(), before);
    client.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn forgotten_pins_are_added_and_confirmed() {
    let stage = Stage::fixture().await;
    stage.misbehave(json!([{"do": {"kind": "forget-pins", "count": 12}}])).await;
    let before = stage.pin_log().len();
    let client = stage.open().await;
    let (_, receipt) = sync(&client).await.unwrap();
    assert!(receipt.confirmed() && !receipt.reset);
    let log = stage.pin_log();
    assert_eq!(
        log[before..].iter().map(|(c, ids)| (c.as_str(), ids.len())).collect::<Vec<_>>(),
        [("PIN", 12)]
    );
    assert_eq!(stage.pinned(), stage.expected());
    client.close().await;
}

async fn backlog(stage: &Stage, whole: bool) -> Vec<Delivery> {
    let client = stage.open().await;
    // Letters that name documents wait for the folders.
    client.load_drive().await.unwrap();
    let mut mailbox = client.mailbox("notifications", whole).await.unwrap();
    let mut letters = Vec::new();
    while let Some(next) = mailbox.next_of_backlog().await {
        letters.push(next.unwrap());
    }
    assert!(mailbox.backlog_ended());
    // The stream has nothing beyond the backlog, and ends with the client.
    client.close().await;
    assert!(mailbox.next().await.unwrap().is_err());
    letters
}

#[tokio::test(flavor = "multi_thread")]
async fn the_mailbox_comes_in_the_recorded_order() {
    let stage = Stage::fixture().await;
    let recorded = stage.manifest["mailbox"]["messages"].as_array().unwrap();
    let letters = backlog(&stage, false).await;
    assert_eq!(letters.len(), recorded.len());
    for (at, (letter, recorded)) in letters.iter().zip(recorded).enumerate() {
        assert_eq!((letter.position, letter.unresolved), (at as u64, false));
        assert_eq!(letter.hash.as_str(), recorded["hash"].as_str().unwrap());
        assert_eq!(letter.time, recorded["time"].as_u64().map(UnixMillis));
        let opened = letter.letter.as_ref().unwrap();
        assert_eq!(opened.sender.author.as_deref(), recorded["author"].as_str());
        assert_eq!(opened.sender.claim(), Claim::Own);
        same(&parse(&opened.text).unwrap(), &recorded["msg"], letter.hash.as_str());
    }
    let mailbox = &stage.manifest["mailbox"];
    let dismissed = letters.iter().filter(|letter| letter.dismissed).count();
    assert_eq!(dismissed, 1 + mailbox["viewed"].as_array().unwrap().len());
    assert_eq!(letters[0].hash.as_str(), mailbox["lastKnownHash"].as_str().unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_whole_mailbox_ends_as_the_part_does() {
    let stage = Stage::fixture().await;
    let (whole, part) = (backlog(&stage, true).await, backlog(&stage, false).await);
    assert!(whole.len() > part.len());
    let tail = &whole[whole.len() - part.len()..];
    let facts = |letter: &Delivery| (letter.hash.clone(), letter.time, letter.dismissed);
    assert_eq!(tail.iter().map(facts).collect::<Vec<_>>(), part.iter().map(facts).collect::<Vec<_>>());
    assert!(whole[..whole.len() - part.len()].iter().all(|letter| letter.dismissed));
}

/// Each team is loaded for itself; what its member may sign is brought to exactly the recorded list.
#[tokio::test(flavor = "multi_thread")]
async fn a_teams_pins_are_those_of_the_recording() {
    let stage = Stage::fixture().await;
    let client = stage.open().await;
    let teams = client.teams().await.unwrap();
    let recorded = stage.manifest["teams"].as_object().unwrap();
    assert_eq!(teams.len(), recorded.len());
    let user_log = stage.pin_log();
    for team in &teams {
        let recorded = &recorded[&team.id];
        assert_eq!(team.name.as_deref(), recorded["name"].as_str());
        let drive = client.load_team(&team.id).await.unwrap();
        let Drive::Complete(complete) = &drive else { panic!("a team's folder is missing") };
        let seat = drive.whose().team().unwrap();
        assert_eq!(seat.channel.as_str(), recorded["channel"].as_str().unwrap());
        assert_eq!(seat.ed_public.as_str(), recorded["edPublic"].as_str().unwrap());
        same(drive.root().document().get("drive").unwrap(), &recorded["drive"]["drive"], "team drive");
        let pins = complete.pin_set();
        let synced = client.sync_pins(&pins).await;
        if recorded["hasEdPrivate"] == json!(true) {
            let tagged: Vec<String> = pins.tagged().iter().map(|id| id.to_string_lossy().into()).collect();
            assert_eq!(tagged, strings(&recorded["resetList"]));
            assert!(synced.unwrap().confirmed());
        } else {
            assert_eq!(synced.unwrap_err().code(), Code::CryptoReadOnly, "viewers have no key to pin with");
        }
    }
    assert_eq!(stage.pin_log(), user_log, "a team never touches the user's pins");
    client.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_team_that_cannot_be_loaded_touches_nobody_elses_pins() {
    let stage = Stage::fixture().await;
    let client = stage.open().await;
    let team = &client.teams().await.unwrap()[0];
    let channel = stage.manifest["teams"][&team.id]["channel"].as_str().unwrap().to_owned();
    stage.misbehave(json!([{"on": {"channel": channel}, "do": {"kind": "new"}}])).await;
    assert_eq!(client.load_team(&team.id).await.unwrap_err().code(), Code::TeamUnreadable);
    assert_eq!(client.load_team("nobody").await.unwrap_err().code(), Code::TeamAbsent);
    let (_, receipt) = sync(&client).await.unwrap();
    assert!(receipt.confirmed());
    client.close().await;
}
