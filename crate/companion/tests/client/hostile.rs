//! A server that says what no server should: a coded error, nothing sent, nothing lost.

use crate::support::{Stage, detail, impatient, reasons, soon, sync};
use futures_util::{SinkExt, StreamExt};
use pinfold_client::{Client, Credentials, Deadlines, Options};
use pinfold_core::drive::complete::Drive;
use pinfold_core::error::{Code, Error};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::accept_async;
use tokio_tungstenite::tungstenite::Message;

/// What comes of it when the answer to a folder's history is something else.
async fn answered_with(action: Value, options: Options) -> Error {
    let stage = Stage::carol_with_surplus().await;
    let before = stage.pin_log();
    let on = json!({"channel": stage.a_folder(), "command": "GET_HISTORY"});
    stage.misbehave(json!([{"on": on, "times": 1, "do": action}])).await;
    let client = stage.try_open(options).await.unwrap();
    let error = soon(sync(&client)).await.unwrap_err();
    assert_eq!(stage.pin_log(), before);
    assert!(soon(sync(&client)).await.unwrap().1.confirmed(), "the next run finds an honest server");
    client.close().await;
    error
}

/// The server's own words, and not one of its frames.
#[tokio::test(flavor = "multi_thread")]
async fn frames_that_are_malformed() {
    for frame in ["", "{\"this is\": not a frame", "[]"] {
        let error = answered_with(json!({"kind": "garbage", "frame": frame}), Options::default()).await;
        assert_eq!(error.code(), Code::PeerMalformed, "{frame}");
    }
}

/// What has a sender comes from another client, which may send anything: it takes the place of no answer and ends nothing. The folder
/// whose answer never came is missing for now.
#[tokio::test(flavor = "multi_thread")]
async fn frames_of_others_that_are_malformed() {
    let deep = format!("[0,\"x\",\"LATER\",{}", "[".repeat(200_000));
    for frame in ["[0,\"a6f4a62968f55dc9\",\"MSG\",\"ab", "[0,\"\",\"MSG\",7]", &deep] {
        let stage = Stage::carol().await;
        let on = json!({"channel": stage.a_folder(), "command": "GET_HISTORY"});
        stage.misbehave(json!([{"on": on, "times": 1, "do": {"kind": "garbage", "frame": frame}}])).await;
        let client = stage.try_open(impatient()).await.unwrap();
        let (drive, _) = soon(sync(&client)).await.unwrap();
        let Drive::Partial(drive) = drive else { panic!("{frame:.60}") };
        assert_eq!(reasons(&drive), [Code::FolderTimeout], "{frame:.60}");
        assert!(soon(sync(&client)).await.unwrap().1.confirmed(), "{frame:.60}");
        client.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frame_larger_than_is_read() {
    let options = Options { frame_bytes: 1 << 20, ..Options::default() };
    let error = answered_with(json!({"kind": "oversized", "bytes": 3 << 20}), options).await;
    assert_eq!(error.code(), Code::PeerOversized);
}

/// It comes in the name of the history keeper, as what other clients stored does, and may be so large because of that:
/// it takes the place of no answer, and ends nothing.
#[tokio::test(flavor = "multi_thread")]
async fn an_answer_larger_than_any_server_sends() {
    let stage = Stage::carol().await;
    let on = json!({"channel": stage.a_folder(), "command": "GET_HISTORY"});
    let oversized = json!({"kind": "oversized", "bytes": 110 << 20});
    stage.misbehave(json!([{"on": on, "times": 1, "do": oversized}])).await;
    let deadlines = Deadlines {
        progress: Duration::from_secs(2),
        answer: Duration::from_secs(2),
        ..Deadlines::default()
    };
    let client = stage.try_open(Options { deadlines, ..Options::default() }).await.unwrap();
    let (drive, _) = soon(sync(&client)).await.unwrap();
    let Drive::Partial(drive) = drive else { panic!("complete") };
    assert_eq!(reasons(&drive), [Code::FolderTimeout]);
    assert!(soon(sync(&client)).await.unwrap().1.confirmed());
    client.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_document_that_was_changed() {
    let stage = Stage::carol().await;
    let drive = stage.manifest["driveChannel"].clone();
    stage.misbehave(json!([{"on": {"channel": drive}, "do": {"kind": "tamper"}}])).await;
    let error = stage.try_open(Options::default()).await.unwrap_err();
    assert_eq!(error.code(), Code::DriveUnreadable);
    assert_eq!(detail(&error, "cause"), Some("folder/unreadable"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_document_that_never_comes() {
    let stage = Stage::carol().await;
    let drive = stage.manifest["driveChannel"].clone();
    stage.misbehave(json!([{"on": {"channel": drive}, "do": {"kind": "silence"}}])).await;
    let error = soon(stage.try_open(impatient())).await.unwrap_err();
    assert_eq!(error.code(), Code::DriveUnreadable);
    assert_eq!(detail(&error, "cause"), Some("folder/timeout"));
}

/// The embedded server, except that its WebSocket is this one: it says what it is told to say. The client waits for its
/// name as long as it does by default: on a busy machine even the first frame takes a while.
async fn with_socket(messages: Vec<Message>) -> Error {
    named_within(Deadlines::default().connect, messages).await
}

async fn named_within(connect: Duration, messages: Vec<Message>) -> Error {
    let stage = Stage::carol().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let behind = stage.server.addr;
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            tokio::spawn(hostile(stream, behind, messages.clone()));
        }
    });
    let credentials = Credentials { origin: format!("http://{address}"), ..stage.credentials() };
    let deadlines = Deadlines {
        connect,
        ping_after: Duration::from_millis(200),
        dead_after: Duration::from_millis(600),
        ..Deadlines::default()
    };
    let options = Options { deadlines, ..Options::default() };
    soon(Client::open(credentials, options)).await.unwrap_err()
}

/// Passes HTTP on and keeps WebSockets.
async fn hostile(mut stream: TcpStream, behind: std::net::SocketAddr, messages: Vec<Message>) {
    let mut start = [0; 16];
    stream.peek(&mut start).await.unwrap();
    if start.starts_with(b"GET /cryptpad_we") {
        let mut socket = accept_async(stream).await.unwrap();
        for message in messages {
            socket.send(message).await.unwrap();
        }
        // Keep listening, so that the client's end of the connection is what ends it.
        while let Some(Ok(_)) = socket.next().await {}
        return;
    }
    let mut onward = TcpStream::connect(behind).await.unwrap();
    let _ = tokio::io::copy_bidirectional(&mut stream, &mut onward).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_of_another_kind() {
    let error = with_socket(vec![Message::Binary(vec![1, 2, 3].into())]).await;
    assert_eq!(error.code(), Code::PeerMalformed);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_never_names_us() {
    let error = named_within(Duration::from_millis(500), Vec::new()).await;
    assert_eq!(error.code(), Code::NetTimeout);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_falls_silent() {
    let error =
        with_socket(vec![Message::text("[0,\"\",\"IDENT\",\"2c58fdd8ae7402aac3ef868c7bd00804\"]")]).await;
    assert_eq!(error.code(), Code::NetClosed);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_is_closed_at_once() {
    let error = with_socket(vec![Message::Close(None)]).await;
    assert_eq!(error.code(), Code::NetClosed);
}
