//! `/pinfold/...`: looking into the server and changing its faults while it runs.

use super::context::Context;
use super::faults::{Action, Fault, FaultFile, FaultStatus};
use super::host;
use super::rpc::forget_pins;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde_json::json;
use std::sync::Arc;

type Shared = State<Arc<Context>>;

/// The routes.
pub(crate) fn router() -> Router<Arc<Context>> {
    Router::new()
        .route("/pinfold/faults", get(list).put(replace).delete(clear))
        .route("/pinfold/status", get(status))
}

/// Puts a list of faults in force and carries out those that act at once.
pub(crate) async fn install(context: &Context, faults: Vec<Fault>) -> std::io::Result<Vec<FaultStatus>> {
    let at_once: Vec<_> = faults
        .iter()
        .enumerate()
        .filter_map(|(at, fault)| match fault.action {
            Action::ForgetPins { count } => Some((at, fault.on.account.clone(), count)),
            _ => None,
        })
        .collect();
    context.faults.replace(faults);
    for (at, account, count) in at_once {
        let forgotten = forget_pins(context, account.as_deref(), count).await?;
        tracing::info!(forgotten, "pins forgotten");
        context.faults.installed(at);
    }
    Ok(context.faults.status())
}

async fn list(State(context): Shared) -> Response {
    answer(&context.faults.status())
}

async fn replace(State(context): Shared, headers: HeaderMap, body: Bytes) -> Response {
    if !host::is_own_page(&headers) {
        return refuse(StatusCode::FORBIDDEN, "not from another page");
    }
    let json = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    if !json.is_some_and(|kind| kind.starts_with("application/json")) {
        return refuse(StatusCode::UNSUPPORTED_MEDIA_TYPE, "send application/json");
    }
    let file = std::str::from_utf8(&body).map_err(|error| error.to_string());
    match file.and_then(|text| FaultFile::parse(text).map_err(|error| error.to_string())) {
        Ok(file) => match install(&context, file.faults).await {
            Ok(status) => answer(&status),
            Err(error) => refuse(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
        },
        Err(error) => refuse(StatusCode::BAD_REQUEST, &error),
    }
}

async fn clear(State(context): Shared, headers: HeaderMap) -> Response {
    if !host::is_own_page(&headers) {
        return refuse(StatusCode::FORBIDDEN, "not from another page");
    }
    context.faults.replace(Vec::new());
    answer(&context.faults.status())
}

/// What a test or a demonstration may want to know. Stored contents are not part of it.
async fn status(State(context): Shared) -> Response {
    let (clients, channels) = context.hub.count();
    let status = json!({
        "version": env!("CARGO_PKG_VERSION"),
        "keeper": context.hub.keeper(),
        "clients": clients,
        "channels": channels,
        "damaged": context.store.reports.all(),
    });
    axum::Json(status).into_response()
}

fn answer(status: &[FaultStatus]) -> Response {
    axum::Json(json!({"faults": status})).into_response()
}

fn refuse(status: StatusCode, error: &str) -> Response {
    (status, axum::Json(json!({"error": error}))).into_response()
}
