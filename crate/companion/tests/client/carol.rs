//! A complete account: PIN, RESET, and what the server confirms.

use crate::support::{STALE, Stage, account_path, complete, detail, strings, sync};
use pinfold_client::{Event, Options};
use pinfold_core::drive::complete::{Drive, FolderOutcome};
use pinfold_core::error::Code;
use pinfold_core::json::canonical;
use pinfold_core::json::parse;
use pinfold_core::pin_run::Watch;
use pinfold_core::pins::set::Form;
use pinfold_server::Timing;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::sync::mpsc;

#[test]
fn the_account_holds_the_bytes_of_its_vector() {
    let vector = account_path("../vectors/end_to_end.json");
    let vector: Value = serde_json::from_str(&std::fs::read_to_string(vector).unwrap()).unwrap();
    let (input, expected) = (&vector["cases"][0]["input"], &vector["cases"][0]["expect"]);
    let data = account_path("carol/data");
    let block = expected["blockHash"].as_str().unwrap().split('#').next().unwrap();
    let block = std::fs::read(data.join(format!("block/{}", &block[block.len() - 47..]))).unwrap();
    assert_eq!(hex::encode(block), input["blockHex"].as_str().unwrap());
    for (channel, stored) in input["channels"].as_object().unwrap() {
        for (part, suffix) in [("messages", "ndjson"), ("metadata", "metadata.ndjson")] {
            let path = data.join("datastore").join(&channel[..2]).join(format!("{channel}.{suffix}"));
            let lines: Vec<String> =
                std::fs::read_to_string(path).unwrap().lines().map(str::to_owned).collect();
            assert_eq!(lines, strings(&stored[part]), "{channel}.{suffix}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn documents_and_pins_are_those_of_the_vector() {
    let stage = Stage::carol().await;
    let client = stage.open().await;
    let drive = complete(&client).await;
    let set = drive.pin_set();
    let ids: Vec<String> = set.ids().iter().map(ToString::to_string).collect();
    assert_eq!(ids, strings(&stage.manifest["pin"]["hashedList"]));
    assert_eq!(set.forms().plain(), stage.manifest["pin"]["hash"].as_str().unwrap());
    for folder in Drive::Complete(drive).folders() {
        let FolderOutcome::Loaded(document) = &folder.outcome else { panic!("not loaded") };
        let recorded = stage.manifest["folders"][&folder.declared.id]["json"].to_string();
        assert_eq!(canonical(document.document()), canonical(&parse(&recorded).unwrap()));
    }
    client.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_list_is_filled_without_replacing_anything() {
    let stage = Stage::carol().await;
    let client = stage.open().await;
    let (_, receipt) = sync(&client).await.unwrap();
    assert_eq!((receipt.form, receipt.sent, receipt.reset), (Some(Form::Plain), 18, false));
    let [(command, sent)] = stage.pin_log().try_into().unwrap();
    // What the account would miss most goes first.
    assert!(strings(&stage.manifest["pin"]["hashedList"]) != sent);
    let mut sorted = sent;
    sorted.sort();
    assert_eq!((command.as_str(), sorted), ("PIN", strings(&stage.manifest["pin"]["hashedList"])));
    assert!(receipt.read_back);
    client.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_surplus_is_replaced_once_and_the_tagged_hash_confirms_it() {
    let stage = Stage::carol_with_surplus().await;
    assert!(stage.pinned().contains(STALE));
    let (tell, mut told) = mpsc::unbounded_channel();
    let options =
        Options { on_event: Some(Box::new(move |event| drop(tell.send(event)))), ..Options::default() };
    let client = stage.try_open(options).await.unwrap();
    let (_, receipt) = sync(&client).await.unwrap();
    // After a RESET the session answers for the list as it was sent, tags and all: equality of another form. What counts
    // is what a new session reads back.
    assert_eq!((receipt.form, receipt.reset, receipt.complete), (Some(Form::Plain), true, true));
    assert_eq!((receipt.server.as_str(), receipt.read_back), (receipt.digest.as_str(), true));
    let (command, mut ids) = stage.pin_log().pop().unwrap();
    ids.sort();
    assert_eq!((command.as_str(), ids), ("RESET", strings(&stage.manifest["pin"]["resetList"])));
    assert_eq!((stage.resets(), stage.pinned()), (1, stage.expected()));
    // Again in the same session, again in a new one: it agrees, and no second RESET is sent.
    let (_, again) = sync(&client).await.unwrap();
    assert_eq!((again.form, again.sent, again.reset), (Some(Form::Plain), 0, false));
    client.close().await;
    let client = stage.open().await;
    let (_, again) = sync(&client).await.unwrap();
    assert_eq!((again.form, again.sent, again.reset), (Some(Form::Plain), 0, false));
    client.close().await;
    assert_eq!(stage.resets(), 1);
    let mut steps = Vec::new();
    while let Ok(event) = told.try_recv() {
        if let Event::Pins { watch, .. } = event {
            steps.push(match watch {
                Watch::Compared { agrees, .. } => {
                    if agrees.is_some() {
                        "agrees"
                    } else {
                        "differs"
                    }
                }
                Watch::Pinned { .. } => "pin",
                Watch::OverLimit => "over limit",
                Watch::Unpinned { .. } => "unpin",
                Watch::Replaced { .. } => "reset",
                Watch::Refused { .. } => "refused",
                Watch::NotKept => "not kept",
            });
        }
    }
    // The RESET was confirmed twice: from memory in its tagged form, and as a new session read it.
    let replaced = ["differs", "reset", "agrees", "agrees"];
    assert_eq!(steps, [&["differs", "pin", "differs", "differs"][..], &replaced, &["agrees"]].concat());
}

#[tokio::test(flavor = "multi_thread")]
async fn once_the_session_has_expired_the_plain_hash_confirms_it() {
    let idle = Duration::from_millis(300);
    let stage = Stage::carol_with_surplus_and(Timing { session_idle: idle, ..Timing::default() }).await;
    let client = stage.open().await;
    assert!(sync(&client).await.unwrap().1.reset);
    tokio::time::sleep(2 * idle).await;
    let (_, receipt) = sync(&client).await.unwrap();
    assert_eq!((receipt.form, receipt.sent), (Some(Form::Plain), 0));
    assert_eq!(stage.resets(), 1);
    client.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_quota_that_refuses_pins_does_not_stop_a_complete_set() {
    let stage = Stage::carol().await;
    stage
        .misbehave(json!([{"on": {"command": "PIN"}, "do": {"kind": "error", "error": "E_OVER_LIMIT"}}]))
        .await;
    let client = stage.open().await;
    let (_, receipt) = sync(&client).await.unwrap();
    assert!(receipt.confirmed() && receipt.reset);
    assert_eq!(stage.pinned(), stage.expected());
    client.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_confirmation_is_none() {
    let stage = Stage::carol_with_surplus().await;
    // The one behind the RESET.
    let fifth =
        json!({"on": {"command": "GET_HASH"}, "skip": 4, "do": {"kind": "error", "error": "SERVER_ERROR"}});
    stage.misbehave(json!([fifth])).await;
    let client = stage.open().await;
    let error = sync(&client).await.unwrap_err();
    assert_eq!(error.code(), Code::PinsUnconfirmed);
    assert_eq!((detail(&error, "cause"), detail(&error, "replacing")), (Some("rpc/refused"), Some("true")));
    stage.assert_nothing_lost();
    client.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_forgets_what_it_just_accepted_is_found_out() {
    let stage = Stage::carol_with_surplus().await;
    stage
        .misbehave(json!([{"on": {"command": "GET_HASH"}, "skip": 4, "do": {"kind": "delay", "ms": 700}}]))
        .await;
    let client = stage.open().await;
    let forgetting = async {
        while stage.resets() == 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        stage.misbehave(json!([{"do": {"kind": "forget-pins", "count": 3}}])).await;
    };
    let (synced, ()) = tokio::join!(sync(&client), forgetting);
    assert_eq!(synced.unwrap_err().code(), Code::PinsMismatch);
    // The next run begins by comparing, and mends it by adding.
    assert!(sync(&client).await.unwrap().1.confirmed());
    assert_eq!((stage.pinned(), stage.resets()), (stage.expected(), 1));
    client.close().await;
}
