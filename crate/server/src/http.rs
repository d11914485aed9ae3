//! The HTTP side of the embedded server (PROTOCOL.md 3), and the routes of everything.

use super::context::Context;
use super::control;
use super::faults::{Moment, Occasion, Verdict};
use super::host;
use super::pages;
use super::signature::encode;
use super::socket;
use super::store::{KeyName, StoreId, blocking};
use super::{challenge::Refused, define};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::{DefaultBodyLimit, Path, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::{Value, json};
use sha2::{Digest, Sha512};
use std::path::PathBuf;
use std::sync::Arc;
use tower::ServiceExt;
use tower_http::services::ServeFile;

/// The largest body of a POST: a log-in block or a list of faults.
const LARGEST_BODY: usize = 1024 * 1024;

const JSON: &str = "application/json; charset=utf-8";

type Shared = State<Arc<Context>>;

/// All routes of the embedded server.
pub(crate) fn router(context: Arc<Context>) -> Router {
    let pages = pages::service(context.www.as_deref());
    Router::new()
        .route("/api/config", get(config))
        .route("/api/broadcast", get(broadcast))
        .route("/api/auth", post(authenticate).fallback(nothing))
        .route("/api/auth/", post(authenticate).fallback(nothing))
        .route("/block/{shelf}/{key}", get(block))
        .route("/blob/{shelf}/{id}", get(blob))
        .route("/cryptpad_websocket", get(websocket))
        .merge(control::router())
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .fallback_service(pages)
        .with_state(context)
}

async fn config(State(context): Shared, headers: HeaderMap) -> Response {
    if let Err(answer) = fault(&context, "HTTP_CONFIG", None).await {
        return answer;
    }
    let Some(origin) = host::origin(&headers) else { return StatusCode::BAD_REQUEST.into_response() };
    script(&json!({
        "requireConf": {"waitSeconds": 600, "urlArgs": format!("ver=pinfold-{}", context.hub.keeper())},
        "removeDonateButton": true,
        "httpUnsafeOrigin": origin,
        "adminKeys": context.admin_keys,
        "moderatorKeys": [],
        "inactiveTime": 90,
        "defaultStorageLimit": context.limits.storage_bytes,
        "maxUploadSize": 20 * 1024 * 1024,
        "premiumUploadSize": false,
        "restrictRegistration": false,
        "httpSafeOrigin": origin,
        "enableEmbedding": false,
        "listMyInstance": false,
        "sso": false,
    }))
}

async fn broadcast(State(context): Shared) -> Response {
    let files = context.store.channels.clone();
    let last = blocking(move || match "0".repeat(33).parse() {
        Ok(id) => files.last_hash(&id),
        Err(_) => Ok(None),
    });
    let last = last.await.ok().flatten().unwrap_or_default();
    script(&json!({"lastBroadcastHash": last}))
}

async fn authenticate(State(context): Shared, body: Bytes) -> Response {
    if let Err(answer) = fault(&context, "HTTP_AUTH", None).await {
        return answer;
    }
    let Ok(body) = serde_json::from_slice::<Value>(&body) else {
        return pages::html(StatusCode::BAD_REQUEST);
    };
    match context.challenges.answer(&context.store.objects, &body).await {
        Ok(Some(value)) => answer(StatusCode::OK, &value),
        // A command without a result is answered with an empty body of the type JSON.
        Ok(None) => ([(header::CONTENT_TYPE, JSON)], Body::empty()).into_response(),
        Err(Refused(status, body)) => {
            answer(StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), &body)
        }
    }
}

/// JSON, as the real server sends it.
fn answer(status: StatusCode, value: &Value) -> Response {
    text(status, JSON, value.to_string())
}

/// A text with its ETag, by which a cache tells whether it has this very text.
fn text(status: StatusCode, kind: &'static str, text: String) -> Response {
    let mark = encode(&Sha512::digest(&text));
    let mark = format!("W/\"{:x}-{}\"", text.len(), mark.get(..27).unwrap_or_default());
    (status, [(header::CONTENT_TYPE, kind.to_owned()), (header::ETAG, mark)], text).into_response()
}

async fn block(
    State(context): Shared,
    Path((shelf, key)): Path<(String, String)>,
    request: Request,
) -> Response {
    let Some(name) = KeyName::of_file(&key).filter(|_| key.starts_with(&shelf) && shelf.len() == 2) else {
        return answer(StatusCode::NOT_FOUND, &json!({"error": "INVALID_ID"}));
    };
    match fault(&context, "HTTP_BLOCK", Some(&key)).await {
        Err(answer) => return answer,
        Ok(Verdict { absent: Some(reason), .. }) => return gone(reason),
        Ok(_) => {}
    }
    let objects = context.store.objects.clone();
    let path = objects.block_path(&name);
    if !path.is_file() {
        return gone(blocking(move || objects.block_placeholder(&name)).await.ok().flatten());
    }
    bytes(path, request).await
}

/// Where nothing is found, whatever the reason, a page is the answer.
async fn blob(
    State(context): Shared,
    Path((shelf, id)): Path<(String, String)>,
    request: Request,
) -> Response {
    let wanted = id.parse().ok().filter(StoreId::is_blob);
    let Some(wanted) = wanted.filter(|_| id.starts_with(&shelf) && shelf.len() == 2) else {
        return nothing().await;
    };
    match fault(&context, "HTTP_BLOB", Some(&id)).await {
        Err(answer) => return answer,
        Ok(Verdict { absent: Some(_), .. }) => return nothing().await,
        Ok(_) => {}
    }
    let path = context.store.objects.blob_path(&wanted);
    if !path.is_file() {
        return nothing().await;
    }
    bytes(path, request).await
}

async fn nothing() -> Response {
    pages::html(StatusCode::NOT_FOUND)
}

/// 404 as for blocks: with the reason of the placeholder, if there is one.
fn gone(reason: Option<String>) -> Response {
    let body = match reason {
        Some(reason) => json!({"reason": reason, "code": 404}),
        None => json!({"code": 404}),
    };
    answer(StatusCode::NOT_FOUND, &body)
}

async fn bytes(path: PathBuf, request: Request) -> Response {
    let mut response = match ServeFile::new(path).oneshot(request).await {
        Ok(response) => response.map(Body::new),
        Err(never) => match never {},
    };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    response
}

async fn websocket(
    State(context): Shared,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    let Ok(upgrade) = upgrade else { return nothing().await };
    let limit = context.limits.frame_bytes;
    let upgrade = upgrade.max_message_size(limit).max_frame_size(limit);
    upgrade.on_upgrade(move |socket| {
        let tasks = context.tasks.clone();
        tasks.track_future(socket::serve(context, socket))
    })
}

fn script(value: &Value) -> Response {
    text(StatusCode::OK, "text/javascript; charset=utf-8", define::wrap(value))
}

/// Applies the faults an HTTP request can have; what is left concerns the content.
async fn fault(context: &Context, command: &str, channel: Option<&str>) -> Result<Verdict, Response> {
    let verdict = context.faults.consult(&Occasion { command, channel, accounts: &[], frame: None });
    tokio::select! {
        () = context.faults.waited(&verdict) => {}
        () = context.stop.cancelled() => {}
    }
    if verdict.silence.is_some() {
        context.stop.cancelled().await;
    }
    if verdict.cut.is_some_and(|at| at == Moment::Request) || verdict.cut_after_frames.is_some() {
        // A body that fails at once makes the server drop the connection.
        let broken = futures_util::stream::iter([Err::<Bytes, _>(std::io::Error::other("cut by a fault"))]);
        return Err(Response::new(Body::from_stream(broken)));
    }
    if let Some((status, message)) = &verdict.error {
        let status = status.parse().ok().and_then(|code| StatusCode::from_u16(code).ok());
        let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = match status {
            // What a block behind a second factor says (PROTOCOL.md 4.4).
            StatusCode::UNAUTHORIZED => json!({"sso": false, "method": message, "code": 401}),
            _ => json!({"reason": message, "code": status.as_u16()}),
        };
        return Err((status, axum::Json(body)).into_response());
    }
    Ok(verdict)
}
