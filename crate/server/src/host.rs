//! Which `Host` a request may name, and the origin that follows from it.
//!
//! A server on the loopback interface is reachable from every page in the user's browser. A page of another
//! site that points a name of its own at 127.0.0.1 would count as the same origin; such names are refused.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::net::IpAddr;

/// Whether only loopback names are accepted: when the server listens on a loopback address.
#[derive(Clone, Copy)]
pub(crate) struct HostRule {
    pub(crate) only_loopback: bool,
}

/// Refuses requests to names that are not ours.
pub(crate) async fn check(State(rule): State<HostRule>, request: Request, next: Next) -> Response {
    match origin(request.headers()) {
        Some(origin) if !rule.only_loopback || is_loopback(&origin) => next.run(request).await,
        _ => (StatusCode::MISDIRECTED_REQUEST, "unknown host").into_response(),
    }
}

/// The origin a request came to: `http://` and its Host header.
pub(crate) fn origin(headers: &HeaderMap) -> Option<String> {
    let host = headers.get(header::HOST)?.to_str().ok()?;
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b':' | b'[' | b']' | b'_');
    let valid = !host.is_empty() && host.len() < 256 && host.bytes().all(plain);
    valid.then(|| format!("http://{host}"))
}

/// Whether a request that changes something was made by a page of ours, or by no page at all.
pub(crate) fn is_own_page(headers: &HeaderMap) -> bool {
    match headers.get(header::ORIGIN) {
        None => true,
        Some(page) => page.to_str().ok() == origin(headers).as_deref(),
    }
}

fn is_loopback(origin: &str) -> bool {
    let Ok(uri) = origin.parse::<Uri>() else { return false };
    let Some(host) = uri.host() else { return false };
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || host.ends_with(".localhost")
        || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(host: &str, origin: Option<&str>) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, host.parse().unwrap());
        if let Some(origin) = origin {
            headers.insert(header::ORIGIN, origin.parse().unwrap());
        }
        headers
    }

    #[test]
    fn only_loopback_names_are_loopback() {
        for good in [
            "http://127.0.0.1:8",
            "http://localhost",
            "http://a.localhost:1",
            "http://[::1]:9",
            "http://127.9.9.9",
        ] {
            assert!(is_loopback(good), "{good}");
        }
        for bad in [
            "http://evil.example",
            "http://127.0.0.1.evil.example",
            "http://localhost.evil",
            "http://10.0.0.1",
            "x",
        ] {
            assert!(!is_loopback(bad), "{bad}");
        }
    }

    #[test]
    fn an_origin_is_made_of_plain_hosts_only() {
        assert_eq!(origin(&headers("127.0.0.1:80", None)).as_deref(), Some("http://127.0.0.1:80"));
        for bad in ["", "a/b", "a\"b", "a b", "a@b"] {
            assert_eq!(origin(&headers(bad, None)), None, "{bad}");
        }
        assert!(is_own_page(&headers("localhost:1", None)));
        assert!(is_own_page(&headers("localhost:1", Some("http://localhost:1"))));
        assert!(!is_own_page(&headers("localhost:1", Some("http://localhost:2"))));
        assert!(!is_own_page(&headers("localhost:1", Some("null"))));
    }
}
