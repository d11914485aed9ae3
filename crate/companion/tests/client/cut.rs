//! The connection ends at the worst moment. Nothing is lost, the error says what is known, the next run
//! begins by comparing.

use crate::support::{STALE, Stage, detail, impatient, soon, sync};
use pinfold_core::error::Code;
use pinfold_core::pins::set::Form;
use serde_json::{Value, json};

/// Carol's sync meets a fault; then another run on the same client, without it.
async fn unconfirmed_then_mended(rule: Value, resets_at_the_cut: usize, cause: &str) {
    let stage = Stage::carol_with_surplus().await;
    stage.misbehave(json!([rule])).await;
    let client = stage.try_open(impatient()).await.unwrap();
    let error = soon(sync(&client)).await.unwrap_err();
    assert_eq!(error.code(), Code::PinsUnconfirmed, "{error}");
    assert_eq!(detail(&error, "cause"), Some(cause));
    assert_eq!(detail(&error, "replacing"), Some("true"));
    assert_eq!(stage.resets(), resets_at_the_cut);
    assert_eq!(stage.pinned().contains(STALE), resets_at_the_cut == 0);
    stage.assert_nothing_lost();
    let (_, receipt) = soon(sync(&client)).await.unwrap();
    assert_eq!((receipt.form, receipt.read_back), (Some(Form::Plain), true));
    assert_eq!(receipt.reset, resets_at_the_cut == 0, "a RESET that was stored is not repeated");
    assert_eq!((stage.resets(), stage.pinned()), (1, stage.expected()));
    client.close().await;
}

fn reset(action: Value) -> Value {
    json!({"on": {"command": "RESET"}, "times": 1, "do": action})
}

#[tokio::test(flavor = "multi_thread")]
async fn before_the_reset_is_stored() {
    unconfirmed_then_mended(reset(json!({"kind": "cut", "at": "request"})), 0, "net/closed").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_the_reset_was_stored() {
    unconfirmed_then_mended(reset(json!({"kind": "cut", "at": "stored"})), 1, "net/closed").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_the_reset_was_answered() {
    unconfirmed_then_mended(reset(json!({"kind": "cut", "at": "answered"})), 1, "net/closed").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_that_is_never_answered() {
    unconfirmed_then_mended(reset(json!({"kind": "silence", "at": "stored"})), 1, "net/timeout").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn garbage_in_place_of_the_answer_to_a_reset() {
    unconfirmed_then_mended(reset(json!({"kind": "garbage"})), 0, "peer/malformed-frame").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_pins_are_added() {
    for (at, sent) in [("request", 0), ("stored", 1)] {
        let stage = Stage::carol().await;
        let rule = json!({"on": {"command": "PIN"}, "times": 1, "do": {"kind": "cut", "at": at}});
        stage.misbehave(json!([rule])).await;
        let client = stage.open().await;
        let error = soon(sync(&client)).await.unwrap_err();
        assert_eq!(error.code(), Code::PinsUnconfirmed);
        assert_eq!(detail(&error, "replacing"), Some("false"));
        assert_eq!(stage.pin_log().len(), sent);
        let (_, receipt) = soon(sync(&client)).await.unwrap();
        assert_eq!((receipt.form, receipt.reset), (Some(Form::Plain), false));
        assert_eq!((stage.pin_log().len(), stage.pinned()), (1, stage.expected()));
        client.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn while_folders_are_read() {
    let stage = Stage::carol_with_surplus().await;
    let rule = json!({"on": {"command": "GET_HISTORY", "channel": stage.a_folder()}, "times": 1,
        "do": {"kind": "cut", "frames": 1}});
    stage.misbehave(json!([rule])).await;
    let client = stage.open().await;
    let error = soon(client.load_drive()).await.unwrap_err();
    assert_eq!(error.code(), Code::NetClosed);
    assert_eq!(stage.pin_log().len(), 1);
    assert!(soon(sync(&client)).await.unwrap().1.confirmed());
    client.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cookie_that_is_refused_once_is_renewed() {
    for command in ["GET_HASH", "PIN", "RESET"] {
        let stage = Stage::carol_with_surplus().await;
        let rule = json!({"on": {"command": command}, "times": 1, "do": {"kind": "no-cookie"}});
        stage.misbehave(json!([rule])).await;
        let client = stage.open().await;
        let (_, receipt) = soon(sync(&client)).await.unwrap();
        assert_eq!((receipt.form, stage.resets()), (Some(Form::Plain), 1), "{command}");
        client.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cookie_that_is_refused_always_is_an_error() {
    for (command, code) in [("GET_HASH", Code::RpcNoCookie), ("RESET", Code::RpcNoCookie)] {
        let stage = Stage::carol_with_surplus().await;
        stage.misbehave(json!([{"on": {"command": command}, "do": {"kind": "no-cookie"}}])).await;
        let client = stage.open().await;
        let error = soon(sync(&client)).await.unwrap_err();
        assert_eq!(error.code(), code, "{command}");
        assert_eq!((stage.resets(), stage.pinned().contains(STALE)), (0, true));
        stage.assert_nothing_lost();
        client.close().await;
    }
}
