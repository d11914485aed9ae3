//! pinfold for JavaScript: plain classes and promises over [`pinfold_core::session::Session`].
//!
//! No logic lives here. [`host`] gives the engine a WebSocket, HTTP, time and randomness; the other
//! modules convert what goes in and comes out. `www/lib` puts an idiomatic TypeScript API on top.

mod abort;
mod drive;
mod error;
mod host;
mod mailbox;
mod message;
mod promise;
mod report;
mod session;
mod text;
mod types;

pub use drive::{RawDrive, RawPinSet};
pub use mailbox::{RawDelivery, RawMailbox};
pub use message::RawMessageKeys;
pub use session::RawSession;

use wasm_bindgen::prelude::wasm_bindgen;

/// The version of the engine.
#[wasm_bindgen]
pub fn version() -> String {
    env!("CARGO_PKG_VERSION").to_owned()
}
