//! HTTP: configuration, log-in block, second factor.

use super::trust::Trust;
use pinfold_core::error::{Code, Error};
use pinfold_core::session::effect::{HTTP_LIMIT, HttpReply, HttpRequest};
use reqwest::header::{CACHE_CONTROL, CONTENT_TYPE, LOCATION};

/// Asks one server.
#[derive(Clone)]
pub(super) struct Http(reqwest::Client);

impl Http {
    pub(super) fn new(trust: &Trust) -> Result<Self, Error> {
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(trust.config())
            // Another origin than the one that was named must not learn which block is asked for.
            .redirect(reqwest::redirect::Policy::none())
            // The WebSocket goes there directly; so does this.
            .no_proxy()
            .build()
            .map_err(|error| Error::new(Code::Internal, "no HTTP client").with("reason", error))?;
        Ok(Self(client))
    }

    /// Asks, and reads an answer of at most [`HTTP_LIMIT`] bytes. How long that may take is the engine's
    /// affair.
    pub(super) async fn ask(self, request: HttpRequest) -> Result<HttpReply, Error> {
        let HttpRequest { url, post, bearer } = request;
        let mut ask = match post {
            Some(body) => self.0.post(url).header(CONTENT_TYPE, "application/json").body(body),
            None => self.0.get(url),
        };
        if let Some(bearer) = bearer {
            ask = ask.bearer_auth(bearer);
        }
        let mut response = ask.header(CACHE_CONTROL, "no-store").send().await.map_err(unreachable)?;
        if response.status().is_redirection() {
            return Err(elsewhere(&response));
        }
        let status = response.status().as_u16();
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(unreachable)? {
            if body.len() + chunk.len() > HTTP_LIMIT {
                return Err(Error::new(
                    Code::PeerOversized,
                    "the server's answer is larger than any real one",
                ));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(HttpReply { status, body })
    }
}

/// Only the origin is told: what stands behind it may be the address of a log-in block.
fn elsewhere(response: &reqwest::Response) -> Error {
    let target = response.headers().get(LOCATION).and_then(|target| target.to_str().ok());
    let target = target.and_then(|target| response.url().join(target).ok());
    let error = Error::new(Code::NetHttp, "the server sends to another address; name that one")
        .with("status", response.status().as_u16());
    match target {
        Some(target) => error.with("origin", target.origin().ascii_serialization()),
        None => error,
    }
}

fn unreachable(error: reqwest::Error) -> Error {
    // The address of a log-in block is derived from the password: it stays out of every message.
    let error = error.without_url();
    let mut reason = error.to_string();
    let mut below = std::error::Error::source(&error);
    while let Some(cause) = below {
        reason = cause.to_string();
        below = cause.source();
    }
    Error::new(Code::NetUnreachable, "the server could not be reached over HTTP").with("reason", reason)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    #[tokio::test]
    async fn where_a_server_sends_is_told_and_not_followed() {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("http://{}/api/config", listener.local_addr().unwrap());
        let answer = "HTTP/1.1 308 Permanent Redirect\r\nlocation: https://pad.example.org/block/secret\r\n\
                      content-length: 0\r\nconnection: close\r\n\r\n";
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let _ = stream.read(&mut [0; 4096]).await.unwrap();
            stream.write_all(answer.as_bytes()).await.unwrap();
        });
        let http = Http::new(&Trust::new(&[]).unwrap()).unwrap();
        let error = http.ask(HttpRequest { url, post: None, bearer: None }).await.unwrap_err();
        assert_eq!(error.code(), Code::NetHttp);
        let told = error.to_string();
        assert!(told.contains("origin: https://pad.example.org") && !told.contains("secret"), "{told}");
    }
}
