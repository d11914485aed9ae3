//! `/pinfold/replay/...`: runs of the explorer for the page that shows them. They concern accounts that are made for
//! them, nothing that is stored here.

use super::context::Context;
use axum::Router;
use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use pinfold_core::error::Error;
use pinfold_core::json::stringify;
use pinfold_testkit::replay::side_by_side;
use pinfold_testkit::trial::{Kind, search};
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Seeds that one request looks through; a mutant is found within a few.
const MOST_SEEDS: u64 = 100;
/// JavaScript holds no larger number exactly.
const LARGEST_SEED: u64 = (1 << 53) - 1;

/// A run takes a processor while it lasts: one at a time.
static TURN: Semaphore = Semaphore::const_new(1);

/// The routes.
pub(crate) fn router() -> Router<Arc<Context>> {
    Router::new()
        .route("/pinfold/replay/{client}/{seed}", get(of_seed))
        .route("/pinfold/replay/{client}/from/{seed}", get(from_seed))
}

async fn of_seed(Path((client, seed)): Path<(String, u64)>) -> Response {
    answer(client, seed, 0).await
}

/// The first of a hundred seeds from this one on that shows a violation.
async fn from_seed(Path((client, seed)): Path<(String, u64)>) -> Response {
    answer(client, seed, MOST_SEEDS).await
}

/// The run of a seed, or of the first of the next `look` that shows a violation.
async fn answer(client: String, seed: u64, look: u64) -> Response {
    let Some(kind) = Kind::named(&client).filter(|_| seed <= LARGEST_SEED) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let Ok(_turn) = TURN.acquire().await else { return StatusCode::SERVICE_UNAVAILABLE.into_response() };
    match tokio::task::spawn_blocking(move || played(kind, seed, look)).await {
        Ok(Ok(Some(text))) => ([(header::CONTENT_TYPE, "application/json")], text).into_response(),
        Ok(Ok(None)) => StatusCode::NOT_FOUND.into_response(),
        Ok(Err(_)) | Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

fn played(kind: Kind, seed: u64, look: u64) -> Result<Option<String>, Error> {
    let seed = match look {
        0 => Some(seed),
        _ => search(kind, seed..seed.saturating_add(look))?.0.map(|found| found.seed),
    };
    seed.map(|seed| side_by_side(kind, seed).map(|runs| stringify(&runs))).transpose()
}
