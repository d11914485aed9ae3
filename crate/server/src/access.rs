//! Who may use a channel, and whether it is still there (PROTOCOL.md 9.2).

use super::channels::Channel;
use super::context::Context;
use super::faults::Verdict;
use super::store::{Metadata, StoreId, blocking};
use serde_json::json;
use std::io;

/// Something this much overdue is archived at the first access.
const OVERDUE_MS: u64 = 24 * 60 * 60 * 1000;

/// The keys that would be admitted, when a client holding `accounts` is not.
pub(crate) fn refusal(
    metadata: Option<&Metadata>,
    accounts: &[String],
    verdict: &Verdict,
) -> Option<Vec<String>> {
    let listed = || -> Vec<String> {
        metadata.map(Metadata::admitted).unwrap_or_default().into_iter().map(Into::into).collect()
    };
    let held = |keys: &[String]| keys.iter().any(|key| accounts.contains(key));
    match &verdict.restrict {
        Some(None) => Some(listed()),
        Some(Some(keys)) => (!held(keys)).then(|| keys.clone()),
        None => {
            metadata?.is_restricted().then_some(())?;
            let keys = listed();
            (!held(&keys)).then_some(keys)
        }
    }
}

/// Whether the channel has expired and its members were told. One that is long overdue is archived; then it
/// is gone instead.
pub(crate) async fn expired(context: &Context, channel: &mut Channel, id: &StoreId) -> io::Result<bool> {
    let Some(metadata) = channel.metadata(&context.store, id).await? else { return Ok(false) };
    let Some(at) = metadata.expires() else { return Ok(false) };
    let now = context.clock.now();
    let late = now.saturating_sub(at);
    if now < at {
        return Ok(false);
    }
    if late > OVERDUE_MS {
        archive(context, channel, id, "EXPIRED").await?;
        return Ok(false);
    }
    context.hub.notify(id.as_str(), &json!({"error": "EEXPIRED", "channel": id.as_str()}).to_string());
    Ok(true)
}

/// Whether a letter finds no channel any more: it has expired, or it was archived with a reason.
pub(crate) async fn is_gone(context: &Context, channel: &mut Channel, id: &StoreId) -> io::Result<bool> {
    if expired(context, channel, id).await? {
        return Ok(true);
    }
    if channel.metadata(&context.store, id).await?.is_some() {
        return Ok(false);
    }
    let (files, wanted) = (context.store.channels.clone(), id.clone());
    blocking(move || Ok(!files.has_messages(&wanted)? && files.placeholder(&wanted)?.is_some())).await
}

/// Archives a channel and tells its members that it is gone.
pub(crate) async fn archive(
    context: &Context,
    channel: &mut Channel,
    id: &StoreId,
    reason: &str,
) -> io::Result<()> {
    let (files, gone, why) = (context.store.channels.clone(), id.clone(), reason.to_owned());
    blocking(move || files.archive(&gone, &why)).await?;
    channel.forget();
    let notice = json!({"error": "EDELETED", "message": reason, "channel": id.as_str()});
    context.hub.dissolve(id.as_str(), &notice.to_string());
    Ok(())
}

/// Archives the channels in memory that have expired: what CryptPad does every five minutes.
pub(crate) async fn sweep(context: &Context) {
    let now = context.clock.now();
    for id in context.channels.ids() {
        let mut channel = context.channels.lock(&id).await;
        let metadata = channel.metadata(&context.store, &id).await.ok().flatten();
        if metadata.and_then(|metadata| metadata.expires()).is_some_and(|at| at < now)
            && let Err(error) = archive(context, &mut channel, &id, "EXPIRED").await
        {
            tracing::error!(%error, "an expired channel could not be archived");
        }
    }
}
