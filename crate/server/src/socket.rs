//! A client's WebSocket: frames in, frames out, and the care for silent clients (PROTOCOL.md 8).

use super::clock::now;
use super::connection::{Connection, Outgoing};
use super::context::Context;
use super::dispatch;
use super::signature::random_hex;
use axum::extract::ws::{Message, WebSocket};
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};

/// How long a client may take to answer a close frame.
const CLOSING: Duration = Duration::from_secs(2);

/// Serves one client until it goes, falls silent, or the server stops.
pub(crate) async fn serve(context: Arc<Context>, socket: WebSocket) {
    let Ok(uid) = random_hex(16) else { return };
    let (connection, queue) = Connection::new(uid);
    let connection = Arc::new(connection);
    let (sink, stream) = socket.split();
    let patience = context.timing.close_after;
    let writer = tokio::spawn(write(connection.clone(), sink, queue, patience));
    connection.send(json!([0, "", "IDENT", connection.uid()]).to_string());
    context.hub.connect(&connection);
    read(&context, &connection, stream).await;
    context.hub.disconnect(connection.uid());
    connection.close();
    // The writer ends by itself unless the client stopped reading.
    if timeout(CLOSING, writer).await.is_err() {
        connection.ended().cancel();
    }
}

async fn read(context: &Arc<Context>, connection: &Arc<Connection>, mut stream: SplitStream<WebSocket>) {
    let timing = &context.timing;
    let mut check = interval((timing.ping_after / 3).max(Duration::from_millis(10)));
    check.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut heard = Instant::now();
    let mut pinged = false;
    let mut frames = 0;
    loop {
        tokio::select! {
            message = stream.next() => match message {
                Some(Ok(Message::Text(text))) => {
                    heard = Instant::now();
                    pinged = false;
                    frames += 1;
                    // A client that does not read its answers may keep a request waiting; a stop does not wait.
                    let understood = tokio::select! {
                        understood = dispatch::frame(context, connection, &text, frames) => understood,
                        () = context.stop.cancelled() => return,
                    };
                    if understood.is_err() {
                        connection.close();
                        // The close frame ends the conversation; what still comes in is not read.
                        let _ = timeout(CLOSING, closed(&mut stream)).await;
                        return;
                    }
                }
                // Binary frames are no part of the protocol; pings and pongs are the library's.
                Some(Ok(Message::Binary(_) | Message::Ping(_) | Message::Pong(_))) => heard = Instant::now(),
                Some(Ok(Message::Close(_)) | Err(_)) | None => return,
            },
            _ = check.tick() => {
                let silent = heard.elapsed();
                if silent >= timing.close_after {
                    connection.ended().cancel();
                } else if silent >= timing.ping_after && !pinged {
                    pinged = true;
                    connection.send(json!([0, "", "PING", now()]).to_string());
                }
            }
            () = connection.ended().cancelled() => return,
            () = context.stop.cancelled() => return,
        }
    }
}

async fn closed(stream: &mut SplitStream<WebSocket>) {
    while let Some(Ok(_)) = stream.next().await {}
}

async fn write(
    connection: Arc<Connection>,
    mut sink: SplitSink<WebSocket, Message>,
    mut queue: UnboundedReceiver<Outgoing>,
    patience: Duration,
) {
    loop {
        let next = tokio::select! {
            biased;
            () = connection.ended().cancelled() => None,
            next = queue.recv() => next,
        };
        let sent = match next {
            Some(Outgoing::Frame(frame)) => {
                let bytes = frame.len();
                let sent = tokio::select! {
                    sent = timeout(patience, sink.send(Message::Text(frame.into()))) => matches!(sent, Ok(Ok(()))),
                    () = connection.ended().cancelled() => false,
                };
                connection.written(bytes);
                sent
            }
            Some(Outgoing::Close) => {
                let _ = timeout(CLOSING, sink.send(Message::Close(None))).await;
                return;
            }
            Some(Outgoing::Cut) | None => false,
        };
        if !sent {
            // Dropping both halves without a close frame is what a lost connection looks like.
            connection.ended().cancel();
            return;
        }
    }
}
