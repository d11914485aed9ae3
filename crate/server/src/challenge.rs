//! `POST /api/auth/` (PROTOCOL.md 4.5): a command, a challenge, a signature over both.

use super::javascript::stringify;
use super::signature::{decode, is_public_key, random_hex, verifies};
use super::store::{KeyName, Objects, blocking};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha512};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};
use tokio::time::Instant;

/// A challenge that is not answered in this time is forgotten.
const PATIENCE: Duration = Duration::from_secs(300);
/// Challenges waiting for their signature.
const MOST_WAITING: usize = 1000;
/// The most bytes of a log-in block: it holds two short fields.
const LARGEST_BLOCK: usize = 64 * 1024;
const LONGEST_REASON: usize = 1024;

/// The commands that wait for their signature.
#[derive(Default)]
pub(crate) struct Challenges(Mutex<HashMap<String, Waiting>>);

/// Since when, and the command with its `txid` and `date`.
type Waiting = (Instant, Map<String, Value>);

/// An answer other than success: the HTTP status and the body.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Refused(pub(crate) u16, pub(crate) Value);

/// All refusals of the real server come with status 500.
fn refused(error: &str) -> Refused {
    Refused(500, json!({"error": error}))
}

fn malformed() -> Refused {
    refused("invalid request")
}

fn failed() -> Refused {
    refused("Execution error")
}

impl Challenges {
    /// Answers either POST: a command gets its challenge, a signature its command's result.
    ///
    /// The commands known here have no result: success is an empty body.
    pub(crate) async fn answer(&self, objects: &Objects, body: &Value) -> Result<Option<Value>, Refused> {
        let body = body.as_object().ok_or_else(malformed)?;
        match (body.get("sig").and_then(Value::as_str), body.get("txid").and_then(Value::as_str)) {
            (Some(signature), Some(txid)) => {
                let command = self.signed(signature, txid)?;
                carry_out(objects, &command).await.map(|()| None)
            }
            _ => self.challenge(body).map(Some),
        }
    }

    fn challenge(&self, body: &Map<String, Value>) -> Result<Value, Refused> {
        let text = |field: &str| body.get(field).and_then(Value::as_str);
        match text("command") {
            None => return Err(malformed()),
            Some("MFA_CHECK" | "WRITE_BLOCK" | "REMOVE_BLOCK") => {}
            // No account here has a second factor.
            Some("TOTP_VALIDATE") => return Err(refused("NO_MFA_CONFIGURED")),
            Some(_) => return Err(refused("invalid command")),
        }
        let nonce = text("nonce").and_then(decode).is_some_and(|nonce| nonce.len() == 24);
        if !nonce || !text("publicKey").is_some_and(is_public_key) {
            return Err(malformed());
        }
        let txid = random_hex(16).map_err(|_| failed())?;
        let date = humantime::format_rfc3339_millis(SystemTime::now()).to_string();
        let mut command = body.clone();
        command.insert("txid".into(), json!(txid));
        command.insert("date".into(), json!(date));
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.retain(|_, (since, _)| since.elapsed() < PATIENCE);
        if waiting.len() >= MOST_WAITING {
            return Err(Refused(429, json!({"error": "TOO_MANY_CHALLENGES"})));
        }
        waiting.insert(txid.clone(), (Instant::now(), command));
        Ok(json!({"txid": txid, "date": date}))
    }

    /// Takes the command out: a challenge is answered once, rightly or wrongly.
    fn signed(&self, signature: &str, txid: &str) -> Result<Map<String, Value>, Refused> {
        let taken = self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(txid);
        let (since, command) = taken.ok_or_else(malformed)?;
        if since.elapsed() >= PATIENCE {
            return Err(malformed());
        }
        let key = command.get("publicKey").and_then(Value::as_str).unwrap_or_default();
        let signed = stringify(&Value::Object(command.clone()));
        verifies(signed.as_bytes(), signature, key).then_some(command).ok_or_else(malformed)
    }
}

async fn carry_out(objects: &Objects, command: &Map<String, Value>) -> Result<(), Refused> {
    let text = |field: &str| command.get(field).and_then(Value::as_str);
    let key = text("publicKey").unwrap_or_default().to_owned();
    match text("command") {
        Some("WRITE_BLOCK") => {
            write_block(objects, &key, command.get("content").unwrap_or(&Value::Null)).await
        }
        Some("REMOVE_BLOCK") => {
            let reason = text("reason").map(ToOwned::to_owned);
            if reason.as_ref().is_some_and(|reason| reason.len() > LONGEST_REASON) {
                return Err(malformed());
            }
            let (objects, name) = (objects.clone(), key.parse::<KeyName>().map_err(|_| malformed())?);
            if !objects.block_path(&name).is_file() {
                return Err(no_block(&name));
            }
            blocking(move || objects.remove_block(&name, reason.as_deref())).await.map_err(|_| failed())
        }
        Some("MFA_CHECK") => Ok(()),
        _ => Err(refused("invalid command")),
    }
}

/// What the real server makes of a file that is not there.
fn no_block(name: &KeyName) -> Refused {
    let path = format!("DATA/block/{}/{}", name.as_str().get(..2).unwrap_or_default(), name.as_str());
    let message = format!("ENOENT: no such file or directory, stat '{path}'");
    let error = json!({"stack": format!("Error: {message}"), "message": message, "errno": -2, "code": "ENOENT",
        "syscall": "stat", "path": path});
    Refused(500, json!({"error": "Execution error", "errorCode": error}))
}

async fn write_block(objects: &Objects, key: &str, content: &Value) -> Result<(), Refused> {
    let text = |field: &str| content.get(field).and_then(Value::as_str).unwrap_or_default();
    let bytes = decode(text("ciphertext")).ok_or_else(malformed)?;
    if bytes.len() > LARGEST_BLOCK || bytes.is_empty() || text("publicKey") != key {
        return Err(malformed());
    }
    if !verifies(&Sha512::digest(&bytes), text("signature"), key) {
        return Err(refused("E_INVALID"));
    }
    let (objects, name) = (objects.clone(), key.parse::<KeyName>().map_err(|_| malformed())?);
    blocking(move || objects.write_block(&name, &bytes)).await.map_err(|_| failed())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_recorded_challenges_verify_over_the_command_with_txid_and_date() {
        let vectors: Value =
            serde_json::from_str(include_str!("../../../tests/vectors/http_challenge.json")).unwrap();
        let cases = vectors["cases"].as_array().unwrap();
        assert_eq!(cases.len(), 3);
        for case in cases {
            let expect = &case["expect"];
            let mut command: Map<String, Value> =
                serde_json::from_str(expect["firstBody"].as_str().unwrap()).unwrap();
            let server = case["input"]["serverAnswer"].as_object().unwrap().clone();
            command.extend(server.clone());
            let waiting = HashMap::from([("t".to_owned(), (Instant::now(), command))]);
            let challenges = Challenges(Mutex::new(waiting));
            let second: Value = serde_json::from_str(expect["secondBody"].as_str().unwrap()).unwrap();
            let signed = challenges.signed(second["sig"].as_str().unwrap(), "t").unwrap();
            assert_eq!(
                stringify(&Value::Object(signed)),
                expect["signedText"].as_str().unwrap(),
                "{}",
                case["name"]
            );
            assert_eq!(challenges.signed(second["sig"].as_str().unwrap(), "t"), Err(malformed()));
        }
    }
}
