//! What the history keeper says to us: history, its end, notices and RPC answers (PROTOCOL.md sections 9, 11).

use std::borrow::Cow;

use crate::json::{Kind, Reader, Text, Value, write_string};
use crate::ports::UnixMillis;

/// The most elements of an RPC answer that we look at.
const ANSWER_LIMIT: usize = 64;

/// A text from the history keeper.
#[derive(Debug)]
#[allow(missing_docs, reason = "the fields are those of PROTOCOL.md 9.2")]
pub enum KeeperText<'a> {
    /// `[txid, sender, "MSG", channel, message, time]`: one stored message.
    History {
        txid: u64,
        sender: Option<Cow<'a, str>>,
        channel: Cow<'a, str>,
        message: Cow<'a, str>,
        time: Option<UnixMillis>,
    },
    /// `{"state":1,"channel","txid"}`: the history is complete.
    End { txid: u64, channel: Cow<'a, str> },
    /// `{"error","message"?,"channel","txid"?}`
    Error { txid: Option<u64>, channel: Cow<'a, str>, code: Cow<'a, str>, reason: Option<Cow<'a, str>> },
    /// `["HISTORY_RANGE", txid, [0, sender, "MSG", channel, message, time]]`: one stored message of those asked for by range.
    Range { txid: u64, sender: Option<Cow<'a, str>>, message: Cow<'a, str>, time: Option<UnixMillis> },
    /// `["HISTORY_RANGE_END", txid, channel]`, or `["HISTORY_RANGE_ERROR", txid, error]`: no more of them comes.
    RangeEnd { txid: u64, readable: bool },
    /// The channel's metadata. `created`: when it was made, by the server's clock.
    Metadata { channel: Cow<'a, str>, validate_key: Option<Cow<'a, str>>, created: Option<UnixMillis> },
    /// `[word, ...]` with a text in front: the transaction id of a call, or what a page of stored messages begins with.
    Answer { word: Cow<'a, str>, body: Vec<Value> },
    /// Nothing we asked for (a doubly encoded notice, a later invention).
    Other,
}

/// The answer to "is it new?" (IS_NEW_CHANNEL, PROTOCOL.md 11.1).
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "reason is the word of the placeholder")]
pub enum Existence {
    /// The channel holds messages.
    Known,
    /// It holds none; the placeholder's reason, if there is one.
    New { reason: Option<String> },
    /// The server answered with an error, or not in the form of an answer.
    Unanswered,
}

impl Existence {
    /// Reads the elements after the transaction id.
    pub fn read(body: &[Value]) -> Self {
        match body {
            // A server that knows no placeholders may say it in one word.
            [Value::Null, answer, ..] => match answer.get("isNew").unwrap_or(answer).as_bool() {
                Some(true) => {
                    Self::New { reason: answer.get("reason").and_then(Value::as_str).map(str::to_owned) }
                }
                Some(false) => Self::Known,
                None => Self::Unanswered,
            },
            _ => Self::Unanswered,
        }
    }
}

/// Reads one text. What does not parse is [`KeeperText::Other`]: it answers nothing we wait for, and the
/// wait has a deadline.
pub fn read(text: &str) -> KeeperText<'_> {
    let mut json = Reader::new(text);
    let read = match json.peek() {
        Ok(Kind::Array) => array(&mut json),
        Ok(Kind::Object) => object(&mut json),
        _ => return KeeperText::Other,
    };
    match read {
        Ok(message) if json.end().is_ok() => message,
        _ => KeeperText::Other,
    }
}

fn array<'a>(json: &mut Reader<'a>) -> Result<KeeperText<'a>, crate::json::Error> {
    json.begin_array()?;
    json.element()?;
    if json.peek()? == Kind::String {
        let word = json.string_lossy()?;
        let mut body = Vec::new();
        if word.starts_with("HISTORY_RANGE") && json.next_element()? {
            // We ask under numbers.
            if json.peek()? == Kind::Number {
                return range(json, &word);
            }
            body.push(Value::read(json)?);
        }
        while json.next_element()? {
            if body.len() < ANSWER_LIMIT {
                body.push(Value::read(json)?);
            } else {
                json.skip_value()?;
            }
        }
        return Ok(KeeperText::Answer { word, body });
    }
    let txid = json.u64()?;
    let Stored { sender, channel, message, time } = stored(json)?;
    Ok(KeeperText::History { txid, sender, channel, message, time })
}

/// What the server stores of a message (9.1).
struct Stored<'a> {
    sender: Option<Cow<'a, str>>,
    channel: Cow<'a, str>,
    message: Cow<'a, str>,
    time: Option<UnixMillis>,
}

/// A stored line from its second element on.
fn stored<'a>(json: &mut Reader<'a>) -> Result<Stored<'a>, crate::json::Error> {
    json.element()?;
    let sender = match json.peek()? {
        Kind::String => Some(json.string_lossy()?),
        _ => {
            json.skip_value()?;
            None
        }
    };
    json.element()?;
    json.skip_value()?;
    json.element()?;
    let channel = json.string_lossy()?;
    json.element()?;
    let message = json.string_lossy()?;
    let time = super::trailing_time(json)?;
    Ok(Stored { sender, channel, message, time })
}

fn range<'a>(json: &mut Reader<'a>, word: &str) -> Result<KeeperText<'a>, crate::json::Error> {
    let txid = json.u64()?;
    if word != "HISTORY_RANGE" {
        while json.next_element()? {
            json.skip_value()?;
        }
        return Ok(KeeperText::RangeEnd { txid, readable: word == "HISTORY_RANGE_END" });
    }
    json.element()?;
    json.begin_array()?;
    json.element()?;
    json.skip_value()?;
    let Stored { sender, message, time, .. } = stored(json)?;
    while json.next_element()? {
        json.skip_value()?;
    }
    Ok(KeeperText::Range { txid, sender, message, time })
}

fn object<'a>(json: &mut Reader<'a>) -> Result<KeeperText<'a>, crate::json::Error> {
    let (mut txid, mut channel, mut code, mut reason) = (None, None, None, None);
    let (mut key, mut created) = (None, None);
    let mut ended = false;
    json.begin_object()?;
    while let Some(name) = json.next_key()? {
        let kind = json.peek()?;
        match (name.as_ref(), kind) {
            ("txid", Kind::Number) => txid = Some(json.u64()?),
            ("channel", Kind::String) => channel = Some(json.string_lossy()?),
            ("error", Kind::String) => code = Some(json.string_lossy()?),
            ("message", Kind::String) => reason = Some(json.string_lossy()?),
            ("validateKey", Kind::String) => key = Some(json.string_lossy()?),
            ("state", Kind::Number) => ended = json.u64()? == 1,
            // A time that is none makes the rest no worse.
            ("created", Kind::Number) => created = Value::read(json)?.as_u64().map(UnixMillis),
            _ => json.skip_value()?,
        }
    }
    Ok(match (channel, code, txid) {
        (Some(channel), Some(code), txid) => KeeperText::Error { txid, channel, code, reason },
        (Some(channel), None, Some(txid)) if ended => KeeperText::End { txid, channel },
        (Some(channel), None, None) => KeeperText::Metadata { channel, validate_key: key, created },
        _ => KeeperText::Other,
    })
}

/// The request for a channel's history, from a known message on or as the server sees fit (9.2).
///
/// It carries no metadata, so that it can never create a channel.
pub fn history_request(channel: &str, txid: u64, from: Option<&str>) -> String {
    let mut request = format!("[\"GET_HISTORY\",\"{channel}\",{{\"txid\":{txid}");
    if let Some(hash) = from {
        request.push_str(",\"lastKnownHash\":");
        // Hashes of the broadcast channel are the beginning of a JSON text, quotes and all.
        write_string(&Text::from(hash), &mut request);
    }
    request.push_str("}]");
    request
}

/// As [`history_request`], for a channel that is to be created with this metadata, a JSON object (9.2).
pub fn creation_request(channel: &str, txid: u64, metadata: &str) -> String {
    ["[\"GET_HISTORY\",\"", channel, "\",{\"txid\":", &txid.to_string(), ",\"metadata\":", metadata, "}]"]
        .concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_a_recorded_history() {
        let text = r#"[77,"ee9d","MSG","f23c","T6qm",1795311582012]"#;
        assert!(matches!(
            read(text),
            KeeperText::History { txid: 77, sender: Some(_), channel, message, time: Some(UnixMillis(1_795_311_582_012)) }
                if channel == "f23c" && message == "T6qm"
        ));
        assert!(matches!(
            read(r#"{"state":1,"channel":"f23c","txid":77}"#),
            KeeperText::End { txid: 77, channel } if channel == "f23c"
        ));
        assert!(matches!(
            read(r#"{"validateKey":"bC=","owners":"a text","channel":"f23c","created":1}"#),
            KeeperText::Metadata { validate_key: Some(key), created: Some(UnixMillis(1)), .. } if key == "bC="
        ));
        for created in ["-1", "1.5", "1e300", "\"1\"", "null", "[{}]"] {
            let text = format!(r#"{{"created":{created},"validateKey":"bC=","channel":"f23c"}}"#);
            let read = read(&text);
            assert!(
                matches!(read, KeeperText::Metadata { validate_key: Some(_), created: None, .. }),
                "{text}"
            );
        }
        assert!(matches!(
            read(r#"{"error":"EDELETED","message":"ARCHIVE_OWNED","channel":"f23c","txid":3}"#),
            KeeperText::Error { txid: Some(3), code, reason: Some(_), .. } if code == "EDELETED"
        ));
        assert!(
            matches!(read(r#"["tx2","ERROR","NO_COOKIE"]"#), KeeperText::Answer { body, .. } if body.len() == 2)
        );
    }

    #[test]
    fn stored_messages_that_were_asked_for_by_range() {
        let text = r#"["HISTORY_RANGE",5,[0,"fa27","MSG","0b85","vP6p",1795938061234]]"#;
        assert!(matches!(
            read(text),
            KeeperText::Range { txid: 5, sender: Some(sender), message, time: Some(UnixMillis(1_795_938_061_234)) }
                if sender == "fa27" && message == "vP6p"
        ));
        for (text, end) in [
            (r#"["HISTORY_RANGE_END",5,"0b85"]"#, true),
            (r#"["HISTORY_RANGE_ERROR",5,{"code":"ENOENT","path":"/x"}]"#, false),
        ] {
            assert!(matches!(read(text), KeeperText::RangeEnd { txid: 5, readable } if readable == end));
        }
        for text in [r#"["HISTORY_RANGE",5]"#, r#"["HISTORY_RANGE",5,{}]"#, r#"["HISTORY_RANGE_END",1.5]"#] {
            assert!(matches!(read(text), KeeperText::Other), "{text}");
        }
        let other = read(r#"["HISTORY_RANGE","r1",[]]"#);
        assert!(matches!(other, KeeperText::Answer { body, .. } if body.len() == 2));
    }

    #[test]
    fn a_channel_is_new_or_known_or_nobody_says() {
        let read = |text| match Value::parse(text) {
            Ok(Value::Array(body)) => Existence::read(&body),
            other => panic!("{other:?}"),
        };
        let gone = Existence::New { reason: Some("INACTIVE".into()) };
        assert_eq!(read(r#"[null,{"isNew":true,"reason":"INACTIVE"},null]"#), gone);
        for (text, existence) in [
            (r#"[null,{"isNew":true},null]"#, Existence::New { reason: None }),
            (r#"[null,{"isNew":false},null]"#, Existence::Known),
            ("[null,true,null]", Existence::New { reason: None }),
            ("[null,false]", Existence::Known),
            ("[null,{},null]", Existence::Unanswered),
            ("[null,null]", Existence::Unanswered),
            (r#"["ERROR","INVALID_CHAN"]"#, Existence::Unanswered),
            ("[]", Existence::Unanswered),
        ] {
            assert_eq!(read(text), existence, "{text}");
        }
    }

    #[test]
    fn what_cannot_be_read_answers_nothing() {
        for text in ["", "\"doubly {}\"", "[77,1", "{\"state\":1}", "[]", "[1.5,null,\"MSG\"]"] {
            assert!(matches!(read(text), KeeperText::Other), "{text}");
        }
    }

    #[test]
    fn a_history_request_names_no_metadata() {
        assert_eq!(history_request("ab", 7, None), r#"["GET_HISTORY","ab",{"txid":7}]"#);
        assert_eq!(
            history_request("ab", 7, Some("h+/")),
            r#"["GET_HISTORY","ab",{"txid":7,"lastKnownHash":"h+/"}]"#
        );
    }
}
