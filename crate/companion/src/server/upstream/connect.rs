//! Connections to the instance: which certificates count, and the WebSocket's handshake.

use super::{CONNECTING, Error, trust};
use reqwest::Url;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use std::io;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

/// The largest message an instance may send, in bytes.
const LARGEST_MESSAGE: usize = 256 * 1024 * 1024;

/// Which servers are believed: one rule for HTTP and WebSocket.
#[derive(Clone)]
pub(crate) struct Trust(Arc<ClientConfig>);

/// A byte stream, encrypted or not.
pub(crate) trait Wire: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Wire for T {}

pub(crate) type Socket = WebSocketStream<Box<dyn Wire>>;

impl Trust {
    /// The operating system's certificates and the extra ones.
    pub(crate) fn new(extra: &[Vec<u8>]) -> Result<Self, Error> {
        Ok(Self(Arc::new(trust::configuration(extra)?)))
    }

    pub(crate) fn config(&self) -> ClientConfig {
        ClientConfig::clone(&self.0)
    }

    /// Opens a WebSocket as a page of `origin` would.
    pub(super) async fn websocket(&self, target: &Url, origin: &Url) -> io::Result<Socket> {
        let opened = timeout(CONNECTING, self.open(target, origin));
        opened.await.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?
    }

    /// Opens the byte stream below a `ws:` or `wss:` address.
    pub(crate) async fn dial(&self, target: &Url) -> io::Result<Box<dyn Wire>> {
        let host = target.host_str().ok_or(io::ErrorKind::InvalidInput)?;
        let port = target.port_or_known_default().ok_or(io::ErrorKind::InvalidInput)?;
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let stream = TcpStream::connect((bare, port)).await?;
        stream.set_nodelay(true)?;
        if target.scheme() != "wss" {
            return Ok(Box::new(stream));
        }
        let name = ServerName::try_from(bare.to_owned()).map_err(io::Error::other)?;
        Ok(Box::new(TlsConnector::from(self.0.clone()).connect(name, stream).await?))
    }

    async fn open(&self, target: &Url, origin: &Url) -> io::Result<Socket> {
        let wire = self.dial(target).await?;
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
}
