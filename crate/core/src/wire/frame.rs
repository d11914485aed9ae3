//! Netflux frames (PROTOCOL.md section 8.1).
//!
//! The server says some things itself, and hands on what other clients send, as it is: `[0, sender, ...]`. What comes
//! from a sender may have any form and proves nothing about the server; only the server's own words can be wrong.

use std::borrow::Cow;

use crate::error::{Code, Error};
use crate::ids::ChannelId;
use crate::json::{Kind, Reader, Text, write_string};
use crate::ports::UnixMillis;

/// The longest frame we read, in bytes. The server's own limit for what it reads is 100 MiB; no document
/// comes near it.
pub const FRAME_LIMIT: usize = 100 * 1024 * 1024;

/// The longest that a frame of [`FRAME_LIMIT`] can become when it is handed on: the server writes a number out that its
/// sender wrote with few characters (`1e20`). A host reads frames up to this length, so that no client ends the
/// connection of another.
pub const HANDED_ON_LIMIT: usize = 5 * FRAME_LIMIT;

/// The longest list of keys that an allow list may name before we stop counting.
const KEYS_LIMIT: usize = 4096;

/// A frame from the server.
#[derive(Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields are those of PROTOCOL.md 8.1")]
pub enum ServerFrame<'a> {
    /// `[0,"","IDENT",uid]`
    Ident { uid: Cow<'a, str> },
    /// `[0,"","PING",ms]`; wants `[0,"","PONG",ms]` back.
    Ping { stamp: u64 },
    /// `[seq,"ACK"]`
    Ack { seq: u64 },
    /// `[seq,"JACK",channel]`
    Jack { seq: u64 },
    /// `[seq,"ERROR",code?,detail?]`; a bare ERROR has an empty code.
    Error { seq: u64, code: Cow<'a, str>, keys: Vec<String> },
    /// `[0,who,"JOIN",channel]`
    Join { who: Cow<'a, str>, channel: Cow<'a, str> },
    /// `[0,from,"MSG",to,text,time?]`; nobody sent what came through WRITE_PRIVATE_MESSAGE.
    Message { from: Option<Cow<'a, str>>, to: Cow<'a, str>, text: Cow<'a, str>, time: Option<UnixMillis> },
    /// A command that does not concern us (LEAVE, PONG, later inventions).
    Other,
    /// Something that a client sent and that is no message.
    Foreign,
}

/// Reads one frame.
///
/// # Errors
/// `peer/oversized` above [`FRAME_LIMIT`]; `peer/malformed-frame` for anything that is not one JSON array
/// of the shapes above. Never for what has a sender: that is [`ServerFrame::Foreign`].
pub fn decode(text: &str) -> Result<ServerFrame<'_>, Error> {
    if text.len() > FRAME_LIMIT {
        // A number of a few characters becomes a long one on its way through the server, so nobody's limit says
        // how large this may be.
        if has_sender(text) {
            return Ok(ServerFrame::Foreign);
        }
        return Err(
            Error::new(Code::PeerOversized, "a frame is larger than any real one").with("bytes", text.len())
        );
    }
    read(text).map_err(|problem| {
        Error::new(Code::PeerMalformed, "a frame is not what the protocol sends").with("problem", problem)
    })
}

fn read(text: &str) -> Result<ServerFrame<'_>, crate::json::Error> {
    let mut json = Reader::new(text);
    json.begin_array()?;
    json.element()?;
    let seq = json.u64()?;
    json.element()?;
    let frame = if seq == 0 { from_server(&mut json)? } else { answer(&mut json, seq)? };
    if frame != ServerFrame::Foreign {
        json.end()?;
    }
    Ok(frame)
}

/// Whether a frame begins as one that has a sender.
fn has_sender(text: &str) -> bool {
    let mut json = Reader::new(text);
    let mut sender = || {
        json.begin_array()?;
        json.element()?;
        let seq = json.u64()?;
        json.element()?;
        Ok::<_, crate::json::Error>(seq == 0 && Sender::read(&mut json)? != Sender::Server)
    };
    sender().unwrap_or(false)
}

/// Passes over the elements that are left.
fn rest(json: &mut Reader<'_>) -> Result<(), crate::json::Error> {
    while json.next_element()? {
        json.skip_value()?;
    }
    Ok(())
}

/// In whose name a frame comes.
#[derive(PartialEq)]
enum Sender<'a> {
    Server,
    /// Through WRITE_PRIVATE_MESSAGE.
    Nobody,
    Client(Cow<'a, str>),
}

impl<'a> Sender<'a> {
    fn read(json: &mut Reader<'a>) -> Result<Self, crate::json::Error> {
        if json.peek()? == Kind::Null {
            return json.null().map(|()| Self::Nobody);
        }
        let name = json.string_lossy()?;
        Ok(if name.is_empty() { Self::Server } else { Self::Client(name) })
    }
}

fn from_server<'a>(json: &mut Reader<'a>) -> Result<ServerFrame<'a>, crate::json::Error> {
    let from = match Sender::read(json)? {
        Sender::Server => return own_words(json),
        Sender::Nobody => None,
        Sender::Client(name) => Some(name),
    };
    Ok(foreign(json, from).unwrap_or(ServerFrame::Foreign))
}

fn own_words<'a>(json: &mut Reader<'a>) -> Result<ServerFrame<'a>, crate::json::Error> {
    json.element()?;
    let command = json.string_lossy()?;
    let frame = match command.as_ref() {
        "IDENT" => {
            json.element()?;
            ServerFrame::Ident { uid: json.string_lossy()? }
        }
        "PING" => {
            json.element()?;
            ServerFrame::Ping { stamp: json.u64()? }
        }
        _ => ServerFrame::Other,
    };
    rest(json)?;
    Ok(frame)
}

/// What comes in the name of a client, or of the history keeper. `None`: nothing that we know a meaning for.
fn foreign<'a>(json: &mut Reader<'a>, from: Option<Cow<'a, str>>) -> Option<ServerFrame<'a>> {
    json.element().ok()?;
    let command = json.string_lossy().ok()?;
    let frame = match (command.as_ref(), from) {
        ("JOIN", Some(who)) => {
            json.element().ok()?;
            let channel = json.string_lossy().ok()?;
            rest(json).ok()?;
            ServerFrame::Join { who, channel }
        }
        ("MSG", from) => {
            json.element().ok()?;
            let to = json.string_lossy().ok()?;
            json.element().ok()?;
            let text = json.string_lossy().ok()?;
            let time = super::trailing_time(json).ok()?;
            ServerFrame::Message { from, to, text, time }
        }
        _ => {
            rest(json).ok()?;
            ServerFrame::Other
        }
    };
    Some(frame)
}

fn answer<'a>(json: &mut Reader<'a>, seq: u64) -> Result<ServerFrame<'a>, crate::json::Error> {
    let word = json.string_lossy()?;
    if word == "ERROR" {
        return error_frame(json, seq);
    }
    rest(json)?;
    Ok(match word.as_ref() {
        "ACK" => ServerFrame::Ack { seq },
        "JACK" => ServerFrame::Jack { seq },
        _ => ServerFrame::Other,
    })
}

fn error_frame<'a>(json: &mut Reader<'a>, seq: u64) -> Result<ServerFrame<'a>, crate::json::Error> {
    let mut code = None;
    let mut keys = Vec::new();
    while json.next_element()? {
        match code {
            None => code = Some(text_or_nothing(json)?),
            Some(_) => keys.extend(key_list(json)?),
        }
    }
    Ok(ServerFrame::Error { seq, code: code.unwrap_or_default(), keys })
}

fn text_or_nothing<'a>(json: &mut Reader<'a>) -> Result<Cow<'a, str>, crate::json::Error> {
    match json.peek()? {
        Kind::String => json.string_lossy(),
        _ => json.skip_value().map(|()| Cow::Borrowed("")),
    }
}

/// The detail of an error: a list of keys for ERESTRICTED, anything else otherwise.
fn key_list(json: &mut Reader<'_>) -> Result<Vec<String>, crate::json::Error> {
    let mut keys = Vec::new();
    if json.peek()? != Kind::Array {
        json.skip_value()?;
        return Ok(keys);
    }
    json.begin_array()?;
    while json.next_element()? {
        let key = text_or_nothing(json)?;
        if keys.len() < KEYS_LIMIT {
            keys.push(key.into_owned());
        }
    }
    Ok(keys)
}

/// `[seq,"JOIN",channel]`
pub fn join(seq: u64, channel: &ChannelId) -> String {
    format!("[{seq},\"JOIN\",\"{channel}\"]")
}

/// `[seq,"LEAVE",channel,""]`
pub fn leave(seq: u64, channel: &ChannelId) -> String {
    format!("[{seq},\"LEAVE\",\"{channel}\",\"\"]")
}

/// `[seq,"PING"]`
pub fn ping(seq: u64) -> String {
    format!("[{seq},\"PING\"]")
}

/// `[0,"","PONG",stamp]`
pub fn pong(stamp: u64) -> String {
    format!("[0,\"\",\"PONG\",{stamp}]")
}

/// `[seq,"MSG",to,text]`
pub fn message(seq: u64, to: &str, text: &str) -> String {
    let mut frame = String::with_capacity(text.len() + text.len() / 8 + 64);
    frame.push_str(&format!("[{seq},\"MSG\","));
    write_string(&Text::from(to), &mut frame);
    frame.push(',');
    write_string(&Text::from(text), &mut frame);
    frame.push(']');
    frame
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_of_a_recorded_conversation() {
        assert_eq!(decode(r#"[0,"","IDENT","2c58"]"#), Ok(ServerFrame::Ident { uid: "2c58".into() }));
        assert_eq!(decode(r#"[2,"JACK","927b"]"#), Ok(ServerFrame::Jack { seq: 2 }));
        assert_eq!(
            decode(r#"[0,null,"MSG","c","t\"x",17]"#),
            Ok(ServerFrame::Message {
                from: None,
                to: "c".into(),
                text: "t\"x".into(),
                time: Some(UnixMillis(17))
            })
        );
        assert_eq!(
            decode(r#"[3,"ERROR","ERESTRICTED",["hk","k1"]]"#),
            Ok(ServerFrame::Error {
                seq: 3,
                code: "ERESTRICTED".into(),
                keys: vec!["hk".into(), "k1".into()]
            })
        );
        assert_eq!(
            decode(r#"[3,"ERROR"]"#),
            Ok(ServerFrame::Error { seq: 3, code: "".into(), keys: vec![] })
        );
        assert_eq!(decode(r#"[0,"x","LATER",{"a":[1]}]"#), Ok(ServerFrame::Other));
    }

    #[test]
    fn what_has_a_sender_has_any_form_and_is_no_fault_of_the_server() {
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        for rest in [
            "",
            r#","MSG""#,
            r#","MSG",7"#,
            r#","MSG","us""#,
            r#","MSG","us",{"a":1}"#,
            &format!(r#","MSG","us",{deep}"#),
            r#","JOIN""#,
            r#","JOIN",[]"#,
            r#",7"#,
            r#",null,"x""#,
        ] {
            assert_eq!(decode(&format!(r#"[0,"x"{rest}]"#)), Ok(ServerFrame::Foreign), "{rest}");
        }
        let message = |text: &str, time: Option<u64>| {
            Ok(ServerFrame::Message {
                from: Some("x".into()),
                to: "us".into(),
                text: text.to_owned().into(),
                time: time.map(UnixMillis),
            })
        };
        // What the sender puts behind its text comes before the time of the server.
        for (more, time) in [
            ("", None),
            (",-1", None),
            (",1.5", None),
            (",1e300", None),
            (",null", None),
            (",17", Some(17)),
            (",-1,17", Some(17)),
            (",[9],17", Some(17)),
            (",17,{}", None),
            (&format!(",{deep},17"), Some(17)),
        ] {
            assert_eq!(
                decode(&format!(r#"[0,"x","MSG","us","\ud800t"{more}]"#)),
                message("\u{fffd}t", time),
                "{more}"
            );
        }
        for more in ["", ",null", ",\"why\",-1", &format!(",{deep}")] {
            assert_eq!(decode(&format!(r#"[0,"x","LEAVE","c"{more}]"#)), Ok(ServerFrame::Other));
            let joined = ServerFrame::Join { who: "x".into(), channel: "c".into() };
            assert_eq!(decode(&format!(r#"[0,"x","JOIN","c"{more}]"#)), Ok(joined));
        }
        // Names of the server's own commands mean nothing from others.
        for command in ["IDENT", "PING", "ACK"] {
            assert_eq!(decode(&format!(r#"[0,"x","{command}",[]]"#)), Ok(ServerFrame::Other));
        }
    }

    #[test]
    fn only_what_has_no_sender_can_be_too_large() {
        let long = "1".repeat(FRAME_LIMIT);
        assert_eq!(decode(&format!(r#"[0,"x","MSG","us","x",{long}]"#)), Ok(ServerFrame::Foreign));
        let own = format!(r#"[0,"","PING",{long}]"#);
        assert_eq!(decode(&own).map_err(|error| error.code()), Err(Code::PeerOversized));
    }

    #[test]
    fn what_is_no_frame_is_a_fault_of_the_server() {
        for text in [
            "",
            "{}",
            "[",
            "[0]",
            "[-1,\"ACK\"]",
            "[1,\"ACK\"",
            "[1,\"ACK\"]x",
            "[0,\"\",\"IDENT\"]",
            "[0,\"\",\"PING\",-1]",
            "[0,\"\",7]",
            "[0,7]",
        ] {
            assert_eq!(decode(text).map_err(|e| e.code()), Err(Code::PeerMalformed), "{text}");
        }
    }
}
