//! JOIN and LEAVE.

use super::access;
use super::answer::Answer;
use super::context::Context;
use super::faults::Verdict;
use super::hub::NotLeft;
use super::store::StoreId;
use serde_json::{Value, json};

/// The longest name of a channel: the server remembers the name of each channel that somebody is in.
const LONGEST_NAME: usize = 1024;

/// Lets a client into a channel, unless it is restricted and the client has not proved to be on its list.
/// An expired channel may still be joined, and so may a name under which nothing can be stored.
pub(crate) async fn join(
    context: &Context,
    channel: &str,
    spelled: &Value,
    answer: &Answer,
    verdict: &Verdict,
) {
    if channel.is_empty() || channel.len() > LONGEST_NAME {
        answer.refuse(&[json!("EINVAL"), json!(channel)]);
        return;
    }
    let id = channel.parse().ok().filter(|id: &StoreId| matches!(id.as_str().len(), 32..=34));
    let Some(id) = id else {
        context.hub.join(channel, spelled, answer.connection(), answer);
        return;
    };
    // The lock is held until the client is in: a restriction set meanwhile finds it among the members.
    let mut memory = context.channels.lock(&id).await;
    let metadata = match memory.metadata(&context.store, &id).await {
        Ok(metadata) => metadata,
        Err(error) => {
            tracing::error!(%error, "metadata could not be read");
            answer.refuse(&[json!("ENOENT"), json!(channel)]);
            return;
        }
    };
    let accounts = answer.connection().accounts();
    if let Some(keys) = access::refusal(metadata.as_deref(), &accounts, verdict) {
        let mut list = vec![Value::from(context.hub.keeper())];
        list.extend(keys.into_iter().map(Value::from));
        answer.refuse(&[json!("ERESTRICTED"), Value::Array(list)]);
        return;
    }
    context.hub.join(channel, spelled, answer.connection(), answer);
}

/// Lets a client out of a channel.
pub(crate) fn leave(context: &Context, channel: Option<&str>, answer: &Answer) {
    let Some(channel) = channel else {
        answer.refuse(&[json!("EINVAL"), json!("undefined")]);
        return;
    };
    match context.hub.leave(channel, answer.connection().uid(), answer) {
        Ok(()) => {}
        Err(NotLeft::NoChannel) => answer.refuse(&[json!("ENOENT"), json!(channel)]),
        Err(NotLeft::NoMember) => answer.refuse(&[json!("NOT_IN_CHAN"), json!(channel)]),
    }
}
