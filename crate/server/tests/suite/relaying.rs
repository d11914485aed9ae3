//! What others send is handed on as it is, whatever it is: here as on a real server.

use crate::support::{Client, channel, key, messages, public, signed_message, start};
use pinfold_server::Options;
use serde_json::json;
use std::fmt::Write as _;

/// What a stranger puts after the target.
fn contents() -> Vec<String> {
    let deep = |open: &str, inner: &str, close: &str, depth| {
        format!(",{}{inner}{}", open.repeat(depth), close.repeat(depth))
    };
    vec![
        String::new(),
        ",7".into(),
        ",null".into(),
        ",\"x\",-1".into(),
        ",\"x\",1.5,{\"a\":[]},\"y\"".into(),
        ",\"\\ud800 half a character\"".into(),
        deep("[", "", "]", 200),
        deep("{\"a\":", "1", "}", 5000),
    ]
}

/// A client that hears frames as texts: some cannot be parsed here.
async fn heard(client: &mut Client) -> String {
    client.raw().await
}

#[tokio::test]
async fn direct_messages_and_ephemeral_channels() {
    let server = start(Options::default()).await;
    let mut victim = Client::connect(&server).await;
    let mut stranger = Client::connect(&server).await;
    let ephemeral = "e".repeat(34);
    victim.join(&ephemeral).await;
    for content in contents() {
        for target in [victim.uid.clone(), ephemeral.clone()] {
            stranger.send_text(&format!("[9,\"MSG\",\"{target}\"{content}]")).await;
            assert_eq!(heard(&mut stranger).await, "[9,\"ACK\"]", "{content:.40}");
            let expected = format!("[0,\"{}\",\"MSG\",\"{target}\"{content}]", stranger.uid);
            assert_eq!(heard(&mut victim).await, expected);
        }
    }
    server.shutdown().await;
}

/// Stored as well, and part of every history from then on.
#[tokio::test]
async fn a_channel_without_a_key_keeps_what_it_is_given() {
    let server = start(Options::default()).await;
    let mut victim = Client::connect(&server).await;
    let mut stranger = Client::connect(&server).await;
    let id = channel("a");
    victim.create(&id, json!({})).await;
    let without_time = |frame: &str| frame.rsplit_once(',').unwrap().0.to_owned();
    for content in contents() {
        stranger.send_text(&format!("[9,\"MSG\",\"{id}\"{content}]")).await;
        assert_eq!(heard(&mut stranger).await, "[9,\"ACK\"]", "{content:.40}");
        let expected = format!("[0,\"{}\",\"MSG\",\"{id}\"{content}", stranger.uid);
        assert_eq!(without_time(&heard(&mut victim).await), expected);
    }
    victim.ask(json!(["GET_HISTORY", id, {"txid": 5}])).await;
    victim.frame().await;
    victim.frame().await;
    for content in contents() {
        let frame = heard(&mut victim).await;
        let mut expected = String::new();
        write!(expected, "[5,\"{}\",\"MSG\",\"{id}\"{content},", stranger.uid).unwrap();
        assert!(
            frame.contains(&serde_json::to_string(&expected).unwrap()[1..expected.len()]),
            "{frame:.200}"
        );
    }
    assert!(heard(&mut victim).await.contains("state"));
    server.shutdown().await;
}

#[tokio::test]
async fn a_channel_with_a_key_takes_a_known_checkpoint_of_anybody_and_stores_it_once() {
    let server = start(Options::default()).await;
    let owner = key("owner");
    let mut victim = Client::connect(&server).await;
    let mut stranger = Client::connect(&server).await;
    let id = channel("b");
    victim.create(&id, json!({"validateKey": public(&owner)})).await;
    for content in contents() {
        stranger.send_text(&format!("[9,\"MSG\",\"{id}\"{content}]")).await;
        assert_eq!(heard(&mut stranger).await, "[9,\"ERROR\"]", "{content:.40}");
    }
    let genuine = format!("cp|AAAAAAAA|{}", signed_message(&owner, "a checkpoint"));
    victim.write(&id, &genuine).await;
    victim.write(&id, &signed_message(&owner, "after it")).await;
    let known = "cp|AAAAAAAA|garbage";
    assert_eq!(stranger.write(&id, known).await[1], "ACK");
    assert_eq!(victim.frame().await, json!([0, stranger.uid, "MSG", id, known]));
    assert_eq!(stranger.write(&id, "cp|BBBBBBBB|garbage").await[1], "ERROR");
    let history = stranger.history(&id, json!({"txid": 1})).await;
    assert_eq!(messages(&history), [genuine.as_str(), &signed_message(&owner, "after it")]);
    server.shutdown().await;
}

#[tokio::test]
async fn a_history_begins_at_the_last_copy_once_the_first_is_forgotten() {
    let server = start(Options::default()).await;
    let mut client = Client::connect(&server).await;
    for (letter, count, expected) in [("c", 3, 4), ("d", 130, 1)] {
        let id = channel(letter);
        client.create(&id, json!({})).await;
        let text = |n: usize| format!("{n:064} and the rest");
        for n in (1..=count).chain([1]) {
            client.write(&id, &text(n)).await;
        }
        let known = json!({"txid": 2, "lastKnownHash": text(1)[..64]});
        let history = client.history(&id, known).await;
        assert_eq!(messages(&history).len(), expected, "{count} letters");
        assert_eq!(messages(&history)[0], text(1));
    }
    server.shutdown().await;
}
