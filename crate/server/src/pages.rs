//! Static files and the headers that every answer carries.

use super::host;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::any;
use pinfold_core::error::{Code, Error};
use std::path::Path;
use std::sync::Arc;
use tower_http::services::ServeDir;

/// The demo page runs its own scripts and WebAssembly, and talks to the WebSocket of any instance.
const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; \
     connect-src 'self' ws: wss:; style-src 'self'; img-src 'self' data:; \
     base-uri 'none'; object-src 'none'; frame-ancestors 'none'; form-action 'self'";

/// The files of a directory; without one, nothing is found.
pub(crate) fn service(directory: Option<&Path>) -> axum::routing::MethodRouter {
    match directory {
        // Directories are answered with their index.html; names that lead outside are refused.
        Some(directory) => axum::routing::any_service(ServeDir::new(directory)),
        None => any(|| async { html(StatusCode::NOT_FOUND) }),
    }
}

/// A page that says what an answer is: the real server has one for whatever it does not find.
pub(crate) fn html(status: StatusCode) -> Response {
    let page = format!("<!DOCTYPE html>\n<html lang=\"en\"><title>{status}</title><p>{status}</p></html>\n");
    (status, Html(page)).into_response()
}

/// The origins besides this one whose pages may read.
#[derive(Clone)]
pub(crate) struct Readers(Arc<[HeaderValue]>);

impl Readers {
    /// # Errors
    /// `misuse/bad-argument` for what is no origin.
    pub(crate) fn of(origins: &[String]) -> Result<Self, Error> {
        let read = |origin: &String| {
            let uri: Option<Uri> = origin.parse().ok();
            // In the very form in which browsers send it: another one would never be asked for, and nobody would know why.
            let is_origin = uri.is_some_and(|uri| {
                let default = match uri.scheme_str() {
                    Some("http") => Some(80),
                    Some("https") => Some(443),
                    _ => None,
                };
                let host = uri.host().filter(|host| !host.is_empty() && !host.contains(char::is_uppercase));
                let port = uri.port_u16().map_or_else(String::new, |port| format!(":{port}"));
                default.is_some_and(|default| uri.port_u16() != Some(default))
                    && host
                        .zip(uri.scheme_str())
                        .is_some_and(|(host, scheme)| *origin == format!("{scheme}://{host}{port}"))
            });
            HeaderValue::from_str(origin).ok().filter(|_| is_origin).ok_or_else(|| {
                Error::new(Code::MisuseBadArgument, "an origin is as browsers send it: a scheme, a host in small letters, and a port other than the usual one")
                    .with("origin", origin)
            })
        };
        origins.iter().map(read).collect::<Result<_, _>>().map(Self)
    }

    /// The page that asks, if it is one of them.
    fn allowed(&self, headers: &HeaderMap) -> Option<HeaderValue> {
        headers.get(header::ORIGIN).filter(|page| self.0.contains(page)).cloned()
    }
}

/// Adds the security headers, and forbids caches to answer without asking.
pub(crate) async fn secure(State(readers): State<Readers>, request: Request, next: Next) -> Response<Body> {
    // As an instance answers whose sandbox is at its own origin: pages of no other origin may read, unless they were named.
    let own = host::origin(request.headers()).and_then(|origin| HeaderValue::from_str(&origin).ok());
    let other = readers.allowed(request.headers());
    let resource = if other.is_some() { "cross-origin" } else { "same-origin" };
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    if let Some(reader) = other.or(own) {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, reader);
    }
    if !readers.0.is_empty() {
        headers.append(header::VARY, HeaderValue::from_static("origin"));
    }
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-cache"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    for (name, value) in
        [("cross-origin-opener-policy", "same-origin"), ("cross-origin-resource-policy", resource)]
    {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}
