//! One connection, frame by frame.

use crate::failed::{Done, Failed};
use futures_util::{SinkExt, StreamExt};
use pinfold_core::wire::frame::{self, ServerFrame};
use pinfold_server::Running;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{WebSocketStream, client_async};

/// Longer than any answer takes.
const PATIENCE: Duration = Duration::from_secs(30);

/// A WebSocket to the server.
pub struct Line {
    socket: WebSocketStream<TcpStream>,
    /// Frames that were sent and not acknowledged yet.
    open: usize,
}

impl Line {
    /// Connects.
    ///
    /// # Errors
    /// When there is no server.
    pub async fn connect(server: &Running) -> Done<Self> {
        let stream = TcpStream::connect(server.addr).await?;
        stream.set_nodelay(true)?;
        let (socket, _) = client_async(format!("ws://{}/cryptpad_websocket", server.addr), stream).await?;
        Ok(Self { socket, open: 0 })
    }

    /// Sends a frame.
    ///
    /// # Errors
    /// When the connection is gone.
    pub async fn send(&mut self, frame: String) -> Done<()> {
        self.open += 1;
        Ok(self.socket.send(Message::text(frame)).await?)
    }

    /// Whether everything that was sent was acknowledged.
    pub const fn is_settled(&self) -> bool {
        self.open == 0
    }

    /// The next frame.
    ///
    /// # Errors
    /// When the connection ends, nothing comes for long, or the server refuses what was sent.
    pub async fn next(&mut self) -> Done<String> {
        let next = timeout(PATIENCE, self.socket.next()).await.map_err(|_| "the server says nothing")?;
        let Some(Ok(Message::Text(text))) = next else { return Err("the connection ended".into()) };
        match frame::decode(text.as_str())? {
            ServerFrame::Ack { .. } | ServerFrame::Jack { .. } => self.open = self.open.saturating_sub(1),
            ServerFrame::Error { code, .. } => return Err(Failed::from(format!("refused: {code}"))),
            _ => {}
        }
        Ok(text.as_str().to_owned())
    }

    /// Says good-bye, so that the server has forgotten the session when the next one begins.
    pub async fn close(mut self) {
        // Whether the other side still listens is its own affair.
        let _ = self.socket.close(None).await;
        while timeout(PATIENCE, self.socket.next()).await.is_ok_and(|next| next.is_some_and(|m| m.is_ok())) {}
    }
}
