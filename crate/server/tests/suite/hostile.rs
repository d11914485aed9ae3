//! Ids, sizes and hosts nobody honest sends.

use crate::support::{Client, Event, channel, http, start};
use pinfold_server::{DataOption, Limits, Options};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

async fn raw(server: &pinfold_server::Running, request: &str) -> String {
    let mut stream = TcpStream::connect(server.addr).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

async fn get(server: &pinfold_server::Running, path: &str) -> String {
    raw(server, &format!("GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", server.addr)).await
}

#[tokio::test]
async fn no_path_leads_out_of_the_directories() {
    let parent = tempfile::tempdir().unwrap();
    std::fs::write(parent.path().join("secret.txt"), "TOPSECRET").unwrap();
    let www = parent.path().join("www");
    std::fs::create_dir(&www).unwrap();
    std::fs::write(www.join("index.html"), "hello").unwrap();
    let path = parent.path().join("data");
    let data = DataOption::Directory { path: path.clone(), fresh: false };
    let server = start(Options { data, www: Some(www), ..Options::default() }).await;
    std::fs::create_dir_all(path.join("block/..")).unwrap();
    for path in [
        "/../secret.txt",
        "/..%2fsecret.txt",
        "/%2e%2e/secret.txt",
        "/%2e%2e%2fsecret.txt",
        "/..%5csecret.txt",
        "/block/../../secret.txt",
        "/block/..%2f../..%2f..%2fsecret.txt",
        "/blob/%2e%2e/%2e%2e%2fsecret.txt",
        "/block/aa/..",
        "//etc/passwd",
        "/.pinfold-data",
        "/blob/aa/.pinfold-data",
    ] {
        let answer = get(&server, path).await;
        assert!(!answer.starts_with("HTTP/1.1 200"), "{path}\n{answer}");
        assert!(!answer.contains("TOPSECRET"), "{path}");
    }
    assert!(get(&server, "/").await.contains("hello"));
    server.shutdown().await;
    assert_eq!(std::fs::read_dir(parent.path()).unwrap().count(), 3);
}

#[tokio::test]
async fn hostile_ids_make_no_files_and_end_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let data = DataOption::Directory { path: directory.path().into(), fresh: false };
    let server = start(Options { data, ..Options::default() }).await;
    let mut client = Client::connect(&server).await;
    client.learn_keeper().await;
    let long = "a".repeat(100_000);
    let hostile = [
        "../../../../../../../../etc/pass",
        "..",
        ".",
        "aa/bbbbbbbbbbbbbbbbbbbbbbbbbbbbb",
        "a\u{0}aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "ééééééééééééééééééééééééééééééé",
        long.as_str(),
    ];
    for id in hostile {
        // Whoever names something may be in it; nothing is stored under it. Only the length has a limit.
        let joined = client.join(id).await;
        let answer = if id.len() > 1024 { &joined[0][2] } else { &joined[0][1] };
        assert!(answer == "EINVAL" || answer == "JACK", "{id:.40}: {answer}");
        assert_eq!(answer == "EINVAL", id.len() > 1024);
        if answer == "JACK" {
            assert_eq!(client.write(id, "x").await[1], "ERROR", "{id:.40}");
        }
        let history = client.history(id, json!({"txid": 1, "metadata": {}})).await;
        assert_eq!(history, [json!({"error": "EINVAL", "channel": id, "txid": 1})]);
        client.ask(json!(["GET_HISTORY_RANGE", id, {"txid": 1, "count": 1}])).await;
        assert_eq!(client.frame().await[1], "ERROR", "{id:.40}");
        assert_eq!(client.anonymous("IS_NEW_CHANNEL", json!(id)).await[1], "INVALID_CHAN");
        assert_eq!(client.anonymous("GET_METADATA", json!(id)).await[1], "INVALID_CHAN");
        assert_eq!(client.anonymous("GET_FILE_SIZE", json!(id)).await[1], "INVALID_CHAN");
        let letter = client.anonymous("WRITE_PRIVATE_MESSAGE", json!([id, "x"])).await;
        assert_eq!(letter[1], "INVALID_CHAN");
    }
    for argument in [json!(null), json!(7), json!({}), json!([]), json!([[]]), json!([null, null])] {
        for command in
            ["IS_NEW_CHANNEL", "GET_METADATA", "GET_FILE_SIZE", "GET_DELETED_PADS", "WRITE_PRIVATE_MESSAGE"]
        {
            client.anonymous(command, argument.clone()).await;
        }
        client.ask(json!(["tx", argument.clone()])).await;
        client.frame().await;
        client.frame().await;
    }
    client.send(json!(["PING"])).await;
    assert_eq!(client.frame().await[1], "ACK");
    server.shutdown().await;
    let made: Vec<_> =
        std::fs::read_dir(directory.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(made.iter().all(|name| name.to_string_lossy().starts_with(".pinfold")), "{made:?}");
}

#[tokio::test]
async fn a_frame_above_the_limit_ends_the_connection_and_nothing_else() {
    let limits = Limits { frame_bytes: 10_000, ..Limits::default() };
    let server = start(Options { limits, ..Options::default() }).await;
    let mut large = Client::connect(&server).await;
    let mut small = Client::connect(&server).await;
    large.send_text(&"x".repeat(20_000)).await;
    assert!(matches!(large.event().await, Event::Broken | Event::Closed));
    small.send(json!(["PING"])).await;
    assert_eq!(small.frame().await[1], "ACK");
    server.shutdown().await;
}

#[tokio::test]
async fn deep_and_odd_json_is_no_frame() {
    let server = start(Options::default()).await;
    for text in ["[".repeat(200_000), "{}".into(), "7".into(), "\"\"".into(), "[1,".into(), String::new()] {
        let mut client = Client::connect(&server).await;
        client.send_text(&text).await;
        assert_eq!(client.event().await, Event::Closed, "{text:.20}");
    }
    let mut client = Client::connect(&server).await;
    for odd in
        [json!([]), json!([null]), json!([{}, "JOIN", {}]), json!([1, {}, []]), json!([1, "MSG", {}, {}])]
    {
        client.send_text(&odd.to_string()).await;
    }
    let mut last = Value::Null;
    while let Some(frame) = client.pending().await {
        last = frame;
    }
    // The third of these joins an invented channel, as an absent name does.
    assert_eq!(last[2], "JOIN");
    server.shutdown().await;
}

#[tokio::test]
async fn a_client_that_does_not_read_does_not_stop_the_others() {
    let server = start(Options::default()).await;
    let id = channel("a");
    let mut writer = Client::connect(&server).await;
    writer.create(&id, json!({})).await;
    let text = "x".repeat(1_000_000);
    for _ in 0..20 {
        writer.write(&id, &text).await;
    }
    let mut deaf = Client::connect(&server).await;
    deaf.learn_keeper().await;
    for txid in 1..=100 {
        deaf.ask(json!(["GET_HISTORY", id, {"txid": txid}])).await;
    }
    let mut reader = Client::connect(&server).await;
    assert_eq!(reader.history(&id, json!({"txid": 1})).await.len(), 22);
    writer.write(&id, "still here").await;
    server.shutdown().await;
}

#[tokio::test]
async fn names_that_point_here_from_elsewhere_are_refused() {
    let server = start(Options::default()).await;
    for host in ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "a b", ""] {
        let answer =
            raw(&server, &format!("GET /api/config HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"))
                .await;
        assert!(answer.starts_with("HTTP/1.1 4"), "{host}\n{answer}");
    }
    assert!(get(&server, "/api/config").await.starts_with("HTTP/1.1 200"));
    server.shutdown().await;
}

#[tokio::test]
async fn bodies_are_bounded() {
    let server = start(Options::default()).await;
    let http = http();
    let large = "x".repeat(2_000_000);
    let answer = http.post(format!("{}/api/auth/", server.origin())).body(large).send().await.unwrap();
    assert_eq!(answer.status(), 413);
    server.shutdown().await;
}
