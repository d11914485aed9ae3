//! Pin commands beyond what the transcripts show.

use crate::support::{Client, channel, key, start};
use pinfold_server::{Limits, Options};
use serde_json::{Value, json};

#[tokio::test]
async fn a_pin_over_the_limit_is_refused_and_a_reset_is_not() {
    let limits = Limits { storage_bytes: 700, ..Limits::default() };
    let server = start(Options { limits, ..Options::default() }).await;
    let mut client = Client::connect(&server).await;
    let key = key("small");
    for letter in ["a", "b"] {
        client.create(&channel(letter), json!({})).await;
        client.write(&channel(letter), &"x".repeat(300)).await;
    }
    client.log_in(&key).await;
    assert_eq!(client.call(&key, "PIN", json!([channel("a")])).await.len(), 1);
    let before = client.call(&key, "GET_HASH", json!("")).await;
    // An id that would fit is refused too, when it comes together with one that does not fit.
    for refused in [json!([channel("b")]), json!([channel("c"), channel("b")])] {
        let refused = client.call(&key, "PIN", refused).await;
        assert_eq!(refused, [json!("ERROR"), json!("E_OVER_LIMIT")]);
    }
    assert_eq!(client.call(&key, "GET_HASH", json!("")).await[1], before[1]);
    assert_eq!(client.call(&key, "PIN", json!([channel("c")])).await.len(), 1);
    assert_eq!(client.call(&key, "RESET", json!([channel("a"), channel("b")])).await.len(), 1);
    // Above the limit even something without size is refused.
    let refused = client.call(&key, "PIN", json!([channel("d")])).await;
    assert_eq!(refused, [json!("ERROR"), json!("E_OVER_LIMIT")]);
    let total = client.call(&key, "GET_TOTAL_SIZE", Value::Null).await;
    assert!(total[1].as_u64().unwrap() > 700, "{total:?}");
    server.shutdown().await;
}

#[tokio::test]
async fn unpinning_the_bare_drive_after_a_reset_does_nothing_until_the_session_ends() {
    let server = start(Options::default()).await;
    let mut client = Client::connect(&server).await;
    let key = key("drive");
    client.log_in(&key).await;
    client.call(&key, "RESET", json!([format!("{}#drive", channel("d")), channel("e")])).await;
    let before = client.call(&key, "GET_HASH", json!("")).await[1].clone();
    client.call(&key, "UNPIN", json!([channel("d")])).await;
    assert_eq!(client.call(&key, "GET_HASH", json!("")).await[1], before);
    client.call(&key, "EXPIRE_SESSION", json!("")).await;
    client.log_in(&key).await;
    let bare = client.call(&key, "GET_HASH", json!("")).await[1].clone();
    assert_ne!(bare, before);
    client.call(&key, "UNPIN", json!([channel("d")])).await;
    assert_ne!(client.call(&key, "GET_HASH", json!("")).await[1], bare);
    server.shutdown().await;
}

#[tokio::test]
async fn a_session_is_one_for_all_connections_of_a_key() {
    let server = start(Options::default()).await;
    let key = key("shared");
    let mut first = Client::connect(&server).await;
    let mut second = Client::connect(&server).await;
    first.log_in(&key).await;
    second.log_in(&key).await;
    first.call(&key, "PIN", json!([channel("a")])).await;
    let seen = second.call(&key, "GET_HASH", json!("")).await;
    assert_eq!(seen[1], first.call(&key, "GET_HASH", json!("")).await[1]);
    server.shutdown().await;
}

#[tokio::test]
async fn signatures_and_unknown_commands_are_refused_in_the_real_order() {
    let server = start(Options::default()).await;
    let mut client = Client::connect(&server).await;
    let (key, other) = (key("one"), key("other"));
    assert_eq!(client.call(&key, "GET_HASH", json!("")).await[1], "NO_COOKIE");
    client.log_in(&key).await;
    // The cookie is another key's: NO_COOKIE comes before everything else.
    assert_eq!(client.call(&other, "GET_HASH", json!("")).await[1], "NO_COOKIE");
    assert_eq!(client.call(&key, "NO_SUCH_COMMAND", json!("")).await[1], "INVALID_RPC_CALL");
    let forged = json!(["tx", ["AAAA", crate::support::public(&key), null, "COOKIE", ""]]);
    client.ask(forged).await;
    client.frame().await;
    assert_eq!(client.text().await, json!(["tx", "ERROR", "INVALID_SIGNATURE_OR_PUBLIC_KEY"]));
    // DESTROY has no answer.
    client.send_call(&key, "DESTROY", json!("")).await;
    client.frame().await;
    client.assert_silent().await;
    server.shutdown().await;
}
