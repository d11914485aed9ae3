//! The recorded account, served as the real server served it.

use crate::support::{Client, fixture, http, key, manifest, messages, start};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::SigningKey;
use pinfold_server::{Options, Timing};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::time::Duration;

fn seeded() -> Options {
    Options { seed_account: Some(fixture()), ..Options::default() }
}

fn account_key(manifest: &Value) -> SigningKey {
    let pair = STANDARD.decode(manifest["edPrivate"].as_str().unwrap()).unwrap();
    SigningKey::from_bytes(pair[..32].try_into().unwrap())
}

/// Every GET_HISTORY of the recorded log-in: the request, and the texts of its answer.
fn recorded_histories() -> Vec<(Value, Vec<Value>)> {
    let log = std::fs::read_to_string(fixture().join("ws.ndjson")).unwrap();
    let mut asked: HashMap<(u64, String), Value> = HashMap::new();
    let mut answers: HashMap<(u64, String), Vec<Value>> = HashMap::new();
    let mut order = Vec::new();
    for line in log.lines() {
        let record: Value = serde_json::from_str(line).unwrap();
        let Some(frame) = record["m"].as_str() else { continue };
        let frame: Value = serde_json::from_str(frame).unwrap();
        let (socket, to_client) = (record["ws"].as_u64().unwrap(), record["d"] == "s");
        let text = frame.get(if to_client { 4 } else { 3 }).and_then(Value::as_str);
        let Some(Ok(text)) = text.map(serde_json::from_str::<Value>) else { continue };
        if to_client && frame[2] == "MSG" {
            let channel = text.get(3).or_else(|| text.get("channel")).and_then(Value::as_str);
            if let Some(answer) = channel.and_then(|c| answers.get_mut(&(socket, c.to_owned()))) {
                // Direct messages only: live ones carry no list.
                if frame[1].as_str().is_some_and(|sender| sender.len() == 16) {
                    answer.push(text);
                }
            }
        } else if text[0] == "GET_HISTORY" {
            let place = (socket, text[1].as_str().unwrap().to_owned());
            order.push(place.clone());
            asked.insert(place.clone(), text);
            answers.insert(place, Vec::new());
        }
    }
    order.into_iter().map(|place| (asked[&place].clone(), answers[&place].clone())).collect()
}

#[tokio::test]
async fn every_history_of_the_recorded_log_in_comes_again() {
    let server = start(seeded()).await;
    let manifest = manifest();
    let mut client = Client::connect(&server).await;
    client.learn_keeper().await;
    client.log_in(&account_key(&manifest)).await;
    let histories = recorded_histories();
    assert!(histories.len() > 15, "{}", histories.len());
    let mut compared = 0;
    for (request, recorded) in histories {
        let channel = request[1].as_str().unwrap();
        client.join(channel).await;
        let answer = client.history(channel, request[2].clone()).await;
        let (end, answer) = answer.split_last().unwrap();
        let (recorded_end, recorded) = recorded.split_last().unwrap();
        assert_eq!(end, recorded_end, "{channel}");
        // The data was copied after the log-in, which wrote a few messages more.
        assert!(answer.len() >= recorded.len() && answer.len() <= recorded.len() + 3, "{channel}");
        assert_eq!(answer[..recorded.len()], *recorded, "{channel}");
        compared += messages(recorded).len();
    }
    assert!(compared > 300, "{compared}");
    server.shutdown().await;
}

#[tokio::test]
async fn a_foreign_folder_is_refused_and_an_allowed_one_opens_after_authentication() {
    let server = start(seeded()).await;
    let mut client = Client::connect(&server).await;
    client.learn_keeper().await;
    let refused = client.join("7bb2cc396b151c2d28f98130ee859c84").await;
    assert_eq!(refused[0][2], "ERESTRICTED");
    client.log_in(&account_key(&manifest())).await;
    let joined = client.join("7bb2cc396b151c2d28f98130ee859c84").await;
    assert_eq!(joined[0][1], "JACK");
    let refused = client.join("de3925cdc74fa7b6cf682d5f83cbef6e").await;
    let expected = json!([client.keeper, "7N6k/RrSMZQb5etv6CG285Vb4bu7xgHGWIxft3BoAFo="]);
    assert_eq!((&refused[0][2], &refused[0][3]), (&json!("ERESTRICTED"), &expected));
    server.shutdown().await;
}

#[tokio::test]
async fn the_mailbox_is_in_server_order() {
    let server = start(seeded()).await;
    let manifest = manifest();
    let mailbox = &manifest["mailbox"];
    let mut client = Client::connect(&server).await;
    let channel = mailbox["channel"].as_str().unwrap();
    let whole = client.history(channel, json!({"txid": 3, "lastKnownHash": -1})).await;
    let hashes: Vec<&str> = messages(&whole).into_iter().map(|message| &message[..64]).collect();
    let expected: Vec<&str> =
        mailbox["messages"].as_array().unwrap().iter().map(|m| m["hash"].as_str().unwrap()).collect();
    // The manifest begins at the message that was read last.
    let known = mailbox["lastKnownHash"].as_str().unwrap();
    let at = hashes.iter().position(|hash| *hash == known).unwrap();
    assert_eq!(hashes[at..], expected);
    let rest = client.history(channel, json!({"txid": 4, "lastKnownHash": known})).await;
    assert_eq!(messages(&rest).len(), hashes.len() - at);
    server.shutdown().await;
}

#[tokio::test]
async fn pins_are_hashed_as_recorded_before_and_after_a_reset_and_after_the_session() {
    let server = start(seeded()).await;
    let manifest = manifest();
    let (pin, key) = (&manifest["pin"], account_key(&manifest));
    let mut client = Client::connect(&server).await;
    client.log_in(&key).await;
    assert_eq!(client.call(&key, "GET_HASH", json!("")).await[1], pin["hash"]);
    assert_eq!(client.call(&key, "RESET", pin["resetListSent"].clone()).await.len(), 1);
    assert_eq!(client.call(&key, "GET_HASH", json!("")).await[1], pin["serverHashAfter"]);
    assert_eq!(client.call(&key, "EXPIRE_SESSION", json!("")).await[1], json!("OK"));
    assert_eq!(client.call(&key, "GET_HASH", json!("")).await, [json!("ERROR"), json!("NO_COOKIE")]);
    client.log_in(&key).await;
    assert_eq!(client.call(&key, "GET_HASH", json!("")).await[1], pin["hash"]);
    server.shutdown().await;
}

#[tokio::test]
async fn a_session_that_is_idle_ends_by_itself() {
    let idle = Duration::from_millis(100);
    let timing = Timing { session_idle: idle, ..Timing::default() };
    let server = start(Options { timing, ..seeded() }).await;
    let key = account_key(&manifest());
    let mut client = Client::connect(&server).await;
    client.log_in(&key).await;
    // A machine that is slow makes it idle for longer, which is the same.
    tokio::time::sleep(2 * idle).await;
    assert_eq!(client.call(&key, "GET_HASH", json!("")).await, [json!("ERROR"), json!("NO_COOKIE")]);
    server.shutdown().await;
}

#[tokio::test]
async fn block_and_blobs_are_served_byte_for_byte() {
    let server = start(seeded()).await;
    let manifest = manifest();
    let block = manifest["blockId"].as_str().unwrap();
    let http = http();
    let mut paths = vec![format!("block/{}/{block}", &block[..2])];
    for id in [
        "6fb175a5cbaa0b7fe814e37c7741aee821a4b3421637938a",
        "cbbf648179f27544d5f394dbe5328a2f83abe4aa6438f313",
    ] {
        paths.push(format!("blob/{}/{id}", &id[..2]));
    }
    for path in paths {
        let url = format!("{}/{path}", server.origin());
        let stored = std::fs::read(fixture().join("data").join(&path)).unwrap();
        let answer = http.get(&url).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        assert_eq!(answer.bytes().await.unwrap(), stored, "{path}");
        let head = http.head(&url).send().await.unwrap();
        assert_eq!(head.headers()["content-length"], stored.len().to_string().as_str());
    }
    server.shutdown().await;
}

#[tokio::test]
async fn forgotten_pins_are_really_gone_from_the_log() {
    let server = start(seeded()).await;
    let manifest = manifest();
    let account = account_key(&manifest);
    let mut client = Client::connect(&server).await;
    client.log_in(&account).await;
    let http = http();
    let rules = json!({"faults": [{"do": {"kind": "forget-pins", "count": 10}}]});
    let url = format!("{}/pinfold/faults", server.origin());
    let answer = http
        .put(&url)
        .header("content-type", "application/json")
        .body(rules.to_string())
        .send()
        .await
        .unwrap();
    let status: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
    assert_eq!(status["faults"][0]["acted"], 1);
    client.log_in(&account).await;
    assert_ne!(client.call(&account, "GET_HASH", json!("")).await[1], manifest["pin"]["hash"]);
    let list: Vec<&Value> = manifest["pin"]["hashedList"].as_array().unwrap().iter().rev().take(10).collect();
    assert_eq!(client.call(&account, "PIN", json!(list)).await.len(), 1);
    assert_eq!(client.call(&account, "GET_HASH", json!("")).await[1], manifest["pin"]["hash"]);
    // A key nobody has heard of has nothing to forget and nothing pinned.
    client.log_in(&key("stranger")).await;
    server.shutdown().await;
}
