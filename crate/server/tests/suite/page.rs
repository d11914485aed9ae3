//! What a browser's page gets.

use crate::support::{get, http, start};
use pinfold_core::error::Code;
use pinfold_server::{Options, Server};
use serde_json::Value;

#[tokio::test]
async fn pages_come_with_their_types_and_a_strict_policy() {
    let www = tempfile::tempdir().unwrap();
    for (name, content) in
        [("index.html", "<p>"), ("app.js", "1"), ("x.wasm", "\0asm"), ("a.css", "p{}"), ("i.svg", "<svg/>")]
    {
        std::fs::write(www.path().join(name), content).unwrap();
    }
    let server = start(Options { www: Some(www.path().into()), ..Options::default() }).await;
    for (path, kind) in [
        ("", "text/html"),
        ("index.html", "text/html"),
        ("app.js", "text/javascript"),
        ("x.wasm", "application/wasm"),
        ("a.css", "text/css"),
        ("i.svg", "image/svg+xml"),
    ] {
        let answer = get(format!("{}/{path}", server.origin())).await;
        assert_eq!(answer.status(), 200, "{path}");
        let headers = answer.headers();
        assert!(headers["content-type"].to_str().unwrap().starts_with(kind), "{path}: {headers:?}");
        assert_eq!(headers["cache-control"], "no-cache");
        assert_eq!(headers["x-content-type-options"], "nosniff");
        let policy = headers["content-security-policy"].to_str().unwrap();
        for part in [
            "default-src 'self'",
            "script-src 'self' 'wasm-unsafe-eval'",
            "connect-src 'self' ws: wss:",
            "style-src 'self'",
            "img-src 'self' data:",
        ] {
            assert!(policy.contains(part), "{policy}");
        }
        assert!(!policy.contains("unsafe-inline"));
    }
    assert_eq!(get(format!("{}/nothing", server.origin())).await.status(), 404);
    server.shutdown().await;
}

#[tokio::test]
async fn the_configuration_names_the_origin_the_page_came_to() {
    let server = start(Options::default()).await;
    for host in [format!("127.0.0.1:{}", server.addr.port()), format!("localhost:{}", server.addr.port())] {
        let answer = get(format!("http://{host}/api/config")).await;
        assert_eq!(answer.headers()["content-type"], "text/javascript; charset=utf-8");
        let text = answer.text().await.unwrap();
        assert!(
            text.starts_with("define(function(){;\nreturn {\n\t\"") && text.ends_with(";\n});"),
            "{text}"
        );
        let config: Value = serde_json::from_str(&text[27..text.len() - 5]).unwrap();
        assert_eq!(config["httpUnsafeOrigin"], format!("http://{host}"));
        assert!(config.get("websocketPath").is_none() && config.get("fileHost").is_none());
    }
    server.shutdown().await;
}

/// Pages of an origin that was named may read; no others, and none may change faults.
#[tokio::test]
async fn pages_of_named_origins_may_read() {
    let front = "http://localhost:5173";
    let server = start(Options { allow_origins: vec![front.into()], ..Options::default() }).await;
    let config = format!("{}/api/config", server.origin());
    let headers =
        async |page: &str| http().get(&config).header("origin", page).send().await.unwrap().headers().clone();
    let allowed = headers(front).await;
    assert_eq!(allowed["access-control-allow-origin"], front);
    assert_eq!(allowed["cross-origin-resource-policy"], "cross-origin");
    assert_eq!(allowed["vary"], "origin");
    let other = headers("http://localhost:5174").await;
    assert_eq!(other["access-control-allow-origin"], server.origin());
    assert_eq!(other["cross-origin-resource-policy"], "same-origin");
    let faults = format!("{}/pinfold/faults", server.origin());
    assert_eq!(http().delete(&faults).header("origin", front).send().await.unwrap().status(), 403);
    for odd in [
        "localhost:5173",
        "http://localhost:5173/",
        "*",
        "ftp://localhost",
        "http://LOCALHOST:5173",
        "http://localhost:80",
        "http://name:word@localhost:5173",
        "http://a.example/a.example",
    ] {
        let refused = Server::start(Options { allow_origins: vec![odd.into()], ..Options::default() }).await;
        assert_eq!(refused.err().map(|error| error.code()), Some(Code::MisuseBadArgument), "{odd}");
    }
}
