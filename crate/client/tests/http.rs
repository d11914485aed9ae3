//! HTTP from a peer that is no instance, or fails in the middle: a coded error, soon. No server is needed for it.

// The lints let tests panic, but do not see that the helpers here are tests too.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use pinfold_client::{Client, Credentials, Deadlines, Options};
use pinfold_core::error::{Code, Error};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::time::timeout;

/// A server that answers every request with these bytes.
async fn with_http(answer: Vec<u8>) -> Error {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let answer = answer.clone();
            tokio::spawn(async move {
                let mut request = [0; 4096];
                let _ = stream.read(&mut request).await;
                let _ = stream.write_all(&answer).await;
                if answer.is_empty() {
                    tokio::time::sleep(Duration::from_secs(30)).await;
                }
            });
        }
    });
    let credentials = Credentials {
        origin,
        username: "carol".into(),
        password: "password-carol".into(),
        otp: None,
        login_salt: String::new(),
    };
    let options = Options {
        deadlines: Deadlines { connect: Duration::from_millis(500), ..Deadlines::default() },
        ..Options::default()
    };
    let opened = timeout(Duration::from_secs(20), Client::open(credentials, options)).await;
    opened.expect("it does not end").unwrap_err()
}

#[tokio::test(flavor = "multi_thread")]
async fn http_that_is_no_instance() {
    let error = with_http(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello".to_vec()).await;
    assert_eq!(error.code(), Code::NetHttp);
}

#[tokio::test(flavor = "multi_thread")]
async fn http_that_leads_elsewhere() {
    let elsewhere =
        b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n".to_vec();
    let error = with_http(elsewhere).await;
    assert_eq!(error.code(), Code::NetHttp);
    assert!(error.detail().iter().any(|(key, value)| *key == "status" && value == "302"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn http_that_never_answers() {
    assert_eq!(with_http(Vec::new()).await.code(), Code::NetTimeout);
}

#[tokio::test(flavor = "multi_thread")]
async fn http_that_never_ends() {
    let mut answer = b"HTTP/1.1 200 OK\r\n\r\n".to_vec();
    answer.resize(8 << 20, b' ');
    assert_eq!(with_http(answer).await.code(), Code::PeerOversized);
}

#[tokio::test(flavor = "multi_thread")]
async fn http_that_breaks_off() {
    let error = with_http(b"HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\ndefine(".to_vec()).await;
    assert_eq!(error.code(), Code::NetUnreachable);
}
