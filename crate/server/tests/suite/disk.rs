//! Stored things survive a restart; damage on disk does limited harm.

use crate::support::{Client, channel, get, key, messages, start};
use pinfold_core::error::Code;
use pinfold_server::{DataOption, Options};
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

fn tear(file: &Path, what: &str) {
    OpenOptions::new().append(true).open(file).unwrap().write_all(what.as_bytes()).unwrap();
}

fn cut_the_last_byte(file: &Path) {
    let file = OpenOptions::new().write(true).open(file).unwrap();
    let length = file.metadata().unwrap().len();
    file.set_len(length - 1).unwrap();
}

/// As a real server: the torn line is passed over without a word to clients, and the next one is glued to it, acknowledged and
/// lost. The status tells of both.
#[tokio::test]
async fn a_torn_line_costs_the_next_one_too() {
    let directory = tempfile::tempdir().unwrap();
    let id = channel("b");
    let server = start(on(directory.path(), false)).await;
    let mut client = Client::connect(&server).await;
    client.create(&id, json!({})).await;
    client.write(&id, "one").await;
    client.write(&id, "two").await;
    server.shutdown().await;

    let log = directory.path().join(format!("datastore/bb/{id}.ndjson"));
    cut_the_last_byte(&log);

    let server = start(on(directory.path(), false)).await;
    let mut client = Client::connect(&server).await;
    client.join(&id).await;
    assert_eq!(messages(&client.history(&id, json!({"txid": 1})).await), ["one"]);
    let damaged = async || {
        let status = get(format!("{}/pinfold/status", server.origin())).await.text().await.unwrap();
        serde_json::from_str::<Value>(&status).unwrap()["damaged"].as_array().unwrap().len()
    };
    assert_eq!(damaged().await, 1);
    assert_eq!(client.write(&id, "three").await[1], "ACK");
    client.write(&id, "four").await;
    assert_eq!(messages(&client.history(&id, json!({"txid": 2})).await), ["one", "four"]);
    assert_eq!(damaged().await, 2);
    server.shutdown().await;
}

#[tokio::test]
async fn metadata_without_its_line_break_is_none() {
    let directory = tempfile::tempdir().unwrap();
    let id = channel("b");
    let server = start(on(directory.path(), false)).await;
    let mut client = Client::connect(&server).await;
    client.create(&id, json!({"validateKey": crate::support::public(&key("owner"))})).await;
    server.shutdown().await;
    cut_the_last_byte(&directory.path().join(format!("datastore/bb/{id}.metadata.ndjson")));
    let server = start(on(directory.path(), false)).await;
    let mut client = Client::connect(&server).await;
    assert_eq!(client.anonymous("GET_METADATA", json!(id)).await[1], json!({}));
    client.join(&id).await;
    assert_eq!(client.write(&id, "anybody").await[1], "ACK");
    server.shutdown().await;
}

/// The list in memory can differ from the disk. EXPIRE_SESSION makes the server read the disk again.
#[tokio::test]
async fn what_is_glued_to_a_torn_pin_log_is_in_the_session_only() {
    let directory = tempfile::tempdir().unwrap();
    let key = key("owner");
    let server = start(on(directory.path(), false)).await;
    let mut client = Client::connect(&server).await;
    let mut other = Client::connect(&server).await;
    client.log_in(&key).await;
    client.call(&key, "PIN", json!([channel("a")])).await;
    let one = client.call(&key, "GET_HASH", json!("")).await[1].clone();
    let name = crate::support::public(&key).replace('/', "-");
    let log = directory.path().join(format!("pins/{}/{name}.ndjson", &name[..2]));
    tear(&log, "[\"PIN\",[\"bbbb");
    assert_eq!(client.call(&key, "PIN", json!([channel("b")])).await.len(), 1);
    let both = client.call(&key, "GET_HASH", json!("")).await[1].clone();
    assert_ne!(both, one);
    other.log_in(&key).await;
    assert_eq!(other.call(&key, "GET_HASH", json!("")).await[1], both);

    let ended = client.call(&key, "EXPIRE_SESSION", json!("")).await;
    assert_eq!(ended[1], "OK");
    assert_eq!(client.call(&key, "GET_HASH", json!("")).await[1], "NO_COOKIE");
    assert_eq!(other.call(&key, "GET_HASH", json!("")).await[1], "NO_COOKIE");
    client.log_in(&key).await;
    assert_eq!(client.call(&key, "GET_HASH", json!("")).await[1], one);
    // The glued line ended in a line break: the next one counts.
    client.call(&key, "PIN", json!([channel("b")])).await;
    client.call(&key, "EXPIRE_SESSION", json!("")).await;
    client.log_in(&key).await;
    assert_eq!(client.call(&key, "GET_HASH", json!("")).await[1], both);
    server.shutdown().await;
}

#[tokio::test]
async fn a_foreign_directory_is_neither_emptied_nor_filled() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("thesis.txt"), "years of work").unwrap();
    for fresh in [false, true] {
        let refused = pinfold_server::Server::start(on(directory.path(), fresh)).await;
        assert_eq!(refused.err().unwrap().code(), Code::MisuseBadArgument);
    }
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1);
}

#[tokio::test]
async fn two_servers_do_not_share_a_directory() {
    let directory = tempfile::tempdir().unwrap();
    let server = start(on(directory.path(), false)).await;
    let second = pinfold_server::Server::start(on(directory.path(), false)).await;
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

/// The recorded server overwrites (`tests/operators/remove-pins`): the first list, the only evidence of what the account
/// wanted, is lost. The answers here are the recorded ones, and both lists are kept.
#[tokio::test]
async fn pins_that_are_removed_twice_are_both_in_the_archive() {
    let directory = tempfile::tempdir().unwrap();
    let key = key("owner");
    let server = start(on(directory.path(), false)).await;
    let mut client = Client::connect(&server).await;
    for letter in ["a", "b"] {
        client.log_in(&key).await;
        client.call(&key, "PIN", json!([channel(letter)])).await;
        assert_eq!(client.call(&key, "REMOVE_PINS", json!("")).await[1], "OK");
    }
    server.shutdown().await;
    let name = crate::support::public(&key).replace('/', "-");
    let archive = directory.path().join("archive");
    let read = |path: String| std::fs::read_to_string(archive.join(path)).unwrap();
    assert!(read(format!("pins/{}/{name}.ndjson", &name[..2])).contains(&channel("b")));
    assert!(read(format!("generations/pins/{}/{name}/1/log.ndjson", &name[..2])).contains(&channel("a")));
    assert!(!directory.path().join(format!("pins/{}/{name}.ndjson", &name[..2])).exists());
}

/// As recorded (`tests/operators/trim-twice`), the whole old log and its metadata are in the archive afterwards;
/// a second trim overwrites neither.
#[tokio::test]
async fn a_log_that_is_trimmed_twice_is_in_the_archive_as_it_was_each_time() {
    let directory = tempfile::tempdir().unwrap();
    let (id, key) = (channel("d"), key("owner"));
    let server = start(on(directory.path(), false)).await;
    let mut client = Client::connect(&server).await;
    client.create(&id, json!({"owners": [crate::support::public(&key)]})).await;
    let long = |word: &str| format!("{word}{}", "x".repeat(64));
    for word in ["one", "two", "three"] {
        client.write(&id, &long(word)).await;
    }
    client.log_in(&key).await;
    for word in ["two", "three"] {
        let hash = &long(word)[..64];
        let answer = client.call(&key, "TRIM_HISTORY", json!({"channel": id, "hash": hash})).await;
        assert_eq!(answer[1], "OK", "{answer:?}");
    }
    assert_eq!(messages(&client.history(&id, json!({"txid": 1})).await), [long("three")]);
    server.shutdown().await;
    let data = directory.path();
    let read = |path: &str| std::fs::read_to_string(data.join(path)).unwrap();
    let first = read(&format!("archive/generations/dd/{id}/1/log.ndjson"));
    assert!(first.contains("one") && first.contains("three"));
    let second = read(&format!("archive/datastore/dd/{id}.ndjson"));
    assert!(!second.contains("one") && second.contains("two"));
    assert!(read(&format!("archive/datastore/dd/{id}.metadata.ndjson")).contains("owners"));
    assert!(read(&format!("archive/generations/dd/{id}/1/metadata.ndjson")).contains("owners"));
}
