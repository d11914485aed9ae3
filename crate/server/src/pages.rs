//! Static files and the headers that every answer carries.

use super::host;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::any;
use std::path::Path;
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

/// Adds the security headers, and forbids caches to answer without asking.
pub(crate) async fn secure(request: Request, next: Next) -> Response<Body> {
    // As an instance answers whose sandbox is at its own origin: pages of no other origin may read.
    let own = host::origin(request.headers()).and_then(|origin| HeaderValue::from_str(&origin).ok());
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    if let Some(own) = own {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, own);
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
        [("cross-origin-opener-policy", "same-origin"), ("cross-origin-resource-policy", "same-origin")]
    {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}
