//! The WebSocket to the instance, opened as a page of its origin would.

use super::CONNECTING;
use pinfold_client::trust::{Trust, Wire};
use reqwest::Url;
use std::io;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

/// The largest message an instance may send, in bytes.
const LARGEST_MESSAGE: usize = 256 * 1024 * 1024;

pub(super) type Socket = WebSocketStream<Box<dyn Wire>>;

/// Opens a WebSocket as a page of `origin` would.
pub(super) async fn websocket(trust: &Trust, target: &Url, origin: &Url) -> io::Result<Socket> {
    let opened = timeout(CONNECTING, open(trust, target, origin));
    opened.await.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?
}

async fn open(trust: &Trust, target: &Url, origin: &Url) -> io::Result<Socket> {
    let wire = trust.dial(target).await?;
    let mut request = target.as_str().into_client_request().map_err(io::Error::other)?;
    let page = origin.origin().ascii_serialization();
    let page = HeaderValue::from_str(&page).map_err(io::Error::other)?;
    request.headers_mut().insert("origin", page);
    let config = WebSocketConfig::default()
        .max_message_size(Some(LARGEST_MESSAGE))
        .max_frame_size(Some(LARGEST_MESSAGE));
    let (socket, _) =
        client_async_with_config(request, wire, Some(config)).await.map_err(io::Error::other)?;
    Ok(socket)
}
