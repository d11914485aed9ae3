//! What frames and texts say, read from their JSON as a whole, to hold against what our readers make of them.

use std::borrow::Cow;

use pinfold_core::json::Value;
use pinfold_core::ports::UnixMillis;
use pinfold_core::wire::frame::{self, ServerFrame};
use pinfold_core::wire::keeper::{self, KeeperText};

use super::Problem;

/// A frame of the server, decoded; fails when it decodes to something else than it says.
pub(super) fn server_frame(text: &str) -> Result<ServerFrame<'_>, Problem> {
    let decoded = frame::decode(text)?;
    let json = Value::parse(text).map_err(|_| Problem::Failed("the server's frame is no JSON".into()))?;
    let expected = frame_of(&json).ok_or_else(|| Problem::Failed(format!("{text} is no frame")))?;
    if decoded == expected {
        Ok(decoded)
    } else {
        Err(Problem::Failed(format!("{text} decodes to {decoded:?}")))
    }
}

fn frame_of(json: &Value) -> Option<ServerFrame<'_>> {
    let text = |at: usize| json.at(at).and_then(Value::as_str).map(Cow::Borrowed);
    let seq = json.at(0)?.as_u64()?;
    if seq > 0 {
        return Some(match json.at(1)?.as_str()? {
            "ACK" => ServerFrame::Ack { seq },
            "JACK" => ServerFrame::Jack { seq },
            "ERROR" => {
                let keys = json.at(3).and_then(Value::as_array).unwrap_or_default();
                let keys = keys.iter().filter_map(|key| key.as_str().map(str::to_owned)).collect();
                ServerFrame::Error { seq, code: text(2).unwrap_or_default(), keys }
            }
            _ => return None,
        });
    }
    Some(match json.at(2)?.as_str()? {
        "IDENT" => ServerFrame::Ident { uid: text(3)? },
        "PING" => ServerFrame::Ping { stamp: json.at(3)?.as_u64()? },
        "JOIN" => ServerFrame::Join { who: text(1)?, channel: text(3)? },
        "MSG" => {
            let time = json.at(5).and_then(Value::as_u64).map(UnixMillis);
            ServerFrame::Message { from: text(1), to: text(3)?, text: text(4)?, time }
        }
        "LEAVE" => ServerFrame::Other,
        _ => return None,
    })
}

/// A text of the history keeper, read; fails when it is read as something else than it says.
pub(super) fn keeper_text(text: &str) -> Result<KeeperText<'_>, Problem> {
    let read = keeper::read(text);
    let json = Value::parse(text).map_err(|_| Problem::Failed("the keeper's text is no JSON".into()))?;
    if says(&read, &json) { Ok(read) } else { Err(Problem::Failed(format!("{text} is read as {read:?}"))) }
}

fn says(read: &KeeperText<'_>, json: &Value) -> bool {
    let at = |at: usize| json.at(at).and_then(Value::as_str);
    let field = |key: &str| json.get(key).and_then(Value::as_str);
    let number = |key: &str| json.get(key).and_then(Value::as_u64);
    match (read, json) {
        (KeeperText::Answer { word: txid, body }, Value::Array(items)) => {
            at(0) == Some(txid) && items.get(1..) == Some(body)
        }
        (KeeperText::History { txid, sender, channel, message, time }, Value::Array(items)) => {
            (json.at(0).and_then(Value::as_u64), at(1), at(2), at(3), at(4))
                == (Some(*txid), sender.as_deref(), Some("MSG"), Some(channel), Some(message))
                && items.get(5).and_then(Value::as_u64).map(UnixMillis) == *time
        }
        (KeeperText::Error { txid, channel, code, reason }, Value::Object(_)) => {
            (number("txid"), field("channel"), field("error"), field("message"))
                == (*txid, Some(channel), Some(code), reason.as_deref())
        }
        (KeeperText::End { txid, channel }, Value::Object(_)) => {
            (number("state"), number("txid"), field("channel"), field("error"))
                == (Some(1), Some(*txid), Some(channel), None)
        }
        (KeeperText::Metadata { channel, validate_key, created }, Value::Object(_)) => {
            number("created").map(UnixMillis) == *created
                && (field("channel"), field("validateKey"), json.get("state"), json.get("error"))
                    == (Some(channel), validate_key.as_deref(), None, None)
        }
        // A notice of new metadata in an unrestricted channel is encoded twice; nobody reads it (9.2).
        (KeeperText::Other, Value::String(inner)) => {
            Value::parse_text(inner).is_ok_and(|inner| inner.get("channel").is_some())
        }
        _ => false,
    }
}
