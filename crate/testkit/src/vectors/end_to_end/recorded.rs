//! The recorded server: channels as they stood on disk.

use pinfold_core::json::{Value, stringify};

use super::super::support::{Problem, field, flag, optional, string};
use crate::server::{Channel, MemoryServer, Stored};

/// The server, with what it answered for folders where its bytes do not tell.
pub(super) fn server(input: &Value, answers: Option<&Value>) -> Result<MemoryServer, Problem> {
    let mut server = MemoryServer::default();
    for (id, recorded) in field(input, "channels")?.as_object().into_iter().flat_map(|c| c.iter()) {
        let id = id.to_string_lossy().into_owned();
        server.channels.insert(id, channel(recorded)?);
    }
    for (_, answer) in answers.and_then(Value::as_object).into_iter().flat_map(|a| a.iter()) {
        let channel = server.channels.entry(string(answer, "channel")?.to_owned()).or_default();
        let existence = field(answer, "isNewChannelAnswer")?;
        if flag(existence, "isNew") {
            channel.claims_new = true;
            channel.placeholder = optional(existence, "reason")?.map(str::to_owned);
        }
        if field(answer, "joinAnswer")?.as_str() != Some("ok") {
            channel.allowed = Some(Vec::new());
        }
    }
    Ok(server)
}

/// One line of the metadata log per command, the first of them the metadata as created; one line of the log
/// per message (PROTOCOL.md 9.1, 9.6).
fn channel(recorded: &Value) -> Result<Channel, Problem> {
    let lines = |key| {
        let lines = field(recorded, key)?.as_array().unwrap_or_default().iter();
        let parsed = lines.map(|line| line.as_str().and_then(|line| Value::parse(line).ok()));
        parsed
            .collect::<Option<Vec<_>>>()
            .ok_or_else(|| Problem::Failed(format!("a line of {key} is no JSON")))
    };
    let metadata = lines("metadata")?.into_iter().next().filter(|first| first.as_object().is_some());
    let messages = lines("messages")?.into_iter().map(|line| {
        let message = line.at(4).and_then(Value::as_str).map(str::to_owned);
        Some(Stored { message: message?, time: line.at(5).and_then(Value::as_u64)? })
    });
    let messages: Option<Vec<Stored>> = messages.collect();
    Ok(Channel {
        metadata: metadata.map(|metadata| stringify(&metadata)),
        messages: messages.ok_or_else(|| Problem::Failed("a stored line holds no message".into()))?,
        placeholder: optional(recorded, "placeholder")?.map(str::to_owned),
        ..Channel::default()
    })
}
