//! A CryptPad server in memory: no socket, no clock, no thread.
//!
//! It answers each client frame with one [`Answer`]: frames in order. When they are delivered is the
//! caller's choice, which is what makes every order of replies a value that a test can enumerate.

mod about;
mod history;
mod pins;
mod range;
mod signed;
mod writes;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use pinfold_core::crypto::sign::VerifyingKey;
use pinfold_core::encoding::decode_base64;
use pinfold_core::json::{Value, stringify};
use pinfold_core::ports::UnixMillis;

pub use about::about;
pub use pins::PinState;
pub use writes::Whim;
pub(crate) use writes::in_line;

/// The netflux id of the history keeper.
pub const KEEPER: &str = "a6f4a62968f55dc9";
/// The netflux id that every client gets.
pub const UID: &str = "2c58fdd8ae7402aac3ef868c7bd00804";

/// One stored message.
#[derive(Debug, Clone)]
pub struct Stored {
    /// The stored text, `cp|` prefix and all.
    pub message: String,
    /// When, in milliseconds since the epoch.
    pub time: u64,
}

/// One channel.
#[derive(Debug, Clone, Default)]
pub struct Channel {
    /// The metadata object as JSON text.
    pub metadata: Option<String>,
    /// The log.
    pub messages: Vec<Stored>,
    /// Keys that may enter, where the channel is restricted.
    pub allowed: Option<Vec<String>>,
    /// The reason of the placeholder, where the channel is gone.
    pub placeholder: Option<String>,
    /// Answers nothing.
    pub silent: bool,
    /// Answers "is it new?" with yes, whatever the log holds.
    pub claims_new: bool,
    /// The id of the checkpoint that was stored last.
    pub last_checkpoint: Option<String>,
    /// What stands in place of the message at some places of the log: the elements of the stored line from there
    /// on, as JSON, of whatever kind a stranger wrote.
    pub odd: BTreeMap<usize, String>,
    /// Who wrote a line, where the history says so, by its place.
    pub authors: BTreeMap<usize, String>,
    /// The last line on the disk was torn: what is written next is glued to it, and lost though it was acknowledged.
    pub torn: bool,
}

/// How much the ids of one key may take up.
#[derive(Debug, Clone, Default)]
pub struct Quota {
    /// The bytes that are allowed.
    pub limit: u64,
    /// The bytes of each id; those that are not here have none.
    pub sizes: BTreeMap<String, u64>,
}

/// The frames that answer one client frame, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// What was asked, for schedules and messages: `JOIN f1…`, `PIN`, `GET_HISTORY f1…`.
    pub about: String,
    /// What comes back.
    pub frames: Vec<String>,
    /// Answers in the same line come in their order.
    pub line: Option<String>,
}

impl Answer {
    /// The command that was asked.
    pub fn command(&self) -> &str {
        self.about.split(' ').next().unwrap_or_default()
    }

    /// The channel it was about; signed calls are about none.
    pub fn channel(&self) -> Option<&str> {
        self.about.split_once(' ').map(|(_, channel)| channel)
    }
}

/// The server.
#[derive(Debug, Default, Clone)]
pub struct MemoryServer {
    /// Channels by id.
    pub channels: HashMap<String, Channel>,
    /// The pin log and cache of each key.
    pub pins: BTreeMap<String, PinState>,
    /// Every RPC command that was carried out, with the ids it named, in order.
    pub commands: Vec<(String, Vec<String>)>,
    /// Answer the next so many authenticated calls with NO_COOKIE.
    pub forget_cookies: usize,
    /// Commands that are carried out but whose answer is lost with the connection.
    pub cut_after: Option<&'static str>,
    /// Commands that are refused with this word.
    pub refuse: BTreeMap<String, String>,
    /// An id that PIN is refused for, and with which word.
    pub odd: Option<(String, String)>,
    /// What GET_FILE_SIZE answers for every channel; without it, an error.
    pub sizes: Option<u64>,
    /// The quota of every key, if there is one.
    pub quota: Option<Quota>,
    /// What happens to the next messages that are written, one for each.
    pub whims: VecDeque<Option<Whim>>,
    /// How many sessions of each key were ended with EXPIRE_SESSION: their cookies no longer count.
    ended: BTreeMap<String, usize>,
    /// What time it is there, as its cookies tell.
    pub clock: UnixMillis,
    peers: BTreeMap<usize, Peer>,
}

/// What the server knows of one connection.
#[derive(Debug, Default, Clone)]
struct Peer {
    uid: String,
    joined: BTreeSet<String>,
    known_as: BTreeSet<String>,
    cookie: u64,
    /// Which session of each key its cookie is of.
    sessions: BTreeMap<String, usize>,
}

/// One signed call.
struct Call<'a> {
    seq: u64,
    txid: &'a str,
    key: String,
    cookie: &'a Value,
    command: String,
    argument: &'a Value,
}

impl Peer {
    /// What the history keeper says to this client alone.
    fn direct(&self, text: &str) -> String {
        direct_to(&self.uid, text)
    }
}

/// What the connection does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outgoing {
    /// It answers.
    Answer(Answer),
    /// It is cut.
    Cut,
}

impl MemoryServer {
    /// A new connection: nothing of the last one is remembered, except what is stored.
    pub fn connect(&mut self) -> String {
        self.connect_peer(0)
    }

    /// As [`Self::connect`], for one of several clients.
    pub fn connect_peer(&mut self, peer: usize) -> String {
        let uid = if peer == 0 { UID.to_owned() } else { format!("{peer:032x}") };
        let greeting = format!("[0,\"\",\"IDENT\",\"{uid}\"]");
        self.peers.insert(peer, Peer { uid, ..Peer::default() });
        greeting
    }

    /// The connection of one of several clients ended.
    pub fn disconnect_peer(&mut self, peer: usize) {
        self.peers.remove(&peer);
    }

    /// The clients that are in a channel.
    pub fn members(&self, channel: &str) -> Vec<usize> {
        self.peers.iter().filter(|(_, peer)| peer.joined.contains(channel)).map(|(at, _)| *at).collect()
    }

    /// Server restart or five idle minutes: pin caches are read back from their logs.
    pub fn expire_sessions(&mut self) {
        for state in self.pins.values_mut() {
            state.expire();
        }
    }

    /// Takes a client frame in.
    pub fn receive(&mut self, frame: &str) -> Vec<Outgoing> {
        self.receive_from(0, frame)
    }

    /// As [`Self::receive`], of one of several clients. One that is not connected is not heard.
    pub fn receive_from(&mut self, peer: usize, frame: &str) -> Vec<Outgoing> {
        let Some(mut known) = self.peers.remove(&peer) else { return Vec::new() };
        let heard = self.hear(&mut known, frame);
        self.peers.insert(peer, known);
        heard
    }

    fn hear(&mut self, peer: &mut Peer, frame: &str) -> Vec<Outgoing> {
        let Ok(Value::Array(frame)) = Value::parse(frame) else { return vec![Outgoing::Cut] };
        let part = |at: usize| frame.get(at).and_then(Value::as_str).unwrap_or_default();
        let seq = frame.first().and_then(Value::as_u64).unwrap_or(0);
        let direct = self.peers.values().any(|other| other.uid == part(2));
        match part(1) {
            "MSG" if direct => vec![answer(part(1), vec![ack(seq)])],
            "JOIN" => vec![self.join(peer, seq, part(2))],
            "MSG" if part(2) == KEEPER => self.keeper_hears(peer, seq, part(3)),
            "MSG" => self.written(peer, seq, part(2), part(3)),
            "LEAVE" => {
                peer.joined.remove(part(2));
                vec![answer(part(1), vec![ack(seq)])]
            }
            "PING" => vec![answer(part(1), vec![format!("[{seq},\"ACK\"]")])],
            _ => Vec::new(),
        }
    }

    fn join(&self, peer: &mut Peer, seq: u64, channel: &str) -> Outgoing {
        let about = format!("JOIN {channel}");
        if let Some(keys) = self.refuses(peer, channel) {
            let keys: String = keys.iter().map(|key| format!(",{}", quoted(key))).collect();
            return answer(&about, vec![format!("[{seq},\"ERROR\",\"ERESTRICTED\",[\"{KEEPER}\"{keys}]]")]);
        }
        peer.joined.insert(channel.to_owned());
        answer(
            &about,
            vec![
                format!("[{seq},\"JACK\",\"{channel}\"]"),
                format!("[0,\"{KEEPER}\",\"JOIN\",\"{channel}\"]"),
                format!("[0,\"{}\",\"JOIN\",\"{channel}\"]", peer.uid),
            ],
        )
    }

    fn refuses(&self, peer: &Peer, channel: &str) -> Option<&[String]> {
        let allowed = self.channels.get(channel)?.allowed.as_deref()?;
        (!allowed.iter().any(|key| peer.known_as.contains(key))).then_some(allowed)
    }

    fn keeper_hears(&mut self, peer: &mut Peer, seq: u64, text: &str) -> Vec<Outgoing> {
        let Ok(Value::Array(request)) = Value::parse(text) else { return Vec::new() };
        let part = |at: usize| request.get(at).and_then(Value::as_str).unwrap_or_default();
        if part(0) == "GET_HISTORY" {
            return self.history(peer, seq, part(1), request.get(2));
        }
        if part(0) == "GET_HISTORY_RANGE" {
            return self.range(peer, seq, part(1), request.get(2));
        }
        match request.get(1).and_then(Value::as_array) {
            Some([command, argument]) => self.anonymous(peer, seq, part(0), command, argument),
            Some([signature, key, cookie, command, argument]) => {
                let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
                let signed =
                    stringify(&Value::Array(vec![cookie.clone(), command.clone(), argument.clone()]));
                let genuine = verified(&text(signature), &text(key), &signed);
                let call =
                    Call { seq, txid: part(0), key: text(key), cookie, command: text(command), argument };
                self.authenticated(peer, &call, genuine)
            }
            _ => Vec::new(),
        }
    }

    fn anonymous(
        &mut self,
        peer: &Peer,
        seq: u64,
        txid: &str,
        command: &Value,
        argument: &Value,
    ) -> Vec<Outgoing> {
        let direct = |text: &str| peer.direct(text);
        let (command, id) = (command.as_str().unwrap_or_default(), argument.as_str().unwrap_or_default());
        let about = format!("{command} {id}");
        if let (Some(size), "GET_FILE_SIZE") = (self.sizes, command) {
            return vec![answer(&about, vec![ack(seq), direct(&format!("[\"{txid}\",null,{size},null]"))])];
        }
        let part = |at| argument.at(at).and_then(Value::as_str).map(str::to_owned);
        if let ("WRITE_PRIVATE_MESSAGE", Some(to), Some(letter)) = (command, part(0), part(1)) {
            let time = self.clock.0;
            self.write(&to, &letter, time);
            let about = format!("{command} {to}");
            return vec![answer(&about, vec![ack(seq), direct(&format!("[\"{txid}\",null,{time},null]"))])];
        }
        if command != "IS_NEW_CHANNEL" {
            return vec![answer(
                &about,
                vec![ack(seq), direct(&format!("[\"{txid}\",\"ERROR\",\"NO_COOKIE\"]"))],
            )];
        }
        let channel = self.channels.get(id);
        if channel.is_some_and(|c| c.silent) {
            return Vec::new();
        }
        let new = channel.is_none_or(|c| c.claims_new || c.placeholder.is_some() || c.messages.is_empty());
        let reason =
            channel.and_then(|c| c.placeholder.as_deref()).map(|r| format!(",\"reason\":{}", quoted(r)));
        let value = format!("{{\"isNew\":{new}{}}}", reason.unwrap_or_default());
        vec![answer(&about, vec![ack(seq), direct(&format!("[\"{txid}\",null,{value},null]"))])]
    }
}

/// Whether a call is signed. An explorer plays the same calls some ten thousand times over: each is checked once in each thread.
fn verified(signature: &str, key: &str, text: &str) -> bool {
    const MOST: usize = 10_000;
    thread_local! {
        static KNOWN: RefCell<HashMap<[String; 3], bool>> = RefCell::default();
    }
    KNOWN.with_borrow_mut(|known| {
        let call = [signature.to_owned(), key.to_owned(), text.to_owned()];
        if let Some(known) = known.get(&call) {
            return *known;
        }
        if known.len() == MOST {
            known.clear();
        }
        *known.entry(call).or_insert_with(|| is_signed(signature, key, text))
    })
}

fn is_signed(signature: &str, key: &str, text: &str) -> bool {
    let signature = decode_base64(signature).and_then(|bytes| <[u8; 64]>::try_from(bytes).ok());
    match (signature, VerifyingKey::from_base64(key)) {
        (Some(signature), Ok(key)) => key.verify_detached(text.as_bytes(), &signature).is_ok(),
        _ => false,
    }
}

fn answer(about: &str, frames: Vec<String>) -> Outgoing {
    Outgoing::Answer(Answer { about: about.to_owned(), frames, line: None })
}

fn ack(seq: u64) -> String {
    format!("[{seq},\"ACK\"]")
}

fn end(channel: &str, txid: u64) -> String {
    format!("{{\"state\":1,\"channel\":\"{channel}\",\"txid\":{txid}}}")
}

fn direct_to(uid: &str, text: &str) -> String {
    format!("[0,\"{KEEPER}\",\"MSG\",\"{uid}\",{}]", quoted(text))
}

pub(crate) fn quoted(text: &str) -> String {
    stringify(&Value::from(text))
}
