//! What survives a restart, and what damage on disk does.

use crate::support::{Client, channel, get, key, messages, start};
use pinfold_companion::server::{DataOption, Options};
use pinfold_core::error::Code;
use serde_json::{Value, json};
use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;

fn on(path: &Path, fresh: bool) -> Options {
    Options { data: DataOption::Directory { path: path.into(), fresh }, ..Options::default() }
}

#[tokio::test]
async fn everything_survives_a_restart_and_nothing_a_fresh_start() {
    let directory = tempfile::tempdir().unwrap();
    let (id, key) = (channel("a"), key("owner"));
    let server = start(on(directory.path(), false)).await;
    let mut client = Client::connect(&server).await;
    client.create(&id, json!({"owners": [crate::support::public(&key)]})).await;
    client.write(&id, "one").await;
    client.log_in(&key).await;
    client.call(&key, "PIN", json!([id])).await;
    let keeper = client.keeper.clone();
    server.shutdown().await;

    let server = start(on(directory.path(), false)).await;
    let mut client = Client::connect(&server).await;
    let history = client.history(&id, json!({"txid": 1})).await;
    assert_eq!(messages(&history), ["one"]);
    assert_eq!(history[0]["owners"], json!([crate::support::public(&key)]));
    assert_ne!(client.keeper, keeper);
    client.log_in(&key).await;
    assert_eq!(client.call(&key, "UNPIN", json!([id])).await.len(), 1);
    server.shutdown().await;

    let server = start(on(directory.path(), true)).await;
    let mut client = Client::connect(&server).await;
    assert_eq!(client.history(&id, json!({"txid": 1})).await.len(), 1);
    server.shutdown().await;
}

#[tokio::test]
async fn a_torn_line_costs_itself_only() {
    let directory = tempfile::tempdir().unwrap();
    let id = channel("b");
    let server = start(on(directory.path(), false)).await;
    let mut client = Client::connect(&server).await;
    client.create(&id, json!({})).await;
    client.write(&id, "one").await;
    server.shutdown().await;

    let log = directory.path().join(format!("datastore/bb/{id}.ndjson"));
    OpenOptions::new().append(true).open(&log).unwrap().write_all(b"[0,\"x\",\"MSG\",\"bbb").unwrap();

    let server = start(on(directory.path(), false)).await;
    let mut client = Client::connect(&server).await;
    client.join(&id).await;
    client.write(&id, "two").await;
    let history = client.history(&id, json!({"txid": 1})).await;
    assert_eq!(messages(&history), ["one", "two"]);
    let status = get(format!("{}/pinfold/status", server.origin())).await.text().await.unwrap();
    let status: Value = serde_json::from_str(&status).unwrap();
    assert_eq!(status["damaged"].as_array().unwrap().len(), 1, "{status}");
    assert_eq!(status["damaged"][0]["file"], format!("{id}.ndjson"));
    server.shutdown().await;
}

#[tokio::test]
async fn a_foreign_directory_is_neither_emptied_nor_filled() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("thesis.txt"), "years of work").unwrap();
    for fresh in [false, true] {
        let refused = pinfold_companion::server::Server::start(on(directory.path(), fresh)).await;
        assert_eq!(refused.err().unwrap().code(), Code::MisuseBadArgument);
    }
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1);
}

#[tokio::test]
async fn two_servers_do_not_share_a_directory() {
    let directory = tempfile::tempdir().unwrap();
    let server = start(on(directory.path(), false)).await;
    let second = pinfold_companion::server::Server::start(on(directory.path(), false)).await;
    assert_eq!(second.err().unwrap().code(), Code::MisuseBusy);
    server.shutdown().await;
    start(on(directory.path(), false)).await.shutdown().await;
}

#[tokio::test]
async fn an_archived_channel_lies_in_the_archive_with_its_reason_beside_the_old_place() {
    let directory = tempfile::tempdir().unwrap();
    let (id, key) = (channel("c"), key("owner"));
    let server = start(on(directory.path(), false)).await;
    let mut client = Client::connect(&server).await;
    client.create(&id, json!({"owners": [crate::support::public(&key)]})).await;
    client.write(&id, "one").await;
    client.log_in(&key).await;
    client.send_call(&key, "REMOVE_OWNED_CHANNEL", json!({"channel": id, "reason": "because"})).await;
    client.frame().await;
    assert_eq!(client.text().await["error"], "EDELETED");
    client.text().await;
    server.shutdown().await;
    let data = directory.path();
    assert!(data.join(format!("archive/datastore/cc/{id}.ndjson")).is_file());
    assert!(data.join(format!("archive/datastore/cc/{id}.metadata.ndjson")).is_file());
    assert!(!data.join(format!("datastore/cc/{id}.ndjson")).exists());
    let reason = std::fs::read_to_string(data.join(format!("datastore/cc/{id}.ndjson.placeholder"))).unwrap();
    assert_eq!(reason, "because");
}
