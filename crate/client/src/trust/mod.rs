//! Which servers are believed, and how they are reached: one rule for HTTP and for WebSockets.

mod named;

use pinfold_core::error::{Code, Error};
use reqwest::Url;
use rustls::ClientConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use std::fmt::{self, Debug, Display};
use std::io;
use std::path::Path;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// The certificates of a PEM file (DER).
///
/// # Errors
/// `misuse/bad-argument` when the file cannot be read or holds none.
pub fn certificates(file: &Path) -> Result<Vec<Vec<u8>>, Error> {
    let bad = |reason: &dyn Display| {
        Error::new(Code::MisuseBadArgument, "the certificates cannot be read")
            .with("file", file.display())
            .with("reason", reason)
    };
    let text = std::fs::read(file).map_err(|error| bad(&error))?;
    let found = CertificateDer::pem_slice_iter(&text).map(|certificate| certificate.map(|der| der.to_vec()));
    let found: Vec<Vec<u8>> = found.collect::<Result<_, _>>().map_err(|error| bad(&error))?;
    if found.is_empty() { Err(bad(&"there is none in PEM form")) } else { Ok(found) }
}

/// Which servers are believed.
#[derive(Clone)]
pub struct Trust(Arc<ClientConfig>);

/// A byte stream, encrypted or not.
pub trait Wire: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Wire for T {}

impl Trust {
    /// The operating system's certificates and the extra ones (DER).
    ///
    /// # Errors
    /// `misuse/bad-argument` when an extra one cannot be used.
    pub fn new(extra: &[Vec<u8>]) -> Result<Self, Error> {
        Ok(Self(Arc::new(named::configuration(extra)?)))
    }

    /// The same rule, for a client of HTTP.
    pub fn config(&self) -> ClientConfig {
        ClientConfig::clone(&self.0)
    }

    /// Opens the byte stream below a `ws:` or `wss:` address.
    ///
    /// # Errors
    /// The operating system's; that of TLS when the server is not believed.
    pub async fn dial(&self, target: &Url) -> io::Result<Box<dyn Wire>> {
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
}

impl Debug for Trust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trust").finish_non_exhaustive()
    }
}
