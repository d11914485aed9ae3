//! Folders that cannot be read: each has its reason, and while one is missing nothing is removed.

use crate::support::{STALE, Stage, complete, impatient, reasons, soon, sync};
use pinfold_core::drive::complete::Drive;
use pinfold_core::error::Code;
use serde_json::{Value, json};

/// One of carol's folders meets a fault: the drive is partial for this reason, and the surplus stays.
async fn partial(stage: Stage, action: Value, expected: Code) {
    let about = action.to_string();
    // The folder's own commands: a PIN that names it is about something else.
    let rule = |command| json!({"on": {"channel": stage.a_folder(), "command": command}, "do": action});
    stage.misbehave(["JOIN", "IS_NEW_CHANNEL", "GET_HISTORY"].map(rule).into_iter().collect()).await;
    let client = stage.try_open(impatient()).await.unwrap();
    let (drive, receipt) = soon(sync(&client)).await.unwrap();
    let Drive::Partial(drive) = drive else { panic!("{about}: complete") };
    assert_eq!(reasons(&drive), [expected], "{about}");
    assert!(!receipt.complete && !receipt.reset && !receipt.confirmed(), "{about}: {receipt:?}");
    assert_eq!((stage.pin_log().len(), stage.resets()), (1, 0), "{about}");
    assert!(stage.pinned().contains(STALE));
    stage.assert_nothing_lost();
    // The folder is back: the same client reads it, and now the list may be replaced.
    stage.misbehave(json!([])).await;
    let (drive, receipt) = soon(sync(&client)).await.unwrap();
    assert!(matches!(drive, Drive::Complete(_)), "{about}");
    assert!(receipt.reset && receipt.confirmed(), "{about}");
    assert_eq!(stage.pinned(), stage.expected());
    client.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_never_answers() {
    partial(Stage::carol_with_surplus().await, json!({"kind": "silence"}), Code::FolderTimeout).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_whose_messages_were_changed() {
    partial(Stage::carol_with_surplus().await, json!({"kind": "tamper"}), Code::FolderUnreadable).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_whose_last_message_was_changed() {
    let last = json!({"kind": "tamper", "nth": -1});
    partial(Stage::carol_with_surplus().await, last, Code::FolderUnreadable).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_whose_history_has_a_gap() {
    let gap = json!({"kind": "drop-message", "nth": 2});
    partial(Stage::carol_with_surplus().await, gap, Code::FolderUnreadable).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_the_server_calls_new() {
    partial(Stage::carol_with_surplus().await, json!({"kind": "new"}), Code::FolderMissing).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_has_another_password() {
    let new = json!({"kind": "new", "reason": "PASSWORD_CHANGE"});
    partial(Stage::carol_with_surplus().await, new, Code::FolderPasswordChanged).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_was_deleted() {
    let deleted = json!({"kind": "new", "reason": "ARCHIVE_OWNED"});
    partial(Stage::carol_with_surplus().await, deleted, Code::FolderDeleted).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_is_restricted() {
    partial(Stage::carol_with_surplus().await, json!({"kind": "restrict"}), Code::FolderRestricted).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_is_late_is_waited_for() {
    let stage = Stage::carol_with_surplus().await;
    let late = json!({"on": {"channel": stage.a_folder(), "command": "GET_HISTORY"},
        "do": {"kind": "delay", "ms": 900}});
    stage.misbehave(json!([late])).await;
    let client = stage.open().await;
    let drive = soon(complete(&client)).await;
    assert_eq!(stage.pin_log().len(), 1, "nothing was sent before the folder was there");
    let receipt = soon(client.sync_pins(&drive.pin_set())).await.unwrap();
    assert!(receipt.reset && receipt.confirmed());
    assert_eq!(stage.pinned(), stage.expected());
    client.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_quota_that_refuses_additions_is_an_error() {
    let stage = Stage::carol().await;
    stage
        .misbehave(json!([
            {"on": {"channel": stage.a_folder()}, "do": {"kind": "restrict"}},
            {"on": {"command": "PIN"}, "do": {"kind": "error", "error": "E_OVER_LIMIT"}},
        ]))
        .await;
    let client = stage.open().await;
    let error = soon(sync(&client)).await.unwrap_err();
    assert_eq!(error.code(), Code::PinsOverLimit);
    assert!(stage.pin_log().is_empty());
    client.close().await;
}

/// The own list, each team's and the mailbox are three different things: one that is refused holds up no other.
#[tokio::test(flavor = "multi_thread")]
async fn over_the_quota_the_teams_and_the_mailbox_go_on() {
    let stage = Stage::carol().await;
    stage
        .misbehave(json!([
            {"on": {"channel": stage.a_folder()}, "do": {"kind": "restrict"}},
            {"on": {"command": "PIN"}, "times": 40, "do": {"kind": "error", "error": "E_OVER_LIMIT"}},
        ]))
        .await;
    let run = crate::cli::sync(&stage, &["--json"]).await;
    let result = run.result();
    assert_eq!((run.code, &result["error"]["code"]), (1, &json!("pins/over-limit")), "{result}");
    assert_eq!(result["teams"].as_array().unwrap().len(), 1);
    assert_eq!(result["mailbox"]["error"], serde_json::Value::Null);
}
