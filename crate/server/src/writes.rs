//! Messages into channels: what is checked, stored and relayed (PROTOCOL.md 9.5).

use super::access;
use super::answer::Answer;
use super::channels::Channel;
use super::context::Context;
use super::faults::Verdict;
use super::raw::list;
use super::request::Content;
use super::signature::{checkpoint_id, message_verifies};
use super::store::{Metadata, StoreId};
use serde_json::{Value, json};
use std::io;

/// What others get of a message: `[0, sender, "MSG", target, ...]` with everything that the sender put there, and the time.
pub(crate) fn relayed(sender: Option<&str>, target: &str, content: &Content, time: Option<u64>) -> String {
    let head =
        ["0".to_owned(), json!(sender).to_string(), json!("MSG").to_string(), json!(target).to_string()];
    let time = time.map(|time| time.to_string());
    list(head.iter().chain(&content.elements).chain(&time).map(String::as_str))
}

/// A client's message. Refusals carry no reason.
pub(crate) async fn write(
    context: &Context,
    channel: &str,
    content: &Content,
    answer: &Answer,
    verdict: &Verdict,
) {
    if !context.hub.is_open(channel) {
        answer.refuse(&[json!("enoent"), json!(channel)]);
        return;
    }
    let Ok(id) = channel.parse::<StoreId>() else {
        answer.refuse(&[]);
        return;
    };
    let uid = answer.connection().uid();
    let relay = |time| context.hub.relay(channel, Some(uid), &relayed(Some(uid), channel, content, time));
    if id.is_ephemeral() {
        relay(None);
        answer.done();
        return;
    }
    let mut memory = context.channels.lock(&id).await;
    match store(context, &mut memory, &id, Author::Member(uid), content, verdict).await {
        Ok(Ok(Written::Stored(time))) => {
            relay(Some(time));
            answer.done();
        }
        Ok(Ok(Written::Known)) => {
            relay(None);
            answer.done();
        }
        Ok(Err(_)) => answer.refuse(&[]),
        Err(error) => {
            tracing::error!(%error, channel, "a message could not be stored");
            answer.refuse(&[]);
        }
    }
}

/// Who writes.
#[derive(Clone, Copy)]
pub(crate) enum Author<'a> {
    /// A client, by its netflux id; it has to be a member of a restricted channel.
    Member(&'a str),
    /// WRITE_PRIVATE_MESSAGE: no sender is stored.
    Private { is_admin: bool },
}

/// What became of a message that was not refused.
pub(crate) enum Written {
    /// Stored at this time, in ms since the epoch.
    Stored(u64),
    /// A checkpoint that is stored already.
    Known,
}

/// Why a message is refused. The texts are those of WRITE_PRIVATE_MESSAGE.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refused {
    #[error("INSUFFICIENT_PERMISSIONS")]
    Permission,
    #[error("METADATA_ERR")]
    Gone,
    #[error("FAILED_VALIDATION")]
    Signature,
}

/// Checks and stores a message, in this order: broadcast channel, known checkpoint, restriction, expiry (which
/// hinders nobody who writes to a channel that is still there), signature.
pub(crate) async fn store(
    context: &Context,
    memory: &mut Channel,
    id: &StoreId,
    author: Author<'_>,
    content: &Content,
    verdict: &Verdict,
) -> io::Result<Result<Written, Refused>> {
    let by_admin = matches!(author, Author::Private { is_admin: true });
    if id.is_admin() && !by_admin {
        return Ok(Err(Refused::Permission));
    }
    let text = content.text.as_deref();
    let checkpoint = text.and_then(checkpoint_id).filter(|checkpoint| !checkpoint.is_empty());
    if checkpoint.is_some() && checkpoint == memory.last_checkpoint() {
        return Ok(Ok(Written::Known));
    }
    let metadata = memory.metadata(&context.store, id).await?;
    if !admitted(context, metadata.as_deref(), id, author, verdict) {
        return Ok(Err(Refused::Permission));
    }
    let sender = match author {
        Author::Member(uid) => Some(uid),
        Author::Private { .. } if access::is_gone(context, memory, id).await? => {
            return Ok(Err(Refused::Gone));
        }
        Author::Private { .. } => None,
    };
    let signed = |key: &Value| Some(message_verifies(text?, key.as_str()?));
    if metadata.as_deref().and_then(Metadata::validate_key).is_some_and(|key| signed(key) != Some(true)) {
        return Ok(Err(Refused::Signature));
    }
    let time = context.clock.now();
    memory.append(&context.store, id, relayed(sender, id.as_str(), content, Some(time))).await?;
    if let Some(checkpoint) = checkpoint {
        memory.checkpoint_stored(checkpoint);
    }
    Ok(Ok(Written::Stored(time)))
}

fn admitted(
    context: &Context,
    metadata: Option<&Metadata>,
    id: &StoreId,
    author: Author<'_>,
    verdict: &Verdict,
) -> bool {
    // Membership is the proof: nobody gets into a restricted channel, or stays in it, without one.
    let restricted = access::refusal(metadata, &[], verdict).is_some();
    match author {
        _ if !restricted => true,
        Author::Member(uid) => verdict.restrict.is_none() && context.hub.is_member(id.as_str(), uid),
        Author::Private { .. } => false,
    }
}
