//! What a client frame asks for (PROTOCOL.md 8.1).

use super::hub::Hub;
use super::signature::random_hex;
use serde_json::Value;

/// A client frame, understood.
#[derive(Debug, PartialEq)]
pub(crate) enum Request {
    Ping,
    /// The channel to join; invented when the client names none.
    Join(String),
    /// The channel to leave; `None` when the client names none.
    Leave(Option<String>),
    /// A message into a channel.
    Write {
        channel: String,
        text: String,
    },
    /// A message to another client.
    Relay {
        uid: String,
        text: String,
    },
    /// GET_HISTORY and its kin, with all elements of the request.
    History {
        command: String,
        request: Vec<Value>,
    },
    /// `[txid, body]`.
    Rpc {
        txid: Value,
        body: Value,
    },
    /// A text to the history keeper that is no JSON: dropped without ACK.
    Unreadable,
}

/// A frame that is not even a frame.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct NoFrame;

/// Reads a frame: the client's number for it, and the request unless the command is unknown.
pub(crate) fn parse(text: &str, hub: &Hub) -> Result<(Value, Option<Request>), NoFrame> {
    let Ok(Value::Array(frame)) = serde_json::from_str(text) else { return Err(NoFrame) };
    let mut frame = frame.into_iter();
    let seq = frame.next().unwrap_or(Value::Null);
    let command = frame.next();
    let target = frame.next().unwrap_or(Value::Null);
    let request = match command.as_ref().and_then(Value::as_str) {
        Some("PING") => Some(Request::Ping),
        Some("JOIN") => Some(Request::Join(channel_to_join(&target))),
        Some("LEAVE") => Some(Request::Leave(named(&target))),
        Some("MSG") => message(target, frame.next(), hub),
        _ => None,
    };
    Ok((seq, request))
}

impl Request {
    /// The command, as fault rules spell it.
    pub(crate) fn command(&self) -> &str {
        match self {
            Self::Ping => "PING",
            Self::Join(_) => "JOIN",
            Self::Leave(_) => "LEAVE",
            Self::Write { .. } => "MSG",
            Self::Relay { .. } => "RELAY",
            Self::History { command, .. } => command,
            Self::Rpc { body, .. } => rpc_command(body).unwrap_or("RPC"),
            Self::Unreadable => "UNREADABLE",
        }
    }

    /// The channel it is about, if any.
    pub(crate) fn channel(&self) -> Option<&str> {
        match self {
            Self::Join(channel) | Self::Write { channel, .. } => Some(channel),
            Self::Leave(channel) => channel.as_deref(),
            Self::History { request, .. } => request.get(1)?.as_str(),
            Self::Rpc { body, .. } => rpc_channel(body),
            Self::Ping | Self::Relay { .. } | Self::Unreadable => None,
        }
    }

    /// The key an authenticated RPC claims to be by.
    pub(crate) fn account(&self) -> Option<&str> {
        match self {
            Self::Rpc { body, .. } => body.as_array().filter(|body| body.len() > 2)?.get(1)?.as_str(),
            _ => None,
        }
    }
}

/// The command of an RPC body: first of two (anonymous), or fourth of five.
fn rpc_command(body: &Value) -> Option<&str> {
    let body = body.as_array()?;
    if body.len() == 2 { body.first()?.as_str() } else { body.get(3)?.as_str() }
}

fn rpc_channel(body: &Value) -> Option<&str> {
    let argument = body.as_array()?.last()?;
    match argument {
        Value::String(id) => Some(id),
        // WRITE_PRIVATE_MESSAGE [channel, message]
        Value::Array(list) => list.first()?.as_str(),
        Value::Object(fields) => fields.get("channel")?.as_str(),
        _ => None,
    }
}

fn message(target: Value, text: Option<Value>, hub: &Hub) -> Option<Request> {
    let Value::String(target) = target else { return None };
    let Some(Value::String(text)) = text else { return None };
    if target == hub.keeper() {
        return Some(to_keeper(&text));
    }
    if hub.client(&target).is_some() {
        return Some(Request::Relay { uid: target, text });
    }
    Some(Request::Write { channel: target, text })
}

fn to_keeper(text: &str) -> Request {
    let Ok(Value::Array(request)) = serde_json::from_str(text) else { return Request::Unreadable };
    match request.first().and_then(Value::as_str) {
        Some(command @ ("GET_HISTORY" | "GET_HISTORY_RANGE" | "GET_FULL_HISTORY")) => {
            Request::History { command: command.into(), request }
        }
        _ => {
            let mut parts = request.into_iter();
            let mut next = || parts.next().unwrap_or(Value::Null);
            Request::Rpc { txid: next(), body: next() }
        }
    }
}

fn channel_to_join(target: &Value) -> String {
    // Without randomness the id is empty, which JOIN refuses.
    named(target).unwrap_or_else(|| random_hex(16).unwrap_or_default())
}

fn named(target: &Value) -> Option<String> {
    target.as_str().filter(|channel| !channel.is_empty()).map(Into::into)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn read(text: &str) -> Result<(Value, Option<Request>), NoFrame> {
        parse(text, &Hub::new("a6f4a62968f55dc9".into()))
    }

    #[test]
    fn what_is_no_list_is_no_frame_and_unknown_commands_are_ignored() {
        for text in ["", "{", "{}", "7", "\"x\"", "[1,", &"[".repeat(100_000)] {
            assert_eq!(read(text), Err(NoFrame), "{text:.20}");
        }
        for text in [
            "[]",
            "[1]",
            "[1,7]",
            "[3,\"NOSUCH\",\"x\"]",
            "[0,\"\",\"PONG\",5]",
            "[1,\"MSG\"]",
            "[1,\"MSG\",7,8]",
        ] {
            assert_eq!(read(text).unwrap().1, None, "{text}");
        }
    }

    #[test]
    fn texts_to_the_keeper_are_history_or_rpc() {
        let ask =
            |text: &str| read(&json!([2, "MSG", "a6f4a62968f55dc9", text]).to_string()).unwrap().1.unwrap();
        assert_eq!(ask("not json"), Request::Unreadable);
        assert_eq!(ask("{}"), Request::Unreadable);
        let history = ask(r#"["GET_HISTORY","c",{}]"#);
        assert_eq!((history.command(), history.channel()), ("GET_HISTORY", Some("c")));
        let anonymous = ask(r#"["tx",["IS_NEW_CHANNEL","c"]]"#);
        assert_eq!(
            (anonymous.command(), anonymous.channel(), anonymous.account()),
            ("IS_NEW_CHANNEL", Some("c"), None)
        );
        let letter = ask(r#"["tx",["WRITE_PRIVATE_MESSAGE",["c","text"]]]"#);
        assert_eq!(letter.channel(), Some("c"));
        let signed = ask(r#"["tx",["sig","key",null,"REMOVE_OWNED_CHANNEL",{"channel":"c"}]]"#);
        assert_eq!(
            (signed.command(), signed.channel(), signed.account()),
            ("REMOVE_OWNED_CHANNEL", Some("c"), Some("key"))
        );
        assert_eq!(ask(r#"["tx","x"]"#).command(), "RPC");
    }

    proptest! {
        #[test]
        fn any_text_is_a_frame_or_not_and_never_a_panic(text in ".{0,200}") {
            let _ = read(&text);
        }

        #[test]
        fn any_list_is_read(
            command in prop::sample::select(vec!["PING", "JOIN", "LEAVE", "MSG", "X"]),
            target in ".{0,40}",
            inner in prop_oneof![Just("[\"GET_HISTORY\"]".to_owned()), Just("[1,[2,3,4,5,6]]".to_owned()), ".{0,60}"],
            to_keeper in any::<bool>(),
        ) {
            let target = if to_keeper { "a6f4a62968f55dc9".to_owned() } else { target };
            let (seq, request) = read(&json!([7, command, target, inner]).to_string()).unwrap();
            prop_assert_eq!(seq, json!(7));
            if let Some(request) = request {
                let _ = (request.command(), request.channel(), request.account());
            }
        }
    }
}
