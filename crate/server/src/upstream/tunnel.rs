//! The WebSocket: frames are handed on as they come, in both directions, each at the speed of its reader.

use super::Passage;
use super::connect::{Socket, websocket};
use super::forward::unreachable;
use crate::host;
use axum::extract::State;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use futures_util::{SinkExt, StreamExt};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message as UpstreamMessage;
use tokio_tungstenite::tungstenite::protocol::CloseFrame as UpstreamCloseFrame;

/// How long either side may take to accept a close frame.
const CLOSING: Duration = Duration::from_secs(2);

/// Connects to the instance first: a page whose instance is down gets an error instead of a socket.
///
/// Only our own page gets through: the instance may be one that other pages cannot reach.
pub(super) async fn open(
    State(passage): State<Arc<Passage>>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    if !host::is_own_page(&headers) {
        return StatusCode::FORBIDDEN.into_response();
    }
    let targets = match passage.targets().await {
        Ok(targets) => targets,
        Err(answer) => return answer,
    };
    let upstream = match websocket(&passage.trust, &targets.socket, &passage.origin).await {
        Ok(upstream) => upstream,
        Err(error) => return unreachable(&error),
    };
    let limit = passage.frame_bytes;
    let upgrade = upgrade.max_message_size(limit).max_frame_size(limit);
    upgrade.on_upgrade(move |page| {
        let tasks = passage.tasks.clone();
        tasks.track_future(async move {
            tokio::select! {
                () = pump(page, upstream) => {}
                () = passage.stop.cancelled() => {}
            }
        })
    })
}

async fn pump(page: WebSocket, upstream: Socket) {
    let (mut to_page, mut from_page) = page.split();
    let (mut to_upstream, mut from_upstream) = upstream.split();
    let out = async {
        while let Some(Ok(message)) = from_page.next().await {
            let ends = matches!(message, Message::Close(_));
            if to_upstream.send(outward(message)).await.is_err() || ends {
                break;
            }
        }
        let _ = timeout(CLOSING, to_upstream.close()).await;
    };
    let back = async {
        while let Some(Ok(message)) = from_upstream.next().await {
            let ends = matches!(message, UpstreamMessage::Close(_));
            let Some(message) = inward(message) else { continue };
            if to_page.send(message).await.is_err() || ends {
                break;
            }
        }
        let _ = timeout(CLOSING, to_page.close()).await;
    };
    // When either side is over, so is the other: a page must not wait for an instance that is gone.
    tokio::select! {
        () = out => {}
        () = back => {}
    }
}

fn outward(message: Message) -> UpstreamMessage {
    match message {
        Message::Text(text) => UpstreamMessage::text(text.as_str()),
        Message::Binary(bytes) => UpstreamMessage::Binary(bytes),
        Message::Ping(bytes) => UpstreamMessage::Ping(bytes),
        Message::Pong(bytes) => UpstreamMessage::Pong(bytes),
        Message::Close(frame) => UpstreamMessage::Close(frame.map(|frame| UpstreamCloseFrame {
            code: frame.code.into(),
            reason: frame.reason.as_str().into(),
        })),
    }
}

fn inward(message: UpstreamMessage) -> Option<Message> {
    Some(match message {
        UpstreamMessage::Text(text) => Message::Text(text.as_str().into()),
        UpstreamMessage::Binary(bytes) => Message::Binary(bytes),
        UpstreamMessage::Ping(bytes) => Message::Ping(bytes),
        UpstreamMessage::Pong(bytes) => Message::Pong(bytes),
        UpstreamMessage::Close(frame) => Message::Close(
            frame.map(|frame| CloseFrame { code: frame.code.into(), reason: frame.reason.as_str().into() }),
        ),
        // Never given by a reader.
        UpstreamMessage::Frame(_) => return None,
    })
}
