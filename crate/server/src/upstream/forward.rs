//! HTTP requests, one to one.

use super::Passage;
use super::targets::{Targets, rewrite};
use crate::define;
use crate::host;
use crate::store::{KeyName, StoreId};
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderName, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;
use reqwest::Url;
use serde_json::{Value, json};
use std::sync::Arc;

/// A configuration is a few KiB.
const LARGEST_CONFIG: usize = 4 * 1024 * 1024;

const ELSEWHERE: &str = "it redirects; name the origin it redirects to";

/// Headers that concern the content; everything else - cookies, hop-by-hop, policies - stays where it is.
const REQUEST_HEADERS: [HeaderName; 6] = [
    header::ACCEPT,
    header::AUTHORIZATION,
    header::CONTENT_TYPE,
    header::IF_MODIFIED_SINCE,
    header::IF_NONE_MATCH,
    header::RANGE,
];
const RESPONSE_HEADERS: [HeaderName; 6] = [
    header::ACCEPT_RANGES,
    header::CONTENT_LENGTH,
    header::CONTENT_RANGE,
    header::CONTENT_TYPE,
    header::ETAG,
    header::LAST_MODIFIED,
];

type Shared = State<Arc<Passage>>;

pub(super) async fn config(State(passage): Shared, headers: HeaderMap) -> Response {
    let Some(own) = host::origin(&headers) else { return StatusCode::BAD_REQUEST.into_response() };
    match passage.fetch_config().await {
        Ok(config) => {
            let text = define::wrap(&rewrite(config, &own));
            ([(header::CONTENT_TYPE, "text/javascript; charset=utf-8")], text).into_response()
        }
        Err(answer) => answer,
    }
}

pub(super) async fn broadcast(State(passage): Shared, headers: HeaderMap) -> Response {
    let url = at(&passage.origin, "/api/broadcast");
    passage.pass(Method::GET, url, &headers, Bytes::new()).await
}

pub(super) async fn authenticate(State(passage): Shared, headers: HeaderMap, body: Bytes) -> Response {
    if !host::is_own_page(&headers) {
        return StatusCode::FORBIDDEN.into_response();
    }
    passage.pass(Method::POST, at(&passage.origin, "/api/auth/"), &headers, body).await
}

pub(super) async fn block(
    State(passage): Shared,
    method: Method,
    Path((shelf, key)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    let named = KeyName::of_file(&key).is_some() && key.starts_with(&shelf) && shelf.len() == 2;
    passage.file(named, method, &format!("/block/{shelf}/{key}"), &headers).await
}

pub(super) async fn blob(
    State(passage): Shared,
    method: Method,
    Path((shelf, id)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    let named =
        id.parse().is_ok_and(|id: StoreId| id.is_blob()) && id.starts_with(&shelf) && shelf.len() == 2;
    passage.file(named, method, &format!("/blob/{shelf}/{id}"), &headers).await
}

impl Passage {
    /// Where blocks, blobs and the WebSocket are; asked of the instance when it is not known yet.
    pub(super) async fn targets(&self) -> Result<Targets, Response> {
        if let Some(known) = self.targets.lock().await.clone() {
            return Ok(known);
        }
        self.fetch_config().await?;
        self.targets.lock().await.clone().ok_or_else(|| unusable("its configuration names no addresses"))
    }

    async fn fetch_config(&self) -> Result<Value, Response> {
        let sent = self.client.get(at(&self.origin, "/api/config")).send().await;
        let answer = sent.map_err(|error| unreachable(&error))?;
        if answer.status().is_redirection() {
            return Err(unusable(ELSEWHERE));
        }
        if !answer.status().is_success() {
            return Err(unusable("it gives no configuration"));
        }
        let mut text = Vec::new();
        let mut body = answer.bytes_stream();
        while let Some(piece) = body.next().await {
            text.extend_from_slice(&piece.map_err(|error| unreachable(&error))?);
            if text.len() > LARGEST_CONFIG {
                return Err(unusable("its configuration is too large"));
            }
        }
        let config = std::str::from_utf8(&text).ok().and_then(define::unwrap);
        let config = config.ok_or_else(|| unusable("its configuration cannot be read"))?;
        let targets = Targets::of(&self.origin, &self.also, &config).map_err(|elsewhere| {
            tracing::warn!(%elsewhere, "the upstream's configuration names an origin that was not");
            unusable(&format!("its configuration sends to {elsewhere}, which was not named"))
        })?;
        *self.targets.lock().await = Some(targets);
        Ok(config)
    }

    async fn file(&self, named: bool, method: Method, path: &str, headers: &HeaderMap) -> Response {
        if !named {
            return (StatusCode::NOT_FOUND, axum::Json(json!({"code": 404}))).into_response();
        }
        match self.targets().await {
            Ok(targets) => self.pass(method, at(&targets.files, path), headers, Bytes::new()).await,
            Err(answer) => answer,
        }
    }

    async fn pass(&self, method: Method, url: Url, headers: &HeaderMap, body: Bytes) -> Response {
        let mut request = self.client.request(method, url).body(body);
        for name in REQUEST_HEADERS {
            if let Some(value) = headers.get(&name) {
                request = request.header(name, value);
            }
        }
        // The instance is to see a page of its own; Host follows from the address.
        request = request.header(header::ORIGIN, self.origin.origin().ascii_serialization());
        let answer = match request.send().await {
            Ok(answer) => answer,
            Err(error) => return unreachable(&error),
        };
        if answer.status().is_redirection() && answer.status() != StatusCode::NOT_MODIFIED {
            return unusable(ELSEWHERE);
        }
        let mut response = Response::new(Body::empty());
        *response.status_mut() = answer.status();
        for name in RESPONSE_HEADERS {
            if let Some(value) = answer.headers().get(&name) {
                response.headers_mut().insert(name, value.clone());
            }
        }
        *response.body_mut() = Body::from_stream(answer.bytes_stream());
        response
    }
}

/// A path on an origin. The paths are our own or made of checked ids, so nothing in them needs encoding.
fn at(origin: &Url, path: &str) -> Url {
    let mut url = origin.clone();
    url.set_path(path);
    url
}

pub(super) fn unreachable(error: &dyn std::error::Error) -> Response {
    tracing::warn!(%error, "the upstream cannot be reached");
    unusable("it cannot be reached")
}

fn unusable(reason: &str) -> Response {
    let body = json!({"error": "UPSTREAM", "reason": reason});
    (StatusCode::BAD_GATEWAY, axum::Json(body)).into_response()
}
