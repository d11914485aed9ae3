//! From a frame to what answers it, with the faults in between.

use super::answer::Answer;
use super::connection::Connection;
use super::context::Context;
use super::faults::{Instead, Moment, Occasion, Verdict};
use super::request::{NoFrame, Request, parse};
use super::{history, membership, rpc, writes};
use serde_json::{Value, json};
use std::sync::Arc;

/// Carries out one client frame, the `number`-th of its connection.
///
/// # Errors
/// [`NoFrame`] when the connection has to be closed.
pub(crate) async fn frame(
    context: &Arc<Context>,
    connection: &Arc<Connection>,
    text: &str,
    number: u64,
) -> Result<(), NoFrame> {
    let (seq, request) = parse(text, &context.hub)?;
    let Some(request) = request else { return Ok(()) };
    let mut accounts = connection.accounts();
    accounts.extend(request.account().map(Into::into));
    let verdict = context.faults.consult(&Occasion {
        command: request.command(),
        channel: request.channel(),
        accounts: &accounts,
        frame: Some(number),
    });
    if verdict.delay_ms == 0 && verdict.hold.is_none() {
        carry_out(context.clone(), connection.clone(), seq, request, verdict).await;
        return Ok(());
    }
    let (context, connection) = (context.clone(), connection.clone());
    context.clone().tasks.spawn(async move {
        tokio::select! {
            () = context.faults.waited(&verdict) => carry_out(context, connection, seq, request, verdict).await,
            () = connection.ended().cancelled() => {}
            () = context.stop.cancelled() => {}
        }
    });
    Ok(())
}

async fn carry_out(
    context: Arc<Context>,
    connection: Arc<Connection>,
    seq: Value,
    request: Request,
    verdict: Verdict,
) {
    if verdict.cut == Some(Moment::Request) || verdict.cut_after_frames == Some(0) {
        connection.cut();
        return;
    }
    if verdict.silence == Some(Moment::Request) {
        return;
    }
    if let Some(instead) = &verdict.instead {
        connection.send(match instead {
            Instead::Text(frame) => frame.clone(),
            Instead::Oversized(bytes) => oversized(context.hub.keeper(), connection.uid(), *bytes),
        });
        return;
    }
    let answer = Answer::new(&connection, context.hub.keeper(), seq, &verdict);
    if let Some((error, message)) = &verdict.error {
        refuse(&request, &answer, error, message.as_deref());
        return;
    }
    match request {
        Request::Ping => answer.done(),
        Request::Join { channel, spelled } => {
            membership::join(&context, &channel, &spelled, &answer, &verdict).await;
        }
        Request::Leave(channel) => membership::leave(&context, channel.as_deref(), &answer),
        Request::Write { channel, content } => {
            writes::write(&context, &channel, &content, &answer, &verdict).await;
        }
        Request::Relay { uid, content } => {
            if let Some(other) = context.hub.client(&uid) {
                other.send(writes::relayed(Some(connection.uid()), &uid, &content, None));
            }
            answer.done();
        }
        Request::History { command, request } => {
            history::answer(&context, &command, &request, answer, verdict).await;
        }
        Request::Rpc { txid, body } => rpc::answer(&context, &txid, body.as_ref(), &answer, &verdict).await,
        Request::Unreadable => {}
    }
}

/// An error in the form each kind of request gets it.
fn refuse(request: &Request, answer: &Answer, error: &str, message: Option<&str>) {
    match request {
        Request::History { command, request } if command == "GET_HISTORY" => {
            answer.acknowledge();
            let options = request.get(2);
            let text =
                history::error_text(error, message, request.get(1), options.and_then(|o| o.get("txid")));
            let priority = options.and_then(|o| o.get("priority")).unwrap_or(&Value::Null);
            answer.direct_with_priority(&text, priority);
        }
        Request::Rpc { txid, .. } => {
            answer.acknowledge();
            answer.direct(&json!([txid, "ERROR", error]).to_string());
        }
        other => answer.refuse(&[json!(error), json!(other.channel())]),
    }
}

/// A well-formed direct message of about this many bytes.
fn oversized(keeper: &str, uid: &str, bytes: u64) -> String {
    let filling = usize::try_from(bytes).unwrap_or(usize::MAX).min(1 << 30);
    json!([0, keeper, "MSG", uid, "A".repeat(filling)]).to_string()
}
