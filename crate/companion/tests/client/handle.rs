//! The client as a value in a program: it is sent between threads, dropped, cancelled, used twice at once.

use crate::support::{STALE, Stage, complete, soon, sync};
use futures_util::StreamExt;
use pinfold_client::{Client, Event, Mailbox, Options};
use pinfold_core::error::Code;
use pinfold_core::session::effect::Phase;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::timeout;

#[test]
fn everything_may_move_between_threads() {
    fn sent<T: Send>(_: T) {}
    fn shared<T: Send + Sync>() {}
    fn futures(client: &Client) {
        sent(client.load_drive());
        sent(client.mailbox("notifications", true));
    }
    shared::<Client>();
    shared::<Mailbox>();
    let _ = futures;
}

async fn clients(stage: &Stage) -> u64 {
    let url = format!("{}/pinfold/status", stage.server.origin());
    let _ = rustls::crypto::ring::default_provider().install_default();
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let status: Value =
        serde_json::from_slice(&http.get(url).send().await.unwrap().bytes().await.unwrap()).unwrap();
    status["clients"].as_u64().unwrap()
}

async fn until_nobody_is_connected(stage: &Stage) {
    soon(async {
        while clients(stage).await > 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_or_dropped_client_leaves() {
    let stage = Stage::carol().await;
    let client = stage.open().await;
    assert_eq!(clients(&stage).await, 1);
    client.close().await;
    until_nobody_is_connected(&stage).await;
    drop(stage.open().await);
    until_nobody_is_connected(&stage).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_in_may_be_given_up_at_any_moment() {
    let stage = Stage::carol().await;
    for wait in [0, 1, 5, 20, 50, 100, 200] {
        let opened = timeout(Duration::from_millis(wait), stage.try_open(Options::default())).await;
        drop(opened);
    }
    until_nobody_is_connected(&stage).await;
    stage.open().await.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_future_gives_the_operation_up_and_the_next_call_works() {
    let stage = Stage::carol_with_surplus().await;
    let late = json!({"on": {"channel": stage.a_folder(), "command": "GET_HISTORY"}, "times": 1,
        "do": {"kind": "silence"}});
    stage.misbehave(json!([late])).await;
    let client = stage.open().await;
    assert!(timeout(Duration::from_millis(300), client.load_drive()).await.is_err());
    // On a new connection, and without waiting for the answer that never comes.
    let (_, receipt) = soon(sync(&client)).await.unwrap();
    assert!(receipt.confirmed() && receipt.reset);
    client.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_that_is_given_up_is_compared_by_the_next_run() {
    for at in ["request", "stored"] {
        let stage = Stage::carol_with_surplus().await;
        stage
            .misbehave(json!([{"on": {"command": "RESET"}, "times": 1, "do": {"kind": "silence", "at": at}}]))
            .await;
        let client = stage.open().await;
        assert!(timeout(Duration::from_millis(700), sync(&client)).await.is_err());
        assert_eq!(stage.resets(), usize::from(at == "stored"));
        stage.assert_nothing_lost();
        let (_, receipt) = soon(sync(&client)).await.unwrap();
        assert!(receipt.confirmed());
        assert_eq!((stage.resets(), stage.pinned()), (1, stage.expected()));
        client.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_set_read_before_a_reconnect_replaces_nothing() {
    let stage = Stage::carol_with_surplus().await;
    let client = stage.open().await;
    let set = complete(&client).await.pin_set();
    // Giving an operation up ends the connection; meanwhile another device may have changed anything.
    stage.misbehave(json!([{"on": {"command": "GET_HASH"}, "times": 1, "do": {"kind": "silence"}}])).await;
    assert!(timeout(Duration::from_millis(200), client.sync_pins(&set)).await.is_err());
    assert_eq!(soon(client.sync_pins(&set)).await.unwrap_err().code(), Code::PinsMoved);
    assert_eq!((stage.resets(), stage.pinned().contains(STALE)), (0, true));
    assert!(soon(sync(&client)).await.unwrap().1.reset);
    client.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_operation_at_a_time() {
    let stage = Stage::carol().await;
    let client = stage.open().await;
    let (first, second) = tokio::join!(client.load_drive(), client.load_drive());
    assert!(first.is_ok());
    assert_eq!(second.unwrap_err().code(), Code::MisuseBusy);
    client.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_set_of_another_account_is_refused() {
    let (carol, other) = (Stage::carol().await, Stage::fixture().await);
    let client = carol.open().await;
    let set = complete(&client).await.pin_set();
    client.close().await;
    let client = other.open().await;
    let before = other.pin_log();
    assert_eq!(client.sync_pins(&set).await.unwrap_err().code(), Code::MisuseForeignPinSet);
    assert_eq!(other.pin_log(), before);
    client.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn events_come_in_the_order_of_the_steps() {
    let stage = Stage::carol().await;
    let (tell, mut told) = mpsc::unbounded_channel();
    let options =
        Options { on_event: Some(Box::new(move |event| drop(tell.send(event)))), ..Options::default() };
    let client = stage.try_open(options).await.unwrap();
    sync(&client).await.unwrap();
    client.close().await;
    let mut phases: Vec<Phase> = Vec::new();
    while let Some(event) = told.recv().await {
        if let Event::Progress { phase, .. } = event
            && phases.last() != Some(&phase)
        {
            phases.push(phase);
        }
    }
    use Phase::{Block, Config, Connect, Drive, Folders, Kdf, Pins};
    assert_eq!(phases, [Config, Kdf, Block, Connect, Drive, Folders, Pins]);
}

#[tokio::test(flavor = "multi_thread")]
async fn mailboxes_are_named_and_opened_once() {
    let stage = Stage::fixture().await;
    let client = stage.open().await;
    let names = client.mailboxes().await.unwrap();
    assert_eq!(names[..2], ["broadcast", "notifications"]);
    assert!(names[2..].iter().all(|name| name.starts_with("team-")), "{names:?}");
    assert_eq!(client.mailbox("letters", false).await.unwrap_err().code(), Code::MailboxAbsent);
    let first = client.mailbox("notifications", false).await.unwrap();
    assert_eq!(client.mailbox("notifications", false).await.unwrap_err().code(), Code::MisuseBusy);
    drop(first);
    let mut again = client.mailbox("notifications", false).await.unwrap();
    assert!(again.next().await.unwrap().is_ok());
    // It does not keep the client alive, and ends with it.
    drop(client);
    until_nobody_is_connected(&stage).await;
    while let Some(Ok(_)) = again.next().await {}
}
