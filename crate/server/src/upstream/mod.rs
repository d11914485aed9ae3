//! Passing a page through to a real instance, because a browser cannot reach one from another origin
//! (PROTOCOL.md 3): configuration, blocks, blobs, the challenge endpoint and the WebSocket appear under our
//! own origin, so that the page never leaves it. Nothing is kept, and faults do not apply.

mod connect;
mod forward;
mod targets;
mod tunnel;

use super::options::{Options, Upstream};
use super::pages;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};
use pinfold_client::trust::Trust;
use pinfold_core::error::{Code, Error};
use std::sync::Arc;
use std::time::Duration;
use targets::Targets;
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// The largest body of a POST.
const LARGEST_BODY: usize = 1024 * 1024;
const CONNECTING: Duration = Duration::from_secs(10);
const SILENCE: Duration = Duration::from_secs(60);

/// What the pass-through's handlers share.
struct Passage {
    origin: reqwest::Url,
    also: Vec<reqwest::Url>,
    client: reqwest::Client,
    trust: Trust,
    /// Where blocks, blobs and the WebSocket are, as the instance's configuration last said.
    targets: Mutex<Option<Targets>>,
    frame_bytes: usize,
    stop: CancellationToken,
    tasks: TaskTracker,
}

/// The routes of a pass-through.
pub(super) fn router(
    upstream: &Upstream,
    options: &Options,
    stop: CancellationToken,
    tasks: TaskTracker,
) -> Result<Router, Error> {
    if !options.faults.is_empty() {
        return Err(Error::new(Code::MisuseBadArgument, "a pass-through has no faults"));
    }
    let origin = targets::origin(&upstream.origin)?;
    let also = upstream.also.iter().map(|origin| targets::origin(origin)).collect::<Result<_, _>>()?;
    let trust = Trust::new(&upstream.extra_roots)?;
    let client = reqwest::Client::builder()
        .tls_backend_preconfigured(trust.config())
        // A redirect would take blocks or passwords to another origin than the one that was named.
        .redirect(reqwest::redirect::Policy::none())
        // The WebSocket goes there directly; so does this.
        .no_proxy()
        .connect_timeout(CONNECTING)
        .read_timeout(SILENCE)
        .build()
        .map_err(|error| {
            Error::new(Code::MisuseBadArgument, "no client for the upstream").with("reason", error)
        })?;
    let passage = Arc::new(Passage {
        origin,
        also,
        client,
        trust,
        targets: Mutex::default(),
        frame_bytes: options.limits.frame_bytes,
        stop,
        tasks,
    });
    Ok(Router::new()
        .route("/api/config", get(forward::config))
        .route("/api/broadcast", get(forward::broadcast))
        .route("/api/auth", post(forward::authenticate))
        .route("/api/auth/", post(forward::authenticate))
        .route("/block/{shelf}/{key}", get(forward::block))
        .route("/blob/{shelf}/{id}", get(forward::blob))
        .route("/cryptpad_websocket", get(tunnel::open))
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .fallback_service(pages::service(options.www.as_deref()))
        .with_state(passage))
}
