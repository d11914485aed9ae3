//! Signed calls: cookie, signature, command (PROTOCOL.md 11.2).

use super::call::{Call, Outcome, Reply, RpcError};
use super::{owned, pins};
use crate::answer::Answer;
use crate::context::Context;
use crate::faults::Verdict;
use crate::javascript::stringify;
use crate::signature::verifies;
use crate::store::KeyName;
use serde_json::{Value, json};

/// Checks and carries out a call.
pub(super) async fn call(
    context: &Context,
    answer: &Answer,
    body: &[Value],
    verdict: &Verdict,
) -> Result<Reply, RpcError> {
    let part = |at: usize| body.get(at).unwrap_or(&Value::Null);
    let (signature, key, cookie, command, argument) = (part(0), part(1), part(2), part(3), part(4));
    let key = key.as_str().unwrap_or_default();
    let command = command.as_str().unwrap_or_default();
    if verdict.no_cookie {
        return Err(RpcError::Named("NO_COOKIE"));
    }
    // The cookie comes before the signature: a call with both wrong is told NO_COOKIE.
    let accepted = cookie.as_str().and_then(|cookie| context.sessions.accept(key, cookie));
    if accepted.is_none() && command != "COOKIE" {
        return Err(RpcError::Named("NO_COOKIE"));
    }
    let signed = stringify(&json!([cookie, command, argument]));
    let name = key
        .parse::<KeyName>()
        .ok()
        .filter(|_| verifies(signed.as_bytes(), signature.as_str().unwrap_or_default(), key));
    let Some(name) = name else {
        return Err(RpcError::Named("INVALID_SIGNATURE_OR_PUBLIC_KEY"));
    };
    if body.len() < 5 && command != "COOKIE" {
        return Err(RpcError::Named("INSUFFICIENT_ARGS"));
    }
    answer.connection().authenticate(key);
    if command == "COOKIE" {
        return Ok(Reply::Values(vec![json!(context.sessions.cookie(key)?)]));
    }
    let call = Call { context, key, name, argument };
    // The session may end while the command runs; the caller finds out with its next call.
    let with_cookie =
        |values: Vec<Value>| std::iter::once(json!(accepted.unwrap_or_default())).chain(values).collect();
    Ok(match run(command, &call, answer).await? {
        Outcome::Values(values) => Reply::Values(with_cookie(values)),
        Outcome::Announced(values, announcement) => Reply::Announced(with_cookie(values), announcement),
        Outcome::Ended(value) => Reply::Values(vec![json!(context.sessions.end(key)), value]),
        Outcome::Nothing => Reply::Nothing,
    })
}

async fn run(command: &str, call: &Call<'_>, answer: &Answer) -> Result<Outcome, RpcError> {
    match command {
        "GET_HASH" => pins::get_hash(call).await,
        "PIN" => pins::pin(call).await,
        "UNPIN" => pins::unpin(call).await,
        "RESET" => pins::reset(call).await,
        "REMOVE_PINS" => pins::remove_pins(call).await,
        "GET_TOTAL_SIZE" => pins::get_total_size(call).await,
        "GET_LIMIT" | "UPDATE_LIMITS" => {
            Ok(Outcome::Values(vec![json!(call.context.limits.storage_bytes), json!(""), json!("")]))
        }
        "EXPIRE_SESSION" => Ok(Outcome::Ended(json!("OK"))),
        "DESTROY" => {
            answer.connection().forget(call.key);
            Ok(Outcome::Nothing)
        }
        "REMOVE_OWNED_CHANNEL" => owned::remove(call).await,
        "CLEAR_OWNED_CHANNEL" => owned::clear(call).await,
        "TRIM_HISTORY" => owned::trim(call).await,
        "SET_METADATA" => owned::set_metadata(call).await,
        // Uploads and the administration panel are not part of this server.
        "TRIM_PINS"
        | "ADMIN"
        | "UPLOAD_STATUS"
        | "UPLOAD"
        | "UPLOAD_COMPLETE"
        | "OWNED_UPLOAD_COMPLETE"
        | "UPLOAD_CANCEL" => Err(RpcError::Named("NOT_IMPLEMENTED")),
        _ => Err(RpcError::Named("INVALID_RPC_CALL")),
    }
}
