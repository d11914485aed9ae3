//! Misbehaviour on demand.

use crate::support::{Client, Event, PATIENCE, channel, get, http, key, messages, public, start};
use pinfold_server::faults::FaultFile;
use pinfold_server::{Options, Running};
use serde_json::{Value, json};
use tokio::time::timeout;

async fn with(rules: Value) -> (Running, Client) {
    let faults = FaultFile::parse(&json!({"faults": rules}).to_string()).unwrap().faults;
    let server = start(Options { faults, ..Options::default() }).await;
    let mut client = Client::connect(&server).await;
    client.learn_keeper().await;
    (server, client)
}

/// A channel `a` with the messages m1 to m4.
async fn filled(rules: Value) -> (Running, Client, String) {
    let (server, mut client) = with(rules).await;
    let id = channel("a");
    client.create(&id, json!({})).await;
    for n in 1..=4 {
        client.write(&id, &format!("m{n}")).await;
    }
    (server, client, id)
}

#[tokio::test]
async fn a_delayed_request_is_answered_no_sooner() {
    let rule = json!([{"on": {"command": "IS_NEW_CHANNEL"}, "do": {"kind": "delay", "ms": 50}}]);
    let (_server, mut client) = with(rule).await;
    let asked = std::time::Instant::now();
    client.ask(json!(["tx", ["IS_NEW_CHANNEL", channel("a")]])).await;
    client.frame().await;
    assert_eq!(client.text().await, json!(["tx", null, {"isNew": true}, null]));
    assert!(asked.elapsed().as_millis() >= 50);
}

/// A request that is held is carried out once the list is replaced, on the connection and over HTTP; others overtake it.
#[tokio::test]
async fn what_is_held_goes_on_when_the_list_is_replaced() {
    let rules = json!([
        {"on": {"command": "IS_NEW_CHANNEL"}, "do": {"kind": "hold"}},
        {"on": {"command": "HTTP_CONFIG"}, "do": {"kind": "hold"}}
    ]);
    let (server, mut client) = with(rules).await;
    client.ask(json!(["tx", ["IS_NEW_CHANNEL", channel("a")]])).await;
    let page = tokio::spawn(http().get(format!("{}/api/config", server.origin())).send());
    let ping = client.send(json!(["PING"])).await;
    assert_eq!(client.frame().await, json!([ping, "ACK"]));
    let faults = format!("{}/pinfold/faults", server.origin());
    let status = async || http().get(&faults).send().await.unwrap().text().await.unwrap();
    let both_acted = |status: String| status.matches(r#""acted":1"#).count() == 2;
    let acted = async {
        while !both_acted(status().await) {
            tokio::task::yield_now().await;
        }
    };
    timeout(PATIENCE, acted).await.unwrap();
    assert!(!page.is_finished());
    assert!(http().delete(&faults).send().await.unwrap().status().is_success());
    client.frame().await;
    assert_eq!(client.text().await, json!(["tx", null, {"isNew": true}, null]));
    assert_eq!(page.await.unwrap().unwrap().status(), 200);
}

#[tokio::test]
async fn silence_before_and_after_storing() {
    let rules = json!([
        {"on": {"command": "GET_HISTORY", "channel": channel("b")}, "do": {"kind": "silence"}},
        {"on": {"command": "PIN"}, "times": 1, "do": {"kind": "silence", "at": "stored"}},
        {"on": {"command": "MSG", "channel": channel("a")}, "skip": 4, "do": {"kind": "silence", "at": "stored"}}
    ]);
    let (_server, mut client, id) = filled(rules).await;
    client.ask(json!(["GET_HISTORY", channel("b"), {"txid": 1}])).await;
    client.assert_silent().await;
    let key = key("quiet");
    client.log_in(&key).await;
    let seq = client.send_call(&key, "PIN", json!([id])).await;
    assert_eq!(client.frame().await, json!([seq, "ACK"]));
    client.assert_silent().await;
    let stored = client.call(&key, "GET_HASH", json!("")).await[1].clone();
    client.call(&key, "PIN", json!([id])).await;
    assert_eq!(client.call(&key, "GET_HASH", json!("")).await[1], stored);
    client.send(json!(["MSG", id, "m5"])).await;
    client.assert_silent().await;
    assert_eq!(messages(&client.history(&id, json!({"txid": 2})).await).len(), 5);
}

#[tokio::test]
async fn a_reset_is_stored_and_the_connection_ends_before_its_answer() {
    let rule = json!([{"on": {"command": "RESET"}, "times": 1, "do": {"kind": "cut", "at": "stored"}}]);
    let (server, mut client) = with(rule).await;
    let key = key("reset");
    client.log_in(&key).await;
    let empty = client.call(&key, "GET_HASH", json!("")).await[1].clone();
    let seq = client.send_call(&key, "RESET", json!([channel("a")])).await;
    assert_eq!(client.frame().await, json!([seq, "ACK"]));
    assert_eq!(client.event().await, Event::Broken);
    let mut again = Client::connect(&server).await;
    again.log_in(&key).await;
    assert_ne!(again.call(&key, "GET_HASH", json!("")).await[1], empty);
    assert_eq!(again.call(&key, "RESET", json!([channel("a")])).await.len(), 1);
}

#[tokio::test]
async fn a_connection_ends_before_a_request_at_a_frame_or_in_the_middle_of_a_history() {
    let rule = json!([{"on": {"frame": 3}, "do": {"kind": "cut"}}]);
    let (_server, mut client) = with(rule).await;
    client.send(json!(["PING"])).await;
    assert_eq!(client.frame().await[1], "ACK");
    client.send(json!(["PING"])).await;
    assert_eq!(client.event().await, Event::Broken);

    let rule = json!([{"on": {"command": "GET_HISTORY"}, "skip": 1, "do": {"kind": "cut", "frames": 3}}]);
    let (_server, mut client, id) = filled(rule).await;
    let seq = client.ask(json!(["GET_HISTORY", id, {"txid": 2}])).await;
    assert_eq!(client.frame().await, json!([seq, "ACK"]));
    assert_eq!(client.text().await["channel"], json!(id));
    assert_eq!(client.text().await[4], "m1");
    assert_eq!(client.text().await[4], "m2");
    assert_eq!(client.event().await, Event::Broken);
}

#[tokio::test]
async fn histories_lose_swap_and_garble_messages() {
    let cases = [
        (json!({"kind": "drop-message", "nth": 2}), vec!["m1", "m3", "m4"]),
        (json!({"kind": "drop-message", "nth": -1}), vec!["m1", "m2", "m3"]),
        (json!({"kind": "reorder"}), vec!["m4", "m3", "m2", "m1"]),
        (json!({"kind": "reorder", "swap": [1, 3]}), vec!["m3", "m2", "m1", "m4"]),
        (json!({"kind": "tamper", "nth": 3}), vec!["m1", "m2", "mA", "m4"]),
    ];
    for (action, expected) in cases {
        let rule = json!([{"on": {"command": "GET_HISTORY"}, "skip": 1, "times": 1, "do": action}]);
        let (server, mut client, id) = filled(rule).await;
        assert_eq!(messages(&client.history(&id, json!({"txid": 2})).await), expected, "{action}");
        let honest = client.history(&id, json!({"txid": 3})).await;
        assert_eq!(messages(&honest), ["m1", "m2", "m3", "m4"]);
        server.shutdown().await;
    }
}

#[tokio::test]
async fn a_channel_is_restricted_absent_or_deleted_on_demand() {
    let (reader, other) = (key("reader"), key("other"));
    let rules = json!([
        {"on": {"channel": channel("a"), "command": "JOIN"}, "skip": 1, "do": {"kind": "restrict", "keys": [public(&reader)]}},
        {"on": {"channel": channel("b")}, "do": {"kind": "new"}},
        {"on": {"channel": channel("c")}, "do": {"kind": "new", "reason": "PASSWORD_CHANGE"}}
    ]);
    let (server, _client, id) = filled(rules).await;
    let mut second = Client::connect(&server).await;
    let refused = second.join(&id).await;
    assert_eq!((&refused[0][2], &refused[0][3][1]), (&json!("ERESTRICTED"), &json!(public(&reader))));
    second.learn_keeper().await;
    second.log_in(&other).await;
    assert_eq!(second.join(&id).await[0][2], "ERESTRICTED");
    second.log_in(&reader).await;
    assert_eq!(second.join(&id).await[0][1], "JACK");

    let mut client = Client::connect(&server).await;
    assert_eq!(client.anonymous("IS_NEW_CHANNEL", json!(channel("b"))).await[1], json!({"isNew": true}));
    assert_eq!(
        client.anonymous("IS_NEW_CHANNEL", json!(channel("c"))).await[1],
        json!({"isNew": true, "reason": "PASSWORD_CHANGE"})
    );
    client.join(&channel("c")).await;
    let gone = client.history(&channel("c"), json!({"txid": 5})).await;
    let expected =
        json!({"error": "EDELETED", "message": "PASSWORD_CHANGE", "channel": channel("c"), "txid": 5});
    assert_eq!(gone, [expected]);
    assert_eq!(client.history(&channel("b"), json!({"txid": 6})).await.len(), 1);
}

#[tokio::test]
async fn errors_garbage_and_oversized_frames_take_the_place_of_answers() {
    let rules = json!([
        {"on": {"command": "PIN"}, "times": 1, "do": {"kind": "error", "error": "E_OVER_LIMIT"}},
        {"on": {"command": "GET_HISTORY", "channel": channel("b")}, "do": {"kind": "error", "error": "EDELETED", "message": "MODERATION_PAD"}},
        {"on": {"command": "JOIN", "channel": channel("c")}, "do": {"kind": "error", "error": "ESELFDESTRUCT"}},
        {"on": {"command": "GET_HASH"}, "times": 1, "do": {"kind": "no-cookie"}},
        {"on": {"command": "GET_LIMIT"}, "times": 1, "do": {"kind": "garbage"}},
        {"on": {"command": "GET_LIMIT"}, "skip": 1, "do": {"kind": "oversized", "bytes": 3000000}}
    ]);
    let (_server, mut client) = with(rules).await;
    let key = key("errors");
    client.log_in(&key).await;
    assert_eq!(
        client.call(&key, "PIN", json!([channel("a")])).await,
        [json!("ERROR"), json!("E_OVER_LIMIT")]
    );
    assert_eq!(client.call(&key, "PIN", json!([channel("a")])).await.len(), 1);
    let gone = client.history(&channel("b"), json!({"txid": 5})).await;
    assert_eq!((&gone[0]["error"], &gone[0]["message"]), (&json!("EDELETED"), &json!("MODERATION_PAD")));
    assert_eq!(client.join(&channel("c")).await[0][2], "ESELFDESTRUCT");
    assert_eq!(client.call(&key, "GET_HASH", json!("")).await[1], "NO_COOKIE");
    assert_eq!(client.call(&key, "GET_HASH", json!("")).await.len(), 2);
    client.send_call(&key, "GET_LIMIT", Value::Null).await;
    assert!(matches!(client.event().await, Event::Text(_)));
    client.send_call(&key, "GET_LIMIT", Value::Null).await;
    assert!(client.frame().await[4].as_str().unwrap().len() >= 3_000_000);
}

#[tokio::test]
async fn http_requests_fail_on_demand() {
    let rules = json!([
        {"on": {"command": "HTTP_BLOCK"}, "times": 1, "do": {"kind": "new", "reason": "PASSWORD_CHANGE"}},
        {"on": {"command": "HTTP_BLOCK"}, "times": 1, "skip": 1, "do": {"kind": "error", "error": "401", "message": "TOTP"}},
        {"on": {"command": "HTTP_CONFIG"}, "times": 1, "do": {"kind": "cut"}}
    ]);
    let (server, _client) = with(rules).await;
    let block = format!("{}/block/AA/{}=", server.origin(), "A".repeat(43));
    let answer = get(&block).await;
    assert_eq!(
        (answer.status().as_u16(), answer.text().await.unwrap()),
        (404, r#"{"reason":"PASSWORD_CHANGE","code":404}"#.into())
    );
    let answer = get(&block).await;
    assert_eq!(
        (answer.status().as_u16(), answer.text().await.unwrap()),
        (401, r#"{"sso":false,"method":"TOTP","code":401}"#.into())
    );
    let config = format!("{}/api/config", server.origin());
    let cut = async { http().get(&config).send().await?.text().await };
    assert!(cut.await.is_err());
    assert!(get(&config).await.status().is_success());
}

#[tokio::test]
async fn faults_are_put_listed_and_cleared_while_the_server_runs() {
    let (server, mut client) = with(json!([])).await;
    let url = format!("{}/pinfold/faults", server.origin());
    let http = http();
    let rules =
        json!({"faults": [{"name": "x", "on": {"command": "IS_NEW_CHANNEL"}, "do": {"kind": "new"}}]});
    let put =
        |body: String, kind: &'static str| http.put(&url).header("content-type", kind).body(body).send();
    assert_eq!(put(rules.to_string(), "application/json").await.unwrap().status(), 200);
    client.anonymous("IS_NEW_CHANNEL", json!(channel("a"))).await;
    let listed: Value =
        serde_json::from_str(&http.get(&url).send().await.unwrap().text().await.unwrap()).unwrap();
    assert_eq!((&listed["faults"][0]["name"], &listed["faults"][0]["acted"]), (&json!("x"), &json!(1)));
    assert_eq!(put("{}".into(), "application/json").await.unwrap().status(), 400);
    assert_eq!(put(rules.to_string(), "text/plain").await.unwrap().status(), 415);
    let foreign = http.delete(&url).header("origin", "https://evil.example").send().await.unwrap();
    assert_eq!(foreign.status(), 403);
    let faults = FaultFile::parse(&rules.to_string()).unwrap().faults;
    assert_eq!(server.set_faults(faults).await.unwrap()[0].acted, 0);
    assert_eq!(http.delete(&url).send().await.unwrap().text().await.unwrap(), r#"{"faults":[]}"#);
}
