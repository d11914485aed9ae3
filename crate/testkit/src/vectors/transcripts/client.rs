//! One side of a recorded conversation, and our connection led through it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use pinfold_core::encoding::encode_base64;
use pinfold_core::ids::ChannelId;
use pinfold_core::json::{Value, stringify};
use pinfold_core::net::link::{Heard, Link, Liveness};
use pinfold_core::ports::UnixMillis;
use pinfold_core::rpc::{Rpc, anonymous};
use pinfold_core::wire::frame::{self, ServerFrame};
use pinfold_core::wire::keeper::{KeeperText, history_request};

use super::super::rpc::{any_key, command, genuine, sent};
use super::told::{keeper_text, server_frame};
use super::{Pins, Problem};

/// Longer than the silence after which a connection asks for a sign of life.
const SILENCE: Duration = Duration::from_secs(30);

/// What a sequence number stands for.
enum Asked {
    Join(ChannelId),
    History(ChannelId),
    Call(String),
}

/// 64 bytes in base64.
const SIGNATURE: usize = 88;

/// A signed call that was not answered yet.
struct Call {
    public: String,
    name: String,
    argument: Value,
    /// Whether the signature is valid: the server must say the same.
    genuine: bool,
    /// Whether the signature has the length of one. The server looks at the cookie first (PROTOCOL.md 11.2), so nothing is
    /// known of a text that is no signature where the cookie was refused.
    has_signature: bool,
    /// Ours in its place, where we have the command.
    rpc: Option<Rpc>,
}

pub(super) struct Client {
    link: Link,
    now: UnixMillis,
    heard_at: UnixMillis,
    uid: Option<String>,
    asked: BTreeMap<u64, Asked>,
    histories: BTreeSet<(String, u64)>,
    calls: BTreeMap<String, Call>,
    pong: Option<String>,
    /// It said what is no frame: the server closes.
    doomed: bool,
    closed: bool,
}

impl Default for Client {
    fn default() -> Self {
        Self {
            link: Link::opened(
                UnixMillis(0),
                Liveness { ping_after: Duration::from_secs(20), dead_after: Duration::from_secs(60) },
            ),
            now: UnixMillis(0),
            heard_at: UnixMillis(0),
            uid: None,
            asked: BTreeMap::new(),
            histories: BTreeSet::new(),
            calls: BTreeMap::new(),
            pong: None,
            doomed: false,
            closed: false,
        }
    }
}

fn failed<T>(reason: impl Into<String>) -> Result<T, Problem> {
    Err(Problem::Failed(reason.into()))
}

impl Client {
    pub(super) fn closed(&mut self) -> Result<(), Problem> {
        if std::mem::replace(&mut self.closed, true) { failed("it is closed twice") } else { Ok(()) }
    }

    /// Takes a frame of the server in.
    pub(super) fn heard(&mut self, text: &str, pins: &mut Pins) -> Result<(), Problem> {
        if self.closed || self.doomed {
            return failed("the server speaks to a closed connection");
        }
        let frame = server_frame(text)?;
        let expected = self.meaning(&frame);
        let (heard, back) = self.link.handle(self.now, text)?;
        self.heard_at = self.now;
        if heard != expected {
            return failed(format!("{text}: heard {heard:?} instead of {expected:?}"));
        }
        if back.is_some() != matches!(frame, ServerFrame::Ping { .. }) {
            return failed(format!("{text} is answered with {back:?}"));
        }
        self.pong = back.or(self.pong.take());
        if let ServerFrame::Ident { uid } = frame {
            self.uid = Some(uid.into_owned());
        }
        match heard {
            Heard::Keeper(text) => self.keeper(&text, pins),
            _ => Ok(()),
        }
    }

    /// The meaning of a frame for a client that asked these questions.
    fn meaning<'f>(&self, frame: &ServerFrame<'f>) -> Heard<'f> {
        match frame {
            ServerFrame::Ident { .. } => Heard::Identified,
            ServerFrame::Join { who, channel } if self.uid.as_deref() == Some(who) => {
                ChannelId::parse(channel).map_or(Heard::Nothing, Heard::Joined)
            }
            // A name of 16 letters is the history keeper's.
            ServerFrame::Join { who, channel } if who.len() != 16 => {
                ChannelId::parse(channel).map_or(Heard::Nothing, Heard::Member)
            }
            ServerFrame::Message { to, text, .. } if self.uid.as_deref() == Some(to) => {
                Heard::Keeper(text.clone())
            }
            ServerFrame::Message { from, to: std::borrow::Cow::Borrowed(channel), text, time } => {
                Heard::Live { channel, from: from.clone(), message: text.clone(), time: *time }
            }
            ServerFrame::Error { seq, code, keys } => match self.asked.get(seq) {
                Some(Asked::Join(_)) if code == "EJOINED" => Heard::Nothing,
                Some(Asked::Join(channel) | Asked::History(channel)) if code == "ERESTRICTED" => {
                    let keys = keys.iter().filter(|key| key.len() == 44).cloned().collect();
                    Heard::Restricted { channel: channel.clone(), keys }
                }
                Some(Asked::Join(channel) | Asked::History(channel)) => {
                    Heard::Refused { channel: channel.clone(), code: code.clone().into_owned() }
                }
                Some(Asked::Call(txid)) => {
                    Heard::RpcRefused { txid: txid.clone(), code: code.clone().into_owned() }
                }
                None => Heard::Nothing,
            },
            _ => Heard::Nothing,
        }
    }

    fn keeper(&mut self, text: &str, pins: &mut Pins) -> Result<(), Problem> {
        let asked = |channel: &str, txid| self.histories.contains(&(channel.to_owned(), txid));
        match keeper_text(text)? {
            KeeperText::History { txid, channel, .. } | KeeperText::End { txid, channel }
                if !asked(&channel, txid) =>
            {
                failed(format!("a history of {channel} that nobody asked for"))
            }
            KeeperText::Error { txid: Some(txid), channel, .. } if !asked(&channel, txid) => {
                failed(format!("an error of {channel} that nobody asked for"))
            }
            KeeperText::Answer { word: txid, body } => match self.calls.remove(txid.as_ref()) {
                Some(call) => answered(call, &body, pins),
                None => Ok(()),
            },
            _ => Ok(()),
        }
    }

    /// Takes a frame of the client in, and sends the same over our connection.
    pub(super) fn said(&mut self, text: &str) -> Result<(), Problem> {
        if self.closed || self.doomed {
            return failed("a closed connection speaks");
        }
        let Some(parts) = Value::parse(text).ok().filter(|frame| frame.as_array().is_some()) else {
            self.doomed = true;
            return if frame::decode(text).is_err() { Ok(()) } else { failed("we take it for a frame") };
        };
        let part = |at: usize| parts.at(at).and_then(Value::as_str);
        let seq = parts.at(0).and_then(Value::as_u64).unwrap_or(0);
        let channel = part(2).and_then(ChannelId::parse);
        let ours = match (part(1), &channel) {
            _ if seq == 0 && part(2) == Some("PONG") => self.pong.take(),
            (Some("PING"), _) => {
                self.now = self.heard_at + SILENCE;
                let ping = self.link.tick(self.now)?;
                Some(ping.unwrap_or_else(|| frame::ping(self.skip_seq())))
            }
            (Some("JOIN"), Some(channel)) => {
                self.asked.insert(seq, Asked::Join(channel.clone()));
                Some(self.link.join(channel))
            }
            // Our LEAVE carries an empty reason, as the real client's does.
            (Some("LEAVE"), Some(channel)) if part(3) == Some("") => Some(self.link.leave(channel)),
            (Some("MSG"), _) => {
                let (Some(to), Some(inner)) = (part(2), part(3)) else { return failed("a MSG without text") };
                let sent = if to.len() == 16 { self.ask_keeper(seq, inner)? } else { None };
                Some(sent.unwrap_or_else(|| frame::message(self.skip_seq(), to, inner)))
            }
            // Not ours: it must be JSON as we write it, and uses its number up.
            _ => {
                let number = Value::from(self.skip_seq() as f64);
                let rest = parts.as_array().unwrap_or_default().iter().skip(1).cloned();
                Some(stringify(&Value::Array([number].into_iter().chain(rest).collect())))
            }
        };
        match ours {
            Some(ours) if ours == text => Ok(()),
            ours => failed(format!("{text}: we send {ours:?}")),
        }
    }

    /// A text for the history keeper. `None` when it is nothing that our connection sends.
    fn ask_keeper(&mut self, seq: u64, text: &str) -> Result<Option<String>, Problem> {
        let Ok(request) = Value::parse(text) else { return Ok(None) };
        let part = |at: usize| request.at(at).and_then(Value::as_str);
        if part(0) == Some("GET_HISTORY") {
            let id = part(1).unwrap_or_default();
            let txid = request.at(2).and_then(|o| o.get("txid")).and_then(Value::as_u64).unwrap_or(0);
            self.histories.insert((id.to_owned(), txid));
            if request.at(2).is_some_and(is_our_request) {
                let from = request.at(2).and_then(|o| o.get("lastKnownHash")).and_then(Value::as_str);
                same(history_request(id, txid, from), text)?;
            }
            let Some(channel) = ChannelId::parse(id) else { return Ok(None) };
            let sent = self.link.ask_history(&channel, text);
            self.asked.insert(seq, Asked::History(channel));
            return Ok(sent);
        }
        let (Some(txid), Some(body)) = (part(0), request.at(1).and_then(Value::as_array)) else {
            return Ok(None);
        };
        match body {
            [Value::String(name), Value::String(argument)] => {
                if let (Some(name), Some(argument)) = (name.as_str(), argument.as_str()) {
                    same(anonymous(txid, name, argument), text)?;
                }
            }
            [signature, public, cookie, name, argument] => {
                self.signed(txid, [signature, public, cookie, name, argument])?;
            }
            _ => {}
        }
        self.asked.insert(seq, Asked::Call(txid.to_owned()));
        Ok(self.link.call(txid, text))
    }

    fn signed(&mut self, txid: &str, body: [&Value; 5]) -> Result<(), Problem> {
        let [signature, public, cookie, name, argument] = body;
        let (Some(public), Some(name)) = (public.as_str(), name.as_str()) else {
            // The server refuses it or says nothing; there is nothing to hold against it.
            return Ok(());
        };
        let signed = stringify(&Value::Array(vec![cookie.clone(), name.into(), argument.clone()]));
        let genuine = signature.as_str().is_some_and(|signature| genuine(signature, public, &signed));
        // Without a cookie, or with an empty token, we ask for one before anything else.
        let has_cookie = cookie.as_str().is_some_and(|cookie| !cookie.ends_with('|'));
        let mut rpc = None;
        let usual = match name {
            "COOKIE" => argument.as_str() == Some(""),
            "GET_HASH" => argument.as_str() == Some(public),
            _ => argument.is_null(),
        };
        let ours = usual && public.len() == 44 && (has_cookie || name == "COOKIE");
        if let Some(command) = command(name).filter(|_| ours) {
            let key = any_key();
            let (ours, waiting) = sent(key.clone(), public, cookie.as_str(), command)?;
            // The same text with a signature of ours.
            let signature = encode_base64(&key.sign_detached(signed.as_bytes()));
            let body = vec![signature.into(), public.into(), cookie.clone(), name.into(), argument.clone()];
            let theirs = stringify(&Value::Array(vec![txid.into(), body.into()]));
            same(ours.text.replacen(&ours.txid, txid, 1), &theirs)?;
            rpc = Some(waiting);
        }
        let has_signature = signature.as_str().is_some_and(|signature| signature.len() == SIGNATURE);
        let (public, name, argument) = (public.into(), name.into(), argument.clone());
        let call = Call { public, name, argument, genuine, has_signature, rpc };
        self.calls.insert(txid.to_owned(), call);
        Ok(())
    }

    /// Uses one sequence number up. The connection tells it in a LEAVE, whose answer nobody waits for.
    fn skip_seq(&mut self) -> u64 {
        let leave = ChannelId::parse(&"0".repeat(32)).map(|channel| self.link.leave(&channel));
        leave.and_then(|leave| Value::parse(&leave).ok()?.at(0)?.as_u64()).unwrap_or(0)
    }
}

/// Whether a request for a history has the options that ours has, in our order.
fn is_our_request(options: &Value) -> bool {
    let keys: Option<Vec<&str>> = options.as_object().map(|o| o.keys().filter_map(|k| k.as_str()).collect());
    let from = options.get("lastKnownHash");
    matches!(keys.as_deref(), Some(["txid"] | ["txid", "lastKnownHash"]))
        && from.is_none_or(|from| from.as_str().is_some())
}

fn same(ours: String, theirs: &str) -> Result<(), Problem> {
    if ours == theirs { Ok(()) } else { failed(format!("{theirs}: we send {ours}")) }
}

/// Our call ends as theirs did, and the server model agrees with the server about the pins.
fn answered(call: Call, body: &[Value], pins: &mut Pins) -> Result<(), Problem> {
    let Call { public, name, argument, genuine, has_signature, rpc } = call;
    let error = (body.first().and_then(Value::as_str) == Some("ERROR")).then(|| body.get(1)).flatten();
    let word = error.and_then(Value::as_str);
    let refused = word == Some("INVALID_SIGNATURE_OR_PUBLIC_KEY");
    let judged = has_signature || word != Some("NO_COOKIE");
    // Blobs are uploaded without signatures.
    if name != "UPLOAD" && judged && refused == genuine {
        return failed(format!("the server takes the signature of {name} otherwise than we do"));
    }
    if let Some(mut rpc) = rpc {
        let settled = rpc.answered(body);
        let understood = match error.and_then(Value::as_str) {
            Some("NO_COOKIE") => settled.is_none(),
            error => settled.is_some_and(|settled| settled.result.is_ok() == error.is_none()),
        };
        if !understood {
            return failed(format!("the answer to {name} is not understood"));
        }
    }
    if error.is_some() {
        return Ok(());
    }
    let ids = argument.as_array().unwrap_or_default();
    let ids: Vec<String> = ids.iter().filter_map(|id| id.as_str().map(str::to_owned)).collect();
    let state = pins.entry(public).or_default();
    match name.as_str() {
        "PIN" | "UNPIN" | "RESET" => state.apply(&name, &ids),
        "EXPIRE_SESSION" => state.expire(),
        "REMOVE_PINS" => *state = Default::default(),
        "GET_HASH" if body.get(1).and_then(Value::as_str) != Some(&state.hash()) => {
            return failed("the server model holds other pins than the server");
        }
        _ => {}
    }
    Ok(())
}
