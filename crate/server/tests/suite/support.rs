//! A client that speaks frames, and a server in a temporary directory.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signer, SigningKey};
use futures_util::{SinkExt, StreamExt};
use pinfold_server::{Options, Running, Server};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{WebSocketStream, client_async};

/// Longer than anything here takes, shorter than a person's patience.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);
/// How long to listen before saying that nothing came.
const QUIET: Duration = Duration::from_millis(80);

pub(crate) async fn start(options: Options) -> Running {
    Server::start(options).await.unwrap()
}

/// An HTTP client that takes no proxy's advice.
pub(crate) fn http() -> reqwest::Client {
    // A second installation is refused, and that is fine.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().build().unwrap()
}

pub(crate) async fn get(url: impl AsRef<str>) -> reqwest::Response {
    http().get(url.as_ref()).send().await.unwrap()
}

pub(crate) fn fixture() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/accounts/fixture")
}

pub(crate) fn vectors(name: &str) -> Value {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors").join(name);
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

pub(crate) fn manifest() -> Value {
    serde_json::from_str(&std::fs::read_to_string(fixture().join("manifest.json")).unwrap()).unwrap()
}

/// A key made from a word, so that a failing test can be repeated.
pub(crate) fn key(word: &str) -> SigningKey {
    let mut seed = [7; 32];
    for (byte, letter) in seed.iter_mut().zip(word.bytes()) {
        *byte = letter;
    }
    SigningKey::from_bytes(&seed)
}

pub(crate) fn public(key: &SigningKey) -> String {
    STANDARD.encode(key.verifying_key())
}

pub(crate) fn sign(key: &SigningKey, bytes: &[u8]) -> String {
    STANDARD.encode(key.sign(bytes).to_bytes())
}

/// A channel message as clients make them: signature in front, base64 around.
pub(crate) fn signed_message(key: &SigningKey, text: &str) -> String {
    let mut bytes = key.sign(text.as_bytes()).to_bytes().to_vec();
    bytes.extend_from_slice(text.as_bytes());
    STANDARD.encode(bytes)
}

/// What a socket gave.
#[derive(Debug, PartialEq)]
pub(crate) enum Event {
    Frame(Value),
    /// A text that is no JSON.
    Text(String),
    /// A close frame came.
    Closed,
    /// The connection broke without one.
    Broken,
}

pub(crate) struct Client {
    socket: WebSocketStream<TcpStream>,
    pub(crate) uid: String,
    pub(crate) keeper: String,
    seq: u64,
    cookie: Value,
}

impl Client {
    /// Connects and waits for the id.
    pub(crate) async fn connect(server: &Running) -> Self {
        let mut client = Self::connect_silently(server).await;
        client.greet().await;
        client
    }

    pub(crate) async fn connect_silently(server: &Running) -> Self {
        let stream = TcpStream::connect(server.addr).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let url = format!("ws://{}/cryptpad_websocket", server.addr);
        let (socket, _) = client_async(url, stream).await.unwrap();
        Self { socket, uid: String::new(), keeper: String::new(), seq: 0, cookie: Value::Null }
    }

    async fn greet(&mut self) {
        let ident = self.frame().await;
        assert_eq!((&ident[0], &ident[1], &ident[2]), (&json!(0), &json!(""), &json!("IDENT")));
        self.uid = ident[3].as_str().unwrap().to_owned();
        assert_eq!(self.uid.len(), 32);
    }

    pub(crate) async fn event(&mut self) -> Event {
        let next = timeout(PATIENCE, self.socket.next()).await.expect("nothing came");
        match next {
            Some(Ok(Message::Text(text))) => match serde_json::from_str(text.as_str()) {
                Ok(frame) => Event::Frame(frame),
                Err(_) => Event::Text(text.as_str().to_owned()),
            },
            Some(Ok(Message::Close(_))) => Event::Closed,
            Some(Ok(other)) => panic!("unexpected message {other:?}"),
            Some(Err(_)) | None => Event::Broken,
        }
    }

    pub(crate) async fn frame(&mut self) -> Value {
        match self.event().await {
            Event::Frame(frame) => frame,
            other => panic!("a frame was expected, not {other:?}"),
        }
    }

    /// A frame as it came, whatever it holds.
    pub(crate) async fn raw(&mut self) -> String {
        match timeout(PATIENCE, self.socket.next()).await.expect("nothing came") {
            Some(Ok(Message::Text(text))) => text.as_str().to_owned(),
            other => panic!("a frame was expected, not {other:?}"),
        }
    }

    /// What comes within a time, if anything does: a frame as its text.
    pub(crate) async fn pending_text(&mut self, patience: Duration) -> Option<Event> {
        match timeout(patience, self.socket.next()).await.ok()? {
            Some(Ok(Message::Text(text))) => Some(Event::Text(text.as_str().to_owned())),
            Some(Ok(Message::Close(_))) => Some(Event::Closed),
            _ => None,
        }
    }

    /// What the server sent before it comes to a frame that is sent now. It carries out the frames of one client in their order.
    pub(crate) async fn until_here(&mut self) -> Vec<Event> {
        const SEQ: u64 = 424_242;
        self.send_text(&json!([SEQ, "PING"]).to_string()).await;
        let here = json!([SEQ, "ACK"]).to_string();
        let mut before = Vec::new();
        loop {
            match self.pending_text(PATIENCE).await {
                Some(Event::Text(text)) if text == here => return before,
                Some(Event::Text(text)) => before.push(Event::Text(text)),
                Some(end) => {
                    before.push(end);
                    return before;
                }
                None => return before,
            }
        }
    }

    /// The frame that comes without waiting for anything else, if one does.
    pub(crate) async fn pending(&mut self) -> Option<Value> {
        let next = timeout(QUIET, self.socket.next()).await.ok()?;
        match next {
            Some(Ok(Message::Text(text))) => Some(serde_json::from_str(text.as_str()).unwrap()),
            _ => None,
        }
    }

    pub(crate) async fn assert_silent(&mut self) {
        assert_eq!(self.pending().await, None);
    }

    pub(crate) async fn send_text(&mut self, text: &str) {
        // The server may have cut the connection already; the reader finds out.
        let _ = self.socket.send(Message::text(text)).await;
    }

    /// Sends `[seq, ...rest]` and returns seq.
    pub(crate) async fn send(&mut self, rest: Value) -> u64 {
        self.seq += 1;
        let mut frame = vec![json!(self.seq)];
        frame.extend(rest.as_array().unwrap().iter().cloned());
        self.send_text(&Value::Array(frame).to_string()).await;
        self.seq
    }

    /// Joins and returns the answer's frames, up to the own JOIN or an error.
    pub(crate) async fn join(&mut self, channel: &str) -> Vec<Value> {
        let seq = self.send(json!(["JOIN", channel])).await;
        let mut frames = Vec::new();
        loop {
            let frame = self.frame().await;
            if frame[0] == json!(0) && frame[2] == json!("JOIN") && frame[1].as_str().unwrap().len() == 16 {
                self.keeper = frame[1].as_str().unwrap().to_owned();
            }
            let own = frame[2] == json!("JOIN") && frame[1] == json!(self.uid);
            let refused =
                frame[0] == json!(seq) && frame[1] == json!("ERROR") && frame[2] != json!("EJOINED");
            frames.push(frame);
            if own || refused {
                return frames;
            }
        }
    }

    /// Learns the keeper's id by joining a channel that is never stored.
    pub(crate) async fn learn_keeper(&mut self) {
        if self.keeper.is_empty() {
            let ephemeral = format!("{}ee", self.uid);
            self.join(&ephemeral).await;
        }
    }

    pub(crate) async fn write(&mut self, channel: &str, message: &str) -> Value {
        self.send(json!(["MSG", channel, message])).await;
        loop {
            let frame = self.frame().await;
            // Others come and go meanwhile.
            if frame[0] != 0 || (frame[2] != "JOIN" && frame[2] != "LEAVE") {
                return frame;
            }
        }
    }

    pub(crate) async fn ask(&mut self, text: Value) -> u64 {
        self.learn_keeper().await;
        let keeper = self.keeper.clone();
        self.send(json!(["MSG", keeper, text.to_string()])).await
    }

    /// Asks for a history and returns the texts of the answer, up to `state` or `error`.
    pub(crate) async fn history(&mut self, channel: &str, options: Value) -> Vec<Value> {
        let seq = self.ask(json!(["GET_HISTORY", channel, options])).await;
        assert_eq!(self.frame().await, json!([seq, "ACK"]));
        self.rest_of_history().await
    }

    pub(crate) async fn rest_of_history(&mut self) -> Vec<Value> {
        let mut texts = Vec::new();
        loop {
            let text = self.text().await;
            let last = text.get("state").is_some() || text.get("error").is_some();
            texts.push(text);
            if last {
                return texts;
            }
        }
    }

    /// A direct message of the history keeper, parsed.
    pub(crate) async fn text(&mut self) -> Value {
        let frame = self.frame().await;
        assert_eq!(
            (&frame[0], &frame[2], &frame[3]),
            (&json!(0), &json!("MSG"), &json!(self.uid)),
            "{frame}"
        );
        serde_json::from_str(frame[4].as_str().unwrap()).unwrap()
    }

    /// An anonymous call: the elements after the txid.
    pub(crate) async fn anonymous(&mut self, command: &str, argument: Value) -> Vec<Value> {
        let seq = self.ask(json!(["tx", [command, argument]])).await;
        self.answer(seq).await
    }

    /// A signed call: the elements after the txid. Keeps the newest cookie.
    pub(crate) async fn call(&mut self, key: &SigningKey, command: &str, argument: Value) -> Vec<Value> {
        let seq = self.send_call(key, command, argument).await;
        let answer = self.answer(seq).await;
        if answer[0] != json!("ERROR") {
            self.cookie = answer[0].clone();
        }
        answer
    }

    pub(crate) async fn send_call(&mut self, key: &SigningKey, command: &str, argument: Value) -> u64 {
        let signature = sign(key, json!([self.cookie, command, argument]).to_string().as_bytes());
        let body = json!([signature, public(key), self.cookie, command, argument]);
        self.ask(json!(["tx", body])).await
    }

    pub(crate) async fn log_in(&mut self, key: &SigningKey) {
        self.cookie = Value::Null;
        let answer = self.call(key, "COOKIE", json!("")).await;
        assert_eq!(answer.len(), 1, "{answer:?}");
    }

    async fn answer(&mut self, seq: u64) -> Vec<Value> {
        assert_eq!(self.frame().await, json!([seq, "ACK"]));
        let text = self.text().await;
        let answer = text.as_array().unwrap();
        assert_eq!(answer[0], json!("tx"));
        answer[1..].to_vec()
    }

    /// Makes a channel with this metadata and returns to where it was.
    pub(crate) async fn create(&mut self, channel: &str, metadata: Value) {
        self.join(channel).await;
        let answer = self.history(channel, json!({"txid": 1, "metadata": metadata})).await;
        assert_eq!(answer.len(), 2, "{answer:?}");
    }
}

/// The messages of a history answer.
pub(crate) fn messages(history: &[Value]) -> Vec<&str> {
    history.iter().filter_map(|text| text.get(4)?.as_str()).collect()
}

pub(crate) fn channel(letter: &str) -> String {
    letter.repeat(32)
}
