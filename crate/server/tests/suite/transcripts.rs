//! The recorded conversations with the real server, held again with this one. Ids, times, cookies and keys
//! are those of the run; everything else has to agree frame by frame.

use crate::support::{Client, Event, key, public, sign, start, vectors};
use pinfold_server::{Options, Running, Timing};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::time::Duration;

/// Agrees up to a fact about the real server's machine.
const ENOENT: &str = "ENOENT: no such file or directory";

#[tokio::test]
async fn every_recorded_conversation_goes_the_same_way() {
    let vectors = vectors("transcripts.json");
    let cases = vectors["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 17);
    for case in cases {
        let name = case["name"].as_str().unwrap();
        // The only case that is about time: 15 seconds in the recording.
        let timing = match name {
            "idle connection: server PING after 15 s" => {
                Timing { ping_after: Duration::from_millis(150), ..Timing::default() }
            }
            _ => Timing::default(),
        };
        let server = start(Options { timing, ..Options::default() }).await;
        let frames = case["frames"].as_array().unwrap();
        let mut replay = Replay::new(name, &server, frames);
        for (at, frame) in frames.iter().enumerate() {
            replay.step(at, frame).await;
        }
        server.shutdown().await;
    }
}

struct Replay<'a> {
    name: &'a str,
    server: &'a Running,
    clients: HashMap<String, Client>,
    /// Recorded text to ours: ids, cookies, public keys.
    known: HashMap<String, String>,
    over: bool,
}

impl<'a> Replay<'a> {
    fn new(name: &'a str, server: &'a Running, frames: &[Value]) -> Self {
        let mut known = HashMap::new();
        for frame in frames.iter().filter(|frame| frame["dir"] == "out") {
            if let Some(body) = frame["frame"].as_str().and_then(rpc_body) {
                let recorded = body[1].as_str().unwrap().to_owned();
                let ours = public(&key(&recorded));
                known.insert(recorded, ours);
            }
        }
        Self { name, server, clients: HashMap::new(), known, over: false }
    }

    async fn step(&mut self, at: usize, step: &Value) {
        let Some(who) = step["client"].as_str() else { return };
        let place = format!("{}, step {at}, client {who}", self.name);
        if !self.clients.contains_key(who) {
            let client = Client::connect_silently(self.server).await;
            self.clients.insert(who.to_owned(), client);
        }
        match step["dir"].as_str().unwrap() {
            "out" => self.send(who, step["frame"].as_str().unwrap()).await,
            "in" => {
                let expected: Value = serde_json::from_str(step["frame"].as_str().unwrap()).unwrap();
                let actual = self.clients.get_mut(who).unwrap().frame().await;
                self.compare(&expected, &actual, &place);
            }
            "closed" if step["code"] == 1005 => {
                assert_eq!(self.clients.get_mut(who).unwrap().event().await, Event::Closed, "{place}");
            }
            _ => {
                // The recording client hung up. Nothing more than was recorded may be on its way.
                if !std::mem::replace(&mut self.over, true) {
                    for client in self.clients.values_mut() {
                        assert_eq!(client.pending().await, None, "{place}");
                    }
                }
                self.clients.remove(who);
            }
        }
    }

    async fn send(&mut self, who: &str, recorded: &str) {
        let text = match serde_json::from_str::<Value>(recorded) {
            Ok(frame) => {
                if self.name == "expiring channel" && frame[0] == 4 {
                    tokio::time::sleep(Duration::from_millis(1100)).await;
                }
                self.sign_again(self.ours(&frame)).to_string()
            }
            Err(_) => recorded.to_owned(),
        };
        self.clients.get_mut(who).unwrap().send_text(&text).await;
    }

    /// A recorded value with our ids in the place of theirs, also inside nested JSON texts.
    fn ours(&self, recorded: &Value) -> Value {
        match recorded {
            Value::String(text) => match nested(text) {
                Some(inner) => Value::String(self.ours(&inner).to_string()),
                None => Value::String(self.known.get(text).unwrap_or(text).clone()),
            },
            Value::Array(list) => list.iter().map(|item| self.ours(item)).collect(),
            Value::Object(fields) => {
                fields.iter().map(|(name, value)| (name.clone(), self.ours(value))).collect()
            }
            other => other.clone(),
        }
    }

    /// Cookies and keys are not the recorded ones, so signatures over them cannot be either.
    fn sign_again(&self, mut frame: Value) -> Value {
        let Some(text) = frame.get(3).and_then(Value::as_str) else { return frame };
        let Some(mut body) = rpc_body(&frame.to_string()) else { return frame };
        let ours = body[1].as_str().unwrap();
        let recorded = self.known.iter().find(|(_, value)| *value == ours).unwrap().0;
        let signed = json!([body[2], body[3], body[4]]).to_string();
        body[0] = json!(sign(&key(recorded), signed.as_bytes()));
        let mut rpc: Value = serde_json::from_str(text).unwrap();
        rpc[1] = Value::Array(body);
        frame[3] = json!(rpc.to_string());
        frame
    }

    fn compare(&mut self, expected: &Value, actual: &Value, place: &str) {
        match (expected, actual) {
            (Value::String(theirs), Value::String(ours)) => self.compare_texts(theirs, ours, place),
            (Value::Array(theirs), Value::Array(ours)) => {
                assert_eq!(theirs.len(), ours.len(), "{place}\n{expected}\n{actual}");
                for (theirs, ours) in theirs.iter().zip(ours) {
                    self.compare(theirs, ours, place);
                }
            }
            (Value::Object(theirs), Value::Object(ours)) => {
                let names =
                    |fields: &serde_json::Map<String, Value>| fields.keys().cloned().collect::<Vec<_>>();
                assert_eq!(names(theirs), names(ours), "{place}\n{expected}\n{actual}");
                for (name, theirs) in theirs {
                    self.compare(theirs, &ours[name], place);
                }
            }
            (Value::Number(theirs), Value::Number(ours)) if is_time(theirs) && is_time(ours) => {}
            _ => assert_eq!(expected, actual, "{place}"),
        }
    }

    fn compare_texts(&mut self, theirs: &str, ours: &str, place: &str) {
        if let (Some(theirs), Some(ours)) = (nested(theirs), nested(ours)) {
            self.compare(&theirs, &ours, place);
            return;
        }
        if theirs.starts_with(ENOENT) {
            assert!(ours.starts_with(ENOENT), "{place}");
            return;
        }
        if let (Some(recorded), Some(token)) = (cookie_token(theirs), cookie_token(ours)) {
            // The time in front moves on; the token has to stay the session's.
            assert_eq!(recorded.is_empty(), token.is_empty(), "{place}");
            let kept = self.known.entry(format!("token {recorded}")).or_insert_with(|| token.to_owned());
            assert_eq!(kept, token, "{place}");
            self.known.insert(theirs.to_owned(), ours.to_owned());
            return;
        }
        let is_id =
            |text: &str| matches!(text.len(), 16 | 32) && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        if is_id(theirs) && is_id(ours) && theirs.len() == ours.len() && theirs != ours {
            let kept = self.known.entry(theirs.to_owned()).or_insert_with(|| ours.to_owned());
            assert_eq!(kept, ours, "{place}");
            return;
        }
        assert_eq!(self.known.get(theirs).map_or(theirs, String::as_str), ours, "{place}");
    }
}

/// The body of a signed RPC inside a frame's text.
fn rpc_body(frame: &str) -> Option<Vec<Value>> {
    let frame: Value = serde_json::from_str(frame).ok()?;
    let rpc: Value = serde_json::from_str(frame.get(3)?.as_str()?).ok()?;
    let body = rpc.get(1)?.as_array()?.clone();
    (body.len() == 5).then_some(body)
}

fn nested(text: &str) -> Option<Value> {
    let value: Value = serde_json::from_str(text).ok()?;
    (value.is_array() || value.is_object() || text.starts_with('"')).then_some(value)
}

fn is_time(number: &serde_json::Number) -> bool {
    number.as_u64().is_some_and(|number| number > 1_600_000_000_000)
}

fn cookie_token(text: &str) -> Option<&str> {
    let parts: Vec<&str> = text.split('|').collect();
    match parts.as_slice() {
        [time, pid, token] if time.len() == 13 && pid.bytes().all(|b| b.is_ascii_digit()) => Some(token),
        _ => None,
    }
}
