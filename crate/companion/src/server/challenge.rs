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
/// A log-in block holds two short fields; more is no block.
const LARGEST_BLOCK: usize = 64 * 1024;
const LONGEST_REASON: usize = 1024;

/// The commands that wait for their signature.
#[derive(Default)]
pub(crate) struct Challenges(Mutex<HashMap<String, Waiting>>);

/// Since when, and the command with its `txid` and `date`.
type Waiting = (Instant, Map<String, Value>);

/// An answer other than success: the HTTP status, and the name of the error.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Refused(pub(crate) u16, pub(crate) &'static str);

const MALFORMED: Refused = Refused(400, "INVALID_REQUEST");
const FAILED: Refused = Refused(500, "SERVER_ERROR");

impl Challenges {
    /// Answers either POST: a command gets its challenge, a signature its command's result.
    pub(crate) async fn answer(&self, objects: &Objects, body: &Value) -> Result<Value, Refused> {
        let body = body.as_object().ok_or(MALFORMED)?;
        match (body.get("sig").and_then(Value::as_str), body.get("txid").and_then(Value::as_str)) {
            (Some(signature), Some(txid)) => {
                let command = self.signed(signature, txid)?;
                carry_out(objects, &command).await
            }
            _ => self.challenge(body),
        }
    }

    fn challenge(&self, body: &Map<String, Value>) -> Result<Value, Refused> {
        let text = |field: &str| body.get(field).and_then(Value::as_str);
        let known = matches!(text("command"), Some("MFA_CHECK" | "WRITE_BLOCK" | "REMOVE_BLOCK"));
        if !known {
            return Err(Refused(400, "INVALID_COMMAND"));
        }
        let nonce = text("nonce").and_then(decode).is_some_and(|nonce| nonce.len() == 24);
        if !nonce || !text("publicKey").is_some_and(is_public_key) {
            return Err(MALFORMED);
        }
        let txid = random_hex(24).map_err(|_| FAILED)?;
        let date = humantime::format_rfc3339_millis(SystemTime::now()).to_string();
        let mut command = body.clone();
        command.insert("txid".into(), json!(txid));
        command.insert("date".into(), json!(date));
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.retain(|_, (since, _)| since.elapsed() < PATIENCE);
        if waiting.len() >= MOST_WAITING {
            return Err(Refused(429, "TOO_MANY_CHALLENGES"));
        }
        waiting.insert(txid.clone(), (Instant::now(), command));
        Ok(json!({"txid": txid, "date": date}))
    }

    /// Takes the command out: a challenge is answered once, rightly or wrongly.
    fn signed(&self, signature: &str, txid: &str) -> Result<Map<String, Value>, Refused> {
        let taken = self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(txid);
        let (since, command) = taken.ok_or(Refused(400, "UNKNOWN_CHALLENGE"))?;
        if since.elapsed() >= PATIENCE {
            return Err(Refused(400, "UNKNOWN_CHALLENGE"));
        }
        let key = command.get("publicKey").and_then(Value::as_str).unwrap_or_default();
        let signed = stringify(&Value::Object(command.clone()));
        verifies(signed.as_bytes(), signature, key)
            .then_some(command)
            .ok_or(Refused(401, "INVALID_SIGNATURE"))
    }
}

async fn carry_out(objects: &Objects, command: &Map<String, Value>) -> Result<Value, Refused> {
    let text = |field: &str| command.get(field).and_then(Value::as_str);
    let key = text("publicKey").unwrap_or_default().to_owned();
    match text("command") {
        Some("WRITE_BLOCK") => {
            write_block(objects, &key, command.get("content").unwrap_or(&Value::Null)).await
        }
        Some("REMOVE_BLOCK") => {
            let reason = text("reason").map(ToOwned::to_owned);
            if reason.as_ref().is_some_and(|reason| reason.len() > LONGEST_REASON) {
                return Err(MALFORMED);
            }
            let (objects, name) = (objects.clone(), KeyName::of_key(&key).ok_or(MALFORMED)?);
            blocking(move || objects.remove_block(&name, reason.as_deref())).await.map_err(|_| FAILED)?;
            Ok(json!({}))
        }
        // No account here has a second factor.
        Some("MFA_CHECK") => Ok(json!({"mfa": false})),
        _ => Err(Refused(400, "INVALID_COMMAND")),
    }
}

async fn write_block(objects: &Objects, key: &str, content: &Value) -> Result<Value, Refused> {
    let text = |field: &str| content.get(field).and_then(Value::as_str).unwrap_or_default();
    let bytes = decode(text("ciphertext")).ok_or(MALFORMED)?;
    if bytes.len() > LARGEST_BLOCK || bytes.is_empty() || text("publicKey") != key {
        return Err(MALFORMED);
    }
    if !verifies(&Sha512::digest(&bytes), text("signature"), key) {
        return Err(Refused(403, "E_COULD_NOT_VERIFY_BLOCK_SIGNATURE"));
    }
    let (objects, name) = (objects.clone(), KeyName::of_key(key).ok_or(MALFORMED)?);
    let id = name.as_str().to_owned();
    blocking(move || objects.write_block(&name, &bytes)).await.map_err(|_| FAILED)?;
    Ok(json!({"blockId": id}))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_recorded_challenges_verify_over_the_command_with_txid_and_date() {
        let vectors: Value =
            serde_json::from_str(include_str!("../../../../tests/vectors/http_challenge.json")).unwrap();
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
            assert_eq!(
                challenges.signed(second["sig"].as_str().unwrap(), "t"),
                Err(Refused(400, "UNKNOWN_CHALLENGE"))
            );
        }
    }
}
