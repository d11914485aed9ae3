//! The ways in which signing in ends.

use crate::support::{Stage, detail, soon};
use pinfold_client::{Client, Credentials, Options};
use pinfold_core::error::{Code, Error};
use pinfold_core::secret::SecretText;
use serde_json::{Value, json};

async fn refused(credentials: Credentials) -> Error {
    soon(Client::open(credentials, Options::default())).await.unwrap_err()
}

#[tokio::test(flavor = "multi_thread")]
async fn another_password_name_or_salt_is_another_account() {
    let stage = Stage::carol().await;
    let right = || stage.credentials();
    for credentials in [
        Credentials { password: "password-carole".into(), ..right() },
        Credentials { username: "carole".into(), ..right() },
        Credentials { username: "carol ".into(), ..right() },
        Credentials { login_salt: "pepper".into(), ..right() },
    ] {
        assert_eq!(refused(credentials).await.code(), Code::LoginRefused);
    }
    // Names are lower-cased.
    let client = Client::open(Credentials { username: "CAROL".into(), ..right() }, Options::default()).await;
    client.unwrap().close().await;
    // Asking for an account that is not there must not make one.
    assert!(stage.pin_log().is_empty());
}

async fn block_answers(action: Value, otp: Option<&str>) -> Error {
    let stage = Stage::carol().await;
    stage.misbehave(json!([{"on": {"command": "HTTP_BLOCK"}, "do": action}])).await;
    let otp = otp.map(|code| SecretText::new(code.into()));
    refused(Credentials { otp, ..stage.credentials() }).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_block_that_was_removed() {
    for (reason, code) in
        [("PASSWORD_CHANGE", Code::LoginPasswordChanged), ("MODERATION_ACCOUNT:spam", Code::LoginRemoved)]
    {
        let error = block_answers(json!({"kind": "new", "reason": reason}), None).await;
        assert_eq!(error.code(), code);
        assert_eq!(detail(&error, "reason"), Some(reason));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_block_that_fails() {
    let error = block_answers(json!({"kind": "error", "error": "500"}), None).await;
    assert_eq!(error.code(), Code::NetHttp);
    assert_eq!(detail(&error, "status"), Some("500"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_factor_that_is_not_given_or_refused() {
    let error = block_answers(json!({"kind": "error", "error": "401", "message": "TOTP"}), None).await;
    assert_eq!(error.code(), Code::LoginSecondFactor);
    let error =
        block_answers(json!({"kind": "error", "error": "401", "message": "TOTP"}), Some("123456")).await;
    assert_eq!(error.code(), Code::LoginSecondFactor);
    assert!(!error.to_string().contains("123456"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_not_there() {
    let credentials = Stage::carol().await.credentials();
    assert_eq!(refused(credentials).await.code(), Code::NetUnreachable);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_origin_and_no_name() {
    let stage = Stage::carol().await;
    for credentials in [
        Credentials { origin: "pad.example.org".into(), ..stage.credentials() },
        Credentials { username: "".into(), ..stage.credentials() },
        Credentials { password: "".into(), ..stage.credentials() },
    ] {
        assert_eq!(refused(credentials).await.code(), Code::MisuseBadArgument);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_error_holds_what_the_password_yields() {
    let stage = Stage::carol().await;
    let mut credentials = stage.credentials();
    let block = stage.manifest["blockId"].as_str().unwrap();
    let shown = format!("{credentials:?}");
    assert!(!shown.contains("password-carol") && !shown.contains("carol"), "{shown}");
    stage.misbehave(json!([{"on": {"command": "HTTP_BLOCK"}, "do": {"kind": "cut"}}])).await;
    let error = refused(stage.credentials()).await;
    assert_eq!(error.code(), Code::NetUnreachable);
    assert!(!format!("{error} {error:?}").contains(&block[..20]), "{error}");
    credentials.origin = "http://127.0.0.1:1".into();
    assert!(!format!("{:?}", refused(credentials).await).contains("password"));
}
