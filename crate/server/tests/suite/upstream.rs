//! The pass-through, in front of an embedded server: plain, and behind TLS.

use crate::support::{Client, channel, fixture, get, http, manifest, messages, start};
use pinfold_core::error::Code;
use pinfold_server::Upstream;
use pinfold_server::{Options, Running, Server};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

async fn passing_to(origin: String, extra_roots: Vec<Vec<u8>>) -> Running {
    start(Options {
        upstream: Some(Upstream { origin, also: Vec::new(), extra_roots }),
        ..Options::default()
    })
    .await
}

/// Everything a page needs, through `door`, with nothing that names `behind`.
async fn check(door: &Running, behind: &str) {
    let text = get(format!("{}/api/config", door.origin())).await.text().await.unwrap();
    let config: Value = serde_json::from_str(&text[27..text.len() - 5]).unwrap();
    assert_eq!(config["httpUnsafeOrigin"], door.origin());
    assert_eq!(config["websocketPath"], "/cryptpad_websocket");
    assert!(!text.contains(behind), "{text}");

    let block = manifest()["blockId"].as_str().unwrap().to_owned();
    let path = format!("block/{}/{block}", &block[..2]);
    let stored = std::fs::read(fixture().join("data").join(&path)).unwrap();
    let answer = get(format!("{}/{path}", door.origin())).await;
    assert_eq!(answer.bytes().await.unwrap(), stored);
    let missing = format!("{}/block/AA/{}=", door.origin(), "A".repeat(43));
    assert_eq!(get(missing).await.text().await.unwrap(), r#"{"code":404}"#);

    let mut client = Client::connect(door).await;
    let drive = "d79d927d76d836887ac54ba5a31ddc20";
    client.join(drive).await;
    assert!(messages(&client.history(drive, json!({"txid": 1})).await).len() > 10);
    client.create(&channel("a"), json!({})).await;
    assert_eq!(client.write(&channel("a"), "hello").await[1], "ACK");
}

#[tokio::test]
async fn a_page_reaches_an_instance_without_leaving_its_origin() {
    let instance = start(Options { seed_account: Some(fixture()), ..Options::default() }).await;
    let door = passing_to(instance.origin(), Vec::new()).await;
    check(&door, &instance.addr.to_string()).await;
    let auth = http().post(format!("{}/api/auth/", door.origin())).body("{}").send().await.unwrap();
    assert_eq!(
        (auth.status().as_u16(), auth.text().await.unwrap()),
        (500, r#"{"error":"invalid request"}"#.into())
    );
    door.shutdown().await;
    instance.shutdown().await;
}

#[tokio::test]
async fn the_instance_may_be_behind_tls_if_its_certificate_is_trusted() {
    let instance = start(Options { seed_account: Some(fixture()), ..Options::default() }).await;
    // As `openssl req -x509` makes it: its own authority.
    let mut params = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap().der().to_vec();
    let front = tls_in_front_of(instance.addr, &certificate, key.serialize_der()).await;
    let origin = format!("https://localhost:{}", front.port());

    let door = passing_to(origin.clone(), vec![certificate]).await;
    check(&door, &origin).await;
    door.shutdown().await;

    let suspicious = passing_to(origin, Vec::new()).await;
    let refused = get(format!("{}/api/config", suspicious.origin())).await;
    assert_eq!(refused.status(), 502);
    suspicious.shutdown().await;
    instance.shutdown().await;
}

#[tokio::test]
async fn an_instance_that_is_down_is_a_bad_gateway_and_recovers() {
    let vacant = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = vacant.local_addr().unwrap();
    drop(vacant);
    let door = passing_to(format!("http://{address}"), Vec::new()).await;
    for path in ["/api/config", "/api/broadcast", &format!("/block/AA/{}=", "A".repeat(43))] {
        let answer = get(format!("{}{path}", door.origin())).await;
        assert_eq!(answer.status(), 502, "{path}");
    }
    let instance = start(Options { bind: address, ..Options::default() }).await;
    Client::connect(&door).await;
    instance.shutdown().await;
    door.shutdown().await;
}

/// As one that is named by `http://` and lives behind `https://`.
#[tokio::test]
async fn an_instance_that_sends_elsewhere_says_what_to_do() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let sends = axum::Router::new()
        .fallback(async || axum::response::Redirect::permanent("https://pad.example.org/"));
    tokio::spawn(async move { axum::serve(listener, sends).await });
    let door = passing_to(origin, Vec::new()).await;
    for path in ["/api/config", "/api/broadcast"] {
        let answer = get(format!("{}{path}", door.origin())).await.text().await.unwrap();
        assert!(answer.contains("name the origin"), "{path}: {answer}");
    }
    door.shutdown().await;
}

#[tokio::test]
async fn when_the_instance_goes_so_does_the_socket() {
    let instance = start(Options::default()).await;
    let door = passing_to(instance.origin(), Vec::new()).await;
    let mut client = Client::connect(&door).await;
    instance.shutdown().await;
    assert!(!matches!(client.event().await, crate::support::Event::Frame(_)));
    door.shutdown().await;
}

#[tokio::test]
async fn a_page_of_another_origin_does_not_get_through() {
    let instance = start(Options::default()).await;
    let door = passing_to(instance.origin(), Vec::new()).await;
    let handshake = |page: String| {
        http()
            .get(format!("{}/cryptpad_websocket", door.origin()))
            .header("connection", "upgrade")
            .header("upgrade", "websocket")
            .header("sec-websocket-version", "13")
            .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==")
            .header("origin", page)
            .send()
    };
    assert_eq!(handshake("https://evil.example".into()).await.unwrap().status(), 403);
    assert_eq!(handshake(door.origin()).await.unwrap().status(), 101);
    door.shutdown().await;
    instance.shutdown().await;
}

#[tokio::test]
async fn what_is_no_origin_is_refused_at_the_start() {
    for origin in ["pad.example.org", "https://x/y", "ftp://x"] {
        let upstream = Upstream { origin: origin.into(), also: Vec::new(), extra_roots: Vec::new() };
        let refused = Server::start(Options { upstream: Some(upstream), ..Options::default() }).await;
        assert_eq!(refused.err().unwrap().code(), Code::MisuseBadArgument, "{origin}");
    }
}

/// Whatever an instance says, answers or is asked: no connection goes anywhere but to the origin that was named.
#[tokio::test]
async fn nothing_goes_to_another_origin() {
    use axum::http::{HeaderMap, StatusCode, header};
    use axum::response::IntoResponse;

    let elsewhere = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let other = elsewhere.local_addr().unwrap();
    let tempted = tokio::spawn(async move { elsewhere.accept().await.is_ok() });
    for config in [
        json!({}),
        json!({"fileHost": format!("http://{other}")}),
        json!({"websocketPath": format!("ws://{other}/x")}),
        json!({"websocketPath": format!("//{other}/x")}),
        json!({"websocketPath": format!("@{other}/x")}),
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let text = format!("define(function(){{;\nreturn {config};\n}});");
        let sends = move || async move {
            let headers: HeaderMap = [
                (header::LOCATION, format!("http://{other}/there").parse().unwrap()),
                (header::REFRESH, format!("0; url=http://{other}/").parse().unwrap()),
                (header::CONTENT_LOCATION, format!("http://{other}/").parse().unwrap()),
            ]
            .into_iter()
            .collect();
            (StatusCode::TEMPORARY_REDIRECT, headers).into_response()
        };
        let app = axum::Router::new()
            .route("/api/config", axum::routing::get(move || async move { text }))
            .fallback(sends);
        tokio::spawn(async move { axum::serve(listener, app).await });
        let door = passing_to(origin, Vec::new()).await;
        let ask = |request: String| {
            let address = door.addr;
            async move {
                use tokio::io::{AsyncReadExt, AsyncWriteExt};
                let mut stream = TcpStream::connect(address).await.unwrap();
                stream.write_all(request.as_bytes()).await.unwrap();
                let mut answer = Vec::new();
                stream.read_to_end(&mut answer).await.unwrap();
                String::from_utf8_lossy(&answer).into_owned()
            }
        };
        let key = format!("{}=", "A".repeat(43));
        let upgrade = "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nConnection: upgrade, close";
        for (method, path, extra) in [
            ("GET", "/api/config".to_owned(), ""),
            ("GET", "/api/broadcast".to_owned(), ""),
            ("GET", format!("/block/AA/{key}"), ""),
            ("GET", format!("/blob/ff/{}", "f".repeat(48)), ""),
            ("GET", format!("/block/AA/..%2f..%2f{key}"), ""),
            ("GET", format!("//{other}/block/AA/{key}"), ""),
            ("GET", format!("/block/@{other}/{key}"), ""),
            ("GET", format!("http://{other}/block/AA/{key}"), ""),
            ("GET", format!("http://{other}/api/broadcast"), ""),
            ("POST", "/api/auth/".to_owned(), "Content-Length: 0"),
            ("GET", "/cryptpad_websocket".to_owned(), upgrade),
            ("GET", format!("/cryptpad_websocket?url=ws://{other}/"), upgrade),
            ("CONNECT", other.to_string(), ""),
        ] {
            let extra = if extra.is_empty() {
                "Connection: close".into()
            } else {
                format!("{extra}\r\nX-Forwarded-Host: {other}")
            };
            let close = if extra.contains("onnection") { "" } else { "Connection: close\r\n" };
            let answer =
                ask(format!("{method} {path} HTTP/1.1\r\nHost: {}\r\n{close}{extra}\r\n\r\n", door.addr))
                    .await;
            assert!(
                !answer.contains(&other.to_string()) || answer.contains("was not named"),
                "{method} {path}: {answer}"
            );
            assert!(
                !answer.starts_with("HTTP/1.1 3") && !answer.starts_with("HTTP/1.1 101"),
                "{method} {path}: {answer}"
            );
        }
        for host in [other.to_string(), format!("{other}@{}", door.addr), "evil.example".into()] {
            let answer =
                ask(format!("GET /api/broadcast HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"))
                    .await;
            assert!(!answer.starts_with("HTTP/1.1 2"), "{host}: {answer}");
        }
        door.shutdown().await;
    }
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    assert!(!tempted.is_finished(), "somebody connected to the other origin");
}

/// A TLS server that hands everything on to a plain one.
async fn tls_in_front_of(plain: SocketAddr, certificate: &[u8], key: Vec<u8>) -> SocketAddr {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![CertificateDer::from(certificate.to_vec())],
            PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key)),
        )
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("localhost:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let Ok(mut encrypted) = acceptor.accept(stream).await else { return };
                let mut inner = TcpStream::connect(plain).await.unwrap();
                let _ = copy_bidirectional(&mut encrypted, &mut inner).await;
            });
        }
    });
    address
}
