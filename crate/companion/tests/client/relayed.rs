//! Large frames that other clients send, and the server hands on.

use crate::device::Client as Stranger;
use crate::support::{Stage, soon, sync};
use pinfold_client::{Client, Event, Options};
use serde_json::json;
use tokio::sync::mpsc;

/// What the server reads of one client at most, by itself.
const SERVER_LIMIT: usize = 100 * 1024 * 1024;

/// A client, and whether its connection opened or closed.
async fn open(stage: &Stage, options: Options) -> (Client, mpsc::UnboundedReceiver<bool>) {
    let (tell, told) = mpsc::unbounded_channel();
    let on_event = Box::new(move |event| {
        if let Event::Net { open, .. } = event {
            let _ = tell.send(open);
        }
    });
    (stage.try_open(Options { on_event: Some(on_event), ..options }).await.unwrap(), told)
}

/// Somebody who is in the drive's channel, and how the server names the client there.
async fn stranger(stage: &Stage) -> (Stranger, String) {
    let mut stranger = Stranger::connect(&stage.server).await;
    let members = stranger.join(stage.manifest["driveChannel"].as_str().unwrap()).await;
    let others = members.iter().filter(|frame| frame[2] == json!("JOIN") && frame[1] != json!(stranger.uid));
    let others: Vec<&str> = others.filter_map(|frame| frame[1].as_str()).collect();
    let uid = others.into_iter().find(|uid| uid.len() == 32).unwrap().to_owned();
    (stranger, uid)
}

/// `[seq,"MSG",uid,"AAA..."]` of so many bytes. Handed on it is longer: a sender takes the place of a number.
async fn say(stranger: &mut Stranger, uid: &str, bytes: usize) {
    let empty = format!(r#"[9,"MSG","{uid}",""]"#).len();
    let text = format!(r#"[9,"MSG","{uid}","{}"]"#, "A".repeat(bytes - empty));
    assert_eq!(text.len(), bytes);
    stranger.send_text(&text).await;
    assert_eq!(stranger.frame().await, json!([9, "ACK"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_largest_that_a_server_takes_ends_nothing() {
    let stage = Stage::carol_with_surplus().await;
    let (client, mut told) = open(&stage, Options::default()).await;
    let (mut stranger, uid) = stranger(&stage).await;
    while told.try_recv().is_ok() {}
    say(&mut stranger, &uid, SERVER_LIMIT).await;
    assert!(soon(sync(&client)).await.unwrap().1.confirmed());
    assert!(told.try_recv().is_err(), "the connection held");
    client.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_over_the_hosts_own_limit_ends_the_connection_and_it_is_dialled_again() {
    let stage = Stage::carol_with_surplus().await;
    let (client, mut told) = open(&stage, Options { frame_bytes: 1 << 20, ..Options::default() }).await;
    // An open mailbox wants the session to go on.
    let _mailbox = client.mailbox("notifications", false).await.unwrap();
    let (mut stranger, uid) = stranger(&stage).await;
    while told.try_recv().is_ok() {}
    say(&mut stranger, &uid, 1 << 19).await;
    assert!(told.try_recv().is_err(), "one below it is read");
    say(&mut stranger, &uid, 2 << 20).await;
    assert_eq!(soon(told.recv()).await, Some(false));
    assert_eq!(soon(told.recv()).await, Some(true));
    assert!(soon(sync(&client)).await.unwrap().1.confirmed());
    client.close().await;
}
