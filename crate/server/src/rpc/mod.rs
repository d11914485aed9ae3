//! Remote calls to the history keeper (PROTOCOL.md 11).

mod anonymous;
mod authenticated;
mod owned;
mod pins;
mod sessions;

pub(crate) use pins::forget_pins;
pub(crate) use sessions::Sessions;

use super::answer::Answer;
use super::context::Context;
use super::faults::Verdict;
use serde_json::{Value, json};

/// An error the RPC answers with, by its name on the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RpcError {
    /// One of the protocol's own.
    Named(&'static str),
    /// A text the server passes on, such as the reason of a placeholder.
    Text(String),
}

impl From<std::io::Error> for RpcError {
    fn from(error: std::io::Error) -> Self {
        tracing::error!(%error, "an RPC failed");
        Self::Named("SERVER_ERROR")
    }
}

impl RpcError {
    fn as_str(&self) -> &str {
        match self {
            Self::Named(name) => name,
            Self::Text(text) => text,
        }
    }
}

/// Answers `[txid, body]`: first the netflux ACK, then the result as a direct message.
pub(crate) async fn answer(
    context: &Context,
    txid: &Value,
    body: Option<&Value>,
    answer: &Answer,
    verdict: &Verdict,
) {
    answer.acknowledge();
    let Some(body) = body else {
        answer.direct(&json!([txid, "ERROR", "INSUFFICIENT_ARGS"]).to_string());
        return;
    };
    // The txid must be a text: nothing else can be answered.
    if !txid.is_string() {
        return;
    }
    let result = match body.as_array() {
        None => Err(RpcError::Named("INVALID_ARG_FORMAT")),
        Some(body) => match anonymous::call(context, answer, body, verdict).await {
            Some(result) => result.map(|value| Reply::Values(vec![Value::Null, value, Value::Null])),
            None => authenticated::call(context, answer, body, verdict).await,
        },
    };
    let send = |values: Vec<Value>| {
        let text: Vec<Value> = std::iter::once(txid.clone()).chain(values).collect();
        answer.direct(&Value::Array(text).to_string());
    };
    match result {
        Ok(Reply::Values(values)) => send(values),
        Ok(Reply::Announced(values, announcement)) => {
            send(values);
            announcement.tell(context);
        }
        Ok(Reply::Nothing) => {}
        Err(error) => send(vec![json!("ERROR"), json!(error.as_str())]),
    }
}

/// What follows the txid.
enum Reply {
    Values(Vec<Value>),
    Announced(Vec<Value>, owned::Announcement),
    Nothing,
}
