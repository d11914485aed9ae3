//! Netflux frames (PROTOCOL.md section 8.1).

use std::borrow::Cow;

use crate::error::{Code, Error};
use crate::ids::ChannelId;
use crate::json::{Kind, Reader, Text, write_string};

/// The longest frame we read, in bytes. The server's own limit for what it reads is 100 MiB; no document
/// comes near it.
pub const FRAME_LIMIT: usize = 100 * 1024 * 1024;

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
    Message { from: Option<Cow<'a, str>>, to: Cow<'a, str>, text: Cow<'a, str>, time: Option<u64> },
    /// A command that does not concern us (LEAVE, PONG, later inventions).
    Other,
}

/// Reads one frame.
///
/// # Errors
/// `peer/oversized` above [`FRAME_LIMIT`]; `peer/malformed-frame` for anything that is not one JSON array
/// of the shapes above.
pub fn decode(text: &str) -> Result<ServerFrame<'_>, Error> {
    if text.len() > FRAME_LIMIT {
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
    json.end()?;
    Ok(frame)
}

/// Passes over the elements that are left.
fn rest(json: &mut Reader<'_>) -> Result<(), crate::json::Error> {
    while json.next_element()? {
        json.skip_value()?;
    }
    Ok(())
}

fn from_server<'a>(json: &mut Reader<'a>) -> Result<ServerFrame<'a>, crate::json::Error> {
    let from = match json.peek()? {
        Kind::Null => {
            json.null()?;
            None
        }
        _ => Some(json.string_lossy()?),
    };
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
        "JOIN" => {
            json.element()?;
            ServerFrame::Join { who: from.unwrap_or_default(), channel: json.string_lossy()? }
        }
        "MSG" => return message_frame(json, from),
        _ => ServerFrame::Other,
    };
    rest(json)?;
    Ok(frame)
}

fn message_frame<'a>(
    json: &mut Reader<'a>,
    from: Option<Cow<'a, str>>,
) -> Result<ServerFrame<'a>, crate::json::Error> {
    json.element()?;
    let to = json.string_lossy()?;
    json.element()?;
    // Whoever is in one of our channels may send us anything, and the server hands it on: no fault of the server's.
    let text = text_or_nothing(json)?;
    let time = super::trailing_time(json)?;
    Ok(ServerFrame::Message { from, to, text, time })
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
            Ok(ServerFrame::Message { from: None, to: "c".into(), text: "t\"x".into(), time: Some(17) })
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
        assert_eq!(
            decode(r#"[0,"x","MSG","us",{"a":1}]"#),
            Ok(ServerFrame::Message { from: Some("x".into()), to: "us".into(), text: "".into(), time: None })
        );
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
            "[0,\"a\",\"MSG\",7]",
        ] {
            assert_eq!(decode(text).map_err(|e| e.code()), Err(Code::PeerMalformed), "{text}");
        }
    }
}
