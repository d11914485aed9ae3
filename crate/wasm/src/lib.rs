//! pinfold for JavaScript: plain classes and promises over [`pinfold_core::session::Session`].
//!
//! No logic lives here. [`engine`] carries out what the session asks for, [`host`] has the WebSocket, HTTP,
//! time and randomness for it; the other modules convert what goes in and comes out. `www/lib` puts an idiomatic TypeScript API on top.

mod abort;
mod clock;
mod drive;
mod edits;
mod engine;
mod error;
mod guard;
mod host;
mod mailbox;
mod message;
mod plain;
mod promise;
mod queue;
#[cfg(feature = "recovery")]
mod recovery;
mod report;
mod room;
mod session;
mod store;
mod text;
mod types;
mod wipe;

pub use drive::{RawDrive, RawPinSet};
pub use mailbox::{RawDelivery, RawMailbox};
pub use message::RawMessageKeys;
#[cfg(feature = "recovery")]
pub use recovery::RawRecovery;
pub use session::RawSession;

use wasm_bindgen::prelude::wasm_bindgen;

/// The version of the engine.
#[wasm_bindgen]
pub fn version() -> String {
    env!("CARGO_PKG_VERSION").to_owned()
}
