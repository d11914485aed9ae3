//! Pin commands (PROTOCOL.md 11.2, 11.3).

use super::call::{Call, Outcome, RpcError};
use crate::context::Context;
use crate::sessions::PinCache;
use crate::signature::encode;
use crate::store::{KeyName, StoreId, blocking};
use pinfold_core::json::Text;
use pinfold_core::pins::log::PinLog;
use serde_json::{Value, json};
use sha2::{Digest, Sha512};
use std::collections::BTreeSet;
use std::io;
use tokio::sync::OwnedMutexGuard;

type Answered = Result<Outcome, RpcError>;

pub(super) async fn get_hash(call: &Call<'_>) -> Answered {
    let mut cache = session(call).await?;
    let pins = known(call.context, &call.name, &mut cache).await?;
    Ok(Outcome::Values(vec![json!(hash(pins))]))
}

/// Adds ids; those that are pinned already are left out, and nothing is written for nothing.
pub(super) async fn pin(call: &Call<'_>) -> Answered {
    let list = list(call.argument)?;
    let mut cache = session(call).await?;
    let pins = known(call.context, &call.name, &mut cache).await?;
    let fresh: Vec<String> = {
        let mut seen = BTreeSet::new();
        list.iter().filter(|id| !pins.contains(*id) && seen.insert(*id)).cloned().collect()
    };
    if fresh.is_empty() {
        return Ok(Outcome::Values(vec![]));
    }
    let total = size(call.context, pins.iter().cloned().collect()).await?;
    let added = size(call.context, fresh.clone()).await?;
    let free = i128::from(call.context.limits.storage_bytes) - i128::from(total);
    if i128::from(added) > free {
        return Err(RpcError::Named("E_OVER_LIMIT"));
    }
    write(call, "PIN", fresh.iter().map(|id| json!(id)).collect()).await?;
    pins.extend(fresh);
    Ok(Outcome::Values(vec![]))
}

/// Removes ids exactly as the session knows them: after a RESET with `ID#drive`, the bare id is not one.
pub(super) async fn unpin(call: &Call<'_>) -> Answered {
    let list = list(call.argument)?;
    let mut cache = session(call).await?;
    let pins = known(call.context, &call.name, &mut cache).await?;
    let gone: BTreeSet<String> = list.into_iter().filter(|id| pins.contains(id)).collect();
    if gone.is_empty() {
        return Ok(Outcome::Values(vec![]));
    }
    write(call, "UNPIN", gone.iter().map(|id| json!(id)).collect()).await?;
    pins.retain(|id| !gone.contains(id));
    Ok(Outcome::Values(vec![]))
}

/// Replaces the list. An empty one is accepted and changes nothing. The session then holds the list as it
/// was sent, suffixes and all.
pub(super) async fn reset(call: &Call<'_>) -> Answered {
    let sent = call.argument.as_array().ok_or(RpcError::Named("INVALID_PIN_LIST"))?;
    let mut cache = session(call).await?;
    if sent.is_empty() {
        return Ok(Outcome::Values(vec![]));
    }
    write(call, "RESET", sent.clone()).await?;
    *cache = Some(sent.iter().filter_map(Value::as_str).map(Into::into).collect());
    Ok(Outcome::Values(vec![]))
}

/// Archives the log and ends the session.
pub(super) async fn remove_pins(call: &Call<'_>) -> Answered {
    let mut cache = session(call).await?;
    let (files, name) = (call.context.store.pins.clone(), call.name.clone());
    blocking(move || files.archive(&name)).await?;
    *cache = None;
    Ok(Outcome::Ended(json!("OK")))
}

/// The bytes of everything pinned.
pub(super) async fn get_total_size(call: &Call<'_>) -> Answered {
    let mut cache = session(call).await?;
    let pins = known(call.context, &call.name, &mut cache).await?;
    let total = size(call.context, pins.iter().cloned().collect()).await?;
    Ok(Outcome::Values(vec![json!(total)]))
}

/// Unpins the last `count` ids of one log, or of every user's, as if the server had lost them; the sessions
/// end. Returns how many ids were unpinned.
pub(crate) async fn forget_pins(context: &Context, account: Option<&str>, count: usize) -> io::Result<usize> {
    let files = context.store.pins.clone();
    let now = context.clock.now();
    let only = account.map(|key| key.parse::<KeyName>().ok());
    let (sum, keys) = blocking(move || {
        let keys = match only {
            Some(key) => key.into_iter().collect(),
            None => files.keys()?,
        };
        let mut sum = 0;
        let mut touched = Vec::new();
        for key in keys {
            let state = files.state(&key)?;
            if !state.looks_like_user() {
                continue;
            }
            let gone: Vec<Value> = texts(&state).rev().take(count).map(|id| json!(id)).collect();
            if !gone.is_empty() {
                files.append(&key, "UNPIN", &gone, now)?;
                sum += gone.len();
                touched.push(key);
            }
        }
        Ok((sum, touched))
    })
    .await?;
    for key in keys {
        // The dash of a name is the slash of a key; the alphabet has no other.
        context.sessions.end(&key.as_str().replace('-', "/"));
    }
    Ok(sum)
}

/// base64(SHA-512(JSON of the list sorted by UTF-16 code unit)).
pub(crate) fn hash(pins: &BTreeSet<String>) -> String {
    let mut sorted: Vec<&String> = pins.iter().collect();
    sorted.sort_by(|a, b| a.encode_utf16().cmp(b.encode_utf16()));
    encode(&Sha512::digest(json!(sorted).to_string()))
}

async fn session(call: &Call<'_>) -> Result<OwnedMutexGuard<PinCache>, RpcError> {
    call.context.sessions.pins(call.key).await.ok_or(RpcError::Named("NO_COOKIE"))
}

/// The pins of the session, read from the log at the first use.
async fn known<'c>(
    context: &Context,
    name: &KeyName,
    cache: &'c mut PinCache,
) -> Result<&'c mut BTreeSet<String>, RpcError> {
    if cache.is_none() {
        let (files, name) = (context.store.pins.clone(), name.clone());
        let log = blocking(move || files.state(&name)).await?;
        *cache = Some(texts(&log).map(str::to_owned).collect());
    }
    Ok(cache.get_or_insert_default())
}

/// The pinned ids. To this server, a text with a lone surrogate counts as no text.
fn texts(log: &PinLog) -> impl DoubleEndedIterator<Item = &str> {
    log.pins.iter().filter_map(Text::as_str)
}

async fn write(call: &Call<'_>, command: &'static str, ids: Vec<Value>) -> Result<(), RpcError> {
    let (files, name) = (call.context.store.pins.clone(), call.name.clone());
    let now = call.context.clock.now();
    Ok(blocking(move || files.append(&name, command, &ids, now)).await?)
}

async fn size(context: &Context, ids: Vec<String>) -> Result<u64, RpcError> {
    let files = context.store.channels.clone();
    let sum = blocking(move || {
        let mut sum: u64 = 0;
        // Blocks and ids with a suffix count nothing.
        for id in ids.iter().filter_map(|id| StoreId::channel_or_blob(id)) {
            sum = sum.saturating_add(files.size(&id)?);
        }
        Ok(sum)
    });
    Ok(sum.await?)
}

fn list(argument: &Value) -> Result<Vec<String>, RpcError> {
    let list = argument.as_array().ok_or(RpcError::Named("INVALID_PIN_LIST"))?;
    Ok(list.iter().filter_map(Value::as_str).map(Into::into).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_of_a_list_is_the_servers() {
        let vectors: Value =
            serde_json::from_str(include_str!("../../../../tests/vectors/pin_hash.json")).unwrap();
        let cases = vectors["cases"].as_array().unwrap();
        assert_eq!(cases.len(), 7);
        for case in cases {
            let list = case["input"]["list"].as_array().unwrap();
            let pins: BTreeSet<String> = list.iter().map(|id| id.as_str().unwrap().into()).collect();
            assert_eq!(hash(&pins), case["expect"]["serverHash"].as_str().unwrap(), "{}", case["name"]);
        }
    }
}
