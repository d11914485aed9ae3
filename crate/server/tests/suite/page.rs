//! What a browser's page gets.

use crate::support::{get, start};
use pinfold_server::Options;
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
