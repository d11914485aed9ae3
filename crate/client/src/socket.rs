//! One WebSocket, as the engine sees sockets: it opens, text comes, it closes.

use super::counted::{Count, Counted};
use super::trust::{Trust, Wire};
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use pinfold_core::error::{Code, Error};
use std::future::{Future, pending};
use std::pin::Pin;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Interval, MissedTickBehavior, interval, timeout};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::error::ProtocolError;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error as Broken, Message, Utf8Bytes};
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

/// A peer that takes nothing for so long takes nothing any more.
const STUCK: Duration = Duration::from_secs(60);
/// How long the closing of a connection may take.
const PARTING: Duration = Duration::from_secs(1);
/// How often it is looked whether something comes.
const LOOK: Duration = Duration::from_millis(500);

type Stream = WebSocketStream<Box<dyn Wire>>;
type Dial = Pin<Box<dyn Future<Output = Result<(Stream, Count), Error>> + Send>>;

/// Whether a frame is on its way: bytes have come since the last one was whole.
pub(super) struct Parts {
    count: Count,
    told: u64,
    next: Interval,
}

impl Parts {
    fn of(count: Count) -> Self {
        let mut next = interval(LOOK);
        next.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self { told: count.bytes(), count, next }
    }

    /// Resolves when more bytes of an unfinished frame have arrived.
    async fn arrive(&mut self) {
        loop {
            self.next.tick().await;
            let bytes = self.count.bytes();
            if std::mem::replace(&mut self.told, bytes) != bytes {
                return;
            }
        }
    }
}

/// What happened.
pub(super) enum Heard {
    Opened,
    Frame(Utf8Bytes),
    /// Bytes of a frame that is not whole yet.
    Arriving,
    Closed,
    /// Closed, for a reason worth knowing.
    Failed(Error),
}

/// At most one connection. When it is dropped, the connection is closed in the background, in bounded time.
pub(super) enum Socket {
    Down,
    Dialing(Dial),
    Up {
        frames: SplitStream<Stream>,
        outgoing: mpsc::UnboundedSender<String>,
        writer: JoinHandle<()>,
        parts: Parts,
    },
}

impl Socket {
    /// Begins to open a connection; a frame longer than `frame_bytes` will end it.
    pub(super) fn dial(trust: Trust, url: String, frame_bytes: usize) -> Self {
        Self::Dialing(Box::pin(async move { open(&trust, &url, frame_bytes).await }))
    }

    /// Sends a frame. It is written in the background, so that reading never waits for a peer that reads
    /// slowly; what cannot be sent shows as a closed connection.
    pub(super) fn send(&self, text: String) {
        if let Self::Up { outgoing, .. } = self {
            let _ = outgoing.send(text);
        }
    }

    /// The next event; never while there is no connection. May be dropped and asked again at any time.
    pub(super) async fn next(&mut self) -> Heard {
        let heard = match self {
            Self::Down => pending().await,
            Self::Dialing(dial) => match dial.await {
                Ok((stream, count)) => {
                    let (sink, frames) = stream.split();
                    let (outgoing, queue) = mpsc::unbounded_channel();
                    let writer = tokio::spawn(write(sink, queue));
                    *self = Self::Up { frames, outgoing, writer, parts: Parts::of(count) };
                    return Heard::Opened;
                }
                Err(error) => Heard::Failed(error),
            },
            Self::Up { frames, parts, .. } => {
                let heard = tokio::select! {
                    biased;
                    heard = read(frames) => heard,
                    () = parts.arrive() => return Heard::Arriving,
                };
                match heard {
                    Heard::Frame(text) => {
                        parts.told = parts.count.bytes();
                        return Heard::Frame(text);
                    }
                    ended => ended,
                }
            }
        };
        *self = Self::Down;
        heard
    }

    /// Closes the connection and waits until the close is sent.
    pub(super) async fn close(&mut self) {
        if let Self::Up { outgoing, writer, .. } = std::mem::replace(self, Self::Down) {
            drop(outgoing);
            let _ = timeout(2 * PARTING, writer).await;
        }
    }
}

async fn open(trust: &Trust, url: &str, frame_bytes: usize) -> Result<(Stream, Count), Error> {
    let unreachable = |reason: &dyn std::fmt::Display| {
        Error::new(Code::NetUnreachable, "no connection could be made").with("reason", reason)
    };
    let target: reqwest::Url = url.parse().map_err(|error| unreachable(&error))?;
    let (wire, count) = Counted::new(trust.dial(&target).await.map_err(|error| unreachable(&error))?);
    let wire: Box<dyn Wire> = Box::new(wire);
    let request = url.into_client_request().map_err(|error| unreachable(&error))?;
    let config =
        WebSocketConfig::default().max_message_size(Some(frame_bytes)).max_frame_size(Some(frame_bytes));
    let opened = client_async_with_config(request, wire, Some(config)).await;
    opened.map(|(stream, _)| (stream, count)).map_err(|error| unreachable(&error))
}

async fn read(frames: &mut SplitStream<Stream>) -> Heard {
    loop {
        return match frames.next().await {
            Some(Ok(Message::Text(text))) => Heard::Frame(text),
            Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => continue,
            Some(Ok(Message::Binary(_))) => Heard::Failed(malformed("binary")),
            Some(Err(Broken::Capacity(_))) => {
                Heard::Failed(Error::new(Code::PeerOversized, "a frame is larger than any real one"))
            }
            Some(Err(Broken::Utf8(_))) => Heard::Failed(malformed("no UTF-8")),
            Some(Err(Broken::Protocol(error))) if error != ProtocolError::ResetWithoutClosingHandshake => {
                Heard::Failed(malformed(&error))
            }
            Some(Ok(Message::Close(_)) | Err(_)) | None => Heard::Closed,
        };
    }
}

fn malformed(problem: impl std::fmt::Display) -> Error {
    Error::new(Code::PeerMalformed, "a frame is not what the protocol sends").with("problem", problem)
}

async fn write(mut sink: SplitSink<Stream, Message>, mut queue: mpsc::UnboundedReceiver<String>) {
    while let Some(text) = queue.recv().await {
        if !matches!(timeout(STUCK, sink.send(Message::text(text))).await, Ok(Ok(()))) {
            // The reading half, or else the engine's own deadlines, tell of it.
            return;
        }
    }
    let _ = timeout(PARTING, sink.close()).await;
}
