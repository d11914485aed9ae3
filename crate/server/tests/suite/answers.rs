//! The questions that were put to a real CryptPad 2026.2.2 server, put to this one. What was answered there is in
//! `tests/real-server/answers.ndjson`, with names in place of ids, keys, cookies and times; `questions.ndjson` says
//! what was asked, in the same order. All answers are the same; two frames may come with another question.

use crate::support::{Client, Event, PATIENCE, http, key, public, sign, signed_message, start};
use pinfold_server::{Options, Running};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;

/// A frame that came late to the recording: it may stand in any of these answers, or between two of them, as the time
/// falls.
struct Late {
    answers: &'static [&'static str],
    ends_with: &'static str,
}
const LATE: [Late; 2] = [
    // The real server took its time: the answer came with that of the next question.
    Late {
        answers: &["private message absent", "is new after private message"],
        ends_with: r#"",null,null,null]"]"#,
    },
    // Another client had left before; the recording heard of it behind the answer.
    Late { answers: &["hk unknown"], ends_with: r#""UID_B","LEAVE","CHAN1"]"# },
];
/// A header that is stricter on purpose: no page of another site may embed what a server on the loopback interface
/// holds. That of the bare WebSocket path is missing there, with the caching rule and the sandbox's origin.
const OWN_HEADERS: &str = "cross-origin-resource-policy";

/// The ways to ask something of a connection.
const ASKING: [&str; 5] = ["send", "text", "keeper", "anonymous", "signed"];

fn lines(name: &str) -> Vec<Value> {
    let path = format!("{}/../../tests/real-server/{name}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test]
async fn a_real_server_answers_the_same() {
    let server = start(Options::default()).await;
    let answers: BTreeMap<String, Value> = lines("answers.ndjson")
        .into_iter()
        .map(|a| (a["name"].as_str().unwrap().into(), a["frames"].clone()))
        .collect();
    assert_eq!(answers.len(), 146);
    let mut asked = 0;
    let mut different = Vec::new();
    let mut trial = Trial::new(&server);
    for question in lines("questions.ndjson") {
        let Some(name) = question["name"].as_str() else {
            trial.ask(&question, 1000, "set-up", 0).await;
            continue;
        };
        let expected: Vec<&str> =
            answers[name].as_array().unwrap().iter().map(|f| f.as_str().unwrap()).collect();
        asked += 1;
        let late = LATE.iter().find(|late| late.answers.contains(&name));
        let in_time = |frame: &str| late.is_none_or(|late| !frame.ends_with(late.ends_with));
        let least = expected.iter().filter(|frame| in_time(frame)).count();
        let given = match question.get("http") {
            Some(request) => over_http(&server, request, &question).await,
            None => trial.answer(&question, &expected, least).await,
        };
        let expected: Vec<String> =
            expected.into_iter().filter_map(comparable).filter(|frame| in_time(frame)).collect();
        let given: Vec<String> = given.into_iter().filter(|frame| in_time(frame)).collect();
        if given != expected {
            different.push((name.to_owned(), expected, given));
        }
    }
    assert_eq!(asked, 146);
    assert!(different.is_empty(), "name, recorded, given: {different:#?}");
    server.shutdown().await;
}

/// What is left to compare of a recorded frame.
fn comparable(frame: &str) -> Option<String> {
    (!frame.starts_with(OWN_HEADERS)).then(|| without_hash(frame.to_owned()))
}

/// The hash of a list of ids that were drawn; that of the empty list is always the same.
fn without_hash(frame: String) -> String {
    let Some(at) = frame.find("==\\\"]") else { return frame };
    let start = frame[..at].rfind('"').map_or(0, |quote| quote + 1);
    let hash = &frame[start..at + 2];
    if hash.starts_with("slspTLTetp6g") { frame } else { frame.replace(hash, "HASH") }
}

struct Trial<'a> {
    server: &'a Running,
    clients: BTreeMap<String, Client>,
    /// What is written in place of each name, and read as it.
    names: Vec<(String, String)>,
    cookie: Value,
}

impl<'a> Trial<'a> {
    fn new(server: &'a Running) -> Self {
        let owner = key("owner");
        let message = |n: usize| signed_message(&key("signs"), &format!("message {n} {}", "x".repeat(80)));
        let mut names: Vec<(String, String)> =
            (1..=9).map(|n| (format!("CHAN{n}"), format!("{n:x}0c{n:029x}"))).collect();
        let x31 = "e".repeat(31);
        names.push(("X31c5e1".into(), format!("{x31}c5e1")));
        for (name, id) in [
            ("X31", x31),
            ("X33", "1".repeat(33)),
            ("X34", "2".repeat(34)),
            ("X48", "4".repeat(48)),
            ("Xupper", "ABCDEF01".repeat(4)),
            ("Xbadchars", "no/id.at all!".into()),
        ] {
            names.push((name.into(), id));
        }
        for n in 1..=3 {
            names.push((format!("HASH{n}"), message(n)[..64].into()));
            names.push((format!("M{n}"), message(n)));
        }
        names.push(("KEY".into(), public(&owner)));
        names.push(("SIGNS".into(), public(&key("signs"))));
        Self { server, clients: BTreeMap::new(), names, cookie: Value::Null }
    }

    /// Asks as it was asked there, and returns what came, in the names of the recording.
    /// At `least` so many frames have to come.
    async fn answer(&mut self, question: &Value, expected: &[&str], least: usize) -> Vec<String> {
        let who = question["client"].as_str().unwrap();
        // The numbers of frames and calls are those of the recording.
        let numbers = expected.iter().filter_map(|frame| serde_json::from_str::<Value>(frame).ok());
        let seq = numbers.filter_map(|frame| frame[0].as_u64()).find(|seq| *seq > 0).unwrap_or(1000);
        let call = expected.iter().rev().find_map(|frame| {
            let at = frame.find("\"[\\\"rpc").or_else(|| frame.find("\"[\\\"anon"))? + 4;
            Some(frame[at..].split('\\').next().unwrap().to_owned())
        });
        if let Some(wait) = question["wait"].as_u64() {
            tokio::time::sleep(Duration::from_millis(wait)).await;
        }
        // What others did before does not belong to the answer, unless nothing is asked but what came.
        if ASKING.iter().any(|way| question.get(way).is_some()) {
            for client in self.clients.values_mut() {
                client.until_here().await;
            }
        }
        let early = self.ask(question, seq, call.as_deref().unwrap_or("call"), expected.len()).await;
        let mut early = early.into_iter();
        let mut given = Vec::new();
        let client = self.clients.get_mut(who).unwrap();
        loop {
            // Waits long for a recorded frame, and briefly for others.
            let patience = if given.len() < least { PATIENCE } else { Duration::from_millis(25) };
            let event = match early.next() {
                None => client.pending_text(patience).await,
                early => early,
            };
            match event {
                Some(Event::Closed) => given.push("<closed 1005>".into()),
                Some(Event::Text(text)) => given.push(text),
                _ => break,
            }
            if given.last().is_some_and(|frame| frame.starts_with('<')) {
                break;
            }
        }
        given.into_iter().map(|frame| self.in_names(who, frame)).collect()
    }

    /// Asks. What comes to the one who asks before others act is given back.
    async fn ask(&mut self, question: &Value, seq: u64, call: &str, expected: usize) -> Vec<Event> {
        let who = question["client"].as_str().unwrap();
        if question["fresh"] == true || !self.clients.contains_key(who) {
            let mut client = Client::connect_silently(self.server).await;
            if question["connect"] == true {
                self.clients.insert(who.into(), client);
                return Vec::new();
            }
            let ident = client.frame().await;
            client.uid = ident[3].as_str().unwrap().into();
            // Where the history keeper is asked, or a client stays, it is in a first channel.
            if question["fresh"] != true || question.get("keeper").is_some() {
                let first = self.names[0].1.clone();
                client.join(&first).await;
            }
            self.clients.insert(who.into(), client);
        }
        let spelled = |value: &Value| -> Value {
            let mut text = value.to_string();
            for (name, id) in &self.names {
                text = text.replace(&format!("${name}\""), &format!("{id}\""));
                text = text.replace(&format!("${name}#"), &format!("{id}#"));
            }
            serde_json::from_str(&text).unwrap()
        };
        let client = self.clients.get_mut(who).unwrap();
        let to_keeper = |client: &Client, text: String| json!([seq, "MSG", client.keeper, text]).to_string();
        let text = if let Some(text) = question["text"].as_str() {
            text.to_owned()
        } else if let Some(rest) = question.get("send") {
            let mut frame = vec![json!(seq)];
            frame.extend(spelled(rest).as_array().unwrap().clone());
            Value::Array(frame).to_string()
        } else if let Some(body) = question.get("keeper") {
            let body = body.as_str().map_or_else(|| spelled(body).to_string(), Into::into);
            to_keeper(client, body)
        } else if let Some(body) = question.get("anonymous") {
            to_keeper(client, json!([call, spelled(body)]).to_string())
        } else if let Some(signed) = question.get("signed") {
            let signed = spelled(signed);
            let owner = key("owner");
            let cookie = question.get("cookie").unwrap_or(&self.cookie);
            let signature = match question["forged"] == true {
                true => sign(&owner, b"something else"),
                false => sign(&owner, json!([cookie, signed[0], signed[1]]).to_string().as_bytes()),
            };
            let body = json!([signature, public(&owner), cookie, signed[0], signed[1]]);
            to_keeper(client, json!([call, body]).to_string())
        } else {
            return Vec::new();
        };
        client.send_text(&text).await;
        if expected == 0 && question["name"].is_null() {
            client.until_here().await;
        }
        let mut early = Vec::new();
        for (other, rest) in
            question["then"].as_array().into_iter().flatten().map(|then| (&then[0], &then[1]))
        {
            let mut frame = vec![json!(1000)];
            frame.extend(spelled(rest).as_array().unwrap().clone());
            // The one who joins is in before others write.
            early.extend(self.clients.get_mut(who).unwrap().until_here().await);
            self.clients.get_mut(other.as_str().unwrap()).unwrap().send_text(&json!(frame).to_string()).await;
        }
        early
    }

    fn in_names(&mut self, who: &str, frame: String) -> String {
        let client = self.clients.get_mut(who).unwrap();
        if let Ok(read) = serde_json::from_str::<Value>(&frame) {
            if read[2] == "IDENT" {
                client.uid = read[3].as_str().unwrap().into();
            }
            if read[2] == "JOIN" && read[1].as_str().is_some_and(|uid| uid.len() == 16) {
                client.keeper = read[1].as_str().unwrap().into();
            }
            // A client that names no channel is given one: the recording's own.
            if let Some(drawn) = read[2].as_str().filter(|id| read[1] == "JACK" && id.len() == 32)
                && !self.names.iter().any(|(_, id)| id == drawn)
            {
                self.names.push(("b08878f052cd1d71be5923d599ea15b3".into(), drawn.to_owned()));
            }
            let text = read[4].as_str().and_then(|text| serde_json::from_str::<Value>(text).ok());
            if let Some(cookie) = text.as_ref().and_then(|text| text[1].as_str()).filter(|c| c.contains('|'))
            {
                self.cookie = json!(cookie);
            }
        }
        let mut frame = frame;
        if let Some(cookie) = self.cookie.as_str() {
            frame = frame.replace(cookie, "COOKIE");
        }
        for (name, client) in &self.clients {
            frame = frame.replace(&client.uid, &format!("UID_{name}"));
            if !client.keeper.is_empty() {
                frame = frame.replace(&client.keeper, "HK");
            }
        }
        let mut longest_first = self.names.clone();
        longest_first.sort_by_key(|(_, id)| std::cmp::Reverse(id.len()));
        for (name, id) in &longest_first {
            frame = frame.replace(id.as_str(), if name == "SIGNS" { "KEY" } else { name });
        }
        without_hash(sizes_and_times(&frame))
    }
}

/// Writes TIME for a time. The recorded log is longer than this test's: its size is written in place of this one's.
fn sizes_and_times(frame: &str) -> String {
    let mut out = String::new();
    let mut digits = String::new();
    for character in frame.chars().chain(['\0']) {
        if character.is_ascii_digit() {
            digits.push(character);
            continue;
        }
        let written = if digits.len() == 13 { "TIME" } else { digits.as_str() };
        let sized = frame.contains("anon7\\\",null,") && out.ends_with("null,") && !digits.is_empty();
        out.push_str(if sized { "1038" } else { written });
        digits.clear();
        out.push(character);
    }
    out.trim_end_matches('\0').to_owned()
}

async fn over_http(server: &Running, request: &Value, question: &Value) -> Vec<String> {
    let method: reqwest::Method = request[0].as_str().unwrap().parse().unwrap();
    let asking = http().request(method, format!("{}{}", server.origin(), request[1].as_str().unwrap()));
    let body = question["body"].as_str().unwrap_or_default().to_owned();
    let answer = asking.header("content-type", "application/json").body(body).send().await.unwrap();
    let mut given = vec![answer.status().as_u16().to_string()];
    for header in ["content-type", "cache-control", "access-control-allow-origin"] {
        if let Some(value) = answer.headers().get(header) {
            let value = value.to_str().unwrap().replace(&server.origin(), "http://SANDBOX");
            // The bare path of the WebSocket is answered by another program there.
            if request[1] != "/cryptpad_websocket" || header == "content-type" {
                given.push(format!("{header}: {value}"));
            }
        }
    }
    if answer.headers().contains_key("etag") {
        given.push("etag: present".into());
    }
    let body = answer.text().await.unwrap();
    given.push(match body.strip_prefix("<!DOCTYPE html>") {
        Some(_) => "<html page>".into(),
        None if body.starts_with("define(") => body[..27].replace('\n', "\\n"),
        None => body,
    });
    given
}
