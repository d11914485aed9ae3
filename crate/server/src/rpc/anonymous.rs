//! Calls that anybody may make (PROTOCOL.md 11.1).

use super::call::RpcError;
use crate::access;
use crate::answer::Answer;
use crate::context::Context;
use crate::faults::Verdict;
use crate::request::Content;
use crate::store::{Metadata, StoreId, blocking};
use crate::writes::{self, Author, Written};
use serde_json::{Value, json};

type Result<T> = std::result::Result<T, RpcError>;

/// Ids of one GET_DELETED_PADS.
const MOST_IDS: usize = 100_000;

/// Answers the call. `None` for any other call: that is an authenticated one.
pub(crate) async fn call(
    context: &Context,
    answer: &Answer,
    body: &[Value],
    verdict: &Verdict,
) -> Option<Result<Value>> {
    let [command, argument] = body else { return None };
    Some(match command.as_str()? {
        "IS_NEW_CHANNEL" => is_new_channel(context, argument, verdict).await,
        "GET_METADATA" => get_metadata(context, answer, argument, verdict).await,
        "GET_FILE_SIZE" => get_file_size(context, argument, verdict).await,
        "GET_DELETED_PADS" => get_deleted_pads(context, argument).await,
        "WRITE_PRIVATE_MESSAGE" => write_private_message(context, answer, argument, verdict).await,
        "IS_CHANNEL_PINNED" => Ok(json!(true)),
        "IS_PREMIUM" => Ok(json!(false)),
        // Form answers only; not part of this server.
        "DELETE_MAILBOX_MESSAGE" => Err(RpcError::Named("NOT_IMPLEMENTED")),
        _ => return None,
    })
}

async fn is_new_channel(context: &Context, argument: &Value, verdict: &Verdict) -> Result<Value> {
    let id = channel(argument)?;
    let (stored, reason) = match &verdict.absent {
        Some(reason) => (false, reason.clone()),
        None => {
            let files = context.store.channels.clone();
            blocking(move || Ok((files.has_messages(&id)?, files.placeholder(&id)?))).await?
        }
    };
    Ok(match reason {
        Some(reason) if !stored => json!({"isNew": true, "reason": reason}),
        _ => json!({"isNew": !stored}),
    })
}

async fn get_metadata(
    context: &Context,
    answer: &Answer,
    argument: &Value,
    verdict: &Verdict,
) -> Result<Value> {
    let id =
        argument.as_str().and_then(|id| id.parse::<StoreId>().ok()).ok_or(RpcError::Named("INVALID_CHAN"))?;
    let id = StoreId::channel_or_blob(id.as_str()).ok_or(RpcError::Named("INVALID_CHAN_LENGTH"))?;
    match &verdict.absent {
        Some(Some(reason)) => return Err(RpcError::Text(reason.clone())),
        Some(None) => return Ok(json!({})),
        None => {}
    }
    let metadata = context.channels.lock(&id).await.metadata(&context.store, &id).await?;
    let Some(metadata) = metadata else {
        let files = context.store.channels.clone();
        let reason = blocking(move || files.placeholder(&id)).await?;
        return reason.map_or(Ok(json!({})), |reason| Err(RpcError::Text(reason)));
    };
    let accounts = answer.connection().accounts();
    Ok(match access::refusal(Some(&metadata), &accounts, verdict) {
        Some(keys) => json!({"restricted": true, "allowed": keys, "rejected": true}),
        None => Metadata::as_value(&metadata),
    })
}

async fn get_file_size(context: &Context, argument: &Value, verdict: &Verdict) -> Result<Value> {
    let id = argument.as_str().and_then(StoreId::channel_or_blob).ok_or(RpcError::Named("INVALID_CHAN"))?;
    if verdict.absent.is_some() {
        return Ok(json!(0));
    }
    let files = context.store.channels.clone();
    Ok(json!(blocking(move || files.size(&id)).await?))
}

async fn get_deleted_pads(context: &Context, argument: &Value) -> Result<Value> {
    let list = argument.as_array().ok_or(RpcError::Named("INVALID_LIST"))?;
    let ids: Vec<StoreId> =
        list.iter().take(MOST_IDS).filter_map(|id| id.as_str().and_then(StoreId::channel_or_blob)).collect();
    let files = context.store.channels.clone();
    let gone = blocking(move || {
        let mut gone = Vec::new();
        for id in ids {
            // A file that cannot be looked at is left out, and so is a blob with a placeholder.
            let absent = files.size(&id).is_ok_and(|size| size == 0);
            if absent && !(id.is_blob() && files.placeholder(&id)?.is_some()) {
                gone.push(id.as_str().to_owned());
            }
        }
        Ok(gone)
    });
    Ok(json!(gone.await?))
}

async fn write_private_message(
    context: &Context,
    answer: &Answer,
    argument: &Value,
    verdict: &Verdict,
) -> Result<Value> {
    let target = argument.get(0).unwrap_or(&Value::Null);
    let text = argument.get(1).and_then(Value::as_str).filter(|text| !text.is_empty());
    let text = text.ok_or(RpcError::Named("INVALID_MESSAGE"))?;
    let id = channel(target)?;
    let is_admin = answer.connection().accounts().iter().any(|key| context.admin_keys.contains(key));
    let mut memory = context.channels.lock(&id).await;
    let signed = memory.metadata(&context.store, &id).await?.is_some_and(|m| m.validate_key().is_some());
    let author = Author::Private { is_admin };
    let content = Content::text(text);
    let stored = writes::store(context, &mut memory, &id, author, &content, verdict).await?;
    let relay = |time| {
        let frame = writes::relayed(None, id.as_str(), &content, time);
        context.hub.relay(id.as_str(), None, &frame);
    };
    match stored {
        Ok(Written::Stored(time)) => {
            relay(Some(time));
            // Seen in recordings: the time is told of unsigned channels that somebody is in, and of no others.
            let told = !signed && context.hub.is_open(id.as_str());
            Ok(if told { json!(time) } else { Value::Null })
        }
        Ok(Written::Known) => {
            relay(None);
            Ok(Value::Null)
        }
        Err(refused) => Err(RpcError::Text(refused.to_string())),
    }
}

fn channel(argument: &Value) -> Result<StoreId> {
    argument.as_str().and_then(StoreId::channel).ok_or(RpcError::Named("INVALID_CHAN"))
}
