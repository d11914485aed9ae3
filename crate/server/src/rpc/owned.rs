//! What only an owner may do: remove, clear, trim, change metadata (PROTOCOL.md 11.2).

use super::call::{Announcement, Call, Outcome, RpcError};
use crate::access;
use crate::channels::Locked;
use crate::store::{Metadata, StoreId, blocking};
use serde_json::{Value, json};

type Answered = Result<Outcome, RpcError>;

/// A reason an owner gives is kept in a file of its own.
const LONGEST_REASON: usize = 1024;

/// Archives a channel or blob with a placeholder; members are told.
pub(super) async fn remove(call: &Call<'_>) -> Answered {
    let wanted = call.argument.get("channel").and_then(Value::as_str).and_then(StoreId::channel_or_blob);
    let id = wanted.filter(|id| !id.is_admin()).ok_or(RpcError::Named("INVALID_ARGUMENTS"))?;
    let reason = match call.argument.get("reason") {
        None | Some(Value::Null) => "ARCHIVE_OWNED",
        Some(Value::String(reason)) if reason.len() <= LONGEST_REASON => reason,
        Some(_) => return Err(RpcError::Named("INVALID_ARGUMENTS")),
    };
    let mut channel = own(call, &id).await?;
    access::archive(call.context, &mut channel, &id, reason).await?;
    Ok(Outcome::Values(vec![json!("OK")]))
}

/// Empties a channel's log; members are told.
pub(super) async fn clear(call: &Call<'_>) -> Answered {
    let wanted = call.argument.as_str().and_then(StoreId::channel).filter(|id| !id.is_admin());
    let id = wanted.ok_or(RpcError::Named("INVALID_ARGUMENTS"))?;
    let mut channel = own(call, &id).await?;
    let (files, cleared) = (call.context.store.channels.clone(), id.clone());
    blocking(move || files.clear(&cleared)).await?;
    channel.forget();
    let notice = json!({"error": "ECLEARED", "channel": id.as_str()});
    call.context.hub.notify(id.as_str(), &notice.to_string());
    Ok(Outcome::Values(vec![]))
}

/// Keeps the message with a hash and everything after it.
pub(super) async fn trim(call: &Call<'_>) -> Answered {
    let wanted = call.argument.get("channel").and_then(Value::as_str).and_then(StoreId::channel);
    let hash = call.argument.get("hash").and_then(Value::as_str).filter(|hash| hash.len() == 64);
    let (Some(id), Some(hash)) = (wanted.filter(|id| !id.is_admin()), hash) else {
        return Err(RpcError::Named("INVALID_ARGS"));
    };
    let mut channel = own(call, &id).await?;
    let (files, hash) = (call.context.store.channels.clone(), hash.to_owned());
    let found = blocking(move || {
        let found = files.search(&id, &hash, u64::MAX)?;
        found.map(|offset| files.trim(&id, offset)).transpose()
    });
    found.await?.ok_or(RpcError::Named("HASH_NOT_FOUND"))?;
    channel.forget();
    Ok(Outcome::Values(vec![json!("OK")]))
}

/// Carries out a metadata command. The caller is answered first, then the members are told.
pub(super) async fn set_metadata(call: &Call<'_>) -> Answered {
    let wanted = call.argument.get("channel").and_then(Value::as_str).and_then(StoreId::channel);
    let id = wanted.filter(|id| !id.is_admin()).ok_or(RpcError::Named("INVALID_CHAN"))?;
    let command = call.argument.get("command").and_then(Value::as_str);
    let command = command.ok_or(RpcError::Named("INVALID_COMMAND"))?;
    let value = call.argument.get("value").unwrap_or(&Value::Null);

    let mut channel = call.context.channels.lock(&id).await;
    let metadata = channel.metadata(&call.context.store, &id).await?.ok_or(RpcError::Named("ENOENT"))?;
    if !may_change(&metadata, call.key, command, value)? {
        return Err(RpcError::Named("INSUFFICIENT_PERMISSIONS"));
    }
    let mut changed = Metadata::clone(&metadata);
    match changed.apply(command, value) {
        Err(error) => return Err(RpcError::Text(error.to_string())),
        Ok(false) => return Ok(Outcome::Values(vec![metadata.as_value()])),
        Ok(true) => {}
    }
    let (files, stored) = (call.context.store.channels.clone(), id.clone());
    let (noted, with) = (command.to_owned(), value.clone());
    let now = call.context.clock.now();
    blocking(move || files.append_command(&stored, &noted, &with, now)).await?;
    channel.metadata_changed(changed.clone());
    let value = changed.as_value();
    Ok(Outcome::Announced(vec![value], Announcement { id, metadata: changed, _turn: channel }))
}

fn may_change(metadata: &Metadata, key: &str, command: &str, value: &Value) -> Result<bool, RpcError> {
    let owners = metadata.owners().ok_or(RpcError::Named("E_NO_OWNERS"))?;
    if owners.contains(&key) {
        return Ok(true);
    }
    // Somebody who was offered the ownership may accept or decline it, and nothing else.
    let about_self = value.as_array().is_some_and(|list| list.iter().eq([&json!(key)]));
    let accepts = matches!(command, "ADD_OWNERS" | "RM_PENDING_OWNERS");
    Ok(accepts && about_self && metadata.pending_owners().contains(&key))
}

/// Locks a channel that exists and that the caller owns. A restricted one has no owners for these commands, as in
/// the real server.
async fn own(call: &Call<'_>, id: &StoreId) -> Result<Locked, RpcError> {
    let mut channel = call.context.channels.lock(id).await;
    let metadata = channel.metadata(&call.context.store, id).await?.ok_or(RpcError::Named("ENOENT"))?;
    let owners = metadata.owners().filter(|owners| !owners.is_empty() && !metadata.is_restricted());
    if !owners.ok_or(RpcError::Named("E_NO_OWNERS"))?.contains(&call.key) {
        return Err(RpcError::Named("INSUFFICIENT_PERMISSIONS"));
    }
    Ok(channel)
}
