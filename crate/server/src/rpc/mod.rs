//! Remote calls to the history keeper (PROTOCOL.md 11).

mod anonymous;
mod authenticated;
mod call;
mod owned;
mod pins;

pub(crate) use pins::forget_pins;

use super::answer::Answer;
use super::context::Context;
use super::faults::Verdict;
use call::{Reply, RpcError};
use serde_json::{Value, json};

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
