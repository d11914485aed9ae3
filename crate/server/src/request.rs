//! What a client frame asks for (PROTOCOL.md 8.1).

use super::hub::Hub;
use super::raw::{elements, text_of};
use super::signature::random_hex;
use serde_json::{Value, json};

/// A client frame, understood.
#[derive(Debug, PartialEq)]
pub(crate) enum Request {
    Ping,
    /// The channel to join, and how the client wrote its name; invented when the client names none.
    Join {
        channel: String,
        spelled: Value,
    },
    /// The channel to leave; `None` when the client names none.
    Leave(Option<String>),
    /// A message into a channel.
    Write {
        channel: String,
        content: Content,
    },
    /// A message to another client.
    Relay {
        uid: String,
        content: Content,
    },
    /// GET_HISTORY and its kin, with all elements of the request.
    History {
        command: String,
        request: Vec<Value>,
    },
    /// `[txid, body]`.
    Rpc {
        txid: Value,
        body: Option<Value>,
    },
    /// A text to the history keeper that is no JSON: dropped without ACK.
    Unreadable,
}

/// What a message carries: whatever came after its target. Others get it as it is.
#[derive(Debug, PartialEq)]
pub(crate) struct Content {
    /// The elements, as JSON.
    pub(crate) elements: Vec<String>,
    /// The first of them, if it is a text.
    pub(crate) text: Option<String>,
}

impl Content {
    fn of(elements: Vec<String>) -> Self {
        let text = elements.first().and_then(|first| text_of(first));
        Self { elements, text }
    }

    /// A text and nothing else.
    pub(crate) fn text(text: &str) -> Self {
        Self { elements: vec![json!(text).to_string()], text: Some(text.into()) }
    }
}

/// A text that is no frame.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct NoFrame;

/// Reads a frame: the client's number for it, and the request unless the command is unknown.
pub(crate) fn parse(text: &str, hub: &Hub) -> Result<(Value, Option<Request>), NoFrame> {
    let mut frame = elements(text).ok_or(NoFrame)?.into_iter();
    // An element that is nested too deep for the parser of values is `null`: nobody looks at it as a value.
    let value = |element: Option<String>| element.and_then(|element| serde_json::from_str(&element).ok());
    let seq = value(frame.next()).unwrap_or(Value::Null);
    let command = frame.next().and_then(|element| text_of(&element));
    let target = value(frame.next()).unwrap_or(Value::Null);
    let request = match command.as_deref() {
        Some("PING") => Some(Request::Ping),
        Some("JOIN") => Some(to_join(target)),
        Some("LEAVE") => Some(Request::Leave(named(&target))),
        Some("MSG") => message(target, Content::of(frame.collect()), hub)?,
        _ => None,
    };
    Ok((seq, request))
}

impl Request {
    /// The command, as fault rules spell it.
    pub(crate) fn command(&self) -> &str {
        match self {
            Self::Ping => "PING",
            Self::Join { .. } => "JOIN",
            Self::Leave(_) => "LEAVE",
            Self::Write { .. } => "MSG",
            Self::Relay { .. } => "RELAY",
            Self::History { command, .. } => command,
            Self::Rpc { body, .. } => body.as_ref().and_then(rpc_command).unwrap_or("RPC"),
            Self::Unreadable => "UNREADABLE",
        }
    }

    /// The channel it is about, if any.
    pub(crate) fn channel(&self) -> Option<&str> {
        match self {
            Self::Join { channel, .. } | Self::Write { channel, .. } => Some(channel),
            Self::Leave(channel) => channel.as_deref(),
            Self::History { request, .. } => request.get(1)?.as_str(),
            Self::Rpc { body, .. } => rpc_channel(body.as_ref()?),
            Self::Ping | Self::Relay { .. } | Self::Unreadable => None,
        }
    }

    /// The key an authenticated RPC claims to be by.
    pub(crate) fn account(&self) -> Option<&str> {
        match self {
            Self::Rpc { body, .. } => {
                body.as_ref()?.as_array().filter(|body| body.len() > 2)?.get(1)?.as_str()
            }
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

fn message(target: Value, content: Content, hub: &Hub) -> Result<Option<Request>, NoFrame> {
    let Value::String(target) = target else { return Ok(None) };
    if target == hub.keeper() {
        return to_keeper(content.text.as_deref().unwrap_or_default()).map(Some);
    }
    if hub.client(&target).is_some() {
        return Ok(Some(Request::Relay { uid: target, content }));
    }
    Ok(Some(Request::Write { channel: target, content }))
}

/// A JSON text that is no list ends the connection, as in the real server: it takes the text apart as one.
fn to_keeper(text: &str) -> Result<Request, NoFrame> {
    let request = match serde_json::from_str(text) {
        Ok(Value::Array(request)) => request,
        Ok(Value::String(_)) | Err(_) => return Ok(Request::Unreadable),
        Ok(_) => return Err(NoFrame),
    };
    Ok(match request.first().and_then(Value::as_str) {
        Some(command @ ("GET_HISTORY" | "GET_HISTORY_RANGE" | "GET_FULL_HISTORY")) => {
            Request::History { command: command.into(), request }
        }
        _ => {
            let mut parts = request.into_iter();
            Request::Rpc { txid: parts.next().unwrap_or(Value::Null), body: parts.next() }
        }
    })
}

fn to_join(target: Value) -> Request {
    match target {
        Value::Number(number) => {
            Request::Join { channel: number.to_string(), spelled: Value::Number(number) }
        }
        other => {
            // Without randomness the id is empty, which JOIN refuses.
            let channel = named(&other).unwrap_or_else(|| random_hex(16).unwrap_or_default());
            Request::Join { spelled: json!(channel), channel }
        }
    }
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
            &format!("[1,{}1{}]", "[".repeat(1000), "]".repeat(1000)),
        ] {
            assert_eq!(read(text).unwrap().1, None, "{text}");
        }
    }

    #[test]
    fn texts_to_the_keeper_are_history_or_rpc() {
        let ask =
            |text: &str| read(&json!([2, "MSG", "a6f4a62968f55dc9", text]).to_string()).unwrap().1.unwrap();
        assert_eq!(ask("not json"), Request::Unreadable);
        for text in ["{}", "7", "null"] {
            assert_eq!(
                read(&json!([2, "MSG", "a6f4a62968f55dc9", text]).to_string()),
                Err(NoFrame),
                "{text}"
            );
        }
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

    #[test]
    fn what_a_message_carries_is_kept_as_it_came() {
        let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
        for (sent, kept, text) in [
            (String::new(), vec![], None),
            (",\"x\"".into(), vec!["\"x\""], Some("x")),
            (",\"x\", -1, 1.5".into(), vec!["\"x\"", "-1", "1.5"], Some("x")),
            (format!(",{deep}"), vec![deep.as_str()], None),
        ] {
            let request = read(&format!("[1,\"MSG\",\"c\"{sent}]")).unwrap().1.unwrap();
            let content =
                Content { elements: kept.into_iter().map(Into::into).collect(), text: text.map(Into::into) };
            assert_eq!(request, Request::Write { channel: "c".into(), content });
        }
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
            let Ok((seq, request)) = read(&json!([7, command, target, inner]).to_string()) else {
                prop_assert!(to_keeper && inner.trim_start().starts_with(|c: char| c != '['));
                return Ok(());
            };
            prop_assert_eq!(seq, json!(7));
            if let Some(request) = request {
                let _ = (request.command(), request.channel(), request.account());
            }
        }
    }
}
