//! Writing and removing log-in blocks through the challenge endpoint.

use crate::support::{get, http, key, public, sign, start};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::SigningKey;
use pinfold_server::{Options, Running};
use serde_json::{Value, json};
use sha2::{Digest, Sha512};

/// An empty body is `null`.
async fn post(server: &Running, body: &Value) -> (u16, Value) {
    let http = http();
    let url = format!("{}/api/auth/", server.origin());
    let answer = http.post(url).header("content-type", "application/json").body(body.to_string()).send();
    let answer = answer.await.unwrap();
    assert_eq!(answer.headers()["content-type"], "application/json; charset=utf-8");
    let (status, text) = (answer.status().as_u16(), answer.text().await.unwrap());
    (status, if text.is_empty() { Value::Null } else { serde_json::from_str(&text).unwrap() })
}

/// Both POSTs, signed by `signer`.
async fn command(
    server: &Running,
    mut command: Value,
    key: &SigningKey,
    signer: &SigningKey,
) -> (u16, Value) {
    command["publicKey"] = json!(public(key));
    command["nonce"] = json!(STANDARD.encode([1; 24]));
    let (status, challenge) = post(server, &command).await;
    assert_eq!(status, 200, "{challenge}");
    command["txid"] = challenge["txid"].clone();
    command["date"] = challenge["date"].clone();
    let signature = sign(signer, command.to_string().as_bytes());
    post(server, &json!({"sig": signature, "txid": challenge["txid"]})).await
}

fn write(key: &SigningKey, bytes: &[u8]) -> Value {
    json!({"command": "WRITE_BLOCK", "content": {
        "publicKey": public(key),
        "signature": sign(key, &Sha512::digest(bytes)),
        "ciphertext": STANDARD.encode(bytes),
    }})
}

#[tokio::test]
async fn a_block_is_written_read_replaced_and_removed_with_a_reason() {
    let server = start(Options::default()).await;
    let key = key("block");
    let id = public(&key).replace('/', "-");
    let url = format!("{}/block/{}/{id}", server.origin(), &id[..2]);
    let missing = get(&url).await;
    assert_eq!((missing.status().as_u16(), missing.text().await.unwrap()), (404, r#"{"code":404}"#.into()));
    for bytes in [b"first".as_slice(), b"second"] {
        assert_eq!(command(&server, write(&key, bytes), &key, &key).await, (200, Value::Null));
        assert_eq!(get(&url).await.bytes().await.unwrap(), bytes);
    }
    let remove = json!({"command": "REMOVE_BLOCK", "reason": "PASSWORD_CHANGE"});
    assert_eq!(command(&server, remove.clone(), &key, &key).await, (200, Value::Null));
    let (status, again) = command(&server, remove, &key, &key).await;
    assert_eq!(
        (status, &again["error"], &again["errorCode"]["code"]),
        (500, &json!("Execution error"), &json!("ENOENT"))
    );
    assert_eq!(command(&server, json!({"command": "MFA_CHECK"}), &key, &key).await, (200, Value::Null));
    let gone = get(&url).await;
    assert_eq!(gone.text().await.unwrap(), r#"{"reason":"PASSWORD_CHANGE","code":404}"#);
    server.shutdown().await;
}

#[tokio::test]
async fn only_the_holder_of_the_key_gets_anything_done() {
    let server = start(Options::default()).await;
    let (key, thief) = (key("block"), key("thief"));
    let refused = |error: &str| (500, json!({"error": error}));
    assert_eq!(command(&server, write(&key, b"mine"), &key, &thief).await, refused("invalid request"));
    // A block signed by somebody else, in a command rightly signed.
    let mut forged = write(&key, b"mine");
    forged["content"]["signature"] = json!(sign(&thief, &Sha512::digest(b"mine")));
    assert_eq!(command(&server, forged, &key, &key).await, refused("E_INVALID"));
    // Somebody else's block in one's own command.
    assert_eq!(command(&server, write(&key, b"mine"), &thief, &thief).await, refused("invalid request"));
    for bad in [json!({}), json!({"command": "WRITE_BLOCK"}), json!({"sig": "x", "txid": "y"}), json!([1])] {
        assert_eq!(post(&server, &bad).await, refused("invalid request"), "{bad}");
    }
    let ask = |command: &str| json!({"command": command, "publicKey": public(&key), "nonce": STANDARD.encode([1; 24])});
    assert_eq!(post(&server, &ask("TOTP_VALIDATE")).await, refused("NO_MFA_CONFIGURED"));
    assert_eq!(post(&server, &ask("NONSENSE")).await, refused("invalid command"));
    let id = public(&key).replace('/', "-");
    assert_eq!(get(format!("{}/block/{}/{id}", server.origin(), &id[..2])).await.status(), 404);
    server.shutdown().await;
}
