//! Channel behaviour beyond what the transcripts show.

use crate::support::{Client, Event, channel, get, key, messages, public, signed_message, start};
use pinfold_server::{Options, Timing};
use serde_json::{Value, json};
use std::time::Duration;

#[tokio::test]
async fn clear_trim_and_remove_are_for_owners() {
    let server = start(Options::default()).await;
    let (owner, stranger) = (key("owner"), key("stranger"));
    let mut client = Client::connect(&server).await;
    let id = channel("a");
    client.create(&id, json!({"owners": [public(&owner)]})).await;
    let texts: Vec<String> = (0..3).map(|n| format!("{n}{}", "x".repeat(70))).collect();
    for text in &texts {
        client.write(&id, text).await;
    }
    client.log_in(&stranger).await;
    for (command, argument) in [
        ("CLEAR_OWNED_CHANNEL", json!(id)),
        ("REMOVE_OWNED_CHANNEL", json!({"channel": id})),
        ("TRIM_HISTORY", json!({"channel": id, "hash": texts[1][..64]})),
        ("SET_METADATA", json!({"channel": id, "command": "RESTRICT_ACCESS", "value": [true]})),
    ] {
        let answer = client.call(&stranger, command, argument).await;
        assert_eq!(answer, [json!("ERROR"), json!("INSUFFICIENT_PERMISSIONS")], "{command}");
    }
    client.log_in(&owner).await;
    let trim = json!({"channel": id, "hash": texts[1][..64]});
    assert_eq!(client.call(&owner, "TRIM_HISTORY", trim.clone()).await[1], "OK");
    let rest = client.history(&id, json!({"txid": 2})).await;
    assert_eq!(messages(&rest), [&texts[1], &texts[2]]);
    let gone = json!({"channel": id, "hash": texts[0][..64]});
    assert_eq!(client.call(&owner, "TRIM_HISTORY", gone).await[1], "HASH_NOT_FOUND");

    let seq = client.send_call(&owner, "CLEAR_OWNED_CHANNEL", json!(id)).await;
    assert_eq!(client.frame().await, json!([seq, "ACK"]));
    assert_eq!(client.text().await, json!({"error": "ECLEARED", "channel": id}));
    client.text().await;
    let known = json!({"txid": 3, "lastKnownHash": texts[2][..64]});
    assert_eq!(client.history(&id, known).await[1]["error"], "EUNKNOWN");
    assert_eq!(client.history(&id, json!({"txid": 4})).await.len(), 2);
    server.shutdown().await;
}

#[tokio::test]
async fn a_pending_owner_may_accept_for_itself_only() {
    let server = start(Options::default()).await;
    let (owner, heir) = (key("owner"), key("heir"));
    let mut client = Client::connect(&server).await;
    let id = channel("b");
    client.create(&id, json!({"owners": [public(&owner)], "pending_owners": [public(&heir)]})).await;
    client.send(json!(["LEAVE", id])).await;
    client.frame().await;
    client.frame().await;
    client.log_in(&heir).await;
    let set = |command: &str, key: String| json!({"channel": id, "command": command, "value": [key]});
    for refused in [set("ADD_ALLOWED", public(&heir)), set("ADD_OWNERS", public(&key("third")))] {
        assert_eq!(client.call(&heir, "SET_METADATA", refused).await[1], "INSUFFICIENT_PERMISSIONS");
    }
    let answer = client.call(&heir, "SET_METADATA", set("ADD_OWNERS", public(&heir))).await;
    assert_eq!(answer[1]["owners"], json!([public(&owner), public(&heir)]));
    for (command, error) in
        [("UPDATE_EXPIRATION", "UNSUPPORTED_COMMAND"), ("NONSENSE", "UNSUPPORTED_COMMAND")]
    {
        assert_eq!(client.call(&heir, "SET_METADATA", set(command, public(&heir))).await[1], error);
    }
    server.shutdown().await;
}

#[tokio::test]
async fn metadata_that_cannot_be_is_met_with_silence() {
    let server = start(Options::default()).await;
    let mut client = Client::connect(&server).await;
    client.join(&channel("c")).await;
    let seq = client
        .ask(json!(["GET_HISTORY", channel("c"), {"txid": 1, "metadata": {"validateKey": "not a key"}}]))
        .await;
    assert_eq!(client.frame().await, json!([seq, "ACK"]));
    client.assert_silent().await;
    assert_eq!(client.anonymous("GET_METADATA", json!(channel("c"))).await[1], json!({}));
    server.shutdown().await;
}

#[tokio::test]
async fn a_writer_that_has_not_joined_is_heard_unless_the_channel_is_restricted() {
    let server = start(Options::default()).await;
    let owner = key("owner");
    let mut member = Client::connect(&server).await;
    let mut outsider = Client::connect(&server).await;
    let id = channel("d");
    member.create(&id, json!({"owners": [public(&owner)], "validateKey": public(&owner)})).await;
    let message = signed_message(&owner, "hello");
    assert_eq!(outsider.write(&id, &message).await, json!([1, "ACK"]));
    assert_eq!(member.frame().await[4], json!(message));
    member.log_in(&owner).await;
    let restrict = json!({"channel": id, "command": "RESTRICT_ACCESS", "value": [true]});
    member.call(&owner, "SET_METADATA", restrict).await;
    assert_eq!(outsider.write(&id, &message).await, json!([2, "ERROR"]));
    let letter = outsider.anonymous("WRITE_PRIVATE_MESSAGE", json!([id, message])).await;
    assert_eq!(letter[1], "INSUFFICIENT_PERMISSIONS");
    server.shutdown().await;
}

#[tokio::test]
async fn the_broadcast_channel_is_written_by_administrators_and_named_in_the_broadcast() {
    let admin = key("admin");
    let server = start(Options { admin_keys: vec![public(&admin)], ..Options::default() }).await;
    let mut reader = Client::connect(&server).await;
    reader.join(&"0".repeat(33)).await;
    let mut writer = Client::connect(&server).await;
    let text = r#"{"uid":"x","type":"BROADCAST_CUSTOM"}"#;
    let refused = writer.anonymous("WRITE_PRIVATE_MESSAGE", json!(["0".repeat(33), text])).await;
    assert_eq!(refused[1], "INSUFFICIENT_PERMISSIONS");
    writer.log_in(&admin).await;
    let written = writer.anonymous("WRITE_PRIVATE_MESSAGE", json!(["0".repeat(33), text])).await;
    assert!(written[1].is_u64(), "{written:?}");
    assert_eq!(reader.frame().await[4], json!(text));
    let broadcast = get(format!("{}/api/broadcast", server.origin())).await.text().await.unwrap();
    let json: Value = serde_json::from_str(&broadcast[27..broadcast.len() - 5]).unwrap();
    assert_eq!(json["lastBroadcastHash"], json!(text));
    server.shutdown().await;
}

#[tokio::test]
async fn a_silent_client_is_pinged_once_and_then_dropped() {
    let timing = Timing {
        ping_after: Duration::from_millis(100),
        close_after: Duration::from_millis(400),
        ..Timing::default()
    };
    let server = start(Options { timing, ..Options::default() }).await;
    let mut client = Client::connect(&server).await;
    assert_eq!(client.frame().await[2], "PING");
    assert_eq!(client.event().await, Event::Broken);
    server.shutdown().await;
}

#[tokio::test]
async fn a_direct_message_reaches_the_other_client() {
    let server = start(Options::default()).await;
    let mut one = Client::connect(&server).await;
    let mut two = Client::connect(&server).await;
    let other = two.uid.clone();
    assert_eq!(one.write(&other, "psst").await, json!([1, "ACK"]));
    assert_eq!(two.frame().await, json!([0, one.uid, "MSG", two.uid, "psst"]));
    server.shutdown().await;
}

#[tokio::test]
async fn live_messages_and_histories_of_many_writers_agree() {
    let server = start(Options::default()).await;
    let id = channel("f");
    let mut reader = Client::connect(&server).await;
    reader.create(&id, json!({})).await;
    let mut writers = Vec::new();
    for name in 0..4 {
        let mut writer = Client::connect(&server).await;
        let id = id.clone();
        writers.push(tokio::spawn(async move {
            for n in 0..50 {
                writer.write(&id, &format!("{name}/{n}")).await;
            }
        }));
    }
    let mut live = Vec::new();
    while live.len() < 200 {
        live.push(reader.frame().await[4].as_str().unwrap().to_owned());
    }
    for writer in writers {
        writer.await.unwrap();
    }
    let history = reader.history(&id, json!({"txid": 9, "lastKnownHash": -1})).await;
    assert_eq!(messages(&history), live);
    server.shutdown().await;
}
